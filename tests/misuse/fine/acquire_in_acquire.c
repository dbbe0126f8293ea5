// SPDX-License-Identifier: MIT
// An ACQUIRE inside an ACQUIRE, under one name and under two.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

GIL_FUNCTION(void, f, (gil_task *task))
{
    GIL_BEGIN_ACQUIRE(task, env)
    GIL_BEGIN_ACQUIRE(task, env)
    gil_none_new(env);
    GIL_END_ACQUIRE(env)
    GIL_BEGIN_ACQUIRE(task, inner)
    gil_none_new(inner);
    gil_none_new(env);
    GIL_END_ACQUIRE(inner)
    GIL_END_ACQUIRE(env)
}
