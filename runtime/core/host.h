/* SPDX-License-Identifier: MIT
 *
 * What a host fills in: its table for modules, and how it keeps its objects alive. Everything below host/
 * reaches objects through these two alone.
 */
#ifndef GILKIT_CORE_HOST_H
#define GILKIT_CORE_HOST_H

#include <gilkit/object.h>

struct gil_runtime;

typedef struct gil__host {
    const char *name;
    const gil_api *api;

    /* Keep an object alive; let it go. The GIL is held. */
    void (*keep)(void *object);
    void (*drop)(void *object);

    /* An exception that needs no memory, for when there is none: owned by the host, never freed. */
    void *(*no_memory)(void);
} gil__host;

#endif
