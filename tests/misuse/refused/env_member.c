// SPDX-License-Identifier: MIT
// env does not compile in a released section: a member of it is read.
// error gcc: 'struct gil_env_is_released_until_GIL_END_ALLOW_THREADS' has no member named 'api'
// error clang: no member named 'api' in 'struct gil_env_is_released_until_GIL_END_ALLOW_THREADS'
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    (void)env.api;
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
