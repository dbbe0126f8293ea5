/* SPDX-License-Identifier: MIT
 *
 * The native GIL: one lock over all objects of a runtime. It knows threads only as whoever calls.
 *
 * One word says whether it is held and whether anybody waits; taking and giving it is one compare-and-swap
 * when nobody does. Waiters queue, each on a futex word of its own:
 *   - `returning` are threads that worked or blocked without the GIL, and threads that attach. They ask for a
 *     checkpoint at once.
 *   - `competing` are holders that a checkpoint made wait. They ask when they have waited a switch interval.
 * A checkpoint hands the lock over. A release wakes the first waiter and leaves the lock free, so that a short
 * section without it costs no thread switch; a waiter that lost such a race once is handed the lock next time,
 * so that a loop of release and acquire starves nobody.
 */
#ifndef GILKIT_CORE_GIL_H
#define GILKIT_CORE_GIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/futex.h"

struct gil__waiter;

typedef struct gil__queue {
    struct gil__waiter *first;
    struct gil__waiter *last;
} gil__queue;

typedef struct gil__gil {
    atomic_uint word;
    uint32_t wanted; /* what checkpoints look at; written under lock, read without */
    gil__lock lock;  /* over the queues, `wanted` and `switches` */
    gil__queue returning;
    gil__queue competing;
    uint64_t switches;
    uint64_t interval_ns;
} gil__gil;

/* A free lock. interval_ns is not 0. */
void gil__gil_init(gil__gil *gil, uint64_t interval_ns);

/* What the word says. */
enum { GIL__HELD = 1, GIL__WAITERS = 2 };

/* What the two below do when one compare-and-swap was not enough. */
void gil__gil_acquire_slowly(gil__gil *gil);
void gil__gil_release_slowly(gil__gil *gil);

/* Take the lock, waiting as long as it must. errno is kept.
 *   returns whether it had to wait */
static inline bool gil__gil_acquire(gil__gil *gil)
{
    uint32_t seen = 0;
    if (__builtin_expect(atomic_compare_exchange_strong_explicit(&gil->word, &seen, GIL__HELD, memory_order_acquire,
                                                                 memory_order_relaxed),
                         1))
        return false;
    gil__gil_acquire_slowly(gil);
    return true;
}

/* Give the lock up. The caller holds it. errno is kept. */
static inline void gil__gil_release(gil__gil *gil)
{
    uint32_t seen = GIL__HELD;
    if (__builtin_expect(
            !atomic_compare_exchange_strong_explicit(&gil->word, &seen, 0, memory_order_release, memory_order_relaxed),
            0))
        gil__gil_release_slowly(gil);
}

/* Hand the lock to a waiter, if there is one, and queue for it again. The caller holds it, and does so again
 * on return. errno is kept.
 *   returns whether it changed hands */
bool gil__gil_yield(gil__gil *gil);

/* In the child of a fork: nobody waits, and this thread holds it or nobody does. The caller has gil->lock. */
void gil__gil_forked(gil__gil *gil, bool held);

#endif
