/* SPDX-License-Identifier: MIT */
#include "core/hold.h"

#include <errno.h>

#include "core/runtime.h"

/* A pair that took longer than this is measured each time; the clock costs many times a bare pair. */
enum { LONG_PAIR_NS = 5000, MOST_SKIPPED = 255 };

static void tell(gil__thread *thread, gil__event event, uint64_t now)
{
    struct gil_runtime *runtime = thread->runtime;
    gil__watch_fn watch = atomic_load_explicit(&runtime->watch, memory_order_acquire);
    if (__builtin_expect(watch == NULL, 1))
        return;
    unsigned changes = atomic_load(&runtime->watch_changes);
    watch = atomic_load(&runtime->watch);
    void *context = atomic_load(&runtime->watch_context);
    if (watch && changes % 2 == 0 && atomic_load(&runtime->watch_changes) == changes)
        watch(context, thread->number, event, now);
}

static bool is_watched(const gil__thread *thread)
{
    return atomic_load_explicit(&thread->runtime->watch, memory_order_relaxed) != NULL;
}

/* What was passed over is shared out as this pair was. */
static void share_out(gil__thread *thread, uint64_t held)
{
    gil__pace *pace = &thread->pace;
    double all = (double)held + (double)pace->released;
    uint64_t part = all > 0 ? (uint64_t)((double)pace->pending * ((double)held / all)) : 0;
    gil__times_hold(&thread->times, part);
    gil__times_release(&thread->times, pace->pending - part);
    pace->pending = 0;
}

/* The GIL is given up now: how long was it held, and when is the clock read again? */
static void note_given(gil__thread *thread, uint64_t now)
{
    gil__pace *pace = &thread->pace;
    uint64_t passed = now - pace->since;
    pace->measuring = true;
    if (pace->exact) {
        gil__times_held(&thread->times, passed, pace->carried + passed);
        if (pace->carried + passed > pace->longest_held)
            pace->longest_held = pace->carried + passed;
        pace->carried = 0;
        if (pace->pending)
            share_out(thread, passed);
        bool known = pace->released > 0; /* or there was no section yet */
        bool is_short = known && passed + pace->released < LONG_PAIR_NS && !thread->runtime->exact;
        pace->reach = is_short ? pace->reach * 2 + 1 : 0;
        if (pace->reach > MOST_SKIPPED)
            pace->reach = MOST_SKIPPED;
        pace->measuring = pace->reach == 0 || thread->looks > 0 || is_watched(thread);
    } else {
        pace->pending += passed;
    }
    pace->skip = pace->measuring ? 0 : pace->reach;
    pace->exact = pace->measuring;
    pace->since = now;
}

static void note_taken(gil__thread *thread, uint64_t since, gil__outcome outcome)
{
    gil__pace *pace = &thread->pace;
    bool at_once = outcome == GIL__TAKEN, has_it = at_once || outcome == GIL__WAITED;
    uint64_t now = at_once ? since : gil__now_ns();
    gil__times_waited(&thread->times, now - since);
    if (now - since > pace->longest_waited)
        pace->longest_waited = now - since;
    if (pace->measuring || !has_it)
        pace->since = now;
    else
        pace->since += now - since; /* the wait is counted */
    if (!has_it)
        return;
    gil__times_acquired(&thread->times, !at_once);
    tell(thread, GIL__EVENT_ACQUIRED, now);
}

static gil__outcome take_measured(gil__thread *thread, bool refusable, uint64_t until_ns)
{
    gil__pace *pace = &thread->pace;
    uint64_t now = gil__now_ns();
    if (pace->measuring) {
        pace->released = pace->since ? now - pace->since : 0;
        gil__times_release(&thread->times, pace->released);
    }
    tell(thread, GIL__EVENT_WAITING, now);
    gil__outcome outcome = gil__gil_acquire_until(&thread->runtime->gil, refusable, until_ns);
    note_taken(thread, now, outcome);
    return outcome;
}

/* Behind a host's door nothing is measured here: its interpreter has times of its own, and the thread's pace stays as it
 * began, so that every section comes this way. */
static const gil__door *door_of(const gil__thread *thread)
{
    return thread->runtime->host->door;
}

gil__outcome gil__hold_take_until(gil__thread *thread, bool refusable, uint64_t until_ns)
{
    if (__builtin_expect(door_of(thread) != NULL, 0))
        return door_of(thread)->take(thread, thread->sections == 0) ? GIL__TAKEN : GIL__REFUSED;
    if (!thread->pace.measuring && gil__gil_try(&thread->runtime->gil)) {
        gil__times_acquired(&thread->times, false);
        return GIL__TAKEN;
    }
    int saved = errno;
    gil__outcome outcome = take_measured(thread, refusable, until_ns);
    errno = saved;
    return outcome;
}

void gil__hold_take(gil__thread *thread)
{
    gil__hold_take_until(thread, false, UINT64_MAX);
}

void gil__hold_give(gil__thread *thread)
{
    if (__builtin_expect(door_of(thread) != NULL, 0)) {
        door_of(thread)->give(thread, thread->sections == 0);
        return;
    }
    gil__gil *gil = &thread->runtime->gil;
    if (thread->pace.skip > 0 && atomic_load_explicit(&gil->attention, memory_order_relaxed) == 0) {
        thread->pace.skip--;
        thread->pace.exact = false;
    } else {
        int saved = errno;
        uint64_t now = gil__now_ns();
        note_given(thread, now);
        tell(thread, GIL__EVENT_RELEASED, now);
        errno = saved;
    }
    gil__gil_release(gil);
}

void gil__hold_yield(gil__thread *thread)
{
    if (__builtin_expect(door_of(thread) != NULL, 0)) {
        door_of(thread)->yield(thread);
        return;
    }
    int saved = errno;
    gil__pace *pace = &thread->pace;
    uint64_t began = gil__now_ns();
    note_given(thread, began);
    tell(thread, GIL__EVENT_RELEASED, began);
    tell(thread, GIL__EVENT_WAITING, began);
    bool changed_hands = gil__gil_yield_at(&thread->runtime->gil, began);
    pace->measuring = pace->exact = true;
    pace->skip = pace->reach = 0;
    if (changed_hands)
        note_taken(thread, began, GIL__WAITED);
    else
        tell(thread, GIL__EVENT_ACQUIRED, began);
    errno = saved;
}

void gil__hold_settle(gil__thread *thread)
{
    gil__pace *pace = &thread->pace;
    uint64_t now = gil__now_ns(), passed = now - pace->since;
    if (pace->exact) {
        gil__times_held(&thread->times, passed, 0);
        pace->carried += passed;
    } else {
        pace->pending += passed;
        pace->carried = 0;
    }
    pace->exact = true;
    pace->skip = 0;
    pace->since = now;
}
