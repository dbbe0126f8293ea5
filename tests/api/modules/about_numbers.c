/* SPDX-License-Identifier: MIT
 *
 * None, bool, int, float and complex: made, read, converted, parsed.
 */
#include <math.h>

#include "check.h"

GIL_MODULE(about_numbers, .doc = "Tests of numbers.");

/* ---- Made ----------------------------------------------------------------------------------------------- */

TEST(numbers_have_the_types_that_made_them)
{
    gil_obj none, yes, integer, real, imaginary;
    TRY(none = NONE());
    TRY(yes = BOOL(true));
    TRY(integer = INT(7));
    TRY(real = REAL(0.5));
    TRY(imaginary = gil_complex_new(env, 1, -2));
    CHECK_COUNT(gil_type_of(env, none), GIL_OBJ_NONE);
    CHECK_COUNT(gil_type_of(env, yes), GIL_OBJ_BOOL);
    CHECK_COUNT(gil_type_of(env, integer), GIL_OBJ_INT);
    CHECK_COUNT(gil_type_of(env, real), GIL_OBJ_FLOAT);
    CHECK_COUNT(gil_type_of(env, imaginary), GIL_OBJ_COMPLEX);
    CHECK(strcmp(gil_type_name(env, yes), "bool") == 0);
    CHECK(strcmp(gil_type_name(env, integer), "int") == 0);
    CHECK(strcmp(gil_type_name(env, real), "float") == 0);
    CHECK(strcmp(gil_type_name(env, imaginary), "complex") == 0);
}

TEST(none_and_the_bools_are_one_object_each)
{
    gil_obj none, again, yes, other;
    TRY(none = NONE());
    TRY(again = NONE());
    TRY(yes = BOOL(true));
    TRY(other = BOOL(true));
    CHECK(gil_same(env, none, again));
    CHECK(gil_same(env, yes, other));
    CHECK(!gil_same(env, none, yes));
}

TEST(numbers_are_shown_as_python_shows_them)
{
    CHECK_REPR(NONE(), "None");
    CHECK_REPR(BOOL(true), "True");
    CHECK_REPR(BOOL(false), "False");
    CHECK_REPR(INT(0), "0");
    CHECK_REPR(INT(-12), "-12");
    CHECK_REPR(REAL(0.1), "0.1");
    CHECK_REPR(REAL(1), "1.0");
    CHECK_REPR(REAL(-0.0), "-0.0");
    CHECK_REPR(REAL(1e16), "1e+16");
    CHECK_REPR(REAL(123456789012345680.0), "1.2345678901234568e+17");
    CHECK_REPR(REAL(1e-5), "1e-05");
    CHECK_REPR(REAL(0.0001), "0.0001");
    CHECK_REPR(REAL(5e-324), "5e-324");
    CHECK_REPR(REAL((double)INFINITY), "inf");
    CHECK_REPR(REAL((double)-INFINITY), "-inf");
    CHECK_REPR(REAL((double)NAN), "nan");
    CHECK_REPR(gil_complex_new(env, 1, -2), "(1-2j)");
    CHECK_REPR(gil_complex_new(env, 0, 2.5), "2.5j");
}

TEST(an_int_holds_the_ends_of_64_bits)
{
    int64_t value = 0;
    CHECK_REPR(INT(INT64_MAX), "9223372036854775807");
    CHECK_REPR(INT(INT64_MIN), "-9223372036854775808");
    TRY(gil_int_get(env, INT(INT64_MIN), &value));
    CHECK(value == INT64_MIN);
    TRY(gil_int_get(env, INT(INT64_MAX), &value));
    CHECK(value == INT64_MAX);
    CHECK_REPR(gil_uint_new(env, (uint64_t)INT64_MAX), "9223372036854775807");
}

TEST(an_unsigned_int_beyond_63_bits_is_never_wrapped)
{
    uint64_t value = 0;
    if (check_native(env)) {
        RAISES(GIL_OVERFLOW_ERROR, gil_uint_new(env, UINT64_MAX));
        RAISES(GIL_OVERFLOW_ERROR, gil_uint_new(env, (uint64_t)INT64_MAX + 1));
        return;
    }
    gil_obj large;
    int64_t small = 0;
    TRY(large = gil_uint_new(env, UINT64_MAX));
    CHECK_REPR(large, "18446744073709551615");
    TRY(gil_uint_get(env, large, &value));
    CHECK(value == UINT64_MAX);
    RAISES(GIL_OVERFLOW_ERROR, gil_int_get(env, large, &small));
}

/* ---- Read ----------------------------------------------------------------------------------------------- */

