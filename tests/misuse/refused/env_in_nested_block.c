// SPDX-License-Identifier: MIT
// env does not compile in a released section: it is used in a loop inside the section.
// error: gil_env_is_released_until_GIL_END_ALLOW_THREADS
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    for (int i = 0; i < 3; i++) {
        if (i == 2)
            gil_int_new(env, i);
    }
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
