// SPDX-License-Identifier: MIT
// env does not compile in a released section: it is returned.
// error gcc: incompatible types when returning .*gil_env_is_released_until_GIL_END_ALLOW_THREADS
// error clang: returning .*gil_env_is_released_until_GIL_END_ALLOW_THREADS
#include <gilkit/module.h>

static inline gil_env *f(gil_env *env)
{
    GIL_BEGIN_ALLOW_THREADS(env)
    return env;
    GIL_END_ALLOW_THREADS(env)
}
