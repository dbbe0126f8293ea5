/* SPDX-License-Identifier: MIT */
#include "base/schedule.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/futex.h"
#include "base/memory.h"

enum { MOST_THREADS = 16, NS_A_POINT = 1000, MOST_POINTS = 1000000 };

typedef enum condition { ABSENT, RUNNABLE, WAITING, LEFT } condition;

typedef struct gil__scheduled {
    gil__schedule *schedule;
    unsigned number;
    condition condition;
    atomic_uint turn;  /* 1: it may go on */
    atomic_uint *word; /* what it waits for */
    uint64_t limit;    /* until then; 0: without limit */
} scheduled;

/* Everything but `joined` belongs to the thread whose turn it is. */
struct gil__schedule {
    uint64_t seed, random, order, points, now;
    unsigned n_threads;
    atomic_uint joined;
    scheduled threads[MOST_THREADS];
};

_Thread_local struct gil__scheduled *gil__scheduled;

/* splitmix64: every seed is a good one, 0 too. */
static uint64_t next_random(gil__schedule *s)
{
    uint64_t x = s->random += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static bool one_in(gil__schedule *s, unsigned n)
{
    return next_random(s) % n == 0;
}

gil__schedule *gil__schedule_new(uint64_t seed, unsigned threads)
{
    gil__schedule *s = threads <= MOST_THREADS ? gil__alloc(1, sizeof *s) : NULL;
    if (!s)
        return NULL;
    s->seed = s->random = seed;
    s->order = 0xcbf29ce484222325u;
    s->n_threads = threads;
    s->now = 1000000;
    return s;
}

void gil__schedule_free(gil__schedule *schedule)
{
    gil__free(schedule);
}

static void stop(const gil__schedule *s, const char *why)
{
    fprintf(stderr, "gilkit: the order of seed %llu: %s after %llu points\n", (unsigned long long)s->seed, why,
            (unsigned long long)s->points);
    for (unsigned i = 0; i < s->n_threads; i++) {
        const scheduled *t = &s->threads[i];
        if (t->condition == WAITING)
            fprintf(stderr, "gilkit:   thread %u waits while %p is %u\n", i, (void *)t->word,
                    atomic_load_explicit(t->word, memory_order_relaxed));
        else
            fprintf(stderr, "gilkit:   thread %u %s\n", i, t->condition == LEFT ? "has left" : "could go on");
    }
    abort();
}

/* Who goes on; NULL: all have left. A wait with a limit ends at it now and then, one without for no reason, as waits in
 * the kernel do; but only when somebody else could go on, so that a wake-up that is lost shows. */
static scheduled *choose(gil__schedule *s)
{
    scheduled *may[2 * MOST_THREADS], *limited[MOST_THREADS];
    unsigned n = 0, n_limited = 0, n_left = 0;
    bool early = one_in(s, 8), idle = one_in(s, 64);
    for (unsigned i = 0; i < s->n_threads; i++) {
        scheduled *t = &s->threads[i];
        n_left += t->condition == LEFT;
        if (t->condition == RUNNABLE)
            may[n++] = t;
        else if (t->condition == WAITING && t->limit)
            limited[n_limited++] = t;
    }
    if (n_left == s->n_threads)
        return NULL;
    for (unsigned i = 0; i < n_limited && (n == 0 || early); i++)
        may[n++] = limited[i];
    if (n == 0)
        stop(s, "nobody can go on");
    for (unsigned i = 0; i < s->n_threads && idle; i++)
        if (s->threads[i].condition == WAITING && !s->threads[i].limit)
            may[n++] = &s->threads[i];
    scheduled *next = may[next_random(s) % n];
    if (next->condition == WAITING && next->limit > s->now)
        s->now = next->limit;
    next->condition = RUNNABLE;
    return next;
}

/* The end of this thread's turn. */
static void pass(gil__schedule *s)
{
    scheduled *next = choose(s);
    if (!next)
        return;
    s->now += NS_A_POINT;
    s->order = (s->order ^ next->number) * 0x100000001b3u;
    if (++s->points > MOST_POINTS)
        stop(s, "no end");
    atomic_store_explicit(&next->turn, 1, memory_order_release);
    if (next != gil__scheduled)
        gil__kernel_wake(&next->turn, 1);
}

static void wait_for_turn(scheduled *me)
{
    while (atomic_exchange_explicit(&me->turn, 0, memory_order_acquire) == 0)
        gil__kernel_wait(&me->turn, 0, 0);
}

void gil__schedule_join(gil__schedule *s, unsigned number)
{
    scheduled *me = &s->threads[number];
    me->schedule = s;
    me->number = number;
    me->condition = RUNNABLE;
    bool last = atomic_fetch_add_explicit(&s->joined, 1, memory_order_acq_rel) + 1 == s->n_threads;
    gil__scheduled = me;
    if (last)
        pass(s);
    wait_for_turn(me);
}

void gil__schedule_leave(void)
{
    scheduled *me = gil__scheduled;
    me->condition = LEFT;
    pass(me->schedule);
    gil__scheduled = NULL;
}

uint64_t gil__schedule_order(const gil__schedule *schedule)
{
    return schedule->order;
}

uint64_t gil__schedule_points(const gil__schedule *schedule)
{
    return schedule->points;
}

void gil__scheduled_point(void)
{
    scheduled *me = gil__scheduled;
    pass(me->schedule);
    wait_for_turn(me);
}

void gil__scheduled_wait(atomic_uint *word, uint32_t expected, uint64_t timeout_ns)
{
    scheduled *me = gil__scheduled;
    if (atomic_load_explicit(word, memory_order_relaxed) == expected) {
        me->condition = WAITING;
        me->word = word;
        me->limit = timeout_ns ? me->schedule->now + timeout_ns : 0;
    }
    gil__scheduled_point();
}

void gil__scheduled_wake(atomic_uint *word, int threads)
{
    gil__schedule *s = gil__scheduled->schedule;
    unsigned from = (unsigned)(next_random(s) % s->n_threads);
    for (unsigned i = 0; i < s->n_threads && threads > 0; i++) {
        scheduled *t = &s->threads[(from + i) % s->n_threads];
        if (t->condition != WAITING || t->word != word)
            continue;
        t->condition = RUNNABLE;
        threads--;
    }
    gil__scheduled_point();
}

uint64_t gil__scheduled_now(void)
{
    return gil__scheduled->schedule->now;
}
