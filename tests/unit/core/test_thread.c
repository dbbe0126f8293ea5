/* SPDX-License-Identifier: MIT */
#include "core/thread.h"

#include <errno.h>
#include <gilkit/runtime.h>
#include <stdlib.h>

#include "../base/support.h"
#include "base/memory.h"
#include "core/runtime.h"

typedef struct shared {
    gil_runtime *runtime;
    gil_runtime *second;
    size_t counter; /* plain: only the GIL protects it */
    atomic_uint arrived;
    atomic_uint wrong;
    atomic_bool go;
} shared;

static gil_runtime *new_runtime(void)
{
    gil_runtime *runtime = gil_runtime_new(NULL, NULL);
    assert_non_null(runtime);
    return runtime;
}

static void free_runtime(gil_runtime *runtime)
{
    assert_true(gil_runtime_free(runtime, NULL));
}

static void *count_up(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    all->counter++;
    gil_detach(env);
    return NULL;
}

static void test_thread__holds_the_gil_while_attached(void **state)
{
    (void)state;
    shared all = {.runtime = new_runtime()};
    pthread_t other;
    gil_env *env = gil_attach(all.runtime, NULL);
    assert_non_null(env);
    start(&other, count_up, &all);
    sleep_ms(20);
    assert_int_equal(all.counter, 0);
    gil_detach(env);
    join(other);
    assert_int_equal(all.counter, 1);
    free_runtime(all.runtime);
}

static void test_thread__attached_a_thousand_deep_detaches_at_the_last(void **state)
{
    (void)state;
    shared all = {.runtime = new_runtime()};
    pthread_t other;
    gil_env *env = gil_attach(all.runtime, NULL);
    for (size_t i = 1; i < 1000; i++)
        assert_ptr_equal(gil_attach(all.runtime, NULL), env);
    start(&other, count_up, &all);
    for (size_t i = 1; i < 1000; i++)
        gil_detach(env);
    sleep_ms(20);
    assert_int_equal(all.counter, 0);
    gil_detach(env);
    join(other);
    assert_int_equal(all.counter, 1);
    free_runtime(all.runtime);
}

static void test_thread__needs_no_memory_to_attach_again(void **state)
{
    (void)state;
    gil_runtime *runtime = new_runtime();
    gil_env *env = gil_attach(runtime, NULL);
    gil_detach(env);
    gil__memory_fail_after(0, true);
    gil_env *again = gil_attach(runtime, NULL);
    gil__memory_fail_after(-1, false);
    assert_ptr_equal(again, env);
    gil_detach(again);
    free_runtime(runtime);
}

static void test_thread__runs_beside_others_in_a_released_section(void **state)
{
    (void)state;
    shared all = {.runtime = new_runtime()};
    gil_env *env = gil_attach(all.runtime, NULL);
    GIL_BEGIN_ALLOW_THREADS(env)
    run_on_threads(1, count_up, &all);
    GIL_END_ALLOW_THREADS(env)
    assert_int_equal(all.counter, 1);
    gil_detach(env);
    free_runtime(all.runtime);
}

static int leave_early(gil_env *env)
{
    GIL_BEGIN_ALLOW_THREADS(env)
    return 7;
    GIL_END_ALLOW_THREADS(env)
    return 0;
}

static void test_thread__holds_the_gil_again_however_a_section_is_left(void **state)
{
    (void)state;
    gil_runtime *runtime = new_runtime();
    gil_env *env = gil_attach(runtime, NULL);
    assert_int_equal(leave_early(env), 7);
    assert_int_equal(gil__thread_of(env)->depth, 1);
    for (size_t i = 0; i < 3; i++) {
        GIL_BEGIN_ALLOW_THREADS(env)
        if (i == 1)
            break;
        GIL_END_ALLOW_THREADS(env)
    }
    assert_int_equal(gil__thread_of(env)->depth, 1);
    assert_int_equal(gil__thread_of(env)->sections, 0);
    gil_detach(env);
    free_runtime(runtime);
}

static void test_thread__keeps_errno_in_and_out_of_a_section(void **state)
{
    (void)state;
    gil_runtime *runtime = gil_runtime_new(&(gil_runtime_options){.measure = true}, NULL);
    gil_env *env = gil_attach(runtime, NULL);
    errno = EDOM;
    GIL_BEGIN_ALLOW_THREADS(env)
    assert_int_equal(errno, EDOM);
    errno = ENOTTY;
    GIL_END_ALLOW_THREADS(env)
    assert_int_equal(errno, ENOTTY);
    gil_env_yield(env);
    assert_int_equal(errno, ENOTTY);
    gil_detach(env);
    free_runtime(runtime);
}

