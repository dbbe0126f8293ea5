/* SPDX-License-Identifier: MIT */
#include "host/native/object.h"

#include <gilkit/runtime.h>

#include "base/memory.h"

void *gil__object_new(gil_env *env, size_t size, gil_type type)
{
    gil__object *object = gil__alloc(1, size);
    if (!object) {
        gil__no_memory(env);
        return NULL;
    }
    object->count = 1;
    object->type = type;
    return object;
}

gil_obj gil__object_handle(gil_env *env, void *object)
{
    return gil__thread_handle(gil__thread_of(env), object);
}

gil_obj gil__object_show(gil_env *env, void *object)
{
    if (object)
        gil__object_keep(object);
    return gil__object_handle(env, object);
}

/* By type: what messages call it, what modules see it as, and how it ends. */
static const struct {
    const char *name;
    const char *with_article;
    gil_type shown;
    void (*end)(void *object);
} types[GIL__N_TYPES] = {
    [GIL_OBJ_NONE] = {"None", "none", GIL_OBJ_NONE, NULL},
    [GIL_OBJ_BOOL] = {"bool", "a bool", GIL_OBJ_BOOL, NULL},
    [GIL_OBJ_INT] = {"int", "an int", GIL_OBJ_INT, NULL},
    [GIL_OBJ_FLOAT] = {"float", "a float", GIL_OBJ_FLOAT, NULL},
    [GIL_OBJ_COMPLEX] = {"complex", "a complex", GIL_OBJ_COMPLEX, NULL},
    [GIL_OBJ_STR] = {"str", "str", GIL_OBJ_STR, NULL},
    [GIL_OBJ_BYTES] = {"bytes", "bytes", GIL_OBJ_BYTES, NULL},
    [GIL_OBJ_LIST] = {"list", "list", GIL_OBJ_LIST, gil__sequence_end},
    [GIL_OBJ_TUPLE] = {"tuple", "tuple", GIL_OBJ_TUPLE, gil__sequence_end},
    [GIL_OBJ_ARRAY] = {"array", "array", GIL_OBJ_ARRAY, gil__array_end},
    [GIL_OBJ_EXCEPTION] = {"exception", "exception", GIL_OBJ_EXCEPTION, gil__exception_end},
    [GIL_OBJ_FUNCTION] = {"function", "function", GIL_OBJ_FUNCTION, gil__callable_end},
    [GIL_OBJ_MODULE] = {"module", "module", GIL_OBJ_MODULE, gil__module_object_end},
    [GIL_OBJ_OTHER] = {"GIL_NULL", "an object", GIL_OBJ_OTHER, NULL},
    [GIL_OBJ_DICT] = {"dict", "dict", GIL_OBJ_DICT, gil__dict_end},
    [GIL_OBJ_TYPE] = {"type", "type", GIL_OBJ_TYPE, gil__type_end},
    [GIL_OBJ_RESOURCE] = {"resource", "a resource", GIL_OBJ_RESOURCE, gil__resource_end},
    [GIL__OBJ_ITERATOR] = {"iterator", "an iterator", GIL_OBJ_OTHER, gil__iterator_end},
};

bool gil__refuse_null(gil_env *env)
{
    if (!gil_error_pending(env))
        gil_raise(env, GIL_TYPE_ERROR, "GIL_NULL is no object");
    return false;
}

void *gil__object_of(gil_env *env, gil_obj handle, gil_type type)
{
    gil__object *object = gil__object_at(handle);
    if (object && object->type == type)
        return object;
    if (!object && gil_error_pending(env))
        return NULL; /* what should have made it has said why it did not */
    gil_raise(env, GIL_TYPE_ERROR, "%s is not %s", gil_type_name(env, handle), types[type].with_article);
    return NULL;
}

static _Thread_local unsigned depth;
enum { DEEPEST = 400 };

bool gil__deeper(gil_env *env)
{
    if (depth < DEEPEST) {
        depth++;
        return true;
    }
    gil_raise(env, GIL_RECURSION_ERROR, "objects lie more than %d deep inside one another", DEEPEST);
    return false;
}

void gil__shallower(void)
{
    depth--;
}

void gil__object_keep(void *memory)
{
    gil__object *object = memory;
    if (object->count != GIL__IMMORTAL)
        object->count++;
}

static void end(gil__object *object)
{
    if (object->type == GIL_OBJ_RESOURCE && !gil__resource_finish(object))
        return;
    if (types[object->type].end)
        types[object->type].end(object);
    gil__free(object);
}

/* Objects die in a queue, not inside one another: a list nested a million deep would need as deep a stack. */
void gil__object_drop(void *memory)
{
    static _Thread_local gil__object *dead;
    static _Thread_local bool burying;
    gil__object *object = memory;
    if (object->count == GIL__IMMORTAL || --object->count > 0)
        return;
    object->next_dead = dead;
    dead = object;
    if (burying)
        return;
    burying = true;
    while (dead) {
        gil__object *next = dead;
        dead = next->next_dead;
        end(next);
    }
    burying = false;
}

gil_type gil__native_type_of(gil_env *env, gil_obj handle)
{
    (void)env;
    gil__object *object = gil__object_at(handle);
    return object ? types[object->type].shown : GIL_OBJ_OTHER;
}

const char *gil__native_type_name(gil_env *env, gil_obj handle)
{
    (void)env;
    const gil__object *object = gil__object_at(handle);
    if (!object)
        return types[GIL_OBJ_OTHER].name;
    if (object->type == GIL_OBJ_RESOURCE)
        return ((const gil__resource_object *)object)->resource.name;
    if (object->type == GIL_OBJ_EXCEPTION) {
        const gil__exception *exception = (const gil__exception *)object;
        return exception->type ? exception->type->name : gil_error_name(exception->kind);
    }
    return types[object->type].name;
}

bool gil__native_is_callable(gil_env *env, gil_obj handle)
{
    (void)env;
    const gil__object *object = gil__object_at(handle);
    if (!object)
        return false;
    if (object->type == GIL_OBJ_TYPE) {
        const gil__type *type = (const gil__type *)object;
        return !type->resource || type->resource->slots[GIL_ROLE_INIT];
    }
    return object->type == GIL_OBJ_FUNCTION || gil__resource_slot(object, GIL_ROLE_CALL);
}

bool gil__native_same(gil_env *env, gil_obj a, gil_obj b)
{
    (void)env;
    return gil__object_at(a) == gil__object_at(b);
}
