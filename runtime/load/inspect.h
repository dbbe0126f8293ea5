/* SPDX-License-Identifier: MIT
 *
 * What a module file says of itself, read without running any of it.
 */
#ifndef GILKIT_LOAD_INSPECT_H
#define GILKIT_LOAD_INSPECT_H

#include "load/elf.h"
#include "load/gate.h"

typedef struct gil__function_info {
    const char *name;
    const char *prototype;
    const char *doc;      /* NULL: none */
    uint32_t gil;         /* a gil_policy */
    uint32_t role;        /* a gil_role */
    const char *resource; /* whose method it is; NULL: none */
} gil__function_info;

typedef struct gil__type_info {
    const char *name;
    const char *doc; /* NULL: none */
    bool is_closable;
    bool has_buffer; /* its objects lend memory */
} gil__type_info;

typedef struct gil__constant_info {
    const char *name;
    const char *doc; /* NULL: none */
    uint32_t kind;   /* a gil_constant_kind */
    int64_t integer;
    double real;
    const char *text;
} gil__constant_info;

/* All texts lie in the file's bytes. */
typedef struct gil__module_info {
    const char *name;
    const char *doc; /* NULL: none */
    uint32_t abi_major, abi_minor;
    uint32_t sdk[3];
    uint64_t definition; /* the address of the gil_module_def */
    size_t n_functions;
    gil__function_info *functions; /* this and what follows: owned; freed by gil__module_info_end */
    size_t n_types;
    gil__type_info *types;
    const char **type_names; /* for gil__signature_parse_with */
    size_t n_constants;
    gil__constant_info *constants;
} gil__module_info;

/* Read a module's bytes.
 *   path    for messages
 *   why     on failure: not a library, another machine, cut, no note, damaged, no memory
 *   Says nothing about whether the ABI suits this host: see gil__module_abi_fits. */
bool gil__module_inspect(gil__module_info *info, const unsigned char *bytes, size_t size, const char *path,
                         gil__refusal *why);

void gil__module_info_end(gil__module_info *info);

/* Can this host load it? */
bool gil__module_abi_fits(const gil__module_info *info, const char *path, gil__refusal *why);

#endif
