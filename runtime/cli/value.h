/* SPDX-License-Identifier: MIT
 *
 * Values of the command line: arguments in, results out.
 */
#ifndef GILKIT_CLI_VALUE_H
#define GILKIT_CLI_VALUE_H

#include <gilkit/object.h>
#include <jansson.h>
#include <stdio.h>

#include "proto/signature.h"

struct gil__text;

typedef enum gil__source { GIL__SOURCE_JSON, GIL__SOURCE_NUMBER, GIL__SOURCE_NPY, GIL__SOURCE_FILE } gil__source;

/* One ARG: `[name=]VALUE`, where VALUE is JSON (also NaN, Infinity, -Infinity), @file.npy or @file.
 */
typedef struct gil__arg {
    char *name; /* NULL: by position */
    gil__source source;
    char *path;
    json_t *json;
    double number; /* what JSON has no word for */
} gil__arg;

/* Read one ARG. Nothing is opened.
 *   owner:  gil__arg_end
 *   why     on failure: what was got and what to write */
bool gil__arg_read(gil__arg *arg, const char *text, struct gil__text *why);
void gil__arg_end(gil__arg *arg);

/* Make an object of it. For a parameter that is written in place (or NULL when none is known), a
 * JSON list becomes an array of its type. A file is mapped as an array of one-byte integers; for a
 * const char * it is read as text, for a gil_obj as bytes. A JSON object is a complex number, or a dict for a gil_obj. */
gil_obj gil__arg_object(gil_env *env, const gil__arg *arg, const gil__param *param);

/* An object as JSON. NaN and infinities become null; complex numbers {"real": .., "imag": ..};
 * bytes a list; a dict an object when its keys are str, otherwise a list of pairs; what JSON has no form for, such as a
 * resource, a str of its repr. NULL: an exception is pending. */
json_t *gil__value_json(gil_env *env, gil_obj object);

/* An object as text for people: like JSON, but NaN stays, and of long lists, dicts and arrays only the
 * ends are shown; what JSON has no form for is its repr. */
void gil__value_print(gil_env *env, gil_obj object, FILE *to);

/* A number with the fewest digits that read back as the same. */
void gil__value_print_float(double value, FILE *to);

#endif
