/* SPDX-License-Identifier: MIT
 *
 * Attributes: of modules, functions, types, resources, exceptions and arrays.
 */
#include <gilkit/gil.h>
#include <string.h>

#include "base/memory.h"
#include "host/native/callable.h"
#include "proto/ctype.h"

static gil_obj text_or_none(gil_env *env, const char *text)
{
    return text ? gil_str_new(env, text, strlen(text)) : gil_none_new(env);
}

/* Each `find` below: an attribute; GIL_NULL with nothing pending: there is none of that name. */

/* ---- Modules ------------------------------------------------------------------------------------------------ */

static gil_obj constant_value(gil_env *env, const gil_constant_def *constant)
{
    switch ((gil_constant_kind)constant->kind) {
    case GIL__CONST_INT:
        return gil_int_new(env, constant->integer);
    case GIL__CONST_UINT:
        return gil_uint_new(env, (uint64_t)constant->integer);
    case GIL__CONST_FLOAT:
        return gil_float_new(env, constant->real);
    case GIL__CONST_BOOL:
        return gil_bool_new(env, constant->integer != 0);
    case GIL__CONST_STR:
        return text_or_none(env, constant->text);
    }
    return gil_raise(env, GIL_SYSTEM_ERROR, "constant %s is of a kind that this gilkit does not know", constant->name);
}

/* What init or somebody else set on it. */
static gil_obj set_value(gil_env *env, const gil__module *module, const char *name)
{
    bool fine;
    gil_obj key = module->attributes ? gil_str_new(env, name, strlen(name)) : GIL_NULL;
    if (gil_is_null(key))
        return GIL_NULL;
    return gil__object_show(env, gil__dict_value(env, module->attributes, key.gil__handle, &fine));
}

static gil_obj find_in_module(gil_env *env, gil__module *module, const char *name)
{
    gil_constant_def constant;
    const gil__function *function = gil__module_function(module, name);
    const gil__resource_type *type = function ? NULL : gil__module_type(module, name);
    if (function)
        return gil__callable_new(env, module, function, GIL_AUTO);
    if (type)
        return gil__type_of_resource(env, module, type);
    if (gil__module_constant(module, name, &constant))
        return constant_value(env, &constant);
    if (strcmp(name, "__name__") == 0)
        return text_or_none(env, module->name);
    if (strcmp(name, "__doc__") == 0)
        return text_or_none(env, module->doc);
    if (strcmp(name, "__file__") == 0)
        return text_or_none(env, module->path);
    return set_value(env, module, name);
}

/* Only what nobody declared can be set. */
static bool may_set(gil_env *env, const gil__module *module, const char *name)
{
    const char *what = gil__module_declares(module, name);
    if (what)
        gil_raise(env, GIL_ATTRIBUTE_ERROR, "%s of %s is %s and cannot be changed", name, module->name, what);
    else if (module->owner.closing)
        gil_raise(env, GIL_RUNTIME_ERROR, "%s was unloaded; load it again", module->name);
    return !gil_error_pending(env);
}

static bool set_in_module(gil_env *env, gil__module *module, const char *name, gil_obj value)
{
    if (!may_set(env, module, name))
        return false;
    if (!module->attributes) {
        gil_obj dict = gil_dict_new(env);
        if (gil_is_null(dict))
            return false;
        gil__object_keep(dict.gil__handle);
        module->attributes = dict.gil__handle;
    }
    return gil_item_set(env, (gil_obj){module->attributes}, gil_str_new(env, name, strlen(name)), value);
}

static bool delete_in_module(gil_env *env, gil__module *module, const char *name)
{
    if (!may_set(env, module, name))
        return false;
    gil_obj value = set_value(env, module, name);
    if (!gil_is_null(value))
        return gil_item_delete(env, (gil_obj){module->attributes}, gil_str_new(env, name, strlen(name)));
    if (!gil_error_pending(env))
        gil_raise(env, GIL_ATTRIBUTE_ERROR, "%s has no %s", module->name, name);
    return false;
}

/* ---- Resources ---------------------------------------------------------------------------------------------- */

static bool closes(const gil__resource_type *type, const char *name)
{
    return type->def.closable && strcmp(name, "close") == 0;
}

static gil_obj find_in_resource(gil_env *env, gil__resource_object *object, const char *name)
{
    const gil__resource_type *type = object->resource.type;
    const gil__function *getter = gil__type_function(type, GIL_ROLE_GETTER, name);
    const gil__function *method = gil__type_function(type, GIL_ROLE_METHOD, name);
    if (getter)
        return gil__function_call(env, getter, GIL_AUTO, &(gil__arguments){.self = {object}});
    if (method || closes(type, name))
        return gil__callable_method(env, object, method);
    if (strcmp(name, "__doc__") == 0)
        return text_or_none(env, type->def.doc);
    return GIL_NULL;
}

