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

/* Types that modules see as another one. */
enum { GIL__OBJ_ITERATOR = GIL_OBJ_RESOURCE + 1, GIL__N_TYPES };

/* str, bytes, and the message of an exception: `length` bytes and a NUL. */
typedef struct gil__string {
    gil__object base;
    size_t length;
    size_t points; /* code points of a str; 0: not counted yet, or empty */
    char bytes[];
} gil__string;

/* What makes objects: a kind of exception, one that a module made below it, or a resource type. */
typedef struct gil__type {
    gil__object base;
    const char *name;
    const char *doc; /* NULL: none */
    gil_error_kind kind;
    struct gil__type *above;            /* the type that it is below; kept; NULL: none */
    const gil__resource_type *resource; /* NULL: an exception type */
    gil__module *module;                /* kept; NULL: none */
    char *text;                         /* what name and doc point into; owned; NULL: nothing of its own */
} gil__type;

typedef struct gil__exception {
    gil__object base;
    gil_error_kind kind;
    gil__type *type;       /* one that a module made; kept; NULL: that of the kind */
    gil__string *message;  /* NULL: none, as for want of memory */
    gil__object *cause;    /* NULL: none */
    gil__string *filename; /* NULL: none */
    int number;            /* errno; 0: none */
} gil__exception;

/* list and tuple. */
typedef struct gil__sequence {
    gil__object base;
    size_t count;
    size_t room;
    gil__object **items;
} gil__sequence;

typedef struct gil__entry {
    int64_t hash;
    gil__object *key; /* NULL: deleted */
    gil__object *value;
} gil__entry;

typedef struct gil__dict {
    gil__object base;
    gil__entry *entries; /* in the order in which keys came */
    size_t used;         /* entries, deleted ones too */
    size_t count;        /* entries that are not deleted */
    size_t room;
    uint32_t *index;  /* open addressing: 0 free, 1 deleted, else an entry's number + 2 */
    size_t slots;     /* a power of two, or 0 */
    uint64_t changes; /* of keys: what compares keys may change the dict meanwhile */
} gil__dict;

typedef struct gil__iterator {
    gil__object base;
    gil__object *of; /* kept; NULL: at its end */
    size_t next;
    size_t count; /* of a dict when it began */
} gil__iterator;

typedef struct gil__array {
    gil__object base;
    gil_buffer memory;
    gil_release_fn release; /* NULL: the memory is the array's own */
    void *owner;
    gil__module *module;      /* whose function borrowed it: kept, because the memory may be of its state */
    struct gil__array *whole; /* whose memory it shows a part of; kept; NULL: none */
    bool borrowed;
} gil__array;

typedef struct gil__callable {
    gil__object base;
    gil__module *module;           /* kept */
    const gil__function *function; /* NULL: close() of a resource */
    gil_policy policy;             /* GIL_AUTO: the function's own */
    gil__function bound;           /* of a plain library: this object's own; otherwise empty */
    gil__object *self;             /* whose method it is; kept; NULL: a function */
} gil__callable;

typedef struct gil__module_object {
    gil__object base;
    gil__module *module; /* kept */
} gil__module_object;

/* The struct of a resource follows, aligned for anything. */
typedef struct gil__resource_object {
    gil__object base;
    gil__resource resource;
    gil__module *module; /* kept */
    bool ready;          /* init is done, or there is none: it will be finalised */
    _Alignas(16) char memory[];
} gil__resource_object;

extern const gil__host gil__native_host;

/* The MemoryError that is always there. */
void *gil__native_no_memory(void);

/* Zeroed memory for an object of this type with one count; NULL: no memory, MemoryError is pending. */
void *gil__object_new(gil_env *env, size_t size, gil_type type);

/* An object as a new handle, which owns the count; GIL_NULL for NULL. */
gil_obj gil__object_handle(gil_env *env, void *object);

/* The same for an object that somebody else owns the count of. */
gil_obj gil__object_show(gil_env *env, void *object);

/* TypeError unless an exception is pending already, as it is where what should have made a handle has failed. Always
 * false. */
bool gil__refuse_null(gil_env *env);

/* One level deeper into objects inside objects; false: RecursionError. Undone by the other. */
bool gil__deeper(gil_env *env);
void gil__shallower(void);

/* The object of a handle; NULL and TypeError pending unless it is of this type. */
void *gil__object_of(gil_env *env, gil_obj handle, gil_type type);

static inline gil__object *gil__object_at(gil_obj handle)
{
    return handle.gil__handle;
}

void gil__object_keep(void *object);
void gil__object_drop(void *object);

