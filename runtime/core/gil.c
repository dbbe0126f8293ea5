/* SPDX-License-Identifier: MIT */
#include "core/gil.h"

#include <errno.h>
#include <stddef.h>

enum { SLEEPS, GRANTED, RETRY };
enum { LONG_AGO_NS = 100000 };

/* Lives on its thread's stack; owned by the queue until it is granted. */
typedef struct gil__waiter {
    struct gil__waiter *next;
    atomic_uint signal;
    bool lost_a_race;
    uint64_t told_ns; /* when it was last told to try */
} gil__waiter;

static void push(gil__queue *queue, gil__waiter *waiter)
{
    waiter->next = NULL;
    if (queue->last)
        queue->last->next = waiter;
    else
        queue->first = waiter;
    queue->last = waiter;
}

static gil__waiter *pop(gil__queue *queue)
{
    gil__waiter *waiter = queue->first;
    if (waiter) {
        queue->first = waiter->next;
        if (!queue->first)
            queue->last = NULL;
    }
    return waiter;
}

static void unlink_waiter(gil__queue *queue, gil__waiter *waiter)
{
    gil__waiter *before = NULL;
    for (gil__waiter *at = queue->first; at; before = at, at = at->next) {
        if (at != waiter)
            continue;
        if (before)
            before->next = at->next;
        else
            queue->first = at->next;
        if (queue->last == at)
            queue->last = before;
        return;
    }
}

/* Who is next. Both kinds are served in turn when both wait, so that a crowd of returning threads cannot shut
 * a competing one out, nor the reverse. */
static gil__queue *next_queue(gil__gil *gil)
{
    if (!gil->returning.first)
        return gil->competing.first ? &gil->competing : NULL;
    if (gil->competing.first && gil->switches % 4 == 3)
        return &gil->competing;
    return &gil->returning;
}

/* Under gil->lock: make the word and `wanted` say what the queues hold. */
static void publish(gil__gil *gil)
{
    bool anybody = gil->returning.first || gil->competing.first;
    if (anybody)
        atomic_fetch_or_explicit(&gil->word, GIL__WAITERS, memory_order_relaxed);
    else
        atomic_fetch_and_explicit(&gil->word, ~(unsigned)GIL__WAITERS, memory_order_relaxed);
    __atomic_store_n(&gil->wanted, gil->returning.first != NULL, __ATOMIC_RELAXED);
}

/* Under gil->lock: tell a waiter. It may leave its stack frame at once, so only the address is used after:
 * FUTEX_WAKE on what is no futex any more wakes nobody, or somebody who looks again. */
static atomic_uint *tell(gil__waiter *waiter, uint32_t signal)
{
    atomic_store_explicit(&waiter->signal, signal, memory_order_release);
    return &waiter->signal;
}

/* Under gil->lock, holding the GIL: the next waiter holds it from now on. */
static atomic_uint *grant(gil__gil *gil, gil__queue *queue)
{
    gil__waiter *waiter = pop(queue);
    gil->switches++;
    return tell(waiter, GRANTED);
}

void gil__gil_init(gil__gil *gil, uint64_t interval_ns)
{
    *gil = (gil__gil){.interval_ns = interval_ns};
}

/* Under gil->lock: take the GIL if it is free. Otherwise GIL__WAITERS is set, so that the holder's release comes
 * through gil->lock and finds us. */
static bool take_or_mark(gil__gil *gil)
{
    uint32_t seen = atomic_load_explicit(&gil->word, memory_order_relaxed);
    for (;;) {
        uint32_t next = seen & GIL__HELD ? seen | GIL__WAITERS : seen | GIL__HELD;
        if (atomic_compare_exchange_weak_explicit(&gil->word, &seen, next, memory_order_acquire, memory_order_relaxed))
            return !(seen & GIL__HELD);
    }
}

/* Sleep until this waiter is granted the GIL, or took it itself after a wake-up. A competing waiter asks for a
 * checkpoint when nothing changed hands for a switch interval. */
