/* SPDX-License-Identifier: MIT */
#include "cli/value.h"

#include <ctype.h>
#include <gilkit/gil.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "call/element.h"
#include "cli/npy.h"

/* Lists in lists that are shown; what holds itself has no end. */
enum { MAX_NESTING = 1000 };

/* ---- Reading an ARG ------------------------------------------------------------------------------------------ */

/* The length of "name" in "name=..."; 0 when it does not begin so. */
static size_t name_length(const char *text)
{
    size_t length = 0;
    if (!isalpha((unsigned char)text[0]) && text[0] != '_')
        return 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_')
        length++;
    return text[length] == '=' ? length : 0;
}

/* What JSON has no word for. */
static bool read_special(gil__arg *arg, const char *text)
{
    static const struct {
        const char *text;
        double value;
    } special[] = {{"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}};
    while (isspace((unsigned char)*text))
        text++;
    for (size_t i = 0; i < 3; i++)
        if (strcmp(text, special[i].text) == 0) {
            arg->source = GIL__SOURCE_NUMBER;
            arg->number = special[i].value;
            return true;
        }
    return false;
}

static bool read_json(gil__arg *arg, const char *text, gil__text *why)
{
    json_error_t error;
    if (read_special(arg, text))
        return true;
    arg->json = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (arg->json)
        return true;
    if (strstr(error.text, "too big integer")) {
        gil__text_add(why, "%.60s is more than the 64 bits with a sign of this host's int hold; pass it in a .npy file",
                      text);
        return false;
    }
    bool word = isalpha((unsigned char)*text) || *text == '/' || *text == '.';
    gil__text_add(why, "%.60s%s is no JSON value (%s)", text, strlen(text) > 60 ? "..." : "", error.text);
    if (word)
        gil__text_add(why, "; for text write '\"%.60s\"', for a file @%.60s", text, text);
    return false;
}

bool gil__arg_read(gil__arg *arg, const char *text, gil__text *why)
{
    *arg = (gil__arg){0};
    size_t length = name_length(text);
    if (length) {
        arg->name = gil__strndup(text, length);
        text += length + 1;
    }
    bool fine = !length || arg->name;
    if (fine && *text == '@') {
        size_t size = strlen(text + 1);
        bool npy = size > 4 && strcmp(text + 1 + size - 4, ".npy") == 0;
        arg->source = npy ? GIL__SOURCE_NPY : GIL__SOURCE_FILE;
        arg->path = gil__strndup(text + 1, size);
        if (!size) {
            gil__text_add(why, "@ needs a file's name behind it");
            gil__arg_end(arg);
            return false;
        }
        fine = arg->path != NULL;
    } else if (fine) {
        if (!read_json(arg, text, why)) {
            gil__arg_end(arg);
            return false;
        }
    }
    if (!fine) {
        gil__text_add(why, "no memory");
        gil__arg_end(arg);
    }
    return fine;
}

void gil__arg_end(gil__arg *arg)
{
    gil__free(arg->name);
    gil__free(arg->path);
    json_decref(arg->json);
    *arg = (gil__arg){0};
}

/* ---- JSON -> objects ----------------------------------------------------------------------------------------- */

static gil_obj from_json(gil_env *env, json_t *json);

static gil_obj list_from_json(gil_env *env, json_t *json)
{
    gil_obj list = gil_list_new(env);
    bool fine = !gil_is_null(list);
    for (size_t i = 0; fine && i < json_array_size(json); i++)
        GIL_SCOPE(env) {
            gil_obj item = from_json(env, json_array_get(json, i));
            fine = !gil_is_null(item) && gil_list_append(env, list, item);
        }
    return fine ? list : GIL_NULL;
}

static gil_obj complex_from_json(gil_env *env, json_t *json)
{
    json_t *real = json_object_get(json, "real"), *imag = json_object_get(json, "imag");
    if (json_object_size(json) != 2 || !json_is_number(real) || !json_is_number(imag))
        return gil_raise(env, GIL_VALUE_ERROR,
                         "a JSON object is only read as a complex number: {\"real\": 1, \"imag\": 2}");
    return gil_complex_new(env, json_number_value(real), json_number_value(imag));
}

static gil_obj from_json(gil_env *env, json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_ARRAY:
        return list_from_json(env, json);
    case JSON_OBJECT:
        return complex_from_json(env, json);
    case JSON_STRING:
        return gil_str_new(env, json_string_value(json), json_string_length(json));
    case JSON_INTEGER:
        return gil_int_new(env, json_integer_value(json));
    case JSON_REAL:
        return gil_float_new(env, json_real_value(json));
    case JSON_NULL:
        return gil_none_new(env);
    default:
        return gil_bool_new(env, json_is_true(json));
    }
}

/* ---- A list for an argument that is written in place --------------------------------------------------------- */

/* Where in the lists we are, and which argument it is. */
typedef struct place {
    const gil__param *param;
    size_t index[GIL_MAX_DIMS];
} place;

/* "a[1][0]" */
static const char *name_of(const place *at, size_t depth, char *buffer, size_t size)
{
    gil__text text = gil__text_in(buffer, size);
    gil__text_add(&text, "%s", at->param->name);
    for (size_t axis = 0; axis < depth; axis++)
        gil__text_add(&text, "[%zu]", at->index[axis]);
    return buffer;
}

static bool write_item(gil_env *env, const gil_buffer *buffer, char *to, json_t *json, const place *at)
{
    char name[160], brief[64];
    gil_obj item = from_json(env, json);
    gil_dtype dtype = (gil_dtype)buffer->dtype;
    gil__fit fit = gil_is_null(item) ? GIL__FAILED : gil__element_write(env, item, dtype, to);
    if (fit == GIL__WRONG_TYPE || fit == GIL__OUT_OF_RANGE)
        gil_raise(env, fit == GIL__WRONG_TYPE ? GIL_TYPE_ERROR : GIL_OVERFLOW_ERROR, "argument %s is %s, wanted %s",
                  name_of(at, buffer->ndim, name, sizeof name), gil__object_brief(env, item, brief, sizeof brief),
                  gil__element_wanted(dtype));
    return fit == GIL__FITS;
}

static bool fill(gil_env *env, const gil_buffer *buffer, char *to, json_t *json, size_t axis, place *at)
{
    bool fine = true;
    if (axis == buffer->ndim) {
        GIL_SCOPE(env) {
            fine = write_item(env, buffer, to, json, at);
        }
        return fine;
    }
    for (size_t i = 0; i < buffer->shape[axis] && fine; i++) {
        at->index[axis] = i;
        fine = fill(env, buffer, to + (ptrdiff_t)i * buffer->strides[axis], json_array_get(json, i), axis + 1, at);
    }
    return fine;
}

/* Are the lists equally long at each level? Before anything is allocated, because the product of the lengths of
 * ragged ones means nothing. */
static bool check_lists(gil_env *env, json_t *json, const size_t *shape, size_t axis, place *at)
{
    char name[160];
    if (axis == at->param->ndim)
        return true;
    if (!json_is_array(json))
        gil_raise(env, GIL_VALUE_ERROR, "argument %s is no list: %s has %u dimensions",
                  name_of(at, axis, name, sizeof name), at->param->name, at->param->ndim);
    else if (json_array_size(json) != shape[axis])
        gil_raise(env, GIL_VALUE_ERROR,
                  "argument %s has %zu item%s where the first of its kind has %zu; make them equally long",
                  name_of(at, axis, name, sizeof name), json_array_size(json), json_array_size(json) == 1 ? "" : "s",
                  shape[axis]);
    if (gil_error_pending(env))
        return false;
    for (size_t i = 0; i < shape[axis]; i++) {
        at->index[axis] = i;
        if (!check_lists(env, json_array_get(json, i), shape, axis + 1, at))
            return false;
    }
    return true;
}

static gil_obj array_from_json(gil_env *env, json_t *json, const gil__param *param)
{
    size_t shape[GIL_MAX_DIMS] = {0};
    gil_buffer buffer;
    place at = {.param = param};
    json_t *first = json;
    for (size_t axis = 0; axis < param->ndim && json_is_array(first); axis++) {
        shape[axis] = json_array_size(first);
        first = json_array_get(first, 0);
    }
    if (!check_lists(env, json, shape, 0, &at))
        return GIL_NULL;
    gil_obj array = gil_array_new(env, gil__ctype_dtype(param->type), param->ndim, shape);
    if (gil_is_null(array) || !gil_buffer_pin(env, array, &buffer))
        return GIL_NULL;
    bool fine = fill(env, &buffer, buffer.data, json, 0, &at);
    gil_buffer_release(env, &buffer);
    return fine ? array : GIL_NULL;
}

/* A file's bytes, as the parameter wants them: text, bytes, or an array of one-byte integers over
 * the mapped file. */
static gil_obj object_from_file(gil_env *env, const char *path, const gil__param *param)
{
    gil__class class = param ? (gil__class)param->type.class : GIL__UNSIGNED;
    bool whole = param && param->ndim == 0 && (class == GIL__STRING || class == GIL__OBJECT);
    bool one_byte = param && param->ndim && param->type.size == 1 && class != GIL__BOOL;
    if (param && param->ndim && param->type.size != 1)
        return gil_raise(env, GIL_TYPE_ERROR,
                         "argument %s: %s is no .npy file, and its bytes are no %s; save it with numpy.save",
                         param->name, path, gil__ctype_name(param->type));
    gil_obj array = gil__bytes_load(env, path, one_byte ? gil__ctype_dtype(param->type) : GIL_UINT8);
    gil_buffer buffer;
    if (gil_is_null(array) || !whole || !gil_buffer_pin(env, array, &buffer))
        return array;
    gil_obj copy = class == GIL__STRING ? gil_str_new(env, buffer.data, buffer.shape[0])
                                        : gil_bytes_new(env, buffer.data, buffer.shape[0]);
    gil_buffer_release(env, &buffer);
    return copy;
}

gil_obj gil__arg_object(gil_env *env, const gil__arg *arg, const gil__param *param)
{
    switch (arg->source) {
    case GIL__SOURCE_NPY:
        return gil__npy_load(env, arg->path);
    case GIL__SOURCE_FILE:
        return object_from_file(env, arg->path, param);
    case GIL__SOURCE_NUMBER:
        return gil_float_new(env, arg->number);
    case GIL__SOURCE_JSON:
        break;
    }
    if (param && param->ndim && param->direction == GIL__INOUT && json_is_array(arg->json))
        return array_from_json(env, arg->json, param);
    return from_json(env, arg->json);
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
    if (depth > MAX_NESTING) {
        gil_raise(env, GIL_VALUE_ERROR, "the result is nested more than %d deep, or holds itself", MAX_NESTING);
        return NULL;
    }
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
    default:
        gil_raise(env, GIL_TYPE_ERROR, "a %s cannot be shown", gil_type_name(env, object));
        return NULL;
    }
}

json_t *gil__value_json(gil_env *env, gil_obj object)
{
    return json_at(env, object, 0);
}

/* ---- Objects -> text ----------------------------------------------------------------------------------------- */

enum { ENDS = 3, LONG = 40 };

/* The fewest digits that read back as the same number. */
static void print_float(double value, FILE *to)
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
    print_float(real, to);
    if (!signbit(imag))
        fputc('+', to);
    print_float(imag, to);
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
    if (depth > MAX_NESTING) {
        fputs("...", to);
        return;
    }
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

static void print_at(gil_env *env, gil_obj object, FILE *to, unsigned depth)
{
    double value = 0;
    switch (gil_type_of(env, object)) {
    case GIL_OBJ_FLOAT:
        gil_float_get(env, object, &value);
        print_float(value, to);
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
    case GIL_OBJ_EXCEPTION:
    case GIL_OBJ_FUNCTION:
    case GIL_OBJ_MODULE:
        fprintf(to, "<%s>", gil_type_name(env, object));
        break;
    default:
        print_text(env, object, to);
    }
}

void gil__value_print(gil_env *env, gil_obj object, FILE *to)
{
    print_at(env, object, to, 0);
}
