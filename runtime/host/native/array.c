/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "call/element.h"
#include "call/layout.h"
#include "host/native/object.h"
#include "proto/ctype.h"

void gil__array_end(void *object)
{
    gil__array *array = object;
    if (array->whole)
        gil__object_drop(array->whole);
    else if (!array->borrowed)
        gil__free(array->memory.data);
    else if (array->release)
        array->release(array->owner);
    if (array->module)
        gil__module_drop(array->module);
}

gil_obj gil__native_array_new(gil_env *env, gil_dtype dtype, size_t ndim, const size_t *shape)
{
    size_t bytes;
    if (!gil__layout_check_kind(env, dtype, ndim))
        return GIL_NULL;
    gil__array *array = gil__object_new(env, sizeof *array, GIL_OBJ_ARRAY);
    if (!array)
        return GIL_NULL;
    array->memory.dtype = dtype;
    array->memory.itemsize = gil_dtype_size(dtype);
    array->memory.ndim = ndim;
    for (size_t axis = 0; axis < ndim; axis++)
        array->memory.shape[axis] = shape[axis];
    if (gil__layout_c_order(&array->memory, &bytes))
        array->memory.data = gil__alloc(bytes, 1);
    if (array->memory.data)
        return gil__object_handle(env, array);
    gil__object_drop(array);
    return gil__layout_refuse(env, dtype, ndim, shape);
}

gil_obj gil__native_array_borrow(gil_env *env, const gil_buffer *memory, gil_release_fn release, void *owner)
{
    if (!gil__layout_check_kind(env, memory->dtype, memory->ndim))
        return GIL_NULL;
    gil_buffer packed = *memory; /* no array is larger than memory, whatever its strides */
    size_t bytes;
    packed.itemsize = gil_dtype_size((gil_dtype)memory->dtype);
    if (!gil__layout_c_order(&packed, &bytes))
        return gil__layout_refuse(env, (gil_dtype)memory->dtype, memory->ndim, memory->shape);
    if (!gil__layout_check_data(env, memory, bytes))
        return GIL_NULL;
    gil__array *array = gil__object_new(env, sizeof *array, GIL_OBJ_ARRAY);
    if (!array)
        return GIL_NULL;
    array->memory = *memory;
    array->memory.gil__owner = NULL;
    array->memory.itemsize = gil_dtype_size((gil_dtype)memory->dtype);
    array->borrowed = true;
    gil_obj handle = gil__object_handle(env, array);
    if (gil_is_null(handle))
        return handle;
    const gil__frame *frame = gil__thread_frame(gil__thread_of(env));
    array->release = release;
    array->owner = owner;
    if (frame) {
        array->module = frame->owner;
        gil__module_keep(array->module);
    }
    return handle;
}

/* ---- Pinning ------------------------------------------------------------------------------------------------ */

/* What the type's `buffer` says, held to what an array is held to. */
static bool pin_resource(gil_env *env, gil__object *object, gil_buffer *buffer)
{
    gil__resource *resource = gil__resource_of(object);
    const gil__resource_type *type = resource->type;
    size_t bytes = 0;
    *buffer = (gil_buffer){0};
    gil__use *use = gil__use_begin(env, resource, false); /* nobody changes or closes it before it is pinned */
    if (!use)
        return false;
    bool fine = gil__type_buffer(env, type, resource->memory, buffer) &&
                gil__layout_check_kind(env, buffer->dtype, buffer->ndim);
    gil_buffer packed = *buffer;
    buffer->itemsize = packed.itemsize = gil_dtype_size((gil_dtype)buffer->dtype);
    if (fine && !gil__layout_c_order(&packed, &bytes)) {
        gil__layout_refuse(env, (gil_dtype)buffer->dtype, buffer->ndim, buffer->shape);
        fine = false;
    }
    fine = fine && gil__layout_check_data(env, buffer, bytes);
    resource->pins += fine;
    gil__use_end(use);
    return fine;
}

static bool has_buffer(const gil__object *object)
{
    return object->type == GIL_OBJ_RESOURCE &&
           ((const gil__resource_type *)((const gil__resource_object *)object)->resource.type)->def.buffer;
}

bool gil__native_buffer_pin(gil_env *env, gil_obj object, gil_buffer *buffer)
{
    gil__object *base = gil__object_at(object);
    gil_buffer pinned;
    if (!base)
        return gil__refuse_null(env);
    if (base->type == GIL_OBJ_ARRAY) {
        pinned = ((gil__array *)base)->memory;
    } else if (base->type == GIL_OBJ_BYTES) {
        gil__string *bytes = (gil__string *)base;
        pinned = (gil_buffer){.data = bytes->bytes,
                              .itemsize = 1,
                              .dtype = GIL_UINT8,
                              .flags = GIL_BUFFER_READONLY,
                              .ndim = 1,
                              .shape = {bytes->length},
                              .strides = {1}};
    } else if (!has_buffer(base)) {
        gil_raise(env, GIL_TYPE_ERROR, "%s has no memory to pin; pass an array or bytes", gil_type_name(env, object));
        return false;
    } else if (!pin_resource(env, base, &pinned)) {
        return false;
    }
    gil__object_keep(base);
    pinned.gil__owner = base;
    *buffer = pinned;
    return true;
}

