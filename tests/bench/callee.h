/* SPDX-License-Identifier: MIT
 *
 * What the plan benchmark calls: as little as possible, in a file of its own so that no call is inlined.
 */
#ifndef GILKIT_BENCH_CALLEE_H
#define GILKIT_BENCH_CALLEE_H

#include <stddef.h>
#include <stdint.h>

double callee_two_doubles(double a, double b);
int64_t callee_three_ints(int64_t a, int64_t b, int64_t c);
double callee_mixed(const double *x, int32_t k, double scale, size_t n);
int32_t callee_eight_ints(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f, int32_t g, int32_t h);
double callee_eight_doubles(double a, double b, double c, double d, double e, double f, double g, double h);

#endif
