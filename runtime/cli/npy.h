/* SPDX-License-Identifier: MIT
 *
 * NumPy's .npy files, versions 1 to 3 (NEP 1). The header's reading is pure and fuzzed; files are
 * mapped, not copied.
 */
#ifndef GILKIT_CLI_NPY_H
#define GILKIT_CLI_NPY_H

#include <gilkit/object.h>

struct gil__text;

typedef struct gil__npy {
    size_t offset;    /* of the data in the file */
    gil_buffer array; /* data is NULL until the file is mapped */
} gil__npy;

/* Read the header of a .npy file.
 *   size    of the whole file; `bytes` are as many
 *   why     on failure: what was found and what to do, without the file's name */
bool gil__npy_read(gil__npy *npy, const void *bytes, size_t size, struct gil__text *why);

/* Map a .npy file as an array that borrows its memory. Writing to it changes this process's copy of
 * the pages, never the file. GIL_NULL with an exception that names the file. */
gil_obj gil__npy_load(gil_env *env, const char *path);

/* Map any file as an array of this one-byte dtype, in the same way. */
gil_obj gil__bytes_load(gil_env *env, const char *path, gil_dtype dtype);

/* Write an array (version 1, C order) to a new file beside `path`, then rename it, so that nobody sees half of one.
 * Links are followed; a pipe or a device is written to. false: errno says why. */
bool gil__npy_save(const gil_buffer *array, const char *path);

#endif
