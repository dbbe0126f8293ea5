/* SPDX-License-Identifier: MIT
 *
 * How long until a thread that sleeps goes on, from the step that lets it: the GIL handed over at a checkpoint, and a bare
 * futex word set and woken. The same two threads, each way in turn.
 *
 *     handover [ROUNDS]
 */
#include <gilkit/runtime.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sample.h"

/* Time enough for the other one to fall asleep. */
enum { PARK_NS = 60000, IN_A_SAMPLE = 101 };

static gil_runtime *runtime;
static atomic_uint word, ready;
static atomic_uint_fast64_t came;
static int rounds;

static void spin_ns(uint64_t ns)
{
    for (uint64_t until = now_ns() + ns; now_ns() < until;)
        ;
}

/* The one that sleeps and is let on: says that it is about to sleep, and when it came back. */
static void *sleeper(void *unused)
{
    for (int i = 0; i < rounds * IN_A_SAMPLE; i++) {
        while (ready != 0)
            ;
        ready = 1;
        gil_env *env = gil_attach(runtime, NULL);
        came = now_ns();
        if (!env)
            die("handover: no memory");
        gil_detach(env);
        while (ready != 0)
            ;
        ready = 1;
        while (word == 0)
            syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
        came = now_ns();
        word = 0;
    }
    return unused;
}

/* When the other one sleeps. */
static uint64_t once_it_sleeps(void)
{
    while (ready != 1)
        ;
    spin_ns(PARK_NS);
    came = 0;
    return now_ns();
}

static double passed_since(uint64_t began)
{
    uint64_t then;
    while ((then = came) == 0)
        ;
    return (double)(then - began) / 1e3;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_quantiles(const char *variant, double *us)
{
    qsort(us, IN_A_SAMPLE, sizeof *us, by_size);
    print_sample("p50", variant, us[IN_A_SAMPLE / 2]);
    print_sample("p99", variant, us[IN_A_SAMPLE * 99 / 100]);
}

int main(int argc, char **argv)
{
    gil_error error;
    pthread_t other;
    static double gil_us[IN_A_SAMPLE], futex_us[IN_A_SAMPLE];
    rounds = argc > 1 ? atoi(argv[1]) : 15;
    runtime = gil_runtime_new(NULL, &error);
    if (!runtime)
        die(error.message);
    if (pthread_create(&other, NULL, sleeper, NULL) != 0)
        die("handover: no thread");
    gil_env *env = gil_attach(runtime, &error);
    if (!env)
        die(error.message);
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < IN_A_SAMPLE; i++) {
            uint64_t began = once_it_sleeps();
            /* Again where the other one was not let run in time. */
            for (gil_checkpoint(env); came == 0; gil_checkpoint(env))
                began = now_ns();
            gil_us[i] = passed_since(began);
            ready = 0;
            began = once_it_sleeps();
            word = 1;
            syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
            futex_us[i] = passed_since(began);
            ready = 0;
        }
        print_quantiles("gil", gil_us);
        print_quantiles("futex", futex_us);
    }
    gil_detach(env);
    pthread_join(other, NULL);
    return gil_runtime_free(runtime, &error) ? 0 : 1;
}
