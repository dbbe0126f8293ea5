/* SPDX-License-Identifier: MIT
 *
 * Indices and slices, as Python has them.
 */
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "host/native/object.h"

bool gil__index_of(gil_env *env, gil_obj container, gil_obj key, size_t length, size_t *index)
{
    int64_t value;
    const gil__object *object = gil__object_at(key);
    if (!object)
        return gil__refuse_null(env);
    if (object->type != GIL_OBJ_INT && object->type != GIL_OBJ_BOOL) {
        gil_raise(env, GIL_TYPE_ERROR, "the index of %s is %s, wanted an int", gil_type_name(env, container),
                  gil_type_name(env, key));
        return false;
    }
    gil_int_get(env, key, &value);
    int64_t at = value < 0 ? value + (int64_t)length : value;
    if (at < 0 || (uint64_t)at >= length) {
        gil_raise(env, GIL_INDEX_ERROR, "index %" PRId64 " of a %s of %zu", value, gil_type_name(env, container),
                  length);
        return false;
    }
    *index = (size_t)at;
    return true;
}

/* A bound cut to what exists: from 0 to length going up, from -1 to length - 1 going down. */
static int64_t cut(int64_t bound, int64_t length, int64_t step)
{
    int64_t low = step < 0 ? -1 : 0, high = step < 0 ? length - 1 : length;
    if (bound == INT64_MIN || bound < -length)
        return low;
    if (bound < 0)
        bound += length;
    return bound < high ? bound : high;
}

/* How many items, from where. false: ValueError. */
static bool measure(gil_env *env, size_t length, int64_t *start, int64_t stop, int64_t step, size_t *count)
{
    if (step == 0) {
        gil_raise(env, GIL_VALUE_ERROR, "a slice goes nowhere with a step of 0");
        return false;
    }
    *start = cut(*start, (int64_t)length, step);
    stop = cut(stop, (int64_t)length, step);
    uint64_t span = step > 0 ? (uint64_t)(stop - *start) : (uint64_t)(*start - stop);
    uint64_t stride = step > 0 ? (uint64_t)step : -(uint64_t)step;
    bool none = step > 0 ? stop <= *start : stop >= *start;
    *count = none ? 0 : (size_t)((span - 1) / stride + 1);
    return true;
}

static gil_obj slice_sequence(gil_env *env, const gil__sequence *from, int64_t start, size_t count, int64_t step)
{
    gil__sequence *to = gil__sequence_new(env, (gil_type)from->base.type, count);
    for (size_t i = 0; to && i < count; i++) {
        gil__object *item = from->items[start + (int64_t)i * step];
        gil__object_keep(item);
        to->items[to->count++] = item;
    }
    return gil__object_handle(env, to);
}

static gil_obj slice_string(gil_env *env, gil__string *from, int64_t start, size_t count, int64_t step)
{
    gil_type type = (gil_type)from->base.type;
    size_t points = gil__string_points(from), bytes = 0;
    if (step == 1) {
        size_t begin = gil__string_offset(from, (size_t)start), end = gil__string_offset(from, (size_t)start + count);
        return gil__object_handle(env, gil__string_new(env, type, from->bytes + begin, count ? end - begin : 0));
    }
    size_t *offsets = gil__alloc(points + 1, sizeof *offsets); /* where each code point begins */
    if (!offsets)
        return gil__no_memory(env);
    for (size_t i = 0, point = 0; i <= from->length; i++)
        if (i == from->length || type == GIL_OBJ_BYTES || ((unsigned char)from->bytes[i] & 0xc0) != 0x80)
            offsets[point++] = i;
    for (size_t i = 0; i < count; i++) {
        const size_t *at = &offsets[start + (int64_t)i * step];
        bytes += at[1] - at[0];
    }
    gil__string *to = gil__string_new(env, type, NULL, bytes);
    char *next = to ? to->bytes : NULL;
    for (size_t i = 0; to && i < count; i++) {
        const size_t *at = &offsets[start + (int64_t)i * step];
        next = (char *)memcpy(next, from->bytes + at[0], at[1] - at[0]) + (at[1] - at[0]);
    }
    gil__free(offsets);
    return gil__object_handle(env, to);
}

gil_obj gil__native_slice(gil_env *env, gil_obj object, int64_t start, int64_t stop, int64_t step)
{
    gil__object *base = gil__object_at(object);
    gil_type type = gil_type_of(env, object);
    size_t length, count;
    if (type != GIL_OBJ_LIST && type != GIL_OBJ_TUPLE && type != GIL_OBJ_STR && type != GIL_OBJ_BYTES &&
        type != GIL_OBJ_ARRAY) {
        if (!base)
            gil__refuse_null(env);
        else
            gil_raise(env, GIL_TYPE_ERROR, "%s has no slices", gil_type_name(env, object));
        return GIL_NULL;
    }
    if (!gil_length(env, object, &length) || !measure(env, length, &start, stop, step, &count))
        return GIL_NULL;
    if (type == GIL_OBJ_ARRAY)
        return gil__array_slice(env, (gil__array *)base, count ? (size_t)start : 0, count, step);
    if (type == GIL_OBJ_LIST || type == GIL_OBJ_TUPLE)
        return slice_sequence(env, (gil__sequence *)base, start, count, step);
    return slice_string(env, (gil__string *)base, start, count, step);
}

