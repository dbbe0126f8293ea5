/* SPDX-License-Identifier: MIT
 *
 * A runtime: one GIL, the threads that know it, the modules it loaded, and the host whose objects it has.
 */
#ifndef GILKIT_CORE_RUNTIME_H
#define GILKIT_CORE_RUNTIME_H

#include "base/text.h"
#include "core/gil.h"
#include "core/thread.h"

/* Called on the thread that it is about; `thread` is its number, `event` a gil__event. */
typedef void (*gil__watch_fn)(void *context, uint32_t thread, gil__event event, uint64_t now_ns);

typedef enum gil__state { GIL__RUNNING, GIL__CLOSING, GIL__CLOSED } gil__state;

/* What a thread that takes the GIL has to do: end what was dropped without it; refuse its modules everything. */
enum { GIL__DROPPED = 1, GIL__CLOSE = 2 };

/* In `attached`, from when a runtime is closed although others are: whoever takes the count from 1 to 0 frees it. In the
 * count itself, so that a thread that left before, and has not come to run since, does not take itself for that one. */
#define GIL__LEFT_ALONE 0x80000000u

struct gil_runtime {
    const gil_api *api; /* first: the host's */
    atomic_uint errands;
    gil__gil gil;
    const gil__host *host;
    void *hosted;                    /* what the host has beside it; NULL: nothing */
    const gil__guard *guard;         /* NULL: nobody checks what modules do */
    void *faces;                     /* the guard's */
    gil__lock using;                 /* over the uses of every resource, for hosts without a GIL too; see use.h */
    bool parallel;                   /* the host's: the GIL excludes nobody, `shared` does */
    gil__lock shared;                /* for a few instructions, in which nothing else is taken and no object ends */
    struct gil_ref *refs;            /* under the GIL, or `shared`; so are the modules, and who runs in them */
    struct gil_ref *_Atomic dropped; /* without it; pushed under gil__lists */
    atomic_uint state;               /* a gil__state */
    atomic_uint attached;            /* between their outermost attach and the end of its detach; GIL__LEFT_ALONE */
    bool exact;                      /* all times are measured */
    gil__thread *threads;            /* under the lock over all lists, in thread.c */
    uint32_t n_threads;
    gil__times gone;           /* what threads measured that have ended */
    atomic_uint watch_changes; /* odd while the next two change: nobody takes one of each; under gil__lists */
    gil__watch_fn _Atomic watch;
    void *_Atomic watch_context;
    uint64_t bound_ms;                           /* how long a shutdown waits */
    const gil__thread *closer;                   /* who shuts it down, once it does not run any more */
    struct gil__module *modules;                 /* load/module.h; under the GIL */
    gil__lock loading;                           /* taken without the GIL by who loads a module, and then needs it */
    gil__thread *loader;                         /* who has it; under the GIL */
    void (*forked)(struct gil_runtime *runtime); /* what load/ does in the child of a fork; NULL: nothing */
    void (*finish)(struct gil_runtime *runtime); /* what the host does when the last thread leaves a closed one */
    struct gil_runtime *next;                    /* of all runtimes; under gil__lists */
};

/* A runtime over a host; guard may be NULL. NULL: no memory. */
struct gil_runtime *gil__runtime_new(const gil__host *host, const gil__guard *guard, uint64_t interval_ns, bool exact);

/* Around what the GIL is over elsewhere; free where it is. */
static inline void gil__shared_take(struct gil_runtime *runtime)
{
    if (__builtin_expect(runtime->parallel, 0))
        gil__lock_take(&runtime->shared);
}

static inline void gil__shared_give(struct gil_runtime *runtime)
{
    if (__builtin_expect(runtime->parallel, 0))
        gil__lock_give(&runtime->shared);
}

/* What modules get: the host's table, or the guard's around it. */
static inline const gil_api *gil__runtime_table(const struct gil_runtime *runtime)
{
    return runtime->guard ? runtime->guard->api : runtime->api;
}

/* From running to closing: no thread attaches any more, nor waits to, and kernels are told to stop. The caller is counted
 * as attached.
 *   returns false: it was closing */
bool gil__runtime_begin_close(gil__thread *thread);

/* Wait, without the GIL, until no thread but this one is counted as attached. The runtime is closing.
 *   returns false: some still are at until_ns */
bool gil__runtime_wait_for_others(struct gil_runtime *runtime, uint64_t until_ns);

/* From closing to closed although other threads are attached: what they take the GIL for from now on is refused, and the
 * last of them calls `finish`.
 *   thread  began to close it, and does not hold the GIL; it is no longer counted afterwards
 *   text    gets who they are and, if the GIL is free, what they do */
void gil__runtime_abandon(gil__thread *thread, gil__text *text);

/* In `finish`: this thread is counted again, to take down what is left. NULL: no memory, and nothing can be. */
gil__thread *gil__runtime_return(struct gil_runtime *runtime);

/* Free it. It is closing or closed, no thread is attached and its modules are gone. Its memory is used again for another
 * one, but not soon: who attaches to it too late is told so. */
void gil__runtime_free(struct gil_runtime *runtime);

#endif
