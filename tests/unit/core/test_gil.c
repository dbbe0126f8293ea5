/* SPDX-License-Identifier: MIT */
#include "core/gil.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include "../base/support.h"

#define INTERVAL (5 * (uint64_t)MS)

typedef struct shared {
    gil__gil gil;
    size_t counter; /* plain: only the GIL protects it */
    size_t handed_over;
    atomic_uint arrived;
    atomic_uint through;
    atomic_bool stop;
    bool waited;
    int saved_errno;
    uint64_t cpu;
} shared;

static bool is_wanted(shared *all)
{
    return __atomic_load_n(&all->gil.wanted, __ATOMIC_RELAXED) != 0;
}

static void wait_until_wanted(shared *all)
{
    while (!is_wanted(all))
        sleep_ms(1);
}

static void *take_once(void *context)
{
    shared *all = context;
    atomic_fetch_add(&all->arrived, 1);
    errno = ENOTTY;
    all->waited = gil__gil_acquire(&all->gil);
    all->saved_errno = errno;
    all->counter++;
    atomic_fetch_add(&all->through, 1);
    gil__gil_release(&all->gil);
    return NULL;
}

static void test_gil__is_taken_at_once_when_it_is_free(void **state)
{
    (void)state;
    gil__gil gil;
    gil__gil_init(&gil, INTERVAL);
    for (size_t i = 0; i < 1000; i++) {
        assert_false(gil__gil_acquire(&gil));
        gil__gil_release(&gil);
    }
}

static void *count_up(void *context)
{
    shared *all = context;
    for (size_t i = 0; i < LOOPS(20000); i++) {
        gil__gil_acquire(&all->gil);
        all->counter++;
        gil__gil_release(&all->gil);
    }
    return NULL;
}

static void test_gil__excludes_every_other_thread(void **state)
{
    (void)state;
    shared all = {0};
    gil__gil_init(&all.gil, INTERVAL);
    run_on_threads(8, count_up, &all);
    assert_int_equal(all.counter, 8 * LOOPS(20000));
    assert_false(gil__gil_acquire(&all.gil));
    assert_false(is_wanted(&all));
}

/* Every way to give it up, in a mix of its own for each thread. */
static void *count_up_by_every_way(void *context)
{
    shared *all = context;
    unsigned seed = atomic_fetch_add(&all->arrived, 1) + 1;
    gil__gil_acquire(&all->gil);
    for (size_t i = 0; i < LOOPS(20000); i++) {
        size_t before = all->counter;
        if (i % 64 == 0)
            sched_yield();
        all->counter = before + 1;
        switch (rand_r(&seed) % 4) {
        case 0:
            gil__gil_release(&all->gil);
            gil__gil_acquire(&all->gil);
            break;
        case 1:
            gil__gil_yield(&all->gil);
            break;
        case 2:
            if (is_wanted(all))
                gil__gil_yield(&all->gil);
            break;
        default:
            break;
        }
    }
    gil__gil_release(&all->gil);
    return NULL;
}

static void test_gil__excludes_whichever_way_it_changes_hands(void **state)
{
    (void)state;
    shared all = {0};
    gil__gil_init(&all.gil, 1 * MS);
    run_on_threads(6, count_up_by_every_way, &all);
    assert_int_equal(all.counter, 6 * LOOPS(20000));
    assert_false(gil__gil_acquire(&all.gil));
}

static void test_gil__lets_another_thread_run_while_released(void **state)
{
    (void)state;
    shared all = {0};
    pthread_t other;
    gil__gil_init(&all.gil, INTERVAL);
    gil__gil_acquire(&all.gil);
    start(&other, take_once, &all);
    wait_until_wanted(&all);
    assert_int_equal(atomic_load(&all.through), 0);
    gil__gil_release(&all.gil);
    join(other);
    assert_true(all.waited);
    assert_int_equal(all.counter, 1);
}

static void test_gil__goes_to_a_returning_thread_at_the_next_yield(void **state)
{
    (void)state;
    shared all = {0};
    pthread_t other;
    gil__gil_init(&all.gil, 3600u * 1000u * (uint64_t)MS);
    gil__gil_acquire(&all.gil);
    start(&other, take_once, &all);
    wait_until_wanted(&all);
    assert_true(gil__gil_yield(&all.gil));
    assert_int_equal(atomic_load(&all.through), 1);
    gil__gil_release(&all.gil);
    join(other);
}