TEST(a_number_is_read_from_what_is_not_narrowed)
{
    int64_t integer = 0;
    uint64_t natural = 0;
    double real = 0, imag = 1;
    bool truth = false;
    TRY(gil_int_get(env, BOOL(true), &integer));
    CHECK_COUNT(integer, 1);
    TRY(gil_uint_get(env, INT(5), &natural));
    CHECK_COUNT(natural, 5);
    TRY(gil_uint_get(env, BOOL(false), &natural));
    CHECK_COUNT(natural, 0);
    TRY(gil_float_get(env, INT(-3), &real));
    CHECK(real == -3.0);
    TRY(gil_float_get(env, BOOL(true), &real));
    CHECK(real == 1.0);
    TRY(gil_complex_get(env, REAL(2.5), &real, &imag));
    CHECK(real == 2.5 && imag == 0);
    TRY(gil_complex_get(env, INT(4), &real, &imag));
    CHECK(real == 4 && imag == 0);
    TRY(gil_bool_get(env, INT(1), &truth));
    CHECK(truth);
    TRY(gil_bool_get(env, INT(0), &truth));
    CHECK(!truth);
}

TEST(a_number_is_not_read_from_another_type)
{
    int64_t integer = 42;
    uint64_t natural = 42;
    double real = 42, imag = 42;
    bool truth = true;
    RAISES(GIL_TYPE_ERROR, gil_int_get(env, REAL(1), &integer));
    RAISES(GIL_TYPE_ERROR, gil_int_get(env, TEXT("1"), &integer));
    RAISES(GIL_TYPE_ERROR, gil_int_get(env, NONE(), &integer));
    RAISES(GIL_TYPE_ERROR, gil_uint_get(env, REAL(1), &natural));
    RAISES(GIL_TYPE_ERROR, gil_float_get(env, gil_complex_new(env, 1, 0), &real));
    RAISES(GIL_TYPE_ERROR, gil_float_get(env, TEXT("1"), &real));
    RAISES(GIL_TYPE_ERROR, gil_complex_get(env, LIST(), &real, &imag));
    RAISES(GIL_TYPE_ERROR, gil_bool_get(env, REAL(0), &truth));
    RAISES(GIL_TYPE_ERROR, gil_bool_get(env, NONE(), &truth));
    CHECK(integer == 42 && natural == 42 && real == 42 && imag == 42 && truth);
}

TEST(a_number_that_does_not_fit_is_refused)
{
    uint64_t natural = 42;
    bool truth = true;
    RAISES(GIL_OVERFLOW_ERROR, gil_uint_get(env, INT(-1), &natural));
    RAISES(GIL_OVERFLOW_ERROR, gil_uint_get(env, INT(INT64_MIN), &natural));
    RAISES(GIL_VALUE_ERROR, gil_bool_get(env, INT(2), &truth));
    RAISES(GIL_VALUE_ERROR, gil_bool_get(env, INT(-1), &truth));
    CHECK(natural == 42 && truth);
}

/* ---- Converted ------------------------------------------------------------------------------------------ */

TEST(to_int_takes_numbers_and_text)
{
    CHECK_REPR(gil_to_int(env, REAL(2.9)), "2");
    CHECK_REPR(gil_to_int(env, REAL(-2.9)), "-2");
    CHECK_REPR(gil_to_int(env, BOOL(true)), "1");
    CHECK_REPR(gil_to_int(env, INT(-8)), "-8");
    CHECK_REPR(gil_to_int(env, TEXT(" -1_000\n")), "-1000");
    CHECK_REPR(gil_to_int(env, REAL(-0x1p63)), "-9223372036854775808");
}

TEST(to_int_refuses_what_is_no_int)
{
    RAISES(GIL_VALUE_ERROR, gil_to_int(env, TEXT("twelve")));
    RAISES(GIL_VALUE_ERROR, gil_to_int(env, TEXT("1.5")));
    RAISES(GIL_VALUE_ERROR, gil_to_int(env, TEXT("")));
    RAISES(GIL_VALUE_ERROR, gil_to_int(env, NUL_TEXT("1\0")));
    RAISES(GIL_VALUE_ERROR, gil_to_int(env, REAL((double)NAN)));
    RAISES(GIL_OVERFLOW_ERROR, gil_to_int(env, REAL((double)INFINITY)));
    RAISES(GIL_TYPE_ERROR, gil_to_int(env, NONE()));
    RAISES(GIL_TYPE_ERROR, gil_to_int(env, LIST()));
    RAISES(GIL_TYPE_ERROR, gil_to_int(env, gil_complex_new(env, 1, 0)));
    if (check_native(env)) {
        RAISES(GIL_OVERFLOW_ERROR, gil_to_int(env, REAL(0x1p63)));
        RAISES(GIL_OVERFLOW_ERROR, gil_to_int(env, TEXT("9223372036854775808")));
    }
}

TEST(to_float_takes_numbers_and_text)
{
    CHECK_REPR(gil_to_float(env, INT(3)), "3.0");
    CHECK_REPR(gil_to_float(env, BOOL(false)), "0.0");
    CHECK_REPR(gil_to_float(env, REAL(2.5)), "2.5");
    CHECK_REPR(gil_to_float(env, TEXT("\t1e3 ")), "1000.0");
    CHECK_REPR(gil_to_float(env, TEXT("-Infinity")), "-inf");
    CHECK_REPR(gil_to_float(env, TEXT("nan")), "nan");
    CHECK_REPR(gil_to_float(env, TEXT("1e999")), "inf");
}

