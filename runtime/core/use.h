/* SPDX-License-Identifier: MIT
 *
 * Uses: which calls work on a resource now. Those that only read it run side by side, one that changes it runs alone;
 * the others wait without the GIL. A kernel that runs without the GIL may so rely on its struct, and nobody closes it
 * meanwhile.
 */
#ifndef GILKIT_CORE_USE_H
#define GILKIT_CORE_USE_H

#include "base/futex.h"
#include "core/thread.h"

/* What every host's object of a resource type begins with, as core sees it. */
typedef struct gil__resource {
    const void *type; /* for identity; a gil__resource_type of load/module.h */
    const char *name; /* of the type */
    void *memory;     /* the struct */
    struct gil_runtime *runtime;
    struct gil__use *uses;                         /* this and what follows: under runtime->using */
    struct gil__use *first_waiting, *last_waiting; /* in the order in which they came; newcomers wait behind them */
    atomic_uint changes;                           /* counts ends of uses; what waiting threads sleep on */
    uint32_t pins;
    bool closed;
} gil__resource;

/* One use, or one that is waited for. Not on the stack of the call: a thread that ends in the middle of one runs other
 * code over what its stack was, before anybody takes the use out. */
typedef struct gil__use {
    gil__resource *resource;
    gil__thread *thread;
    bool alone;
    struct gil__use *next;  /* of the resource */
    struct gil__use *outer; /* of the thread */
    bool waits;             /* it is among those that wait; `next` is then the one behind it */
} gil__use;

/* Begin a use, waiting for as long as it must.
 *   gil:    held; released while it waits
 *   owner:  the thread; undo with gil__use_end on it
 *   errors: NULL: ValueError: closed; RuntimeError: waiting would never end; MemoryError; nothing was begun */
gil__use *gil__use_begin(gil_env *env, gil__resource *resource, bool alone);

/* End the use of this thread that was begun last. */
void gil__use_end(gil__use *use);

/* Does this thread use it? */
bool gil__use_is_mine(const gil__thread *thread, const gil__resource *resource);

/* A thread is gone: end all its uses, and what it waits for.
 *   locked  the caller has runtime->using, as in the child of a fork */
void gil__uses_forget(gil__thread *thread, bool locked);

/* Free what a thread keeps for its next uses. It has none. */
void gil__uses_free(gil__thread *thread);

#endif
