/* SPDX-License-Identifier: MIT */
#include "call/layout.h"

#include "base/memory.h"
#include "base/text.h"
#include "proto/ctype.h"

bool gil__layout_c_order(gil_buffer *memory, size_t *bytes)
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

bool gil__layout_check_data(gil_env *env, const gil_buffer *memory, size_t bytes)
{
    if (memory->data || bytes == 0)
        return true;
    gil_raise(env, GIL_VALUE_ERROR, "the memory of %zu bytes is at NULL", bytes);
    return false;
}

bool gil__layout_check_kind(gil_env *env, uint32_t dtype, size_t ndim)
{
    if (gil_dtype_size((gil_dtype)dtype) == 0)
        gil_raise(env, GIL_VALUE_ERROR, "%u is no dtype", dtype);
    else if (ndim > GIL_MAX_DIMS)
        gil_raise(env, GIL_VALUE_ERROR, "%zu dimensions; at most %d", ndim, GIL_MAX_DIMS);
    else
        return true;
    return false;
}

gil_obj gil__layout_refuse(gil_env *env, gil_dtype dtype, size_t ndim, const size_t *shape)
{
    char bytes[200];
    gil__text text = gil__text_in(bytes, sizeof bytes);
    for (size_t axis = 0; axis < ndim; axis++)
        gil__text_add(&text, "%s%zu", axis ? " x " : "", shape[axis]);
    return gil_raise(env, GIL_MEMORY_ERROR, "no memory for an array of %s %s", bytes, gil__dtype_name(dtype));
}
