/* SPDX-License-Identifier: MIT */
#include "callee.h"

double callee_two_doubles(double a, double b)
{
    return a + b;
}

int64_t callee_three_ints(int64_t a, int64_t b, int64_t c)
{
    return a + b + c;
}

double callee_mixed(const double *x, int32_t k, double scale, size_t n)
{
    return scale * x[(size_t)k < n ? (size_t)k : 0];
}

int32_t callee_eight_ints(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f, int32_t g, int32_t h)
{
    return (a ^ b ^ c ^ d) - (e ^ f ^ g ^ h);
}

double callee_eight_doubles(double a, double b, double c, double d, double e, double f, double g, double h)
{
    return ((a + b) + (c + d)) + ((e + f) + (g + h));
}
