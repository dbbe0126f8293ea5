/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "host/native/object.h"

static gil__number none = {{GIL__IMMORTAL, GIL_OBJ_NONE, NULL}, {false}, 0};
static gil__number truths[] = {
    {{GIL__IMMORTAL, GIL_OBJ_BOOL, NULL}, {.truth = false}, 0},
    {{GIL__IMMORTAL, GIL_OBJ_BOOL, NULL}, {.truth = true}, 0},
};

gil_obj gil__native_none_new(gil_env *env)
{
    return gil__object_handle(env, &none);
}

gil_obj gil__native_bool_new(gil_env *env, bool value)
{
    return gil__object_handle(env, &truths[value]);
}

gil_obj gil__native_int_new(gil_env *env, int64_t value)
{
    gil__number *number = gil__object_new(env, sizeof *number, GIL_OBJ_INT);
    if (number)
        number->integer = value;
    return gil__object_handle(env, number);
}

gil_obj gil__native_uint_new(gil_env *env, uint64_t value)
{
    if (value > INT64_MAX)
        return gil_raise(env, GIL_OVERFLOW_ERROR, "%" PRIu64 " does not fit the 64 bits of this host's int", value);
    return gil__native_int_new(env, (int64_t)value);
}

gil_obj gil__native_float_new(gil_env *env, double value)
{
    gil__number *number = gil__object_new(env, sizeof *number, GIL_OBJ_FLOAT);
    if (number)
        number->real = value;
    return gil__object_handle(env, number);
}

gil_obj gil__native_complex_new(gil_env *env, double real, double imag)
{
    gil__number *number = gil__object_new(env, sizeof *number, GIL_OBJ_COMPLEX);
    if (number) {
        number->real = real;
        number->imag = imag;
    }
    return gil__object_handle(env, number);
}

static bool refuse(gil_env *env, gil_obj object, const char *wanted)
{
    if (gil_is_null(object))
        return gil__refuse_null(env);
    gil_raise(env, GIL_TYPE_ERROR, "%s is not %s", gil_type_name(env, object), wanted);
    return false;
}

/* bool is an int, as in Python. */
static bool as_integer(gil_obj object, int64_t *value)
{
    const gil__number *number = object.gil__handle;
    if (!number || (number->base.type != GIL_OBJ_INT && number->base.type != GIL_OBJ_BOOL))
        return false;
    *value = number->base.type == GIL_OBJ_INT ? number->integer : number->truth;
    return true;
}

bool gil__native_bool_get(gil_env *env, gil_obj object, bool *value)
{
    int64_t integer = 0;
    if (!as_integer(object, &integer))
        return refuse(env, object, "a bool");
    if (integer != 0 && integer != 1) {
        gil_raise(env, GIL_VALUE_ERROR, "%" PRId64 " is neither 0 nor 1", integer);
        return false;
    }
    *value = integer == 1;
    return true;
}

bool gil__native_int_get(gil_env *env, gil_obj object, int64_t *value)
{
    return as_integer(object, value) || refuse(env, object, "an int");
}

bool gil__native_uint_get(gil_env *env, gil_obj object, uint64_t *value)
{
    int64_t integer;
    if (!as_integer(object, &integer))
        return refuse(env, object, "an int");
    if (integer < 0) {
        gil_raise(env, GIL_OVERFLOW_ERROR, "%" PRId64 " is negative", integer);
        return false;
    }
    *value = (uint64_t)integer;
    return true;
}

bool gil__native_float_get(gil_env *env, gil_obj object, double *value)
{
    const gil__number *number = object.gil__handle;
    int64_t integer;
    if (number && number->base.type == GIL_OBJ_FLOAT) {
        *value = number->real;
        return true;
    }
    if (!as_integer(object, &integer))
        return refuse(env, object, "a float");
    *value = (double)integer;
    return true;
}

bool gil__native_complex_get(gil_env *env, gil_obj object, double *real, double *imag)
{
    const gil__number *number = object.gil__handle;
    if (number && number->base.type == GIL_OBJ_COMPLEX) {
        *real = number->real;
        *imag = number->imag;
        return true;
    }
    if (!number ||
        (number->base.type != GIL_OBJ_FLOAT && number->base.type != GIL_OBJ_INT && number->base.type != GIL_OBJ_BOOL))
        return refuse(env, object, "a complex");
    *imag = 0;
    return gil__native_float_get(env, object, real);
}

/* ---- Conversions ------------------------------------------------------------------------------------------ */

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void trim(const char **text, size_t *length)
{
    while (*length && is_space(**text))
        ++*text, --*length;
    while (*length && is_space((*text)[*length - 1]))
        --*length;
}

static gil_obj refuse_text(gil_env *env, const char *what, const char *text, size_t length)
{
    return gil_raise(env, GIL_VALUE_ERROR, "'%.*s%s' is no %s", length > 60 ? 60 : (int)length, text,
                     length > 60 ? "..." : "", what);
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 99;
}

