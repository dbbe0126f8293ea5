// SPDX-License-Identifier: MIT
// A released section in nested blocks, in loops, and one after the other.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

GIL_FUNCTION(gil_obj, f, (gil_env *env, int x))
{
    if (x > 0) {
        GIL_BEGIN_ALLOW_THREADS(env)
        x = -x;
        GIL_END_ALLOW_THREADS(env)
    } else {
        GIL_BEGIN_ALLOW_THREADS(env)
        GIL_END_ALLOW_THREADS(env)
    }
    do {
        GIL_BEGIN_ALLOW_THREADS(env)
        for (int i = 0; i < 10; i++)
            x += i;
        GIL_END_ALLOW_THREADS(env)
    } while (x < 0);
    GIL_BEGIN_ALLOW_THREADS(env)
    int env_count = x;
    x = env_count + 1;
    GIL_END_ALLOW_THREADS(env)
    GIL_BEGIN_ALLOW_THREADS(env);
    x++;
    GIL_END_ALLOW_THREADS(env);
    return gil_int_new(env, x);
}
