/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "base/text.h"
#include "call/call.h"

static const size_t *shape_of(const gil__call *call, uint16_t param)
{
    return call->arrays[call->array_of[param]].shape;
}

/* All the dimensions of a parameter as C writes them: "[m][n+1]". */
static void print_dims(const gil__call *call, const gil__param *param, gil__text *text)
{
    for (uint8_t axis = 0; axis < param->ndim; axis++) {
        gil__text_add(text, "[");
        gil__dim_print(call->signature, param->dims[axis], text);
        gil__text_add(text, "]");
    }
}

static bool is_plain(const gil__call *call, const gil__param *param)
{
    return param->ndim == 1 && call->signature->nodes[param->dims[0]].op == 'p';
}

/* The array that determined the size which is the whole of this dimension; NULL when there is no such. */
static const gil__param *source_of(const gil__call *call, uint16_t node, uint16_t *axis)
{
    const gil__signature *s = call->signature;
    if (s->nodes[node].op != 'p')
        return NULL;
    for (uint16_t i = 0; i < s->n_steps; i++)
        if (s->steps[i].size == s->nodes[node].value) {
            *axis = s->steps[i].axis;
            return &s->params[s->steps[i].array];
        }
    return NULL;
}

static bool refuse_dim(gil__call *call, uint16_t p, uint16_t axis, int64_t wanted)
{
    const gil__signature *s = call->signature;
    const gil__param *param = &s->params[p];
    size_t got = shape_of(call, p)[axis];
    char buffer[200];
    gil__text dims = gil__text_in(buffer, sizeof buffer);
    print_dims(call, param, &dims);
    uint16_t other_axis;
    const gil__param *other = source_of(call, param->dims[axis], &other_axis);
    if (other && is_plain(call, param) && is_plain(call, other))
        return gil__call_refuse(call, GIL_VALUE_ERROR,
                                "argument %s has %zu elements where %s has %" PRId64 " (both are %s)", param->name, got,
                                other->name, wanted, buffer);
    if (other)
        return gil__call_refuse(call, GIL_VALUE_ERROR,
                                "argument %s, which is %s, has %zu in dimension %u where %s has "
                                "%" PRId64 " in dimension %u",
                                param->name, buffer, got, axis, other->name, wanted, other_axis);
    return gil__call_refuse(call, GIL_VALUE_ERROR, "argument %s, which is %s, has %zu in dimension %u, wanted %" PRId64,
                            param->name, buffer, got, axis, wanted);
}

/* What an integer parameter can hold. */
static int64_t limit_of(gil__ctype type)
{
    if (type.size == 8)
        return INT64_MAX;
    unsigned bits = type.size * 8u - (type.class == GIL__SIGNED);
    return ((int64_t)1 << bits) - 1;
}

static bool solve(gil__call *call, const gil__size_step *step)
{
    const gil__signature *s = call->signature;
    const gil__param *size = &s->params[step->size];
    const gil__param *array = &s->params[step->array];
    size_t length = shape_of(call, step->array)[step->axis];
    char buffer[200];
    gil__text dims = gil__text_in(buffer, sizeof buffer);
    int64_t value;
    if (length > INT64_MAX ||
        !gil__dim_solve(s, array->dims[step->axis], step->size, (int64_t)length, call->sizes, &value) || value < 0) {
        print_dims(call, array, &dims);
        return gil__call_refuse(call, GIL_VALUE_ERROR,
                                "argument %s has %zu in dimension %u; no %s of at least 0 makes it %s", array->name,
                                length, step->axis, size->name, buffer);
    }
    if (value > limit_of(size->type))
        return gil__call_refuse(call, GIL_OVERFLOW_ERROR,
                                "argument %s has %zu in dimension %u; its size %s is %s, which holds "
                                "at most %" PRId64,
                                array->name, length, step->axis, size->name, gil__ctype_name(size->type),
                                limit_of(size->type));
    call->sizes[step->size] = value;
    gil__plan_put(call->function->plan, call->image, step->size, size->type, &value);
    return true;
}

static bool check(gil__call *call, uint16_t p)
{
    const gil__param *param = &call->signature->params[p];
    for (uint16_t axis = 0; axis < param->ndim; axis++) {
        int64_t wanted;
        if (!gil__dim_value(call->signature, param->dims[axis], call->sizes, &wanted))
            return gil__call_refuse(call, GIL_OVERFLOW_ERROR, "dimension %u of argument %s does not fit 64 bits", axis,
                                    param->name);
        if (wanted < 0 || (uint64_t)wanted != shape_of(call, p)[axis])
            return refuse_dim(call, p, axis, wanted);
    }
    return true;
}

bool gil__call_sizes(gil__call *call)
{
    const gil__signature *s = call->signature;
    if (s->n_arrays == 0)
        return true;
    for (uint16_t i = 0; i < s->n_steps; i++)
        if (!solve(call, &s->steps[i]))
            return false;
    for (uint16_t p = 0; p < s->n_params; p++)
        if (s->params[p].direction != GIL__OUT && !check(call, p))
            return false;
    return true;
}
