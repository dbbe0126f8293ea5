/* SPDX-License-Identifier: MIT
 *
 * A runtime: one GIL, the threads that know it, the modules it loaded, and the host whose objects it has.
 */
#ifndef GILKIT_CORE_RUNTIME_H
#define GILKIT_CORE_RUNTIME_H

#include "core/gil.h"
#include "core/thread.h"

/* Called on the thread that it is about; `thread` is its number, `event` a gil__event. */
typedef void (*gil__watch_fn)(void *context, uint32_t thread, gil__event event, uint64_t now_ns);

struct gil_runtime {
    const gil_api *api; /* first: the host's */
    gil__gil gil;
    const gil__host *host;
    void *hosted;                    /* what the host has beside it; NULL: nothing */
    const gil__guard *guard;         /* NULL: nobody checks what modules do */
    void *faces;                     /* the guard's */
    gil__lock using;                 /* over the uses of every resource, for hosts without a GIL too; see use.h */
    struct gil_ref *refs;            /* under the GIL */
    struct gil_ref *_Atomic dropped; /* without it; pushed under gil__lists */
    atomic_uint closing;
    atomic_uint attached; /* threads between their outermost attach and the end of its detach */
    bool measure;
    bool detour;          /* taking and giving the GIL is more than that: it is measured, or a door's */
    gil__thread *threads; /* under the lock over all lists, in thread.c */
    uint32_t n_threads;
    gil__times gone; /* what threads measured that have ended */
    gil__watch_fn watch;
    void *watch_context;
    struct gil__module *modules;                 /* load/module.h; under the GIL */
    gil__lock loading;                           /* taken without the GIL by who loads a module, and then needs it */
    gil__thread *loader;                         /* who has it; under the GIL */
    void (*forked)(struct gil_runtime *runtime); /* what load/ does in the child of a fork; NULL: nothing */
    struct gil_runtime *next;                    /* of all runtimes; under gil__lists */
};

/* A runtime over a host; guard may be NULL. NULL: no memory. */
struct gil_runtime *gil__runtime_new(const gil__host *host, const gil__guard *guard, uint64_t interval_ns,
                                     bool measure);

/* What modules get: the host's table, or the guard's around it. */
static inline const gil_api *gil__runtime_table(const struct gil_runtime *runtime)
{
    return runtime->guard ? runtime->guard->api : runtime->api;
}

/* Wait, without the GIL, until no other thread is attached. The caller is, and the runtime is closing. */
void gil__runtime_wait_for_others(gil__thread *thread);

/* Wait until no thread is attached, then free it. It is closing and its modules are gone. */
void gil__runtime_free(struct gil_runtime *runtime);

#endif
