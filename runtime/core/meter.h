/* SPDX-License-Identifier: MIT
 *
 * What the calls of one function did with the GIL. All are counted; of short ones some are measured, as core/hold.h does
 * with releases, and stand for the others. Read and written with the GIL held.
 */
#ifndef GILKIT_CORE_METER_H
#define GILKIT_CORE_METER_H

#include "core/thread.h"

typedef struct gil__meter {
    uint64_t calls, measured;
    uint32_t skip, reach; /* calls until one is measured, and how many that were the last time */
    gil__times times;     /* of measured ones */
} gil__meter;

/* A call that is measured. */
typedef struct gil__metered {
    gil__times before;
    uint64_t longest_held, longest_waited; /* of what is around it */
} gil__metered;

/* A call begins.
 *   returns whether it is to be measured, from gil__meter_begin to gil__meter_end */
static inline bool gil__meter_count(gil__meter *meter)
{
    meter->calls++;
    if (meter->skip == 0)
        return true;
    meter->skip--;
    return false;
}

void gil__meter_begin(gil__thread *thread, gil__metered *call);
void gil__meter_end(gil__meter *meter, gil__thread *thread, const gil__metered *call);

/* What all calls did, as those did that were measured. */
gil__times gil__meter_times(const gil__meter *meter);

#endif
