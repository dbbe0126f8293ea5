// SPDX-License-Identifier: MIT
// gil_fail is the voice of a task; with an env, gil_raise. Compilers before gcc 14 and clang 16 only warn.
// error: gil_task
// flags: -Werror=incompatible-pointer-types
#include <gilkit/module.h>

GIL_FUNCTION(void, f, (gil_env *env))
{
    gil_fail(env, GIL_VALUE_ERROR, "wrong");
}
