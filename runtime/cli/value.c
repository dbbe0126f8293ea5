/* SPDX-License-Identifier: MIT */
#include "cli/value.h"

#include <ctype.h>
#include <gilkit/gil.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "call/element.h"
#include "cli/npy.h"

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

static gil_obj from_json(gil_env *env, json_t *json, bool dicts);

static gil_obj list_from_json(gil_env *env, json_t *json, bool dicts)
{
    gil_obj list = gil_list_new(env);
    bool fine = !gil_is_null(list);
    for (size_t i = 0; fine && i < json_array_size(json); i++)
        GIL_SCOPE(env) {
            gil_obj item = from_json(env, json_array_get(json, i), dicts);
            fine = !gil_is_null(item) && gil_list_append(env, list, item);
        }
    return fine ? list : GIL_NULL;
}

static gil_obj dict_from_json(gil_env *env, json_t *json)
{
    gil_obj dict = gil_dict_new(env);
    bool fine = !gil_is_null(dict);
    for (void *at = json_object_iter(json); fine && at; at = json_object_iter_next(json, at))
        GIL_SCOPE(env) {
            gil_obj key = gil_str_new(env, json_object_iter_key(at), json_object_iter_key_len(at));
            fine = gil_item_set(env, dict, key, from_json(env, json_object_iter_value(at), true));
        }
    return fine ? dict : GIL_NULL;
}

/* {"real": 1, "imag": 2} is a complex number everywhere, as results show one; another object is a dict where a gil_obj
 * is asked for. */
static gil_obj from_json_object(gil_env *env, json_t *json, bool dicts)
{
    json_t *real = json_object_get(json, "real"), *imag = json_object_get(json, "imag");
    if (json_object_size(json) == 2 && json_is_number(real) && json_is_number(imag))
        return gil_complex_new(env, json_number_value(real), json_number_value(imag));
    if (dicts)
        return dict_from_json(env, json);
    return gil_raise(env, GIL_VALUE_ERROR,
                     "a JSON object is only read as a complex number, {\"real\": 1, \"imag\": 2}, or as a dict where a "
                     "gil_obj is asked for");
}

/* dicts: may an object be one? */
static gil_obj from_json(gil_env *env, json_t *json, bool dicts)
{
    switch (json_typeof(json)) {
    case JSON_ARRAY:
        return list_from_json(env, json, dicts);
    case JSON_OBJECT:
        return from_json_object(env, json, dicts);
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
    gil_obj item = from_json(env, json, false);
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
    return from_json(env, arg->json, param && param->type.class == GIL__OBJECT);
}
