/* SPDX-License-Identifier: MIT */
/* The same as a gilkit module: one file for every interpreter. */
#include <gilkit/module.h>

/* The module's own function is called dot too. */
#define dot plain_dot
#include "kernels.h"
#undef dot

GIL_MODULE(by_gilkit, .doc = "What every peer wraps.", .threads = GIL_SAFE);

GIL_FUNCTION(double, add_held, (double a, double b), .doc = "Sum, with the GIL held.", .gil = GIL_HOLD)
{
    return add(a, b);
}

GIL_FUNCTION(double, add_released, (double a, double b), .doc = "Sum, with the GIL released.", .gil = GIL_RELEASE)
{
    return add(a, b);
}

GIL_FUNCTION(double, dot, (size_t n, const double x[n], const double y[n]), .doc = "Inner product of x and y.")
{
    return plain_dot(n, x, y);
}
