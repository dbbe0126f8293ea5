/* SPDX-License-Identifier: MIT
 *
 * What stands behind gil_mutex and gil_once: futex words, and waits without the GIL.
 */
#ifndef GILKIT_CORE_MUTEX_H
#define GILKIT_CORE_MUTEX_H

#include <gilkit/mutex.h>

/* Contracts in gilkit/mutex.h. */
bool gil__mutex_lock(gil_env *env, gil_mutex *mutex);
void gil__mutex_unlock(gil_env *env, gil_mutex *mutex);
bool gil__mutex_lock_in_task(gil_task *task, gil_mutex *mutex);
void gil__mutex_unlock_in_task(gil_task *task, gil_mutex *mutex);
bool gil__once_begin(gil_env *env, gil_once *once);
void gil__once_end(gil_env *env, gil_once *once, bool done);

#endif
