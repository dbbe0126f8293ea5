/* SPDX-License-Identifier: MIT */
#include "core/task.h"

#include <errno.h>
#include <gilkit/runtime.h>

#include "../base/support.h"
#include "base/memory.h"
#include "core/runtime.h"
#include "kernel.h"

enum { FAILING = 8, FAILURES_EACH = 50 };

typedef struct shared {
    gil_runtime *runtime;
    gil_env *env;
    gil_error error;
    gil_task *task;
    atomic_uint running;
    atomic_uint number;
    atomic_bool go;
    bool done;
} shared;

static int attach(void **state)
{
    static shared all;
    set_time_limit(state);
    all = (shared){.runtime = gil_runtime_new(NULL, NULL)};
    all.env = gil_attach(all.runtime, NULL);
    *state = &all;
    return 0;
}

static int detach(void **state)
{
    shared *all = *state;
    gil_detach(all->env);
    return gil_runtime_free(all->runtime, NULL) ? 0 : -1;
}

#define TASK_TEST(function) cmocka_unit_test_setup_teardown(function, attach, detach)

static void assert_fails(shared *all, kernel_fn kernel, gil_error_kind kind)
{
    assert_false(run_kernel(all->env, kernel, all));
    assert_true(gil_error_take(all->env, &all->error));
    assert_int_equal(all->error.kind, kind);
    assert_false(gil_error_pending(all->env));
}

static void do_nothing(gil_task *task, void *context)
{
    (void)task;
    (void)context;
}

static void fail_once(gil_task *task, void *context)
{
    (void)context;
    errno = EDOM;
    gil_fail(task, GIL_VALUE_ERROR, "element %d is %s", 7, "NaN");
    if (errno != EDOM)
        gil_fail(task, GIL_VALUE_ERROR, "errno changed");
}

static void test_task__that_fails_raises_what_it_said(void **state)
{
    shared *all = *state;
    assert_fails(all, fail_once, GIL_VALUE_ERROR);
    assert_string_equal(all->error.message, "element 7 is NaN");
}

static void test_task__that_failed_is_clean_for_the_next_call(void **state)
{
    shared *all = *state;
    assert_true(run_kernel(all->env, do_nothing, NULL));
    GIL_SCOPE(all->env)
        gil_none_new(all->env); /* the stack of handles is made once */
    long live = gil__memory_live();
    for (size_t i = 0; i < 100; i++) {
        GIL_SCOPE(all->env) {
            assert_fails(all, fail_once, GIL_VALUE_ERROR);
        }
        assert_true(run_kernel(all->env, do_nothing, NULL));
    }
    assert_int_equal(gil__memory_live(), live);
}

static void fail_thrice(gil_task *task, void *context)
{
    (void)context;
    gil_fail(task, GIL_INDEX_ERROR, "first");
    gil_fail(task, GIL_VALUE_ERROR, "second");
    gil_fail(task, GIL_TYPE_ERROR, "third");
}

static void test_task__keeps_the_first_failure_and_counts_the_others(void **state)
{
    shared *all = *state;
    assert_fails(all, fail_thrice, GIL_INDEX_ERROR);
    assert_string_equal(all->error.message, "first (and 2 more)");
}

static void *fail_many_times(void *context)
{
    shared *all = context;
    unsigned me = atomic_fetch_add(&all->number, 1);
    while (!atomic_load(&all->go))
        sched_yield();
    for (size_t i = 0; i < FAILURES_EACH; i++)
        gil_fail(all->task, (gil_error_kind)(GIL_TYPE_ERROR + me), "thread %u says %u%0200d", me, me, 0);
    return NULL;
}

static void fail_on_many_threads(gil_task *task, void *context)
{
    shared *all = context;
    pthread_t threads[FAILING];
    all->task = task;
    for (size_t i = 0; i < FAILING; i++)
        pthread_create(&threads[i], NULL, fail_many_times, all);
    atomic_store(&all->go, true);
    for (size_t i = 0; i < FAILING; i++)
        pthread_join(threads[i], NULL);
}

static void test_task__fails_on_many_threads_as_one_of_them_said(void **state)
{
    shared *all = *state;
    for (size_t round = 0; round < 20; round++) {
        atomic_store(&all->number, 0);
        atomic_store(&all->go, false);
        assert_false(run_kernel(all->env, fail_on_many_threads, all));
        assert_true(gil_error_take(all->env, &all->error));
        char wanted[300];
        unsigned winner = all->error.kind - GIL_TYPE_ERROR;
        assert_in_range(winner, 0, FAILING - 1);
        snprintf(wanted, sizeof wanted, "thread %u says %u%0200d (and %d more)", winner, winner, 0,
                 FAILING * FAILURES_EACH - 1);
        assert_string_equal(all->error.message, wanted);
    }
}

