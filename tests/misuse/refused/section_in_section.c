// SPDX-License-Identifier: MIT
// A section inside a section does not compile.
// error: gil_env_is_released_until_GIL_END_ALLOW_THREADS
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    GIL_BEGIN_ALLOW_THREADS(env)
    GIL_END_ALLOW_THREADS(env)
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
