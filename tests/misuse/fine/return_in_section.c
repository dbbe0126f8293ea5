// SPDX-License-Identifier: MIT
// Return from inside a released section.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

GIL_FUNCTION(int, f, (gil_env *env, int x))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    if (x < 0)
        return -x;
    x++;
    GIL_END_ALLOW_THREADS(env)
    return x;
}
