/* SPDX-License-Identifier: MIT
 *
 * What every peer wraps. Not inlined, so that each of them makes one call of the same code.
 */
#ifndef KERNELS_H
#define KERNELS_H

#include <stddef.h>

#ifndef KERNEL
#define KERNEL static __attribute__((noinline, unused))
#endif

KERNEL double add(double a, double b)
{
    return a + b;
}

KERNEL double dot(size_t n, const double *x, const double *y)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

#endif
