/* SPDX-License-Identifier: MIT
 *
 * Functions that take the GIL's env, for the tests of the package. Not GIL_SAFE: on a Python without a GIL they run one
 * at a time.
 */
#include <gilkit/module.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

typedef struct state {
    int64_t calls;
    int64_t inside, most_inside;
    gil_obj unused;
    gil_ref *kept;
} state;

static int begin(gil_env *env, void *memory)
{
    (void)env;
    ((state *)memory)->calls = 100;
    return 0;
}

static void end(gil_env *env, void *memory)
{
    (void)env;
    gil_ref_drop(((state *)memory)->kept);
}

GIL_MODULE(pk_calls, .doc = "Calls of the tests.", .state_size = sizeof(state), .init = begin, .free = end);

GIL_FUNCTION(int64_t, count, (gil_env * env), .doc = "How often it was called in this interpreter, from 101.")
{
    state *s = gil_module_state(env);
    return ++s->calls;
}

GIL_FUNCTION(gil_obj, call, (gil_env * env, gil_obj function, gil_obj argument))
{
    return gil_call(env, function, &argument, 1, NULL, 0);
}

GIL_FUNCTION(gil_obj, pair, (gil_env * env, gil_obj a, gil_obj b))
{
    return gil_tuple_new(env, 2, (gil_obj[]){a, b});
}

GIL_FUNCTION(gil_obj, because, (gil_env * env, gil_obj exception, gil_obj cause))
{
    return gil_exception_set_cause(env, exception, cause) ? exception : GIL_NULL;
}

GIL_FUNCTION(gil_obj, keep, (gil_env * env, gil_obj object))
{
    state *s = gil_module_state(env);
    gil_ref_drop(s->kept);
    s->kept = gil_ref_new(env, object);
    return s->kept ? gil_none_new(env) : GIL_NULL;
}

GIL_FUNCTION(gil_obj, kept, (gil_env * env))
{
    state *s = gil_module_state(env);
    return s->kept ? gil_ref_get(env, s->kept) : gil_none_new(env);
}

/* Spin with the GIL held; how many threads were inside at once at most is what most() says. */
GIL_FUNCTION(void, stay, (gil_env * env, int64_t rounds))
{
    state *s = gil_module_state(env);
    s->inside++;
    if (s->inside > s->most_inside)
        s->most_inside = s->inside;
    for (volatile int64_t i = 0; i < rounds; i++)
        ;
    s->inside--;
}

GIL_FUNCTION(int64_t, most, (gil_env * env))
{
    return ((state *)gil_module_state(env))->most_inside;
}

/* The same with nothing but doubles: how many others were inside. */
static int inside_of_doubles;

static double others_inside(double rounds)
{
    int others = __atomic_fetch_add(&inside_of_doubles, 1, __ATOMIC_RELAXED);
    for (volatile double i = 0; i < rounds; i++)
        ;
    __atomic_fetch_sub(&inside_of_doubles, 1, __ATOMIC_RELAXED);
    return others;
}

GIL_FUNCTION(double, others, (double rounds), .gil = GIL_HOLD)
{
    return others_inside(rounds);
}

GIL_FUNCTION(double, others_of_two, (double rounds, double more), .gil = GIL_HOLD)
{
    return others_inside(rounds + more);
}

/* Add one to a plain counter, many times, letting others in now and then: only the GIL, or the module's lock, makes
 * the sum right. */
GIL_FUNCTION(void, add_up, (gil_env * env, int64_t rounds))
{
    state *s = gil_module_state(env);
    for (int64_t i = 0; i < rounds; i++) {
        int64_t now = s->calls;
        for (volatile int k = 0; k < 20; k++)
            ;
        s->calls = now + 1;
        gil_checkpoint(env);
    }
}

static void nap(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

GIL_FUNCTION(void, sleep_released, (gil_env * env, int64_t ms))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    nap((long)ms);
    GIL_END_ALLOW_THREADS(env)
}

/* A thread that Python did not make: it attaches, calls, detaches. */
typedef struct job {
    gil_runtime *runtime;
    gil_ref *function;
    int64_t times;
    int64_t wait_ms;
    int64_t failed;
} job;

static void *work(void *memory)
{
    job *it = memory;
    nap((long)it->wait_ms);
    for (int64_t i = 0; i < it->times; i++) {
        gil_error error;
        gil_env *env = gil_attach(it->runtime, &error);
        if (!env) {
            it->failed++;
            continue;
        }
        GIL_SCOPE(env) {
            gil_obj function = gil_ref_get(env, it->function);
            gil_obj number = gil_int_new(env, i);
            if (gil_is_null(gil_call(env, function, &number, 1, NULL, 0))) {
                gil_error_clear(env);
                it->failed++;
            }
        }
        gil_detach(env);
    }
    return NULL;
}

GIL_FUNCTION(int64_t, from_thread, (gil_env * env, gil_obj function, int64_t times), .doc = "Call it on a new thread.")
{
    job it = {.runtime = gil_env_runtime(env), .function = gil_ref_new(env, function), .times = times};
    pthread_t thread;
    if (!it.function)
        return 0;
    if (pthread_create(&thread, NULL, work, &it) != 0) {
        gil_raise(env, GIL_RUNTIME_ERROR, "no thread");
        return 0;
    }
    GIL_BEGIN_ALLOW_THREADS(env)
    pthread_join(thread, NULL);
    GIL_END_ALLOW_THREADS(env)
    gil_ref_drop(it.function);
    return it.failed;
}

static void *work_alone(void *memory)
{
    job *it = memory;
    work(it);
    gil_ref_drop(it->function);
    free(it);
    return NULL;
}

GIL_FUNCTION(void, leave_thread, (gil_env * env, gil_obj function, int64_t times, int64_t wait_ms),
             .doc = "Call it on a new thread that nobody waits for, after a while.")
{
    pthread_t thread;
    job *it = malloc(sizeof *it);
    *it = (job){gil_env_runtime(env), gil_ref_new(env, function), times, wait_ms, 0};
    if (pthread_create(&thread, NULL, work_alone, it) == 0)
        pthread_detach(thread);
}

/* A reference dropped on a thread that does not hold the GIL. */
static void *drop(void *ref)
{
    gil_ref_drop(ref);
    return NULL;
}

GIL_FUNCTION(void, drop_elsewhere, (gil_env * env, gil_obj object))
{
    pthread_t thread;
    gil_ref *ref = gil_ref_new(env, object);
    if (!ref || pthread_create(&thread, NULL, drop, ref) != 0)
        return;
    GIL_BEGIN_ALLOW_THREADS(env)
    pthread_join(thread, NULL);
    GIL_END_ALLOW_THREADS(env)
}

GIL_FUNCTION(void, raise_kind, (gil_env * env, int64_t kind))
{
    gil_raise(env, (gil_error_kind)kind, "of kind %d", (int)kind);
}
