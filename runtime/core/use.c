/* SPDX-License-Identifier: MIT */
#include "core/use.h"

#include "base/memory.h"
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

/* Nobody is passed by: a newcomer waits behind who waits, but for a thread that uses the resource already. Readers that
 * stand behind readers go together with them. */
static bool may_begin(const gil__use *use)
{
    if (obstacle(use))
        return false;
    if (gil__use_is_mine(use->thread, use->resource))
        return true;
    for (const gil__use *ahead = use->resource->first_waiting; ahead && ahead != use; ahead = ahead->next)
        if (use->alone || ahead->alone)
            return false;
    return true;
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

static void begin_wait(gil__use *use)
{
    gil__resource *resource = use->resource;
    use->thread->waits_for = use;
    use->waits = true;
    use->next = NULL;
    if (resource->last_waiting)
        resource->last_waiting->next = use;
    else
        resource->first_waiting = use;
    resource->last_waiting = use;
}

static void end_wait(gil__use *use)
{
    gil__resource *resource = use->resource;
    gil__use *before = NULL;
    for (gil__use *at = resource->first_waiting; at != use; at = at->next)
        before = at;
    if (before)
        before->next = use->next;
    else
        resource->first_waiting = use->next;
    if (resource->last_waiting == use)
        resource->last_waiting = before;
    use->thread->waits_for = NULL;
    use->waits = false;
}

/* Begin, or say what to wait for. */
static outcome try(gil__use *use)
{
    gil__resource *resource = use->resource;
    if (resource->closed)
        return CLOSED;
    if (!may_begin(use)) {
        if (!leads_back(use->thread, resource, LONGEST_CHAIN))
            return MUST_WAIT;
        if (obstacle(use))
            return ENDLESS;
        /* Only its place in the order stands in its way, and who is before it would wait for it: it goes first. */
    }
    if (use->waits)
        end_wait(use);
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
    bool anybody = resource->first_waiting != NULL;
    atomic_fetch_add_explicit(changes, 1, memory_order_relaxed);
    gil__lock_give(using);
    if (anybody)
        gil__futex_wake(changes, INT_MAX);
}

/* Sleep without the GIL and without the lock until something changes; take both back. */
static void sleep_on(gil_env *env, gil__use *use)
{
    gil__resource *resource = use->resource;
    unsigned changes = atomic_load_explicit(&resource->changes, memory_order_relaxed);
    if (!use->waits)
        begin_wait(use);
    gil__lock_give(&resource->runtime->using);
    uint64_t token = gil__thread_release(env, resource->name, 0);
    gil__futex_wait(&resource->changes, changes, 0);
    gil__thread_reacquire(env, token);
    gil__lock_take(&resource->runtime->using);
}

static void refuse(gil_env *env, const gil__resource *resource, outcome why)
{
    if (why == CLOSED)
        gil_raise(env, GIL_VALUE_ERROR, "the %s is closed", resource->name);
    else
        gil_raise(env, GIL_RUNTIME_ERROR,
                  "the %s is in use by a thread that waits for what this thread uses; neither would go on",
                  resource->name);
}

/* One that this thread used before, or a new one. */
static gil__use *new_use(gil__thread *thread)
{
    gil__use *use = thread->spare_uses;
    if (use)
        thread->spare_uses = use->outer;
    else
        use = gil__alloc(1, sizeof *use);
    if (!use)
        gil__no_memory(&thread->env);
    return use;
}

static void keep_spare(gil__thread *thread, gil__use *use)
{
    use->outer = thread->spare_uses;
    thread->spare_uses = use;
}

gil__use *gil__use_begin(gil_env *env, gil__resource *resource, bool alone)
{
    bool waited = false;
    gil__thread *thread = gil__thread_of(env);
    gil__use *use = new_use(thread);
    if (!use)
        return NULL;
    *use = (gil__use){.resource = resource, .thread = thread, .alone = alone};
    gil__lock_take(&resource->runtime->using);
    outcome what = try(use);
    for (; what == MUST_WAIT; what = try(use)) {
        sleep_on(env, use);
        waited = true;
    }
    if (use->waits)
        end_wait(use);
    if (waited)
        wake(resource); /* somebody may have waited behind this one */
    else
        gil__lock_give(&resource->runtime->using);
    if (what == BEGUN)
        return use;
    keep_spare(thread, use);
    refuse(env, resource, what);
    return NULL;
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
    gil__resource *resource = use->resource;
    gil__lock_take(&resource->runtime->using);
    take_out(use);
    wake(resource);
    keep_spare(use->thread, use);
}

/* What waits behind a use that is gone may try, also if the use was only waited for. In the child of a fork nobody waits. */
static void part_with(gil__use *use, bool locked)
{
    gil__resource *resource = use->resource;
    keep_spare(use->thread, use);
    if (locked)
        return;
    wake(resource);
    gil__lock_take(&resource->runtime->using);
}

void gil__uses_forget(gil__thread *thread, bool locked)
{
    gil__lock *using = &thread->runtime->using;
    gil__use *use = thread->waits_for;
    if (!locked)
        gil__lock_take(using);
    if (use) {
        end_wait(use);
        part_with(use, locked);
    }
    while ((use = thread->uses)) {
        take_out(use);
        part_with(use, locked);
    }
    if (!locked)
        gil__lock_give(using);
}

void gil__uses_free(gil__thread *thread)
{
    for (gil__use *use; (use = thread->spare_uses);) {
        thread->spare_uses = use->outer;
        gil__free(use);
    }
}
