// SPDX-License-Identifier: MIT
// A kernel without gil_env has nothing with which it could touch an object.
// error gcc: .env. undeclared
// error clang: use of undeclared identifier 'env'
#include <gilkit/module.h>

GIL_FUNCTION(double, f, (double x))
{
    gil_float_new(env, x);
    return x;
}
