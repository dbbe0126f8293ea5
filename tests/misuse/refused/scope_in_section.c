// SPDX-License-Identifier: MIT
// A GIL_SCOPE needs the GIL: it does not compile in a released section.
// error: gil_env_is_released_until_GIL_END_ALLOW_THREADS
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    GIL_SCOPE(env) {
    }
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
