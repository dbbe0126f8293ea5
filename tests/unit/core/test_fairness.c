/* SPDX-License-Identifier: MIT
 *
 * Who gets the GIL when many want it. Bounds are generous: they tell a promise kept from one broken, on a
 * loaded machine too.
 */
#include "core/gil.h"

#include <sched.h>

#include "../base/support.h"

enum { HOGS = 3, HOLDERS = 4 };

typedef struct race {
    gil__gil gil;
    atomic_bool stop;
    atomic_uint started;
    size_t last_holder; /* under the GIL, as is the rest */
    size_t changes;
    size_t turns[HOLDERS];
    uint64_t longest_wait;
} race;

static void release_and_acquire(gil__gil *gil)
{
    gil__gil_release(gil);
    gil__gil_acquire(gil);
}

static void checkpoint(gil__gil *gil)
{
    if (__atomic_load_n(&gil->wanted, __ATOMIC_RELAXED))
        gil__gil_yield(gil);
}

static void *hog_by_release(void *context)
{
    race *all = context;
    gil__gil_acquire(&all->gil);
    atomic_fetch_add(&all->started, 1);
    while (!atomic_load(&all->stop))
        release_and_acquire(&all->gil);
    gil__gil_release(&all->gil);
    return NULL;
}

static void *hog_by_checkpoint(void *context)
{
    race *all = context;
    gil__gil_acquire(&all->gil);
    atomic_fetch_add(&all->started, 1);
    while (!atomic_load(&all->stop))
        checkpoint(&all->gil);
    gil__gil_release(&all->gil);
    return NULL;
}

/* Acquire it again and again against the hogs, and note the longest wait. */
static uint64_t longest_wait_against(thread_fn hog, size_t hogs, size_t rounds, uint64_t interval_ns)
{
    race all = {0};
    pthread_t threads[HOGS];
    uint64_t longest = 0;
    gil__gil_init(&all.gil, interval_ns);
    for (size_t i = 0; i < hogs; i++)
        start(&threads[i], hog, &all);
    while (atomic_load(&all.started) < hogs)
        sleep_ms(1);
    for (size_t i = 0; i < rounds; i++) {
        uint64_t before = gil__now_ns();
        gil__gil_acquire(&all.gil);
        uint64_t waited = gil__now_ns() - before;
        gil__gil_release(&all.gil);
        longest = waited > longest ? waited : longest;
        sleep_ms(1);
    }
    atomic_store(&all.stop, true);
    for (size_t i = 0; i < hogs; i++)
        join(threads[i]);
    return longest;
}

static void use_one_core(cpu_set_t *before)
{
    cpu_set_t one;
    size_t core = 0;
    assert_int_equal(sched_getaffinity(0, sizeof *before, before), 0);
    while (!CPU_ISSET(core, before))
        core++;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
}

static void use_cores(const cpu_set_t *cores)
{
    assert_int_equal(sched_setaffinity(0, sizeof *cores, cores), 0);
}

static void test_fairness__a_loop_of_release_and_acquire_starves_nobody(void **state)
{
    (void)state;
    assert_true(longest_wait_against(hog_by_release, HOGS, 100, 5 * MS) < 1000u * (uint64_t)MS);
}

static void test_fairness__one_loop_of_release_and_acquire_starves_nobody(void **state)
{
    (void)state;
    assert_true(longest_wait_against(hog_by_release, 1, 100, 5 * MS) < 1000u * (uint64_t)MS);
}

static void test_fairness__nobody_starves_on_one_core(void **state)
{
    (void)state;
    cpu_set_t cores;
    use_one_core(&cores);
    uint64_t by_release = longest_wait_against(hog_by_release, HOGS, 30, 5 * MS);
    uint64_t by_checkpoint = longest_wait_against(hog_by_checkpoint, HOGS, 30, 5 * MS);
    use_cores(&cores);
    assert_true(by_release < 2000u * (uint64_t)MS);
    assert_true(by_checkpoint < 2000u * (uint64_t)MS);
}

/* No convoy: with an hour for an interval, only the checkpoint can let a returning thread in. */
static void test_fairness__a_returning_thread_does_not_wait_for_an_interval(void **state)
{
    (void)state;
    uint64_t hour = 3600u * 1000u * (uint64_t)MS;
    assert_true(longest_wait_against(hog_by_checkpoint, 1, 100, hour) < 1000u * (uint64_t)MS);
}

static void *hold_in_turn(void *context)
{
    race *all = context;
    size_t me = atomic_fetch_add(&all->started, 1);
    gil__gil_acquire(&all->gil);
    while (!atomic_load(&all->stop)) {
        all->turns[me]++;
        if (all->last_holder != me) {
            all->last_holder = me;
            all->changes++;
        }
        checkpoint(&all->gil);
    }
    gil__gil_release(&all->gil);
    return NULL;
}

static void compete(race *all, size_t holders, uint64_t interval_ns, unsigned ms)
{
    pthread_t threads[HOLDERS];
    *all = (race){0};
    gil__gil_init(&all->gil, interval_ns);
    for (size_t i = 0; i < holders; i++)
        start(&threads[i], hold_in_turn, all);
    sleep_ms(ms);
    atomic_store(&all->stop, true);
    for (size_t i = 0; i < holders; i++)
        join(threads[i]);
}

