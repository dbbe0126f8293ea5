/* SPDX-License-Identifier: MIT
 *
 * Random signatures, called through the register path and through libffi. The callee is a closure of libffi, so
 * libffi is the judge: it must see every argument bit for bit, and its result must come back so.
 *
 *   GILKIT_SEED   repeat a run; it is printed by each
 */
#include <complex.h>
#include <ffi.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/text.h"
#include "call/plan.h"
#include "fixture.h"

enum { SIGNATURES = 8000, MOST_PARAMS = 20 };

/* xorshift64*: the same numbers everywhere. */
static uint64_t seed;

static uint64_t random_bits(void)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * 0x2545f4914f6cdd1dull;
}

static unsigned below(unsigned limit)
{
    return (unsigned)(random_bits() >> 33) % limit;
}

/* ---- Types ---------------------------------------------------------------------------------------------- */

typedef enum kind { WHOLE, TRUTH, FLOATING, COMPLEX, POINTER, NOTHING } kind;

typedef struct type {
    const char *before; /* the name */
    const char *behind;
    kind kind;
    unsigned char size;
    ffi_type *ffi;
} type;

/* The first ones are results too. */
static const type types[] = {
    {"bool ", "", TRUTH, 1, &ffi_type_uint8},
    {"signed char ", "", WHOLE, 1, &ffi_type_sint8},
    {"uint8_t ", "", WHOLE, 1, &ffi_type_uint8},
    {"short ", "", WHOLE, 2, &ffi_type_sint16},
    {"unsigned short ", "", WHOLE, 2, &ffi_type_uint16},
    {"int ", "", WHOLE, 4, &ffi_type_sint32},
    {"unsigned ", "", WHOLE, 4, &ffi_type_uint32},
    {"long ", "", WHOLE, 8, &ffi_type_sint64},
    {"size_t ", "", WHOLE, 8, &ffi_type_uint64},
    {"float ", "", FLOATING, 4, &ffi_type_float},
    {"double ", "", FLOATING, 8, &ffi_type_double},
    {"long double ", "", FLOATING, sizeof(long double), &ffi_type_longdouble},
    {"float _Complex ", "", COMPLEX, 8, &ffi_type_complex_float},
    {"double _Complex ", "", COMPLEX, 16, &ffi_type_complex_double},
    {"long double _Complex ", "", COMPLEX, 2 * sizeof(long double), &ffi_type_complex_longdouble},
    {"const char *", "", POINTER, 8, &ffi_type_pointer},
    {"const double ", "[3]", POINTER, 8, &ffi_type_pointer},
    {"int16_t ", "[2][2]", POINTER, 8, &ffi_type_pointer},
    {"GIL_OUT float *", "", POINTER, 8, &ffi_type_pointer},
};

static const type no_result = {"void ", "", NOTHING, 0, &ffi_type_void};

enum { N_TYPES = sizeof types / sizeof types[0], N_RESULTS = N_TYPES - 3 };

/* Bytes of a long double that hold the number; the rest is padding. */
enum { LONG_BYTES = LDBL_MANT_DIG == 64 ? 10 : sizeof(long double) };

/* A number that survives being moved: any but a signalling NaN. */
static void random_part(size_t size, unsigned char *to)
{
    union {
        long double wide;
        double middle;
        float small;
        uint64_t bits;
        uint32_t few;
        unsigned char bytes[sizeof(long double)];
    } value;
    memset(&value, 0, sizeof value);
    value.bits = random_bits();
    if (size == 4 && value.small != value.small)
        value.few |= 0x00400000;
    if (size == 8 && value.middle != value.middle)
        value.bits |= 0x0008000000000000;
    if (size > 8) {
        long double fraction = (long double)(int64_t)random_bits();
        memset(&value, 0, sizeof value);
        value.wide = fraction / 3 * (below(2) ? 1e300L : 1e-300L);
        memset(value.bytes + LONG_BYTES, 0, sizeof value.bytes - LONG_BYTES);
    }
    memcpy(to, value.bytes, size);
}

