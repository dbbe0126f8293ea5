/* SPDX-License-Identifier: MIT */
#include "call/element.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"

static gil__fit write_signed(gil_env *env, gil_obj object, size_t size, void *memory)
{
    int64_t value;
    if (!gil_int_get(env, object, &value))
        return GIL__FAILED;
    int64_t limit = size == 8 ? INT64_MAX : ((int64_t)1 << (size * 8 - 1)) - 1;
    if (value > limit || value < -limit - 1)
        return GIL__OUT_OF_RANGE;
    memcpy(memory, &value, size); /* little-endian, as both machines are */
    return GIL__FITS;
}

static gil__fit write_unsigned(gil_env *env, gil_obj object, size_t size, void *memory)
{
    uint64_t value;
    if (!gil_uint_get(env, object, &value))
        return GIL__FAILED;
    if (size < 8 && value >> (size * 8) != 0)
        return GIL__OUT_OF_RANGE;
    memcpy(memory, &value, size);
    return GIL__FITS;
}

static gil__fit write_bool(gil_env *env, gil_obj object, void *memory)
{
    bool value;
    if (!gil_bool_get(env, object, &value))
        return GIL__FAILED;
    memcpy(memory, &value, 1);
    return GIL__FITS;
}

/* A finite double that is no finite float is out of range; infinities and NaN stay what they are. */
static bool fits_float(double value)
{
    return !isfinite(value) || isfinite((float)value);
}

static gil__fit write_float(double value, gil_dtype dtype, void *memory)
{
    if (dtype == GIL_FLOAT32) {
        float small = (float)value;
        if (!fits_float(value))
            return GIL__OUT_OF_RANGE;
        memcpy(memory, &small, sizeof small);
    } else if (dtype == GIL_FLOAT64) {
        memcpy(memory, &value, sizeof value);
    } else {
        long double wide = value;
        memset(memory, 0, sizeof wide);
        memcpy(memory, &wide, sizeof wide);
    }
    return GIL__FITS;
}

static gil__fit write_complex(gil_env *env, gil_obj object, gil_dtype dtype, void *memory)
{
    static const gil_dtype parts[] = {GIL_FLOAT32, GIL_FLOAT64, GIL_LONG_DOUBLE};
    gil_dtype part = parts[dtype - GIL_COMPLEX64];
    double real, imag;
    if (!gil_complex_get(env, object, &real, &imag))
        return GIL__FAILED;
    if (part == GIL_FLOAT32 && (!fits_float(real) || !fits_float(imag)))
        return GIL__OUT_OF_RANGE;
    write_float(real, part, memory);
    write_float(imag, part, (char *)memory + gil_dtype_size(part));
    return GIL__FITS;
}

/* Which objects a dtype takes at all, so that the getters below fail for their value only. */
static bool takes(gil_dtype dtype, gil_type type)
{
    if (type == GIL_OBJ_OTHER)
        return true; /* the host decides: __index__, __float__ */
    if (dtype <= GIL_UINT64)
        return type == GIL_OBJ_INT || type == GIL_OBJ_BOOL;
    if (dtype <= GIL_LONG_DOUBLE)
        return type == GIL_OBJ_FLOAT || type == GIL_OBJ_INT || type == GIL_OBJ_BOOL;
    return type == GIL_OBJ_COMPLEX || type == GIL_OBJ_FLOAT || type == GIL_OBJ_INT || type == GIL_OBJ_BOOL;
}

bool gil__exception_is_of_code(gil_env *env, gil_obj exception)
{
    gil_obj traceback = GIL_NULL;
    if (!gil_attr_find(env, exception, "__traceback__", &traceback))
        gil_error_clear(env);
    return !gil_is_null(traceback) && gil_type_of(env, traceback) != GIL_OBJ_NONE;
}

/* The getters' errors know no argument's name: turn those that are about the value into a fit. What the object's own
 * code raised stays what it is. */
static gil__fit settle(gil_env *env, gil_obj object, gil__fit fit)
{
    if (fit != GIL__FAILED)
        return fit;
    gil_obj exception = gil_error_fetch(env);
    if (gil_is_null(exception))
        return GIL__FAILED;
    if (gil_type_of(env, object) == GIL_OBJ_OTHER && gil__exception_is_of_code(env, exception)) {
        gil_error_restore(env, exception);
        return GIL__FAILED;
    }
    switch (gil_exception_kind(env, exception)) {
    case GIL_OVERFLOW_ERROR:
    case GIL_VALUE_ERROR:
        return GIL__OUT_OF_RANGE;
    case GIL_TYPE_ERROR:
        return GIL__WRONG_TYPE;
    default:
        gil_error_restore(env, exception);
        return GIL__FAILED;
    }
}

