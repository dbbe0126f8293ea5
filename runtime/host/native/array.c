/* SPDX-License-Identifier: MIT */
#include "base/memory.h"
#include "base/text.h"
#include "host/native/object.h"
#include "proto/ctype.h"

void gil__array_end(gil__array *array)
{
    if (!array->borrowed)
        gil__free(array->memory.data);
    else if (array->release)
        array->release(array->owner);
    if (array->module)
        gil__module_drop(array->module);
}

/* Fill in C-order strides. false: the bytes of it all do not fit. */
static bool lay_out(gil_buffer *memory, size_t *bytes)
{
    bool empty = false;
    *bytes = memory->itemsize;
    for (size_t axis = 0; axis < memory->ndim; axis++)
        empty |= memory->shape[axis] == 0;
    for (size_t axis = memory->ndim; axis-- > 0;) {
        memory->strides[axis] = (ptrdiff_t)*bytes;
        if (!empty && (!gil__size_mul(*bytes, memory->shape[axis], bytes) || *bytes > PTRDIFF_MAX))
            return false;
    }
    if (empty)
        *bytes = 0;
    return true;
}

static bool check_kind(gil_env *env, uint32_t dtype, size_t ndim)
{
    if (gil_dtype_size((gil_dtype)dtype) == 0)
        gil_raise(env, GIL_VALUE_ERROR, "%u is no dtype", dtype);
    else if (ndim > GIL_MAX_DIMS)
        gil_raise(env, GIL_VALUE_ERROR, "%zu dimensions; at most %d", ndim, GIL_MAX_DIMS);
    else
        return true;
    return false;
}

/* "no memory for 3 x 4 float64". */
static gil_obj refuse_shape(gil_env *env, gil_dtype dtype, size_t ndim, const size_t *shape)
{
    char bytes[200];
    gil__text text = gil__text_in(bytes, sizeof bytes);
    for (size_t axis = 0; axis < ndim; axis++)
        gil__text_add(&text, "%s%zu", axis ? " x " : "", shape[axis]);
    return gil_raise(env, GIL_MEMORY_ERROR, "no memory for an array of %s %s", bytes, gil__dtype_name(dtype));
}

gil_obj gil__native_array_new(gil_env *env, gil_dtype dtype, size_t ndim, const size_t *shape)
{
    size_t bytes;
    if (!check_kind(env, dtype, ndim))
        return GIL_NULL;
    gil__array *array = gil__object_new(env, sizeof *array, GIL_OBJ_ARRAY);
    if (!array)
        return GIL_NULL;
    array->memory.dtype = dtype;
    array->memory.itemsize = gil_dtype_size(dtype);
    array->memory.ndim = ndim;
    for (size_t axis = 0; axis < ndim; axis++)
        array->memory.shape[axis] = shape[axis];
    if (lay_out(&array->memory, &bytes))
        array->memory.data = gil__alloc(bytes, 1);
    if (array->memory.data)
        return gil__object_handle(env, array);
    gil__object_drop(array);
    return refuse_shape(env, dtype, ndim, shape);
}

gil_obj gil__native_array_borrow(gil_env *env, const gil_buffer *memory, gil_release_fn release, void *owner)
{
    if (!check_kind(env, memory->dtype, memory->ndim))
        return GIL_NULL;
    gil_buffer packed = *memory; /* no array is larger than memory, whatever its strides */
    size_t bytes;
    packed.itemsize = gil_dtype_size((gil_dtype)memory->dtype);
    if (!lay_out(&packed, &bytes))
        return refuse_shape(env, (gil_dtype)memory->dtype, memory->ndim, memory->shape);
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

bool gil__native_buffer_pin(gil_env *env, gil_obj object, gil_buffer *buffer)
{
    gil__object *base = gil__object_at(object);
    if (base && base->type == GIL_OBJ_ARRAY) {
        *buffer = ((gil__array *)base)->memory;
    } else if (base && base->type == GIL_OBJ_BYTES) {
        gil__string *bytes = (gil__string *)base;
        *buffer = (gil_buffer){.data = bytes->bytes,
                               .itemsize = 1,
                               .dtype = GIL_UINT8,
                               .flags = GIL_BUFFER_READONLY,
                               .ndim = 1,
                               .shape = {bytes->length},
                               .strides = {1}};
    } else {
        gil_raise(env, GIL_TYPE_ERROR, "%s has no memory to pin; pass an array or bytes", gil_type_name(env, object));
        return false;
    }
    gil__object_keep(base);
    buffer->gil__owner = base;
    return true;
}

void gil__native_buffer_release(gil_env *env, gil_buffer *buffer)
{
    (void)env;
    void *owner = buffer->gil__owner;
    *buffer = (gil_buffer){0};
    if (owner)
        gil__object_drop(owner);
}
