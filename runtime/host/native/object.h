/* SPDX-License-Identifier: MIT
 *
 * The native host's objects: a count, a type, and what the type needs. Counts are plain numbers, because whoever
 * changes one holds the GIL. A handle is an object's address.
 */
#ifndef GILKIT_HOST_NATIVE_OBJECT_H
#define GILKIT_HOST_NATIVE_OBJECT_H

#include <gilkit/object.h>

#include "core/thread.h"
#include "load/module.h"

typedef struct gil__object {
    uint32_t count; /* IMMORTAL: never freed, shared by all runtimes */
    uint32_t type;  /* a gil_type */
    struct gil__object *next_dead;
} gil__object;

#define GIL__IMMORTAL UINT32_MAX

typedef struct gil__number {
    gil__object base;
    union {
        bool truth;
        int64_t integer;
        double real;
    };
    double imag;
} gil__number;

/* str, bytes, and the message of an exception: `length` bytes and a NUL. */
typedef struct gil__string {
    gil__object base;
    size_t length;
    char bytes[];
} gil__string;

typedef struct gil__exception {
    gil__object base;
    gil_error_kind kind;
    gil__string *message; /* NULL: none, as for want of memory */
} gil__exception;

typedef struct gil__sequence {
    gil__object base;
    size_t count;
    size_t room;
    gil__object **items;
} gil__sequence;

typedef struct gil__array {
    gil__object base;
    gil_buffer memory;
    gil_release_fn release; /* NULL: the memory is the array's own */
    void *owner;
    gil__module *module; /* whose function borrowed it: kept, because the memory may be of its state */
    bool borrowed;
} gil__array;

typedef struct gil__callable {
    gil__object base;
    gil__module *module; /* kept */
    const gil__function *function;
    gil_policy policy;   /* GIL_AUTO: the function's own */
    gil__function bound; /* of a plain library: this object's own; otherwise empty */
} gil__callable;

typedef struct gil__module_object {
    gil__object base;
    gil__module *module; /* kept */
} gil__module_object;

extern const gil__host gil__native_host;

/* The MemoryError that is always there. */
void *gil__native_no_memory(void);

/* Zeroed memory for an object of this type with one count; NULL: no memory, MemoryError is pending. */
void *gil__object_new(gil_env *env, size_t size, gil_type type);

/* An object as a new handle, which owns the count; GIL_NULL for NULL. */
gil_obj gil__object_handle(gil_env *env, void *object);

/* The object of a handle; NULL and TypeError pending unless it is of this type. */
void *gil__object_of(gil_env *env, gil_obj handle, gil_type type);

static inline gil__object *gil__object_at(gil_obj handle)
{
    return handle.gil__handle;
}

void gil__object_keep(void *object);
void gil__object_drop(void *object);

const char *gil__native_type_name(gil_env *env, gil_obj object);

/* What the files of this folder give the table; contracts in gilkit/object.h. */
#define GIL_API(id, result, name, parameters, arguments, gil, since) result gil__native_##name parameters;
#include <gilkit/api.def>
#undef GIL_API

/* End of life, by type. */
void gil__sequence_end(gil__sequence *sequence);
void gil__array_end(gil__array *array);
void gil__callable_end(gil__callable *callable);
void gil__module_object_end(gil__module_object *module);
void gil__exception_end(gil__exception *exception);

#endif
