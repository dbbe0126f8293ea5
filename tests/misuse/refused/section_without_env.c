// SPDX-License-Identifier: MIT
// A kernel without gil_env has no GIL to give up.
// error gcc: .env. undeclared
// error clang: undeclared identifier 'env'
#include <gilkit/module.h>

GIL_FUNCTION(double, f, (double x))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    x += 1.0;
    GIL_END_ALLOW_THREADS(env)
    return x;
}
