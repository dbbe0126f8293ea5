/* SPDX-License-Identifier: MIT
 *
 * The cores that this process has.
 */
#ifndef GILKIT_BASE_CORES_H
#define GILKIT_BASE_CORES_H

#include <sched.h>

/* How many this process may use, 1 where it is not said. */
static inline int gil__cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

#endif
