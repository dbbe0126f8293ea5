/* SPDX-License-Identifier: MIT */
#include "core/ref.h"

#include "base/memory.h"
#include "core/runtime.h"

/* Into the runtime's list, and out of it. */
static void enlist(gil_ref *ref)
{
    struct gil_runtime *runtime = ref->runtime;
    gil__shared_take(runtime);
    ref->previous = NULL;
    ref->next = runtime->refs;
    if (ref->next)
        ref->next->previous = ref;
    runtime->refs = ref;
    gil__shared_give(runtime);
}

static void delist(struct gil_runtime *runtime, gil_ref *ref)
{
    gil__shared_take(runtime);
    if (ref->next)
        ref->next->previous = ref->previous;
    if (ref->previous)
        ref->previous->next = ref->next;
    else
        runtime->refs = ref->next;
    gil__shared_give(runtime);
}

gil_ref *gil__ref_make(gil_env *env, gil_obj object, const char *file, int line)
{
    gil__thread *thread = gil__thread_of(env);
    struct gil_runtime *runtime = thread->runtime;
    const gil__frame *frame = gil__thread_frame(thread);
    if (gil_is_null(object)) {
        if (!thread->error)
            gil_raise(env, GIL_TYPE_ERROR, "GIL_NULL cannot be kept");
        return NULL;
    }
    gil_ref *ref = gil__alloc(1, sizeof *ref);
    if (!ref) {
        gil__no_memory(env);
        return NULL;
    }
    runtime->host->keep(object.gil__handle);
    *ref = (gil_ref){.api = runtime->api,
                     .runtime = runtime,
                     .object = object.gil__handle,
                     .file = file,
                     .line = line,
                     .owner = frame ? frame->owner : NULL};
    enlist(ref);
    return ref;
}

gil_obj gil__ref_get(gil_env *env, gil_ref *ref)
{
    gil__thread *thread = gil__thread_of(env);
    if (!ref)
        return thread->error ? GIL_NULL : gil_raise(env, GIL_TYPE_ERROR, "the reference is NULL");
    if (__atomic_load_n(&ref->runtime, __ATOMIC_RELAXED) != thread->runtime)
        return gil_raise(env, GIL_RUNTIME_ERROR, "the reference is of another runtime");
    thread->runtime->host->keep(ref->object);
    return gil__thread_handle(thread, ref->object);
}

/* This thread holds the GIL. */
static void end(struct gil_runtime *runtime, gil_ref *ref)
{
    void *object = ref->object;
    delist(runtime, ref);
    gil__free(ref);
    runtime->host->drop(object);
}

void gil__ref_drop(gil_ref *ref)
{
    if (!ref)
        return;
    struct gil_runtime *runtime = __atomic_load_n(&ref->runtime, __ATOMIC_RELAXED);
    if (runtime && gil__thread_holds(runtime)) {
        end(runtime, ref);
        return;
    }
    gil__lock_take(&gil__lists);
    runtime = ref->runtime;
    if (runtime) {
        ref->next_dropped = atomic_load_explicit(&runtime->dropped, memory_order_relaxed);
        atomic_store_explicit(&runtime->dropped, ref, memory_order_release);
        atomic_fetch_or_explicit(&runtime->errands, GIL__DROPPED, memory_order_release);
    }
    gil__lock_give(&gil__lists);
    if (!runtime)
        gil__free(ref);
}

void gil__refs_settle(struct gil_runtime *runtime)
{
    gil__lock_take(&gil__lists);
    gil_ref *dropped = atomic_exchange(&runtime->dropped, NULL);
    atomic_fetch_and_explicit(&runtime->errands, ~(unsigned)GIL__DROPPED, memory_order_relaxed);
    gil__lock_give(&gil__lists);
    while (dropped) {
        gil_ref *next = dropped->next_dropped;
        end(runtime, dropped);
        dropped = next;
    }
}

/* One at a time: another thread may free a reference as soon as its runtime is gone, and what ends may drop more. */
void gil__refs_part(struct gil_runtime *runtime)
{
    for (gil_ref *ref;;) {
        gil__refs_settle(runtime);
        if (!(ref = runtime->refs))
            return;
        void *object = ref->object;
        delist(runtime, ref);
        gil__lock_take(&gil__lists);
        bool dropped_meanwhile = atomic_load_explicit(&runtime->dropped, memory_order_relaxed) != NULL;
        if (!dropped_meanwhile)
            __atomic_store_n(&ref->runtime, NULL, __ATOMIC_RELAXED);
        gil__lock_give(&gil__lists);
        if (dropped_meanwhile) { /* perhaps this one: put it back and settle */
            enlist(ref);
            continue;
        }
        runtime->host->drop(object);
    }
}
