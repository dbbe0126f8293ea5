// SPDX-License-Identifier: MIT
// A jump into a released section would take back a GIL that was never given up.
// error clang: cannot jump from this goto statement
// error gcc: jump into
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, int x))
{
    if (x)
        goto inside;
    GIL_BEGIN_ALLOW_THREADS(env)
    inside:
        (void)x;
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
