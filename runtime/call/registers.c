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
#define FEW_INT_TYPES u, u, u, u
#define FEW_INTS(s)   s[0].u, s[1].u, s[2].u, s[3].u
#define FLOAT_TYPES   d, d, d, d, d, d, d, d
#define FLOATS(f)     f[0].d, f[1].d, f[2].d, f[3].d, f[4].d, f[5].d, f[6].d, f[7].d
#define FEW_FLOATS(f) f[0].d, f[1].d

/* One function for each set of registers that are loaded, and each way a result comes back. */
#define SETS(DEFINE, suffix, type) \
    DEFINE(few_ints_##suffix, type, (FEW_INT_TYPES), FEW_INTS(s)) \
    DEFINE(ints_##suffix, type, (INT_TYPES), INTS(s)) \
    DEFINE(few_floats_##suffix, type, (d, d), FEW_FLOATS(f)) \
    DEFINE(floats_##suffix, type, (FLOAT_TYPES), FLOATS(f)) \
    DEFINE(few_both_##suffix, type, (FEW_INT_TYPES, d, d), FEW_INTS(s), FEW_FLOATS(f)) \
    DEFINE(both_##suffix, type, (INT_TYPES, FLOAT_TYPES), INTS(s), FLOATS(f))

#define SETS_OF(suffix) \
    { \
        few_ints_##suffix, ints_##suffix, few_floats_##suffix, floats_##suffix, few_both_##suffix, both_##suffix \
    }

#define RETURNS(name, type, types, ...) \
    static type name(void (*code)(void), const gil__slot *s) \
    { \
        const gil__slot *f = s + GIL__INT_REGISTERS; \
        (void)f; \
        return ((type(*) types)code)(__VA_ARGS__); \
    }

#define STORES(name, type, types, ...) \
    static void name(const gil__plan *plan, void (*code)(void), const gil__slot *s, gil__value *result) \
    { \
        (void)plan; \
        const gil__slot *f = s + GIL__INT_REGISTERS; \
        (void)f; \
        type value = ((type(*) types)code)(__VA_ARGS__); \
        memcpy(result, &value, sizeof value); \
    }

SETS(RETURNS, int, uint64_t)
SETS(RETURNS, double, double)
SETS(STORES, float, float)
SETS(STORES, cfloat, float _Complex)
SETS(STORES, cdouble, double _Complex)

typedef void (*stores)(const gil__plan *, void (*)(void), const gil__slot *, gil__value *);

enum { TO_INT, TO_DOUBLE, TO_FLOAT, TO_CFLOAT, TO_CDOUBLE, TO_MEMORY };

static uint64_t (*const to_int[])(void (*)(void), const gil__slot *) = SETS_OF(int);
static double (*const to_double[])(void (*)(void), const gil__slot *) = SETS_OF(double);
static const stores to_memory[][6] = {
    [TO_FLOAT] = SETS_OF(float), [TO_CFLOAT] = SETS_OF(cfloat), [TO_CDOUBLE] = SETS_OF(cdouble)};

/* In the order of SETS. */
enum { SOME_INTS, ALL_INTS, SOME_FLOATS, ALL_FLOATS, SOME_BOTH, ALL_BOTH };

/* As few registers as will do. */
static int smallest_set(int ints, int floats)
{
    if (floats == 0)
        return ints > GIL__FEW_INTS ? ALL_INTS : SOME_INTS;
    if (ints == 0)
        return floats > GIL__FEW_FLOATS ? ALL_FLOATS : SOME_FLOATS;
    return ints > GIL__FEW_INTS || floats > GIL__FEW_FLOATS ? ALL_BOTH : SOME_BOTH;
}

static void choose(gil__plan *plan, int way, int set)
{
    if (way == TO_INT) {
        plan->way = set == SOME_INTS ? GIL__FEW_INTS_TO_INT : GIL__TO_INT;
        plan->call.to_int = to_int[set];
    } else if (way == TO_DOUBLE) {
        plan->way = set == SOME_FLOATS ? GIL__FEW_FLOATS_TO_DOUBLE
                    : set == SOME_BOTH ? GIL__FEW_BOTH_TO_DOUBLE
                                       : GIL__TO_DOUBLE;
        plan->call.to_double = to_double[set];
    } else {
        plan->way = GIL__TO_MEMORY;
        plan->call.to_memory = to_memory[way][set];
    }
}

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
    choose(plan, way, smallest_set(ints, floats));
    plan->n_slots = GIL__REGISTER_SLOTS;
    return true;
}