static void fail_at_length(gil_task *task, void *context)
{
    (void)context;
    gil_fail(task, GIL_OS_ERROR, "%0*d", 5000, 0);
}

static void test_task__cuts_a_message_at_480_bytes(void **state)
{
    shared *all = *state;
    assert_fails(all, fail_at_length, GIL_OS_ERROR);
    size_t length = strlen(all->error.message);
    assert_int_equal(length, 479);
    assert_string_equal(all->error.message + length - 4, "0...");
}

static void fail_without_utf8(gil_task *task, void *context)
{
    (void)context;
    gil_fail(task, GIL_OS_ERROR, "a\xff\xc3z");
}

static void test_task__takes_a_message_that_is_not_utf8(void **state)
{
    shared *all = *state;
    assert_fails(all, fail_without_utf8, GIL_OS_ERROR);
    assert_string_equal(all->error.message, "a??z");
}

static void fail_without_memory(gil_task *task, void *context)
{
    (void)context;
    gil__memory_fail_after(0, true);
    gil_fail(task, GIL_VALUE_ERROR, "needs no memory");
}

static void test_task__fails_with_memory_error_when_there_is_none_to_raise(void **state)
{
    shared *all = *state;
    assert_false(run_kernel(all->env, fail_without_memory, NULL));
    gil__memory_fail_after(-1, false);
    assert_true(gil_error_take(all->env, &all->error));
    assert_int_equal(all->error.kind, GIL_MEMORY_ERROR);
}

static void test_task__cannot_begin_without_memory(void **state)
{
    shared *all = *state;
    long live = gil__memory_live();
    gil__memory_fail_after(0, true);
    gil__task *task = gil__thread_task_begin(gil__thread_of(all->env), &(gil__frame){0});
    gil__memory_fail_after(-1, false);
    assert_null(task);
    assert_int_equal(gil__memory_live(), live);
    assert_true(run_kernel(all->env, do_nothing, NULL));
}

static void raise_inside(gil_task *task, void *context)
{
    shared *all = context;
    GIL_BEGIN_ACQUIRE(task, env)
    all->done = env == all->env;
    gil_int_new(env, 123456789);
    gil_raise(env, GIL_KEY_ERROR, "raised with the GIL");
    GIL_END_ACQUIRE(env)
    GIL_BEGIN_ACQUIRE(task, env)
    all->done &= !gil_error_pending(env);
    GIL_END_ACQUIRE(env)
}

static void test_task__fails_with_what_was_raised_while_it_had_the_gil(void **state)
{
    shared *all = *state;
    assert_fails(all, raise_inside, GIL_KEY_ERROR);
    assert_string_equal(all->error.message, "raised with the GIL");
    assert_true(all->done);
}

static void *take_the_gil_without_memory(void *context)
{
    shared *all = context;
    gil__memory_fail_after(0, true);
    GIL_BEGIN_ACQUIRE(all->task, env)
    all->done = true;
    GIL_END_ACQUIRE(env)
    gil__memory_fail_after(-1, false);
    return NULL;
}

static void let_another_thread_take_the_gil(gil_task *task, void *context)
{
    shared *all = context;
    pthread_t thread;
    all->task = task;
    pthread_create(&thread, NULL, take_the_gil_without_memory, all);
    pthread_join(thread, NULL);
}

static void test_task__fails_when_there_is_no_memory_to_take_the_gil(void **state)
{
    shared *all = *state;
    assert_fails(all, let_another_thread_take_the_gil, GIL_MEMORY_ERROR);
    assert_false(all->done);
}

static void call_inside(gil_task *task, void *context)
{
    shared *all = context;
    GIL_BEGIN_ACQUIRE(task, env)
    all->done = !run_kernel(env, fail_once, NULL);
    gil_obj error = gil_error_fetch(env);
    all->done &= gil_exception_kind(env, error) == GIL_VALUE_ERROR;
    GIL_END_ACQUIRE(env)
    gil_progress(task, 1, 2);
}