static void test_thread__takes_the_gil_inside_its_own_released_section(void **state)
{
    (void)state;
    shared all = {.runtime = new_runtime()};
    gil_env *env = gil_attach(all.runtime, NULL);
    gil_attach(all.runtime, NULL);
    gil_obj kept = gil_int_new(env, 123456789);
    GIL_BEGIN_ALLOW_THREADS(env)
    for (size_t i = 0; i < 100; i++) {
        gil_env *inside = gil_attach(all.runtime, NULL);
        gil_int_new(inside, 987654321);
        GIL_BEGIN_ALLOW_THREADS(inside)
        gil_detach(gil_attach(all.runtime, NULL));
        GIL_END_ALLOW_THREADS(inside)
        gil_detach(inside);
    }
    run_on_threads(1, count_up, &all);
    GIL_END_ALLOW_THREADS(env)
    int64_t value = 0;
    assert_true(gil_int_get(env, kept, &value));
    assert_int_equal(value, 123456789);
    assert_int_equal(gil__thread_of(env)->depth, 2);
    gil_detach(env);
    gil_detach(env);
    free_runtime(all.runtime);
}

/* An exception belongs to whoever raised it, as handles do. */
static void test_thread__keeps_a_pending_exception_while_it_takes_the_gil_inside_a_section(void **state)
{
    (void)state;
    gil_runtime *runtime = new_runtime();
    gil_env *env = gil_attach(runtime, NULL);
    gil_error error = {0};
    bool seen_inside = false;
    gil_raise(env, GIL_KEY_ERROR, "outer");
    GIL_BEGIN_ALLOW_THREADS(env)
    gil_env *inside = gil_attach(runtime, NULL);
    seen_inside = gil_error_pending(inside);
    gil_detach(inside);
    GIL_END_ALLOW_THREADS(env)
    bool pending = gil_error_take(env, &error);
    gil_detach(env);
    free_runtime(runtime);
    assert_false(seen_inside);
    assert_true(pending);
    assert_int_equal(error.kind, GIL_KEY_ERROR);
}

static void test_thread__lets_others_run_at_a_checkpoint(void **state)
{
    (void)state;
    shared all = {.runtime = new_runtime()};
    pthread_t other;
    gil_env *env = gil_attach(all.runtime, NULL);
    start(&other, count_up, &all);
    volatile size_t *counter = &all.counter;
    while (*counter == 0)
        gil_checkpoint(env);
    gil_detach(env);
    join(other);
    free_runtime(all.runtime);
}

static void *attach_to_both(void *context)
{
    shared *all = context;
    for (size_t i = 0; i < LOOPS(2000); i++) {
        gil_env *env = gil_attach(all->runtime, NULL);
        all->counter++;
        gil_env *second = gil_attach(all->second, NULL);
        if (env == second || env != gil_attach(all->runtime, NULL))
            atomic_fetch_add(&all->wrong, 1);
        gil_detach(env);
        gil_detach(second);
        gil_detach(env);
    }
    return NULL;
}

static void test_thread__holds_the_gils_of_two_runtimes(void **state)
{
    (void)state;
    shared all = {.runtime = new_runtime(), .second = new_runtime()};
    run_on_threads(4, attach_to_both, &all);
    assert_int_equal(all.counter, 4 * LOOPS(2000));
    assert_int_equal(atomic_load(&all.wrong), 0);
    free_runtime(all.runtime);
    free_runtime(all.second);
}

static void test_thread__knows_one_runtime_after_another(void **state)
{
    (void)state;
    long live = gil__memory_live();
    for (size_t i = 0; i < 100; i++) {
        gil_runtime *runtime = new_runtime();
        gil_env *env = gil_attach(runtime, NULL);
        assert_non_null(env);
        gil_str_new(env, "text", 4);
        gil_detach(env);
        free_runtime(runtime);
        assert_int_equal(gil__memory_live(), live);
    }
}

static void *meet_every_runtime(void *context)
{
    shared *all = context;
    for (size_t i = 0; i < 200; i++) {
        while (atomic_load(&all->arrived) != 2 * i + 1)
            sched_yield();
        gil_detach(gil_attach(all->runtime, NULL));
        atomic_fetch_add(&all->arrived, 1);
    }
    while (!atomic_load(&all->go))
        sched_yield();
    return NULL;
}

/* A pool's thread outlives many runtimes. */
static void test_thread__forgets_runtimes_that_another_thread_freed(void **state)
{
    (void)state;
    shared all = {0};
    pthread_t other;
    long early = 0;
    start(&other, meet_every_runtime, &all);
    for (size_t i = 0; i < 200; i++) {
        all.runtime = new_runtime();
        atomic_fetch_add(&all.arrived, 1);
        while (atomic_load(&all.arrived) != 2 * i + 2)
            sched_yield();
        free_runtime(all.runtime);
        if (i == 10)
            early = gil__memory_live();
    }
    long late = gil__memory_live();
    atomic_store(&all.go, true);
    join(other);
    assert_true(late <= early + 2);
}

