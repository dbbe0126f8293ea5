/* SPDX-License-Identifier: MIT
 *
 * A thousand threads: what memory each one costs by being attached, and how long until all have attached, worked and
 * left, beside the same threads without a runtime. Once: memory that was freed would be used again.
 *
 *     crowd
 */
#include <gilkit/runtime.h>
#include <pthread.h>
#include <string.h>

#include "sample.h"

enum { THREADS = 1000, STACK = 256 << 10, TOUCHED = 32 << 10 };

static gil_runtime *runtime;
static pthread_t threads[THREADS];
static pthread_attr_t small;
static pthread_barrier_t before, attach_now, attached, leave_now;

static gil_env *attach(void)
{
    gil_error error;
    gil_env *env = gil_attach(runtime, &error);
    if (!env)
        die(error.message);
    return env;
}

/* Kilobytes that are this process's own, counted page by page: status only adds up what each thread reports now and
 * then. */
static double own_kilobytes(void)
{
    char line[128];
    double kilobytes = -1;
    FILE *rollup = fopen("/proc/self/smaps_rollup", "r");
    while (rollup && fgets(line, sizeof line, rollup))
        if (sscanf(line, "Anonymous: %lf kB", &kilobytes) == 1)
            break;
    if (rollup)
        fclose(rollup);
    if (kilobytes < 0)
        die("crowd: no /proc/self/smaps_rollup");
    return kilobytes;
}

/* What any thread costs: its stack, and what the C library keeps for its allocations. */
static void __attribute__((noinline)) settle_in(void)
{
    char stack[TOUCHED];
    memset(stack, 1, sizeof stack);
    __asm__ volatile("" : : "r"(stack) : "memory");
    void *volatile block = malloc(64);
    free(block);
}

static void *stay(void *unused)
{
    settle_in();
    pthread_barrier_wait(&before);
    pthread_barrier_wait(&attach_now);
    gil_env *env = attach();
    GIL_BEGIN_ALLOW_THREADS(env)
    pthread_barrier_wait(&attached);
    pthread_barrier_wait(&leave_now);
    GIL_END_ALLOW_THREADS(env)
    gil_detach(env);
    return unused;
}

static void __attribute__((noinline)) work(void)
{
    for (volatile int i = 0; i < 1000; i++)
        ;
}

static void *come_and_go(void *unused)
{
    gil_env *env = attach();
    gil_obj list = gil_list_new(env);
    for (int i = 0; i < 10; i++)
        if (!gil_list_append(env, list, gil_int_new(env, i)))
            die("crowd: no memory");
    GIL_BEGIN_ALLOW_THREADS(env)
    work();
    GIL_END_ALLOW_THREADS(env)
    gil_detach(env);
    return unused;
}

static void *only_work(void *unused)
{
    work();
    return unused;
}

static void start_all(void *(*body)(void *))
{
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], &small, body, NULL) != 0)
            die("crowd: no thread");
}

static void join_all(void)
{
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static double seconds_of(void *(*body)(void *))
{
    uint64_t began = now_ns();
    start_all(body);
    join_all();
    return (double)(now_ns() - began) / 1e9;
}

static void measure_memory(void)
{
    pthread_barrier_t *const all[] = {&before, &attach_now, &attached, &leave_now};
    for (int i = 0; i < 4; i++)
        pthread_barrier_init(all[i], NULL, THREADS + 1);
    start_all(stay);
    pthread_barrier_wait(&before);
    double without = own_kilobytes();
    pthread_barrier_wait(&attach_now);
    pthread_barrier_wait(&attached);
    print_sample("memory", "KB", (own_kilobytes() - without) / THREADS);
    pthread_barrier_wait(&leave_now);
    join_all();
    for (int i = 0; i < 4; i++)
        pthread_barrier_destroy(all[i]);
}

int main(void)
{
    gil_error error;
    runtime = gil_runtime_new(NULL, &error);
    if (!runtime)
        die(error.message);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK);
    measure_memory();
    print_sample("seconds", "attached", seconds_of(come_and_go));
    print_sample("seconds", "plain", seconds_of(only_work));
    return gil_runtime_free(runtime, &error) ? 0 : 1;
}