gil__fit gil__element_write(gil_env *env, gil_obj object, gil_dtype dtype, void *memory)
{
    if (!takes(dtype, gil_type_of(env, object)))
        return GIL__WRONG_TYPE;
    size_t size = gil_dtype_size(dtype);
    double value;
    if (dtype == GIL_BOOL)
        return settle(env, object, write_bool(env, object, memory));
    if (dtype <= GIL_INT64)
        return settle(env, object, write_signed(env, object, size, memory));
    if (dtype <= GIL_UINT64)
        return settle(env, object, write_unsigned(env, object, size, memory));
    if (dtype >= GIL_COMPLEX64)
        return settle(env, object, write_complex(env, object, dtype, memory));
    if (!gil_float_get(env, object, &value))
        return settle(env, object, GIL__FAILED);
    return write_float(value, dtype, memory);
}

static int64_t read_signed(const void *memory, size_t size)
{
    uint64_t raw = 0;
    memcpy(&raw, memory, size);
    unsigned shift = 64 - 8 * (unsigned)size;
    return (int64_t)(raw << shift) >> shift;
}

static double read_float(const void *memory, gil_dtype dtype)
{
    float small;
    double value;
    long double wide;
    if (dtype == GIL_FLOAT32) {
        memcpy(&small, memory, sizeof small);
        return small;
    }
    if (dtype == GIL_FLOAT64) {
        memcpy(&value, memory, sizeof value);
        return value;
    }
    memcpy(&wide, memory, sizeof wide);
    return (double)wide;
}

gil_obj gil__element_read(gil_env *env, gil_dtype dtype, const void *memory)
{
    size_t size = gil_dtype_size(dtype);
    if (dtype == GIL_BOOL)
        return gil_bool_new(env, *(const unsigned char *)memory != 0);
    if (dtype <= GIL_INT64)
        return gil_int_new(env, read_signed(memory, size));
    if (dtype <= GIL_UINT64) {
        uint64_t value = 0;
        memcpy(&value, memory, size);
        return gil_uint_new(env, value);
    }
    if (dtype <= GIL_LONG_DOUBLE)
        return gil_float_new(env, read_float(memory, dtype));
    gil_dtype part = dtype == GIL_COMPLEX64 ? GIL_FLOAT32 : dtype == GIL_COMPLEX128 ? GIL_FLOAT64 : GIL_LONG_DOUBLE;
    return gil_complex_new(env, read_float(memory, part), read_float((const char *)memory + size / 2, part));
}

const char *gil__element_wanted(gil_dtype dtype)
{
    static const char *const wanted[] = {
        [GIL_BOOL] = "a bool",
        [GIL_INT8] = "an int from -128 to 127",
        [GIL_INT16] = "an int from -32768 to 32767",
        [GIL_INT32] = "an int from -2147483648 to 2147483647",
        [GIL_INT64] = "an int of 64 bits",
        [GIL_UINT8] = "an int from 0 to 255",
        [GIL_UINT16] = "an int from 0 to 65535",
        [GIL_UINT32] = "an int from 0 to 4294967295",
        [GIL_UINT64] = "an int of at least 0",
        [GIL_FLOAT32] = "a float that fits 32 bits",
        [GIL_FLOAT64] = "a float",
        [GIL_LONG_DOUBLE] = "a float",
        [GIL_COMPLEX64] = "a complex that fits 64 bits",
        [GIL_COMPLEX128] = "a complex",
        [GIL_LONG_COMPLEX] = "a complex",
    };
    return wanted[dtype];
}

const char *gil__object_brief(gil_env *env, gil_obj object, char *buffer, size_t size)
{
    gil__text text = gil__text_in(buffer, size);
    gil_type type = gil_type_of(env, object);
    int64_t integer;
    double real;
    if (type == GIL_OBJ_BOOL && gil_int_get(env, object, &integer))
        gil__text_add(&text, "%s", integer ? "True" : "False");
    else if (type == GIL_OBJ_INT && gil_int_get(env, object, &integer))
        gil__text_add(&text, "int %" PRId64, integer);
    else if (type == GIL_OBJ_FLOAT && gil_float_get(env, object, &real))
        gil__text_add(&text,
                      isnan(real)                               ? "float NaN"
                      : trunc(real) == real && fabs(real) < 1e9 ? "float %.1f"
                                                                : "float %.10g",
                      real);
    else
        gil__text_add(&text, "%s", gil_type_name(env, object));
    return buffer;
}
