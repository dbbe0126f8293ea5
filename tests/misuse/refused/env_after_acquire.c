// SPDX-License-Identifier: MIT
// The env of GIL_BEGIN_ACQUIRE ends at GIL_END_ACQUIRE.
// error gcc: .env. undeclared
// error clang: use of undeclared identifier 'env'
#include <gilkit/module.h>

GIL_FUNCTION(void, f, (gil_task *task))
{
    GIL_BEGIN_ACQUIRE(task, env)
    gil_none_new(env);
    GIL_END_ACQUIRE(env)
    gil_none_new(env);
}
