/* SPDX-License-Identifier: MIT
 *
 * Objects as JSON and as text.
 */
#include <gilkit/gil.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "call/element.h"
#include "cli/cli.h"
#include "cli/value.h"

/* Lists in lists that are shown; what holds itself has no end. */
enum { MAX_NESTING = 1000 };

static bool is_too_deep(gil_type type, unsigned depth)
{
    return depth > MAX_NESTING && (type == GIL_OBJ_LIST || type == GIL_OBJ_TUPLE || type == GIL_OBJ_DICT);
}

/* Does it hold itself? `depth` containers are being shown, each inside the one before. A dict that is in itself twice
 * would take 2 to the power of MAX_NESTING otherwise. */
static bool holds_itself(gil_env *env, gil_obj object, gil_type type, unsigned depth)
{
    static _Thread_local gil_obj path[MAX_NESTING + 1];
    if (type != GIL_OBJ_LIST && type != GIL_OBJ_TUPLE && type != GIL_OBJ_DICT)
        return false;
    for (unsigned i = 0; i < depth; i++)
        if (gil_same(env, path[i], object))
            return true;
    path[depth] = object;
    return false;
}

/* ---- Objects -> JSON ----------------------------------------------------------------------------------------- */

static json_t *no_memory_unless(gil_env *env, json_t *json)
{
    if (!json && !gil_error_pending(env))
        gil_raise(env, GIL_MEMORY_ERROR, "no memory for the result as JSON");
    return json;
}

