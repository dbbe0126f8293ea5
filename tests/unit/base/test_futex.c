/* SPDX-License-Identifier: MIT */
#include "base/futex.h"

#include "support.h"

typedef struct shared {
    gil__lock lock;
    size_t counter; /* plain: only the lock protects it */
    atomic_uint word;
    atomic_uint arrived;
    uint64_t cpu;
} shared;

static void *count_under_the_lock(void *context)
{
    shared *all = context;
    for (size_t i = 0; i < LOOPS(100000); i++) {
        gil__lock_take(&all->lock);
        all->counter++;
        gil__lock_give(&all->lock);
    }
    return NULL;
}

static void test_lock__excludes_every_other_thread(void **state)
{
    (void)state;
    shared all = {0};
    run_on_threads(8, count_under_the_lock, &all);
    assert_int_equal(all.counter, 8 * LOOPS(100000));
    assert_int_equal(atomic_load(&all.lock.word), 0);
}

/* The holder sleeps, so every other thread must sleep in the kernel and be woken. */
static void *count_slowly(void *context)
{
    shared *all = context;
    for (size_t i = 0; i < 20; i++) {
        gil__lock_take(&all->lock);
        size_t before = all->counter;
        usleep(200);
        all->counter = before + 1;
        gil__lock_give(&all->lock);
    }
    return NULL;
}

static void test_lock__wakes_whoever_sleeps_for_it(void **state)
{
    (void)state;
    shared all = {0};
    run_on_threads(6, count_slowly, &all);
    assert_int_equal(all.counter, 6 * 20);
}

static void test_lock__is_free_again_after_each_use(void **state)
{
    (void)state;
    gil__lock lock = {0};
    for (size_t i = 0; i < 1000; i++) {
        gil__lock_take(&lock);
        assert_int_equal(atomic_load(&lock.word), 1);
        gil__lock_give(&lock);
        assert_int_equal(atomic_load(&lock.word), 0);
    }
}

static void *wait_for_the_lock(void *context)
{
    shared *all = context;
    atomic_fetch_add(&all->arrived, 1);
    uint64_t before = cpu_ns(RUSAGE_THREAD);
    gil__lock_take(&all->lock);
    all->cpu = cpu_ns(RUSAGE_THREAD) - before;
    gil__lock_give(&all->lock);
    return NULL;
}

static void test_lock__costs_a_sleeper_no_time(void **state)
{
    (void)state;
    shared all = {0};
    pthread_t waiter;
    gil__lock_take(&all.lock);
    start(&waiter, wait_for_the_lock, &all);
    while (!atomic_load(&all.arrived))
        sleep_ms(1);
    sleep_ms(200);
    gil__lock_give(&all.lock);
    join(waiter);
    assert_true(all.cpu < 20 * MS);
}

static void test_futex__does_not_sleep_when_the_word_has_changed(void **state)
{
    (void)state;
    atomic_uint word = 1;
    uint64_t before = gil__now_ns();
    gil__futex_wait(&word, 0, 0);
    gil__futex_wait(&word, 2, 10000u * (uint64_t)MS);
    assert_true(gil__now_ns() - before < 5000u * (uint64_t)MS);
}

static void test_futex__wakes_up_at_its_time_limit(void **state)
{
    (void)state;
    atomic_uint word = 0;
    uint64_t before = gil__now_ns();
    gil__futex_wait(&word, 0, 20 * MS);
    uint64_t passed = gil__now_ns() - before;
    assert_true(passed >= 19 * MS);
    assert_true(passed < 5000u * (uint64_t)MS);
}

static void test_futex__takes_limits_of_more_than_a_second(void **state)
{
    (void)state;
    atomic_uint word = 0;
    uint64_t before = gil__now_ns();
    gil__futex_wait(&word, 0, 1100u * (uint64_t)MS);
    uint64_t passed = gil__now_ns() - before;
    assert_true(passed >= 1050u * (uint64_t)MS);
}

static void *wait_for_the_word(void *context)
{
    shared *all = context;
    atomic_fetch_add(&all->arrived, 1);
    while (atomic_load(&all->word) == 0)
        gil__futex_wait(&all->word, 0, 0);
    return NULL;
}

static void test_futex__wakes_every_sleeper(void **state)
{
    (void)state;
    shared all = {0};
    pthread_t waiters[8];
    for (size_t i = 0; i < 8; i++)
        start(&waiters[i], wait_for_the_word, &all);
    while (atomic_load(&all.arrived) < 8)
        sleep_ms(1);
    sleep_ms(20);
    atomic_store(&all.word, 1);
    gil__futex_wake(&all.word, INT_MAX);
    for (size_t i = 0; i < 8; i++)
        join(waiters[i]);
}

static void test_futex__wakes_nobody_where_nobody_sleeps(void **state)
{
    (void)state;
    atomic_uint word = 0;
    gil__futex_wake(&word, 1);
    gil__futex_wake(&word, INT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lock__excludes_every_other_thread),
        TEST(test_lock__wakes_whoever_sleeps_for_it),
        TEST(test_lock__is_free_again_after_each_use),
        TEST(test_lock__costs_a_sleeper_no_time),
        TEST(test_futex__does_not_sleep_when_the_word_has_changed),
        TEST(test_futex__wakes_up_at_its_time_limit),
        TEST(test_futex__takes_limits_of_more_than_a_second),
        TEST(test_futex__wakes_every_sleeper),
        TEST(test_futex__wakes_nobody_where_nobody_sleeps),
    };
    return cmocka_run_group_tests_name("futex", tests, NULL, NULL);
}
