// SPDX-License-Identifier: MIT
// env does not compile in a released section: it initialises a gil_env *.
// error gcc: incompatible types when initializing.*gil_env_is_released_until_GIL_END_ALLOW_THREADS
// error clang: initializing .*gil_env_is_released_until_GIL_END_ALLOW_THREADS
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    gil_env *saved = env;
    (void)saved;
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
