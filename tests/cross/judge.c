/* SPDX-License-Identifier: MIT
 *
 * Random signatures through the register path and through the libffi path, with a libffi closure as the judge:
 * the closure knows the signature from libffi's types alone, and says what it was given and returns what it was
 * told to. Plain C, so that it runs under an emulator as well.
 *
 *     judge [SEED [COUNT]]
 */
#include <ffi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call/plan.h"

enum { MAX_ARGUMENTS = 14, LONGEST = 32 };

/* What a prototype may say, and what libffi calls it. `bytes` are those that carry the value. */
typedef struct kind {
    const char *before, *after; /* around the name */
    ffi_type *type;
    size_t bytes;
} kind;

static const kind kinds[] = {
    {"bool ", "", &ffi_type_uint8, 1},
    {"int8_t ", "", &ffi_type_sint8, 1},
    {"unsigned char ", "", &ffi_type_uint8, 1},
    {"short ", "", &ffi_type_sint16, 2},
    {"uint16_t ", "", &ffi_type_uint16, 2},
    {"int ", "", &ffi_type_sint32, 4},
    {"uint32_t ", "", &ffi_type_uint32, 4},
    {"long long ", "", &ffi_type_sint64, 8},
    {"size_t ", "", &ffi_type_uint64, 8},
    {"const char *", "", &ffi_type_pointer, 8},
    {"float ", "", &ffi_type_float, 4},
    {"double ", "", &ffi_type_double, 8},
    {"float _Complex ", "", &ffi_type_complex_float, 8},
    {"double _Complex ", "", &ffi_type_complex_double, 16},
    {"const double ", "[3]", &ffi_type_pointer, 8},
    {"int32_t ", "[2][2]", &ffi_type_pointer, 8},
/* Last: their padding is nobody's. x87 has 10 bytes of value, AArch64 all 16. */
#if defined(__x86_64__)
    {"long double ", "", &ffi_type_longdouble, 10},
#else
    {"long double ", "", &ffi_type_longdouble, 16},
#endif
};

enum { N_KINDS = sizeof kinds / sizeof kinds[0], N_RESULTS = 14 }; /* arrays are no results */

typedef struct trial {
    unsigned n;
    const kind *arguments[MAX_ARGUMENTS];
    const kind *result; /* NULL: void */
    _Alignas(16) unsigned char given[MAX_ARGUMENTS][LONGEST];
    unsigned char seen[MAX_ARGUMENTS][LONGEST];
    _Alignas(16) unsigned char returned[LONGEST];
    char prototype[600];
} trial;

static uint64_t state;

