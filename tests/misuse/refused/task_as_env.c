// SPDX-License-Identifier: MIT
// A task is no proof of the GIL. Compilers before gcc 14 and clang 16 only warn.
// error: gil_task
// flags: -Werror=incompatible-pointer-types
#include <gilkit/module.h>

GIL_FUNCTION(void, f, (gil_task *task))
{
    gil_float_new(task, 1.0);
}
