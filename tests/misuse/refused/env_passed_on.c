// SPDX-License-Identifier: MIT
// env does not compile in a released section: it is passed to a function of the module.
// error: gil_env_is_released_until_GIL_END_ALLOW_THREADS
#include <gilkit/module.h>

void helper(gil_env *env);

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    helper(env);
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