static void *live_shortly(void *context)
{
    shared *all = context;
    unsigned number = atomic_fetch_add(&all->arrived, 1);
    gil_env *env = gil_attach(all->runtime, NULL);
    if (!env) {
        atomic_fetch_add(&all->wrong, 1);
        return NULL;
    }
    for (size_t i = 1; i < 1000; i++)
        gil_attach(all->runtime, NULL);
    all->counter++;
    gil_float_new(env, 1.5);
    GIL_BEGIN_ALLOW_THREADS(env)
    if (number % 16 == 0)
        usleep(100);
    GIL_END_ALLOW_THREADS(env)
    if (number % 3 == 0)
        return NULL; /* still attached, 1000 deep */
    for (size_t i = 0; i < 1000; i++)
        gil_detach(env);
    return NULL;
}

static void test_thread__is_born_and_dies_thousands_of_times(void **state)
{
    (void)state;
    enum { AT_ONCE = 50 };
    long live = gil__memory_live();
    shared all = {.runtime = new_runtime()};
    for (size_t i = 0; i < LOOPS(4000) / AT_ONCE; i++)
        run_on_threads(AT_ONCE, live_shortly, &all);
    assert_int_equal(atomic_load(&all.wrong), 0);
    assert_int_equal(all.counter, LOOPS(4000));
    assert_int_equal(atomic_load(&all.runtime->attached), 0);
    free_runtime(all.runtime);
    assert_int_equal(gil__memory_live(), live);
}

static void *end_while_attached_to_both(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    gil_env *second = gil_attach(all->second, NULL);
    gil_attach(all->second, NULL);
    gil_raise(env, GIL_VALUE_ERROR, "nobody will take this");
    gil_str_new(second, "nor this", 8);
    return NULL;
}

static void test_thread__that_ends_attached_leaves_nothing_behind(void **state)
{
    (void)state;
    long live = gil__memory_live();
    shared all = {.runtime = new_runtime(), .second = new_runtime()};
    run_on_threads(1, end_while_attached_to_both, &all);
    run_on_threads(4, count_up, &all);
    assert_int_equal(all.counter, 4);
    free_runtime(all.runtime);
    free_runtime(all.second);
    assert_int_equal(gil__memory_live(), live);
}

static void *end_in_a_released_section(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    gil_str_new(env, "a handle", 8);
    gil_env_release(env, __FILE__, __LINE__);
    return NULL;
}

static void end_in_a_section_then_free(void *context)
{
    (void)context;
    shared all = {.runtime = new_runtime()};
    run_on_threads(1, end_in_a_released_section, &all);
    free_runtime(all.runtime);
}

static void test_thread__that_ends_in_a_released_section_does_not_hang_the_runtime(void **state)
{
    (void)state;
    assert_returned(run_in_child(end_in_a_section_then_free, NULL, 5));
}

static void test_thread__fails_to_attach_without_memory_and_leaks_nothing(void **state)
{
    (void)state;
    long live = gil__memory_live();
    gil_runtime *runtime = new_runtime();
    gil_error error = {0};
    gil__memory_fail_after(0, true);
    gil_env *env = gil_attach(runtime, &error);
    gil__memory_fail_after(-1, false);
    assert_null(env);
    assert_int_equal(error.kind, GIL_MEMORY_ERROR);
    assert_int_equal(atomic_load(&runtime->attached), 0);
    env = gil_attach(runtime, &error);
    assert_non_null(env);
    gil_detach(env);
    free_runtime(runtime);
    assert_int_equal(gil__memory_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_thread__holds_the_gil_while_attached),
        TEST(test_thread__attached_a_thousand_deep_detaches_at_the_last),
        TEST(test_thread__needs_no_memory_to_attach_again),
        TEST(test_thread__runs_beside_others_in_a_released_section),
        TEST(test_thread__holds_the_gil_again_however_a_section_is_left),
        TEST(test_thread__keeps_errno_in_and_out_of_a_section),
        TEST(test_thread__takes_the_gil_inside_its_own_released_section),
        TEST(test_thread__keeps_a_pending_exception_while_it_takes_the_gil_inside_a_section),
        TEST(test_thread__lets_others_run_at_a_checkpoint),
        TEST(test_thread__holds_the_gils_of_two_runtimes),
        TEST(test_thread__knows_one_runtime_after_another),
        TEST(test_thread__forgets_runtimes_that_another_thread_freed),
        TEST(test_thread__is_born_and_dies_thousands_of_times),
        TEST(test_thread__that_ends_attached_leaves_nothing_behind),
        TEST(test_thread__that_ends_in_a_released_section_does_not_hang_the_runtime),
        TEST(test_thread__fails_to_attach_without_memory_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