bool gil__native_slice_set(gil_env *env, gil_obj object, int64_t start, int64_t stop, gil_obj items)
{
    gil__sequence *list = gil__object_of(env, object, GIL_OBJ_LIST);
    size_t gone;
    if (!list || (gil_is_null(items) && gil_error_pending(env)))
        return false;
    /* A copy, because the items may be the list's own; it then owns what is taken away. */
    gil_obj copy = gil_is_null(items) ? gil_list_new(env) : gil_list_from(env, items);
    gil__sequence *added = copy.gil__handle;
    /* Measured now: going through the items may have changed the list. */
    if (!added || !measure(env, list->count, &start, stop, 1, &gone) ||
        !gil__sequence_reserve(env, list, added->count) || !gil__sequence_reserve(env, added, gone))
        return false;
    size_t more = added->count, behind = list->count - (size_t)start - gone;
    gil__object **at = list->items ? &list->items[start] : NULL; /* NULL: nothing goes, stays or comes */
    gil__object **moved = gil__alloc(gone, sizeof *moved);
    if (!moved) {
        gil__no_memory(env);
        return false;
    }
    if (gone)
        memcpy(moved, at, gone * sizeof *at);
    if (behind)
        memmove(at + more, at + gone, behind * sizeof *at);
    if (more)
        memcpy(at, added->items, more * sizeof *at);
    if (gone)
        memcpy(added->items, moved, gone * sizeof *at);
    added->count = gone;
    list->count = (size_t)start + more + behind;
    gil__free(moved);
    return true;
}

/* ---- Joining ------------------------------------------------------------------------------------------------ */

static gil_obj refuse(gil_env *env, gil_obj object, const char *what)
{
    if (gil_is_null(object))
        gil__refuse_null(env);
    else
        gil_raise(env, GIL_TYPE_ERROR, "%s cannot be %s", gil_type_name(env, object), what);
    return GIL_NULL;
}

static bool is_joinable(gil_type type)
{
    return type == GIL_OBJ_STR || type == GIL_OBJ_BYTES || type == GIL_OBJ_LIST || type == GIL_OBJ_TUPLE;
}

gil_obj gil__native_concat(gil_env *env, gil_obj a, gil_obj b)
{
    gil_type type = gil_type_of(env, a);
    if (!is_joinable(type))
        return refuse(env, a, "joined");
    if (gil_type_of(env, b) != type)
        return gil_is_null(b) ? refuse(env, b, "joined")
                              : gil_raise(env, GIL_TYPE_ERROR, "%s cannot be joined with %s", gil_type_name(env, a),
                                          gil_type_name(env, b));
    if (type == GIL_OBJ_STR || type == GIL_OBJ_BYTES) {
        const gil__string *left = a.gil__handle, *right = b.gil__handle;
        gil__string *both = gil__string_new(env, type, NULL, left->length + right->length);
        if (both) {
            memcpy(both->bytes, left->bytes, left->length);
            memcpy(both->bytes + left->length, right->bytes, right->length);
        }
        return gil__object_handle(env, both);
    }
    const gil__sequence *parts[] = {a.gil__handle, b.gil__handle};
    gil__sequence *both = gil__sequence_new(env, type, parts[0]->count + parts[1]->count);
    for (size_t part = 0; both && part < 2; part++)
        for (size_t i = 0; i < parts[part]->count; i++) {
            gil__object_keep(parts[part]->items[i]);
            both->items[both->count++] = parts[part]->items[i];
        }
    return gil__object_handle(env, both);
}

gil_obj gil__native_repeat(gil_env *env, gil_obj object, size_t times)
{
    gil_type type = gil_type_of(env, object);
    size_t total;
    if (!is_joinable(type))
        return refuse(env, object, "repeated");
    if (type == GIL_OBJ_STR || type == GIL_OBJ_BYTES) {
        const gil__string *one = object.gil__handle;
        gil__string *all = NULL;
        if (gil__size_mul(one->length, times, &total))
            all = gil__string_new(env, type, NULL, total);
        else
            gil__no_memory(env);
        for (size_t i = 0; all && one->length && i < times; i++)
            memcpy(all->bytes + i * one->length, one->bytes, one->length);
        return gil__object_handle(env, all);
    }
    const gil__sequence *one = object.gil__handle;
    gil__sequence *all = NULL;
    if (gil__size_mul(one->count, times, &total))
        all = gil__sequence_new(env, type, total);
    else
        gil__no_memory(env);
    for (size_t i = 0; all && i < total; i++) {
        gil__object_keep(one->items[i % one->count]);
        all->items[all->count++] = one->items[i % one->count];
    }
    return gil__object_handle(env, all);
}
