/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "call/call.h"
#include "core/runtime.h"

static bool put_text(gil__call *call, uint16_t p)
{
    const gil__param *param = &call->signature->params[p];
    const char *text;
    size_t length;
    if (gil_type_of(call->env, call->given[p]) != GIL_OBJ_STR)
        return gil__call_refuse(call, GIL_TYPE_ERROR, "argument %s is %s, wanted str", param->name,
                                gil_type_name(call->env, call->given[p]));
    if (!gil_str_get(call->env, call->given[p], &text, &length))
        return gil__call_blame(call, param->name);
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
    switch (call->signature->params[p].type.class) {
    case GIL__STRING:
        return put_text(call, p);
    case GIL__RESOURCE:
        return gil__call_resource(call, p);
    case GIL__OBJECT:
        /* It is put there when the function begins: see function.c. */
        return !gil_is_null(call->given[p]) ||
               gil__call_refuse(call, GIL_TYPE_ERROR, "argument %s is GIL_NULL, wanted an object",
                                call->signature->params[p].name);
    default:
        return put_number(call, p);
    }
}

bool gil__call_resource(gil__call *call, uint16_t p)
{
    const gil__param *param = &call->signature->params[p];
    const gil__resource_type *wanted = &call->function->owner->types[param->resource];
    const gil__host *host = gil__thread_of(call->env)->runtime->host;
    gil_obj object = call->given[p];
    gil__resource *resource = gil_is_null(object) ? NULL : host->resource_of(object.gil__handle);
    if (!resource || resource->type != wanted)
        return gil__call_refuse(call, GIL_TYPE_ERROR, "argument %s is %s, wanted %s", param->name,
                                gil_type_name(call->env, object), wanted->def.name);
    gil__plan_put_pointer(call->function->plan, call->image, p, resource->memory);
    call->uses[call->n_uses].resource = resource;
    call->uses[call->n_uses++].alone = param->direction == GIL__INOUT;
    return true;
}

/* In the order of their addresses, always, so that no two calls wait for each other. There are few. */
static void sort_uses(gil__call *call)
{
    for (uint16_t i = 1; i < call->n_uses; i++)
        for (uint16_t k = i; k > 0 && call->uses[k].resource < call->uses[k - 1].resource; k--) {
            __typeof__(call->uses[0]) moved = call->uses[k];
            call->uses[k] = call->uses[k - 1];
            call->uses[k - 1] = moved;
        }
}

bool gil__call_uses_begin(gil__call *call)
{
    uint16_t wanted = call->n_uses;
    sort_uses(call);
    for (call->n_uses = 0; call->n_uses < wanted; call->n_uses++) {
        uint16_t i = call->n_uses;
        call->uses[i].use = gil__use_begin(call->env, call->uses[i].resource, call->uses[i].alone);
        if (!call->uses[i].use) {
            gil__call_uses_end(call);
            return gil__call_blame(call, NULL);
        }
    }
    return true;
}

void gil__call_uses_end(gil__call *call)
{
    while (call->n_uses > 0)
        gil__use_end(call->uses[--call->n_uses].use);
}