TEST(to_float_refuses_what_is_no_float)
{
    RAISES(GIL_VALUE_ERROR, gil_to_float(env, TEXT("")));
    RAISES(GIL_VALUE_ERROR, gil_to_float(env, TEXT("1,5")));
    RAISES(GIL_VALUE_ERROR, gil_to_float(env, TEXT("0x10")));
    RAISES(GIL_TYPE_ERROR, gil_to_float(env, NONE()));
    RAISES(GIL_TYPE_ERROR, gil_to_float(env, gil_complex_new(env, 1, 0)));
}

/* ---- Parsed --------------------------------------------------------------------------------------------- */

static gil_obj parse_int(gil_env *env, const char *text, int base)
{
    return gil_int_parse(env, text, strlen(text), base);
}

static gil_obj parse_float(gil_env *env, const char *text)
{
    return gil_float_parse(env, text, strlen(text));
}

TEST(an_int_is_parsed_in_any_base)
{
    CHECK_REPR(parse_int(env, "ff", 16), "255");
    CHECK_REPR(parse_int(env, "0xFF", 16), "255");
    CHECK_REPR(parse_int(env, "z", 36), "35");
    CHECK_REPR(parse_int(env, "-101", 2), "-5");
    CHECK_REPR(parse_int(env, "0b11", 0), "3");
    CHECK_REPR(parse_int(env, "0o17", 0), "15");
    CHECK_REPR(parse_int(env, "0x_1f", 0), "31");
    CHECK_REPR(parse_int(env, "+12", 0), "12");
    CHECK_REPR(parse_int(env, "000", 0), "0");
    CHECK_REPR(parse_int(env, "-9223372036854775808", 10), "-9223372036854775808");
    CHECK_REPR(gil_int_parse(env, "1234", 2, 10), "12");
}

TEST(text_that_is_no_int_is_refused)
{
    static const char *const wrong[] = {"", " ", "-", "+-1", "1__0", "_1", "1_", "0x", "1 2", "8", "0b1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        RAISES(GIL_VALUE_ERROR, parse_int(env, wrong[i], 8));
    RAISES(GIL_VALUE_ERROR, parse_int(env, "010", 0));
    RAISES(GIL_VALUE_ERROR, parse_int(env, "1", 1));
    RAISES(GIL_VALUE_ERROR, parse_int(env, "1", 37));
    RAISES(GIL_VALUE_ERROR, parse_int(env, "1", -1));
    if (check_native(env)) {
        RAISES(GIL_OVERFLOW_ERROR, parse_int(env, "9223372036854775808", 10));
        RAISES(GIL_OVERFLOW_ERROR, parse_int(env, "-9223372036854775809", 10));
        RAISES(GIL_OVERFLOW_ERROR, parse_int(env, "10000000000000000", 16));
    }
}

TEST(a_float_is_parsed_as_python_parses_it)
{
    CHECK_REPR(parse_float(env, "1_0.2_5"), "10.25");
    CHECK_REPR(parse_float(env, ".5"), "0.5");
    CHECK_REPR(parse_float(env, "5."), "5.0");
    CHECK_REPR(parse_float(env, "-1E-2"), "-0.01");
    CHECK_REPR(parse_float(env, "+inf"), "inf");
    CHECK_REPR(gil_float_parse(env, "2.55", 3), "2.5");
}

TEST(text_that_is_no_float_is_refused)
{
    static const char *const wrong[] = {"", ".", "e5", "1e", "1_", "_1", "1__0", "1_.5", "nan(1)", "infinit", "1 2"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        RAISES(GIL_VALUE_ERROR, parse_float(env, wrong[i]));
    RAISES(GIL_VALUE_ERROR, gil_float_parse(env, "1\0", 2));
}

/* ---- Nothing -------------------------------------------------------------------------------------------- */

TEST(nothing_is_no_number)
{
    int64_t integer = 0;
    uint64_t natural = 0;
    double real = 0, imag = 0;
    bool truth = false;
    RAISES(GIL_TYPE_ERROR, gil_int_get(env, GIL_NULL, &integer));
    RAISES(GIL_TYPE_ERROR, gil_uint_get(env, GIL_NULL, &natural));
    RAISES(GIL_TYPE_ERROR, gil_float_get(env, GIL_NULL, &real));
    RAISES(GIL_TYPE_ERROR, gil_complex_get(env, GIL_NULL, &real, &imag));
    RAISES(GIL_TYPE_ERROR, gil_bool_get(env, GIL_NULL, &truth));
    RAISES(GIL_TYPE_ERROR, gil_to_int(env, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_to_float(env, GIL_NULL));
}

TEST(what_is_pending_goes_through_a_chain_of_calls)
{
    double value = 0;
    gil_raise(env, GIL_KEY_ERROR, "first");
    RAISES(GIL_KEY_ERROR, gil_float_get(env, gil_to_float(env, gil_to_int(env, GIL_NULL)), &value));
}
