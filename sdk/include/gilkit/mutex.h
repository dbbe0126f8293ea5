/* SPDX-License-Identifier: MIT
 *
 * Locks of a module's own that get on with the GIL. A thread that holds the GIL and waits for an ordinary lock keeps out
 * the one that has the lock and wants the GIL: neither goes on. These release the GIL before they block, so there is no
 * order to keep between the two.
 */
#ifndef GILKIT_MUTEX_H
#define GILKIT_MUTEX_H

#include <gilkit/gil.h>
#include <gilkit/task.h>

/* A mutex: what kernels and functions with a gil_env write by turns. GIL_MUTEX_INIT or zeroed memory makes one that is
 * free; nothing ends it. In the child of a fork it is as it was: what the thread that forked had, it has; what another one
 * had cannot be locked until it is set to GIL_MUTEX_INIT, by who has put right what the mutex is for. */
struct gil_mutex {
    uint64_t gil__word;
    uint64_t gil__reserved;
};

/* As static gil_mutex cache_lock = GIL_MUTEX_INIT; */
#define GIL_MUTEX_INIT \
    { \
        0, 0 \
    }

/* Lock a mutex, waiting as long as it must. Between lock and unlock the GIL may be released and taken at will.
 *   gil:    held on entry and on return; released while it waits, so other threads may have run
 *   errors: false: RuntimeError: this thread has it already, and would wait for itself; or it is had by a thread that is
 *           gone: it ended, or it was not the one that forked this child. Whoever waits when it ends is told, too */
static inline bool gil_mutex_lock(gil_env *env, gil_mutex *mutex);

/* Unlock a mutex. One that this thread does not have stops the process: it is a bug that would corrupt what it is for.
 *   errors: none */
static inline void gil_mutex_unlock(gil_env *env, gil_mutex *mutex);

/* The same two in a kernel, also on a thread that the kernel started. A kernel that has the mutex may take the GIL.
 *   gil:    any; not touched
 *   errors: lock: false, and the task has failed: RuntimeError, as above */
static inline bool gil_task_lock(gil_task *task, gil_mutex *mutex);
static inline void gil_task_unlock(gil_task *task, gil_mutex *mutex);

/* What is done once, whoever comes first. GIL_ONCE_INIT or zeroed memory makes one that is not done. In the child of a fork
 * it goes on if the thread that forked was doing it; what another one was doing is begun again there. */
struct gil_once {
    uint64_t gil__word;
    uint64_t gil__reserved;
};

/* As static gil_once table_made = GIL_ONCE_INIT; */
#define GIL_ONCE_INIT \
    { \
        0, 0 \
    }

/* Must this thread do it? Whoever is told true does it, whether it releases the GIL meanwhile or not, and says how it went
 * with gil_once_end; others wait for that, and when it failed the next of them is told true. So is the next one when the
 * thread that does it is gone, because it ended or this is the child of a fork by another thread: as with pthread_once, it
 * is done from the start, over what is half done.
 *
 *     if (gil_once_begin(env, &table_made))
 *         gil_once_end(env, &table_made, make_table(env));
 *     if (gil_error_pending(env))
 *         return GIL_NULL;
 *
 *   gil:    held on entry and on return; released while it waits
 *   errors: false: it is done; or RuntimeError is pending: this thread is doing it, and would wait for itself */
static inline bool gil_once_begin(gil_env *env, gil_once *once);

/* It is done; or, when `done` is false, it is not, and the next one tries. By the thread that was told true; another one
 * stops the process.
 *   errors: none; a pending exception stays */
static inline void gil_once_end(gil_env *env, gil_once *once, bool done);

GIL__ASSERT(sizeof(gil_mutex) == 16 && sizeof(gil_once) == 16, "gil_mutex and gil_once are frozen");

/* All of them but gil_task_lock and gil_task_unlock belong to whoever holds the GIL. */

#endif
