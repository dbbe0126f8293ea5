/* SPDX-License-Identifier: MIT
 *
 * Equal threads that hold the lock all the time and let others run every so often, for a second: how long each had it,
 * how much work each did meanwhile (which also tells how fast the cores were just then), and how long the longest wait
 * was. With the GIL, and with a mutex that they unlock and lock.
 *
 *     fair [ROUNDS]
 */
#include <gilkit/runtime.h>
#include <pthread.h>
#include <stdatomic.h>

#include "sample.h"

enum { CHUNK_NS = 2000, MOST = 8, INTERVAL_US = 5000 };

typedef struct holder {
    pthread_t thread;
    uint64_t chunks, held_ns, longest_ns;
    uint64_t since; /* it has the lock */
} holder;

static gil_runtime *runtime;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t start;
static uint64_t until;

/* Some work, measured by the core's own pace, not by the clock: a thread that is not run does none. */
static void chunk(void)
{
    for (volatile int i = 0; i < CHUNK_NS / 2; i++)
        ;
}

/* One of them runs at a time, so together they use one core, unless somebody else does. */
static uint64_t used_ns(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

/* It let others run, from then until now. */
static void count(holder *self, uint64_t began)
{
    uint64_t now = now_ns(), passed = now - began;
    self->longest_ns = passed > self->longest_ns ? passed : self->longest_ns;
    self->held_ns += began - self->since;
    self->since = now;
    self->chunks++;
}

static void *hold_gil(void *argument)
{
    holder *self = argument;
    gil_error error;
    gil_env *env = gil_attach(runtime, &error);
    if (!env)
        die(error.message);
    GIL_BEGIN_ALLOW_THREADS(env)
    pthread_barrier_wait(&start);
    GIL_END_ALLOW_THREADS(env)
    self->since = now_ns();
    while (now_ns() < until) {
        chunk();
        uint64_t began = now_ns();
        gil_checkpoint(env);
        count(self, began);
    }
    gil_detach(env);
    return NULL;
}

static void *hold_mutex(void *argument)
{
    holder *self = argument;
    pthread_barrier_wait(&start);
    pthread_mutex_lock(&mutex);
    self->since = now_ns();
    while (now_ns() < until) {
        chunk();
        uint64_t began = now_ns();
        pthread_mutex_unlock(&mutex);
        pthread_mutex_lock(&mutex);
        count(self, began);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static double largest_of_smallest(const uint64_t *values, unsigned n)
{
    uint64_t most = 0, least = UINT64_MAX;
    for (unsigned i = 0; i < n; i++) {
        most = values[i] > most ? values[i] : most;
        least = values[i] < least ? values[i] : least;
    }
    return (double)most / (double)(least > 0 ? least : 1);
}

static void run_for_a_second(const char *name, void *(*hold)(void *), unsigned n)
{
    holder holders[MOST] = {0};
    char what[32];
    uint64_t held[MOST], work[MOST], longest = 0;
    pthread_barrier_init(&start, NULL, n);
    uint64_t began = now_ns(), used = used_ns();
    until = began + UINT64_C(1000000000);
    for (unsigned i = 0; i < n; i++)
        if (pthread_create(&holders[i].thread, NULL, hold, &holders[i]) != 0)
            die("fair: no thread");
    for (unsigned i = 0; i < n; i++)
        pthread_join(holders[i].thread, NULL);
    pthread_barrier_destroy(&start);
    double cores = (double)(used_ns() - used) / (double)(now_ns() - began);
    for (unsigned i = 0; i < n; i++) {
        longest = holders[i].longest_ns > longest ? holders[i].longest_ns : longest;
        held[i] = holders[i].held_ns;
        work[i] = holders[i].chunks;
    }
    snprintf(what, sizeof what, "%u %s", n, name);
    print_sample(what, "time", largest_of_smallest(held, n));
    print_sample(what, "work", largest_of_smallest(work, n));
    print_sample(what, "cores", cores);
    print_sample(what, "longest", (double)longest / 1e3 / INTERVAL_US / n);
}

int main(int argc, char **argv)
{
    gil_error error;
    gil_runtime_options options = {.switch_interval_us = INTERVAL_US};
    int rounds = argc > 1 ? atoi(argv[1]) : 3;
    runtime = gil_runtime_new(&options, &error);
    if (!runtime)
        die(error.message);
    for (int round = 0; round < rounds; round++)
        for (unsigned n = 2; n <= MOST; n *= 2) {
            run_for_a_second("gilkit", hold_gil, n);
            run_for_a_second("mutex", hold_mutex, n);
        }
    return gil_runtime_free(runtime, &error) ? 0 : 1;
}
