/* SPDX-License-Identifier: MIT
 *
 * A module with one function for each way that a call can go. crossed_more.c is its other file.
 */
#include <complex.h>
#include <gilkit/module.h>

GIL_MODULE(crossed, .doc = "Every way a call can go.", .state_size = sizeof(int64_t));

GIL_FUNCTION(double, add, (double a, double b), .doc = "Registers: floating point.")
{
    return a + b;
}

GIL_FUNCTION(int32_t, mixed, (int8_t a, double b, uint16_t c, float d, bool e, int64_t f),
             .doc = "Registers: both sorts, narrow ones among them.")
{
    return (int32_t)(a + (int64_t)b + c + (int64_t)d + e + f);
}

GIL_FUNCTION(double, dot, (size_t n, const double x[n], const double y[n]), .doc = "Arrays.")
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

GIL_FUNCTION(float _Complex, turn, (float _Complex z), .doc = "A complex, in and out.")
{
    return z * I;
}

GIL_FUNCTION(int32_t, many,
             (int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f, int32_t g, int32_t h, int32_t i,
              int32_t j),
             .doc = "More than the registers hold.")
{
    return a - b + c - d + e - f + g - h + i * j;
}

GIL_FUNCTION(void, halves, (gil_task * task, size_t n, const int32_t x[n], GIL_OUT int32_t y[n]),
             .doc = "An output, and a kernel that may fail.")
{
    for (size_t i = 0; i < n; i++) {
        if (x[i] % 2)
            return gil_fail(task, GIL_VALUE_ERROR, "element %zu is %d, which is odd", i, (int)x[i]);
        y[i] = x[i] / 2;
    }
}
