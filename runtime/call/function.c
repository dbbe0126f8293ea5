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
    gil__signature *signature = gil__signature_parse_with(prototype, owner->type_names, owner->n_types, error);
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

bool gil__call_blame(gil__call *call, const char *argument)
{
    gil_env *env = call->env;
    const char *text;
    gil_obj exception = gil_error_fetch(env);
    if (gil_is_null(exception))
        return false;
    if (gil__exception_is_of_code(env, exception)) {
        gil_error_restore(env, exception);
        return false;
    }
    gil_obj message = gil_exception_message(env, exception);
    if (gil_is_null(message) || !gil_str_get(env, message, &text, NULL))
        return false;
    return gil__call_refuse(call, gil_exception_kind(env, exception), "%s%s%s%s", argument ? "argument " : "",
                            argument ? argument : "", argument ? ": " : "", text);
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
        if (!param->asked)
            continue;
        if (param->ndim ? !gil__call_array(call, p) : !gil__call_scalar(call, p))
            return false;
    }
    return gil__call_sizes(call) && gil__call_outputs(call);
}

bool gil__function_holds(const gil__function *function, gil_policy policy)
{
    return function->signature->has_env || (policy == GIL_AUTO ? function->policy : policy) == GIL_HOLD;
}

/* What only the function that runs may see: its env, its task, its handles. */
static bool put_faces(gil__call *call, gil_env *outside, gil__task *task)
{
    const gil__signature *s = call->signature;
    if (!s->has_env && !task)
        return true;
    for (uint16_t p = 0; p < s->n_params; p++) {
        const void *face;
        if (s->params[p].type.class == GIL__ENV) {
            face = outside;
        } else if (s->params[p].type.class == GIL__TASK) {
            face = &task->voice;
        } else if (s->params[p].type.class == GIL__OBJECT) {
            face = gil__thread_give(gil__thread_of(call->env), call->given[p]).gil__handle;
            if (!face)
                return false;
        } else {
            continue;
        }
        gil__plan_put_pointer(call->function->plan, call->image, p, face);
    }
    return true;
}

/* Run the code, without the GIL when it takes no env and nobody said otherwise. */
static void run(gil__call *call, gil_policy policy, gil__value *value)
{
    const gil__function *f = call->function;
    if (gil__function_holds(f, policy)) {
        gil__plan_call(f->plan, f->code, call->image, value);
    } else {
        uint64_t token = gil_env_release(call->env, f->name, 0);
        gil__plan_call(f->plan, f->code, call->image, value);
        gil_env_reacquire(call->env, token);
    }
}

/* A module broke a rule: tell the guard, if there is one. */
static void report(const gil__call *call, const char *text)
{
    gil__thread *thread = gil__thread_of(call->env);
    if (thread->runtime->guard)
        thread->runtime->guard->report(thread, text);
}

/* "f() returned a result although it raised ValueError: ...". */
static bool refuse_both(gil__call *call)
{
    gil_env *env = call->env;
    const char *text = "no memory";
    gil_obj exception = gil_error_fetch(env);
    gil_obj message = gil_is_null(exception) ? GIL_NULL : gil_exception_message(env, exception);
    if (gil_is_null(message) || !gil_str_get(env, message, &text, NULL))
        return false;
    char buffer[600];
    gil__text said = gil__text_in(buffer, sizeof buffer);
    gil__text_add(&said, "%s() returned an object although it raised %s: %s; that is a bug in %s", call->function->name,
                  gil_type_name(env, exception), text, call->function->owner->name);
    report(call, buffer);
    gil_raise_from(env, exception, GIL_SYSTEM_ERROR, "%s", buffer);
    return false;
}

static void refuse_neither(gil__call *call)
{
    char buffer[400];
    gil__text said = gil__text_in(buffer, sizeof buffer);
    gil__text_add(&said, "%s() returned GIL_NULL but raised nothing; that is a bug in %s", call->function->name,
                  call->function->owner->name);
    report(call, buffer);
    gil_raise(call->env, GIL_SYSTEM_ERROR, "%s", buffer);
}

/* Failure without an exception, and success with one, are bugs of the module; neither gets past here. */
static bool check_outcome(gil__call *call, const gil__value *value)
{
    if (!call->signature->has_env)
        return true;
    bool raised = gil_error_pending(call->env);
    if (call->signature->result.class != GIL__OBJECT)
        return !raised;
    bool returned = value->slots[0].p != NULL;
    if (raised && returned)
        return refuse_both(call);
    if (!raised && !returned && call->function->role != GIL_ROLE_NEXT)
        refuse_neither(call);
    return returned;
}