/* "0x", "0o", "0b": the base that they say, else 10. */
static int base_of(const char *text, size_t length)
{
    static const char letters[] = "xXoObB";
    const char *found = length > 1 && text[0] == '0' && text[1] ? strchr(letters, text[1]) : NULL;
    return !found ? 10 : found < letters + 2 ? 16 : found < letters + 4 ? 8 : 2;
}

/* Digits with single _ between them, after a prefix also before them. *fine: false: they are none. */
static uint64_t read_digits(const char *text, size_t length, int base, bool prefixed, bool *fine, bool *too_large)
{
    uint64_t value = 0;
    bool digit_before = prefixed;
    *fine = length > 0;
    *too_large = false;
    for (size_t i = 0; i < length && *fine; i++) {
        int digit = digit_of(text[i]);
        if (text[i] == '_' && digit_before && i + 1 < length) {
            digit_before = false;
            continue;
        }
        *fine = digit < base;
        *too_large |= __builtin_mul_overflow(value, (uint64_t)base, &value) ||
                      __builtin_add_overflow(value, (uint64_t)digit, &value);
        digit_before = true;
    }
    *fine &= digit_before;
    return value;
}

gil_obj gil__native_int_parse(gil_env *env, const char *given, size_t given_length, int base)
{
    const char *text = given;
    size_t length = given_length;
    bool fine, too_large, prefixed = false;
    if (base != 0 && (base < 2 || base > 36))
        return gil_raise(env, GIL_VALUE_ERROR, "%d is no base; use 0, or 2 to 36", base);
    trim(&text, &length);
    bool negative = length && *text == '-';
    if (length && (*text == '-' || *text == '+'))
        text++, length--;
    int said = base_of(text, length), used = base ? base : said;
    if (said != 10 && said == used) {
        text += 2, length -= 2;
        prefixed = true;
    }
    uint64_t value = read_digits(text, length, used, prefixed, &fine, &too_large);
    if (fine && base == 0 && !prefixed && length > 1 && *text == '0' && (value || too_large))
        fine = false; /* as in Python: 010 could mean 8 or 10 */
    if (!fine)
        return refuse_text(env, "int", given, given_length);
    if (too_large || value > (uint64_t)INT64_MAX + negative)
        return gil_raise(env, GIL_OVERFLOW_ERROR, "%.*s does not fit the 64 bits of this host's int",
                         given_length > 60 ? 60 : (int)given_length, given);
    return gil__native_int_new(env, negative ? (int64_t)-value : (int64_t)value);
}

/* Copy without _ between digits; false: one stands elsewhere, or a character that no number has. */
static bool copy_float(char *to, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bool between = i > 0 && i + 1 < length && digit_of(text[i - 1]) < 10 && digit_of(text[i + 1]) < 10;
        if (text[i] == '_' && !between)
            return false;
        if (text[i] == 'x' || text[i] == 'X' || text[i] == '(' || text[i] == '\0' || is_space(text[i]))
            return false;
        if (text[i] != '_')
            *to++ = text[i];
    }
    *to = '\0';
    return true;
}

static locale_t c_locale;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* A point is a point, whatever the program's locale says. */
static double read_float(const char *text, char **end)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_c_locale);
    return c_locale ? strtod_l(text, end, c_locale) : strtod(text, end);
}

gil_obj gil__native_float_parse(gil_env *env, const char *given, size_t given_length)
{
    const char *text = given;
    size_t length = given_length;
    trim(&text, &length);
    char few[64], *copy = length < sizeof few ? few : gil__alloc(length + 1, 1), *end = few;
    if (!copy)
        return gil__no_memory(env);
    bool fine = length > 0 && copy_float(copy, text, length);
    double value = fine ? read_float(copy, &end) : 0;
    fine = fine && *end == '\0' && end != copy;
    if (copy != few)
        gil__free(copy);
    return fine ? gil__native_float_new(env, value) : refuse_text(env, "float", given, given_length);
}

static gil_obj int_of_float(gil_env *env, double value)
{
    if (isnan(value))
        return gil_raise(env, GIL_VALUE_ERROR, "NaN is no int");
    if (!(value >= -0x1p63 && value < 0x1p63))
        return gil_raise(env, GIL_OVERFLOW_ERROR, "%g does not fit the 64 bits of this host's int", value);
    return gil__native_int_new(env, (int64_t)value);
}

gil_obj gil__native_to_int(gil_env *env, gil_obj object)
{
    const gil__object *base = gil__object_at(object);
    int64_t value = 0;
    if (base && base->type == GIL_OBJ_FLOAT)
        return int_of_float(env, ((const gil__number *)base)->real);
    if (base && base->type == GIL_OBJ_STR) {
        const gil__string *text = (const gil__string *)base;
        return gil__native_int_parse(env, text->bytes, text->length, 10);
    }
    return gil__native_int_get(env, object, &value) ? gil__native_int_new(env, value) : GIL_NULL;
}

