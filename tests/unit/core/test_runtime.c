/* SPDX-License-Identifier: MIT */
#include "core/runtime.h"

#include <gilkit/runtime.h>
#include <gilkit/task.h>
#include <stdlib.h>

#include "../base/support.h"
#include "base/memory.h"
#include "kernel.h"

typedef struct shared {
    gil_runtime *runtime;
    atomic_uint running;
    atomic_uint finished;
    atomic_uint refused;
    atomic_uint wrong;
    atomic_bool go;
    gil_error error;
} shared;

static gil_runtime *new_runtime(bool measure)
{
    gil_runtime *runtime = gil_runtime_new(&(gil_runtime_options){.measure = measure}, NULL);
    assert_non_null(runtime);
    return runtime;
}

static void wait_for(atomic_uint *number, unsigned value)
{
    while (atomic_load(number) < value)
        sleep_ms(1);
}

static void test_runtime__that_is_null_is_freed(void **state)
{
    (void)state;
    gil_error error;
    assert_true(gil_runtime_free(NULL, NULL));
    assert_true(gil_runtime_free(NULL, &error));
}

static void test_runtime__has_an_interval_of_5_ms_unless_told(void **state)
{
    (void)state;
    static const uint64_t asked_us[] = {0, 1, 250, UINT64_MAX};
    static const uint64_t got_ns[] = {5000000, 1000, 250000, UINT64_MAX / 1000 * 1000};
    for (size_t i = 0; i < 4; i++) {
        gil_runtime *runtime = gil_runtime_new(&(gil_runtime_options){.switch_interval_us = asked_us[i]}, NULL);
        assert_true(runtime->gil.interval_ns == got_ns[i]);
        assert_true(gil_runtime_free(runtime, NULL));
    }
}

static void test_runtime__needs_memory_to_begin(void **state)
{
    (void)state;
    gil_error error = {0};
    gil__memory_fail_after(0, true);
    gil_runtime *runtime = gil_runtime_new(NULL, &error);
    gil__memory_fail_after(-1, false);
    assert_null(runtime);
    assert_int_equal(error.kind, GIL_MEMORY_ERROR);
}

static void test_runtime__is_not_freed_when_freeing_fails(void **state)
{
    (void)state;
    long live = gil__memory_live();
    gil_runtime *runtime = new_runtime(false);
    gil__memory_fail_after(0, true);
    bool freed = gil_runtime_free(runtime, NULL);
    gil__memory_fail_after(-1, false);
    if (!freed) {
        gil_env *env = gil_attach(runtime, NULL);
        assert_non_null(env);
        gil_detach(env);
        assert_true(gil_runtime_free(runtime, NULL));
    }
    assert_int_equal(gil__memory_live(), live);
}

static void test_runtime__is_not_freed_by_a_thread_in_a_released_section(void **state)
{
    (void)state;
    gil_runtime *runtime = new_runtime(false);
    gil_env *env = gil_attach(runtime, NULL);
    gil_error error = {0};
    bool freed = true;
    GIL_BEGIN_ALLOW_THREADS(env)
    freed = gil_runtime_free(runtime, &error);
    GIL_END_ALLOW_THREADS(env)
    assert_false(freed);
    assert_int_equal(error.kind, GIL_RUNTIME_ERROR);
    gil_detach(env);
    assert_true(gil_runtime_free(runtime, NULL));
}

static void *try_to_attach(void *context)
{
    shared *all = context;
    if (!gil_attach(all->runtime, &all->error) && all->error.kind == GIL_RUNTIME_ERROR)
        atomic_fetch_add(&all->refused, 1);
    return NULL;
}

/* Runs until it is told to stop; while the runtime waits for it, nobody else gets in. */
static void run_until_stopped(gil_task *task, void *context)
{
    shared *all = context;
    atomic_fetch_add(&all->running, 1);
    while (!gil_stopped(task))
        usleep(100);
    pthread_t other;
    if (pthread_create(&other, NULL, try_to_attach, all) == 0)
        pthread_join(other, NULL);
    if (!gil_attach(all->runtime, NULL))
        atomic_fetch_add(&all->refused, 1);
    GIL_BEGIN_ACQUIRE(task, env)
    atomic_fetch_add(&all->wrong, 1);
    GIL_END_ACQUIRE(env)
    sleep_ms(30);
    atomic_fetch_add(&all->finished, 1);
}

static void return_at_once(gil_task *task, void *context)
{
    shared *all = context;
    if (!gil_stopped(task))
        atomic_fetch_add(&all->wrong, 1);
}

