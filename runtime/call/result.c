/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "call/call.h"

/* The shape of an output from the sizes, each of them checked. */
static bool output_shape(gil__call *call, const gil__param *param, size_t *shape)
{
    for (uint8_t axis = 0; axis < param->ndim; axis++) {
        char buffer[160];
        gil__text dim = gil__text_in(buffer, sizeof buffer);
        int64_t length;
        gil__dim_print(call->signature, param->dims[axis], &dim);
        if (!gil__dim_value(call->signature, param->dims[axis], call->sizes, &length))
            return gil__call_refuse(call, GIL_OVERFLOW_ERROR, "dimension %s of result %s does not fit 64 bits", buffer,
                                    param->name);
        if (length < 0)
            return gil__call_refuse(call, GIL_VALUE_ERROR,
                                    "dimension %s of result %s would be %" PRId64 "; it must be at least 0", buffer,
                                    param->name, length);
        shape[axis] = (size_t)length;
    }
    return true;
}

static bool make_array(gil__call *call, uint16_t p)
{
    const gil__param *param = &call->signature->params[p];
    gil__array_use *use = &call->arrays[call->array_of[p]];
    size_t shape[GIL_MAX_DIMS];
    if (!output_shape(call, param, shape))
        return false;
    call->outputs[p] = gil_array_new(call->env, gil__ctype_dtype(param->type), param->ndim, shape);
    if (gil_is_null(call->outputs[p]) || !gil_buffer_pin(call->env, call->outputs[p], &use->buffer))
        return gil__call_blame(call, NULL);
    gil__plan_put_pointer(call->function->plan, call->image, p, use->buffer.data);
    return true;
}

bool gil__call_outputs(gil__call *call)
{
    const gil__signature *s = call->signature;
    if (s->n_outputs == 0)
        return true;
    for (uint16_t p = 0; p < s->n_params; p++) {
        const gil__param *param = &s->params[p];
        if (param->direction != GIL__OUT)
            continue;
        if (param->ndim) {
            if (!make_array(call, p))
                return false;
        } else {
            memset(&call->out_values[p], 0, sizeof call->out_values[p]);
            gil__plan_put_pointer(call->function->plan, call->image, p, &call->out_values[p]);
        }
    }
    return true;
}

/* What the function returned. A returned object is a handle of this call's scope already. */
static gil_obj returned(gil__call *call, const gil__value *value)
{
    gil__ctype type = call->signature->result;
    if (type.class == GIL__OBJECT)
        return (gil_obj){value->slots[0].p};
    if (call->function->role == GIL_ROLE_HASH && type.size == 8)
        return gil_int_new(call->env, value->slots[0].i); /* any 64 bits are a hash */
    if (type.class != GIL__STRING)
        return gil__element_read(call->env, gil__ctype_dtype(type), value);
    const char *text = value->slots[0].p;
    return text ? gil_str_new(call->env, text, strlen(text)) : gil_none_new(call->env);
}

gil_obj gil__call_result(gil__call *call, const gil__value *value)
{
    const gil__signature *s = call->signature;
    gil_obj results[GIL__MAX_PARAMS + 1];
    size_t count = 0;
    bool counts_items = call->function->role == GIL_ROLE_NEXT && s->result.class == GIL__BOOL;
    if (counts_items && !value->bytes[0])
        return GIL_NULL; /* the end */
    if (s->result.class != GIL__VOID && !counts_items)
        results[count++] = returned(call, value);
    for (uint16_t p = 0; p < s->n_params; p++) {
        const gil__param *param = &s->params[p];
        if (param->direction != GIL__OUT)
            continue;
        results[count++] = param->ndim
                               ? call->outputs[p]
                               : gil__element_read(call->env, gil__ctype_dtype(param->type), &call->out_values[p]);
    }
    for (size_t i = 0; i < count; i++)
        if (gil_is_null(results[i])) {
            gil__call_blame(call, NULL);
            return GIL_NULL;
        }
    if (count == 0)
        return gil_none_new(call->env);
    return count == 1 ? results[0] : gil_tuple_new(call->env, count, results);
}