gil_obj gil__native_to_float(gil_env *env, gil_obj object)
{
    const gil__object *base = gil__object_at(object);
    double value = 0;
    if (base && base->type == GIL_OBJ_STR) {
        const gil__string *text = (const gil__string *)base;
        return gil__native_float_parse(env, text->bytes, text->length);
    }
    return gil__native_float_get(env, object, &value) ? gil__native_float_new(env, value) : GIL_NULL;
}

/* ---- Text ------------------------------------------------------------------------------------------------- */

/* Digits without point, and where the point belongs. */
static void shortest(double value, char digits[20], int *point)
{
    char text[40];
    for (int precision = 0; precision < 17; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    const char *e = strchr(text, 'e');
    size_t count = 0;
    for (const char *at = text; at < e; at++)
        if (*at >= '0' && *at <= '9')
            digits[count++] = *at;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
    *point = (int)strtol(e + 1, NULL, 10) + 1;
}

enum { NUMBER_TEXT = 32 };

void gil__number_print(double value, bool with_point, char *to)
{
    char digits[20];
    int point;
    if (isnan(value) || isinf(value)) {
        strcpy(to, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
        return;
    }
    if (signbit(value))
        *to++ = '-';
    shortest(fabs(value), digits, &point);
    int count = (int)strlen(digits);
    gil__text text = gil__text_in(to, NUMBER_TEXT - 1);
    if (point < -3 || point > 16)
        gil__text_add(&text, "%c%s%se%+03d", *digits, count > 1 ? "." : "", digits + 1, point - 1);
    else if (point <= 0)
        gil__text_add(&text, "0.%.*s%s", -point, "0000", digits);
    else if (point < count)
        gil__text_add(&text, "%.*s.%s", point, digits, digits + point);
    else
        gil__text_add(&text, "%s%.*s%s", digits, point - count, "0000000000000000", with_point ? ".0" : "");
}

/* ---- Comparing ---------------------------------------------------------------------------------------------- */

bool gil__number_is(const gil__object *object)
{
    return object->type >= GIL_OBJ_BOOL && object->type <= GIL_OBJ_COMPLEX;
}

static int order_of_floats(double a, double b)
{
    return a < b ? -1 : a > b ? 1 : a == b ? 0 : 2;
}

/* Converting an int to a double may round it: so the double is cut to an int where it is one. */
static int order_of_mixed(int64_t a, double b)
{
    if (isnan(b))
        return 2;
    if (b >= 0x1p63 || b < -0x1p63)
        return b > 0 ? -1 : 1;
    int64_t whole = (int64_t)b;
    if (a != whole)
        return a < whole ? -1 : 1;
    return order_of_floats(0, b - (double)whole);
}

int gil__number_compare(const gil__number *a, const gil__number *b, bool *ordered)
{
    int64_t left = 0, right = 0;
    bool whole_left = as_integer((gil_obj){(void *)a}, &left), whole_right = as_integer((gil_obj){(void *)b}, &right);
    int order;
    if (whole_left && whole_right)
        order = left < right ? -1 : left > right;
    else if (whole_left)
        order = order_of_mixed(left, b->real);
    else if (whole_right)
        order = -order_of_mixed(right, a->real);
    else
        order = order_of_floats(a->real, b->real);
    *ordered = a->base.type != GIL_OBJ_COMPLEX && b->base.type != GIL_OBJ_COMPLEX;
    if (order == -2)
        order = 2;
    if (*ordered)
        return order;
    double left_imag = a->base.type == GIL_OBJ_COMPLEX ? a->imag : 0;
    double right_imag = b->base.type == GIL_OBJ_COMPLEX ? b->imag : 0;
    return order == 0 && left_imag == right_imag ? 0 : 2;
}

static uint64_t hash_of_float(double value)
{
    uint64_t bits;
    if (value >= -0x1p63 && value < 0x1p63 && (double)(int64_t)value == value)
        return gil__hash_word((uint64_t)(int64_t)value);
    memcpy(&bits, &value, sizeof bits);
    return gil__hash_word(bits);
}

int64_t gil__number_hash(const gil__number *number)
{
    int64_t integer = 0;
    if (as_integer((gil_obj){(void *)number}, &integer))
        return (int64_t)gil__hash_word((uint64_t)integer);
    uint64_t hash = isnan(number->real) ? gil__hash_word((uintptr_t)number) : hash_of_float(number->real);
    if (number->base.type == GIL_OBJ_COMPLEX && number->imag != 0)
        hash = gil__hash_join(hash, hash_of_float(number->imag));
    return (int64_t)hash;
}
