/* SPDX-License-Identifier: MIT
 *
 * What `gilkit inspect` shows of a module, between reading it and writing it as text or JSON.
 */
#ifndef GILKIT_CLI_INSPECT_H
#define GILKIT_CLI_INSPECT_H

#include <gilkit/module.h>

#include "cli/cli.h"
#include "load/inspect.h"
#include "proto/signature.h"

/* A function, and its prototype as the loader understands it. */
typedef struct gil__inspected {
    const gil__function_info *info;
    gil__signature *signature; /* NULL: the prototype is refused */
    bool fits;                 /* the loader takes it */
    gil__proto_error error;    /* when it does not; column below 1: it is about the whole */
    const char *gil;           /* "auto", "release" or "hold" */
} gil__inspected;

typedef struct gil__inspection {
    const gil__module_info *module;
    const char *path;
    gil__inspected *functions; /* module->n_functions */
    bool fits;                 /* its ABI is this gilkit's */
} gil__inspection;

/* Is this parameter the struct whose method it is? Callers do not give that one. */
bool gil__inspected_is_self(const gil__inspected *function, uint16_t param);

/* Its name, behind the last point for what belongs to a type. */
const char *gil__inspected_short_name(const gil__inspected *function);

/* Print it to stdout. Returns an exit code. */
int gil__inspection_print_json(const gil__inspection *inspection);
int gil__inspection_print_text(const gil__inspection *inspection);

/* The same as a Python stub, for a module that can be loaded. */
int gil__inspection_print_stubs(const gil__inspection *inspection);

#endif
