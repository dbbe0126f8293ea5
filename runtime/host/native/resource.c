/* SPDX-License-Identifier: MIT
 *
 * Objects of the resource types that modules define.
 */
#include <gilkit/resource.h>

#include "base/memory.h"
#include "host/native/object.h"

struct gil__resource *gil__resource_of(void *memory)
{
    gil__object *object = memory;
    return object->type == GIL_OBJ_RESOURCE ? &((gil__resource_object *)object)->resource : NULL;
}

gil__resource_object *gil__resource_object_of(gil_env *env, gil_obj object)
{
    return gil__object_of(env, object, GIL_OBJ_RESOURCE);
}

static const gil__resource_type *type_of(const gil__resource_object *object)
{
    return object->resource.type;
}

const gil__function *gil__resource_slot(const gil__object *object, gil_role role)
{
    return object->type == GIL_OBJ_RESOURCE ? type_of((const gil__resource_object *)object)->slots[role] : NULL;
}

gil_obj gil__resource_call(gil_env *env, gil__object *object, gil_role role, size_t count, const gil_obj *arguments)
{
    const gil__function *slot = gil__resource_slot(object, role);
    gil__arguments given = {.self = {object}, .items = arguments, .count = count};
    return gil__function_call(env, slot, GIL_AUTO, &given);
}

/* ---- Beginning ---------------------------------------------------------------------------------------------- */

static gil__resource_object *new_resource(gil_env *env, const gil__resource_type *type)
{
    size_t size;
    if (__builtin_add_overflow(sizeof(gil__resource_object), type->def.struct_size, &size)) {
        gil__no_memory(env);
        return NULL;
    }
    gil__resource_object *object = gil__object_new(env, size, GIL_OBJ_RESOURCE);
    if (!object)
        return NULL;
    object->module = (gil__module *)type->owner;
    gil__module_keep(object->module);
    object->resource = (gil__resource){
        .type = type, .name = type->def.name, .memory = object->memory, .runtime = gil__thread_of(env)->runtime};
    return object;
}

gil_obj gil__native_resource_new(gil_env *env, const gil_resource_def *def, void **self)
{
    const gil__resource_type *type = gil__modules_type(env, def);
    if (!type)
        return gil_raise(env, GIL_RUNTIME_ERROR, "the module of type %s is not loaded", def->name);
    gil__resource_object *object = new_resource(env, type);
    gil_obj handle = gil__object_handle(env, object);
    if (gil_is_null(handle))
        return handle;
    object->ready = true;
    *self = object->memory;
    return handle;
}

/* A type is called: its init makes an object of zeros what it should be. */
gil_obj gil__resource_make(gil_env *env, gil__type *type, const gil__arguments *arguments)
{
    const gil__function *init = type->resource->slots[GIL_ROLE_INIT];
    if (!init)
        return gil_raise(env, GIL_TYPE_ERROR, "%s cannot be called; functions of %s make its objects", type->name,
                         type->module->name);
    gil__resource_object *object = new_resource(env, type->resource);
    gil_obj handle = gil__object_handle(env, object);
    if (gil_is_null(handle))
        return handle;
    gil__arguments given = *arguments;
    given.self = handle;
    given.began = &object->ready; /* an init that fails half-way may hold something already */
    return gil_is_null(gil__function_call(env, init, GIL_AUTO, &given)) ? GIL_NULL : handle;
}

/* ---- Asking ------------------------------------------------------------------------------------------------- */

bool gil__native_resource_get(gil_env *env, gil_obj handle, const gil_resource_def *def, void **self)
{
    gil__object *base = gil__object_at(handle);
    gil__resource_object *object = (gil__resource_object *)base;
    if (!base)
        return gil__refuse_null(env);
    if (base->type != GIL_OBJ_RESOURCE || type_of(object)->at != def)
        gil_raise(env, GIL_TYPE_ERROR, "%s is not %s", gil_type_name(env, handle), def->name);
    else if (object->resource.closed)
        gil_raise(env, GIL_VALUE_ERROR, "the %s is closed", def->name);
    else
        *self = object->memory;
    return base->type == GIL_OBJ_RESOURCE && type_of(object)->at == def && !object->resource.closed;
}

static gil__resource_object *object_of(const void *self)
{
    return (gil__resource_object *)((char *)self - offsetof(gil__resource_object, memory));
}

gil_obj gil__native_resource_object(gil_env *env, const void *self)
{
    return gil__object_show(env, object_of(self));
}

size_t gil__native_resource_pins(gil_env *env, const void *self)
{
    (void)env;
    return object_of(self)->resource.pins;
}

/* ---- Ending ------------------------------------------------------------------------------------------------- */

static void finalize(gil_env *env, gil__resource_object *object)
{
    const gil__resource_type *type = type_of(object);
    object->resource.closed = true;
    if (object->ready && type->def.finalize)
        gil__type_finalize(env, type, object->memory);
}

bool gil__native_resource_close(gil_env *env, gil_obj handle)
{
    gil__resource_object *object = gil__resource_object_of(env, handle);
    if (!object)
        return false;
    if (object->resource.closed)
        return true;
    if (gil__use_is_mine(gil__thread_of(env), &object->resource)) {
        gil_raise(env, GIL_RUNTIME_ERROR, "the %s is in use by this thread, so it cannot be closed",
                  object->resource.name);
        return false;
    }
    gil__object_keep(object);
    gil__use *use = gil__use_begin(env, &object->resource, true);
    bool fine = use != NULL;
    if (fine && object->resource.pins > 0) {
        gil_raise(env, GIL_BUFFER_ERROR, "the memory of the %s is pinned, so it cannot be closed; release it first",
                  object->resource.name);
        gil__use_end(use);
        fine = false;
    } else if (fine) {
        finalize(env, object);
        gil__use_end(use);
    } else if (object->resource.closed) { /* by another thread meanwhile */
        gil_error_clear(env);
        fine = true;
    }
    gil__object_drop(object);
    return fine;
}

/* The last handle, reference or container let go of it; whoever does so holds the GIL. The finaliser may show the
 * object to others, who may keep it: then it lives on, closed. */
bool gil__resource_finish(gil__object *base)
{
    gil__resource_object *object = (gil__resource_object *)base;
    gil__thread *thread = gil__thread_holds(object->resource.runtime);
    if (object->resource.closed || !thread)
        return true;
    base->count = 1;
    finalize(&thread->env, object);
    return --base->count == 0;
}

void gil__resource_end(void *object)
{
    gil__module_drop(((gil__resource_object *)object)->module);
}