static gil__value random_value(const type *t)
{
    gil__value value;
    memset(&value, 0, sizeof value);
    if (t->kind == FLOATING) {
        random_part(t->size, value.bytes);
    } else if (t->kind == COMPLEX) {
        random_part(t->size / 2, value.bytes);
        random_part(t->size / 2, value.bytes + t->size / 2);
    } else if (t->kind != NOTHING) {
        uint64_t bits = t->kind == TRUTH ? below(2) : below(4) ? random_bits() : below(2) ? 0 : UINT64_MAX;
        memcpy(value.bytes, &bits, t->size);
    }
    return value;
}

static bool same_part(size_t size, const unsigned char *a, const unsigned char *b)
{
    return memcmp(a, b, size > 8 ? LONG_BYTES : size) == 0;
}

static bool same(const type *t, const gil__value *a, const gil__value *b)
{
    size_t half = t->size / 2;
    if (t->kind != COMPLEX)
        return same_part(t->size, a->bytes, b->bytes);
    return same_part(half, a->bytes, b->bytes) && same_part(half, a->bytes + half, b->bytes + half);
}

/* ---- The callee ----------------------------------------------------------------------------------------- */

typedef struct trial {
    const type *result;
    unsigned n_params;
    const type *params[MOST_PARAMS];
    char prototype[1024];
    gil__value given[MOST_PARAMS];
    gil__value returned;
    gil__value seen[MOST_PARAMS]; /* by the callee */
    unsigned calls;
    ffi_type *ffi_types[MOST_PARAMS];
    ffi_cif cif;
    ffi_closure *closure;
    void *code;
} trial;

/* libffi wants whole results of at least a word, small ones widened by their sign. */
static void give_result(const trial *t, void *result)
{
    int64_t word = 0;
    if (t->result->kind != WHOLE || t->result->size == 8) {
        memcpy(result, &t->returned, t->result->size);
        if (t->result->kind == TRUTH)
            *(ffi_arg *)result = t->returned.bytes[0];
        return;
    }
    memcpy(&word, &t->returned, t->result->size);
    unsigned shift = 64 - 8u * t->result->size;
    bool is_signed =
        t->result->ffi == &ffi_type_sint8 || t->result->ffi == &ffi_type_sint16 || t->result->ffi == &ffi_type_sint32;
    if (is_signed)
        word = (int64_t)((uint64_t)word << shift) >> shift;
    *(ffi_arg *)result = (ffi_arg)word;
}

static void record(ffi_cif *cif, void *result, void **arguments, void *data)
{
    (void)cif;
    trial *t = data;
    t->calls++;
    memset(t->seen, 0, sizeof t->seen);
    for (unsigned p = 0; p < t->n_params; p++)
        memcpy(&t->seen[p], arguments[p], t->params[p]->size);
    if (t->result->kind != NOTHING)
        give_result(t, result);
}

static void make_callee(trial *t)
{
    for (unsigned p = 0; p < t->n_params; p++)
        t->ffi_types[p] = t->params[p]->ffi;
    assert_int_equal(ffi_prep_cif(&t->cif, FFI_DEFAULT_ABI, t->n_params, t->result->ffi, t->ffi_types), FFI_OK);
    t->closure = ffi_closure_alloc(sizeof *t->closure, &t->code);
    assert_non_null(t->closure);
    assert_int_equal(ffi_prep_closure_loc(t->closure, &t->cif, record, t, t->code), FFI_OK);
}

/* ---- Trials --------------------------------------------------------------------------------------------- */

