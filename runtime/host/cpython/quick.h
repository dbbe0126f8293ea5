/* SPDX-License-Identifier: MIT
 *
 * Calls that need no handles: numbers, text and arrays in, one value out, everything in registers. A quick call takes the
 * usual arguments (exact types, arrays as C code wants them); at the first that is anything else it gives up before
 * anything was done, and the call goes the general way, which takes more, copies where it must, and knows the errors.
 */
#ifndef GILKIT_HOST_CPYTHON_QUICK_H
#define GILKIT_HOST_CPYTHON_QUICK_H

#include "host/cpython/function.h"

/* How an argument is taken. */
typedef enum gil__take {
    GIL__TAKE_DOUBLE,
    GIL__TAKE_FLOAT,
    GIL__TAKE_SIGNED,
    GIL__TAKE_UNSIGNED,
    GIL__TAKE_BOOL,
    GIL__TAKE_TEXT,
    GIL__TAKE_ARRAY
} gil__take;

typedef struct gil__quick_argument {
    uint8_t take;
    uint8_t place; /* its slot */
    uint8_t size;  /* of the C type */
    uint8_t dtype; /* of an array's elements */
    uint8_t ndim;
    bool written; /* an array that is not const */
    uint8_t param;
} gil__quick_argument;

/* What one dimension of an array must be. */
typedef struct gil__quick_dim {
    uint8_t array; /* by order of the arguments */
    uint8_t axis;
    uint8_t size;    /* the parameter that it names; NO_SIZE: a number */
    bool determines; /* it says what that parameter is, which nobody gives */
    uint8_t place;   /* the parameter's slot */
    int64_t limit;   /* what the parameter can hold, or the number */
} gil__quick_dim;

enum { GIL__NO_SIZE = 255, GIL__MOST_QUICK = 14, GIL__MOST_QUICK_DIMS = 24 };

typedef struct gil__quick {
    uint8_t n_arguments;
    uint8_t n_dims;
    bool releases;
    bool alone;     /* on a Python without a GIL it runs under the lock of its module */
    bool doubles;   /* one or two doubles to one */
    uint8_t result; /* a gil__class */
    uint8_t result_size;
    gil__quick_argument arguments[GIL__MOST_QUICK];
    gil__quick_dim dims[GIL__MOST_QUICK_DIMS];
} gil__quick;

/* numpy.c: the memory of an array that is what C code wants: of this dtype, in C order, aligned, writable if it is to be
 * written. *shape is borrowed. NULL: it is not, or no array that is known. */
void *gil__quick_array(gil__python *python, PyObject *object, const gil__quick_argument *wanted, const size_t **shape);

#endif
