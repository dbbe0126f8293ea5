// SPDX-License-Identifier: MIT
// GIL_BEGIN_ACQUIRE takes a task. Compilers before gcc 14 and clang 16 only warn.
// error: gil_task
// flags: -Werror=incompatible-pointer-types
#include <gilkit/module.h>

GIL_FUNCTION(void, f, (gil_env *env))
{
    GIL_BEGIN_ACQUIRE(env, again)
    gil_none_new(again);
    GIL_END_ACQUIRE(again)
}
