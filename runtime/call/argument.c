/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "call/call.h"

static bool put_text(gil__call *call, uint16_t p)
{
    const gil__param *param = &call->signature->params[p];
    const char *text;
    size_t length;
    if (gil_type_of(call->env, call->given[p]) != GIL_OBJ_STR)
        return gil__call_refuse(call, GIL_TYPE_ERROR, "argument %s is %s, wanted str", param->name,
                                gil_type_name(call->env, call->given[p]));
    if (!gil_str_get(call->env, call->given[p], &text, &length))
        return false;
    if (strlen(text) != length)
        return gil__call_refuse(call, GIL_VALUE_ERROR,
                                "argument %s has a NUL at byte %zu, where const char * ends; pass "
                                "bytes to a function that takes const char %s[n]",
                                param->name, strlen(text), param->name);
    gil__plan_put_pointer(call->function->plan, call->image, p, text);
    return true;
}

static bool put_number(gil__call *call, uint16_t p)
{
    const gil__param *param = &call->signature->params[p];
    gil_dtype dtype = gil__ctype_dtype(param->type);
    gil__value value;
    gil__fit fit = gil__element_write(call->env, call->given[p], dtype, &value);
    if (fit != GIL__FITS)
        return gil__call_refuse_number(call, fit, param->name, call->given[p], dtype);
    gil__plan_put(call->function->plan, call->image, p, param->type, &value);
    if (param->type.class == GIL__SIGNED || param->type.class == GIL__UNSIGNED) {
        gil__slot slot = call->image[call->function->plan->place[p]];
        bool too_large = param->type.class == GIL__UNSIGNED && slot.u > INT64_MAX;
        call->sizes[p] = too_large ? INT64_MAX : slot.i;
    }
    return true;
}

bool gil__call_refuse_number(gil__call *call, gil__fit fit, const char *name, gil_obj object, gil_dtype dtype)
{
    char brief[64];
    if (fit == GIL__FAILED)
        return false;
    gil_error_kind kind = fit == GIL__WRONG_TYPE ? GIL_TYPE_ERROR : GIL_OVERFLOW_ERROR;
    return gil__call_refuse(call, kind, "argument %s is %s, wanted %s", name,
                            gil__object_brief(call->env, object, brief, sizeof brief), gil__element_wanted(dtype));
}

bool gil__call_scalar(gil__call *call, uint16_t p)
{
    const gil__param *param = &call->signature->params[p];
    if (param->type.class == GIL__STRING)
        return put_text(call, p);
    if (param->type.class == GIL__OBJECT) {
        gil__plan_put_pointer(call->function->plan, call->image, p, call->given[p].gil__handle);
        return true;
    }
    return put_number(call, p);
}
