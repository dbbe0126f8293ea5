/* SPDX-License-Identifier: MIT
 *
 * Items, lengths and membership, of whatever has them.
 */
#include <gilkit/gil.h>
#include <string.h>

#include "host/native/object.h"

static bool refuse(gil_env *env, gil_obj object, const char *what)
{
    if (gil_is_null(object))
        return gil__refuse_null(env);
    gil_raise(env, GIL_TYPE_ERROR, "%s %s", gil_type_name(env, object), what);
    return false;
}

/* A slot's result that is an integer of at least 0. */
static bool read_length(gil_env *env, gil_obj object, gil_obj result, size_t *length)
{
    int64_t value;
    if (gil_is_null(result) || !gil_int_get(env, result, &value))
        return false;
    if (value < 0) {
        gil_raise(env, GIL_VALUE_ERROR, "length of %s is %lld", gil_type_name(env, object), (long long)value);
        return false;
    }
    *length = (size_t)value;
    return true;
}

bool gil__native_length(gil_env *env, gil_obj handle, size_t *length)
{
    gil__object *object = gil__object_at(handle);
    switch (object ? object->type : GIL_OBJ_OTHER) {
    case GIL_OBJ_STR:
    case GIL_OBJ_BYTES:
        *length = gil__string_points((gil__string *)object);
        return true;
    case GIL_OBJ_LIST:
    case GIL_OBJ_TUPLE:
        *length = ((const gil__sequence *)object)->count;
        return true;
    case GIL_OBJ_DICT:
        *length = ((const gil__dict *)object)->count;
        return true;
    case GIL_OBJ_ARRAY:
        if (((const gil__array *)object)->memory.ndim == 0)
            break;
        *length = ((const gil__array *)object)->memory.shape[0];
        return true;
    case GIL_OBJ_RESOURCE:
        if (gil__resource_slot(object, GIL_ROLE_LENGTH))
            return read_length(env, handle, gil__resource_call(env, object, GIL_ROLE_LENGTH, 0, NULL), length);
        break;
    default:
        break;
    }
    return refuse(env, handle, "has no length");
}

static gil_obj string_item(gil_env *env, gil__string *string, gil_obj key)
{
    size_t index;
    if (!gil__index_of(env, (gil_obj){string}, key, gil__string_points(string), &index))
        return GIL_NULL;
    if (string->base.type == GIL_OBJ_BYTES)
        return gil_int_new(env, (unsigned char)string->bytes[index]);
    return gil_slice(env, (gil_obj){string}, (int64_t)index, (int64_t)index + 1, 1);
}

static gil_obj dict_item(gil_env *env, gil__dict *dict, gil_obj key)
{
    bool fine;
    gil__object *value = gil__dict_value(env, dict, key.gil__handle, &fine);
    return value || !fine ? gil__object_show(env, value) : gil__dict_refuse_key(env, key.gil__handle);
}

gil_obj gil__native_item_get(gil_env *env, gil_obj container, gil_obj key)
{
    gil__object *object = gil__object_at(container);
    size_t index;
    if (gil_is_null(key)) {
        gil__refuse_null(env);
        return GIL_NULL;
    }
    switch (object ? object->type : GIL_OBJ_OTHER) {
    case GIL_OBJ_LIST:
    case GIL_OBJ_TUPLE: {
        const gil__sequence *sequence = (const gil__sequence *)object;
        if (!gil__index_of(env, container, key, sequence->count, &index))
            return GIL_NULL;
        return gil__object_show(env, sequence->items[index]);
    }
    case GIL_OBJ_STR:
    case GIL_OBJ_BYTES:
        return string_item(env, (gil__string *)object, key);
    case GIL_OBJ_DICT:
        return dict_item(env, (gil__dict *)object, key);
    case GIL_OBJ_ARRAY:
        return gil__array_item(env, (gil__array *)object, key);
    case GIL_OBJ_RESOURCE:
        if (gil__resource_slot(object, GIL_ROLE_GET_ITEM))
            return gil__resource_call(env, object, GIL_ROLE_GET_ITEM, 1, &key);
        break;
    default:
        break;
    }
    refuse(env, container, "has no items");
    return GIL_NULL;
}

bool gil__native_item_set(gil_env *env, gil_obj container, gil_obj key, gil_obj value)
{
    gil__object *object = gil__object_at(container);
    size_t index;
    if (gil_is_null(key) || gil_is_null(value))
        return gil__refuse_null(env);
    switch (object ? object->type : GIL_OBJ_OTHER) {
    case GIL_OBJ_LIST: {
        gil__sequence *list = (gil__sequence *)object;
        if (!gil__index_of(env, container, key, list->count, &index))
            return false;
        gil__object *before = list->items[index];
        gil__object_keep(value.gil__handle);
        list->items[index] = value.gil__handle;
        gil__object_drop(before);
        return true;
    }
    case GIL_OBJ_DICT:
        return gil__dict_put(env, (gil__dict *)object, key.gil__handle, value.gil__handle);
    case GIL_OBJ_ARRAY:
        return gil__array_set_item(env, (gil__array *)object, key, value);
    case GIL_OBJ_RESOURCE:
        if (gil__resource_slot(object, GIL_ROLE_SET_ITEM))
            return !gil_is_null(gil__resource_call(env, object, GIL_ROLE_SET_ITEM, 2, (gil_obj[]){key, value}));
        break;
    default:
        break;
    }
    return refuse(env, container, "has no items that can be set");
}

