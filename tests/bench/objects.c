/* SPDX-License-Identifier: MIT
 *
 * What a call with objects costs, all of it: arguments converted, the GIL released or kept, the result made.
 *
 *     objects MODULE [ROUNDS]
 */
#include <gilkit/runtime.h>
#include <pthread.h>

#include "sample.h"

enum { CALLS_IN_A_SCOPE = 64 };

static gil_env *env;

static gil_obj checked(gil_obj object)
{
    gil_error error;
    if (gil_is_null(object)) {
        gil_error_take(env, &error);
        die(error.message);
    }
    return object;
}

typedef struct subject {
    gil_obj released, held;
    gil_obj arguments[2];
    size_t n_arguments;
} subject;

static subject nothing, add, dot;

static void call_often(const subject *s, gil_obj function, size_t count)
{
    for (size_t done = 0; done < count; done += CALLS_IN_A_SCOPE)
        GIL_SCOPE(env) {
            for (size_t i = done; i < count && i < done + CALLS_IN_A_SCOPE; i++)
                checked(gil_call(env, function, s->arguments, s->n_arguments, NULL, 0));
        }
}

#define CALL_LOOPS(name) \
    static void name##_released(size_t count) \
    { \
        call_often(&name, name.released, count); \
    } \
    static void name##_held(size_t count) \
    { \
        call_often(&name, name.held, count); \
    }

CALL_LOOPS(nothing)
CALL_LOOPS(add)
CALL_LOOPS(dot)

static void prepare(subject *s, gil_obj module, const char *name)
{
    gil_obj function = checked(gil_attr_get(env, module, name));
    s->released = checked(gil_function_with_policy(env, function, GIL_RELEASE));
    s->held = checked(gil_function_with_policy(env, function, GIL_HOLD));
}

/* The process is single-threaded until it has a second thread, and glibc's mutex knows. */
static void *sleep_until_unlocked(void *argument)
{
    pthread_mutex_t *until = argument;
    pthread_mutex_lock(until);
    pthread_mutex_unlock(until);
    return NULL;
}

int main(int argc, char **argv)
{
    gil_error error;
    if (argc < 2)
        die("usage: objects MODULE [ROUNDS]");
    int rounds = argc > 2 ? atoi(argv[2]) : 101;
    gil_runtime *runtime = gil_runtime_new(NULL, &error);
    env = runtime ? gil_attach(runtime, &error) : NULL;
    if (!env)
        die(error.message);
    gil_obj module = checked(gil_load(env, argv[1]));
    prepare(&nothing, module, "nothing");
    prepare(&add, module, "add");
    prepare(&dot, module, "dot");
    size_t eight = 8;
    for (size_t i = 0; i < 2; i++) {
        add.arguments[i] = checked(gil_float_new(env, 1.5 + (double)i));
        dot.arguments[i] = checked(gil_array_new(env, GIL_FLOAT64, 1, &eight));
    }
    add.n_arguments = dot.n_arguments = 2;

    pthread_t other;
    pthread_mutex_t until = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&until);
    if (pthread_create(&other, NULL, sleep_until_unlocked, &until) != 0)
        die("objects: no thread");

    sample_in_turns("gil_call of nothing()", (sample_variant[]){{"released", nothing_released}, {"held", nothing_held}},
                    2, rounds, 0.5);
    sample_in_turns("gil_call of add(double, double)",
                    (sample_variant[]){{"released", add_released}, {"held", add_held}}, 2, rounds, 0.5);
    sample_in_turns("gil_call of dot of two arrays of 8",
                    (sample_variant[]){{"released", dot_released}, {"held", dot_held}}, 2, rounds, 0.5);
    pthread_mutex_unlock(&until);
    pthread_join(other, NULL);
    gil_detach(env);
    return gil_runtime_free(runtime, &error) ? 0 : 1;
}
