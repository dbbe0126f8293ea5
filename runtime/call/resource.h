/* SPDX-License-Identifier: MIT
 *
 * Resource types, and what the functions of one are to it.
 */
#ifndef GILKIT_CALL_RESOURCE_H
#define GILKIT_CALL_RESOURCE_H

#include <gilkit/resource.h>

#include "core/use.h"
#include "proto/signature.h"

struct gil__function;
struct gil__owner;

/* One resource type in one runtime. Never changes once its module is loaded. */
typedef struct gil__resource_type {
    gil_resource_def def;       /* as the module has it, as far as its SDK knew */
    const gil_resource_def *at; /* where the module has it, for identity */
    struct gil__owner *owner;
    const struct gil__function *slots[GIL__N_ROLES]; /* by gil_role, from GIL_ROLE_INIT on; NULL: none */
} gil__resource_type;

/* Does a prototype suit what its function is to the resource type `resource` (an index; name: the type's)? And is what
 * it says of the GIL possible?
 *   errors: false, and *error says what to write instead; its column is -1: it is about the whole */
bool gil__role_check(const gil__signature *signature, gil_role role, uint16_t resource, const char *name,
                     gil_policy policy, gil__proto_error *error);

#endif
