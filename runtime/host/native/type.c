/* SPDX-License-Identifier: MIT
 *
 * Types as objects: of exceptions, and of a module's resources.
 */
#include <gilkit/runtime.h>
#include <string.h>

#include "base/memory.h"
#include "host/native/object.h"

#define KIND(number, name_, text) \
    [number] = {.base = {GIL__IMMORTAL, GIL_OBJ_TYPE, NULL}, .name = text, .kind = (gil_error_kind)(number)},
static gil__type kinds[] = {GIL_ERROR_KINDS(KIND)};
#undef KIND

gil_error_kind gil__kind_above(gil_error_kind kind)
{
    switch (kind) {
    case GIL_OVERFLOW_ERROR:
    case GIL_ZERO_DIVISION_ERROR:
        return GIL_ARITHMETIC_ERROR;
    case GIL_INDEX_ERROR:
    case GIL_KEY_ERROR:
        return GIL_LOOKUP_ERROR;
    case GIL_UNICODE_ERROR:
        return GIL_VALUE_ERROR;
    case GIL_NOT_IMPLEMENTED_ERROR:
    case GIL_RECURSION_ERROR:
        return GIL_RUNTIME_ERROR;
    case GIL_TIMEOUT_ERROR:
    case GIL_FILE_NOT_FOUND_ERROR:
    case GIL_FILE_EXISTS_ERROR:
    case GIL_PERMISSION_ERROR:
        return GIL_OS_ERROR;
    default:
        return GIL_EXCEPTION;
    }
}

gil__type *gil__type_of_kind(gil_error_kind kind)
{
    return &kinds[(unsigned)kind < sizeof kinds / sizeof kinds[0] ? kind : GIL_EXCEPTION];
}

bool gil__type_is_below(const gil__type *type, const gil__type *other)
{
    for (; type; type = type->above) {
        if (type == other || (type->resource && type->resource == other->resource))
            return true;
        if (type->above || type->resource)
            continue;
        /* A kind: KeyboardInterrupt stands beside Exception, as in Python. */
        gil_error_kind kind = type->kind, above = gil__kind_above(kind);
        while (kind != other->kind && above != kind && kind != GIL_KEYBOARD_INTERRUPT) {
            kind = above;
            above = gil__kind_above(kind);
        }
        return !other->above && !other->resource && kind == other->kind;
    }
    return false;
}

void gil__type_end(void *object)
{
    gil__type *type = object;
    if (type->above)
        gil__object_drop(type->above);
    if (type->module)
        gil__module_drop(type->module);
    gil__free(type->text);
}

gil_obj gil__type_of_resource(gil_env *env, gil__module *module, const gil__resource_type *resource)
{
    gil__type *type = gil__object_new(env, sizeof *type, GIL_OBJ_TYPE);
    if (type) {
        gil__module_keep(module);
        type->module = module;
        type->resource = resource;
        type->name = resource->def.name;
        type->doc = resource->def.doc;
    }
    return gil__object_handle(env, type);
}

gil_obj gil__native_exception_type(gil_env *env, gil_error_kind kind)
{
    return gil__object_show(env, gil__type_of_kind(kind));
}

static gil__type *exception_type_of(gil_env *env, gil_obj object)
{
    gil__type *type = gil__object_of(env, object, GIL_OBJ_TYPE);
    if (!type || !type->resource)
        return type;
    gil_raise(env, GIL_TYPE_ERROR, "%s is no exception type", type->name);
    return NULL;
}

gil_obj gil__native_exception_type_new(gil_env *env, const char *name, gil_obj base, const char *doc)
{
    if (gil_is_null(base) && gil_error_pending(env))
        return GIL_NULL;
    gil__type *above = gil_is_null(base) ? gil__type_of_kind(GIL_EXCEPTION) : exception_type_of(env, base);
    gil__type *type = above ? gil__object_new(env, sizeof *type, GIL_OBJ_TYPE) : NULL;
    if (!type)
        return GIL_NULL;
    size_t name_size = strlen(name) + 1, doc_size = doc ? strlen(doc) + 1 : 0;
    type->text = gil__alloc(name_size + doc_size, 1);
    if (!type->text) {
        gil__object_drop(type);
        return gil__no_memory(env);
    }
    type->name = memcpy(type->text, name, name_size);
    if (doc)
        type->doc = memcpy(type->text + name_size, doc, doc_size);
    gil__object_keep(above);
    type->above = above;
    type->kind = above->kind;
    return gil__object_handle(env, type);
}

bool gil__native_is_instance(gil_env *env, gil_obj handle, gil_obj type_handle)
{
    (void)env;
    const gil__object *object = gil__object_at(handle);
    const gil__type *type = type_handle.gil__handle;
    if (!object || !type || type->base.type != GIL_OBJ_TYPE)
        return false;
    if (object->type == GIL_OBJ_RESOURCE)
        return type->resource && ((const gil__resource_object *)object)->resource.type == type->resource;
    if (object->type != GIL_OBJ_EXCEPTION || type->resource)
        return false;
    const gil__exception *exception = (const gil__exception *)object;
    return gil__type_is_below(exception->type ? exception->type : gil__type_of_kind(exception->kind), type);
}
