/* SPDX-License-Identifier: MIT
 *
 * A C function that can be called with objects: its code, signature and plan. Immutable once made, so callable
 * from any thread.
 */
#ifndef GILKIT_CALL_FUNCTION_H
#define GILKIT_CALL_FUNCTION_H

#include <gilkit/function.h>

#include "call/plan.h"
#include "call/resource.h"
#include "core/meter.h"

/* Whose functions they are: a module or a plain library. Counts calls, so that it goes only when none runs.
 * Read and written with the GIL held. */
typedef struct gil__owner {
    const char *name;
    void *state;               /* what gil_module_state returns */
    gil__resource_type *types; /* its resource types, and their names in the same order */
    const char **type_names;
    uint16_t n_types;
    uint32_t running; /* calls; under the GIL, or atomic where that excludes nobody: */
    bool parallel;
    bool closing;                           /* new calls are refused */
    void (*idle)(struct gil__owner *owner); /* called when the last call of a closing owner returns */
} gil__owner;

/* A call begins. */
static inline void gil__owner_entered(gil__owner *owner)
{
    if (__builtin_expect(owner->parallel, 0))
        __atomic_fetch_add(&owner->running, 1, __ATOMIC_SEQ_CST);
    else
        owner->running++;
}

/* What a frame of a call that was counted in `running` does at its end. */
void gil__owner_left(void *owner);

typedef struct gil__function {
    const char *name; /* of a method "type.name" */
    const char *prototype;
    const char *doc; /* may be NULL */
    gil_role role;
    uint16_t of; /* whose method: an index of owner->types; not for GIL_ROLE_FUNCTION */
    void (*code)(void);
    gil_policy policy;
    gil__owner *owner;
    gil__signature *signature;
    gil__plan *plan;
    gil__meter meter; /* the one thing that changes; under the GIL */
} gil__function;

/* Parse, plan, fill in.
 *   owner:  name, prototype and doc are borrowed for the function's life; what it holds of its own is freed by
 *           gil__function_end
 *   errors: false, and *error says why; column 0: no memory */
bool gil__function_init(gil__function *function, gil__owner *owner, const char *prototype, void (*code)(void),
                        gil_policy policy, const char *doc, gil__proto_error *error);

void gil__function_end(gil__function *function);

/* Does a call under this policy (GIL_AUTO: the function's own) keep the GIL while the code runs? */
bool gil__function_holds(const gil__function *function, gil_policy policy);

/* What a call is given. */
typedef struct gil__arguments {
    gil_obj self; /* of a method: GIL_NULL for a function */
    const gil_obj *items;
    size_t count;
    const gil_keyword *keywords;
    size_t n_keywords;
    bool *began; /* set when the code begins to run; NULL: nobody asks */
} gil__arguments;

/* Call it.
 *   policy  GIL_AUTO: the function's own
 *   gil:    held on entry and on return; released while the code runs when the policy says so, and while it waits for
 *           the resources that it takes
 *   errors: GIL_NULL with an exception pending; nothing was changed unless the code itself ran. A `next` returns
 *           GIL_NULL with none pending at its end */
gil_obj gil__function_call(gil_env *env, const gil__function *function, gil_policy policy,
                           const gil__arguments *arguments);

#endif
