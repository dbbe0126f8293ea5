/* SPDX-License-Identifier: MIT
 *
 * References: what keeps an object for longer than a handle, until somebody drops it, on whatever thread.
 */
#ifndef GILKIT_CORE_REF_H
#define GILKIT_CORE_REF_H

#include "core/thread.h"

struct gil_ref {
    const gil_api *api;          /* first: what modules call through */
    struct gil_runtime *runtime; /* NULL once that is gone; under gil__lists */
    void *object;                /* owned; under the GIL */
    const char *file;            /* where it was made */
    int line;
    const void *owner;               /* whose function made it, see gil__frame; NULL: none */
    struct gil_ref *next, *previous; /* of the runtime's; under the GIL */
    struct gil_ref *next_dropped;
};

/* Contracts in gilkit/object.h. */
gil_ref *gil__ref_make(gil_env *env, gil_obj object, const char *file, int line);
gil_obj gil__ref_get(gil_env *env, gil_ref *ref);
void gil__ref_drop(gil_ref *ref);

/* End what was dropped by threads that did not hold the GIL. This one holds it. */
void gil__refs_settle(struct gil_runtime *runtime);

/* The runtime goes: let go of every object. The references themselves stay with their owners. This thread holds the
 * GIL. */
void gil__refs_part(struct gil_runtime *runtime);

#endif
