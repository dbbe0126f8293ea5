// SPDX-License-Identifier: MIT
// A section inside an ACQUIRE inside a section, all of them called env.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

GIL_FUNCTION(gil_obj, f, (gil_env *env, gil_task *task, int x))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    x++;
    GIL_BEGIN_ACQUIRE(task, env)
    gil_int_new(env, x);
    GIL_BEGIN_ALLOW_THREADS(env)
    x++;
    if (x > 10)
        return GIL_NULL;
    GIL_END_ALLOW_THREADS(env)
    gil_int_new(env, x);
    GIL_END_ACQUIRE(env)
    x++;
    GIL_END_ALLOW_THREADS(env)
    return gil_int_new(env, x);
}
