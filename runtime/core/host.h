/* SPDX-License-Identifier: MIT
 *
 * What a host fills in: its table for modules, and how it keeps its objects alive. Everything below host/
 * reaches objects through these two alone. And what stands between the two when modules are checked: a guard.
 */
#ifndef GILKIT_CORE_HOST_H
#define GILKIT_CORE_HOST_H

#include <gilkit/object.h>

struct gil_runtime;
struct gil__thread;
struct gil__resource;

typedef struct gil__host {
    const char *name;
    const gil_api *api;

    /* What a thread gets instead that takes the GIL of a runtime that is closed: it fails, and touches nothing. NULL: this
     * host closes no runtime while threads are attached. */
    const gil_api *closed;

    /* Keep an object alive; let it go. The GIL is held. */
    void (*keep)(void *object);
    void (*drop)(void *object);

    /* An exception that needs no memory, for when there is none.
     *   owner:  one count is the caller's */
    void *(*no_memory)(void);

    /* The pending RuntimeError says that a call of this thread was told to stop, because the runtime ends: make of it what
     * such a thread should get. NULL: that. The GIL is held. */
    void (*stopped)(struct gil__thread *thread);

    /* What uses of an object go by; NULL when its type is not a module's. */
    struct gil__resource *(*resource_of)(void *object);

    /* Where the lock over the objects is not the runtime's own; NULL: it is. */
    const struct gil__door *door;

    /* Several threads may have that lock at once, as on a Python without a GIL: what is "under the GIL" elsewhere is under
     * runtime->shared. */
    bool parallel;
} gil__host;

/* The lock of an interpreter that was there before the runtime. `thread->outside` is the door's own. */
typedef struct gil__door {
    /* Take it on this thread, which has given it up, or never had it (`outermost`).
     *   errors: false: no memory; only when outermost */
    bool (*take)(struct gil__thread *thread, bool outermost);

    /* Give it up: to work without it, or (`outermost`) for good. */
    void (*give)(struct gil__thread *thread, bool outermost);

    /* Let others have it, if any wait. */
    void (*yield)(struct gil__thread *thread);
} gil__door;

/* What a module's function does, seen from its boundary. `outside` is what the module sees, `inside` what the host made:
 * a guard that gives out handles of its own knows which of them may be used. All with the GIL held. */
typedef struct gil__guard {
    struct gil__lock *lock; /* over what it has for the whole process; a fork takes it before and gives it back after */
    const gil_api *api;     /* what modules get instead of the host's */

    /* A module's function begins and ends on this thread.
     *   module, function  for reports; borrowed while it runs
     *   returns the env that it gets; NULL: no memory, and MemoryError is pending */
    gil_env *(*enter)(struct gil__thread *thread, const char *module, const char *function);
    void (*leave)(struct gil__thread *thread);

    /* A handle that goes out to the module's function that runs, and one that comes back from it.
     *   errors: GIL_NULL with an exception pending */
    gil_obj (*give)(struct gil__thread *thread, gil_obj inside);
    gil_obj (*take)(struct gil__thread *thread, gil_obj outside);

    /* Say that the function that runs broke a rule; it was raised already. */
    void (*report)(struct gil__thread *thread, const char *text);

    /* The table of this thread's own env is another one from now on: the host's closed one, or its usual one again. */
    void (*closed)(struct gil__thread *thread);

    /* A runtime ends: part with what is stored in its `faces`. */
    void (*end)(struct gil_runtime *runtime);

    /* A module was unloaded, and its free function has run. */
    void (*unloaded)(struct gil_runtime *runtime, const void *owner, const char *module);
} gil__guard;

#endif
