/* SPDX-License-Identifier: MIT */
#include "host/native/object.h"

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

void *gil__object_of(gil_env *env, gil_obj handle, gil_type type)
{
    static const char *const names[] = {"none", "bool",  "int",   "float",     "complex",  "str",   "bytes",
                                        "list", "tuple", "array", "exception", "function", "module"};
    gil__object *object = gil__object_at(handle);
    if (object && object->type == type)
        return object;
    if (!object && gil_error_pending(env))
        return NULL; /* what should have made it has said why it did not */
    gil_raise(env, GIL_TYPE_ERROR, "%s is not %s", gil_type_name(env, handle), names[type]);
    return NULL;
}

void gil__object_keep(void *memory)
{
    gil__object *object = memory;
    if (object->count != GIL__IMMORTAL)
        object->count++;
}

static void end(gil__object *object)
{
    switch ((gil_type)object->type) {
    case GIL_OBJ_LIST:
    case GIL_OBJ_TUPLE:
        gil__sequence_end((gil__sequence *)object);
        break;
    case GIL_OBJ_ARRAY:
        gil__array_end((gil__array *)object);
        break;
    case GIL_OBJ_FUNCTION:
        gil__callable_end((gil__callable *)object);
        break;
    case GIL_OBJ_MODULE:
        gil__module_object_end((gil__module_object *)object);
        break;
    case GIL_OBJ_EXCEPTION:
        gil__exception_end((gil__exception *)object);
        break;
    default:
        break;
    }
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
    return object ? (gil_type)object->type : GIL_OBJ_OTHER;
}

const char *gil__native_type_name(gil_env *env, gil_obj handle)
{
    static const char *const names[] = {"None", "bool",  "int",   "float",     "complex",  "str",    "bytes",
                                        "list", "tuple", "array", "exception", "function", "module", "GIL_NULL"};
    gil__object *object = gil__object_at(handle);
    if (object && object->type == GIL_OBJ_EXCEPTION) {
        static const char *const kinds[] = {
#define KIND(number, name, text) text,
            GIL_ERROR_KINDS(KIND)
#undef KIND
        };
        return kinds[gil_exception_kind(env, handle)];
    }
    return names[object ? object->type : GIL_OBJ_OTHER];
}