void gil__native_buffer_release(gil_env *env, gil_buffer *buffer)
{
    (void)env;
    gil__object *owner = buffer->gil__owner;
    *buffer = (gil_buffer){0};
    if (!owner)
        return;
    if (owner->type == GIL_OBJ_RESOURCE)
        gil__resource_of(owner)->pins--;
    gil__object_drop(owner);
}

/* ---- Items -------------------------------------------------------------------------------------------------- */

/* An array over a part of another one's memory. */
static gil_obj part_of(gil_env *env, gil__array *array, const gil_buffer *memory)
{
    gil__array *part = gil__object_new(env, sizeof *part, GIL_OBJ_ARRAY);
    if (part) {
        gil__array *whole = array->whole ? array->whole : array;
        gil__object_keep(whole);
        part->whole = whole;
        part->memory = *memory;
        part->borrowed = true;
    }
    return gil__object_handle(env, part);
}

gil_obj gil__array_slice(gil_env *env, gil__array *array, size_t start, size_t count, int64_t step)
{
    gil_buffer memory = array->memory;
    memory.data = (char *)memory.data + (ptrdiff_t)start * memory.strides[0];
    memory.shape[0] = count;
    if (count > 1)
        memory.strides[0] *= (ptrdiff_t)step;
    return part_of(env, array, &memory);
}

/* Take the first axis away, at an index. */
static bool descend(gil_env *env, gil_obj array, gil_buffer *memory, gil_obj key)
{
    size_t index;
    if (memory->ndim == 0) {
        gil_raise(env, GIL_INDEX_ERROR, "more indices than the array has dimensions");
        return false;
    }
    if (!gil__index_of(env, array, key, memory->shape[0], &index))
        return false;
    memory->data = (char *)memory->data + (ptrdiff_t)index * memory->strides[0];
    memory->ndim--;
    for (size_t axis = 0; axis < memory->ndim; axis++) {
        memory->shape[axis] = memory->shape[axis + 1];
        memory->strides[axis] = memory->strides[axis + 1];
    }
    return true;
}

/* By an index, or a tuple of them. */
static bool find(gil_env *env, gil__array *array, gil_obj key, gil_buffer *memory)
{
    *memory = array->memory;
    if (gil_type_of(env, key) != GIL_OBJ_TUPLE)
        return descend(env, (gil_obj){array}, memory, key);
    const gil__sequence *keys = key.gil__handle;
    bool fine = true;
    for (size_t i = 0; fine && i < keys->count; i++)
        fine = descend(env, (gil_obj){array}, memory, (gil_obj){keys->items[i]});
    return fine;
}

static bool is_foreign(gil_env *env, const gil_buffer *memory)
{
    if (memory->flags & GIL_BUFFER_FOREIGN_ORDER)
        gil_raise(env, GIL_VALUE_ERROR, "the array is in the other byte order; swap its bytes first");
    return memory->flags & GIL_BUFFER_FOREIGN_ORDER;
}

gil_obj gil__array_item(gil_env *env, gil__array *array, gil_obj key)
{
    gil_buffer memory;
    char element[32];
    if (!find(env, array, key, &memory))
        return GIL_NULL;
    if (memory.ndim > 0)
        return part_of(env, array, &memory);
    if (is_foreign(env, &memory))
        return GIL_NULL;
    memcpy(element, memory.data, memory.itemsize); /* it may lie anywhere */
    return gil__element_read(env, (gil_dtype)memory.dtype, element);
}

bool gil__array_set_item(gil_env *env, gil__array *array, gil_obj key, gil_obj value)
{
    gil_buffer memory;
    char element[32], brief[64];
    if (array->memory.flags & GIL_BUFFER_READONLY) {
        gil_raise(env, GIL_BUFFER_ERROR, "the array is read only");
        return false;
    }
    if (!find(env, array, key, &memory) || is_foreign(env, &memory))
        return false;
    if (memory.ndim > 0) {
        gil_raise(env, GIL_TYPE_ERROR, "one element at a time: %zu more %s needed", memory.ndim,
                  memory.ndim == 1 ? "index is" : "indices are");
        return false;
    }
    gil__fit fit = gil__element_write(env, value, (gil_dtype)memory.dtype, element);
    if (fit == GIL__FITS)
        memcpy(memory.data, element, memory.itemsize);
    else if (fit != GIL__FAILED)
        gil_raise(env, fit == GIL__WRONG_TYPE ? GIL_TYPE_ERROR : GIL_OVERFLOW_ERROR, "the element is %s, wanted %s",
                  gil__object_brief(env, value, brief, sizeof brief), gil__element_wanted((gil_dtype)memory.dtype));
    return fit == GIL__FITS;
}
