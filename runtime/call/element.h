/* SPDX-License-Identifier: MIT
 *
 * One number between an object and memory, for scalars and for elements of arrays alike.
 */
#ifndef GILKIT_CALL_ELEMENT_H
#define GILKIT_CALL_ELEMENT_H

#include <gilkit/object.h>

struct gil__text;

/* How an object fits a number of a dtype. Nothing is written unless it fits. */
typedef enum gil__fit {
    GIL__FITS,
    GIL__WRONG_TYPE,
    GIL__OUT_OF_RANGE,
    GIL__FAILED /* an exception is pending */
} gil__fit;

/* Write an object as a number of this dtype to memory, which needs no alignment. Nothing is narrowed: an int is
 * checked against the range, a float is not an int, and a float32 takes what does not overflow it. */
gil__fit gil__element_write(gil_env *env, gil_obj object, gil_dtype dtype, void *memory);

/* Read a number from memory, which needs no alignment. A long double becomes a double.
 *   errors: OverflowError: an unsigned number that the host's int cannot hold */
gil_obj gil__element_read(gil_env *env, gil_dtype dtype, const void *memory);

/* Did code that the host runs raise it, as a class's own __index__ may? Then it has been through that code. */
bool gil__exception_is_of_code(gil_env *env, gil_obj exception);

/* What an object is, for messages: "int 300", "float 2.5", "list".
 *   owner: the text is in `buffer`, which it returns */
const char *gil__object_brief(gil_env *env, gil_obj object, char *buffer, size_t size);

/* What of this dtype an object may be, for messages: "an int from -128 to 127". */
const char *gil__element_wanted(gil_dtype dtype);

#endif