static uint64_t random_bits(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static unsigned below(unsigned limit)
{
    return (unsigned)(random_bits() >> 33) % limit;
}

/* A value of this kind. Any bits do for integers and pointers; floating-point numbers are made as numbers, so that
 * no machine quietens a NaN on the way. */
static void make_value(const kind *k, unsigned char *to)
{
    memset(to, 0, LONGEST);
    if (k->type == &ffi_type_float || k->type == &ffi_type_complex_float) {
        float parts[2] = {(float)below(1 << 20) / 7.0f, -(float)below(1 << 20) / 3.0f};
        memcpy(to, parts, k->bytes);
    } else if (k->type == &ffi_type_double || k->type == &ffi_type_complex_double) {
        double parts[2] = {(double)random_bits() / 7.0, -(double)random_bits() / 3.0};
        memcpy(to, parts, k->bytes);
    } else if (k->type == &ffi_type_longdouble) {
        long double value = (long double)random_bits() / 7.0L;
        memcpy(to, &value, k->bytes);
    } else {
        uint64_t bits = random_bits();
        memcpy(to, &bits, k->bytes);
        if (k == &kinds[0])
            to[0] &= 1;
    }
}

/* Few arguments more often than many, so that both paths have their share. */
static void make_trial(trial *t)
{
    *t = (trial){.n = below(below(2) ? MAX_ARGUMENTS + 1 : 7)};
    t->result = below(10) ? &kinds[below(N_RESULTS + 1) % N_KINDS] : NULL;
    if (t->result == &kinds[N_RESULTS])
        t->result = &kinds[N_KINDS - 1];
    size_t at = (size_t)sprintf(t->prototype, "%s%sf(", t->result ? t->result->before : "void", t->result ? "" : " ");
    unsigned flavour = below(3); /* anything; integers; floating point */
    for (unsigned i = 0; i < t->n; i++) {
        unsigned k = flavour == 1 ? below(10) : flavour == 2 ? 10 + below(4) : below(N_KINDS);
        t->arguments[i] = &kinds[k];
        make_value(t->arguments[i], t->given[i]);
        at += (size_t)sprintf(t->prototype + at, "%s%sa%u%s", i ? ", " : "", kinds[k].before, i, kinds[k].after);
    }
    sprintf(t->prototype + at, t->n ? ")" : "void)");
    if (t->result)
        make_value(t->result, t->returned);
}

/* What the closure runs. A small integer is returned as libffi wants it, widened. */
static void witness(ffi_cif *cif, void *result, void **arguments, void *context)
{
    trial *t = context;
    for (unsigned i = 0; i < cif->nargs; i++)
        memcpy(t->seen[i], arguments[i], t->arguments[i]->bytes);
    if (!t->result)
        return;
    if (t->result->bytes < 8 && t->result->type->type != FFI_TYPE_FLOAT) {
        ffi_arg wide = 0;
        memcpy(&wide, t->returned, t->result->bytes);
        *(ffi_arg *)result = wide;
        return;
    }
    memcpy(result, t->returned, t->result->bytes);
}

/* Callees that clang compiled rely on small integers being widened; closures do not look. */
static bool is_widened(const kind *k, gil__slot slot)
{
    unsigned unused = 64 - 8 * (unsigned)k->bytes;
    switch (k->type->type) {
    case FFI_TYPE_SINT8:
    case FFI_TYPE_SINT16:
    case FFI_TYPE_SINT32:
        return slot.i == (int64_t)(slot.u << unused) >> unused;
    case FFI_TYPE_UINT8:
    case FFI_TYPE_UINT16:
    case FFI_TYPE_UINT32:
        return slot.u >> (64 - unused) == 0;
    default:
        return true;
    }
}

static bool call(trial *t, const gil__signature *signature, const gil__plan *plan, void (*code)(void))
{
    _Alignas(16) gil__slot image[GIL__MAX_SLOTS];
    gil__value result;
    const char *path = plan->ffi ? "libffi" : "registers";
    memset(image, 0xa5, sizeof image);
    memset(&result, 0x5a, sizeof result);
    memset(t->seen, 0, sizeof t->seen);
    for (unsigned i = 0; i < t->n; i++) {
        const gil__param *param = &signature->params[i];
        if (gil__param_is_pointer(param))
            gil__plan_put_pointer(plan, image, (uint16_t)i, *(void **)t->given[i]);
        else
            gil__plan_put(plan, image, (uint16_t)i, param->type, t->given[i]);
        if (!is_widened(t->arguments[i], image[plan->place[i]])) {
            printf("%s: argument %u was not widened for %s\n", t->prototype, i, path);
            return false;
        }
    }
    gil__plan_call(plan, code, image, &result);
    for (unsigned i = 0; i < t->n; i++)
        if (memcmp(t->given[i], t->seen[i], t->arguments[i]->bytes) != 0) {
            printf("%s: argument %u arrived changed through %s\n", t->prototype, i, path);
            return false;
        }
    if (t->result && memcmp(&result, t->returned, t->result->bytes) != 0) {
        printf("%s: the result came back changed through %s\n", t->prototype, path);
        return false;
    }
    return true;
}

/* One signature through both paths; counts those that fit registers. */
static bool try(trial *t, unsigned *in_registers)
{
    ffi_cif cif;
    ffi_type *types[MAX_ARGUMENTS];
    void *code;
    gil__proto_error error;
    for (unsigned i = 0; i < t->n; i++)
        types[i] = t->arguments[i]->type;
    ffi_closure *closure = ffi_closure_alloc(sizeof *closure, &code);
    if (!closure ||
        ffi_prep_cif(&cif, FFI_DEFAULT_ABI, t->n, t->result ? t->result->type : &ffi_type_void, types) != FFI_OK ||
        ffi_prep_closure_loc(closure, &cif, witness, t, code) != FFI_OK) {
        printf("%s: libffi makes no closure\n", t->prototype);
        return false;
    }
    gil__signature *signature = gil__signature_parse(t->prototype, &error);
    if (!signature) {
        printf("%s: column %d: %s\n", t->prototype, error.column, error.message);
        return false;
    }
    bool fine = true;
    for (int registers = 1; fine && registers >= 0; registers--) {
        gil__plan *plan = gil__plan_new(signature, registers);
        if (!plan)
            printf("%s: no plan\n", t->prototype);
        fine = plan && call(t, signature, plan, (void (*)(void))(uintptr_t)code);
        *in_registers += plan && !plan->ffi;
        gil__plan_free(plan);
    }
    gil__signature_free(signature);
    ffi_closure_free(closure);
    return fine;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    unsigned count = argc > 2 ? (unsigned)atoi(argv[2]) : 20000, failures = 0, in_registers = 0;
    static trial t;
    state = seed * 0x9e3779b97f4a7c15u + 1;
    for (unsigned i = 0; i < count && failures < 10; i++) {
        make_trial(&t);
        failures += !try(&t, &in_registers);
    }
    printf("%u signatures from seed %llu, %u of them in registers, %u failed\n", count, (unsigned long long)seed,
           in_registers, failures);
    return failures || in_registers < count / 10 ? 1 : 0;
}
