// SPDX-License-Identifier: MIT
// env does not compile in a released section: it is an operand of &&.
// error gcc: invalid operands to binary && .*gil_env_is_released_until_GIL_END_ALLOW_THREADS
// error clang: invalid operands to binary expression .*gil_env_is_released_until_GIL_END_ALLOW_THREADS
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    while (1 && env)
        break;
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
