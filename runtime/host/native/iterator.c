/* SPDX-License-Identifier: MIT
 *
 * Going through what has items.
 */
#include <string.h>

#include "host/native/object.h"

void gil__iterator_end(void *object)
{
    gil__iterator *iterator = object;
    if (iterator->of)
        gil__object_drop(iterator->of);
}

static gil_obj over(gil_env *env, gil__object *of, size_t count)
{
    gil__iterator *iterator = gil__object_new(env, sizeof *iterator, (gil_type)GIL__OBJ_ITERATOR);
    if (iterator) {
        gil__object_keep(of);
        iterator->of = of;
        iterator->count = count;
    }
    return gil__object_handle(env, iterator);
}

gil_obj gil__native_iter(gil_env *env, gil_obj handle)
{
    gil__object *object = gil__object_at(handle);
    if (!object) {
        gil__refuse_null(env);
        return GIL_NULL;
    }
    switch (object->type) {
    case GIL_OBJ_LIST:
    case GIL_OBJ_TUPLE:
    case GIL_OBJ_STR:
    case GIL_OBJ_BYTES:
        return over(env, object, 0);
    case GIL_OBJ_DICT:
        return over(env, object, ((const gil__dict *)object)->count);
    case GIL_OBJ_ARRAY:
        if (((const gil__array *)object)->memory.ndim > 0)
            return over(env, object, 0);
        break;
    case GIL__OBJ_ITERATOR:
        return gil__object_show(env, object);
    case GIL_OBJ_RESOURCE:
        if (gil__resource_slot(object, GIL_ROLE_ITER))
            return gil__resource_call(env, object, GIL_ROLE_ITER, 0, NULL);
        if (gil__resource_slot(object, GIL_ROLE_NEXT))
            return gil__object_show(env, object);
        if (gil__resource_slot(object, GIL_ROLE_LENGTH) && gil__resource_slot(object, GIL_ROLE_GET_ITEM))
            return over(env, object, 0);
        break;
    default:
        break;
    }
    return gil_raise(env, GIL_TYPE_ERROR, "%s has no items to go through", gil_type_name(env, handle));
}

/* The end: what was gone through is needed no more. */
static gil_obj stop(gil__iterator *iterator)
{
    gil__object *of = iterator->of;
    iterator->of = NULL;
    if (of) /* what was asked for its length may have gone through it to the end */
        gil__object_drop(of);
    return GIL_NULL;
}

static gil_obj next_of_string(gil_env *env, gil__iterator *iterator)
{
    const gil__string *string = (const gil__string *)iterator->of;
    size_t at = iterator->next;
    if (at >= string->length)
        return stop(iterator);
    if (string->base.type == GIL_OBJ_BYTES) {
        iterator->next++;
        return gil_int_new(env, (unsigned char)string->bytes[at]);
    }
    size_t end = at + 1;
    while (end < string->length && ((unsigned char)string->bytes[end] & 0xc0) == 0x80)
        end++;
    gil_obj point = gil__object_handle(env, gil__string_new(env, GIL_OBJ_STR, string->bytes + at, end - at));
    if (!gil_is_null(point))
        iterator->next = end;
    return point;
}

static gil_obj next_of_dict(gil_env *env, gil__iterator *iterator)
{
    const gil__dict *dict = (const gil__dict *)iterator->of;
    if (dict->count != iterator->count) {
        stop(iterator);
        return gil_raise(env, GIL_RUNTIME_ERROR, "the dict changed its size while it was gone through");
    }
    while (iterator->next < dict->used && !dict->entries[iterator->next].key)
        iterator->next++;
    if (iterator->next >= dict->used)
        return stop(iterator);
    gil_obj key = gil__object_show(env, dict->entries[iterator->next].key);
    if (!gil_is_null(key))
        iterator->next++;
    return key;
}

/* By index: of an array, or of a resource. */
static gil_obj next_by_index(gil_env *env, gil__iterator *iterator)
{
    gil__object *of = iterator->of;
    gil_obj item = GIL_NULL;
    size_t length;
    gil__object_keep(of); /* its slots run without the GIL: another thread may end the iterator meanwhile */
    if (gil_length(env, (gil_obj){of}, &length)) {
        size_t at = iterator->next;
        if (at < length)
            item = gil_item_get(env, (gil_obj){of}, gil_uint_new(env, at));
        else
            stop(iterator);
        if (!gil_is_null(item) && iterator->next == at)
            iterator->next++;
    }
    gil__object_drop(of);
    return item;
}

static gil_obj next_item(gil_env *env, gil__iterator *iterator)
{
    switch (iterator->of ? iterator->of->type : GIL_OBJ_NONE) {
    case GIL_OBJ_NONE:
        return GIL_NULL;
    case GIL_OBJ_LIST:
    case GIL_OBJ_TUPLE: {
        const gil__sequence *sequence = (const gil__sequence *)iterator->of;
        if (iterator->next >= sequence->count)
            return stop(iterator);
        gil_obj item = gil__object_show(env, sequence->items[iterator->next]);
        if (!gil_is_null(item))
            iterator->next++;
        return item;
    }
    case GIL_OBJ_STR:
    case GIL_OBJ_BYTES:
        return next_of_string(env, iterator);
    case GIL_OBJ_DICT:
        return next_of_dict(env, iterator);
    default:
        return next_by_index(env, iterator);
    }
}

bool gil__native_iter_next(gil_env *env, gil_obj handle, gil_obj *item)
{
    gil__object *object = gil__object_at(handle);
    gil_obj next;
    if (!object)
        return gil__refuse_null(env);
    if (object->type == GIL__OBJ_ITERATOR) {
        next = next_item(env, (gil__iterator *)object);
    } else if (gil__resource_slot(object, GIL_ROLE_NEXT)) {
        next = gil__resource_call(env, object, GIL_ROLE_NEXT, 0, NULL);
    } else {
        gil_raise(env, GIL_TYPE_ERROR, "%s is no iterator; gil_iter makes one", gil_type_name(env, handle));
        return false;
    }
    if (gil_is_null(next) && gil_error_pending(env))
        return false;
    *item = next;
    return true;
}
