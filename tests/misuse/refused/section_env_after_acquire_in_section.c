// SPDX-License-Identifier: MIT
// After GIL_END_ACQUIRE in a released section, env is the released one again.
// error: gil_env_is_released_until_GIL_END_ALLOW_THREADS
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, gil_task *task))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    GIL_BEGIN_ACQUIRE(task, env)
    gil_none_new(env);
    GIL_END_ACQUIRE(env)
    gil_none_new(env);
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
