/* SPDX-License-Identifier: MIT
 *
 * How long threads held the GIL, waited for it and ran without it.
 */
#ifndef GILKIT_CORE_TIMES_H
#define GILKIT_CORE_TIMES_H

#include <stdbool.h>
#include <stdint.h>

/* Times in nanoseconds. Written by their thread, read by any. */
typedef struct gil__times {
    uint64_t held;
    uint64_t waited;
    uint64_t released;
    uint64_t acquisitions;
    uint64_t contended;
    uint64_t longest_held;
    uint64_t longest_waited;
} gil__times;

typedef enum gil__event { GIL__EVENT_WAITING, GIL__EVENT_ACQUIRED, GIL__EVENT_RELEASED } gil__event;

/* By the times' own thread: it held the GIL for so long (and for so long in all, without a release), waited for so
 * long, has it (after a wait or at once). */
void gil__times_held(gil__times *times, uint64_t passed, uint64_t in_all);
void gil__times_waited(gil__times *times, uint64_t passed);
void gil__times_acquired(gil__times *times, bool contended);

static inline void gil__times_acquired_at_once(gil__times *times)
{
    __atomic_store_n(&times->acquisitions, times->acquisitions + 1, __ATOMIC_RELAXED);
}

/* Time with it and without it that is no single stretch. */
void gil__times_hold(gil__times *times, uint64_t passed);
void gil__times_release(gil__times *times, uint64_t passed);

/* Add up. `more` may be written meanwhile; `sum` is the caller's. */
void gil__times_add(gil__times *sum, const gil__times *more);

#endif
