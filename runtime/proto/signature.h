/* SPDX-License-Identifier: MIT
 *
 * What a C prototype says, as data: parameters with their types, directions and dimensions, and which sizes
 * the arrays determine. Pure: no objects, no calls, no I/O. A signature never changes once it is parsed.
 */
#ifndef GILKIT_PROTO_SIGNATURE_H
#define GILKIT_PROTO_SIGNATURE_H

#include "proto/ctype.h"

enum { GIL__MAX_PARAMS = 64, GIL__MAX_PROTOTYPE = 16384 };

/* A dimension is an expression over sizes: a tree of nodes in signature->nodes. */
typedef struct gil__node {
    char op; /* 'i' a number, 'p' a parameter, '+', '-' or '*' */
    uint16_t left, right;
    int64_t value; /* the number, or the parameter's index */
} gil__node;

typedef enum gil__direction { GIL__IN, GIL__INOUT, GIL__OUT } gil__direction;

typedef struct gil__param {
    const char *name;
    gil__ctype type;
    uint8_t direction;
    bool hidden;       /* a size that an array determines */
    bool asked;        /* of the caller: not env, task, outputs and hidden sizes */
    uint8_t ndim;      /* 0: a scalar; for GIL__OUT one value behind a pointer */
    uint16_t resource; /* which of the resource types, for a GIL__RESOURCE */
    uint16_t dims[GIL_MAX_DIMS];
} gil__param;

/* How a hidden size is found: parameter `size` is what makes dimension `axis` of `array` come out. */
typedef struct gil__size_step {
    uint16_t size;
    uint16_t array;
    uint16_t axis;
} gil__size_step;

typedef struct gil__signature {
    const char *name;
    gil__ctype result;
    bool has_env;
    bool has_task;
    uint16_t n_params;
    uint16_t n_asked; /* how many of them a caller gives */
    uint16_t n_arrays;
    uint16_t n_outputs;
    uint16_t n_resources;
    uint16_t n_steps;
    uint16_t n_nodes;
    gil__param *params;
    gil__size_step *steps;
    gil__node *nodes;
    char *names; /* what all the names point into */
} gil__signature;

/* Why a prototype was refused: where, and what to write instead. */
typedef struct gil__proto_error {
    int column; /* from 1; 0: no memory */
    char message[240];
} gil__proto_error;

/* Read a prototype such as `double dot(size_t n, const double x[n], const double y[n])`.
 *   text    ends at NUL; a semicolon at the end and comments are fine
 *   owner:  the caller frees the signature with gil__signature_free
 *   errors: NULL, and *error says column, reason and mend */
gil__signature *gil__signature_parse(const char *text, gil__proto_error *error);

/* The same for a function of a module that has resource types, whose structs it may take.
 *   names   theirs; not kept */
gil__signature *gil__signature_parse_with(const char *text, const char *const *names, size_t n_names,
                                          gil__proto_error *error);

void gil__signature_free(gil__signature *signature);

/* What a dimension comes to, given every size it names (by parameter index).
 *   errors: false: it does not fit 64 bits */
bool gil__dim_value(const gil__signature *signature, uint16_t node, const int64_t *sizes, int64_t *value);

/* The size of parameter `unknown` for which a dimension comes to `value`; it occurs once in it, and the other
 * sizes are given. When any would do (0 = 0 * n), 0.
 *   errors: false: no whole number does */
bool gil__dim_solve(const gil__signature *signature, uint16_t node, uint16_t unknown, int64_t value,
                    const int64_t *sizes, int64_t *size);

/* A dimension as text, as "n+1". */
struct gil__text;
void gil__dim_print(const gil__signature *signature, uint16_t node, struct gil__text *text);

/* Decide which sizes the arrays determine: sets `hidden`, `asked`, `steps` and the counts. The parser calls it. */
bool gil__signature_plan_sizes(gil__signature *signature);

#endif