static void test_gil__serves_every_waiter_once(void **state)
{
    (void)state;
    enum { WAITERS = 40 };
    shared all = {0};
    pthread_t waiters[WAITERS];
    gil__gil_init(&all.gil, INTERVAL);
    gil__gil_acquire(&all.gil);
    for (size_t i = 0; i < WAITERS; i++)
        start(&waiters[i], take_once, &all);
    while (atomic_load(&all.arrived) < WAITERS)
        sleep_ms(1);
    sleep_ms(20);
    gil__gil_release(&all.gil);
    for (size_t i = 0; i < WAITERS; i++)
        join(waiters[i]);
    assert_int_equal(all.counter, WAITERS);
    assert_false(gil__gil_acquire(&all.gil));
    assert_false(is_wanted(&all));
}

static void test_gil__is_kept_by_a_yield_when_nobody_waits(void **state)
{
    (void)state;
    gil__gil gil;
    gil__gil_init(&gil, INTERVAL);
    gil__gil_acquire(&gil);
    for (size_t i = 0; i < 1000; i++)
        assert_false(gil__gil_yield(&gil));
    gil__gil_release(&gil);
    assert_false(gil__gil_acquire(&gil));
}

static void *yield_many_times(void *context)
{
    shared *all = context;
    gil__gil_acquire(&all->gil);
    while (all->handed_over < LOOPS(120000))
        all->handed_over += gil__gil_yield(&all->gil);
    gil__gil_release(&all->gil);
    return NULL;
}

/* A lost wake-up would hang here, and the time limit would end it. */
static void test_gil__survives_a_hundred_thousand_hand_overs(void **state)
{
    (void)state;
    shared all = {0};
    gil__gil_init(&all.gil, INTERVAL);
    run_on_threads(4, yield_many_times, &all);
    assert_true(all.handed_over >= LOOPS(120000));
}

static void *release_and_acquire_in_turn(void *context)
{
    shared *all = context;
    unsigned me = atomic_fetch_add(&all->arrived, 1);
    gil__gil_acquire(&all->gil);
    for (size_t turn = me; turn < LOOPS(400); turn += 2) {
        while (all->counter != turn) {
            gil__gil_release(&all->gil);
            gil__gil_acquire(&all->gil);
        }
        all->counter++;
    }
    gil__gil_release(&all->gil);
    return NULL;
}

static void test_gil__passes_to_and_fro_by_release_alone(void **state)
{
    (void)state;
    shared all = {0};
    gil__gil_init(&all.gil, INTERVAL);
    run_on_threads(2, release_and_acquire_in_turn, &all);
    assert_int_equal(all.counter, LOOPS(400));
}

static void test_gil__keeps_errno_when_nobody_waits(void **state)
{
    (void)state;
    gil__gil gil;
    gil__gil_init(&gil, INTERVAL);
    errno = EDOM;
    gil__gil_acquire(&gil);
    assert_int_equal(errno, EDOM);
    gil__gil_yield(&gil);
    assert_int_equal(errno, EDOM);
    gil__gil_release(&gil);
    assert_int_equal(errno, EDOM);
}

static void test_gil__keeps_errno_when_others_wait(void **state)
{
    (void)state;
    shared all = {0};
    pthread_t other;
    for (size_t by_yield = 0; by_yield < 2; by_yield++) {
        gil__gil_init(&all.gil, INTERVAL);
        gil__gil_acquire(&all.gil);
        start(&other, take_once, &all);
        wait_until_wanted(&all);
        errno = EDOM;
        if (by_yield) {
            gil__gil_yield(&all.gil);
            assert_int_equal(errno, EDOM);
        }
        gil__gil_release(&all.gil);
        assert_int_equal(errno, EDOM);
        join(other);
        assert_int_equal(all.saved_errno, ENOTTY);
    }
}

static atomic_uint signals;

static void on_signal(int number)
{
    (void)number;
    atomic_fetch_add(&signals, 1);
}

static void *count_until_stopped(void *context)
{
    shared *all = context;
    gil__gil_acquire(&all->gil);
    for (size_t i = 0; !atomic_load(&all->stop); i++) {
        all->counter++;
        atomic_fetch_add(&all->through, 1);
        if (i % 3) {
            gil__gil_yield(&all->gil);
        } else {
            gil__gil_release(&all->gil);
            gil__gil_acquire(&all->gil);
        }
    }
    gil__gil_release(&all->gil);
    return NULL;
}

