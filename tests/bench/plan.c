/* SPDX-License-Identifier: MIT
 *
 * A call through a plan, against libffi's and against a direct one through a pointer.
 *
 * Every loop reads its arguments from volatile memory, brings them to where its kind of call wants them, calls
 * through a volatile pointer, and stores the result to volatile memory.
 *     direct   the C call
 *     ffi      arguments to variables, ffi_call
 *     bare     no arguments: the image was written once
 *     written  arguments to their slots in the image, which were looked up once (as libffi's pointers were)
 *     put      arguments by gil__plan_put, which looks at their types each time, as gil_call does
 *
 *     plan [ROUNDS]               samples in turns
 *     plan --loop WHAT VARIANT N  N calls and nothing else, for counting instructions
 */
#include <ffi.h>
#include <string.h>

#include "call/plan.h"
#include "callee.h"
#include "sample.h"

enum { MAX_ARGUMENTS = 8, N_VARIANTS = 5 };

/* One signature with everything that was prepared for it. */
typedef struct subject {
    gil__signature *signature;
    gil__plan *plan;
    ffi_cif cif;
    ffi_type *types[MAX_ARGUMENTS];
    _Alignas(16) gil__slot image[GIL__MAX_SLOTS];
} subject;

static subject two_doubles, three_ints, mixed, eight_ints, eight_doubles;

static double (*volatile two_doubles_code)(double, double) = callee_two_doubles;
static int64_t (*volatile three_ints_code)(int64_t, int64_t, int64_t) = callee_three_ints;
static double (*volatile mixed_code)(const double *, int32_t, double, size_t) = callee_mixed;
static int32_t (*volatile eight_ints_code)(int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t,
                                           int32_t) = callee_eight_ints;
static double (*volatile eight_doubles_code)(double, double, double, double, double, double, double,
                                             double) = callee_eight_doubles;

static double memory[4] = {1.0, 2.0, 3.0, 4.0};
static volatile double doubles[8] = {1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5};
static volatile int64_t longs[3] = {11, -22, 33};
static volatile int32_t ints[8] = {1, -2, 3, -4, 5, -6, 7, -8};
static const double *volatile pointer = memory;
static volatile size_t length = 4;
static volatile double to_double;
static volatile int64_t to_long;
static volatile int32_t to_int;

#define CODE(name) ((void (*)(void))name##_code)

/* An argument by its type, as it lies in memory that has room for any. */
#define PUT(p, ctype_, from) \
    do { \
        union { \
            ctype_ number; \
            gil__value room; \
        } value_; \
        value_.number = (from); \
        gil__plan_put(plan, image, p, types[p].type, &value_); \
    } while (0)

/* An argument to the slot that was looked up before the loop. */
#define WRITE(p, as, from) at[p]->as = (from)

#define PLAN_LOOP(name, variant, arguments, result, field) \
    static void name##_##variant(size_t count) \
    { \
        const gil__plan *plan = name.plan; \
        const gil__param *types = name.signature->params; \
        gil__slot *image = name.image; \
        gil__slot *at[MAX_ARGUMENTS]; \
        gil__value value; \
        for (uint16_t p = 0; p < plan->n_params; p++) \
            at[p] = &image[plan->place[p]]; \
        (void)types; \
        (void)at; \
        for (size_t round = 0; round < count; round++) { \
            arguments; \
            gil__plan_call(plan, CODE(name), image, &value); \
            result = value.slots[0].field; \
        } \
    }

#define PLAN_LOOPS(name, writes, puts, result, field) \
    PLAN_LOOP(name, bare, (void)0, result, field) \
    PLAN_LOOP(name, written, writes, result, field) \
    PLAN_LOOP(name, put, puts, result, field)

#define DIRECT_LOOP(name, result, ...) \
    static void name##_direct(size_t count) \
    { \
        for (size_t round = 0; round < count; round++) \
            result = name##_code(__VA_ARGS__); \
    }

/* `values` declares an array of pointers, `writes` fills what they point to. */
#define FFI_LOOP(name, result, as, declare, writes, ...) \
    static void name##_ffi(size_t count) \
    { \
        declare; \
        void *values[] = {__VA_ARGS__}; \
        union { \
            ffi_arg wide; \
            ffi_sarg wide_signed; \
            double real; \
        } value; \
        for (size_t round = 0; round < count; round++) { \
            writes; \
            ffi_call(&name.cif, CODE(name), &value, values); \
            result = value.as; \
        } \
    }

PLAN_LOOPS(two_doubles, WRITE(0, d, doubles[0]); WRITE(1, d, doubles[1]), PUT(0, double, doubles[0]);
           PUT(1, double, doubles[1]), to_double, d)
DIRECT_LOOP(two_doubles, to_double, doubles[0], doubles[1])
FFI_LOOP(two_doubles, to_double, real, double a; double b, a = doubles[0]; b = doubles[1], &a, &b)

PLAN_LOOPS(three_ints, WRITE(0, i, longs[0]); WRITE(1, i, longs[1]); WRITE(2, i, longs[2]), PUT(0, int64_t, longs[0]);
           PUT(1, int64_t, longs[1]); PUT(2, int64_t, longs[2]), to_long, i)
DIRECT_LOOP(three_ints, to_long, longs[0], longs[1], longs[2])
FFI_LOOP(three_ints, to_long, wide_signed, int64_t a; int64_t b; int64_t c, a = longs[0]; b = longs[1];
         c = longs[2], &a, &b, &c)

