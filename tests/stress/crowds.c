/* SPDX-License-Identifier: MIT
 *
 * One core, too many threads, and misuse: cases 23 to 25.
 */
#include <gilkit/runtime.h>

#include "../unit/core/kernel.h"
#include "core/runtime.h"
#include "cores.h"

enum { WAITERS = 8, MOST = 32 };

typedef struct stage {
    gil_runtime *runtime;
    gil_env *env;
    atomic_uint running, wrong;
    atomic_bool stop;
    atomic_ullong cpu;
    size_t laps[MOST]; /* each its thread's own, under the GIL */
} stage;

static stage begin(void)
{
    return (stage){.runtime = gil_runtime_new(NULL, NULL)};
}

static void *wait_and_count(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL); /* so that the state is there */
    gil_detach(env);
    atomic_fetch_add(&s->running, 1);
    uint64_t before = cpu_ns(RUSAGE_THREAD);
    env = gil_attach(s->runtime, NULL);
    atomic_fetch_add(&s->cpu, cpu_ns(RUSAGE_THREAD) - before);
    gil_detach(env);
    return NULL;
}

static void case_23_waiters_use_no_processor_time(void **state)
{
    (void)state;
    stage s = begin();
    pthread_t threads[WAITERS];
    gil_env *env = gil_attach(s.runtime, NULL);
    for (size_t i = 0; i < WAITERS; i++)
        start(&threads[i], wait_and_count, &s);
    while (atomic_load(&s.running) < WAITERS)
        gil_checkpoint(env);
    sleep_ms(300);
    gil_detach(env);
    for (size_t i = 0; i < WAITERS; i++)
        join(threads[i]);
    print_message("# %.3f ms each in 300 ms\n", (double)atomic_load(&s.cpu) / WAITERS / MS);
    assert_true(atomic_load(&s.cpu) < WAITERS * 6 * (uint64_t)MS);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

static void *sleep_in_a_section(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    GIL_BEGIN_ALLOW_THREADS(env)
    atomic_fetch_add(&s->running, 1);
    while (!atomic_load(&s->stop))
        usleep(20000);
    GIL_END_ALLOW_THREADS(env)
    gil_detach(env);
    return NULL;
}

static void case_23_an_idle_runtime_uses_no_processor_time(void **state)
{
    (void)state;
    stage s = begin();
    pthread_t threads[WAITERS];
    for (size_t i = 0; i < WAITERS; i++)
        start(&threads[i], sleep_in_a_section, &s);
    while (atomic_load(&s.running) < WAITERS)
        usleep(200);
    uint64_t before = cpu_ns(RUSAGE_SELF);
    sleep_ms(500);
    uint64_t used = cpu_ns(RUSAGE_SELF) - before;
    atomic_store(&s.stop, true);
    for (size_t i = 0; i < WAITERS; i++)
        join(threads[i]);
    assert_true(used < 25 * (uint64_t)MS);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

static void *hand_over(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    size_t me = atomic_fetch_add(&s->running, 1) % 2;
    while (s->laps[2] < 5000) {
        s->laps[2] += s->laps[3] != me;
        s->laps[3] = me;
        gil_env_yield(env);
    }
    gil_detach(env);
    return NULL;
}

/* Spinning for a time slice of 4 ms or more would take 20 s and more. */
static void case_23_a_hand_over_does_not_wait_for_a_time_slice(void **state)
{
    (void)state;
    stage s = begin();
    uint64_t began = gil__now_ns();
    run_on_threads(2, hand_over, &s);
    assert_true(gil__now_ns() - began < 10000u * (uint64_t)MS);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

static void run_another(gil_task *task, void *context)
{
    stage *s = context;
    GIL_BEGIN_ACQUIRE(task, env)
    gil_none_new(env);
    GIL_END_ACQUIRE(env)
    (void)s;
}

static void run_nested(gil_task *task, void *context)
{
    for (volatile unsigned i = 0; i < 20000; i++)
        continue;
    GIL_BEGIN_ACQUIRE(task, env)
    if (!run_kernel(env, run_another, context))
        atomic_fetch_add(&((stage *)context)->wrong, 1);
    GIL_END_ACQUIRE(env)
}

static void *lap(void *context)
{
    stage *s = context;
    size_t me = atomic_fetch_add(&s->running, 1);
    gil_env *env = gil_attach(s->runtime, NULL);
    while (!atomic_load(&s->stop)) {
        if (!run_kernel(env, run_nested, s))
            atomic_fetch_add(&s->wrong, 1);
        s->laps[me]++;
        gil_checkpoint(env);
    }
    gil_detach(env);
    return NULL;
}

static void *hog(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    while (!atomic_load(&s->stop))
        gil_checkpoint(env);
    gil_detach(env);
    return NULL;
}

/* Eight threads for each core, kernels inside kernels, and one that holds the GIL whenever it can. */
static void case_24_more_threads_than_cores_all_get_on(void **state)
{
    (void)state;
    stage s = begin();
    pthread_t threads[MOST], holder;
    size_t n = (size_t)cores_here() * 8 < MOST ? (size_t)cores_here() * 8 : MOST;
    start(&holder, hog, &s);
    for (size_t i = 0; i < n; i++)
        start(&threads[i], lap, &s);
    sleep_ms(1500);
    atomic_store(&s.stop, true);
    for (size_t i = 0; i < n; i++)
        join(threads[i]);
    join(holder);
    size_t least = s.laps[0], all = 0;
    for (size_t i = 0; i < n; i++) {
        least = s.laps[i] < least ? s.laps[i] : least;
        all += s.laps[i];
    }
    print_message("# %zu threads, %zu laps, the last one %zu\n", n, all, least);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_true(least >= 5);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

/* ---- Case 25 ------------------------------------------------------------------------------------------------- */

static void release_twice(void *context)
{
    stage *s = context;
    gil_env_release(s->env, __FILE__, __LINE__);
    gil_env_release(s->env, "second.c", 7);
}

static void take_back_twice(void *context)
{
    stage *s = context;
    uint64_t token = gil_env_release(s->env, "first.c", 5);
    gil_env_reacquire(s->env, token);
    gil_env_reacquire(s->env, token);
}

static void *release_what_is_not_mine(void *context)
{
    stage *s = context;
    gil_env_release(s->env, "stranger.c", 9);
    return NULL;
}

static void release_by_another(void *context)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, release_what_is_not_mine, context) == 0)
        pthread_join(thread, NULL);
}

static void checkpoint_without(void *context)
{
    stage *s = context;
    gil_env_release(s->env, "out.c", 3);
    gil_env_yield(s->env);
}

static void detach_twice(void *context)
{
    stage *s = context;
    gil_detach(s->env);
    gil_detach(s->env);
}

static void case_25_misuse_ends_the_process_and_names_the_call(void **state)
{
    (void)state;
    stage s = begin();
    s.env = gil_attach(s.runtime, NULL);
    assert_aborted(run_in_child(release_twice, &s, 5), "second.c:7");
    assert_aborted(run_in_child(take_back_twice, &s, 5), "first.c:5");
    assert_aborted(run_in_child(release_by_another, &s, 5), "stranger.c:9");
    assert_aborted(run_in_child(checkpoint_without, &s, 5), "out.c:3");
    assert_aborted(run_in_child(detach_twice, &s, 5), "gil_detach");
    gil_detach(s.env);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

static void *change_interval(void *context)
{
    stage *s = context;
    for (unsigned i = 0; !atomic_load(&s->stop); i++) {
        gil_runtime_set_switch_interval(s->runtime, i % 2 ? 100 : 1000000);
        usleep(100);
    }
    return NULL;
}

static void case_25_the_interval_may_change_while_threads_compete(void **state)
{
    (void)state;
    stage s = begin();
    pthread_t holders[3], changers[2];
    for (size_t i = 0; i < 3; i++)
        start(&holders[i], hog, &s);
    for (size_t i = 0; i < 2; i++)
        start(&changers[i], change_interval, &s);
    sleep_ms(500);
    atomic_store(&s.stop, true);
    for (size_t i = 0; i < 3; i++)
        join(holders[i]);
    for (size_t i = 0; i < 2; i++)
        join(changers[i]);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

static void *count_turns(void *context)
{
    stage *s = context;
    size_t me = atomic_fetch_add(&s->running, 1);
    gil_env *env = gil_attach(s->runtime, NULL);
    while (!atomic_load(&s->stop)) {
        s->laps[2] += s->laps[3] != me;
        s->laps[3] = me;
        gil_checkpoint(env);
    }
    gil_detach(env);
    return NULL;
}

/* From an hour to a millisecond: those that wait already must not sleep the hour out. */
static void case_25_an_interval_that_becomes_short_is_short_at_once(void **state)
{
    (void)state;
    stage s = {.runtime = gil_runtime_new(&(gil_runtime_options){.switch_interval_us = 3600000000u}, NULL)};
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++)
        start(&threads[i], count_turns, &s);
    sleep_ms(100);
    gil_runtime_set_switch_interval(s.runtime, 1000);
    sleep_ms(400);
    atomic_store(&s.stop, true);
    for (size_t i = 0; i < 2; i++)
        join(threads[i]);
    print_message("# %zu turns\n", s.laps[2]);
    assert_in_range(s.laps[2], 2, 2000); /* not 0, however busy the machine is */
    assert_true(gil_runtime_free(s.runtime, NULL));
}

static void case_25_trying_neither_waits_nor_fails_for_nothing(void **state)
{
    (void)state;
    gil__gil gil;
    gil__gil_init(&gil, 5 * MS);
    for (size_t i = 0; i < LOOPS(100000); i++) {
        assert_int_equal(gil__gil_acquire_until(&gil, false, 0), GIL__TAKEN);
        assert_int_equal(gil__gil_acquire_until(&gil, false, 0), GIL__TIMED_OUT);
        gil__gil_release(&gil);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(case_23_waiters_use_no_processor_time),
        TEST(case_23_an_idle_runtime_uses_no_processor_time),
        TEST(case_23_a_hand_over_does_not_wait_for_a_time_slice),
        TEST(case_24_more_threads_than_cores_all_get_on),
        TEST(case_25_misuse_ends_the_process_and_names_the_call),
        TEST(case_25_the_interval_may_change_while_threads_compete),
        TEST(case_25_an_interval_that_becomes_short_is_short_at_once),
        TEST(case_25_trying_neither_waits_nor_fails_for_nothing),
    };
    use_cores_as_told();
    return cmocka_run_group_tests_name("crowds", tests, NULL, NULL);
}
