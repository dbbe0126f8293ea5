/* SPDX-License-Identifier: MIT
 *
 * Where a program of this folder runs: on all cores, or pinned to the first one when GILKIT_TEST_CORES is "one".
 */
#ifndef GILKIT_TESTS_CORES_H
#define GILKIT_TESTS_CORES_H

#include <sched.h>
#include <stdlib.h>

#include "../unit/base/support.h"

/* Threads inherit it, so call it first. */
static inline void use_cores_as_told(void)
{
    const char *cores = getenv("GILKIT_TEST_CORES");
    cpu_set_t all, one;
    if (!cores || strcmp(cores, "one") != 0 || sched_getaffinity(0, sizeof all, &all) != 0)
        return;
    int core = 0;
    while (!CPU_ISSET(core, &all))
        core++;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        abort();
}

/* How many this program may use. */
static inline int cores_here(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

#endif
