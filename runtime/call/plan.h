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

#include <string.h>

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

/* How the call is made. The first three are the calls that most functions need, made in place; the others go through a
 * function that loads more registers. An integer and a double are returned as C does. */
typedef enum gil__way {
    GIL__FEW_INTS_TO_INT,      /* up to 4 integer registers */
    GIL__FEW_FLOATS_TO_DOUBLE, /* up to 2 floating-point registers */
    GIL__FEW_BOTH_TO_DOUBLE,   /* as many of both */
    GIL__TO_INT,
    GIL__TO_DOUBLE,
    GIL__TO_MEMORY
} gil__way;

enum { GIL__FEW_INTS = 4, GIL__FEW_FLOATS = 2 };

typedef struct gil__plan gil__plan;
struct gil__plan {
    gil__way way;
    union {
        uint64_t (*to_int)(void (*code)(void), const gil__slot *image);
        double (*to_double)(void (*code)(void), const gil__slot *image);
        void (*to_memory)(const gil__plan *plan, void (*code)(void), const gil__slot *image, gil__value *result);
    } call;
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

/* What gil__plan_put does with a complex, and with what is longer than 8 bytes. */
void gil__plan_put_wide(const gil__plan *plan, gil__slot *image, uint16_t param, gil__ctype type, const void *value);

/* Write a number of this type, as it lies in memory, to its place in the image. Callees may rely on small integers
 * being widened to 32 bits (clang does); 64 do no harm. Both machines are little-endian. Sizes are constants here:
 * a memcpy of type.size is a call, and costs more than the whole call of the plan. */
static inline void gil__plan_put(const gil__plan *plan, gil__slot *image, uint16_t param, gil__ctype type,
                                 const void *value)
{
    gil__slot *at = &image[plan->place[param]];
    bool is_signed = type.class == GIL__SIGNED;
    uint32_t four;
    uint16_t two;
    uint8_t one;
    /* gcc warns of the branches for larger types where it sees the object; this hides where `value` came from. */
    __asm__("" : "+r"(value));
    if (type.class == GIL__COMPLEX || type.size > 8) {
        gil__plan_put_wide(plan, image, param, type, value);
    } else if (type.size == 8) {
        memcpy(&at->u, value, 8);
    } else if (type.size == 4) {
        memcpy(&four, value, 4);
        at->u = is_signed ? (uint64_t)(int32_t)four : four;
    } else if (type.size == 2) {
        memcpy(&two, value, 2);
        at->u = is_signed ? (uint64_t)(int16_t)two : two;
    } else {
        memcpy(&one, value, 1);
        at->u = is_signed ? (uint64_t)(int8_t)one : one;
    }
}

static inline void gil__plan_put_pointer(const gil__plan *plan, gil__slot *image, uint16_t param, const void *pointer)
{
    image[plan->place[param]].p = (void *)pointer;
}

/* Call `code`. The image has plan->n_slots slots, 16-byte aligned. The result lies in *result as it would in
 * memory; what is behind it is undefined.
 *   gil: not its business */
static inline void gil__plan_call(const gil__plan *plan, void (*code)(void), const gil__slot *image, gil__value *result)
{
    const gil__slot *s = image, *f = image + GIL__INT_REGISTERS;
    gil__slot *to = result->slots;
    /* Not a switch: its table would be one more indirect jump. Why the casts are right: registers.c. */
    if (plan->way == GIL__FEW_INTS_TO_INT)
        to->u = ((uint64_t(*)(uint64_t, uint64_t, uint64_t, uint64_t))code)(s[0].u, s[1].u, s[2].u, s[3].u);
    else if (plan->way == GIL__FEW_FLOATS_TO_DOUBLE)
        to->d = ((double (*)(double, double))code)(f[0].d, f[1].d);
    else if (plan->way == GIL__FEW_BOTH_TO_DOUBLE)
        to->d = ((double (*)(uint64_t, uint64_t, uint64_t, uint64_t, double, double))code)(s[0].u, s[1].u, s[2].u,
                                                                                           s[3].u, f[0].d, f[1].d);
    else if (plan->way == GIL__TO_INT)
        to->u = plan->call.to_int(code, image);
    else if (plan->way == GIL__TO_DOUBLE)
        to->d = plan->call.to_double(code, image);
    else
        plan->call.to_memory(plan, code, image, result);
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
