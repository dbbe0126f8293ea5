/* SPDX-License-Identifier: MIT
 *
 * A lock and something done once, for the tests of the package.
 */
#include <gilkit/module.h>
#include <unistd.h>

GIL_MODULE(pk_locks, .doc = "Locks of the tests.", .threads = GIL_SAFE);

static gil_mutex mutex = GIL_MUTEX_INIT;
static gil_once once = GIL_ONCE_INIT;

GIL_FUNCTION(void, keep, (gil_task * task, int64_t ms), .doc = "Have the lock for so long, in a kernel.")
{
    if (!gil_task_lock(task, &mutex))
        return;
    usleep((useconds_t)ms * 1000);
    gil_task_unlock(task, &mutex);
}

GIL_FUNCTION(gil_obj, call, (gil_env * env, gil_obj function), .doc = "Call it with the lock.")
{
    if (!gil_mutex_lock(env, &mutex))
        return GIL_NULL;
    gil_obj result = gil_call(env, function, NULL, 0, NULL, 0);
    gil_mutex_unlock(env, &mutex);
    return result;
}

GIL_FUNCTION(void, renew, (void), .doc = "The lock is free.")
{
    mutex = (gil_mutex)GIL_MUTEX_INIT;
}

GIL_FUNCTION(gil_obj, call_once, (gil_env * env, gil_obj function),
             .doc = "What it returns; None if it was called before.")
{
    if (!gil_once_begin(env, &once))
        return gil_error_pending(env) ? GIL_NULL : gil_none_new(env);
    gil_obj result = gil_call(env, function, NULL, 0, NULL, 0);
    gil_once_end(env, &once, !gil_is_null(result));
    return result;
}
