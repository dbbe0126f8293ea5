/* SPDX-License-Identifier: MIT
 *
 * Throughput of a compute-bound kernel from one thread and from two, in calls a second: through the runtime
 * with the GIL released, with the GIL held, and from plain threads, which is what the machine can give.
 *
 *     threads MODULE [ROUNDS]
 */
#include <gilkit/runtime.h>
#include <pthread.h>

#include "sample.h"

enum { MAX_THREADS = 2, CALLS = 30 };

typedef enum way { PLAIN, RELEASED, HELD } way;

static const char *module_path;
static gil_runtime *runtime;
static int64_t spin_rounds;
static volatile int64_t sink;

typedef struct worker {
    pthread_t thread;
    pthread_barrier_t *start;
    way way;
    uint64_t began, ended;
} worker;

/* The kernel of kernels.c. */
static int64_t __attribute__((noinline)) spin(int64_t rounds)
{
    uint64_t x = 88172645463325252u;
    for (int64_t i = 0; i < rounds; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    return (int64_t)(x >> 1);
}

static void check(gil_env *env, gil_obj object)
{
    gil_error error;
    if (!gil_is_null(object))
        return;
    gil_error_take(env, &error);
    die(error.message);
}

static void work_attached(worker *self)
{
    gil_error error;
    gil_env *env = gil_attach(runtime, &error);
    if (!env)
        die(error.message);
    gil_obj module = gil_load(env, module_path);
    check(env, module);
    gil_obj function = gil_attr_get(env, module, "spin");
    check(env, function);
    function = gil_function_with_policy(env, function, self->way == HELD ? GIL_HOLD : GIL_RELEASE);
    check(env, function);
    gil_obj argument = gil_int_new(env, spin_rounds);
    GIL_BEGIN_ALLOW_THREADS(env)
    pthread_barrier_wait(self->start);
    GIL_END_ALLOW_THREADS(env)
    self->began = now_ns();
    for (int call = 0; call < CALLS; call++)
        GIL_SCOPE(env) {
            check(env, gil_call(env, function, &argument, 1, NULL, 0));
        }
    self->ended = now_ns();
    gil_detach(env);
}

static void work_plain(worker *self)
{
    pthread_barrier_wait(self->start);
    self->began = now_ns();
    int64_t (*volatile code)(int64_t) = spin; /* each call is a call */
    for (int call = 0; call < CALLS; call++)
        sink = code(spin_rounds);
    self->ended = now_ns();
}

static void *work(void *argument)
{
    worker *self = argument;
    if (self->way == PLAIN)
        work_plain(self);
    else
        work_attached(self);
    return NULL;
}

/* Calls a second, from the first call's start to the last one's end. */
static double throughput(way how, unsigned n)
{
    worker workers[MAX_THREADS];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, n);
    for (unsigned t = 0; t < n; t++) {
        workers[t] = (worker){.start = &start, .way = how};
        if (pthread_create(&workers[t].thread, NULL, work, &workers[t]) != 0)
            die("threads: no thread");
    }
    uint64_t began = UINT64_MAX, ended = 0;
    for (unsigned t = 0; t < n; t++) {
        pthread_join(workers[t].thread, NULL);
        began = workers[t].began < began ? workers[t].began : began;
        ended = workers[t].ended > ended ? workers[t].ended : ended;
    }
    pthread_barrier_destroy(&start);
    return n * CALLS * 1e9 / (double)(ended - began);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        way way;
    } ways[] = {{"plain", PLAIN}, {"released", RELEASED}, {"held", HELD}};
    gil_error error;
    if (argc < 2)
        die("usage: threads MODULE [ROUNDS]");
    module_path = argv[1];
    int rounds = argc > 2 ? atoi(argv[2]) : 21;
    runtime = gil_runtime_new(NULL, &error);
    if (!runtime)
        die(error.message);

    /* About 5 ms a call. */
    uint64_t best = UINT64_MAX;
    int64_t (*volatile code)(int64_t) = spin;
    for (int i = 0; i < 10; i++) {
        uint64_t start = now_ns();
        sink = code(1000000);
        uint64_t took = now_ns() - start;
        best = took < best ? took : best;
    }
    spin_rounds = (int64_t)(5e6 / (double)best * 1e6);

    for (int round = 0; round < rounds; round++)
        for (int w = 0; w < 3; w++)
            for (unsigned n = 1; n <= MAX_THREADS; n++) {
                char variant[32];
                snprintf(variant, sizeof variant, "%s %u", ways[w].name, n);
                print_sample("compute-bound kernel", variant, throughput(ways[w].way, n));
            }
    return gil_runtime_free(runtime, &error) ? 0 : 1;
}
