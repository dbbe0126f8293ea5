/* SPDX-License-Identifier: MIT */
#include "core/runtime.h"

#include <stdlib.h>

#include "base/memory.h"
#include "core/living.h"
#include "core/task.h"

/* Runtimes that ended, the oldest first; under gil__lists. They are the C library's memory, not gilkit's: what waits here
 * is no leak. */
enum { MOST_ENDED = 64 };
static struct gil_runtime *first_ended, *last_ended;
static unsigned n_ended;

static struct gil_runtime *take_ended(void)
{
    gil__lock_take(&gil__lists);
    struct gil_runtime *runtime = n_ended > MOST_ENDED ? first_ended : NULL;
    if (runtime) {
        first_ended = runtime->next;
        n_ended--;
    }
    gil__lock_give(&gil__lists);
    return runtime;
}

static void keep_ended(struct gil_runtime *runtime)
{
    gil__lock_take(&gil__lists);
    runtime->next = NULL;
    if (n_ended++)
        last_ended->next = runtime;
    else
        first_ended = runtime;
    last_ended = runtime;
    gil__lock_give(&gil__lists);
}

struct gil_runtime *gil__runtime_new(const gil__host *host, const gil__guard *guard, uint64_t interval_ns, bool exact)
{
    /* An allocation like any other, that tests let fail. */
    void *may = gil__alloc(1, 1);
    struct gil_runtime *runtime = may ? take_ended() : NULL;
    if (may && !runtime)
        runtime = calloc(1, sizeof *runtime);
    gil__free(may);
    if (!runtime)
        return NULL;
    *runtime = (struct gil_runtime){
        .api = host->api, .host = host, .guard = guard, .exact = exact, .parallel = host->parallel};
    gil__gil_init(&runtime->gil, interval_ns);
    if (gil__living_add(runtime))
        return runtime;
    keep_ended(runtime);
    return NULL;
}

bool gil__runtime_begin_close(gil__thread *thread)
{
    struct gil_runtime *runtime = thread->runtime;
    gil__lock_take(&gil__lists);
    unsigned running = GIL__RUNNING;
    bool mine = atomic_compare_exchange_strong(&runtime->state, &running, GIL__CLOSING);
    if (mine)
        __atomic_store_n(&runtime->closer, thread, __ATOMIC_RELAXED);
    gil__lock_give(&gil__lists);
    if (!mine)
        return false;
    gil__threads_stop(runtime, GIL__STOP_SHUTDOWN);
    gil__gil_refuse(&runtime->gil);
    return true;
}

bool gil__runtime_wait_for_others(struct gil_runtime *runtime, uint64_t until_ns)
{
    for (unsigned attached; (attached = atomic_load(&runtime->attached)) > 1;) {
        uint64_t now = until_ns == UINT64_MAX ? 0 : gil__now_ns();
        if (now >= until_ns)
            return false;
        gil__futex_wait(&runtime->attached, attached, until_ns == UINT64_MAX ? 0 : until_ns - now);
    }
    return true;
}

/* Under gil__lists: who is attached beside this one. What they do changes only under the GIL. */
static void describe_others(const gil__thread *mine, bool holds, gil__text *text)
{
    const char *between = "";
    for (const gil__thread *thread = mine->runtime->threads; thread; thread = thread->next) {
        if (thread == mine || !(holds ? thread->depth > 0 || thread->sections > 0 : true))
            continue;
        const gil__frame *frame = holds ? gil__thread_frame(thread) : NULL;
        gil__text_add(text, "%sthread %u", between, thread->number);
        if (frame && frame->function)
            gil__text_add(text, " in %s() of %s", frame->function, frame->module ? frame->module : "?");
        if (holds && thread->release_file && thread->release_line)
            gil__text_add(text, ", which released the GIL at %s:%d", thread->release_file, thread->release_line);
        between = "; ";
    }
}

void gil__runtime_abandon(gil__thread *thread, gil__text *text)
{
    struct gil_runtime *runtime = thread->runtime;
    bool holds = gil__gil_acquire_until(&runtime->gil, false, 1) == GIL__TAKEN;
    if (!holds)
        gil__text_add(text, "one holds the GIL all the time; the threads are ");
    gil__lock_take(&gil__lists);
    describe_others(thread, holds, text);
    gil__lock_give(&gil__lists);
    atomic_fetch_or(&runtime->errands, GIL__CLOSE);
    atomic_store(&runtime->state, GIL__CLOSED);
    atomic_fetch_or(&runtime->attached, GIL__LEFT_ALONE);
    if (holds)
        gil__gil_release(&runtime->gil);
    gil__thread_leave_runtime(thread);
}

gil__thread *gil__runtime_return(struct gil_runtime *runtime)
{
    atomic_store(&runtime->attached, 1);
    atomic_store(&runtime->state, GIL__CLOSING); /* this thread does not do it twice */
    gil__thread *thread = gil__thread_of_runtime(runtime);
    if (!thread)
        return NULL;
    __atomic_store_n(&runtime->closer, thread, __ATOMIC_RELAXED);
    thread->counted = true;
    thread->closed = true; /* not again */
    thread->env.api = runtime->api;
    if (thread->guard)
        runtime->guard->closed(thread);
    return thread;
}

void gil__runtime_free(struct gil_runtime *runtime)
{
    gil__living_remove(runtime);
    gil__threads_part(runtime);
    if (runtime->guard)
        runtime->guard->end(runtime);
    keep_ended(runtime);
}
