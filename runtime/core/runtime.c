/* SPDX-License-Identifier: MIT */
#include "core/runtime.h"

#include "base/memory.h"
#include "core/living.h"

struct gil_runtime *gil__runtime_new(const gil__host *host, const gil__guard *guard, uint64_t interval_ns, bool measure)
{
    struct gil_runtime *runtime = gil__alloc(1, sizeof *runtime);
    if (!runtime)
        return NULL;
    gil__gil_init(&runtime->gil, interval_ns);
    runtime->host = host;
    runtime->api = host->api;
    runtime->guard = guard;
    runtime->measure = measure;
    runtime->detour = measure || host->door;
    runtime->gil.wanted = host->door != NULL; /* checkpoints ask the door, always */
    if (gil__living_add(runtime))
        return runtime;
    gil__free(runtime);
    return NULL;
}

void gil__runtime_wait_for_others(gil__thread *thread)
{
    struct gil_runtime *runtime = thread->runtime;
    uint64_t token = gil__thread_release(&thread->env, __FILE__, __LINE__);
    for (unsigned attached; (attached = atomic_load(&runtime->attached)) > 1;)
        gil__futex_wait(&runtime->attached, attached, 0);
    gil__thread_reacquire(&thread->env, token);
}

void gil__runtime_free(struct gil_runtime *runtime)
{
    for (unsigned attached; (attached = atomic_load(&runtime->attached)) > 0;)
        gil__futex_wait(&runtime->attached, attached, 0);
    gil__living_remove(runtime);
    gil__threads_part(runtime);
    if (runtime->guard)
        runtime->guard->end(runtime);
    gil__free(runtime);
}
