/* SPDX-License-Identifier: MIT
 *
 * Frames: which function of which module runs on a thread. And the module's boundary, where a guard may stand.
 */
#ifndef GILKIT_CORE_FRAME_H
#define GILKIT_CORE_FRAME_H

#include <gilkit/object.h>

struct gil__thread;

/* A module's function that runs. Frames are kept apart from the C stack, so that a thread that is cancelled in the
 * middle of one can still be cleaned up. */
typedef struct gil__frame {
    void *owner;        /* whose function it is: a gil__owner of call/function.h */
    void *state;        /* the module's */
    const char *module; /* names, for reports */
    const char *function;
    void (*left)(void *owner); /* called when the frame ends; NULL: nothing to do */
} gil__frame;

/* A module's function begins, and ends. There is always room for one more frame after a push, so that a finaliser has
 * one when there is no memory. push: false: no memory. */
bool gil__thread_frame_push(struct gil__thread *thread, gil__frame frame);
void gil__thread_frame_pop(struct gil__thread *thread);

/* The same, with what the runtime's guard does at a module's boundary.
 *   returns the env that the module's code gets; NULL: no memory, and MemoryError is pending */
gil_env *gil__thread_enter(struct gil__thread *thread, gil__frame frame);
void gil__thread_leave(struct gil__thread *thread);

/* A handle as the module's code that runs sees it, and back; GIL_NULL stays what it is.
 *   errors: take: GIL_NULL with an exception pending: it may not be used any more */
gil_obj gil__thread_give(struct gil__thread *thread, gil_obj inside);
gil_obj gil__thread_take(struct gil__thread *thread, gil_obj outside);

#endif
