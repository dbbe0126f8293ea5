/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "host/native/object.h"

gil__string *gil__string_new(gil_env *env, gil_type type, const void *data, size_t length)
{
    if (length > SIZE_MAX - sizeof(gil__string) - 1) {
        gil__no_memory(env);
        return NULL;
    }
    gil__string *string = gil__object_new(env, sizeof *string + length + 1, type);
    if (string) {
        string->length = length;
        if (length && data)
            memcpy(string->bytes, data, length);
    }
    return string;
}

static bool begins_point(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

size_t gil__string_points(gil__string *string)
{
    if (string->base.type == GIL_OBJ_BYTES)
        return string->length;
    if (string->points == 0)
        for (size_t i = 0; i < string->length; i++)
            string->points += begins_point(string->bytes[i]);
    return string->points;
}

size_t gil__string_offset(gil__string *string, size_t point)
{
    if (gil__string_points(string) == string->length)
        return point;
    size_t at = 0;
    for (; at < string->length; at++)
        if (begins_point(string->bytes[at]) && point-- == 0)
            break;
    return at;
}

gil_obj gil__native_str_new(gil_env *env, const char *utf8, size_t length)
{
    size_t bad;
    if (!gil__utf8_valid(utf8, length, &bad))
        return gil_raise(env, GIL_UNICODE_ERROR, "byte %zu (0x%02x) is not UTF-8; use bytes", bad,
                         (unsigned char)utf8[bad]);
    return gil__object_handle(env, gil__string_new(env, GIL_OBJ_STR, utf8, length));
}

gil_obj gil__native_bytes_new(gil_env *env, const void *data, size_t length)
{
    return gil__object_handle(env, gil__string_new(env, GIL_OBJ_BYTES, data, length));
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

/* ---- Making more of it ---------------------------------------------------------------------------------------- */

void gil__string_mend(gil__string *text)
{
    gil__utf8_mend(text->bytes, text->length);
}

gil__string *gil__string_format(gil_env *env, const char *format, va_list arguments, bool *printable)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    *printable = length >= 0; /* longer than an int counts, or a wide character that is none */
    gil__string *text = *printable ? gil__string_new(env, GIL_OBJ_STR, NULL, (size_t)length) : NULL;
    if (text) {
        vsnprintf(text->bytes, (size_t)length + 1, format, again);
        gil__string_mend(text);
    }
    va_end(again);
    return text;
}

gil_obj gil__native_str_format_v(gil_env *env, const char *format, va_list arguments)
{
    bool printable;
    gil__string *text = gil__string_format(env, format, arguments, &printable);
    return printable ? gil__object_handle(env, text) : gil_raise(env, GIL_VALUE_ERROR, "the format cannot be printed");
}

bool gil__native_str_is(gil_env *env, gil_obj object, const char *utf8)
{
    (void)env;
    const gil__string *text = object.gil__handle;
    size_t length = strlen(utf8);
    return text && text->base.type == GIL_OBJ_STR && text->length == length && memcmp(text->bytes, utf8, length) == 0;
}

/* How long the joined text will be; false: an exception is pending. */
static bool measure(gil_env *env, const gil__sequence *parts, size_t gap, size_t *length)
{
    *length = 0;
    for (size_t i = 0; i < parts->count; i++) {
        const gil__string *part = (const gil__string *)parts->items[i];
        if (part->base.type != GIL_OBJ_STR) {
            gil_raise(env, GIL_TYPE_ERROR, "item %zu is %s, wanted str", i,
                      gil_type_name(env, (gil_obj){parts->items[i]}));
            return false;
        }
        if (__builtin_add_overflow(*length, part->length + (i ? gap : 0), length)) {
            gil__no_memory(env);
            return false;
        }
    }
    return true;
}

gil_obj gil__native_str_join(gil_env *env, gil_obj separator, gil_obj items)
{
    const gil__string *between = gil__object_of(env, separator, GIL_OBJ_STR);
    size_t length;
    if (!between)
        return GIL_NULL;
    gil_type type = gil_type_of(env, items);
    gil__sequence *parts = items.gil__handle;
    if (type != GIL_OBJ_TUPLE)
        parts = gil__object_of(env, items, GIL_OBJ_LIST);
    if (!parts || !measure(env, parts, between->length, &length))
        return GIL_NULL;
    gil__string *text = gil__string_new(env, GIL_OBJ_STR, NULL, length);
    char *to = text ? text->bytes : NULL;
    for (size_t i = 0; to && i < parts->count; i++) {
        const gil__string *part = (const gil__string *)parts->items[i];
        if (i)
            to = (char *)memcpy(to, between->bytes, between->length) + between->length;
        to = (char *)memcpy(to, part->bytes, part->length) + part->length;
    }
    return gil__object_handle(env, text);
}

static bool add_part(gil_env *env, gil__sequence *list, const char *from, const char *to)
{
    if (!gil__sequence_reserve(env, list, 1))
        return false;
    gil__string *part = gil__string_new(env, GIL_OBJ_STR, from, (size_t)(to - from));
    if (part)
        list->items[list->count++] = &part->base;
    return part != NULL;
}

/* White space as Python has it: ASCII's, the four separators of old, and Unicode's. The length of what stands here;
 * 0: none. */
static size_t space_at(const char *at, const char *end)
{
    static const char *const wide[] = {"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
                                       "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
                                       "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
                                       "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};
    if (at == end)
        return 0;
    if ((unsigned char)*at < 0x80)
        return *at == ' ' || (*at >= '\t' && *at <= '\r') || (*at >= 0x1c && *at <= 0x1f);
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        size_t length = strlen(wide[i]);
        if ((size_t)(end - at) >= length && memcmp(at, wide[i], length) == 0)
            return length;
    }
    return 0;
}

static bool split_at_space(gil_env *env, gil__sequence *list, const char *at, const char *end)
{
    for (size_t space;;) {
        while ((space = space_at(at, end)))
            at += space;
        const char *from = at;
        while (at < end && !space_at(at, end))
            at++;
        if (from == at)
            return true;
        if (!add_part(env, list, from, at))
            return false;
    }
}

static bool split_at(gil_env *env, gil__sequence *list, const char *at, const char *end, const gil__string *separator)
{
    for (const char *found; (found = memmem(at, (size_t)(end - at), separator->bytes, separator->length));
         at = found + separator->length)
        if (!add_part(env, list, at, found))
            return false;
    return add_part(env, list, at, end);
}

gil_obj gil__native_str_split(gil_env *env, gil_obj object, gil_obj at)
{
    const gil__string *text = gil__object_of(env, object, GIL_OBJ_STR);
    const gil__string *separator = NULL;
    if (!text)
        return GIL_NULL;
    if (gil_is_null(at) && gil_error_pending(env))
        return GIL_NULL; /* it should have been made and was not */
    if (!gil_is_null(at) && !(separator = gil__object_of(env, at, GIL_OBJ_STR)))
        return GIL_NULL;
    if (separator && separator->length == 0)
        return gil_raise(env, GIL_VALUE_ERROR, "the separator is empty; pass GIL_NULL to cut at white space");
    gil__sequence *list = gil__sequence_new(env, GIL_OBJ_LIST, 0);
    const char *end = text->bytes + text->length;
    if (list &&
        !(separator ? split_at(env, list, text->bytes, end, separator) : split_at_space(env, list, text->bytes, end))) {
        gil__object_drop(list);
        return GIL_NULL;
    }
    return gil__object_handle(env, list);
}
