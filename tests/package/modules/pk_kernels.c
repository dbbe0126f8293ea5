/* SPDX-License-Identifier: MIT
 *
 * Kernels for the tests of the package: numbers and arrays of every kind.
 */
#include <gilkit/module.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

GIL_MODULE(pk_kernels, .doc = "Kernels of the tests.", .threads = GIL_SAFE);

GIL_CONSTANT(ANSWER, 42, .doc = "An int.");
GIL_CONSTANT(HALF, 0.5);
GIL_CONSTANT(NAME, "kernels");
GIL_CONSTANT(YES, (bool)1);
GIL_CONSTANT(LARGE, UINT64_MAX);

GIL_FUNCTION(double, add, (double a, double b), .doc = "The sum of a and b.")
{
    return a + b;
}

GIL_FUNCTION(double, add_held, (double a, double b), .gil = GIL_HOLD)
{
    return a + b;
}

/* What comes back is what went in, for every type. */
#define ECHO(name, type) \
    GIL_FUNCTION(type, echo_##name, (type value)) \
    { \
        return value; \
    } \
    GIL_FUNCTION(type, first_##name, (size_t n, const type x[n])) \
    { \
        return n ? x[0] : 0; \
    } \
    GIL_FUNCTION(void, fill_##name, (size_t n, type x[n], type value)) \
    { \
        for (size_t i = 0; i < n; i++) \
            x[i] = value; \
    } \
    GIL_FUNCTION(void, copy_##name, (size_t n, const type x[n], GIL_OUT type y[n])) \
    { \
        memcpy(y, x, n * sizeof *x); \
    }

ECHO(bool, bool)
ECHO(int8, int8_t)
ECHO(int16, int16_t)
ECHO(int32, int32_t)
ECHO(int64, int64_t)
ECHO(uint8, uint8_t)
ECHO(uint16, uint16_t)
ECHO(uint32, uint32_t)
ECHO(uint64, uint64_t)
ECHO(float32, float)
ECHO(float64, double)
ECHO(longdouble, long double)
ECHO(complex64, float _Complex)
ECHO(complex128, double _Complex)

GIL_FUNCTION(double, dot, (size_t n, const double x[n], const double y[n]), .doc = "Inner product of x and y.")
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

GIL_FUNCTION(void, scale, (size_t n, const double x[n], double factor, GIL_OUT double y[n]))
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * factor;
}

GIL_FUNCTION(double, split, (double value, GIL_OUT int *exponent))
{
    return frexp(value, exponent);
}

GIL_FUNCTION(void, multiply,
             (size_t m, size_t k, size_t n, const double a[m][k], const double b[k][n], GIL_OUT double c[m][n]))
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            c[i][j] = 0;
            for (size_t l = 0; l < k; l++)
                c[i][j] += a[i][l] * b[l][j];
        }
}

GIL_FUNCTION(double, trace, (size_t n, const double a[n][n]))
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i][i];
    return sum;
}

GIL_FUNCTION(int64_t, length_of, (const char *text))
{
    return (int64_t)strlen(text);
}

GIL_FUNCTION(int64_t, count_bytes, (size_t n, const char text[n]))
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (unsigned char)text[i];
    return sum;
}

GIL_FUNCTION(const char *, greeting, (bool give))
{
    return give ? "gr\303\274\303\237e" : NULL;
}

GIL_FUNCTION(const char *, latin, (int unused), .doc = "Text that is not UTF-8.")
{
    (void)unused;
    return "gr\374n";
}

/* Work for about so long, without the GIL; stops when it is told to. true: it was not. */
static bool work(const gil_task *task, int64_t ms)
{
    struct timespec began, now;
    clock_gettime(CLOCK_MONOTONIC, &began);
    do {
        if (task && gil_stopped(task))
            return false;
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000 < ms);
    return true;
}

GIL_FUNCTION(void, busy, (int64_t ms), .doc = "Compute for so many milliseconds, without the GIL.")
{
    work(NULL, ms);
}

GIL_FUNCTION(void, busy_held, (int64_t ms), .gil = GIL_HOLD)
{
    work(NULL, ms);
}

GIL_FUNCTION(void, busy_until_told, (gil_task * task, int64_t ms))
{
    work(task, ms);
}

GIL_FUNCTION(void, take_until_told, (gil_task * task, int64_t ms), .doc = "Take the GIL again and again.")
{
    for (;;) {
        work(NULL, ms);
        gil_env *env = gil_task_acquire(task);
        if (!env)
            return;
        gil_task_release(task, env);
    }
}

GIL_FUNCTION(void, work_on, (size_t n, uint8_t x[n], int64_t ms), .gil = GIL_RELEASE,
             .doc = "Write ones, compute without the GIL, and write twos.")
{
    memset(x, 1, n);
    atomic_thread_fence(memory_order_seq_cst);
    work(NULL, ms);
    memset(x, 2, n);
}

GIL_FUNCTION(void, ramp, (size_t n, GIL_OUT double y[n]))
{
    for (size_t i = 0; i < n; i++)
        y[i] = (double)i;
}

GIL_FUNCTION(void, grid, (int64_t m, int64_t n, GIL_OUT double y[m][n]))
{
    for (int64_t i = 0; i < m; i++)
        for (int64_t k = 0; k < n; k++)
            y[i][k] = (double)(i * n + k);
}

GIL_FUNCTION(int8_t, narrow, (int8_t n, const uint8_t x[n]))
{
    (void)x;
    return n;
}

GIL_FUNCTION(double, halves, (size_t n, const double x[n], GIL_OUT double low[n], GIL_OUT double high[n]))
{
    for (size_t i = 0; i < n; i++) {
        low[i] = x[i] / 2;
        high[i] = x[i] - low[i];
    }
    return (double)n;
}

GIL_FUNCTION(void, fail, (gil_task * task, int64_t code))
{
    gil_fail(task, GIL_VALUE_ERROR, "code %lld", (long long)code);
}

GIL_FUNCTION(void, lambda, (double from, double x))
{
    (void)from;
    (void)x;
}
