// SPDX-License-Identifier: MIT
// A case label inside a released section would take back a GIL that was never given up.
// error clang: cannot jump from switch statement to this case label
// error gcc: switch jumps into
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, int x))
{
    switch (x) {
        GIL_BEGIN_ALLOW_THREADS(env)
    case 1:
        x = 2;
        GIL_END_ALLOW_THREADS(env)
    }
    return gil_int_new(env, x);
}
