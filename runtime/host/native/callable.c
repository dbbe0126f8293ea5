/* SPDX-License-Identifier: MIT
 *
 * Functions and modules as objects.
 */
#include "host/native/callable.h"

#include <gilkit/gil.h>
#include <string.h>

#include "base/memory.h"

void gil__callable_end(void *object)
{
    gil__callable *callable = object;
    if (callable->bound.signature) {
        gil__free((char *)callable->bound.prototype);
        gil__function_end(&callable->bound);
    }
    if (callable->self)
        gil__object_drop(callable->self);
    gil__module_drop(callable->module);
}

void gil__module_object_end(void *object)
{
    gil__module_drop(((gil__module_object *)object)->module);
}

gil_obj gil__module_object_new(gil_env *env, gil__module *module)
{
    gil__module_object *object = gil__object_new(env, sizeof *object, GIL_OBJ_MODULE);
    if (object) {
        gil__module_keep(module);
        object->module = module;
    }
    return gil__object_handle(env, object);
}

gil_obj gil__callable_new(gil_env *env, gil__module *module, const gil__function *function, gil_policy policy)
{
    gil__callable *callable = gil__object_new(env, sizeof *callable, GIL_OBJ_FUNCTION);
    if (callable) {
        gil__module_keep(module);
        callable->module = module;
        callable->function = function;
        callable->policy = policy;
    }
    return gil__object_handle(env, callable);
}

gil_obj gil__callable_bind(gil_env *env, gil__module *library, const char *prototype, gil_policy policy)
{
    gil__function function;
    if (!gil__library_bind(env, library, prototype, policy, &function))
        return GIL_NULL;
    gil_obj handle = gil__callable_new(env, library, NULL, policy);
    gil__callable *callable = handle.gil__handle;
    if (!callable) {
        gil__free((char *)function.prototype);
        gil__function_end(&function);
        return GIL_NULL;
    }
    callable->bound = function;
    callable->function = &callable->bound;
    return handle;
}

gil_obj gil__callable_method(gil_env *env, gil__resource_object *self, const gil__function *function)
{
    gil_obj handle = gil__callable_new(env, self->module, function, GIL_AUTO);
    gil__callable *callable = handle.gil__handle;
    if (callable) {
        gil__object_keep(self);
        callable->self = &self->base;
    }
    return handle;
}

/* ---- Calling ------------------------------------------------------------------------------------------------ */

/* close() of a resource is gilkit's own. */
static gil_obj call_close(gil_env *env, gil__callable *callable, const gil__arguments *arguments)
{
    if (arguments->count + arguments->n_keywords > 0)
        return gil_raise(env, GIL_TYPE_ERROR, "%s.close(): takes 0 arguments, got %zu",
                         ((gil__resource_object *)callable->self)->resource.name,
                         arguments->count + arguments->n_keywords);
    return gil_resource_close(env, (gil_obj){callable->self}) ? gil_none_new(env) : GIL_NULL;
}

static gil_obj call_function(gil_env *env, gil__callable *callable, gil__arguments *arguments)
{
    if (!callable->function)
        return call_close(env, callable, arguments);
    arguments->self = (gil_obj){callable->self};
    /* As between two instructions of an interpreter: a loop of calls that hold the GIL lets others in. The others let
     * them in when they release it. */
    if (gil__function_holds(callable->function, callable->policy))
        gil_checkpoint(env);
    return gil__function_call(env, callable->function, callable->policy, arguments);
}

/* An exception type makes an exception, without raising it. */
static gil_obj call_exception_type(gil_env *env, gil__type *type, const gil__arguments *arguments)
{
    const char *text = "";
    if (arguments->count > 1 || arguments->n_keywords)
        return gil_raise(env, GIL_TYPE_ERROR, "%s() takes one argument (message), got %zu", type->name,
                         arguments->count + arguments->n_keywords);
    gil_obj message = arguments->count ? gil_to_str(env, arguments->items[0]) : gil_str_new(env, "", 0);
    if (gil_is_null(message) || !gil_str_get(env, message, &text, NULL))
        return GIL_NULL;
    void *pending = gil__thread_of(env)->error;
    gil__thread_of(env)->error = NULL;
    gil_raise_type(env, (gil_obj){type}, "%s", text);
    if (gil__thread_of(env)->error == gil__native_no_memory()) { /* that is no answer: it failed */
        if (pending)
            gil__object_drop(pending);
        return GIL_NULL;
    }
    gil_obj exception = gil_error_fetch(env);
    if (pending && !gil_is_null(exception))
        gil__thread_set_error(gil__thread_of(env), pending);
    else if (pending)
        gil__object_drop(pending);
    return exception;
}

gil_obj gil__native_call(gil_env *env, gil_obj handle, const gil_obj *items, size_t count, const gil_keyword *keywords,
                         size_t n_keywords)
{
    gil__object *object = gil__object_at(handle);
    gil__arguments arguments = {
        .self = GIL_NULL, .items = items, .count = count, .keywords = keywords, .n_keywords = n_keywords};
    if (!object) {
        gil__refuse_null(env);
        return GIL_NULL;
    }
    /* An argument that could not be made has said why. */
    for (size_t i = 0; i < count + n_keywords; i++)
        if (gil_is_null(i < count ? items[i] : keywords[i - count].value) && gil_error_pending(env))
            return GIL_NULL;
    if (object->type == GIL_OBJ_FUNCTION)
        return call_function(env, (gil__callable *)object, &arguments);
    if (object->type == GIL_OBJ_TYPE && ((gil__type *)object)->resource)
        return gil__resource_make(env, (gil__type *)object, &arguments);
    if (object->type == GIL_OBJ_TYPE)
        return call_exception_type(env, (gil__type *)object, &arguments);
    if (gil__resource_slot(object, GIL_ROLE_CALL)) {
        arguments.self = handle;
        return gil__function_call(env, gil__resource_slot(object, GIL_ROLE_CALL), GIL_AUTO, &arguments);
    }
    return gil_raise(env, GIL_TYPE_ERROR, "%s cannot be called", gil_type_name(env, handle));
}
