// SPDX-License-Identifier: MIT
// env does not compile in a released section: it makes an object.
// error: gil_env_is_released_until_GIL_END_ALLOW_THREADS
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    gil_float_new(env, 1.0);
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
