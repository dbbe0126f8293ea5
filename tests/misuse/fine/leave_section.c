// SPDX-License-Identifier: MIT
// break, continue and goto out of a released section.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

GIL_FUNCTION(int, f, (gil_env *env, int x))
{
    for (int i = 0; i < x; i++) {
        GIL_BEGIN_ALLOW_THREADS(env)
        if (i == 3)
            continue;
        if (i == 5)
            break;
        if (i == 7)
            goto out;
        GIL_END_ALLOW_THREADS(env)
        gil_checkpoint(env);
    }
    switch (x) {
    case 1: {
        GIL_BEGIN_ALLOW_THREADS(env)
        if (x == 1)
            break;
        GIL_END_ALLOW_THREADS(env)
        break;
    }
    default:
        x++;
    }
out:
    return x;
}
