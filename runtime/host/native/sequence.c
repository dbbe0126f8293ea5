/* SPDX-License-Identifier: MIT */
#include <gilkit/gil.h>
#include <string.h>

#include "base/memory.h"
#include "host/native/object.h"

void gil__sequence_end(void *object)
{
    gil__sequence *sequence = object;
    for (size_t i = 0; i < sequence->count; i++)
        gil__object_drop(sequence->items[i]);
    gil__free(sequence->items);
}

gil__sequence *gil__sequence_new(gil_env *env, gil_type type, size_t room)
{
    gil__sequence *sequence = gil__object_new(env, sizeof *sequence, type);
    if (sequence && room && !gil__sequence_reserve(env, sequence, room)) {
        gil__object_drop(sequence);
        return NULL;
    }
    return sequence;
}

bool gil__sequence_reserve(gil_env *env, gil__sequence *sequence, size_t more)
{
    if (sequence->room - sequence->count >= more)
        return true;
    size_t room = sequence->room * 2, needed;
    if (!__builtin_add_overflow(sequence->count, more, &needed)) {
        if (room < needed)
            room = needed < 4 ? 4 : needed;
        gil__object **grown = gil__realloc(sequence->items, room, sizeof *grown);
        if (grown) {
            sequence->items = grown;
            sequence->room = room;
            return true;
        }
    }
    gil__no_memory(env);
    return false;
}

gil_obj gil__native_list_new(gil_env *env)
{
    return gil__object_handle(env, gil__sequence_new(env, GIL_OBJ_LIST, 0));
}

bool gil__native_list_append(gil_env *env, gil_obj object, gil_obj item)
{
    gil__sequence *list = gil__object_of(env, object, GIL_OBJ_LIST);
    if (!list)
        return false;
    if (gil_is_null(item))
        return gil__refuse_null(env);
    if (!gil__sequence_reserve(env, list, 1))
        return false;
    gil__object_keep(item.gil__handle);
    list->items[list->count++] = item.gil__handle;
    return true;
}

gil_obj gil__native_tuple_new(gil_env *env, size_t count, const gil_obj *items)
{
    for (size_t i = 0; i < count; i++)
        if (gil_is_null(items[i])) {
            gil__refuse_null(env);
            return GIL_NULL;
        }
    gil__sequence *tuple = gil__sequence_new(env, GIL_OBJ_TUPLE, count);
    if (!tuple)
        return GIL_NULL;
    for (size_t i = 0; i < count; i++) {
        gil__object_keep(items[i].gil__handle);
        tuple->items[i] = items[i].gil__handle;
    }
    tuple->count = count;
    return gil__object_handle(env, tuple);
}

static gil__sequence *sequence_of(gil_env *env, gil_obj object)
{
    gil_type type = gil_type_of(env, object);
    if (type == GIL_OBJ_LIST || type == GIL_OBJ_TUPLE)
        return object.gil__handle;
    if (gil_is_null(object))
        gil__refuse_null(env);
    else
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
    const gil__sequence *sequence = sequence_of(env, object);
    if (!sequence)
        return GIL_NULL;
    if (index >= sequence->count)
        return gil_raise(env, GIL_INDEX_ERROR, "index %zu of a %s of %zu", index, gil_type_name(env, object),
                         sequence->count);
    return gil__object_show(env, sequence->items[index]);
}

/* ---- Changing a list ---------------------------------------------------------------------------------------- */

bool gil__native_list_insert(gil_env *env, gil_obj object, int64_t index, gil_obj item)
{
    gil__sequence *list = gil__object_of(env, object, GIL_OBJ_LIST);
    if (!list)
        return false;
    if (gil_is_null(item))
        return gil__refuse_null(env);
    if (!gil__sequence_reserve(env, list, 1))
        return false;
    int64_t count = (int64_t)list->count;
    if (index < 0)
        index = index + count < 0 ? 0 : index + count;
    if (index > count)
        index = count;
    memmove(&list->items[index + 1], &list->items[index], (size_t)(count - index) * sizeof *list->items);
    gil__object_keep(item.gil__handle);
    list->items[index] = item.gil__handle;
    list->count++;
    return true;
}