bool gil__native_item_delete(gil_env *env, gil_obj container, gil_obj key)
{
    gil__object *object = gil__object_at(container);
    size_t index;
    if (gil_is_null(key))
        return gil__refuse_null(env);
    switch (object ? object->type : GIL_OBJ_OTHER) {
    case GIL_OBJ_LIST: {
        gil__sequence *list = (gil__sequence *)object;
        if (!gil__index_of(env, container, key, list->count, &index))
            return false;
        gil__object *gone = list->items[index];
        memmove(&list->items[index], &list->items[index + 1], (--list->count - index) * sizeof *list->items);
        gil__object_drop(gone);
        return true;
    }
    case GIL_OBJ_DICT:
        return gil__dict_remove(env, (gil__dict *)object, key.gil__handle);
    case GIL_OBJ_RESOURCE:
        if (gil__resource_slot(object, GIL_ROLE_DELETE_ITEM))
            return !gil_is_null(gil__resource_call(env, object, GIL_ROLE_DELETE_ITEM, 1, &key));
        break;
    default:
        break;
    }
    return refuse(env, container, "has no items that can be deleted");
}

/* ---- Membership --------------------------------------------------------------------------------------------- */

static bool string_contains(gil_env *env, const gil__string *string, gil_obj item, bool *value)
{
    int64_t byte;
    const gil__object *object = gil__object_at(item);
    if (object->type == string->base.type) {
        const gil__string *part = (const gil__string *)object;
        *value = part->length == 0 || memmem(string->bytes, string->length, part->bytes, part->length) != NULL;
        return true;
    }
    if (string->base.type == GIL_OBJ_STR || object->type != GIL_OBJ_INT)
        return refuse(env, item, string->base.type == GIL_OBJ_STR ? "cannot be in str" : "cannot be in bytes");
    gil_int_get(env, item, &byte);
    if (byte < 0 || byte > 255) {
        gil_raise(env, GIL_VALUE_ERROR, "%lld is no byte; they go from 0 to 255", (long long)byte);
        return false;
    }
    *value = string->length && memchr(string->bytes, (int)byte, string->length) != NULL;
    return true;
}

static bool sequence_contains(gil_env *env, const gil__sequence *sequence, gil_obj item, bool *value)
{
    bool fine = true;
    *value = false;
    for (size_t i = 0; fine && !*value && i < sequence->count; i++) {
        gil__object *other = sequence->items[i];
        gil__object_keep(other);
        fine = gil__objects_equal(env, other, gil__object_at(item), value);
        gil__object_drop(other);
    }
    return fine;
}

static bool iteration_contains(gil_env *env, gil_obj container, gil_obj item, bool *value)
{
    gil_obj iterator = gil_iter(env, container), other = GIL_NULL;
    bool fine = !gil_is_null(iterator), more = fine;
    *value = false;
    while (more)
        GIL_SCOPE(env) {
            fine = gil_iter_next(env, iterator, &other);
            more = fine && !gil_is_null(other);
            if (more)
                fine = gil__objects_equal(env, gil__object_at(other), gil__object_at(item), value);
            more &= fine && !*value;
        }
    return fine;
}

bool gil__native_contains(gil_env *env, gil_obj container, gil_obj item, bool *value)
{
    gil__object *object = gil__object_at(container);
    bool fine, found;
    if (gil_is_null(item) || !object)
        return gil__refuse_null(env);
    switch (object->type) {
    case GIL_OBJ_STR:
    case GIL_OBJ_BYTES:
        return string_contains(env, (const gil__string *)object, item, value);
    case GIL_OBJ_LIST:
    case GIL_OBJ_TUPLE:
        fine = sequence_contains(env, (const gil__sequence *)object, item, &found);
        break;
    case GIL_OBJ_DICT:
        found = gil__dict_value(env, (gil__dict *)object, item.gil__handle, &fine) != NULL;
        break;
    default:
        if (gil__resource_slot(object, GIL_ROLE_CONTAINS)) {
            gil_obj answer = gil__resource_call(env, object, GIL_ROLE_CONTAINS, 1, &item);
            return !gil_is_null(answer) && gil_bool_get(env, answer, value);
        }
        fine = iteration_contains(env, container, item, &found);
    }
    if (fine)
        *value = found;
    return fine;
}

/* ---- Truth -------------------------------------------------------------------------------------------------- */

bool gil__native_truth(gil_env *env, gil_obj handle, bool *value)
{
    const gil__object *object = gil__object_at(handle);
    const gil__number *number = (const gil__number *)object;
    size_t length;
    switch (object ? object->type : GIL_OBJ_OTHER) {
    case GIL_OBJ_OTHER:
        return gil__refuse_null(env);
    case GIL_OBJ_NONE:
        *value = false;
        return true;
    case GIL_OBJ_BOOL:
        *value = number->truth;
        return true;
    case GIL_OBJ_INT:
        *value = number->integer != 0;
        return true;
    case GIL_OBJ_FLOAT:
        *value = number->real != 0;
        return true;
    case GIL_OBJ_COMPLEX:
        *value = number->real != 0 || number->imag != 0;
        return true;
    case GIL_OBJ_ARRAY:
        break;
    case GIL_OBJ_RESOURCE:
        if (!gil__resource_slot(object, GIL_ROLE_LENGTH)) {
            *value = true;
            return true;
        }
        break;
    case GIL_OBJ_STR:
    case GIL_OBJ_BYTES:
    case GIL_OBJ_LIST:
    case GIL_OBJ_TUPLE:
    case GIL_OBJ_DICT:
        break;
    default:
        *value = true;
        return true;
    }
    if (object->type == GIL_OBJ_ARRAY && ((const gil__array *)object)->memory.ndim == 0) {
        *value = true;
        return true;
    }
    if (!gil_length(env, handle, &length))
        return false;
    *value = length != 0;
    return true;
}
