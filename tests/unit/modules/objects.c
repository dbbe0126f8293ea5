/* SPDX-License-Identifier: MIT
 *
 * Functions that hold the GIL, good and bad ones, and a module with state.
 */
#include <gilkit/module.h>

typedef struct objects {
    int64_t magic;
    int64_t calls;
    int32_t *freed; /* counted up by free, when a test asked for it */
} objects;

static int init(gil_env *env, void *state)
{
    objects *all = state;
    if (all->magic || all->calls || gil_module_state(env) != state) {
        gil_raise(env, GIL_SYSTEM_ERROR, "init got a state that is not zero, or not the module's");
        return -1;
    }
    all->magic = 42;
    return 0;
}

static void end(gil_env *env, void *state)
{
    (void)env;
    objects *all = state;
    if (all->freed)
        ++*all->freed;
}

GIL_MODULE(objects, .doc = "Objects.", .state_size = sizeof(objects), .init = init, .free = end);

GIL_FUNCTION(int64_t, magic, (gil_env * env))
{
    return ((objects *)gil_module_state(env))->magic;
}

GIL_FUNCTION(int64_t, count, (gil_env * env))
{
    return ++((objects *)gil_module_state(env))->calls;
}

GIL_FUNCTION(void, tell_freed, (gil_env * env, int32_t counter[1]))
{
    ((objects *)gil_module_state(env))->freed = counter;
}

GIL_FUNCTION(gil_obj, echo, (gil_env * env, gil_obj x))
{
    (void)env;
    return x;
}

GIL_FUNCTION(gil_obj, apply, (gil_env * env, gil_obj f, gil_obj x))
{
    return gil_call(env, f, &x, 1, NULL, 0);
}

GIL_FUNCTION(gil_obj, twins, (gil_env * env, gil_obj x))
{
    return gil_tuple_new(env, 2, (gil_obj[]){x, x});
}

GIL_FUNCTION(gil_obj, silent_null, (gil_env * env))
{
    (void)env;
    return GIL_NULL;
}

GIL_FUNCTION(gil_obj, raised_null, (gil_env * env, const char *message))
{
    return gil_raise(env, GIL_KEY_ERROR, "%s", message);
}

GIL_FUNCTION(gil_obj, raised_result, (gil_env * env))
{
    gil_raise(env, GIL_INDEX_ERROR, "raised beside a result");
    return gil_int_new(env, 1);
}

GIL_FUNCTION(double, raised_number, (gil_env * env))
{
    gil_raise(env, GIL_ZERO_DIVISION_ERROR, "raised beside a number");
    return 1.0;
}

GIL_FUNCTION(void, raised_void, (gil_env * env, GIL_OUT double y[2]))
{
    y[0] = 1;
    gil_raise(env, GIL_OS_ERROR, "raised by a procedure");
}

GIL_FUNCTION(double, released, (gil_env * env, size_t n, const double x[n]))
{
    double sum = 0;
    GIL_BEGIN_ALLOW_THREADS(env)
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    GIL_END_ALLOW_THREADS(env)
    return gil_error_pending(env) ? -1 : sum;
}

GIL_FUNCTION(int, left_early, (gil_env * env, int x))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    if (x > 0)
        return x;
    GIL_END_ALLOW_THREADS(env)
    return gil_error_pending(env) ? -2 : -1;
}

GIL_FUNCTION(int64_t, many, (gil_env * env, int64_t n), .doc = "Make many handles, and keep none.")
{
    int64_t sum = 0, value;
    for (int64_t i = 0; i < n; i++)
        GIL_SCOPE(env) {
            gil_obj number = gil_int_new(env, i);
            if (gil_is_null(number) || !gil_int_get(env, number, &value))
                return -1;
            sum += value;
        }
    return sum;
}

/* Run code of the test inside a function of this module. */
GIL_FUNCTION(void, run_at, (gil_env * env, uint64_t address))
{
    void (*code)(gil_env *) = (void (*)(gil_env *))(uintptr_t)address;
    code(env);
}
