/* SPDX-License-Identifier: MIT */
#include <gilkit/gil.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "call/call.h"

static bool is_aligned(const gil_buffer *buffer)
{
    size_t part = buffer->dtype >= GIL_COMPLEX64 ? buffer->itemsize / 2 : buffer->itemsize;
    return (uintptr_t)buffer->data % part == 0;
}

/* Elements in all; false when the product wraps. */
static bool count_elements(const size_t *shape, size_t ndim, size_t *count)
{
    *count = 1;
    bool empty = false;
    for (size_t axis = 0; axis < ndim; axis++)
        empty |= shape[axis] == 0;
    for (size_t axis = 0; axis < ndim && !empty; axis++)
        if (!gil__size_mul(*count, shape[axis], count))
            return false;
    if (empty)
        *count = 0;
    return true;
}

/* Copy a strided array to C order, the last axis in the inner loop. */
static char *pack_axis(char *to, const char *from, const gil_buffer *buffer, size_t axis)
{
    if (axis == buffer->ndim) {
        memcpy(to, from, buffer->itemsize);
        return to + buffer->itemsize;
    }
    for (size_t i = 0; i < buffer->shape[axis]; i++)
        to = pack_axis(to, from + (ptrdiff_t)i * buffer->strides[axis], buffer, axis + 1);
    return to;
}

static bool pack_strided(gil__call *call, const gil__param *param, gil__array_use *use)
{
    size_t count;
    if (count_elements(use->buffer.shape, use->buffer.ndim, &count))
        use->packed = gil__alloc(count, use->buffer.itemsize);
    if (!use->packed) {
        gil__call_refuse(call, GIL_MEMORY_ERROR, "no memory for a copy of argument %s in C order", param->name);
        return false;
    }
    if (count)
        pack_axis(use->packed, use->buffer.data, &use->buffer, 0);
    return true;
}

static bool refuse_layout(gil__call *call, const gil__param *param, const gil_buffer *buffer)
{
    char bytes[160];
    gil__text strides = gil__text_in(bytes, sizeof bytes);
    if (gil_buffer_is_packed(buffer))
        return gil__call_refuse(call, GIL_BUFFER_ERROR,
                                "argument %s starts at an address that is no multiple of %zu and is "
                                "written in place; pass an aligned copy",
                                param->name, buffer->itemsize);
    for (size_t axis = 0; axis < buffer->ndim; axis++)
        gil__text_add(&strides, "%s%td", axis ? ", " : "", buffer->strides[axis]);
    return gil__call_refuse(call, GIL_BUFFER_ERROR,
                            "argument %s is not in C order (strides %s bytes) and is written in "
                            "place; pass a copy in C order",
                            param->name, bytes);
}

/* Does the memory hold what the parameter says? */
static bool check_elements(gil__call *call, const gil__param *param, const gil_buffer *buffer)
{
    gil_dtype wanted = gil__ctype_dtype(param->type);
    gil_obj object = call->given[param - call->signature->params];
    bool is_bytes = gil_type_of(call->env, object) == GIL_OBJ_BYTES;
    bool fits = buffer->dtype == wanted || (is_bytes && param->type.size == 1 && wanted != GIL_BOOL) ||
                (param->type.is_char && (buffer->dtype == GIL_INT8 || buffer->dtype == GIL_UINT8));
    if (!fits)
        return gil__call_refuse(call, GIL_TYPE_ERROR, "argument %s holds %s, wanted %s; convert it first", param->name,
                                gil__dtype_name(buffer->dtype), gil__dtype_name(wanted));
    if (buffer->flags & GIL_BUFFER_FOREIGN_ORDER)
        return gil__call_refuse(call, GIL_TYPE_ERROR, "argument %s is in the other byte order; swap its bytes first",
                                param->name);
    if (buffer->ndim != param->ndim)
        return gil__call_refuse(call, GIL_VALUE_ERROR, "argument %s has %zu dimension%s, wanted %u; reshape it",
                                param->name, buffer->ndim, buffer->ndim == 1 ? "" : "s", param->ndim);
    if (param->direction == GIL__INOUT && buffer->flags & GIL_BUFFER_READONLY)
        return gil__call_refuse(call, GIL_BUFFER_ERROR,
                                "argument %s is read only and is written in place; pass a writable "
                                "copy",
                                param->name);
    return true;
}

/* ---- Lists ---------------------------------------------------------------------------------------------- */

typedef struct list_walk {
    gil__call *call;
    const gil__param *param;
    gil__array_use *use;
    gil_dtype dtype;
    char *to;
    size_t index[GIL_MAX_DIMS]; /* where we are, for messages */
} list_walk;

static bool is_sequence(gil_env *env, gil_obj object)
{
    gil_type type = gil_type_of(env, object);
    return type == GIL_OBJ_LIST || type == GIL_OBJ_TUPLE;
}

/* "x[2][0]" */
static const char *where(const list_walk *walk, size_t depth, char *buffer, size_t size)
{
    gil__text text = gil__text_in(buffer, size);
    gil__text_add(&text, "%s", walk->param->name);
    for (size_t axis = 0; axis < depth; axis++)
        gil__text_add(&text, "[%zu]", walk->index[axis]);
    return buffer;
}