static bool set_in_resource(gil_env *env, gil__resource_object *object, const char *name, gil_obj value)
{
    const gil__resource_type *type = object->resource.type;
    const gil__function *setter = gil__type_function(type, GIL_ROLE_SETTER, name);
    if (setter)
        return !gil_is_null(gil__function_call(env, setter, GIL_AUTO,
                                               &(gil__arguments){.self = {object}, .items = &value, .count = 1}));
    bool exists = gil__type_function(type, GIL_ROLE_GETTER, name) || gil__type_function(type, GIL_ROLE_METHOD, name) ||
                  closes(type, name);
    if (exists)
        gil_raise(env, GIL_ATTRIBUTE_ERROR, "%s.%s cannot be set: it has no setter", type->def.name, name);
    else
        gil_raise(env, GIL_ATTRIBUTE_ERROR, "%s has no property %s", type->def.name, name);
    return false;
}

/* ---- The others --------------------------------------------------------------------------------------------- */

static gil_obj find_in_function(gil_env *env, const gil__callable *callable, const char *name)
{
    const gil__function *function = callable->function;
    if (strcmp(name, "__name__") == 0)
        return text_or_none(env, function ? function->signature->name : "close");
    if (strcmp(name, "__doc__") == 0)
        return text_or_none(env, function ? function->doc : "Finalise the object now.");
    if (strcmp(name, "__self__") == 0 && callable->self)
        return gil__object_show(env, callable->self);
    if (strcmp(name, "prototype") == 0)
        return text_or_none(env, function ? function->prototype : NULL);
    return GIL_NULL;
}

static gil_obj find_in_type(gil_env *env, const gil__type *type, const char *name)
{
    if (strcmp(name, "__name__") == 0)
        return text_or_none(env, type->name);
    if (strcmp(name, "__doc__") == 0)
        return text_or_none(env, type->doc);
    return GIL_NULL;
}

static gil_obj find_in_exception(gil_env *env, gil__exception *exception, const char *name)
{
    if (strcmp(name, "__cause__") == 0)
        return exception->cause ? gil__object_show(env, exception->cause) : gil_none_new(env);
    if (strcmp(name, "filename") == 0 && exception->filename)
        return gil__object_show(env, exception->filename);
    if (strcmp(name, "errno") == 0 && exception->number)
        return gil_int_new(env, exception->number);
    char buffer[128];
    if (strcmp(name, "strerror") == 0 && exception->number)
        return text_or_none(env, strerror_r(exception->number, buffer, sizeof buffer));
    return GIL_NULL;
}

static gil_obj find_in_array(gil_env *env, const gil__array *array, const char *name)
{
    const gil_buffer *memory = &array->memory;
    gil_obj lengths[GIL_MAX_DIMS];
    if (strcmp(name, "dtype") == 0)
        return text_or_none(env, gil__dtype_name(memory->dtype));
    if (strcmp(name, "ndim") == 0)
        return gil_uint_new(env, memory->ndim);
    if (strcmp(name, "shape") != 0)
        return GIL_NULL;
    for (size_t axis = 0; axis < memory->ndim; axis++)
        lengths[axis] = gil_uint_new(env, memory->shape[axis]);
    return gil_tuple_new(env, memory->ndim, lengths);
}

static gil_obj find(gil_env *env, gil_obj handle, const char *name)
{
    gil__object *object = gil__object_at(handle);
    switch (object->type) {
    case GIL_OBJ_MODULE:
        return find_in_module(env, ((gil__module_object *)object)->module, name);
    case GIL_OBJ_FUNCTION:
        return find_in_function(env, (gil__callable *)object, name);
    case GIL_OBJ_TYPE:
        return find_in_type(env, (gil__type *)object, name);
    case GIL_OBJ_EXCEPTION:
        return find_in_exception(env, (gil__exception *)object, name);
    case GIL_OBJ_ARRAY:
        return find_in_array(env, (gil__array *)object, name);
    case GIL_OBJ_RESOURCE:
        return find_in_resource(env, (gil__resource_object *)object, name);
    default:
        return GIL_NULL;
    }
}

static gil_obj refuse_name(gil_env *env, gil_obj handle, const char *name)
{
    gil__object *object = gil__object_at(handle);
    if (object->type == GIL_OBJ_MODULE) {
        const gil__module *module = ((gil__module_object *)object)->module;
        return gil_raise(env, GIL_ATTRIBUTE_ERROR, "%s has no function %s; `gilkit inspect %s` lists them",
                         module->name, name, module->path);
    }
    return gil_raise(env, GIL_ATTRIBUTE_ERROR, "%s has no attribute %s", gil_type_name(env, handle), name);
}

bool gil__native_attr_find(gil_env *env, gil_obj object, const char *name, gil_obj *value)
{
    if (gil_is_null(object))
        return gil__refuse_null(env);
    gil_obj found = find(env, object, name);
    if (gil_is_null(found) && gil_error_pending(env))
        return false;
    *value = found;
    return true;
}

