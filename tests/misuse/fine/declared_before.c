// SPDX-License-Identifier: MIT
// A function that another one calls before its definition, by its own declaration.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

double half(double x);

GIL_FUNCTION(double, quarter, (double x))
{
    return half(half(x));
}

GIL_FUNCTION(double, half, (double x))
{
    return x / 2;
}
