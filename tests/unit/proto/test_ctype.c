/* SPDX-License-Identifier: MIT
 *
 * Every type that C can spell, in every order of its words that C allows.
 */
#include "proto/ctype.h"

#include <limits.h>
#include <sys/types.h>
#include <time.h>

#include "parsed.h"

static gil__ctype type_of_first(const char *prototype)
{
    gil__signature *signature = parsed(prototype);
    assert_int_equal(signature->n_params, 1);
    gil__ctype type = signature->params[0].type;
    gil__signature_free(signature);
    return type;
}

static unsigned spellings;

static void check_words(const char *const *words, unsigned count, gil__class class, size_t size)
{
    char prototype[200] = "void f(";
    for (unsigned i = 0; i < count; i++) {
        strcat(prototype, words[i]);
        strcat(prototype, " ");
    }
    strcat(prototype, "x)");
    gil__ctype type = type_of_first(prototype);
    if (type.class != class || type.size != size)
        print_error("%s: class %u, %u bytes\n", prototype, type.class, type.size);
    assert_int_equal(type.class, class);
    assert_int_equal(type.size, size);
    spellings++;
}

/* All orders of the words, by swapping. */
static void permute(const char **words, unsigned count, unsigned at, gil__class class, size_t size)
{
    if (at == count)
        check_words(words, count, class, size);
    for (unsigned i = at; i < count; i++) {
        const char *word = words[at];
        words[at] = words[i];
        words[i] = word;
        permute(words, count, at + 1, class, size);
        words[i] = words[at];
        words[at] = word;
    }
}

/* A type in words, alone and with a qualifier among them. */
static void check_type(const char *spelled, gil__class class, size_t size)
{
    char copy[100];
    const char *words[8];
    unsigned count = 0;
    strcpy(copy, spelled);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        words[count++] = word;
    permute(words, count, 0, class, size);
    words[count] = "const";
    permute(words, count + 1, 0, class, size);
}

static void test_ctype__integers_in_every_order_of_words(void **state)
{
    (void)state;
    static const char *const signs[] = {"", " signed"}, *const ints[] = {"", " int"};
    char spelled[100];
    static const struct {
        const char *words;
        size_t size;
    } lengths[] = {{"short", sizeof(short)}, {"long", sizeof(long)}, {"long long", sizeof(long long)}};
    spellings = 0;
    for (size_t length = 0; length < 3; length++)
        for (int with_int = 0; with_int < 2; with_int++) {
            for (int sign = 0; sign < 2; sign++) {
                snprintf(spelled, sizeof spelled, "%s%s%s", lengths[length].words, signs[sign], ints[with_int]);
                check_type(spelled, GIL__SIGNED, lengths[length].size);
            }
            snprintf(spelled, sizeof spelled, "%s unsigned%s", lengths[length].words, ints[with_int]);
            check_type(spelled, GIL__UNSIGNED, lengths[length].size);
        }
    check_type("int", GIL__SIGNED, sizeof(int));
    check_type("signed", GIL__SIGNED, sizeof(int));
    check_type("signed int", GIL__SIGNED, sizeof(int));
    check_type("unsigned", GIL__UNSIGNED, sizeof(int));
    check_type("unsigned int", GIL__UNSIGNED, sizeof(int));
    check_type("signed char", GIL__SIGNED, 1);
    check_type("unsigned char", GIL__UNSIGNED, 1);
    check_type("char", CHAR_MIN < 0 ? GIL__SIGNED : GIL__UNSIGNED, 1);
    printf("# %u spellings\n", spellings);
}

static void test_ctype__floats_and_complex_in_every_order_of_words(void **state)
{
    (void)state;
    check_type("float", GIL__FLOAT, sizeof(float));
    check_type("double", GIL__FLOAT, sizeof(double));
    check_type("long double", GIL__FLOAT, sizeof(long double));
    check_type("float _Complex", GIL__COMPLEX, 2 * sizeof(float));
    check_type("double _Complex", GIL__COMPLEX, 2 * sizeof(double));
    check_type("long double _Complex", GIL__COMPLEX, 2 * sizeof(long double));
    check_type("float complex", GIL__COMPLEX, 2 * sizeof(float));
    check_type("double complex", GIL__COMPLEX, 2 * sizeof(double));
    check_type("complex long double", GIL__COMPLEX, 2 * sizeof(long double));
}