/* The shape is that of the first item of each level; pack_list holds the others to it. */
static bool measure_list(list_walk *walk, gil_obj list)
{
    gil_env *env = walk->call->env;
    size_t *shape = walk->use->packed_shape;
    for (size_t axis = 0; axis < walk->param->ndim; axis++) {
        char name[128];
        shape[axis] = 0;
        if (gil_is_null(list)) /* below an empty list */
            continue;
        if (!is_sequence(env, list))
            return gil__call_refuse(
                walk->call, GIL_VALUE_ERROR, "argument %s is %s, wanted a list: %s has %u dimensions",
                where(walk, axis, name, sizeof name), gil_type_name(env, list), walk->param->name, walk->param->ndim);
        if (!gil_sequence_length(env, list, &shape[axis]))
            return false;
        list = shape[axis] ? gil_sequence_item(env, list, 0) : GIL_NULL;
        if (shape[axis] && gil_is_null(list))
            return false;
    }
    return true;
}

static bool pack_item(list_walk *walk, gil_obj item)
{
    char name[160];
    gil__fit fit = gil__element_write(walk->call->env, item, walk->dtype, walk->to);
    if (fit != GIL__FITS)
        return gil__call_refuse_number(walk->call, fit, where(walk, walk->param->ndim, name, sizeof name), item,
                                       walk->dtype);
    walk->to += gil_dtype_size(walk->dtype);
    return true;
}

static bool pack_list(list_walk *walk, gil_obj list, size_t axis)
{
    gil_env *env = walk->call->env;
    if (axis == walk->param->ndim)
        return pack_item(walk, list);
    char name[128];
    size_t length, wanted = walk->use->packed_shape[axis];
    where(walk, axis, name, sizeof name);
    if (!is_sequence(env, list))
        return gil__call_refuse(walk->call, GIL_VALUE_ERROR, "argument %s is %s, wanted a list of %zu", name,
                                gil_type_name(env, list), wanted);
    if (!gil_sequence_length(env, list, &length))
        return false;
    if (length != wanted)
        return gil__call_refuse(walk->call, GIL_VALUE_ERROR,
                                "argument %s has %zu item%s where the first of its kind has %zu; "
                                "make them equally long",
                                name, length, length == 1 ? "" : "s", wanted);
    bool fine = true;
    for (size_t i = 0; i < length && fine; i++)
        GIL_SCOPE(env) {
            walk->index[axis] = i;
            gil_obj item = gil_sequence_item(env, list, i);
            fine = !gil_is_null(item) && pack_list(walk, item, axis + 1);
        }
    return fine;
}

static bool use_list(gil__call *call, const gil__param *param, gil_obj list, gil__array_use *use)
{
    if (param->direction == GIL__INOUT)
        return gil__call_refuse(call, GIL_TYPE_ERROR,
                                "argument %s is a list and is written in place; pass an array of %s", param->name,
                                gil__ctype_name(param->type));
    list_walk walk = {call, param, use, gil__ctype_dtype(param->type), NULL, {0}};
    size_t count;
    if (!measure_list(&walk, list))
        return false;
    if (count_elements(use->packed_shape, param->ndim, &count))
        use->packed = gil__alloc(count, param->type.size);
    if (!use->packed)
        return gil__call_refuse(call, GIL_MEMORY_ERROR, "no memory for argument %s", param->name);
    walk.to = use->packed;
    use->shape = use->packed_shape;
    return pack_list(&walk, list, 0);
}

/* ---- Text, bytes and arrays ----------------------------------------------------------------------------- */

/* The UTF-8 of a str, for `const char text[n]`. It lives as long as the argument. */
static bool use_text(gil__call *call, uint16_t p, gil__array_use *use)
{
    const char *text;
    if (!gil_str_get(call->env, call->given[p], &text, &use->packed_shape[0]))
        return gil__call_blame(call, call->signature->params[p].name);
    use->shape = use->packed_shape;
    gil__plan_put_pointer(call->function->plan, call->image, p, text);
    return true;
}

static bool use_memory(gil__call *call, const gil__param *param, gil_obj object, gil__array_use *use)
{
    if (!gil_buffer_pin(call->env, object, &use->buffer))
        return gil__call_blame(call, param->name);
    use->shape = use->buffer.shape;
    if (!check_elements(call, param, &use->buffer))
        return false;
    if (gil_buffer_is_packed(&use->buffer) && is_aligned(&use->buffer))
        return true;
    if (param->direction == GIL__INOUT)
        return refuse_layout(call, param, &use->buffer);
    return pack_strided(call, param, use);
}

bool gil__call_array(gil__call *call, uint16_t p)
{
    const gil__param *param = &call->signature->params[p];
    gil__array_use *use = &call->arrays[call->array_of[p]];
    gil_obj object = call->given[p];
    gil_type type = gil_type_of(call->env, object);
    bool read = param->direction == GIL__IN;
    if (type == GIL_OBJ_STR && read && param->type.is_char && param->ndim == 1)
        return use_text(call, p, use);
    if (type == GIL_OBJ_LIST || type == GIL_OBJ_TUPLE) {
        if (!use_list(call, param, object, use))
            return false;
    } else if (type == GIL_OBJ_ARRAY || type == GIL_OBJ_BYTES || type == GIL_OBJ_RESOURCE || type == GIL_OBJ_OTHER) {
        if (!use_memory(call, param, object, use))
            return false;
    } else {
        return gil__call_refuse(call, GIL_TYPE_ERROR, "argument %s is %s, wanted an array of %s with %u dimension%s",
                                param->name, gil_type_name(call->env, object), gil__ctype_name(param->type),
                                param->ndim, param->ndim == 1 ? "" : "s");
    }
    gil__plan_put_pointer(call->function->plan, call->image, p, use->packed ? use->packed : use->buffer.data);
    return true;
}

void gil__call_array_end(gil__call *call, gil__array_use *use)
{
    gil__free(use->packed);
    gil_buffer_release(call->env, &use->buffer);
}