/* The task, the faces, the code; *fine is false when it failed. */
static void run_with_faces(gil__call *call, gil_policy policy, gil_env *outside, gil__value *value, bool *fine)
{
    gil__thread *thread = gil__thread_of(call->env);
    gil__task *task = NULL;
    *fine = false;
    if (call->signature->has_task && !(task = gil__thread_task_begin(thread, gil__thread_frame(thread)))) {
        gil__no_memory(call->env);
        return;
    }
    if (put_faces(call, outside, task)) {
        if (call->began)
            *call->began = true;
        run(call, policy, value);
        if (call->signature->result.class == GIL__OBJECT)
            value->slots[0].p = gil__thread_take(thread, (gil_obj){value->slots[0].p}).gil__handle;
        *fine = !task || gil__task_finish(task, call->env, call->function->name);
    }
    if (task)
        gil__thread_task_end(thread);
}

/* A call of this owner's function ended. */
void gil__owner_left(void *memory)
{
    gil__owner *owner = memory;
    uint32_t left = __builtin_expect(owner->parallel, 0) ? __atomic_sub_fetch(&owner->running, 1, __ATOMIC_SEQ_CST)
                                                         : --owner->running;
    if (left == 0 && owner->closing)
        owner->idle(owner);
}

/* Who may call what when the runtime shuts down: only who does that. Behind a door everybody, for as long as the
 * interpreter lets them. */
static bool is_too_late(const gil__thread *thread)
{
    const struct gil_runtime *runtime = thread->runtime;
    const gil__thread *closer = __atomic_load_n(&runtime->closer, __ATOMIC_RELAXED);
    return __builtin_expect(closer != NULL, 0) && closer != thread && !runtime->host->door;
}

/* NULL: refused. */
static gil_env *enter(gil__call *call)
{
    const gil__function *function = call->function;
    gil__owner *owner = function->owner;
    const gil__thread *thread = gil__thread_of(call->env);
    if (is_too_late(thread)) {
        gil__call_refuse(call, GIL_RUNTIME_ERROR, "the runtime is shutting down");
        return NULL;
    }
    if (owner->closing) {
        gil__call_refuse(call, GIL_RUNTIME_ERROR, "%s was unloaded; load it again", owner->name);
        return NULL;
    }
    gil__owner_entered(owner);
    gil__frame frame = {owner, owner->state, owner->name, function->name, gil__owner_left};
    gil_env *outside = gil__thread_enter(gil__thread_of(call->env), frame);
    if (!outside)
        gil__owner_left(owner);
    return outside;
}

/* The call itself, inside its frame. */
static gil_obj call_in_frame(gil__call *call, gil_policy policy)
{
    gil__value value;
    bool fine = false;
    gil_env *outside = enter(call);
    if (!outside)
        return GIL_NULL;
    if (gil__call_uses_begin(call)) {
        run_with_faces(call, policy, outside, &value, &fine);
        gil__call_uses_end(call);
    }
    gil_obj result = fine && check_outcome(call, &value) ? gil__call_result(call, &value) : GIL_NULL;
    gil__thread_leave(gil__thread_of(call->env));
    return result;
}

/* A call takes some 9 KiB of the C stack; calls inside calls are refused before a stack of 8 MiB is used up. */
enum { MOST_CALLS = 400 };

static gil_obj call_function(gil_env *env, const gil__function *function, gil_policy policy,
                             const gil__arguments *arguments)
{
    gil__call call;
    call.env = env;
    call.function = function;
    call.signature = function->signature;
    call.n_uses = 0;
    call.began = arguments->began;
    if (!gil__call_bind(&call, arguments) || !prepare_arrays(&call))
        return GIL_NULL;
    size_t scope = gil_scope_open(env);
    gil_obj result = convert(&call) ? call_in_frame(&call, policy) : GIL_NULL;
    end_arrays(&call);
    return gil__thread_escape(gil__thread_of(env), scope, result);
}

static __attribute__((noinline)) gil_obj call_measured(gil_env *env, const gil__function *function, gil_policy policy,
                                                       const gil__arguments *arguments)
{
    gil__thread *thread = gil__thread_of(env);
    gil__metered metered;
    gil__meter_begin(thread, &metered);
    gil_obj result = call_function(env, function, policy, arguments);
    gil__meter_end((gil__meter *)&function->meter, thread, &metered);
    return result;
}

gil_obj gil__function_call(gil_env *env, const gil__function *function, gil_policy policy,
                           const gil__arguments *arguments)
{
    static _Thread_local unsigned depth;
    if (depth >= MOST_CALLS)
        return gil_raise(env, GIL_RECURSION_ERROR, "calls lie more than %d deep inside one another", MOST_CALLS);
    depth++;
    gil_checkpoint(env); /* a loop of calls is a loop of checkpoints */
    gil_obj result = gil__meter_count((gil__meter *)&function->meter) ? call_measured(env, function, policy, arguments)
                                                                      : call_function(env, function, policy, arguments);
    depth--;
    return result;
}
