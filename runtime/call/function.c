/* SPDX-License-Identifier: MIT */
#include "call/function.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "call/call.h"
#include "core/runtime.h"

bool gil__function_init(gil__function *function, gil__owner *owner, const char *prototype, void (*code)(void),
                        gil_policy policy, const char *doc, gil__proto_error *error)
{
    gil__signature *signature = gil__signature_parse(prototype, error);
    if (!signature)
        return false;
    gil__plan *plan = gil__plan_new(signature, true);
    if (!plan) {
        gil__signature_free(signature);
        *error = (gil__proto_error){0, "no memory"};
        return false;
    }
    *function = (gil__function){.name = signature->name,
                                .prototype = prototype,
                                .doc = doc,
                                .code = code,
                                .policy = policy,
                                .owner = owner,
                                .signature = signature,
                                .plan = plan};
    return true;
}

void gil__function_end(gil__function *function)
{
    gil__plan_free(function->plan);
    gil__signature_free(function->signature);
    *function = (gil__function){0};
}

bool gil__call_refuse(gil__call *call, gil_error_kind kind, const char *format, ...)
{
    char buffer[600];
    gil__text text = gil__text_in(buffer, sizeof buffer);
    va_list arguments;
    va_start(arguments, format);
    gil__text_add_v(&text, format, arguments);
    va_end(arguments);
    gil_raise(call->env, kind, "%s(): %s", call->function->name, buffer);
    return false;
}

bool gil__call_blame(gil__call *call)
{
    gil_env *env = call->env;
    const char *text;
    gil_obj exception = gil_error_fetch(env);
    if (gil_is_null(exception))
        return false;
    gil_obj message = gil_exception_message(env, exception);
    if (gil_is_null(message) || !gil_str_get(env, message, &text, NULL))
        return false;
    return gil__call_refuse(call, gil_exception_kind(env, exception), "%s", text);
}

/* Make room for what the arrays need, and number them. */
static bool prepare_arrays(gil__call *call)
{
    const gil__signature *s = call->signature;
    call->arrays = call->few;
    if (s->n_arrays > GIL__FEW_ARRAYS)
        call->arrays = gil__alloc(s->n_arrays, sizeof *call->arrays);
    if (!call->arrays) {
        gil__no_memory(call->env);
        return false;
    }
    if (call->arrays == call->few)
        memset(call->few, 0, s->n_arrays * sizeof call->few[0]);
    uint8_t next = 0;
    for (uint16_t p = 0; p < s->n_params; p++)
        if (s->params[p].ndim)
            call->array_of[p] = next++;
    return true;
}

static void end_arrays(gil__call *call)
{
    for (uint16_t i = 0; i < call->signature->n_arrays; i++)
        gil__call_array_end(call, &call->arrays[i]);
    if (call->arrays != call->few)
        gil__free(call->arrays);
}

/* Everything that is asked of the caller, then what follows from it. */
static bool convert(gil__call *call)
{
    const gil__signature *s = call->signature;
    for (uint16_t p = 0; p < s->n_params; p++) {
        const gil__param *param = &s->params[p];
        if (param->type.class == GIL__ENV)
            gil__plan_put_pointer(call->function->plan, call->image, p, call->env);
        else if (!param->asked || param->type.class == GIL__TASK)
            continue;
        else if (param->ndim ? !gil__call_array(call, p) : !gil__call_scalar(call, p))
            return false;
    }
    return gil__call_sizes(call) && gil__call_outputs(call);
}

bool gil__function_holds(const gil__function *function, gil_policy policy)
{
    return function->signature->has_env || (policy == GIL_AUTO ? function->policy : policy) == GIL_HOLD;
}

/* Run the code, without the GIL when it takes no env and nobody said otherwise. */
static void run(gil__call *call, gil_policy policy, gil__value *value)
{
    const gil__function *f = call->function;
    if (gil__function_holds(f, policy)) {
        gil__plan_call(f->plan, f->code, call->image, value);
        return;
    }
    uint64_t token = gil_env_release(call->env, f->name, 0);
    gil__plan_call(f->plan, f->code, call->image, value);
    gil_env_reacquire(call->env, token);
}

/* Failure without an exception, and success with one, are bugs of the module; neither gets past here. */
static bool check_outcome(gil__call *call, const gil__value *value)
{
    gil__ctype type = call->signature->result;
    if (!call->signature->has_env)
        return true;
    if (gil_error_pending(call->env))
        return false;
    if (type.class == GIL__OBJECT && !value->slots[0].p) {
        gil_raise(call->env, GIL_SYSTEM_ERROR, "%s() returned GIL_NULL but raised nothing; that is a bug in %s",
                  call->function->name, call->function->owner->name);
        return false;
    }
    return true;
}

/* The call itself, inside its frame. */
static gil_obj call_in_frame(gil__call *call, gil_policy policy)
{
    gil__thread *thread = gil__thread_of(call->env);
    const gil__signature *s = call->signature;
    gil__value value;
    gil__task *task = NULL;
    if (s->has_task) {
        task = gil__thread_task_begin(thread, call->function->owner, call->function->owner->state);
        if (!task)
            return gil__no_memory(call->env);
        for (uint16_t p = 0; p < s->n_params; p++)
            if (s->params[p].type.class == GIL__TASK)
                gil__plan_put_pointer(call->function->plan, call->image, p, &task->voice);
    }
    run(call, policy, &value);
    bool fine = true;
    if (task) {
        fine = gil__task_finish(task, call->env, call->function->name);
        gil__thread_task_end(thread);
    }
    if (!fine || !check_outcome(call, &value))
        return GIL_NULL;
    return gil__call_result(call, &value);
}

/* A call of this owner's function ended. */
static void left(void *memory)
{
    gil__owner *owner = memory;
    if (--owner->running == 0 && owner->closing)
        owner->idle(owner);
}

static bool enter(gil__call *call)
{
    gil__owner *owner = call->function->owner;
    if (owner->closing)
        return gil__call_refuse(call, GIL_RUNTIME_ERROR, "%s was unloaded; load it again", owner->name);
    if (!gil__thread_frame_push(gil__thread_of(call->env), (gil__frame){owner, owner->state, left})) {
        gil__no_memory(call->env);
        return false;
    }
    owner->running++;
    return true;
}

gil_obj gil__function_call(gil_env *env, const gil__function *function, gil_policy policy, const gil_obj *arguments,
                           size_t n_arguments, const gil_keyword *keywords, size_t n_keywords)
{
    gil__call call;
    call.env = env;
    call.function = function;
    call.signature = function->signature;
    if (!gil__call_bind(&call, arguments, n_arguments, keywords, n_keywords) || !prepare_arrays(&call))
        return GIL_NULL;
    size_t mark = gil_scope_open(env);
    gil_obj result = GIL_NULL;
    if (convert(&call) && enter(&call)) {
        result = call_in_frame(&call, policy);
        gil__thread_frame_pop(gil__thread_of(env));
    }
    end_arrays(&call);
    return gil__thread_escape(gil__thread_of(env), mark, result);
}
