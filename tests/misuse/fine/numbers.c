// SPDX-License-Identifier: MIT
// Every kind of number, text and object in a prototype.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

GIL_FUNCTION(uint64_t, numbers, (bool b, char c, signed char s, unsigned char u, short h, unsigned short uh, int i,
                                 unsigned ui, long l, unsigned long ul, long long ll, unsigned long long ull,
                                 float f, double d, long double ld, size_t z, ptrdiff_t p, int8_t i8, uint8_t u8,
                                 const char *text))
{
    double sum = b + c + s + u + h + uh + i + ui + (double)l + (double)ul + (double)ll + (double)ull + (double)f + d;
    return (uint64_t)(sum + (double)ld + (double)z + (double)p + i8 + u8) + (uint64_t)text[0];
}

GIL_FUNCTION(const char *, name, (const char *text))
{
    return text;
}

GIL_FUNCTION(gil_obj, same, (gil_env *env, gil_obj object))
{
    return gil_is_null(object) ? gil_raise(env, GIL_TYPE_ERROR, "no %s", "object") : object;
}
