/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <string.h>

#include "base/memory.h"
#include "host/native/object.h"

/* A str or bytes object over a copy. */
static gil__string *new_string(gil_env *env, gil_type type, const void *data, size_t length)
{
    if (length > SIZE_MAX - sizeof(gil__string) - 1) {
        gil__no_memory(env);
        return NULL;
    }
    gil__string *string = gil__object_new(env, sizeof *string + length + 1, type);
    if (string) {
        string->length = length;
        if (length)
            memcpy(string->bytes, data, length);
    }
    return string;
}

gil_obj gil__native_str_new(gil_env *env, const char *utf8, size_t length)
{
    size_t bad;
    if (!gil__utf8_valid(utf8, length, &bad))
        return gil_raise(env, GIL_UNICODE_ERROR, "byte %zu (0x%02x) is not UTF-8; use bytes", bad,
                         (unsigned char)utf8[bad]);
    return gil__object_handle(env, new_string(env, GIL_OBJ_STR, utf8, length));
}

gil_obj gil__native_bytes_new(gil_env *env, const void *data, size_t length)
{
    return gil__object_handle(env, new_string(env, GIL_OBJ_BYTES, data, length));
}

bool gil__native_str_get(gil_env *env, gil_obj object, const char **utf8, size_t *length)
{
    const gil__string *string = gil__object_of(env, object, GIL_OBJ_STR);
    if (!string)
        return false;
    *utf8 = string->bytes;
    if (length)
        *length = string->length;
    return true;
}

bool gil__native_bytes_get(gil_env *env, gil_obj object, const void **data, size_t *length)
{
    const gil__string *string = gil__object_of(env, object, GIL_OBJ_BYTES);
    if (!string)
        return false;
    *data = string->bytes;
    if (length)
        *length = string->length;
    return true;
}
