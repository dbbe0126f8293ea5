/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdbool.h>

#include "base/futex.h"
#include "core/claim.h"
#include "core/living.h"
#include "core/runtime.h"

/* Under gil__lists. */
static struct gil_runtime *runtimes;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool works;

/* The guard's own lock, once; NULL: nobody is checked. */
static gil__lock *guard_lock(void)
{
    const struct gil_runtime *r = runtimes;
    while (r && !r->guard)
        r = r->next;
    return r ? r->guard->lock : NULL;
}

/* Lock order: gil__lists, then the guard's, then each runtime's own, `shared` last, then gil__claims. Nobody takes them the
 * other way round. */
static void prepare(void)
{
    gil__lock_take(&gil__lists);
    if (guard_lock())
        gil__lock_take(guard_lock());
    for (struct gil_runtime *r = runtimes; r; r = r->next) {
        gil__lock_take(&r->using);
        gil__lock_take(&r->gil.lock);
        gil__shared_take(r);
    }
    gil__lock_take(&gil__claims);
}

static void give_back(void)
{
    gil__lock_give(&gil__claims);
    for (struct gil_runtime *r = runtimes; r; r = r->next) {
        gil__shared_give(r);
        gil__lock_give(&r->gil.lock);
        gil__lock_give(&r->using);
    }
    gil__lock_give(&gil__lists);
}

static void in_parent(void)
{
    if (guard_lock())
        gil__lock_give(guard_lock());
    give_back();
}

/* The guard's lock first: the states of threads that are gone are freed, and the guard forgets them. */
static void in_child(void)
{
    gil__scheduled = NULL;
    gil__claims_forked();
    if (guard_lock())
        gil__lock_give(guard_lock());
    for (struct gil_runtime *r = runtimes; r; r = r->next) {
        gil__threads_forked(r);
        if (r->forked)
            r->forked(r);
    }
    give_back();
}

static void register_handlers(void)
{
    works = pthread_atfork(prepare, in_parent, in_child) == 0;
}

bool gil__living_add(struct gil_runtime *runtime)
{
    pthread_once(&once, register_handlers);
    if (!works)
        return false;
    gil__lock_take(&gil__lists);
    runtime->next = runtimes;
    runtimes = runtime;
    gil__lock_give(&gil__lists);
    return true;
}

void gil__living_remove(struct gil_runtime *runtime)
{
    gil__lock_take(&gil__lists);
    struct gil_runtime **at = &runtimes;
    while (*at != runtime)
        at = &(*at)->next;
    *at = runtime->next;
    gil__lock_give(&gil__lists);
}

bool gil__living_enter(struct gil_runtime *runtime)
{
    gil__lock_take(&gil__lists);
    const struct gil_runtime *living = runtimes;
    while (living && living != runtime)
        living = living->next;
    bool may = living && atomic_load(&runtime->state) == GIL__RUNNING;
    if (may)
        atomic_fetch_add(&runtime->attached, 1);
    gil__lock_give(&gil__lists);
    return may;
}
