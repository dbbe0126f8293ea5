// SPDX-License-Identifier: MIT
// A GIL_BEGIN_ACQUIRE is ended by its own END, not by that of a released section.
// error: gil__|gil_env_is_released_until_GIL_END_ALLOW_THREADS
#include <gilkit/module.h>

GIL_FUNCTION(void, f, (gil_task *task))
{
    GIL_BEGIN_ACQUIRE(task, env)
    gil_none_new(env);
    GIL_END_ALLOW_THREADS(env)
}
