// SPDX-License-Identifier: MIT
// An env of GIL_BEGIN_ACQUIRE that is not used.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

static int shared;

GIL_FUNCTION(void, f, (gil_task *task))
{
    GIL_BEGIN_ACQUIRE(task, env)
    shared++;
    GIL_END_ACQUIRE(env)
}