static void test_task__of_a_call_inside_a_call_is_another_one(void **state)
{
    shared *all = *state;
    assert_true(run_kernel(all->env, call_inside, all));
    assert_true(all->done);
    assert_null(gil__thread_of(all->env)->task);
}

static void run_until_stopped(gil_task *task, void *context)
{
    shared *all = context;
    gil_progress(task, 3, 10);
    atomic_fetch_add(&all->running, 1);
    while (!gil_stopped(task))
        usleep(100);
}

static void *run_it_on_a_thread(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    all->done = run_kernel(env, run_until_stopped, all);
    gil_error_take(env, &all->error);
    gil_detach(env);
    return NULL;
}

static void test_task__is_interrupted_while_it_runs_and_not_before(void **state)
{
    shared *all = *state;
    gil_env *env = all->env;
    uint64_t progress, total;
    gil_runtime_interrupt(all->runtime);
    assert_true(run_kernel(env, do_nothing, NULL));
    pthread_t thread;
    GIL_BEGIN_ALLOW_THREADS(env)
    start(&thread, run_it_on_a_thread, all);
    while (!atomic_load(&all->running))
        sleep_ms(1);
    gil_runtime_progress(all->runtime, &progress, &total);
    gil_runtime_interrupt(all->runtime);
    join(thread);
    GIL_END_ALLOW_THREADS(env)
    assert_int_equal(progress, 3);
    assert_int_equal(total, 10);
    assert_false(all->done);
    assert_int_equal(all->error.kind, GIL_KEYBOARD_INTERRUPT);
    gil_runtime_progress(all->runtime, &progress, &total);
    assert_int_equal(progress + total, 0);
}

static void spin_a_little(gil_task *task, void *context)
{
    (void)context;
    for (uint64_t i = 0; i < 50 && !gil_stopped(task); i++)
        gil_progress(task, i, 50);
}

static void *call_and_end(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    gil_error error;
    for (size_t i = 0; i < 20; i++) {
        bool done = run_kernel(env, spin_a_little, NULL);
        if (done == gil_error_take(env, &error) || (!done && error.kind != GIL_KEYBOARD_INTERRUPT))
            atomic_fetch_add(&all->number, 1);
    }
    gil_detach(env);
    atomic_fetch_add(&all->running, 1);
    return NULL;
}

static void *interrupt_until_told(void *context)
{
    shared *all = context;
    uint64_t done, total;
    while (!atomic_load(&all->go)) {
        gil_runtime_interrupt(all->runtime);
        gil_runtime_progress(all->runtime, &done, &total);
        usleep(50);
    }
    return NULL;
}

/* Whoever interrupts finds living memory, while threads and their tasks come and go. */
static void test_task__is_interrupted_while_threads_come_and_go(void **state)
{
    shared *all = *state;
    gil_env *env = all->env;
    pthread_t interrupter;
    GIL_BEGIN_ALLOW_THREADS(env)
    start(&interrupter, interrupt_until_told, all);
    for (size_t i = 0; i < LOOPS(100); i++)
        run_on_threads(8, call_and_end, all);
    atomic_store(&all->go, true);
    join(interrupter);
    GIL_END_ALLOW_THREADS(env)
    assert_int_equal(atomic_load(&all->running), 8 * LOOPS(100));
    assert_int_equal(atomic_load(&all->number), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TASK_TEST(test_task__that_fails_raises_what_it_said),
        TASK_TEST(test_task__that_failed_is_clean_for_the_next_call),
        TASK_TEST(test_task__keeps_the_first_failure_and_counts_the_others),
        TASK_TEST(test_task__fails_on_many_threads_as_one_of_them_said),
        TASK_TEST(test_task__cuts_a_message_at_480_bytes),
        TASK_TEST(test_task__takes_a_message_that_is_not_utf8),
        TASK_TEST(test_task__fails_with_memory_error_when_there_is_none_to_raise),
        TASK_TEST(test_task__cannot_begin_without_memory),
        TASK_TEST(test_task__fails_with_what_was_raised_while_it_had_the_gil),
        TASK_TEST(test_task__fails_when_there_is_no_memory_to_take_the_gil),
        TASK_TEST(test_task__of_a_call_inside_a_call_is_another_one),
        TASK_TEST(test_task__is_interrupted_while_it_runs_and_not_before),
        TASK_TEST(test_task__is_interrupted_while_threads_come_and_go),
    };
    return cmocka_run_group_tests_name("task", tests, NULL, NULL);
}
