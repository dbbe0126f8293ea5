/* SPDX-License-Identifier: MIT
 *
 * A fork in any state leaves a child that works: it has one thread, and none of those that held the GIL, waited
 * for it or ran kernels in the parent.
 */
#include <gilkit/runtime.h>

#include "../base/support.h"
#include "core/runtime.h"
#include "kernel.h"

enum { LIMIT_S = 3, CROWD = 4 };

typedef struct shared {
    gil_runtime *runtime;
    gil_env *env;
    pthread_t threads[CROWD];
    atomic_uint running;
    atomic_bool go;
} shared;

static uint32_t count_threads(shared *all)
{
    gil__lock_take(&gil__lists);
    uint32_t count = all->runtime->n_threads;
    gil__lock_give(&gil__lists);
    return count;
}

/* Until so many threads have their state and all but the holder wait. */
static void wait_until_all_wait(shared *all, uint32_t threads)
{
    while (count_threads(all) < threads || __atomic_load_n(&all->runtime->gil.wanted, __ATOMIC_RELAXED) == 0)
        sleep_ms(1);
    sleep_ms(10);
}

/* What a child does with a runtime that it did not hold. */
static void attach_and_free(void *context)
{
    shared *all = context;
    gil_error error = {0};
    for (size_t i = 0; i < 3; i++) {
        gil_env *env = gil_attach(all->runtime, &error);
        if (!env)
            _exit(1);
        if (gil_is_null(gil_str_new(env, "child", 5)))
            _exit(2);
        gil_env_yield(env);
        gil_detach(env);
    }
    if (!gil_runtime_free(all->runtime, &error))
        _exit(3);
}

static void detach_and_free(void *context)
{
    shared *all = context;
    gil_env *env = all->env;
    gil_env_yield(env);
    GIL_BEGIN_ALLOW_THREADS(env)
    GIL_END_ALLOW_THREADS(env)
    gil_detach(env);
    attach_and_free(all);
}

static void *attach_once(void *context)
{
    shared *all = context;
    atomic_fetch_add(&all->running, 1);
    gil_detach(gil_attach(all->runtime, NULL));
    return NULL;
}

static void *hold_until_told(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    atomic_fetch_add(&all->running, 1);
    while (!atomic_load(&all->go))
        usleep(200);
    gil_detach(env);
    return NULL;
}

static void wait_in_kernel(gil_task *task, void *context)
{
    shared *all = context;
    (void)task;
    atomic_fetch_add(&all->running, 1);
    while (!atomic_load(&all->go))
        usleep(200);
}

static void *run_until_told(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    run_kernel(env, wait_in_kernel, all);
    gil_detach(env);
    return NULL;
}

/* The C library's allocator survives a fork beside a thread that allocates; the address sanitizer's of clang 14 does
 * not take its locks before one, and its child waits for ever for a thread that it does not have. So under it nobody
 * allocates by then: each thread has its state, and None is always there. */
static void *contend_until_told(void *context)
{
    shared *all = context;
    bool counted = false;
    while (!atomic_load(&all->go)) {
        gil_env *env = gil_attach(all->runtime, NULL);
        if (ADDRESS_SANITIZED)
            gil_none_new(env);
        else
            gil_int_new(env, 123456789);
        gil_env_yield(env);
        gil_detach(env);
        if (!counted)
            atomic_fetch_add(&all->running, 1);
        counted = true;
    }
    return NULL;
}

static shared begin(void)
{
    return (shared){.runtime = gil_runtime_new(NULL, NULL)};
}

static void start_all(shared *all, size_t threads, thread_fn body, unsigned running)
{
    for (size_t i = 0; i < threads; i++)
        start(&all->threads[i], body, all);
    while (atomic_load(&all->running) < running)
        sleep_ms(1);
}

/* The parent goes on as if nothing had happened. */
static void finish(shared *all, size_t threads)
{
    atomic_store(&all->go, true);
    for (size_t i = 0; i < threads; i++)
        join(all->threads[i]);
    assert_true(gil_runtime_free(all->runtime, NULL));
}

