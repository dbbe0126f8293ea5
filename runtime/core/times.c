/* SPDX-License-Identifier: MIT */
#include "core/times.h"

/* Times have one writer, their thread; others read them while it runs. */
static void count(uint64_t *sum, uint64_t more)
{
    __atomic_store_n(sum, *sum + more, __ATOMIC_RELAXED);
}

static void longest(uint64_t *most, uint64_t time)
{
    if (time > *most)
        __atomic_store_n(most, time, __ATOMIC_RELAXED);
}

void gil__times_held(gil__times *times, uint64_t passed, uint64_t in_all)
{
    count(&times->held, passed);
    longest(&times->longest_held, in_all);
}

void gil__times_waited(gil__times *times, uint64_t passed)
{
    count(&times->waited, passed);
    longest(&times->longest_waited, passed);
}

void gil__times_acquired(gil__times *times, bool contended)
{
    count(&times->acquisitions, 1);
    count(&times->contended, contended);
}

void gil__times_hold(gil__times *times, uint64_t passed)
{
    count(&times->held, passed);
}

void gil__times_release(gil__times *times, uint64_t passed)
{
    count(&times->released, passed);
}

void gil__times_add(gil__times *sum, const gil__times *more)
{
    sum->held += __atomic_load_n(&more->held, __ATOMIC_RELAXED);
    sum->waited += __atomic_load_n(&more->waited, __ATOMIC_RELAXED);
    sum->released += __atomic_load_n(&more->released, __ATOMIC_RELAXED);
    sum->acquisitions += __atomic_load_n(&more->acquisitions, __ATOMIC_RELAXED);
    sum->contended += __atomic_load_n(&more->contended, __ATOMIC_RELAXED);
    longest(&sum->longest_held, __atomic_load_n(&more->longest_held, __ATOMIC_RELAXED));
    longest(&sum->longest_waited, __atomic_load_n(&more->longest_waited, __ATOMIC_RELAXED));
}
