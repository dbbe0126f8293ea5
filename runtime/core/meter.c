/* SPDX-License-Identifier: MIT */
#include "core/meter.h"

#include "core/runtime.h"

enum { LONG_CALL_NS = 10000, MOST_SKIPPED = 255 };

void gil__meter_begin(gil__thread *thread, gil__metered *call)
{
    gil__hold_settle(thread);
    thread->looks++;
    *call = (gil__metered){thread->times, thread->pace.longest_held, thread->pace.longest_waited};
    thread->pace.longest_held = thread->pace.longest_waited = thread->pace.carried = 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void gil__meter_end(gil__meter *meter, gil__thread *thread, const gil__metered *call)
{
    gil__hold_settle(thread);
    thread->looks--;
    gil__pace *pace = &thread->pace;
    gil__times *sum = &meter->times;
    const gil__times *now = &thread->times, *before = &call->before;
    uint64_t held = now->held - before->held, waited = now->waited - before->waited;
    uint64_t released = now->released - before->released;
    meter->measured++;
    sum->held += held;
    sum->waited += waited;
    sum->released += released;
    sum->acquisitions += now->acquisitions - before->acquisitions;
    sum->contended += now->contended - before->contended;
    uint64_t longest_held = larger(pace->longest_held, pace->carried);
    sum->longest_held = larger(sum->longest_held, longest_held);
    sum->longest_waited = larger(sum->longest_waited, pace->longest_waited);
    pace->longest_held = larger(call->longest_held, longest_held);
    pace->longest_waited = larger(call->longest_waited, pace->longest_waited);
    bool is_short = held + waited + released < LONG_CALL_NS && !thread->runtime->exact;
    meter->reach = is_short ? meter->reach * 2 + 1 : 0;
    if (meter->reach > MOST_SKIPPED)
        meter->reach = MOST_SKIPPED;
    meter->skip = meter->reach;
}

static uint64_t scaled(uint64_t value, const gil__meter *meter)
{
    return meter->measured ? (uint64_t)((double)value * (double)meter->calls / (double)meter->measured + 0.5) : 0;
}

gil__times gil__meter_times(const gil__meter *meter)
{
    gil__times times = meter->times;
    times.held = scaled(times.held, meter);
    times.waited = scaled(times.waited, meter);
    times.released = scaled(times.released, meter);
    times.acquisitions = scaled(times.acquisitions, meter);
    times.contended = scaled(times.contended, meter);
    return times;
}
