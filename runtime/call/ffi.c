/* SPDX-License-Identifier: MIT
 *
 * The libffi path, for what does not fit registers. The only file with <ffi.h>.
 */
#include <ffi.h>
#include <pthread.h>
#include <string.h>

#include "base/futex.h"
#include "base/memory.h"
#include "call/plan.h"

typedef struct gil__ffi {
    ffi_cif cif;
    ffi_type *types[GIL__MAX_PARAMS];
} gil__ffi;

/* libffi prepares one call interface at a time (libffi.texi, "Thread Safety"). */
static gil__lock preparing;

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* In the child of a fork the thread that held it is not there. */
static void free_lock(void)
{
    preparing = (gil__lock){0};
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, free_lock);
}

static ffi_type *number_type(gil__ctype type)
{
    switch (gil__ctype_dtype(type)) {
    case GIL_BOOL:
    case GIL_UINT8:
        return &ffi_type_uint8;
    case GIL_INT8:
        return &ffi_type_sint8;
    case GIL_INT16:
        return &ffi_type_sint16;
    case GIL_INT32:
        return &ffi_type_sint32;
    case GIL_INT64:
        return &ffi_type_sint64;
    case GIL_UINT16:
        return &ffi_type_uint16;
    case GIL_UINT32:
        return &ffi_type_uint32;
    case GIL_UINT64:
        return &ffi_type_uint64;
    case GIL_FLOAT32:
        return &ffi_type_float;
    case GIL_FLOAT64:
        return &ffi_type_double;
    case GIL_LONG_DOUBLE:
        return &ffi_type_longdouble;
    case GIL_COMPLEX64:
        return &ffi_type_complex_float;
    case GIL_COMPLEX128:
        return &ffi_type_complex_double;
    case GIL_LONG_COMPLEX:
        return &ffi_type_complex_longdouble;
    }
    return &ffi_type_pointer;
}

static ffi_type *result_type(gil__ctype type)
{
    if (type.class == GIL__VOID)
        return &ffi_type_void;
    return gil__ctype_is_number(type) ? number_type(type) : &ffi_type_pointer;
}

static void call_through_ffi(const gil__plan *plan, void (*code)(void), const gil__slot *image, gil__value *result)
{
    void *values[GIL__MAX_PARAMS];
    for (uint16_t p = 0; p < plan->n_params; p++)
        values[p] = (void *)&image[plan->place[p]];
    ffi_call(&plan->ffi->cif, code, result, values);
}

bool gil__ffi_assign(gil__plan *plan, const gil__signature *signature)
{
    gil__ffi *ffi = gil__alloc(1, sizeof *ffi);
    if (!ffi)
        return false;
    uint16_t slots = 0;
    for (uint16_t p = 0; p < signature->n_params; p++) {
        const gil__param *param = &signature->params[p];
        bool pointer = gil__param_is_pointer(param);
        ffi->types[p] = pointer ? &ffi_type_pointer : number_type(param->type);
        plan->place[p] = slots;
        slots += (uint16_t)((pointer || param->type.size <= 8) ? 2 : (param->type.size + 15) / 16 * 2);
    }
    plan->n_slots = slots;
    pthread_once(&once, watch_forks);
    gil__lock_take(&preparing);
    ffi_status status =
        ffi_prep_cif(&ffi->cif, FFI_DEFAULT_ABI, signature->n_params, result_type(signature->result), ffi->types);
    gil__lock_give(&preparing);
    if (status != FFI_OK) {
        gil__free(ffi);
        return false;
    }
    plan->ffi = ffi;
    plan->call = call_through_ffi;
    return true;
}

void gil__ffi_free(gil__ffi *ffi)
{
    gil__free(ffi);
}
