/* SPDX-License-Identifier: MIT
 *
 * Functions and modules as objects.
 */
#include "host/native/callable.h"

#include <gilkit/gil.h>
#include <string.h>

#include "base/memory.h"

void gil__callable_end(gil__callable *callable)
{
    if (callable->bound.signature) {
        gil__free((char *)callable->bound.prototype);
        gil__function_end(&callable->bound);
    }
    gil__module_drop(callable->module);
}

void gil__module_object_end(gil__module_object *object)
{
    gil__module_drop(object->module);
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

static gil_obj text_or_none(gil_env *env, const char *text)
{
    return text ? gil_str_new(env, text, strlen(text)) : gil_none_new(env);
}

static gil_obj module_attr(gil_env *env, gil__module_object *object, const char *name)
{
    const gil__function *function = gil__module_function(object->module, name);
    if (function)
        return gil__callable_new(env, object->module, function, GIL_AUTO);
    if (strcmp(name, "__name__") == 0)
        return text_or_none(env, object->module->name);
    if (strcmp(name, "__doc__") == 0)
        return text_or_none(env, object->module->doc);
    if (strcmp(name, "__file__") == 0)
        return text_or_none(env, object->module->path);
    return gil_raise(env, GIL_ATTRIBUTE_ERROR, "%s has no function %s; `gilkit inspect %s` lists them",
                     object->module->name, name, object->module->path);
}

static gil_obj function_attr(gil_env *env, gil__callable *callable, const char *name)
{
    if (strcmp(name, "__name__") == 0)
        return text_or_none(env, callable->function->name);
    if (strcmp(name, "__doc__") == 0)
        return text_or_none(env, callable->function->doc);
    if (strcmp(name, "prototype") == 0)
        return text_or_none(env, callable->function->prototype);
    return gil_raise(env, GIL_ATTRIBUTE_ERROR, "a function has no attribute %s", name);
}

gil_obj gil__native_attr_get(gil_env *env, gil_obj object, const char *name)
{
    switch (gil_type_of(env, object)) {
    case GIL_OBJ_MODULE:
        return module_attr(env, object.gil__handle, name);
    case GIL_OBJ_FUNCTION:
        return function_attr(env, object.gil__handle, name);
    default:
        return gil_raise(env, GIL_ATTRIBUTE_ERROR, "%s has no attribute %s", gil_type_name(env, object), name);
    }
}

gil_obj gil__native_call(gil_env *env, gil_obj object, const gil_obj *arguments, size_t n_arguments,
                         const gil_keyword *keywords, size_t n_keywords)
{
    if (gil_type_of(env, object) != GIL_OBJ_FUNCTION)
        return gil_raise(env, GIL_TYPE_ERROR, "%s cannot be called", gil_type_name(env, object));
    gil__callable *callable = object.gil__handle;
    /* As between two instructions of an interpreter: a loop of calls that hold the GIL lets others in. The others let
     * them in when they release it. */
    if (gil__function_holds(callable->function, callable->policy))
        gil_checkpoint(env);
    return gil__function_call(env, callable->function, callable->policy, arguments, n_arguments, keywords, n_keywords);
}

void *gil__native_module_state(gil_env *env)
{
    const gil__frame *frame = gil__thread_frame(gil__thread_of(env));
    return frame ? frame->state : NULL;
}
