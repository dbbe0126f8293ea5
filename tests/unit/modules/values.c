/* SPDX-License-Identifier: MIT
 *
 * One function for each type: it returns what it got.
 */
#include <complex.h>
#include <gilkit/module.h>
#include <sys/types.h>
#include <time.h>

GIL_MODULE(values, .doc = "What goes in comes out.");

#define SAME(type, name) \
    GIL_FUNCTION(type, same_##name, (type x)) \
    { \
        return x; \
    }

SAME(bool, bool)
SAME(char, char)
SAME(signed char, schar)
SAME(unsigned char, uchar)
SAME(short, short)
SAME(unsigned short, ushort)
SAME(int, int)
SAME(unsigned, uint)
SAME(long, long)
SAME(unsigned long, ulong)
SAME(long long, llong)
SAME(unsigned long long, ullong)
SAME(int8_t, int8)
SAME(int16_t, int16)
SAME(int32_t, int32)
SAME(int64_t, int64)
SAME(uint8_t, uint8)
SAME(uint16_t, uint16)
SAME(uint32_t, uint32)
SAME(uint64_t, uint64)
SAME(size_t, size)
SAME(ssize_t, ssize)
SAME(ptrdiff_t, ptrdiff)
SAME(time_t, time)
SAME(float, float)
SAME(double, double)
SAME(long double, long_double)
SAME(float _Complex, float_complex)
SAME(double _Complex, double_complex)
SAME(long double _Complex, long_complex)
SAME(const char *, text)

GIL_FUNCTION(void, nothing, (void))
{
}

GIL_FUNCTION(uint64_t, largest, (void), .doc = "More than an int of 64 bits with a sign holds.")
{
    return UINT64_MAX;
}

GIL_FUNCTION(const char *, no_text, (void))
{
    return NULL;
}

GIL_FUNCTION(const char *, not_utf8, (void))
{
    return "caf\xe9";
}

GIL_FUNCTION(double, add, (double a, double b), .doc = "The sum of two numbers.")
{
    return a + b;
}

GIL_FUNCTION(double, three, (double first, double second, double third))
{
    return first * 100 + second * 10 + third;
}

/* More than the registers hold, of every kind, and some of it on the stack. */
GIL_FUNCTION(double, twenty,
             (int8_t a, float b, uint16_t c, double d, bool e, long f, double g, float h, double i, float j, int64_t k,
              uint32_t l, double m, float n, double o, long double p, float _Complex q, double _Complex r, int16_t s,
              const char *t))
{
    double sum = a + 2 * (double)b + 3 * c + 4 * d + 5 * e + 6 * (double)f + 7 * g + 8 * (double)h + 9 * i;
    sum += 10 * (double)j + 11 * (double)k + 12 * (double)l + 13 * m + 14 * (double)n + 15 * o + 16 * (double)p;
    sum += 17 * (double)(crealf(q) - cimagf(q)) + 18 * (creal(r) - cimag(r)) + 19 * s + 20 * (t[0] - '0');
    return sum;
}
