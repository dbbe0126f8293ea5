/* SPDX-License-Identifier: MIT
 *
 * Plans: how to call C code of a given signature. Compiled once, never changed, used from any thread.
 *
 * A caller writes each argument into an image of 8-byte slots, at the place that the plan chose, and the plan
 * makes the call. When every argument fits the registers of this machine's calling convention (System V for
 * x86-64, AAPCS64 for AArch64), the image is an image of the registers, and the call is one indirect call of a
 * function that takes them all: integer and floating-point registers are assigned independently, so a callee
 * that uses fewer finds its own where it expects them. Everything else goes through libffi.
 */
#ifndef GILKIT_CALL_PLAN_H
#define GILKIT_CALL_PLAN_H

#include "proto/signature.h"

#if defined(__x86_64__)
enum { GIL__INT_REGISTERS = 6, GIL__FLOAT_REGISTERS = 8 };
#elif defined(__aarch64__)
enum { GIL__INT_REGISTERS = 8, GIL__FLOAT_REGISTERS = 8 };
#else
#error "gilkit knows the calling conventions of x86-64 and AArch64 on Linux"
#endif

typedef union gil__slot {
    uint64_t u;
    int64_t i;
    double d;
    float f;
    void *p;
    unsigned char bytes[8];
} gil__slot;

/* The longest value, a long double _Complex. */
typedef union gil__value {
    gil__slot slots[4];
    long double aligned;
    unsigned char bytes[32];
} gil__value;

enum { GIL__REGISTER_SLOTS = GIL__INT_REGISTERS + GIL__FLOAT_REGISTERS, GIL__MAX_SLOTS = 4 * GIL__MAX_PARAMS };

struct gil__ffi;

typedef struct gil__plan gil__plan;
struct gil__plan {
    void (*call)(const gil__plan *plan, void (*code)(void), const gil__slot *image, gil__value *result);
    struct gil__ffi *ffi; /* NULL on the register path */
    gil__ctype result;
    uint16_t n_params;
    uint16_t n_slots;
    uint16_t place[GIL__MAX_PARAMS]; /* the slot where each parameter begins */
};

/* Compile a signature.
 *   registers  false: use libffi also where registers would do (for tests)
 *   errors: NULL: no memory, or libffi refused the types */
gil__plan *gil__plan_new(const gil__signature *signature, bool registers);

void gil__plan_free(gil__plan *plan);

/* Write a number of this type, as it lies in memory, to its place in the image. */
void gil__plan_put(const gil__plan *plan, gil__slot *image, uint16_t param, gil__ctype type, const void *value);

static inline void gil__plan_put_pointer(const gil__plan *plan, gil__slot *image, uint16_t param, const void *pointer)
{
    image[plan->place[param]].p = (void *)pointer;
}

/* Call `code`. The image has plan->n_slots slots, 16-byte aligned. The result lies in *result as it would in
 * memory, small integers widened to 64 bits; what is behind it is undefined.
 *   gil: not its business */
static inline void gil__plan_call(const gil__plan *plan, void (*code)(void), const gil__slot *image, gil__value *result)
{
    plan->call(plan, code, image, result);
}

/* registers.c: choose places and the call for the register path; false when an argument does not fit. */
bool gil__registers_assign(gil__plan *plan, const gil__signature *signature);

/* ffi.c: the same through libffi; false: no memory, or refused types. */
bool gil__ffi_assign(gil__plan *plan, const gil__signature *signature);
void gil__ffi_free(struct gil__ffi *ffi);

/* Is this parameter passed as a pointer? */
static inline bool gil__param_is_pointer(const gil__param *param)
{
    return param->ndim > 0 || param->direction == GIL__OUT || param->type.class >= GIL__STRING;
}

#endif