PLAN_LOOPS(mixed, WRITE(0, p, (void *)pointer); WRITE(1, i, ints[0]); WRITE(2, d, doubles[0]);
           WRITE(3, u, length), gil__plan_put_pointer(plan, image, 0, pointer); PUT(1, int32_t, ints[0]);
           PUT(2, double, doubles[0]); PUT(3, size_t, length), to_double, d)
DIRECT_LOOP(mixed, to_double, pointer, ints[0], doubles[0], length)
FFI_LOOP(mixed, to_double, real, const double *x; int32_t k; double scale; size_t n, x = pointer; k = ints[0];
         scale = doubles[0]; n = length, &x, &k, &scale, &n)

PLAN_LOOPS(eight_ints, for (uint16_t p = 0; p < 8; p++) WRITE(p, i, ints[p]),
           for (uint16_t p = 0; p < 8; p++) PUT(p, int32_t, ints[p]), to_int, i)
DIRECT_LOOP(eight_ints, to_int, ints[0], ints[1], ints[2], ints[3], ints[4], ints[5], ints[6], ints[7])
FFI_LOOP(eight_ints, to_int, wide_signed, int32_t v[8], for (int p = 0; p < 8; p++) v[p] = ints[p], v, v + 1, v + 2,
         v + 3, v + 4, v + 5, v + 6, v + 7)

PLAN_LOOPS(eight_doubles, for (uint16_t p = 0; p < 8; p++) WRITE(p, d, doubles[p]),
           for (uint16_t p = 0; p < 8; p++) PUT(p, double, doubles[p]), to_double, d)
DIRECT_LOOP(eight_doubles, to_double, doubles[0], doubles[1], doubles[2], doubles[3], doubles[4], doubles[5],
            doubles[6], doubles[7])
FFI_LOOP(eight_doubles, to_double, real, double v[8], for (int p = 0; p < 8; p++) v[p] = doubles[p], v, v + 1, v + 2,
         v + 3, v + 4, v + 5, v + 6, v + 7)

static ffi_type *type_of(char letter)
{
    switch (letter) {
    case 'd':
        return &ffi_type_double;
    case 'i':
        return &ffi_type_sint32;
    case 'l':
        return &ffi_type_sint64;
    case 'z':
        return &ffi_type_uint64;
    default:
        return &ffi_type_pointer;
    }
}

/* `letters` is the result and then the arguments, for libffi. */
static void prepare(subject *s, const char *prototype, const char *letters)
{
    gil__proto_error error;
    s->signature = gil__signature_parse(prototype, &error);
    if (!s->signature)
        die(error.message);
    s->plan = gil__plan_new(s->signature, true);
    unsigned n = (unsigned)strlen(letters) - 1;
    for (unsigned p = 0; p < n; p++)
        s->types[p] = type_of(letters[p + 1]);
    if (!s->plan || ffi_prep_cif(&s->cif, FFI_DEFAULT_ABI, n, type_of(letters[0]), s->types) != FFI_OK)
        die("plan: a signature was refused");
}

#define LOOPS(name) \
    { \
        {"direct", name##_direct}, {"bare", name##_bare}, {"written", name##_written}, {"put", name##_put}, \
        { \
            "ffi", name##_ffi \
        } \
    }

static const struct {
    const char *what;
    subject *subject;
    const char *prototype;
    const char *letters;
    sample_variant variants[N_VARIANTS];
} subjects[] = {
    {"(double, double) -> double", &two_doubles, "double f(double a, double b)", "ddd", LOOPS(two_doubles)},
    {"(int64, int64, int64) -> int64", &three_ints, "int64_t f(int64_t a, int64_t b, int64_t c)", "llll",
     LOOPS(three_ints)},
    {"(pointer, int32, double, size_t) -> double", &mixed,
     "double f(const double x[n], int32_t k, double scale, size_t n)", "dpidz", LOOPS(mixed)},
    {"(double x 8) -> double", &eight_doubles,
     "double f(double a, double b, double c, double d, double e, double f, double g, double h)", "ddddddddd",
     LOOPS(eight_doubles)},
    {"(int32 x 8) -> int32", &eight_ints,
     "int32_t f(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f, int32_t g, int32_t h)", "iiiiiiiii",
     LOOPS(eight_ints)},
};

enum { N_SUBJECTS = sizeof subjects / sizeof subjects[0] };

static int loop_only(const char *what, const char *variant, size_t count)
{
    for (size_t s = 0; s < N_SUBJECTS; s++)
        for (size_t v = 0; v < N_VARIANTS; v++)
            if (strcmp(subjects[s].what, what) == 0 && strcmp(subjects[s].variants[v].name, variant) == 0) {
                subjects[s].variants[v].loop(count);
                return 0;
            }
    fprintf(stderr, "plan: no loop %s of %s\n", variant, what);
    return 2;
}

int main(int argc, char **argv)
{
    for (size_t s = 0; s < N_SUBJECTS; s++) {
        prepare(subjects[s].subject, subjects[s].prototype, subjects[s].letters);
        subjects[s].variants[2].loop(1); /* an image for `bare` */
    }
    if (argc == 5 && strcmp(argv[1], "--loop") == 0)
        return loop_only(argv[2], argv[3], strtoul(argv[4], NULL, 10));
    int rounds = argc > 1 ? atoi(argv[1]) : 301;
    for (size_t s = 0; s < N_SUBJECTS; s++)
        sample_in_turns(subjects[s].what, subjects[s].variants, N_VARIANTS, rounds, 0.2);
    for (size_t s = 0; s < N_SUBJECTS; s++) {
        gil__plan_free(subjects[s].subject->plan);
        gil__signature_free(subjects[s].subject->signature);
    }
    return 0;
}
