/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

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
    int64_t integer;
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
