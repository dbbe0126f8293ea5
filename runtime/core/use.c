/* SPDX-License-Identifier: MIT */
#include "core/use.h"

#include "core/runtime.h"

/* Everything static here is called under runtime->using, but for gil_env's own functions. It is held for a few
 * instructions and never while anything waits. */

/* The first use that one of this thread cannot go beside. */
static const gil__use *obstacle(const gil__use *mine)
{
    const gil__use *use = mine->resource->uses;
    while (use && (use->thread == mine->thread || !(mine->alone || use->alone)))
        use = use->next;
    return use;
}

bool gil__use_is_mine(const gil__thread *thread, const gil__resource *resource)
{
    for (const gil__use *use = thread->uses; use; use = use->outer)
        if (use->resource == resource)
            return true;
    return false;
}

/* A newcomer that would go beside the others lets those go first who want the resource for themselves. */
static bool may_begin(const gil__use *use)
{
    if (obstacle(use))
        return false;
    return use->alone || use->resource->wanted == 0 || gil__use_is_mine(use->thread, use->resource);
}

enum { LONGEST_CHAIN = 16 };

/* Does somebody who uses `wanted` wait, over any number of others, for what this thread uses? Who may begin by now was
 * woken and has not come to run yet. */
static bool leads_back(const gil__thread *thread, const gil__resource *wanted, unsigned depth)
{
    for (const gil__use *use = wanted->uses; use; use = use->next) {
        const gil__use *wait = use->thread->waits_for;
        if (use->thread == thread || !wait || may_begin(wait))
            continue;
        if (gil__use_is_mine(thread, wait->resource)) /* also `wanted`: two that read it both want it for themselves */
            return true;
        if (wait->resource != wanted && depth > 0 && leads_back(thread, wait->resource, depth - 1))
            return true;
    }
    return false;
}

typedef enum outcome { BEGUN, CLOSED, ENDLESS, MUST_WAIT } outcome;

/* Begin, or say what to wait for. */
static outcome try(gil__use *use)
{
    gil__resource *resource = use->resource;
    if (resource->closed)
        return CLOSED;
    if (!may_begin(use))
        return leads_back(use->thread, resource, LONGEST_CHAIN) ? ENDLESS : MUST_WAIT;
    use->next = resource->uses;
    resource->uses = use;
    use->outer = use->thread->uses;
    use->thread->uses = use;
    return BEGUN;
}

/* What waits may try now. Gives the lock back. */
static void wake(gil__resource *resource)
{
    gil__lock *using = &resource->runtime->using;
    atomic_uint *changes = &resource->changes;
    bool anybody = resource->waiting > 0;
    atomic_fetch_add_explicit(changes, 1, memory_order_relaxed);
    gil__lock_give(using);
    if (anybody)
        gil__futex_wake(changes, INT_MAX);
}

static void begin_wait(gil__use *use)
{
    use->thread->waits_for = use;
    use->resource->waiting++;
    use->resource->wanted += use->alone;
}

static void end_wait(gil__use *use)
{
    use->thread->waits_for = NULL;
    use->resource->waiting--;
    use->resource->wanted -= use->alone;
}

/* Sleep without the GIL and without the lock until something changes; take both back. */
static void sleep_on(gil_env *env, gil__use *use)
{
    gil__resource *resource = use->resource;
    unsigned changes = atomic_load_explicit(&resource->changes, memory_order_relaxed);
    begin_wait(use);
    gil__lock_give(&resource->runtime->using);
    uint64_t token = gil__thread_release(env, resource->name, 0);
    gil__futex_wait(&resource->changes, changes, 0);
    gil__thread_reacquire(env, token);
    gil__lock_take(&resource->runtime->using);
    end_wait(use);
}

static bool refuse(gil_env *env, const gil__resource *resource, outcome why)
{
    if (why == CLOSED)
        gil_raise(env, GIL_VALUE_ERROR, "the %s is closed", resource->name);
    else
        gil_raise(env, GIL_RUNTIME_ERROR,
                  "the %s is in use by a thread that waits for what this thread uses; neither would go on",
                  resource->name);
    return false;
}

bool gil__use_begin(gil_env *env, gil__use *use, gil__resource *resource, bool alone)
{
    bool waited = false;
    *use = (gil__use){.resource = resource, .thread = gil__thread_of(env), .alone = alone};
    gil__lock_take(&resource->runtime->using);
    outcome what = try(use);
    for (; what == MUST_WAIT; what = try(use)) {
        sleep_on(env, use);
        waited = true;
    }
    if (waited && what != BEGUN)
        wake(resource); /* somebody may have waited behind this one */
    else
        gil__lock_give(&resource->runtime->using);
    return what == BEGUN || refuse(env, resource, what);
}

static void take_out(gil__use *use)
{
    gil__use **at = &use->resource->uses;
    while (*at != use)
        at = &(*at)->next;
    *at = use->next;
    use->thread->uses = use->outer;
}

void gil__use_end(gil__use *use)
{
    gil__lock_take(&use->resource->runtime->using);
    take_out(use);
    wake(use->resource);
}

void gil__uses_forget(gil__thread *thread, bool locked)
{
    if (thread->waits_for)
        end_wait(thread->waits_for);
    for (gil__use *use; (use = thread->uses);) {
        if (!locked)
            gil__lock_take(&use->resource->runtime->using);
        take_out(use);
        if (!locked)
            wake(use->resource);
    }
}
