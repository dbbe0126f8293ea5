/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/memory.h"
#include "host/native/object.h"

void gil__sequence_end(gil__sequence *sequence)
{
    for (size_t i = 0; i < sequence->count; i++)
        gil__object_drop(sequence->items[i]);
    gil__free(sequence->items);
}

/* An item that could not be made has raised already: that is the error to keep. */
static gil_obj refuse_null(gil_env *env)
{
    if (!gil_error_pending(env))
        gil_raise(env, GIL_TYPE_ERROR, "GIL_NULL is no item");
    return GIL_NULL;
}

gil_obj gil__native_list_new(gil_env *env)
{
    return gil__object_handle(env, gil__object_new(env, sizeof(gil__sequence), GIL_OBJ_LIST));
}

bool gil__native_list_append(gil_env *env, gil_obj object, gil_obj item)
{
    gil__sequence *list = gil__object_of(env, object, GIL_OBJ_LIST);
    if (!list)
        return false;
    if (gil_is_null(item)) {
        refuse_null(env);
        return false;
    }
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 8;
        gil__object **grown = gil__realloc(list->items, room, sizeof *grown);
        if (!grown) {
            gil__no_memory(env);
            return false;
        }
        list->items = grown;
        list->room = room;
    }
    gil__object_keep(item.gil__handle);
    list->items[list->count++] = item.gil__handle;
    return true;
}

gil_obj gil__native_tuple_new(gil_env *env, size_t count, const gil_obj *items)
{
    for (size_t i = 0; i < count; i++)
        if (gil_is_null(items[i]))
            return refuse_null(env);
    gil__sequence *tuple = gil__object_new(env, sizeof *tuple, GIL_OBJ_TUPLE);
    if (!tuple)
        return GIL_NULL;
    tuple->items = gil__alloc(count, sizeof *tuple->items);
    if (!tuple->items) {
        gil__object_drop(tuple);
        return gil__no_memory(env);
    }
    for (size_t i = 0; i < count; i++) {
        gil__object_keep(items[i].gil__handle);
        tuple->items[i] = items[i].gil__handle;
    }
    tuple->count = tuple->room = count;
    return gil__object_handle(env, tuple);
}

static gil__sequence *sequence_of(gil_env *env, gil_obj object)
{
    gil_type type = gil_type_of(env, object);
    if (type == GIL_OBJ_LIST || type == GIL_OBJ_TUPLE)
        return object.gil__handle;
    gil_raise(env, GIL_TYPE_ERROR, "%s is neither list nor tuple", gil_type_name(env, object));
    return NULL;
}

bool gil__native_sequence_length(gil_env *env, gil_obj object, size_t *length)
{
    const gil__sequence *sequence = sequence_of(env, object);
    if (sequence)
        *length = sequence->count;
    return sequence != NULL;
}

gil_obj gil__native_sequence_item(gil_env *env, gil_obj object, size_t index)
{
    gil__sequence *sequence = sequence_of(env, object);
    if (!sequence)
        return GIL_NULL;
    if (index >= sequence->count)
        return gil_raise(env, GIL_INDEX_ERROR, "index %zu of a %s of %zu", index, gil_type_name(env, object),
                         sequence->count);
    gil__object_keep(sequence->items[index]);
    return gil__object_handle(env, sequence->items[index]);
}
