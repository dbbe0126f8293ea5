/* SPDX-License-Identifier: MIT
 *
 * One call on its way: what the files of this folder pass along. Lives on the caller's C stack.
 *
 *   bind.c      arguments -> parameters, by position and by name
 *   argument.c  numbers, text and resources -> the image
 *   array.c     arrays -> pinned memory, or a packed copy
 *   size.c      the sizes that arrays determine; every dimension checked
 *   result.c    outputs made, results as objects
 *   function.c  the order of it all, and the GIL
 */
#ifndef GILKIT_CALL_CALL_H
#define GILKIT_CALL_CALL_H

#include "call/element.h"
#include "call/function.h"

enum { GIL__FEW_ARRAYS = 6 };

typedef struct gil__array_use {
    gil_buffer buffer; /* pinned; released at the end */
    void *packed;      /* a copy in C order, when the memory itself would not do; freed at the end */
    const size_t *shape;
    size_t packed_shape[GIL_MAX_DIMS]; /* of a packed list */
} gil__array_use;

typedef struct gil__call {
    gil_env *env;
    const gil__function *function;
    const gil__signature *signature;
    gil__array_use *arrays; /* by order of the array parameters */
    gil__array_use few[GIL__FEW_ARRAYS];
    struct {
        gil__resource *resource;
        gil__use *use; /* once it was begun */
        bool alone;
    } uses[GIL__MAX_PARAMS]; /* of the resources among its arguments */
    uint16_t n_uses;
    bool *began;                            /* of gil__arguments */
    bool has_self;                          /* the first that is asked is the object whose method it is */
    uint8_t array_of[GIL__MAX_PARAMS];      /* which of them a parameter is */
    gil_obj given[GIL__MAX_PARAMS];         /* by parameter */
    int64_t sizes[GIL__MAX_PARAMS];         /* of integer parameters */
    gil_obj outputs[GIL__MAX_PARAMS];       /* arrays */
    gil__value out_values[GIL__MAX_PARAMS]; /* single values */
    _Alignas(16) gil__slot image[GIL__MAX_SLOTS];
} gil__call;

/* Raise for this call: "NAME(): " and the message. Always false. */
bool gil__call_refuse(gil__call *call, gil_error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a number that does not fit what is wanted; `name` may be that of an element. */
bool gil__call_refuse_number(gil__call *call, gil__fit fit, const char *name, gil_obj object, gil_dtype dtype);

/* Put "NAME(): " before the pending exception's message, or "NAME(): argument X: ". What code of others raised stays as
 * it is. `argument` may be NULL. Always false. */
bool gil__call_blame(gil__call *call, const char *argument);

bool gil__call_bind(gil__call *call, const gil__arguments *arguments);

/* Put a scalar in the image; an integer's value also in `sizes`. */
bool gil__call_scalar(gil__call *call, uint16_t param);

/* Put a resource's struct in the image, and note that it will be used. */
bool gil__call_resource(gil__call *call, uint16_t param);

/* Begin the uses of all resources, in an order that is the same for every call; end those that were begun. */
bool gil__call_uses_begin(gil__call *call);
void gil__call_uses_end(gil__call *call);

/* Pin an array argument, or pack it, so that its memory is what C code expects. */
bool gil__call_array(gil__call *call, uint16_t param);
void gil__call_array_end(gil__call *call, gil__array_use *use);

/* Find the hidden sizes and check every dimension. */
bool gil__call_sizes(gil__call *call);

/* Make the outputs. */
bool gil__call_outputs(gil__call *call);

/* The C result and the outputs as one object: none, the one result, or a tuple. */
gil_obj gil__call_result(gil__call *call, const gil__value *value);

#endif