static void *call_a_long_kernel(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    gil_error error = {0};
    if (run_kernel(env, run_until_stopped, all) || !gil_error_take(env, &error) || error.kind != GIL_RUNTIME_ERROR)
        atomic_fetch_add(&all->wrong, 1);
    if (run_kernel(env, return_at_once, all) || !gil_error_take(env, &error) || error.kind != GIL_RUNTIME_ERROR)
        atomic_fetch_add(&all->wrong, 1);
    gil_detach(env);
    return NULL;
}

static void test_runtime__stops_kernels_and_waits_for_them_and_refuses_attaches(void **state)
{
    (void)state;
    long live = gil__memory_live();
    shared all = {.runtime = new_runtime(false)};
    pthread_t thread;
    start(&thread, call_a_long_kernel, &all);
    wait_for(&all.running, 1);
    assert_true(gil_runtime_free(all.runtime, NULL));
    assert_int_equal(atomic_load(&all.finished), 1);
    assert_int_equal(atomic_load(&all.refused), 2);
    assert_non_null(strstr(all.error.message, "shutting down"));
    join(thread);
    assert_int_equal(atomic_load(&all.wrong), 0);
    assert_int_equal(gil__memory_live(), live);
}

static void attach_until_refused(gil_task *task, void *context)
{
    shared *all = context;
    atomic_fetch_add(&all->running, 1);
    for (gil_env *env; (env = gil_attach(all->runtime, NULL)) != NULL;) {
        gil_int_new(env, 123456789);
        gil_detach(env);
    }
    while (!gil_stopped(task))
        sched_yield();
    atomic_fetch_add(&all->finished, 1);
}

static void *call_an_attaching_kernel(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    run_kernel(env, attach_until_refused, all);
    gil_detach(env);
    return NULL;
}

static void test_runtime__shuts_down_while_kernels_take_the_gil_in_a_loop(void **state)
{
    (void)state;
    long live = gil__memory_live();
    for (size_t round = 0; round < LOOPS(100); round++) {
        shared all = {.runtime = new_runtime(round % 2)};
        pthread_t threads[4];
        for (size_t i = 0; i < 4; i++)
            start(&threads[i], call_an_attaching_kernel, &all);
        wait_for(&all.running, 4);
        assert_true(gil_runtime_free(all.runtime, NULL));
        assert_int_equal(atomic_load(&all.finished), 4);
        for (size_t i = 0; i < 4; i++)
            join(threads[i]);
    }
    assert_int_equal(gil__memory_live(), live);
}

static void *detach_last(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    atomic_fetch_add(&all->running, 1);
    while (!atomic_load(&all->go))
        gil_checkpoint(env);
    gil_detach(env);
    return NULL;
}

/* The last detach, the end of its thread and the free race for the same memory. */
static void test_runtime__is_freed_right_behind_the_last_detach(void **state)
{
    (void)state;
    long live = gil__memory_live();
    for (size_t round = 0; round < LOOPS(200); round++) {
        shared all = {.runtime = new_runtime(false)};
        pthread_t threads[2];
        for (size_t i = 0; i < 2; i++)
            start(&threads[i], detach_last, &all);
        while (atomic_load(&all.running) < 2)
            sched_yield();
        atomic_store(&all.go, true);
        assert_true(gil_runtime_free(all.runtime, NULL));
        for (size_t i = 0; i < 2; i++)
            join(threads[i]);
    }
    assert_int_equal(gil__memory_live(), live);
}

static void spin_us(unsigned us)
{
    for (uint64_t until = gil__now_ns() + us * 1000u; gil__now_ns() < until;)
        continue;
}

/* Some are measured, the others shared out: short pairs of which a quarter is without the GIL. */
static void test_runtime__counts_all_and_measures_some_unless_told(void **state)
{
    (void)state;
    gil_runtime *runtime = new_runtime(false);
    gil_stats stats;
    gil_env *env = gil_attach(runtime, NULL);
    uint64_t began = gil__now_ns();
    for (size_t i = 0; i < 20000; i++) {
        GIL_BEGIN_ALLOW_THREADS(env)
        spin_us(1);
        GIL_END_ALLOW_THREADS(env)
        spin_us(3);
    }
    gil_thread_stats(env, &stats);
    uint64_t all = gil__now_ns() - began;
    assert_int_equal(stats.acquisitions, 20001);
    assert_true(stats.held + stats.released <= all + 20 * MS);
    assert_true(stats.held + stats.released >= all - 20 * MS);
    assert_true(stats.released >= all / 10 && stats.released <= all / 2);
    gil_detach(env);
    gil_runtime_stats(runtime, &stats);
    assert_int_equal(stats.acquisitions, 20001);
    assert_true(gil_runtime_free(runtime, NULL));
}

