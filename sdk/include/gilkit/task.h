/* SPDX-License-Identifier: MIT
 *
 * A kernel's own voice. A function without gil_env may take a `gil_task *task`, which its callers do not see.
 * Nothing here needs the GIL, but GIL_BEGIN_ACQUIRE takes it.
 */
#ifndef GILKIT_TASK_H
#define GILKIT_TASK_H

#include <gilkit/gil.h>

/* Make the call fail with this exception when the kernel returns; its result is dropped. The first failure of
 * a call stays, later ones are counted and added to its message. Any thread that the kernel started may fail it.
 *   gil:    any
 *   units:  the message is cut at 480 bytes
 *   errors: none; nothing is allocated */
static inline void __attribute__((format(printf, 3, 4)))
gil_fail(gil_task *task, gil_error_kind kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gil_task_fail_v(task, kind, format, arguments);
    va_end(arguments);
}

/* Should this kernel return early? Ctrl-C, cancellation and shutdown say so. One relaxed load: ask as often as
 * you like. What the kernel returns after it was told to stop is dropped, and the call fails.
 *   gil:    any */
static inline bool gil_stopped(const gil_task *task)
{
    return __atomic_load_n(&task->gil__stop, __ATOMIC_RELAXED) != 0;
}

/* Tell whoever watches how far the kernel is. total 0 means that nobody knows.
 *   gil:    any
 *   units:  the kernel's own; done counts up to total */
static inline void gil_progress(gil_task *task, uint64_t done, uint64_t total)
{
    gil_task_report(task, done, total);
}

/* The state of the module whose function this is: .state_size bytes; NULL when it declared none. The kernel shares it
 * with every other call, so it locks what it writes.
 *   gil:    any
 *   errors: none */
static inline void *gil_task_state(gil_task *task);

typedef struct gil__acquired {
    gil_task *task;
    gil_env *env;
    size_t mark;
} gil__acquired;

static inline gil__acquired gil__acquire_begin(gil_task *task)
{
    gil_env *env = gil_task_acquire(task);
    return (gil__acquired){task, env, env ? gil_scope_open(env) : 0};
}

static inline void gil__acquire_end(gil__acquired *acquired)
{
    if (!acquired->env)
        return;
    gil_scope_close(acquired->env, acquired->mark);
    gil_task_release(acquired->task, acquired->env);
}

static inline void gil__acquire_is_open(gil__acquired acquired, gil_env *env)
{
    (void)acquired;
    (void)env;
}

/* Run the statements between the two with the GIL, inside a kernel that runs without it. `env` is declared in
 * there; what it makes ends at END. An exception that is pending at END becomes the task's failure. When the
 * runtime is shutting down the block is skipped and the task has failed, so that gil_stopped says true.
 *   gil:    held between the two; however the block is left, it is released again
 *   errors: RuntimeError in the task: the runtime is shutting down; MemoryError in the task */
#define GIL_BEGIN_ACQUIRE(task_, env_) \
    { \
        GIL__ALLOW_SHADOW \
        gil__acquired gil__taken __attribute__((unused, cleanup(gil__acquire_end))) = gil__acquire_begin(task_); \
        GIL__NO_JUMP_INTO(gil__taken.task); \
        gil_env *env_ = gil__taken.env; \
        GIL__FORBID_SHADOW \
        if (env_) {

#define GIL_END_ACQUIRE(env_) \
    } \
    gil__acquire_is_open(gil__taken, env_); \
    }

/* gil_task_fail_v, gil_task_report: what gil_fail and gil_progress call.
 * gil_task_acquire, gil_task_release: what GIL_BEGIN_ACQUIRE and GIL_END_ACQUIRE call.
 *   errors: gil_task_acquire returns NULL, and the task has failed */

#endif
