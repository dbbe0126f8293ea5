/* SPDX-License-Identifier: MIT
 *
 * What stands behind a gil_task: who may stop it, how it failed, how far it is. A thread owns one for each
 * level of calls inside calls; it is used again and again, so that whoever stops a runtime always finds
 * living memory.
 */
#ifndef GILKIT_CORE_TASK_H
#define GILKIT_CORE_TASK_H

#include <gilkit/task.h>
#include <stdatomic.h>

struct gil_runtime;
struct gil__frame;
struct gil__thread;

typedef enum gil__stop { GIL__STOP_NONE, GIL__STOP_INTERRUPT, GIL__STOP_SHUTDOWN } gil__stop;

typedef struct gil__task {
    gil_task voice; /* first: what the kernel sees */
    struct gil_runtime *runtime;
    struct gil__task *outer;         /* the task of the call around this one */
    struct gil__task *_Atomic inner; /* the one for a call inside; made once, never changed */
    void *owner;                     /* whose function it is, and the names of both; see gil__frame */
    void *state;                     /* of the module */
    const char *module, *function;
    atomic_uint failed;     /* 0 no, 1 the message is being written, from 2 on it stands */
    atomic_uint suppressed; /* failures after the first */
    gil_error_kind kind;
    char message[480];
    atomic_ullong done;
    atomic_ullong total;
} gil__task;

/* Make a task ready for the call that this frame is of. */
void gil__task_begin(gil__task *task, struct gil_runtime *runtime, const struct gil__frame *frame);

/* Raise what became of the task in env, if it failed or was stopped.
 *   name   the function's, for messages
 *   returns false when an exception was raised */
bool gil__task_finish(gil__task *task, gil_env *env, const char *name);

/* What the table offers modules; see gilkit/task.h. */
void gil__task_fail_v(gil_task *task, gil_error_kind kind, const char *format, va_list arguments);
void gil__task_report(gil_task *task, uint64_t done, uint64_t total);
void *gil__task_state(gil_task *task);
gil_env *gil__task_acquire(gil_task *task);
void gil__task_release(gil_task *task, gil_env *env);

/* A task for the call that this frame is of; NULL when there is no memory. Ended in reverse order. */
gil__task *gil__thread_task_begin(struct gil__thread *thread, const struct gil__frame *frame);
void gil__thread_task_end(struct gil__thread *thread);

/* Tell every kernel of the runtime that runs now to stop. From any thread, with or without the GIL. */
void gil__threads_stop(struct gil_runtime *runtime, gil__stop reason);

/* Add up how far the running kernels are. */
void gil__threads_progress(struct gil_runtime *runtime, uint64_t *done, uint64_t *total);

#endif
