// SPDX-License-Identifier: MIT
// env does not compile in a released section: it is cast.
// error gcc: cannot convert to a pointer type
// error clang: operand of type .*gil_env_is_released_until_GIL_END_ALLOW_THREADS.* where arithmetic or pointer type is required
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    gil_none_new((gil_env *)env);
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
