// SPDX-License-Identifier: MIT
// env does not compile in a released section: it is dereferenced with a star.
// error gcc: invalid type argument of unary .\*.
// error clang: indirection requires pointer operand .*gil_env_is_released_until_GIL_END_ALLOW_THREADS
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    (void)*env;
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