/* All items of a list or tuple at once: it may be the list itself. */
static bool extend_by_sequence(gil_env *env, gil__sequence *list, const gil__sequence *from)
{
    size_t count = from->count;
    if (!gil__sequence_reserve(env, list, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        gil__object_keep(from->items[i]);
        list->items[list->count++] = from->items[i];
    }
    return true;
}

/* Does not look at the type of the first: a tuple that is being made grows too. */
static bool extend(gil_env *env, gil_obj to, gil_obj items)
{
    gil__sequence *list = to.gil__handle;
    gil_type type = gil_type_of(env, items);
    if (type == GIL_OBJ_LIST || type == GIL_OBJ_TUPLE)
        return extend_by_sequence(env, list, items.gil__handle);
    gil_obj iterator = gil_iter(env, items), item = GIL_NULL;
    bool fine = !gil_is_null(iterator), more = fine;
    while (more)
        GIL_SCOPE(env) {
            fine = gil_iter_next(env, iterator, &item);
            more = fine && !gil_is_null(item);
            fine = more ? gil__sequence_reserve(env, list, 1) : fine;
            more &= fine;
            if (more) {
                gil__object_keep(item.gil__handle);
                list->items[list->count++] = item.gil__handle;
            }
        }
    return fine;
}

bool gil__native_list_extend(gil_env *env, gil_obj list, gil_obj items)
{
    return gil__object_of(env, list, GIL_OBJ_LIST) && extend(env, list, items);
}

bool gil__native_list_reverse(gil_env *env, gil_obj object)
{
    gil__sequence *list = gil__object_of(env, object, GIL_OBJ_LIST);
    for (size_t i = 0; list && i < list->count / 2; i++) {
        gil__object *kept = list->items[i];
        list->items[i] = list->items[list->count - 1 - i];
        list->items[list->count - 1 - i] = kept;
    }
    return list != NULL;
}

static gil_obj from(gil_env *env, gil_type type, gil_obj items)
{
    gil_obj made = gil__object_handle(env, gil__sequence_new(env, type, 0));
    return !gil_is_null(made) && extend(env, made, items) ? made : GIL_NULL;
}

gil_obj gil__native_list_from(gil_env *env, gil_obj items)
{
    return from(env, GIL_OBJ_LIST, items);
}

gil_obj gil__native_tuple_from(gil_env *env, gil_obj items)
{
    return from(env, GIL_OBJ_TUPLE, items);
}

/* ---- Sorting ------------------------------------------------------------------------------------------------ */

/* Merge two sorted runs. false: an exception is pending; every item is still in `to` or `items`, because a merge that
 * failed only copies on. */
static bool merge(gil_env *env, gil__object **items, size_t middle, size_t count, gil__object **to)
{
    size_t left = 0, right = middle, at = 0;
    bool fine = true;
    while (left < middle && right < count) {
        bool less = false;
        if (fine)
            fine = gil_compare(env, (gil_obj){items[right]}, GIL_LT, (gil_obj){items[left]}, &less);
        to[at++] = fine && less ? items[right++] : items[left++];
    }
    while (left < middle)
        to[at++] = items[left++];
    while (right < count)
        to[at++] = items[right++];
    memcpy(items, to, count * sizeof *items);
    return fine;
}

static bool sort(gil_env *env, gil__object **items, size_t count, gil__object **room)
{
    if (count < 2)
        return true;
    size_t middle = count / 2;
    return sort(env, items, middle, room) && sort(env, items + middle, count - middle, room) &&
           merge(env, items, middle, count, room);
}

/* The list is empty meanwhile, so that what compares cannot change what is being sorted. */
bool gil__native_list_sort(gil_env *env, gil_obj object)
{
    gil__sequence *list = gil__object_of(env, object, GIL_OBJ_LIST);
    if (!list)
        return false;
    gil__object **room = gil__alloc(list->count, sizeof *room);
    if (!room) {
        gil__no_memory(env);
        return false;
    }
    gil__sequence taken = *list;
    list->items = NULL;
    list->count = list->room = 0;
    bool fine = sort(env, taken.items, taken.count, room);
    gil__free(room);
    gil__sequence meanwhile = *list;
    list->items = taken.items;
    list->count = taken.count;
    list->room = taken.room;
    if (fine && meanwhile.count) {
        gil_raise(env, GIL_VALUE_ERROR, "the list was changed while it was sorted");
        fine = false;
    }
    gil__sequence_end(&meanwhile);
    return fine;
}
