/* SPDX-License-Identifier: MIT
 *
 * The C types that a prototype may use, by what they are to a call: a class and a size on this machine.
 */
#ifndef GILKIT_PROTO_CTYPE_H
#define GILKIT_PROTO_CTYPE_H

#include <gilkit/abi.h>

typedef enum gil__class {
    GIL__VOID,
    GIL__BOOL,
    GIL__SIGNED,
    GIL__UNSIGNED,
    GIL__FLOAT,
    GIL__COMPLEX,
    GIL__STRING,   /* const char * */
    GIL__OBJECT,   /* gil_obj */
    GIL__RESOURCE, /* a struct of a resource type, behind a pointer */
    GIL__ENV,      /* gil_env *, hidden from callers */
    GIL__TASK      /* gil_task *, hidden from callers */
} gil__class;

typedef struct gil__ctype {
    uint8_t class;
    uint8_t size; /* bytes */
    bool is_char; /* plain char: an array of it takes text */
} gil__ctype;

/* The type that a typedef of the C library, bool, or gil_obj names. */
bool gil__ctype_named(const char *name, size_t length, gil__ctype *type);

/* Is it a number, so that arrays of it exist? */
bool gil__ctype_is_number(gil__ctype type);

/* The element type of arrays of this number. */
gil_dtype gil__ctype_dtype(gil__ctype type);

/* As NumPy spells them: "int32", "float64", "longdouble". For messages. */
const char *gil__ctype_name(gil__ctype type);
const char *gil__dtype_name(uint32_t dtype);

#endif
