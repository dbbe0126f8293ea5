// SPDX-License-Identifier: MIT
// GIL_BEGIN_ACQUIRE needs its GIL_END_ACQUIRE.
// error gcc: expected declaration or statement at end of input
// error clang: expected '}'
#include <gilkit/module.h>

GIL_FUNCTION(void, f, (gil_task *task))
{
    GIL_BEGIN_ACQUIRE(task, env)
    gil_none_new(env);
}
