/* SPDX-License-Identifier: MIT
 *
 * The module that the benchmarks load.
 */
#include <gilkit/module.h>

#include "sample.h"

GIL_MODULE(kernels, .doc = "What the benchmarks call.");

GIL_FUNCTION(void, nothing, (void), .doc = "Nothing.")
{
}

GIL_FUNCTION(double, add, (double a, double b), .doc = "Sum.")
{
    return a + b;
}

GIL_FUNCTION(double, dot, (size_t n, const double x[n], const double y[n]), .doc = "Inner product.")
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* Arithmetic in registers, no memory: two threads share nothing. threads.c has the same loop. */
GIL_FUNCTION(int64_t, spin, (int64_t rounds), .doc = "Steps of a xorshift generator.")
{
    uint64_t x = 88172645463325252u;
    for (int64_t i = 0; i < rounds; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    return (int64_t)(x >> 1);
}

GIL_FUNCTION(double, probe, (size_t n, const double x[n]),
             .doc = "Read one element in each 4 MB; then the process's own memory in MB.")
{
    for (size_t i = 0; i < n; i += (4u << 20) / sizeof x[0])
        (void)*(const volatile double *)&x[i];
    return own_megabytes();
}
