// SPDX-License-Identifier: MIT
// A released section is ended by its own END, not by that of GIL_BEGIN_ACQUIRE.
// error: gil__|gil_env_is_released_until_GIL_END_ALLOW_THREADS
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    GIL_END_ACQUIRE(env)
    return gil_none_new(env);
}
