/* SPDX-License-Identifier: MIT
 *
 * How a thread takes its runtime's GIL and gives it up, and what that took. Counts are exact. The clock is read when a
 * thread waits, and else for one release in up to 256: how many are passed over depends on how long the last measured
 * one was, so that what takes longer than some microseconds is measured each time. What passed meanwhile is shared out
 * as the measured times before and after it were. A runtime whose `exact` is set measures everything.
 */
#ifndef GILKIT_CORE_HOLD_H
#define GILKIT_CORE_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/gil.h"

struct gil__thread;

/* Of a thread: when it looks at the clock. */
typedef struct gil__pace {
    uint32_t skip;                         /* releases that are passed over before one is measured */
    uint32_t reach;                        /* how many that were the last time */
    bool measuring;                        /* the next acquisition is measured */
    bool exact;                            /* nothing was passed over since `since` */
    uint64_t since;                        /* when the clock was read last; 0: never */
    uint64_t carried;                      /* how long it was held before that, without a release */
    uint64_t pending;                      /* time that is to be shared out */
    uint64_t released;                     /* how long the last measured section was */
    uint64_t longest_held, longest_waited; /* since the call began that a meter measures; see meter.h */
} gil__pace;

/* Take the GIL, waiting for as long as it must, or as gil__gil_acquire_until. errno is kept. */
void gil__hold_take(struct gil__thread *thread);
gil__outcome gil__hold_take_until(struct gil__thread *thread, bool refusable, uint64_t until_ns);

/* Give it up; let others have it who wait. errno is kept. */
void gil__hold_give(struct gil__thread *thread);
void gil__hold_yield(struct gil__thread *thread);

/* What the thread's times say is all up to now. By the thread itself, which holds the GIL. */
void gil__hold_settle(struct gil__thread *thread);

#endif
