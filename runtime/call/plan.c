/* SPDX-License-Identifier: MIT */
#include "call/plan.h"

#include <string.h>

#include "base/memory.h"

gil__plan *gil__plan_new(const gil__signature *signature, bool registers)
{
    gil__plan *plan = gil__alloc(1, sizeof *plan);
    if (!plan)
        return NULL;
    plan->result = signature->result;
    plan->n_params = signature->n_params;
    if (registers && gil__registers_assign(plan, signature))
        return plan;
    if (gil__ffi_assign(plan, signature))
        return plan;
    gil__free(plan);
    return NULL;
}

void gil__plan_free(gil__plan *plan)
{
    if (!plan)
        return;
    gil__ffi_free(plan->ffi);
    gil__free(plan);
}

void gil__plan_put_wide(const gil__plan *plan, gil__slot *image, uint16_t param, gil__ctype type, const void *value)
{
    gil__slot *at = &image[plan->place[param]];
#if defined(__aarch64__)
    /* A homogeneous aggregate: each part in a register of its own. */
    if (!plan->ffi && type.class == GIL__COMPLEX && type.size == 8) {
        memcpy(&at[0], value, 4);
        memcpy(&at[1], (const char *)value + 4, 4);
        return;
    }
#endif
    memcpy(at, value, type.size);
}
