// SPDX-License-Identifier: MIT
// A handle is opaque: it is no number, so a kernel of this module does not take it.
// error: gil_obj
#include <gilkit/module.h>

static double twice(double x)
{
    return 2 * x;
}

GIL_FUNCTION(gil_obj, f, (gil_env *env, gil_obj a, gil_obj b))
{
    (void)env;
    (void)b;
    twice(a);
    return a;
}