static void test_fairness__competing_holders_change_about_every_interval(void **state)
{
    (void)state;
    race all;
    compete(&all, 2, 5 * MS, 500); /* 100 changes, were it exact */
    assert_in_range(all.changes, 10, 1000);
}

static void test_fairness__a_longer_interval_changes_holders_less_often(void **state)
{
    (void)state;
    race often, seldom;
    compete(&often, 2, 1 * MS, 400);
    compete(&seldom, 2, 100 * MS, 400);
    assert_in_range(seldom.changes, 1, 12);
    assert_true(often.changes > 3 * seldom.changes);
}

static void test_fairness__equal_holders_get_equal_shares(void **state)
{
    (void)state;
    race all;
    compete(&all, HOLDERS, 5 * MS, 1000);
    size_t least = all.turns[0], most = all.turns[0];
    for (size_t i = 1; i < HOLDERS; i++) {
        least = all.turns[i] < least ? all.turns[i] : least;
        most = all.turns[i] > most ? all.turns[i] : most;
    }
    assert_true(least > 0);
    assert_true(most / least < 4);
}

typedef struct pair {
    gil__gil gil;
    uint64_t ended; /* when the other one's slice did */
} pair;

enum { SLICES = 3 };

#define INTERVAL (4 * (uint64_t)MS)

/* Let the other one have it, so many slices after this one got it. */
static void yield_after(gil__gil *gil, uint64_t slices)
{
    gil__gil_yield_at(gil, gil->slice_began + slices * INTERVAL);
}

static void *use_whole_slices(void *context)
{
    pair *all = context;
    gil__gil_acquire(&all->gil);
    for (size_t i = 0; i < SLICES; i++) {
        all->ended = all->gil.slice_began + INTERVAL;
        yield_after(&all->gil, 1);
    }
    gil__gil_release(&all->gil);
    return NULL;
}

static void test_fairness__who_had_a_slice_for_too_long_has_shorter_ones_until_it_is_paid_back(void **state)
{
    (void)state;
    pair all = {0};
    gil__gil *gil = &all.gil;
    pthread_t other;
    gil__gil_init(gil, INTERVAL);
    gil__gil_acquire(gil);
    start(&other, use_whole_slices, &all);
    while (!__atomic_load_n(&gil->wanted, __ATOMIC_RELAXED))
        sleep_ms(1);
    gil__gil_yield(gil);
    assert_int_equal(gil->slice_began, all.ended); /* nothing is owed for what nobody waited for */
    yield_after(gil, 3);
    assert_int_equal(gil->slice_began, all.ended - INTERVAL / 4 * 3); /* two slices were too many */
    assert_int_equal(gil->owed_ns, 2 * INTERVAL - INTERVAL / 4 * 3);
    yield_after(gil, 1);
    assert_int_equal(gil->slice_began, all.ended - INTERVAL / 4 * 3);
    assert_int_equal(gil->owed_ns, 2 * INTERVAL - INTERVAL / 4 * 6);
    gil__gil_release(gil);
    join(other);
}

static void test_fairness__competing_holders_change_on_one_core(void **state)
{
    (void)state;
    race all;
    cpu_set_t cores;
    use_one_core(&cores);
    compete(&all, 3, 5 * MS, 500);
    use_cores(&cores);
    assert_true(all.changes >= 5);
    for (size_t i = 0; i < 3; i++)
        assert_true(all.turns[i] > 0);
}

/* Threads that release and return without end, and one that only makes checkpoints: each gets on. */
static void *return_again_and_again(void *context)
{
    race *all = context;
    size_t me = atomic_fetch_add(&all->started, 1);
    while (!atomic_load(&all->stop)) {
        gil__gil_acquire(&all->gil);
        all->turns[me]++;
        gil__gil_release(&all->gil);
    }
    return NULL;
}

static void test_fairness__a_crowd_of_returning_threads_leaves_room_for_a_holder(void **state)
{
    (void)state;
    race all = {0};
    pthread_t threads[HOLDERS];
    gil__gil_init(&all.gil, 5 * MS);
    start(&threads[0], hold_in_turn, &all);
    while (atomic_load(&all.started) < 1)
        sleep_ms(1);
    for (size_t i = 1; i < HOLDERS; i++)
        start(&threads[i], return_again_and_again, &all);
    sleep_ms(500);
    atomic_store(&all.stop, true);
    for (size_t i = 0; i < HOLDERS; i++)
        join(threads[i]);
    for (size_t i = 0; i < HOLDERS; i++)
        assert_true(all.turns[i] > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fairness__a_loop_of_release_and_acquire_starves_nobody),
        TEST(test_fairness__one_loop_of_release_and_acquire_starves_nobody),
        TEST(test_fairness__nobody_starves_on_one_core),
        TEST(test_fairness__a_returning_thread_does_not_wait_for_an_interval),
        TEST(test_fairness__competing_holders_change_about_every_interval),
        TEST(test_fairness__a_longer_interval_changes_holders_less_often),
        TEST(test_fairness__equal_holders_get_equal_shares),
        TEST(test_fairness__who_had_a_slice_for_too_long_has_shorter_ones_until_it_is_paid_back),
        TEST(test_fairness__competing_holders_change_on_one_core),
        TEST(test_fairness__a_crowd_of_returning_threads_leaves_room_for_a_holder),
    };
    return cmocka_run_group_tests_name("fairness", tests, NULL, NULL);
}