gil_obj gil__native_attr_get(gil_env *env, gil_obj object, const char *name)
{
    gil_obj value;
    if (!gil__native_attr_find(env, object, name, &value))
        return GIL_NULL;
    return gil_is_null(value) ? refuse_name(env, object, name) : value;
}

bool gil__native_attr_set(gil_env *env, gil_obj handle, const char *name, gil_obj value)
{
    gil__object *object = gil__object_at(handle);
    if (!object || gil_is_null(value))
        return gil__refuse_null(env);
    if (object->type == GIL_OBJ_MODULE)
        return set_in_module(env, ((gil__module_object *)object)->module, name, value);
    if (object->type == GIL_OBJ_RESOURCE)
        return set_in_resource(env, (gil__resource_object *)object, name, value);
    gil_raise(env, GIL_ATTRIBUTE_ERROR, "attributes of %s cannot be set", gil_type_name(env, handle));
    return false;
}

bool gil__native_attr_delete(gil_env *env, gil_obj handle, const char *name)
{
    gil__object *object = gil__object_at(handle);
    if (!object)
        return gil__refuse_null(env);
    if (object->type == GIL_OBJ_MODULE)
        return delete_in_module(env, ((gil__module_object *)object)->module, name);
    gil_raise(env, GIL_ATTRIBUTE_ERROR, "attributes of %s cannot be deleted", gil_type_name(env, handle));
    return false;
}

/* ---- Names -------------------------------------------------------------------------------------------------- */

static bool add_name(gil_env *env, gil_obj names, const char *name)
{
    bool fine = true;
    GIL_SCOPE(env)
        fine = gil_list_append(env, names, gil_str_new(env, name, strlen(name)));
    return fine;
}

static bool names_of_module(gil_env *env, gil_obj names, const gil__module *module)
{
    bool fine = true;
    for (size_t i = 0; fine && i < module->n_functions; i++)
        if (module->functions[i].role == GIL_ROLE_FUNCTION)
            fine = add_name(env, names, module->functions[i].name);
    for (uint16_t i = 0; fine && i < module->owner.n_types; i++)
        fine = add_name(env, names, module->owner.type_names[i]);
    for (size_t i = 0; fine && i < module->n_constants; i++)
        fine = add_name(env, names, module->constants[i]->name);
    return fine && (!module->attributes || gil_list_extend(env, names, (gil_obj){module->attributes}));
}

static bool names_of_resource(gil_env *env, gil_obj names, const gil__resource_object *object)
{
    const gil__resource_type *type = object->resource.type;
    const gil__module *module = object->module;
    bool fine = true;
    for (size_t i = 0; fine && i < module->n_functions; i++) {
        const gil__function *f = &module->functions[i];
        if ((f->role == GIL_ROLE_METHOD || f->role == GIL_ROLE_GETTER) && &module->owner.types[f->of] == type)
            fine = add_name(env, names, f->signature->name);
    }
    if (fine && type->def.closable && !gil__type_function(type, GIL_ROLE_METHOD, "close"))
        fine = add_name(env, names, "close");
    return fine;
}

static bool names_among(gil_env *env, gil_obj names, gil_obj object, const char *const *candidates)
{
    bool fine = true;
    for (; fine && *candidates; candidates++) {
        gil_obj value = find(env, object, *candidates);
        fine = !gil_error_pending(env) && (gil_is_null(value) || add_name(env, names, *candidates));
    }
    return fine;
}

gil_obj gil__native_attr_names(gil_env *env, gil_obj handle)
{
    static const char *const candidates[] = {"__cause__", "__name__",  "__self__", "dtype",    "errno", "filename",
                                             "ndim",      "prototype", "shape",    "strerror", NULL};
    gil__object *object = gil__object_at(handle);
    gil_obj names = object ? gil_list_new(env) : GIL_NULL;
    bool fine = !gil_is_null(names);
    if (!object)
        gil__refuse_null(env);
    else if (fine && object->type == GIL_OBJ_MODULE)
        fine = names_of_module(env, names, ((gil__module_object *)object)->module);
    else if (fine && object->type == GIL_OBJ_RESOURCE)
        fine = names_of_resource(env, names, (gil__resource_object *)object);
    else if (fine)
        fine = names_among(env, names, handle, candidates);
    return fine && gil_list_sort(env, names) ? names : GIL_NULL;
}

/* ---- Module state ------------------------------------------------------------------------------------------- */

void *gil__native_module_state(gil_env *env)
{
    const gil__frame *frame = gil__thread_frame(gil__thread_of(env));
    return frame ? frame->state : NULL;
}

gil_obj gil__native_module_self(gil_env *env)
{
    const gil__frame *frame = gil__thread_frame(gil__thread_of(env));
    if (!frame)
        return gil_raise(env, GIL_RUNTIME_ERROR, "no function of a module runs on this thread");
    return gil__module_object_new(env, frame->owner);
}
