/* SPDX-License-Identifier: MIT */
#include "proto/ctype.h"

#include <string.h>
#include <sys/types.h>
#include <time.h>

static const struct {
    const char *name;
    gil__ctype type;
} named[] = {
#define SIGNED(name) \
    { \
#name, \
        { \
            GIL__SIGNED, sizeof(name), false \
        } \
    }
#define UNSIGNED(name) \
    { \
#name, \
        { \
            GIL__UNSIGNED, sizeof(name), false \
        } \
    }
    SIGNED(int8_t),
    SIGNED(int16_t),
    SIGNED(int32_t),
    SIGNED(int64_t),
    UNSIGNED(uint8_t),
    UNSIGNED(uint16_t),
    UNSIGNED(uint32_t),
    UNSIGNED(uint64_t),
    UNSIGNED(size_t),
    SIGNED(ssize_t),
    SIGNED(ptrdiff_t),
    SIGNED(intptr_t),
    UNSIGNED(uintptr_t),
    SIGNED(intmax_t),
    UNSIGNED(uintmax_t),
    SIGNED(int_least8_t),
    SIGNED(int_least16_t),
    SIGNED(int_least32_t),
    SIGNED(int_least64_t),
    UNSIGNED(uint_least8_t),
    UNSIGNED(uint_least16_t),
    UNSIGNED(uint_least32_t),
    UNSIGNED(uint_least64_t),
    SIGNED(int_fast8_t),
    SIGNED(int_fast16_t),
    SIGNED(int_fast32_t),
    SIGNED(int_fast64_t),
    UNSIGNED(uint_fast8_t),
    UNSIGNED(uint_fast16_t),
    UNSIGNED(uint_fast32_t),
    UNSIGNED(uint_fast64_t),
    SIGNED(off_t),
    SIGNED(time_t),
#undef SIGNED
#undef UNSIGNED
    {"bool", {GIL__BOOL, sizeof(bool), false}},
    {"_Bool", {GIL__BOOL, sizeof(bool), false}},
    {"gil_obj", {GIL__OBJECT, sizeof(gil_obj), false}},
    {"gil_env", {GIL__ENV, sizeof(void *), false}},
    {"gil_task", {GIL__TASK, sizeof(void *), false}},
};

bool gil__ctype_named(const char *name, size_t length, gil__ctype *type)
{
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (strlen(named[i].name) == length && memcmp(named[i].name, name, length) == 0) {
            *type = named[i].type;
            return true;
        }
    return false;
}

bool gil__ctype_is_number(gil__ctype type)
{
    return type.class >= GIL__BOOL && type.class <= GIL__COMPLEX;
}

gil_dtype gil__ctype_dtype(gil__ctype type)
{
    static const gil_dtype by_size[][9] = {
        [GIL__BOOL] = {[1] = GIL_BOOL},
        [GIL__SIGNED] = {[1] = GIL_INT8, [2] = GIL_INT16, [4] = GIL_INT32, [8] = GIL_INT64},
        [GIL__UNSIGNED] = {[1] = GIL_UINT8, [2] = GIL_UINT16, [4] = GIL_UINT32, [8] = GIL_UINT64},
        [GIL__FLOAT] = {[4] = GIL_FLOAT32, [8] = GIL_FLOAT64},
        [GIL__COMPLEX] = {[8] = GIL_COMPLEX64},
    };
    if (type.class == GIL__FLOAT && type.size > 8)
        return GIL_LONG_DOUBLE;
    if (type.class == GIL__COMPLEX && type.size > 8)
        return type.size == 16 ? GIL_COMPLEX128 : GIL_LONG_COMPLEX;
    return by_size[type.class][type.size];
}

const char *gil__dtype_name(uint32_t dtype)
{
    static const char *const names[] = {"bool",    "int8",       "int16",     "int32",      "int64",
                                        "uint8",   "uint16",     "uint32",    "uint64",     "float32",
                                        "float64", "longdouble", "complex64", "complex128", "clongdouble"};
    return dtype < sizeof names / sizeof names[0] ? names[dtype] : "unknown";
}

const char *gil__ctype_name(gil__ctype type)
{
    switch ((gil__class)type.class) {
    case GIL__VOID:
        return "none";
    case GIL__STRING:
        return "str";
    case GIL__OBJECT:
        return "object";
    case GIL__RESOURCE:
        return "resource";
    case GIL__ENV:
        return "gil_env";
    case GIL__TASK:
        return "gil_task";
    default:
        return gil__dtype_name(gil__ctype_dtype(type));
    }
}