/* JSON has no NaN and no infinities. */
static json_t *json_from_float(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *json_from_complex(gil_env *env, gil_obj object)
{
    double real, imag;
    if (!gil_complex_get(env, object, &real, &imag))
        return NULL;
    return json_pack("{s:o, s:o}", "real", json_from_float(real), "imag", json_from_float(imag));
}

static json_t *json_from_bytes(gil_env *env, gil_obj object)
{
    const void *data;
    size_t length;
    if (!gil_bytes_get(env, object, &data, &length))
        return NULL;
    json_t *list = json_array();
    for (size_t i = 0; list && i < length; i++)
        json_array_append_new(list, json_integer(((const unsigned char *)data)[i]));
    return list;
}

static json_t *json_at(gil_env *env, gil_obj object, unsigned depth);

static json_t *json_from_sequence(gil_env *env, gil_obj object, unsigned depth)
{
    size_t length;
    json_t *list = gil_sequence_length(env, object, &length) ? json_array() : NULL;
    bool fine = list != NULL;
    for (size_t i = 0; fine && i < length; i++)
        GIL_SCOPE(env) {
            json_t *item = json_at(env, gil_sequence_item(env, object, i), depth + 1);
            fine = item && json_array_append_new(list, item) == 0;
        }
    if (!fine)
        json_decref(list);
    return fine ? list : NULL;
}

/* The names of a JSON object are text. */
static bool has_text_keys(gil_env *env, gil_obj dict)
{
    size_t position = 0;
    bool fine = true, more = true;
    while (fine && more)
        GIL_SCOPE(env) {
            gil_obj key;
            fine = gil_dict_next(env, dict, &position, &key, NULL);
            more = fine && !gil_is_null(key);
            fine = fine && (!more || gil_type_of(env, key) == GIL_OBJ_STR);
        }
    return fine;
}

static bool add_member(gil_env *env, json_t *object, gil_obj key, json_t *value)
{
    const char *name;
    size_t length;
    if (!value || !gil_str_get(env, key, &name, &length)) {
        json_decref(value);
        return false;
    }
    return json_object_setn_new(object, name, length, value) == 0;
}

/* A dict whose keys are all str is an object; any other a list of [key, value] pairs, because JSON has no other keys,
 * and text made of them could be the same for two. */
static json_t *json_from_dict(gil_env *env, gil_obj dict, unsigned depth)
{
    if (!has_text_keys(env, dict)) {
        json_t *pairs = NULL;
        if (!gil_error_pending(env))
            GIL_SCOPE(env) {
                pairs = json_at(env, gil_dict_items(env, dict), depth + 1);
            }
        return pairs;
    }
    size_t position = 0;
    json_t *object = json_object();
    bool fine = object != NULL, more = true;
    while (fine && more)
        GIL_SCOPE(env) {
            gil_obj key, value;
            fine = gil_dict_next(env, dict, &position, &key, &value);
            more = fine && !gil_is_null(key);
            fine = fine && (!more || add_member(env, object, key, json_at(env, value, depth + 1)));
        }
    if (!fine)
        json_decref(object);
    return fine ? object : NULL;
}

/* A uint64 may be more than the host's int holds, and JSON's too: then it is a string of digits. */
static json_t *json_from_uint64(const char *from)
{
    char digits[24];
    uint64_t value;
    memcpy(&value, from, sizeof value);
    if (value <= INT64_MAX)
        return json_integer((json_int_t)value);
    snprintf(digits, sizeof digits, "%" PRIu64, value);
    return json_string(digits);
}

static json_t *json_from_axis(gil_env *env, const gil_buffer *buffer, const char *from, size_t axis)
{
    if (axis == buffer->ndim && buffer->dtype == GIL_UINT64)
        return json_from_uint64(from);
    if (axis == buffer->ndim) {
        json_t *item = NULL;
        GIL_SCOPE(env) {
            item = gil__value_json(env, gil__element_read(env, (gil_dtype)buffer->dtype, from));
        }
        return item;
    }
    json_t *list = json_array();
    for (size_t i = 0; list && i < buffer->shape[axis]; i++) {
        json_t *item = json_from_axis(env, buffer, from + (ptrdiff_t)i * buffer->strides[axis], axis + 1);
        if (!item || json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *json_from_array(gil_env *env, gil_obj object)
{
    gil_buffer buffer;
    if (!gil_buffer_pin(env, object, &buffer))
        return NULL;
    json_t *json = json_from_axis(env, &buffer, buffer.data, 0);
    gil_buffer_release(env, &buffer);
    return json;
}

static json_t *json_from_text(gil_env *env, gil_obj object)
{
    const char *text;
    size_t length;
    return gil_str_get(env, object, &text, &length) ? json_stringn(text, length) : NULL;
}

/* What JSON has no form for, as programmers see it. */
static json_t *json_from_other(gil_env *env, gil_obj object)
{
    return json_from_text(env, gil_to_repr(env, object));
}

static json_t *json_from_number(gil_env *env, gil_obj object, gil_type type)
{
    int64_t integer;
    double real;
    if (type == GIL_OBJ_FLOAT)
        return gil_float_get(env, object, &real) ? json_from_float(real) : NULL;
    if (!gil_int_get(env, object, &integer))
        return NULL;
    return type == GIL_OBJ_BOOL ? json_boolean(integer) : json_integer(integer);
}

static json_t *json_at(gil_env *env, gil_obj object, unsigned depth)
{
    if (gil_is_null(object))
        return NULL;
    gil_type type = gil_type_of(env, object);
    if (is_too_deep(type, depth) || holds_itself(env, object, type, depth)) {
        gil_raise(env, GIL_VALUE_ERROR, "the result is nested more than %d deep, or holds itself", MAX_NESTING);
        return NULL;
    }
    switch (type) {
    case GIL_OBJ_NONE:
        return json_null();
    case GIL_OBJ_BOOL:
    case GIL_OBJ_INT:
    case GIL_OBJ_FLOAT:
        return no_memory_unless(env, json_from_number(env, object, type));
    case GIL_OBJ_COMPLEX:
        return no_memory_unless(env, json_from_complex(env, object));
    case GIL_OBJ_STR:
        return no_memory_unless(env, json_from_text(env, object));
    case GIL_OBJ_BYTES:
        return no_memory_unless(env, json_from_bytes(env, object));
    case GIL_OBJ_LIST:
    case GIL_OBJ_TUPLE:
        return no_memory_unless(env, json_from_sequence(env, object, depth));
    case GIL_OBJ_ARRAY:
        return no_memory_unless(env, json_from_array(env, object));
    case GIL_OBJ_DICT:
        return no_memory_unless(env, json_from_dict(env, object, depth));
    default:
        return no_memory_unless(env, json_from_other(env, object));
    }
}

json_t *gil__value_json(gil_env *env, gil_obj object)
{
    return json_at(env, object, 0);
}

/* ---- Objects -> text ----------------------------------------------------------------------------------------- */

enum { ENDS = 3, LONG = 40 };

/* The fewest digits that read back as the same number. */
void gil__value_print_float(double value, FILE *to)
{
    char text[40];
    if (isnan(value) || isinf(value)) {
        fputs(isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity", to);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fprintf(to, "%s%s", text, strpbrk(text, ".e") ? "" : ".0");
}

static void print_text(gil_env *env, gil_obj object, FILE *to)
{
    json_t *json = gil__value_json(env, object);
    char *text = json ? json_dumps(json, JSON_ENCODE_ANY) : NULL;
    fputs(text ? text : "?", to);
    free(text);
    json_decref(json);
}

static void print_complex(gil_env *env, gil_obj object, FILE *to)
{
    double real = 0, imag = 0;
    gil_complex_get(env, object, &real, &imag);
    fputc('(', to);
    gil__value_print_float(real, to);
    if (!signbit(imag))
        fputc('+', to);
    gil__value_print_float(imag, to);
    fputs("j)", to);
}

/* Is item i of so many left out? The first that is says so. */
static bool leave_out(size_t i, size_t length, FILE *to)
{
    if (length <= LONG || i < ENDS || i >= length - ENDS)
        return false;
    if (i == ENDS)
        fprintf(to, ", ... %zu more", length - 2 * ENDS);
    return true;
}

static void print_at(gil_env *env, gil_obj object, FILE *to, unsigned depth);

static void print_sequence(gil_env *env, gil_obj object, bool tuple, FILE *to, unsigned depth)
{
    size_t length = 0;
    gil_sequence_length(env, object, &length);
    fputc(tuple ? '(' : '[', to);
    for (size_t i = 0; i < length; i++) {
        if (leave_out(i, length, to))
            continue;
        fputs(i ? ", " : "", to);
        GIL_SCOPE(env)
            print_at(env, gil_sequence_item(env, object, i), to, depth + 1);
    }
    fputc(tuple ? ')' : ']', to);
}

static void print_dict(gil_env *env, gil_obj dict, FILE *to, unsigned depth)
{
    size_t length = 0, position = 0;
    gil_length(env, dict, &length);
    fputc('{', to);
    for (size_t i = 0; i < length; i++)
        GIL_SCOPE(env) {
            gil_obj key, value;
            if (!gil_dict_next(env, dict, &position, &key, &value) || gil_is_null(key))
                length = i;
            else if (!leave_out(i, length, to)) {
                fputs(i ? ", " : "", to);
                print_at(env, key, to, depth + 1);
                fputs(": ", to);
                print_at(env, value, to, depth + 1);
            }
        }
    fputc('}', to);
}

static void print_uint64(const char *from, FILE *to)
{
    uint64_t value;
    memcpy(&value, from, sizeof value);
    fprintf(to, "%" PRIu64, value);
}

static void print_axis(gil_env *env, const gil_buffer *buffer, const char *from, size_t axis, FILE *to)
{
    if (axis == buffer->ndim && buffer->dtype == GIL_UINT64) {
        print_uint64(from, to);
        return;
    }
    if (axis == buffer->ndim) {
        GIL_SCOPE(env)
            gil__value_print(env, gil__element_read(env, (gil_dtype)buffer->dtype, from), to);
        return;
    }
    size_t length = buffer->shape[axis];
    fputc('[', to);
    for (size_t i = 0; i < length; i++) {
        if (leave_out(i, length, to))
            continue;
        fputs(i ? ", " : "", to);
        print_axis(env, buffer, from + (ptrdiff_t)i * buffer->strides[axis], axis + 1, to);
    }
    fputc(']', to);
}

static void print_array(gil_env *env, gil_obj object, FILE *to)
{
    gil_buffer buffer;
    if (!gil_buffer_pin(env, object, &buffer))
        return;
    print_axis(env, &buffer, buffer.data, 0, to);
    gil_buffer_release(env, &buffer);
}

/* What a module made is somebody else's text: a terminal would obey its control characters. */
static void print_other(gil_env *env, gil_obj object, FILE *to)
{
    const char *text;
    if (gil_str_get(env, gil_to_repr(env, object), &text, NULL))
        gil__cli_put(text, to);
}

static void print_at(gil_env *env, gil_obj object, FILE *to, unsigned depth)
{
    double value = 0;
    gil_type type = gil_type_of(env, object);
    if (is_too_deep(type, depth) || holds_itself(env, object, type, depth)) {
        fputs("...", to);
        return;
    }
    switch (type) {
    case GIL_OBJ_FLOAT:
        gil_float_get(env, object, &value);
        gil__value_print_float(value, to);
        break;
    case GIL_OBJ_COMPLEX:
        print_complex(env, object, to);
        break;
    case GIL_OBJ_LIST:
        print_sequence(env, object, false, to, depth);
        break;
    case GIL_OBJ_TUPLE:
        print_sequence(env, object, true, to, depth);
        break;
    case GIL_OBJ_ARRAY:
        print_array(env, object, to);
        break;
    case GIL_OBJ_DICT:
        print_dict(env, object, to, depth);
        break;
    case GIL_OBJ_NONE:
    case GIL_OBJ_BOOL:
    case GIL_OBJ_INT:
    case GIL_OBJ_STR:
    case GIL_OBJ_BYTES:
        print_text(env, object, to);
        break;
    default:
        print_other(env, object, to);
    }
}

void gil__value_print(gil_env *env, gil_obj object, FILE *to)
{
    print_at(env, object, to, 0);
}