static void test_ctype__bool_has_two_names(void **state)
{
    (void)state;
    check_type("bool", GIL__BOOL, sizeof(bool));
    check_type("_Bool", GIL__BOOL, sizeof(bool));
}

/* clang-format off */
#define SIGNED_NAMES(X) \
    X(int8_t) \
    X(int16_t) \
    X(int32_t) \
    X(int64_t) \
    X(ssize_t) \
    X(ptrdiff_t) \
    X(intptr_t) X(intmax_t) X(int_least8_t) X(int_least16_t) X(int_least32_t) X(int_least64_t) X(int_fast8_t) \
        X(int_fast16_t) X(int_fast32_t) X(int_fast64_t) X(off_t) X(time_t)
/* clang-format on */
/* clang-format off */
#define UNSIGNED_NAMES(X) \
    X(uint8_t) \
    X(uint16_t) \
    X(uint32_t) \
    X(uint64_t) \
    X(size_t) \
    X(uintptr_t) \
    X(uintmax_t) X(uint_least8_t) X(uint_least16_t) X(uint_least32_t) X(uint_least64_t) X(uint_fast8_t) \
        X(uint_fast16_t) X(uint_fast32_t) X(uint_fast64_t)
/* clang-format on */

static void test_ctype__knows_the_names_of_the_c_library(void **state)
{
    (void)state;
#define CHECK(name) check_type(#name, (name)-1 < (name)1 ? GIL__SIGNED : GIL__UNSIGNED, sizeof(name));
    SIGNED_NAMES(CHECK)
    UNSIGNED_NAMES(CHECK)
#undef CHECK
    gil__ctype type;
    assert_false(gil__ctype_named("int32", 5, &type));
    assert_false(gil__ctype_named("int32_t ", 8, &type));
    assert_false(gil__ctype_named("", 0, &type));
    assert_true(gil__ctype_named("int32_text", 7, &type));
}

static void test_ctype__says_numpy_s_names(void **state)
{
    (void)state;
    static const struct {
        const char *prototype, *name;
        gil_dtype dtype;
    } cases[] = {
        {"void f(bool x)", "bool", GIL_BOOL},
        {"void f(signed char x)", "int8", GIL_INT8},
        {"void f(short x)", "int16", GIL_INT16},
        {"void f(int x)", "int32", GIL_INT32},
        {"void f(long x)", "int64", GIL_INT64},
        {"void f(unsigned char x)", "uint8", GIL_UINT8},
        {"void f(unsigned short x)", "uint16", GIL_UINT16},
        {"void f(unsigned x)", "uint32", GIL_UINT32},
        {"void f(size_t x)", "uint64", GIL_UINT64},
        {"void f(float x)", "float32", GIL_FLOAT32},
        {"void f(double x)", "float64", GIL_FLOAT64},
        {"void f(long double x)", "longdouble", GIL_LONG_DOUBLE},
        {"void f(float _Complex x)", "complex64", GIL_COMPLEX64},
        {"void f(double _Complex x)", "complex128", GIL_COMPLEX128},
        {"void f(long double _Complex x)", "clongdouble", GIL_LONG_COMPLEX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gil__ctype type = type_of_first(cases[i].prototype);
        assert_true(gil__ctype_is_number(type));
        assert_int_equal(gil__ctype_dtype(type), cases[i].dtype);
        assert_string_equal(gil__ctype_name(type), cases[i].name);
    }
    assert_string_equal(gil__dtype_name(99), "unknown");
    assert_string_equal(gil__ctype_name(type_of_first("void f(const char *x)")), "str");
    assert_false(gil__ctype_is_number(type_of_first("void f(const char *x)")));
    assert_string_equal(gil__ctype_name(type_of_first("void f(gil_env *x)")), "gil_env");
    assert_string_equal(gil__ctype_name(type_of_first("void f(gil_task *x)")), "gil_task");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ctype__integers_in_every_order_of_words),
        cmocka_unit_test(test_ctype__floats_and_complex_in_every_order_of_words),
        cmocka_unit_test(test_ctype__bool_has_two_names),
        cmocka_unit_test(test_ctype__knows_the_names_of_the_c_library),
        cmocka_unit_test(test_ctype__says_numpy_s_names),
    };
    return cmocka_run_group_tests_name("proto ctype", tests, NULL, NULL);
}