static void test_runtime__measures_what_is_long_each_time(void **state)
{
    (void)state;
    gil_runtime *runtime = new_runtime(false);
    gil_stats stats;
    gil_env *env = gil_attach(runtime, NULL);
    for (size_t i = 0; i < 5; i++) {
        GIL_BEGIN_ALLOW_THREADS(env)
        sleep_ms(4);
        GIL_END_ALLOW_THREADS(env)
        sleep_ms(2);
    }
    gil_detach(env);
    gil_runtime_stats(runtime, &stats);
    assert_true(stats.released >= 5 * 4 * MS && stats.held >= 5 * 2 * MS);
    assert_true(stats.longest_held >= 2 * MS);
    assert_true(gil_runtime_free(runtime, NULL));
}

static void *release_for_20_ms(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    GIL_BEGIN_ALLOW_THREADS(env)
    sleep_ms(20);
    GIL_END_ALLOW_THREADS(env)
    sleep_ms(10);
    gil_detach(env);
    return NULL;
}

static void test_runtime__adds_up_the_times_of_threads_that_are_gone(void **state)
{
    (void)state;
    shared all = {.runtime = new_runtime(true)};
    gil_stats stats;
    for (size_t i = 0; i < 3; i++)
        run_on_threads(1, release_for_20_ms, &all);
    gil_runtime_stats(all.runtime, &stats);
    assert_int_equal(stats.acquisitions, 6);
    assert_int_equal(stats.contended, 0);
    assert_true(stats.released >= 3 * 19 * MS);
    assert_true(stats.held >= 3 * 9 * MS);
    assert_true(stats.longest_held >= 9 * MS && stats.longest_held <= stats.held);
    assert_true(gil_runtime_free(all.runtime, NULL));
}

static void *release_many_times(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    for (size_t i = 0; i < LOOPS(2000); i++) {
        GIL_BEGIN_ALLOW_THREADS(env)
        GIL_END_ALLOW_THREADS(env)
        gil_env_yield(env);
    }
    gil_detach(env);
    atomic_fetch_add(&all->finished, 1);
    return NULL;
}

static void test_runtime__says_its_times_while_threads_run(void **state)
{
    (void)state;
    shared all = {.runtime = new_runtime(true)};
    pthread_t threads[4];
    gil_stats before = {0}, after;
    uint64_t began = gil__now_ns();
    for (size_t i = 0; i < 4; i++)
        start(&threads[i], release_many_times, &all);
    while (atomic_load(&all.finished) < 4) {
        gil_runtime_stats(all.runtime, &after);
        assert_true(after.acquisitions >= before.acquisitions && after.held >= before.held);
        before = after;
        usleep(200);
    }
    for (size_t i = 0; i < 4; i++)
        join(threads[i]);
    gil_runtime_stats(all.runtime, &after);
    assert_true(after.acquisitions >= 4 * (LOOPS(2000) + 1));
    assert_true(after.held <= gil__now_ns() - began);
    assert_true(gil_runtime_free(all.runtime, NULL));
}

typedef struct watched {
    size_t count;
    gil_event events[16];
    uint64_t last;
    bool backwards;
} watched;

static void watch(void *context, uint32_t thread, gil_event event, uint64_t now_ns)
{
    watched *all = context;
    all->backwards |= now_ns < all->last || thread != 0;
    all->last = now_ns;
    if (all->count < 16)
        all->events[all->count++] = event;
}

static void test_runtime__tells_a_watcher_each_step(void **state)
{
    (void)state;
    static const gil_event steps[] = {GIL_EVENT_WAITING, GIL_EVENT_ACQUIRED, GIL_EVENT_RELEASED,
                                      GIL_EVENT_WAITING, GIL_EVENT_ACQUIRED, GIL_EVENT_RELEASED};
    gil_runtime *runtime = new_runtime(true);
    watched seen = {0};
    gil_runtime_watch(runtime, watch, &seen);
    gil_env *env = gil_attach(runtime, NULL);
    GIL_BEGIN_ALLOW_THREADS(env)
    GIL_END_ALLOW_THREADS(env)
    gil_detach(env);
    assert_int_equal(seen.count, 6);
    assert_memory_equal(seen.events, steps, sizeof steps);
    assert_false(seen.backwards);
    assert_true(gil_runtime_free(runtime, NULL));
}

