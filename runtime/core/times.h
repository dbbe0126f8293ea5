/* SPDX-License-Identifier: MIT
 *
 * How long threads held the GIL, waited for it and ran without it.
 */
#ifndef GILKIT_CORE_TIMES_H
#define GILKIT_CORE_TIMES_H

#include <stdint.h>

/* Times in nanoseconds, counted only while the runtime measures. Written by their thread, read by any. */
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

/* Something happened `passed` nanoseconds after what happened before. By the times' own thread. */
void gil__times_note(gil__times *times, gil__event event, uint64_t passed);

/* It had to wait for what it acquired. */
void gil__times_contend(gil__times *times);

/* Add up. `more` may be written meanwhile; `sum` is the caller's. */
void gil__times_add(gil__times *sum, const gil__times *more);

#endif
