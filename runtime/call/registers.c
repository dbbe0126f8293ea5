/* SPDX-License-Identifier: MIT
 *
 * The register path. The casts below call a function through a type that it does not have: the C standard has
 * no word for that, the two calling conventions do (System V ABI for x86-64, 3.2.3; AAPCS64, 6.8.2): where an
 * argument goes depends on the arguments of its own class before it, and nothing is passed on the stack.
 */
#include "call/plan.h"

#include <string.h>

typedef uint64_t u;
typedef double d;

#if defined(__x86_64__)
#define INT_TYPES u, u, u, u, u, u
#define INTS(s)   s[0].u, s[1].u, s[2].u, s[3].u, s[4].u, s[5].u
#else
#define INT_TYPES u, u, u, u, u, u, u, u
#define INTS(s)   s[0].u, s[1].u, s[2].u, s[3].u, s[4].u, s[5].u, s[6].u, s[7].u
#endif
#define FLOAT_TYPES d, d, d, d, d, d, d, d
#define FLOATS(f)   f[0].d, f[1].d, f[2].d, f[3].d, f[4].d, f[5].d, f[6].d, f[7].d
#define FEW(f)      f[0].d, f[1].d
#define FOUR(s)     s[0].u, s[1].u, s[2].u, s[3].u

/* One caller for each set of registers that are loaded, and each way a result comes back. */
#define CALLER(name, type, types, ...) \
    static void name(const gil__plan *plan, void (*code)(void), const gil__slot *s, gil__value *result) \
    { \
        (void)plan; \
        const gil__slot *f = s + GIL__INT_REGISTERS; \
        (void)f; \
        type value = ((type(*) types)code)(__VA_ARGS__); \
        memcpy(result, &value, sizeof value); \
    }

#define CALLERS(suffix, type) \
    CALLER(ints_##suffix, type, (INT_TYPES), INTS(s)) \
    CALLER(few_##suffix, type, (d, d), FEW(f)) \
    CALLER(floats_##suffix, type, (FLOAT_TYPES), FLOATS(f)) \
    CALLER(mixed_##suffix, type, (u, u, u, u, d, d), FOUR(s), FEW(f)) \
    CALLER(both_##suffix, type, (INT_TYPES, FLOAT_TYPES), INTS(s), FLOATS(f))

CALLERS(int, uint64_t)
CALLERS(float, float)
CALLERS(double, double)
CALLERS(cfloat, float _Complex)
CALLERS(cdouble, double _Complex)

enum { INTS_ONLY, FEW_FLOATS, FLOATS_ONLY, FEW_BOTH, BOTH };
enum { TO_INT, TO_FLOAT, TO_DOUBLE, TO_CFLOAT, TO_CDOUBLE, TO_MEMORY };

typedef void (*caller)(const gil__plan *, void (*)(void), const gil__slot *, gil__value *);

static const caller callers[][5] = {
    [TO_INT] = {ints_int, few_int, floats_int, mixed_int, both_int},
    [TO_FLOAT] = {ints_float, few_float, floats_float, mixed_float, both_float},
    [TO_DOUBLE] = {ints_double, few_double, floats_double, mixed_double, both_double},
    [TO_CFLOAT] = {ints_cfloat, few_cfloat, floats_cfloat, mixed_cfloat, both_cfloat},
    [TO_CDOUBLE] = {ints_cdouble, few_cdouble, floats_cdouble, mixed_cdouble, both_cdouble},
};

static int result_way(gil__ctype result)
{
    if (result.class == GIL__FLOAT)
        return result.size == 4 ? TO_FLOAT : result.size == 8 ? TO_DOUBLE : TO_MEMORY;
    if (result.class == GIL__COMPLEX)
        return result.size == 8 ? TO_CFLOAT : result.size == 16 ? TO_CDOUBLE : TO_MEMORY;
    return TO_INT;
}

/* How many floating-point registers this argument takes; 0 when it takes an integer register, -1 when it is
 * passed in another way. */
static int float_registers(const gil__param *param)
{
    if (gil__param_is_pointer(param))
        return 0;
    switch ((gil__class)param->type.class) {
    case GIL__FLOAT:
        return param->type.size <= 8 ? 1 : -1;
    case GIL__COMPLEX:
        if (param->type.size == 8)
#if defined(__aarch64__)
            return 2;
#else
            return 1;
#endif
        return param->type.size == 16 ? 2 : -1;
    default:
        return 0;
    }
}

bool gil__registers_assign(gil__plan *plan, const gil__signature *signature)
{
    int way = result_way(signature->result);
    int ints = 0, floats = 0;
    if (way == TO_MEMORY)
        return false;
    for (uint16_t p = 0; p < signature->n_params; p++) {
        int taken = float_registers(&signature->params[p]);
        if (taken < 0)
            return false;
        plan->place[p] = (uint16_t)(taken ? GIL__INT_REGISTERS + floats : ints);
        floats += taken;
        ints += taken == 0;
    }
    if (ints > GIL__INT_REGISTERS || floats > GIL__FLOAT_REGISTERS)
        return false;
    int set = BOTH;
    if (floats == 0)
        set = INTS_ONLY;
    else if (ints == 0)
        set = floats <= 2 ? FEW_FLOATS : FLOATS_ONLY;
    else if (ints <= 4 && floats <= 2)
        set = FEW_BOTH;
    plan->call = callers[way][set];
    plan->n_slots = GIL__REGISTER_SLOTS;
    return true;
}
