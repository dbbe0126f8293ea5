/* SPDX-License-Identifier: MIT
 *
 * Arrays of every element type and every kind of dimension.
 */
#include <gilkit/module.h>

GIL_MODULE(arrays, .doc = "Arrays in every direction.");

#define SUM(type, name) \
    GIL_FUNCTION(type, sum_##name, (size_t n, const type x[n])) \
    { \
        type sum = 0; \
        for (size_t i = 0; i < n; i++) \
            sum = (type)(sum + x[i]); \
        return sum; \
    }

SUM(int8_t, int8)
SUM(int16_t, int16)
SUM(int32_t, int32)
SUM(int64_t, int64)
SUM(uint8_t, uint8)
SUM(uint16_t, uint16)
SUM(uint32_t, uint32)
SUM(uint64_t, uint64)
SUM(float, float32)
SUM(double, float64)
SUM(long double, longdouble)
SUM(float _Complex, complex64)
SUM(double _Complex, complex128)
SUM(long double _Complex, clongdouble)

GIL_FUNCTION(int, count_bool, (int n, const bool x[n]))
{
    int count = 0;
    for (int i = 0; i < n; i++)
        count += x[i];
    return count;
}

GIL_FUNCTION(double, dot, (size_t n, const double x[n], const double y[n]), .doc = "Inner product of x and y.")
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

GIL_FUNCTION(void, scale, (size_t n, double x[n], double by), .doc = "Multiply x in place.")
{
    for (size_t i = 0; i < n; i++)
        x[i] *= by;
}

GIL_FUNCTION(void, fill, (size_t n, double x[n], int8_t value))
{
    for (size_t i = 0; i < n; i++)
        x[i] = value;
}

/* Every element weighs by its place in C order. */
GIL_FUNCTION(double, weigh, (int m, int n, const double a[m][n]))
{
    double sum = 0.0;
    for (int i = 0; i < m; i++)
        for (int k = 0; k < n; k++)
            sum += (i * n + k) * a[i][k];
    return sum;
}

GIL_FUNCTION(double, square, (int n, const double a[n][n]))
{
    return n ? a[n - 1][0] : -1;
}

GIL_FUNCTION(double, product, (int m, int k, int n, const double a[m][k], const double b[k][n], GIL_OUT double c[m][n]))
{
    double trace = 0.0;
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            c[i][j] = 0;
            for (int l = 0; l < k; l++)
                c[i][j] += a[i][l] * b[l][j];
            trace += i == j ? c[i][j] : 0;
        }
    return trace;
}

GIL_FUNCTION(void, edges, (size_t n, const double x[n], GIL_OUT double y[n + 1]))
{
    for (size_t i = 0; i <= n; i++)
        y[i] = ((i > 0 ? x[i - 1] : 0) + (i < n ? x[i] : 0)) / 2;
}

GIL_FUNCTION(int, divide, (int a, int b, GIL_OUT int *rest))
{
    *rest = a % b;
    return a / b;
}

GIL_FUNCTION(void, one_result, (double x, GIL_OUT double *twice))
{
    *twice = 2 * x;
}

GIL_FUNCTION(void, untouched, (GIL_OUT int64_t * number, GIL_OUT double _Complex *pair, GIL_OUT double array[3]))
{
    (void)number, (void)pair, (void)array;
}

GIL_FUNCTION(size_t, between, (size_t n, const double x[n + 1]))
{
    (void)x;
    return n;
}

GIL_FUNCTION(size_t, pairs, (size_t n, const double x[2 * n]))
{
    (void)x;
    return n;
}

GIL_FUNCTION(int64_t, beyond, (int64_t m, int64_t n, const double x[m - n]))
{
    (void)x;
    return m * 1000 + n;
}

GIL_FUNCTION(int64_t, grid, (int64_t m, int64_t n, const double x[m * n]))
{
    (void)x;
    return m * 1000 + n;
}

GIL_FUNCTION(double, three, (const double x[3]))
{
    return x[0] + x[1] + x[2];
}

GIL_FUNCTION(void, room, (int64_t n, GIL_OUT double y[n]))
{
    (void)y, (void)n;
}

GIL_FUNCTION(void, land, (int64_t m, int64_t n, GIL_OUT double y[m * n]))
{
    (void)y, (void)m, (void)n;
}

GIL_FUNCTION(int, tiny, (int8_t n, const double x[n]))
{
    (void)x;
    return n;
}

GIL_FUNCTION(double, eight,
             (size_t n, const double a[n], const double b[n], const double c[n], const double d[n], const double e[n],
              const double f[n], double g[n], GIL_OUT double h[n]))
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        h[i] = a[i] + b[i] + c[i] + d[i] + e[i] + f[i];
        g[i] += h[i];
        sum += h[i];
    }
    return sum;
}

GIL_FUNCTION(size_t, spell, (size_t n, const char letters[n], GIL_OUT uint8_t copy[n]))
{
    for (size_t i = 0; i < n; i++)
        copy[i] = (uint8_t)letters[i];
    return n;
}

GIL_FUNCTION(double, deep, (int a, int b, int c, int d, const double x[a][b][c][d]))
{
    return a * 1000 + b * 100 + c * 10 + d + x[a - 1][b - 1][c - 1][d - 1];
}
