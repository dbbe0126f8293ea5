/* SPDX-License-Identifier: MIT
 *
 * Gives back what it gets, in every shape that a prototype has. */
#include <gilkit/module.h>

GIL_MODULE(probe, .doc = "What goes in comes out.");

/* ---- One value of each type ------------------------------------------------------------------------------ */

#define SAME(type, name) \
    GIL_FUNCTION(type, name, (type x), .doc = "x itself.") \
    { \
        return x; \
    }
SAME(bool, same_bool)
SAME(int8_t, same_i1)
SAME(int16_t, same_i2)
SAME(int32_t, same_i4)
SAME(int64_t, same_i8)
SAME(uint8_t, same_u1)
SAME(uint16_t, same_u2)
SAME(uint32_t, same_u4)
SAME(uint64_t, same_u8)
SAME(float, same_f4)
SAME(double, same_f8)
SAME(long double, same_f16)
SAME(float _Complex, same_c8)
SAME(double _Complex, same_c16)
SAME(long double _Complex, same_c32)

GIL_FUNCTION(const char *, same_text, (const char *text), .doc = "The text itself.")
{
    return text;
}

GIL_FUNCTION(gil_obj, same, (gil_env *env, gil_obj x), .doc = "The object itself.")
{
    (void)env;
    return x;
}

GIL_FUNCTION(void, nothing, (void))
{
}

/* ---- Arrays of each type --------------------------------------------------------------------------------- */

#define COPY(type, name) \
    GIL_FUNCTION(void, copy_##name, (size_t n, const type x[n], GIL_OUT type y[n])) \
    { \
        for (size_t i = 0; i < n; i++) \
            y[i] = x[i]; \
    } \
    GIL_FUNCTION(void, copy2_##name, (size_t m, size_t n, const type x[m][n], GIL_OUT type y[m][n])) \
    { \
        for (size_t i = 0; i < m; i++) \
            for (size_t k = 0; k < n; k++) \
                y[i][k] = x[i][k]; \
    } \
    GIL_FUNCTION(void, reverse_##name, (size_t n, type x[n])) \
    { \
        for (size_t i = 0; i < n / 2; i++) { \
            type kept = x[i]; \
            x[i] = x[n - 1 - i]; \
            x[n - 1 - i] = kept; \
        } \
    }
COPY(bool, b1)
COPY(int8_t, i1)
COPY(int16_t, i2)
COPY(int32_t, i4)
COPY(int64_t, i8)
COPY(uint8_t, u1)
COPY(uint16_t, u2)
COPY(uint32_t, u4)
COPY(uint64_t, u8)
COPY(float, f4)
COPY(double, f8)
COPY(long double, f16)
COPY(float _Complex, c8)
COPY(double _Complex, c16)
COPY(long double _Complex, c32)

/* ---- Shapes ---------------------------------------------------------------------------------------------- */

GIL_FUNCTION(double, dot, (size_t n, const double x[n], const double y[n]), .doc = "Inner product of x and y.")
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

GIL_FUNCTION(double, line, (double x, double slope, double offset))
{
    return slope * x + offset;
}

GIL_FUNCTION(uint64_t, add_bytes, (size_t n, const uint8_t data[n]))
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += data[i];
    return sum;
}

GIL_FUNCTION(void, parts, (size_t n, const double x[n], GIL_OUT double half[n], GIL_OUT double twice[n]))
{
    for (size_t i = 0; i < n; i++) {
        half[i] = x[i] / 2;
        twice[i] = x[i] * 2;
    }
}

GIL_FUNCTION(int32_t, divide, (int32_t a, int32_t b, GIL_OUT int32_t *rest))
{
    *rest = a % b;
    return a / b;
}

GIL_FUNCTION(double, scale, (size_t n, double x[n], double by), .doc = "Multiply in place; returns the last.")
{
    for (size_t i = 0; i < n; i++)
        x[i] *= by;
    return n ? x[n - 1] : 0;
}

GIL_FUNCTION(void, transpose, (size_t m, size_t n, const double a[m][n], GIL_OUT double b[n][m]))
{
    for (size_t i = 0; i < m; i++)
        for (size_t k = 0; k < n; k++)
            b[k][i] = a[i][k];
}

GIL_FUNCTION(void, negate2, (size_t m, size_t n, double a[m][n]))
{
    for (size_t i = 0; i < m; i++)
        for (size_t k = 0; k < n; k++)
            a[i][k] = -a[i][k];
}

/* Weights every element by its place in C order, so that any other order shows. */
GIL_FUNCTION(double, weigh8,
             (size_t a, size_t b, size_t c, size_t d, size_t e, size_t f, size_t g, size_t h,
              const double x[a][b][c][d][e][f][g][h]))
{
    const double *at = (const double *)x;
    double sum = 0;
    for (size_t i = 0; i < a * b * c * d * e * f * g * h; i++)
        sum += (double)i * at[i];
    return sum;
}

GIL_FUNCTION(void, count, (size_t n, GIL_OUT int64_t y[n]), .doc = "0, 1, ... n - 1")
{
    for (size_t i = 0; i < n; i++)
        y[i] = (int64_t)i;
}

/* ---- Failures -------------------------------------------------------------------------------------------- */

GIL_FUNCTION(double, fail, (gil_task *task, const char *text))
{
    gil_fail(task, GIL_VALUE_ERROR, "%s", text);
    return 1;
}

GIL_FUNCTION(gil_obj, raise, (gil_env *env, const char *text))
{
    return gil_raise(env, GIL_KEY_ERROR, "%s", text);
}

GIL_FUNCTION(gil_obj, silent, (gil_env *env), .doc = "Fails and does not say why.")
{
    (void)env;
    return GIL_NULL;
}