/* Half of the signatures draw from few types, so that many of them fit the registers. */
static void choose(trial *t)
{
    unsigned first = below(N_TYPES), several = below(2) ? N_TYPES : 1 + below(4);
    memset(t, 0, sizeof *t);
    t->n_params = below(3) ? below(9) : below(MOST_PARAMS + 1);
    unsigned result = below(N_RESULTS + 1);
    t->result = result < N_RESULTS ? &types[result] : &no_result;
    t->returned = random_value(t->result);
    gil__text prototype = gil__text_in(t->prototype, sizeof t->prototype);
    gil__text_add(&prototype, "%sf(", t->result->before);
    for (unsigned p = 0; p < t->n_params; p++) {
        t->params[p] = &types[(first + below(several)) % N_TYPES];
        t->given[p] = random_value(t->params[p]);
        gil__text_add(&prototype, "%s%sp%u%s", p ? ", " : "", t->params[p]->before, p, t->params[p]->behind);
    }
    gil__text_add(&prototype, "%s)", t->n_params ? "" : "void");
}

/* A small result comes back as its own bytes; what is behind them is not looked at. */
static bool agrees(trial *t, const gil__signature *signature, const gil__plan *plan, const char *way)
{
    _Alignas(16) gil__slot image[GIL__MAX_SLOTS];
    gil__value result;
    memset(image, 0xa5, sizeof image);
    memset(&result, 0x5a, sizeof result);
    for (uint16_t p = 0; p < t->n_params; p++) {
        if (t->params[p]->kind == POINTER)
            gil__plan_put_pointer(plan, image, p, t->given[p].slots[0].p);
        else
            gil__plan_put(plan, image, p, signature->params[p].type, &t->given[p]);
    }
    unsigned before = t->calls;
    gil__plan_call(plan, (void (*)(void))(uintptr_t)t->code, image, &result);
    bool fine = t->calls == before + 1;
    for (unsigned p = 0; p < t->n_params; p++)
        if (!same(t->params[p], &t->given[p], &t->seen[p])) {
            print_error("%s: %s: p%u differs\n", way, t->prototype, p);
            fine = false;
        }
    if (!same(t->result, &t->returned, &result)) {
        print_error("%s: %s: the result differs\n", way, t->prototype);
        fine = false;
    }
    return fine;
}

/* *registers: did the register path take it? */
static bool try_one(trial *t, bool *registers)
{
    gil__proto_error error;
    gil__signature *signature = gil__signature_parse(t->prototype, &error);
    if (!signature)
        print_error("%s\ncolumn %d: %s\n", t->prototype, error.column, error.message);
    assert_non_null(signature);
    assert_int_equal(signature->n_params, t->n_params);
    gil__plan *best = gil__plan_new(signature, true);
    gil__plan *ffi = gil__plan_new(signature, false);
    assert_non_null(best);
    assert_non_null(ffi);
    assert_non_null(ffi->ffi);
    *registers = !best->ffi;
    make_callee(t);
    bool fine = agrees(t, signature, best, best->ffi ? "libffi" : "registers");
    fine = agrees(t, signature, ffi, "libffi") && fine;
    ffi_closure_free(t->closure);
    gil__plan_free(best);
    gil__plan_free(ffi);
    gil__signature_free(signature);
    return fine;
}

static void test_plan_random__agrees_with_libffi_bit_for_bit(void **state)
{
    (void)state;
    const char *wish = getenv("GILKIT_SEED");
    long live = gil__memory_live();
    unsigned in_registers = 0, wrong = 0;
    seed = wish ? strtoull(wish, NULL, 0) : (uint64_t)time(NULL) * 2 + 1;
    if (seed == 0)
        seed = 1;
    printf("# GILKIT_SEED=%" PRIu64 "\n", seed);
    for (int i = 0; i < SIGNATURES; i++) {
        trial t;
        bool registers;
        choose(&t);
        wrong += !try_one(&t, &registers);
        in_registers += registers;
    }
    printf("# %d signatures, %u of them in registers\n", SIGNATURES, in_registers);
    assert_int_equal(wrong, 0);
    assert_true(in_registers > SIGNATURES / 5);
    assert_true(in_registers < SIGNATURES);
    assert_int_equal(gil__memory_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_random__agrees_with_libffi_bit_for_bit),
    };
    return cmocka_run_group_tests_name("call plan random", tests, NULL, NULL);
}