static void test_fork__by_the_holder_leaves_a_child_that_works(void **state)
{
    (void)state;
    shared all = begin();
    all.env = gil_attach(all.runtime, NULL);
    child_end end = run_in_child(detach_and_free, &all, LIMIT_S);
    gil_detach(all.env);
    finish(&all, 0);
    assert_returned(end);
}

static void test_fork__by_the_holder_leaves_its_waiters_behind(void **state)
{
    (void)state;
    shared all = begin();
    all.env = gil_attach(all.runtime, NULL);
    start_all(&all, CROWD, attach_once, CROWD);
    wait_until_all_wait(&all, CROWD + 1);
    child_end end = run_in_child(detach_and_free, &all, LIMIT_S);
    gil_detach(all.env);
    finish(&all, CROWD);
    assert_returned(end);
}

static void test_fork__while_another_thread_holds_it_leaves_it_free(void **state)
{
    (void)state;
    shared all = begin();
    start_all(&all, 1, hold_until_told, 1);
    child_end end = run_in_child(attach_and_free, &all, LIMIT_S);
    finish(&all, 1);
    assert_returned(end);
}

static void test_fork__while_another_thread_runs_a_kernel_waits_for_no_ghost(void **state)
{
    (void)state;
    shared all = begin();
    start_all(&all, 2, run_until_told, 2);
    child_end end = run_in_child(attach_and_free, &all, LIMIT_S);
    finish(&all, 2);
    assert_returned(end);
}

static void take_back_and_free(void *context)
{
    shared *all = context;
    gil__thread_reacquire(all->env, 1);
    detach_and_free(all);
}

static void test_fork__in_a_released_section_can_take_the_gil_back(void **state)
{
    (void)state;
    shared all = begin();
    all.env = gil_attach(all.runtime, NULL);
    uint64_t token = gil__thread_release(all.env, __FILE__, __LINE__);
    start_all(&all, 1, hold_until_told, 1);
    child_end end = run_in_child(take_back_and_free, &all, LIMIT_S);
    atomic_store(&all.go, true);
    gil__thread_reacquire(all.env, token);
    gil_detach(all.env);
    finish(&all, 1);
    assert_returned(end);
}

static void test_fork__in_the_middle_of_contention_leaves_a_child_that_works(void **state)
{
    (void)state;
    for (size_t round = 0; round < LOOPS(20) + 2; round++) {
        shared all = begin();
        start_all(&all, CROWD, contend_until_told, CROWD);
        usleep((useconds_t)(37 * round % 500));
        child_end end = run_in_child(attach_and_free, &all, LIMIT_S);
        finish(&all, CROWD);
        assert_returned(end);
    }
}

/* As a thread that attached, called the host's interpreter, and was called by it. */
static void step_out_and_free(void *context)
{
    shared *all = context;
    gil__thread_step_out(gil__thread_of(all->env));
    if (atomic_load(&all->runtime->attached) != 1)
        _exit(4);
    gil_detach(all->env);
    if (atomic_load(&all->runtime->attached) != 0)
        _exit(5);
    attach_and_free(all);
}

static void test_fork__by_a_thread_that_the_interpreter_called_in_between_keeps_it_attached(void **state)
{
    (void)state;
    shared all = begin();
    all.env = gil_attach(all.runtime, NULL);
    assert_ptr_equal(gil__thread_step_in(all.runtime), gil__thread_of(all.env));
    child_end end = run_in_child(step_out_and_free, &all, LIMIT_S);
    gil__thread_step_out(gil__thread_of(all.env));
    gil_detach(all.env);
    finish(&all, 0);
    assert_returned(end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fork__by_the_holder_leaves_a_child_that_works),
        TEST(test_fork__by_the_holder_leaves_its_waiters_behind),
        TEST(test_fork__while_another_thread_holds_it_leaves_it_free),
        TEST(test_fork__while_another_thread_runs_a_kernel_waits_for_no_ghost),
        TEST(test_fork__in_a_released_section_can_take_the_gil_back),
        TEST(test_fork__in_the_middle_of_contention_leaves_a_child_that_works),
        TEST(test_fork__by_a_thread_that_the_interpreter_called_in_between_keeps_it_attached),
    };
    return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