/* Also of a thread that was passing the clock over. */
static void test_runtime__may_be_watched_from_any_moment_on(void **state)
{
    (void)state;
    gil_runtime *runtime = new_runtime(false);
    watched seen = {0};
    gil_env *env = gil_attach(runtime, NULL);
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < 1000; i++) {
            GIL_BEGIN_ALLOW_THREADS(env)
            GIL_END_ALLOW_THREADS(env)
        }
        seen = (watched){0};
        gil_runtime_watch(runtime, watch, &seen);
        GIL_BEGIN_ALLOW_THREADS(env)
        GIL_END_ALLOW_THREADS(env)
        gil_runtime_watch(runtime, NULL, NULL);
        assert_int_equal(seen.count, 3);
        assert_int_equal(seen.events[0], GIL_EVENT_RELEASED);
        assert_int_equal(seen.events[2], GIL_EVENT_ACQUIRED);
        assert_false(seen.backwards);
    }
    gil_detach(env);
    assert_true(gil_runtime_free(runtime, NULL));
}

static void *attach_and_end(void *context)
{
    shared *all = context;
    gil_detach(gil_attach(all->runtime, NULL));
    atomic_fetch_add(&all->running, 1);
    while (!atomic_load(&all->go))
        usleep(200);
    return NULL;
}

/* By a thread that waits for a signal, say, and does not know yet; what it asks about are not states of threads that ended. */
static void test_runtime__that_is_gone_has_no_threads(void **state)
{
    (void)state;
    shared all = {.runtime = new_runtime(false)};
    pthread_t thread;
    gil_stats stats;
    start(&thread, attach_and_end, &all);
    while (atomic_load(&all.running) == 0)
        usleep(200);
    assert_true(gil_runtime_free(all.runtime, NULL));
    atomic_store(&all.go, true);
    join(thread);
    assert_null(all.runtime->threads);
    gil_runtime_interrupt(all.runtime);
    gil_runtime_stats(all.runtime, &stats);
}

static struct changing {
    gil_runtime *runtime;
    atomic_bool stop;
    atomic_uint steps, wrong;
    char one, other;
} changing;

static void watch_one(void *context, uint32_t thread, gil_event event, uint64_t now_ns)
{
    (void)thread, (void)event, (void)now_ns;
    atomic_fetch_add(&changing.steps, 1);
    atomic_fetch_add(&changing.wrong, context != &changing.one);
}

static void watch_other(void *context, uint32_t thread, gil_event event, uint64_t now_ns)
{
    (void)thread, (void)event, (void)now_ns;
    atomic_fetch_add(&changing.steps, 1);
    atomic_fetch_add(&changing.wrong, context != &changing.other);
}

static void *change_watcher(void *unused)
{
    while (!atomic_load(&changing.stop)) {
        gil_runtime_watch(changing.runtime, watch_one, &changing.one);
        gil_runtime_watch(changing.runtime, watch_other, &changing.other);
    }
    return unused;
}

static void test_runtime__tells_a_watcher_with_its_own_context_while_two_threads_change_it(void **state)
{
    (void)state;
    pthread_t threads[2];
    changing.runtime = new_runtime(false);
    gil_env *env = gil_attach(changing.runtime, NULL);
    for (size_t i = 0; i < 2; i++)
        start(&threads[i], change_watcher, NULL);
    for (uint64_t until = gil__now_ns() + 500 * (uint64_t)MS; gil__now_ns() < until;) {
        GIL_BEGIN_ALLOW_THREADS(env)
        GIL_END_ALLOW_THREADS(env)
    }
    atomic_store(&changing.stop, true);
    for (size_t i = 0; i < 2; i++)
        join(threads[i]);
    gil_detach(env);
    print_message("# %u steps\n", atomic_load(&changing.steps));
    assert_true(atomic_load(&changing.steps) > 0);
    assert_int_equal(atomic_load(&changing.wrong), 0);
    assert_true(gil_runtime_free(changing.runtime, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_runtime__that_is_null_is_freed),
        TEST(test_runtime__has_an_interval_of_5_ms_unless_told),
        TEST(test_runtime__needs_memory_to_begin),
        TEST(test_runtime__is_not_freed_when_freeing_fails),
        TEST(test_runtime__is_not_freed_by_a_thread_in_a_released_section),
        TEST(test_runtime__stops_kernels_and_waits_for_them_and_refuses_attaches),
        TEST(test_runtime__shuts_down_while_kernels_take_the_gil_in_a_loop),
        TEST(test_runtime__is_freed_right_behind_the_last_detach),
        TEST(test_runtime__counts_all_and_measures_some_unless_told),
        TEST(test_runtime__measures_what_is_long_each_time),
        TEST(test_runtime__adds_up_the_times_of_threads_that_are_gone),
        TEST(test_runtime__says_its_times_while_threads_run),
        TEST(test_runtime__tells_a_watcher_each_step),
        TEST(test_runtime__may_be_watched_from_any_moment_on),
        TEST(test_runtime__that_is_gone_has_no_threads),
        TEST(test_runtime__tells_a_watcher_with_its_own_context_while_two_threads_change_it),
    };
    return cmocka_run_group_tests_name("runtime", tests, NULL, NULL);
}