static void wait_in(gil__gil *gil, gil__queue *queue, gil__waiter *waiter, uint64_t switches)
{
    bool competing = queue == &gil->competing;
    uint64_t asks_at = competing ? gil__now_ns() + gil->interval_ns : 0;
    for (;;) {
        uint64_t now = competing ? gil__now_ns() : 0;
        gil__futex_wait(&waiter->signal, SLEEPS, now < asks_at ? asks_at - now : 0);
        uint32_t signal = atomic_load_explicit(&waiter->signal, memory_order_acquire);
        if (signal == GRANTED)
            return;
        if (signal == SLEEPS && (!competing || gil__now_ns() < asks_at))
            continue; /* a signal handler ran */
        gil__lock_take(&gil->lock);
        signal = atomic_load_explicit(&waiter->signal, memory_order_acquire);
        bool taken = signal == RETRY && take_or_mark(gil);
        if (taken) {
            unlink_waiter(queue, waiter);
            gil->switches++;
            publish(gil);
        } else if (signal == RETRY) {
            waiter->lost_a_race = true;
            atomic_store_explicit(&waiter->signal, SLEEPS, memory_order_relaxed);
        } else if (signal == SLEEPS) {
            if (gil->switches == switches)
                __atomic_store_n(&gil->wanted, 1, __ATOMIC_RELAXED);
            switches = gil->switches;
            asks_at = gil__now_ns() + gil->interval_ns;
        }
        gil__lock_give(&gil->lock);
        if (taken)
            return;
    }
}

void gil__gil_acquire_slowly(gil__gil *gil)
{
    int saved = errno;
    gil__waiter self = {.signal = SLEEPS};
    gil__lock_take(&gil->lock);
    bool taken = take_or_mark(gil);
    if (!taken) {
        push(&gil->returning, &self);
        publish(gil);
    }
    gil__lock_give(&gil->lock);
    if (!taken)
        wait_in(gil, &gil->returning, &self, 0);
    errno = saved;
}

/* Under gil->lock: a waiter that tried in vain, or that was told long ago and never came to run because the thread
 * that takes the lock again and again has its core, is handed the lock. */
static bool had_its_chance(const gil__waiter *waiter)
{
    if (waiter->lost_a_race)
        return true;
    return atomic_load_explicit(&waiter->signal, memory_order_relaxed) == RETRY &&
           gil__now_ns() - waiter->told_ns > LONG_AGO_NS;
}

/* Somebody waits, or did. */
void gil__gil_release_slowly(gil__gil *gil)
{
    int saved = errno;
    atomic_uint *sleeper = NULL;
    gil__lock_take(&gil->lock);
    gil__queue *queue = next_queue(gil);
    if (queue && had_its_chance(queue->first)) {
        sleeper = grant(gil, queue);
    } else {
        atomic_fetch_and_explicit(&gil->word, ~(unsigned)GIL__HELD, memory_order_release);
        if (queue && atomic_load_explicit(&queue->first->signal, memory_order_relaxed) == SLEEPS) {
            queue->first->told_ns = gil__now_ns();
            sleeper = tell(queue->first, RETRY);
        }
    }
    publish(gil);
    gil__lock_give(&gil->lock);
    if (sleeper)
        gil__futex_wake(sleeper, 1);
    errno = saved;
}

bool gil__gil_yield(gil__gil *gil)
{
    int saved = errno;
    gil__waiter self = {.signal = SLEEPS};
    atomic_uint *sleeper = NULL;
    gil__lock_take(&gil->lock);
    gil__queue *queue = next_queue(gil);
    if (queue) {
        sleeper = grant(gil, queue);
        push(&gil->competing, &self);
    }
    publish(gil);
    uint64_t switches = gil->switches;
    gil__lock_give(&gil->lock);
    if (sleeper) {
        gil__futex_wake(sleeper, 1);
        wait_in(gil, &gil->competing, &self, switches);
    }
    errno = saved;
    return sleeper != NULL;
}

void gil__gil_forked(gil__gil *gil, bool held)
{
    gil->returning = gil->competing = (gil__queue){0};
    atomic_store_explicit(&gil->word, held ? GIL__HELD : 0, memory_order_relaxed);
    __atomic_store_n(&gil->wanted, 0, __ATOMIC_RELAXED);
}
