// SPDX-License-Identifier: MIT
// env does not compile in a released section: it is assigned to a gil_env *.
// error gcc: incompatible types when assigning.*gil_env_is_released_until_GIL_END_ALLOW_THREADS
// error clang: assigning to .*gil_env_is_released_until_GIL_END_ALLOW_THREADS
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    gil_env *saved = NULL;
    GIL_BEGIN_ALLOW_THREADS(env)
    saved = env;
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(saved);
}