/* Without SA_RESTART, so that every wait in the kernel is cut short; each thread gets a thousand a second. */
static void test_gil__survives_a_storm_of_signals(void **state)
{
    (void)state;
    shared all = {0};
    pthread_t threads[4];
    struct sigaction before, storm = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &storm, &before);
    atomic_store(&signals, 0);
    gil__gil_init(&all.gil, 1 * MS);
    for (size_t i = 0; i < 4; i++)
        start(&threads[i], count_until_stopped, &all);
    for (size_t ms = 0; ms < 700; ms++) {
        for (size_t i = 0; i < 4; i++)
            pthread_kill(threads[i], SIGUSR1);
        usleep(1000);
    }
    atomic_store(&all.stop, true);
    for (size_t i = 0; i < 4; i++)
        join(threads[i]);
    sigaction(SIGUSR1, &before, NULL);
    assert_int_equal(all.counter, atomic_load(&all.through));
    assert_true(atomic_load(&signals) > 100);
    assert_false(gil__gil_acquire(&all.gil));
}

static void *wait_and_measure(void *context)
{
    shared *all = context;
    uint64_t before = cpu_ns(RUSAGE_THREAD);
    gil__gil_acquire(&all->gil);
    all->cpu += cpu_ns(RUSAGE_THREAD) - before;
    gil__gil_release(&all->gil);
    return NULL;
}

static void test_gil__costs_an_idle_waiter_no_time(void **state)
{
    (void)state;
    shared all = {0};
    pthread_t waiters[4];
    gil__gil_init(&all.gil, INTERVAL);
    gil__gil_acquire(&all.gil);
    for (size_t i = 0; i < 4; i++)
        start(&waiters[i], wait_and_measure, &all);
    wait_until_wanted(&all);
    sleep_ms(300);
    gil__gil_release(&all.gil);
    for (size_t i = 0; i < 4; i++)
        join(waiters[i]);
    assert_true(all.cpu < 4 * 10 * MS);
}

/* The kernel's calls go through here: who is slow to wake is stopped before it wakes the first one. */
static _Thread_local shared *slow_to_wake;

long syscall(long number, ...)
{
    static long (*next)(long number, ...);
    long a[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(rest, long);
    va_end(rest);
    if (!next)
        next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    if (slow_to_wake && number == SYS_futex && (int)a[1] == FUTEX_WAKE_PRIVATE) {
        atomic_store(&slow_to_wake->arrived, 2);
        while (!atomic_load(&slow_to_wake->stop))
            usleep(100);
    }
    return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void *hand_over_meanwhile(void *context)
{
    shared *all = context;
    while (atomic_load(&all->arrived) < 2)
        sleep_ms(1);
    gil__gil_acquire(&all->gil);
    sleep_ms(2); /* the waiter was told long ago */
    gil__gil_release(&all->gil);
    for (int i = 0; i < 2000 && !atomic_load(&all->through); i++)
        sleep_ms(1);
    all->handed_over = atomic_load(&all->through);
    atomic_store(&all->stop, true);
    return NULL;
}

static void test_gil__handed_to_a_waiter_is_not_kept_from_it_by_who_told_it_first(void **state)
{
    (void)state;
    shared all = {0};
    pthread_t waiter, other;
    gil__gil_init(&all.gil, INTERVAL);
    all.gil.spinning = false;
    gil__gil_acquire(&all.gil);
    start(&waiter, take_once, &all);
    wait_until_wanted(&all);
    sleep_ms(20); /* it sleeps */
    start(&other, hand_over_meanwhile, &all);
    slow_to_wake = &all;
    gil__gil_release(&all.gil);
    slow_to_wake = NULL;
    join(other);
    join(waiter);
    assert_int_equal(all.handed_over, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_gil__is_taken_at_once_when_it_is_free),
        TEST(test_gil__excludes_every_other_thread),
        TEST(test_gil__excludes_whichever_way_it_changes_hands),
        TEST(test_gil__lets_another_thread_run_while_released),
        TEST(test_gil__goes_to_a_returning_thread_at_the_next_yield),
        TEST(test_gil__serves_every_waiter_once),
        TEST(test_gil__is_kept_by_a_yield_when_nobody_waits),
        TEST(test_gil__survives_a_hundred_thousand_hand_overs),
        TEST(test_gil__passes_to_and_fro_by_release_alone),
        TEST(test_gil__keeps_errno_when_nobody_waits),
        TEST(test_gil__keeps_errno_when_others_wait),
        TEST(test_gil__survives_a_storm_of_signals),
        TEST(test_gil__handed_to_a_waiter_is_not_kept_from_it_by_who_told_it_first),
        TEST(test_gil__costs_an_idle_waiter_no_time),
    };
    return cmocka_run_group_tests_name("gil", tests, NULL, NULL);
}
