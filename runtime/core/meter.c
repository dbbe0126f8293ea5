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

gil__times gil__meter_times(const gil__meter *meter)
{
    gil__times times = meter->times;
    double share = meter->measured ? (double)meter->calls / (double)meter->measured : 0;
    times.held = (uint64_t)((double)times.held * share);
    times.waited = (uint64_t)((double)times.waited * share);
    times.released = (uint64_t)((double)times.released * share);
    times.acquisitions = (uint64_t)((double)times.acquisitions * share);
    times.contended = (uint64_t)((double)times.contended * share);
    return times;
}
