/* SPDX-License-Identifier: MIT
 *
 * The native GIL: one lock over all objects of a runtime. It knows threads only as whoever calls.
 *
 * Taking it is one compare-and-swap when nobody waits; giving it up is a store and a load, and whoever begins to wait
 * pays for the fence between the two (base/barrier.h). Waiters queue, each on a futex word of its own:
 *   - `returning` are threads that worked or blocked without the GIL, and threads that attach. They ask for a
 *     checkpoint at once.
 *   - `competing` are holders that a checkpoint made wait. They ask when the holder had it for a switch interval.
 * A checkpoint hands the lock over. A release wakes the first waiter and leaves the lock free, so that a short
 * section without it costs no thread switch; a waiter that lost such a race once is handed the lock next time,
 * so that a loop of release and acquire starves nobody.
 *
 * gil.c begins with the exact states and steps.
 */
#ifndef GILKIT_CORE_GIL_H
#define GILKIT_CORE_GIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/barrier.h"
#include "base/futex.h"

struct gil__waiter;

typedef struct gil__queue {
    struct gil__waiter *first;
    struct gil__waiter *last;
} gil__queue;

/* Whether spinning before a sleep paid lately. Written without a lock: it is a hint. */
typedef struct gil__spin {
    uint32_t skip; /* so many waits go straight to sleep */
    uint32_t rest; /* what `skip` was set to last */
} gil__spin;

typedef struct gil__gil {
    atomic_uint word;      /* GIL__HELD */
    atomic_uint attention; /* not 0: a release looks closer; written under `lock` */
    uint32_t wanted;       /* what checkpoints look at; written under `lock`, read without */
    gil__lock lock;        /* over what follows, but interval_ns */
    bool refusing;
    bool unfenced; /* membarrier stopped working after the start */
    bool spinning; /* there is more than one core */
    gil__spin spin_returning;
    gil__spin spin_holder; /* who let a returning thread in for a moment */
    gil__queue returning;
    gil__queue competing;
    uint64_t switches;
    uint64_t slice_began; /* when it last changed hands while somebody waited, less what its holder pays back */
    uint64_t owed_ns;     /* what its holder has yet to pay back after this slice */
    atomic_ullong interval_ns;
} gil__gil;

/* In the word. Of a lock that a schedule orders the second is always set, so that every step goes the long way. */
enum { GIL__HELD = 1, GIL__ORDERED = 2 };

/* Why a release must look closer: somebody waits; the fence is not for free here; a schedule orders the steps; each step
 * is watched, which is nothing to the lock itself. */
enum { GIL__WAITERS = 1, GIL__FENCED = 2, GIL__STEPS = 4, GIL__WATCHED = 8 };

typedef enum gil__outcome {
    GIL__TAKEN,     /* at once */
    GIL__WAITED,    /* taken after a wait */
    GIL__TIMED_OUT, /* not taken */
    GIL__REFUSED    /* not taken: gil__gil_refuse */
} gil__outcome;

/* A free lock. interval_ns is not 0. */
void gil__gil_init(gil__gil *gil, uint64_t interval_ns);

/* From now on every step is one of base/schedule.h. Before anybody else uses it. */
void gil__gil_order(gil__gil *gil);

/* What the inline functions do when they cannot do it at once. */
gil__outcome gil__gil_acquire_slowly(gil__gil *gil, bool refusable, uint64_t until_ns);
void gil__gil_release_slowly(gil__gil *gil);
void gil__gil_wake(gil__gil *gil);

static inline bool gil__gil_try(gil__gil *gil)
{
    uint32_t seen = 0;
    return atomic_compare_exchange_strong_explicit(&gil->word, &seen, GIL__HELD, memory_order_acquire,
                                                   memory_order_relaxed);
}

/* Take the lock, waiting as long as it must. errno is kept.
 *   returns whether it had to wait */
static inline bool gil__gil_acquire(gil__gil *gil)
{
    if (__builtin_expect(gil__gil_try(gil), 1))
        return false;
    return gil__gil_acquire_slowly(gil, false, UINT64_MAX) == GIL__WAITED;
}

/* Take the lock, or give up. Whoever gives up leaves nothing behind: no request, no place in a queue. errno is kept.
 *   refusable  gil__gil_refuse ends the wait
 *   until_ns   of gil__now_ns; what is past only tries; UINT64_MAX: without limit */
static inline gil__outcome gil__gil_acquire_until(gil__gil *gil, bool refusable, uint64_t until_ns)
{
    if (__builtin_expect(gil__gil_try(gil), 1))
        return GIL__TAKEN;
    return gil__gil_acquire_slowly(gil, refusable, until_ns);
}

/* Must a release look closer? */
static inline bool gil__gil_attends(gil__gil *gil)
{
    return atomic_load_explicit(&gil->attention, memory_order_relaxed) != 0;
}

/* Give the lock up where gil__gil_attends said no. Keeps its memory alive until gil__gil_wake returned.
 *   returns whether somebody began to wait meanwhile: call gil__gil_wake */
static inline bool gil__gil_set_free(gil__gil *gil)
{
    atomic_store_explicit(&gil->word, 0, memory_order_release);
    gil__barrier_mine();
    return atomic_load_explicit(&gil->attention, memory_order_relaxed) != 0;
}

/* Give the lock up. The caller holds it, and keeps its memory alive until this returns. errno is kept. */
static inline void gil__gil_release(gil__gil *gil)
{
    if (__builtin_expect(gil__gil_attends(gil), 0))
        gil__gil_release_slowly(gil);
    else if (__builtin_expect(gil__gil_set_free(gil), 0))
        gil__gil_wake(gil);
}

/* Hand the lock to a waiter, if there is one, and queue for it again. The caller holds it, and does so again
 * on return. errno is kept.
 *   now_ns  what gil__now_ns said just before
 *   returns whether it changed hands */
bool gil__gil_yield_at(gil__gil *gil, uint64_t now_ns);

static inline bool gil__gil_yield(gil__gil *gil)
{
    return gil__gil_yield_at(gil, gil__now_ns());
}

/* How long holders that compete keep the lock; also for those that wait now. Not 0. Any thread, at any time. */
void gil__gil_set_interval(gil__gil *gil, uint64_t interval_ns);

/* Set or clear GIL__WATCHED. Any thread, at any time. */
void gil__gil_watch(gil__gil *gil, bool on);

/* From now on waits that are refusable end, those too that have begun. */
void gil__gil_refuse(gil__gil *gil);

/* In the child of a fork: nobody waits, and this thread holds it or nobody does. The caller has gil->lock. */
void gil__gil_forked(gil__gil *gil, bool held);

#endif
