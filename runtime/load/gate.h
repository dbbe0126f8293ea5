/* SPDX-License-Identifier: MIT
 *
 * The gate: a file is opened once, looked at through that descriptor, and loaded from that same descriptor, so
 * that what was checked is what runs. It guards against accidents and wrong owners, not against a module that
 * means harm: loading native code is running it.
 */
#ifndef GILKIT_LOAD_GATE_H
#define GILKIT_LOAD_GATE_H

#include <gilkit/abi.h>
#include <sys/types.h>

/* Why a file was refused. */
typedef struct gil__refusal {
    gil_error_kind kind;
    char message[640];
} gil__refusal;

typedef struct gil__file {
    int descriptor;
    dev_t device;
    ino_t inode;
    const unsigned char *bytes; /* the whole file, mapped read only; NULL when it is empty */
    size_t size;
} gil__file;

/* Fill a refusal in. Always false. */
bool gil__refuse(gil__refusal *refusal, gil_error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Open a file for loading: regular, not writable by everybody, in a folder that is not either (a sticky one
 * is fine). With GILKIT_STRICT=1, and always in a set-user-ID process, its owner and its folder's is root or
 * the user, and no group may write either.
 *   owner:  gil__file_close gives everything back */
bool gil__file_open(gil__file *file, const char *path, gil__refusal *refusal);

void gil__file_close(gil__file *file);

/* dlopen the open file: RTLD_NOW | RTLD_LOCAL, never unmapped. NULL: the refusal says what the linker said. */
void *gil__file_dlopen(const gil__file *file, const char *path, gil__refusal *refusal);

/* What was loaded begins at this address. */
uintptr_t gil__dl_base(void *library);

/* A symbol of it; NULL when it has none of that name. */
void *gil__dl_symbol(void *library, const char *name);

#endif
