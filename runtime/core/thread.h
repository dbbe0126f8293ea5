/* SPDX-License-Identifier: MIT
 *
 * Thread states: what a runtime knows of one operating-system thread, and so what a gil_env is.
 *
 * `depth` says how often the thread is attached; it holds the GIL exactly when depth > 0. A released section
 * puts depth aside and sets it to 0, so that attaching inside one takes the GIL and detaching gives it back.
 */
#ifndef GILKIT_CORE_THREAD_H
#define GILKIT_CORE_THREAD_H

#include "base/futex.h"
#include "core/frame.h"
#include "core/handle.h"
#include "core/hold.h"
#include "core/task.h"
#include "core/times.h"

struct gil_runtime;

typedef struct gil__thread {
    gil_env env; /* first: what modules see */
    struct gil_runtime *runtime;
    uint32_t depth;
    uint32_t sections; /* open released sections around the innermost attach */
    uint32_t number;   /* counts a runtime's threads from 0 */
    gil__handles handles;
    size_t floor;       /* handles below it belong to whoever released the GIL, and outlive a detach */
    void *error;        /* the pending exception, owned */
    gil__frame *frames; /* the innermost last */
    uint32_t n_frames, frame_room;
    gil__task *task;                            /* the innermost running one */
    gil__task *_Atomic first_task;              /* all it ever had, by depth; see gil__task.inner */
    struct gil__use *uses;                      /* the innermost first; see use.h */
    struct gil__use *spare_uses;                /* that ended, for the next ones */
    struct gil__use *waits_for;                 /* what it sleeps for because another thread uses it */
    void *guard;                                /* what the runtime's guard knows of it; see host.h */
    void (*forget)(struct gil__thread *thread); /* frees that, also when the runtime is gone; set with it */
    const char *release_file;
    int release_line;
    void *outside; /* what the host's door knows of it; see host.h */
    uint32_t outside_how;
    uint32_t visits; /* calls of the host's interpreter that run; see gil__thread_step_in */
    bool counted;    /* in the runtime's `attached` */
    bool closed;     /* its runtime is: env has a table that refuses */
    uint32_t looks;  /* calls that run measured */
    gil__pace pace;
    gil__times times;
    struct gil__thread *next;    /* of the runtime; under the lock over all lists, as is `runtime` */
    struct gil__thread *sibling; /* of this OS thread, for another runtime */
} gil__thread;

static inline gil__thread *gil__thread_of(gil_env *env)
{
    return (gil__thread *)env;
}

/* This OS thread's states, one for each runtime it met; the one looked for last stands first. */
extern _Thread_local gil__thread *gil__states __attribute__((tls_model("initial-exec")));

/* May this OS thread hold the GIL of some runtime, as far as the runtimes know? */
static inline bool gil__thread_may_hold(void)
{
    const gil__thread *thread = gil__states;
    while (__builtin_expect(thread && thread->depth == 0, 0))
        thread = thread->sibling;
    return thread != NULL;
}

/* Over every runtime's list of threads, every thread's `runtime`, and the list of runtimes: a thread may end while a
 * runtime is freed. Never held while waiting for the GIL. */
extern gil__lock gil__lists;

/* Attach this OS thread to a runtime, taking the GIL. Attaching again is cheap and counted.
 *   closing  set when it failed because the runtime is shutting down or gone, also while it waited; may be NULL
 *   returns NULL: that, or no memory */
gil__thread *gil__thread_attach(struct gil_runtime *runtime, bool *closing);

/* The same for a thread that has the lock of the host's door already, because the interpreter called. Not counted in
 * `attached`: the interpreter waits for its threads by itself.
 *   returns NULL: no memory */
gil__thread *gil__thread_step_in(struct gil_runtime *runtime);
void gil__thread_step_out(gil__thread *thread);

/* The two halves of the outermost attach: count this thread as attached, and take the GIL.
 *   begin: NULL: as above
 *   end:   false: refused, or too late; the count was given back */
gil__thread *gil__thread_attach_begin(struct gil_runtime *runtime, bool *closing);
bool gil__thread_attach_end(gil__thread *thread, bool refusable, uint64_t until_ns);

/* This OS thread's state of a runtime, made if need be; NULL: no memory. */
gil__thread *gil__thread_of_runtime(struct gil_runtime *runtime);

/* No longer counted as attached, nor does it hold the GIL. The runtime may be gone on return, and this state with it. */
void gil__thread_leave_runtime(gil__thread *thread);

/* Undo one attach. The outermost one ends every handle and gives the GIL up; the state is kept for the next. */
void gil__thread_detach(gil__thread *thread);

/* This OS thread's state of a runtime; NULL: it never attached. */
gil__thread *gil__thread_find(struct gil_runtime *runtime);

/* The same if it holds the runtime's GIL; NULL otherwise. */
gil__thread *gil__thread_holds(struct gil_runtime *runtime);

/* Give the GIL up and take it back; see gilkit/gil.h for env_release, env_reacquire and env_yield. */
uint64_t gil__thread_release(gil_env *env, const char *file, int line);
void gil__thread_reacquire(gil_env *env, uint64_t token);
void gil__thread_yield(gil_env *env);

/* The handle that owns this object from now on; GIL_NULL with MemoryError pending when there is no memory. A
 * NULL object gives GIL_NULL. */
gil_obj gil__thread_handle(gil__thread *thread, void *object);

/* End every handle of a scope but this one, which lives on. */
gil_obj gil__thread_escape(gil__thread *thread, size_t scope, gil_obj object);

/* Contracts in gilkit/gil.h. */
size_t gil__thread_scope_open(gil_env *env);
void gil__thread_scope_close(gil_env *env, size_t scope);
gil_obj gil__thread_escape_one(gil_env *env, gil_obj object);

/* Make an exception pending; the thread owns it from now on. What was pending is dropped. */
void gil__thread_set_error(gil__thread *thread, void *exception);

/* Raise MemoryError without needing memory. Returns GIL_NULL. */
gil_obj gil__no_memory(gil_env *env);

/* The innermost frame; NULL: none. */
static inline const gil__frame *gil__thread_frame(const gil__thread *thread)
{
    return thread->n_frames ? &thread->frames[thread->n_frames - 1] : NULL;
}

/* What this thread measured, up to now: the time since it took the GIL too. By the thread itself. */
gil__times gil__thread_times(gil__thread *thread);

/* Add up what a runtime's threads measured, those that are gone too. */
gil__times gil__threads_times(struct gil_runtime *runtime);

/* In the child of a fork, under gil__lists: this thread is the only one, and holds the GIL if it did. */
void gil__threads_forked(struct gil_runtime *runtime);

/* The runtime goes: free this thread's state and part the other threads from theirs, which they free when they
 * end. None of them is attached. */
void gil__threads_part(struct gil_runtime *runtime);

#endif