/* What the files of this folder give the table; contracts in gilkit/object.h. */
#define GIL_API(id, result, name, parameters, arguments, gil, since) result gil__native_##name parameters;
#include <gilkit/api.def>
#undef GIL_API

/* End of life, by type. */
void gil__sequence_end(void *sequence);
void gil__dict_end(void *dict);
void gil__iterator_end(void *iterator);
void gil__array_end(void *array);
void gil__callable_end(void *callable);
void gil__module_object_end(void *module);
void gil__exception_end(void *exception);
void gil__type_end(void *type);
void gil__resource_end(void *resource);

/* ---- What the files of this folder do for one another --------------------------------------------------------- */

/* number.c: the fewest digits that read back as the same number, as Python writes it. buffer: 32 bytes. */
void gil__number_print(double value, bool point, char *buffer);
bool gil__number_is(const gil__object *object); /* bool, int, float, complex */

/* Compare two numbers exactly: -1, 0, 1; 2: no order (NaN, or complex and different). *ordered: false: complex. */
int gil__number_compare(const gil__number *a, const gil__number *b, bool *ordered);
int64_t gil__number_hash(const gil__number *number);

/* text.c: a str of `length` bytes to be filled, or of UTF-8 that is known to be valid; NULL: MemoryError is pending. */
gil__string *gil__string_new(gil_env *env, gil_type type, const void *data, size_t length);
/* As printf makes it, and mended; NULL: MemoryError is pending, or *printable is false and nothing is. */
gil__string *gil__string_format(gil_env *env, const char *format, va_list arguments, bool *printable);
/* What is not UTF-8 becomes '?'. */
void gil__string_mend(gil__string *text);
size_t gil__string_points(gil__string *string);
/* Where code point `point` begins. */
size_t gil__string_offset(gil__string *string, size_t point);

/* sequence.c: room for so many more items; false: MemoryError is pending, and nothing changed. */
bool gil__sequence_reserve(gil_env *env, gil__sequence *sequence, size_t more);
/* A new list or tuple with room for so many, empty. */
gil__sequence *gil__sequence_new(gil_env *env, gil_type type, size_t room);

/* dict.c: the value of a key, borrowed; NULL: missing, or *fine is false and an exception is pending. */
gil__object *gil__dict_value(gil_env *env, gil__dict *dict, gil__object *key, bool *fine);
bool gil__dict_put(gil_env *env, gil__dict *dict, gil__object *key, gil__object *value);
bool gil__dict_remove(gil_env *env, gil__dict *dict, gil__object *key);
/* Raise KeyError with the key's repr. Returns GIL_NULL. */
gil_obj gil__dict_refuse_key(gil_env *env, gil__object *key);

/* compare.c: are they equal? false: an exception is pending. */
bool gil__objects_equal(gil_env *env, gil__object *a, gil__object *b, bool *equal);

/* array.c: the item at an index of the first axis, borrowed memory of the whole; axis 0 cut to a slice. */
gil_obj gil__array_item(gil_env *env, gil__array *array, gil_obj key);
bool gil__array_set_item(gil_env *env, gil__array *array, gil_obj key, gil_obj value);
gil_obj gil__array_slice(gil_env *env, gil__array *array, size_t start, size_t count, int64_t step);

/* slice.c: an index that may count from the end, against a length; false: out of range, IndexError is pending. */
bool gil__index_of(gil_env *env, gil_obj container, gil_obj key, size_t length, size_t *index);

/* type.c */
gil__type *gil__type_of_kind(gil_error_kind kind);
gil_obj gil__type_of_resource(gil_env *env, gil__module *module, const gil__resource_type *type);
gil_error_kind gil__kind_above(gil_error_kind kind); /* GIL_EXCEPTION is above itself */
bool gil__type_is_below(const gil__type *type, const gil__type *other);

/* resource.c: call a slot of a resource, if its type has it.
 *   errors: GIL_NULL with an exception pending; of `next` also at its end */
const gil__function *gil__resource_slot(const gil__object *object, gil_role role);
gil_obj gil__resource_call(gil_env *env, gil__object *object, gil_role role, size_t count, const gil_obj *arguments);
struct gil__resource *gil__resource_of(void *object);
bool gil__resource_finish(gil__object *object); /* false: it lives on */
gil_obj gil__resource_make(gil_env *env, gil__type *type, const gil__arguments *arguments);
gil__resource_object *gil__resource_object_of(gil_env *env, gil_obj object);

/* callable.c */
gil_obj gil__callable_method(gil_env *env, gil__resource_object *self, const gil__function *function);

#endif
