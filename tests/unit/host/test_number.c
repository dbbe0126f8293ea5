/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "fixture.h"

static void test_number__none_and_the_truths_are_always_the_same(void **state)
{
    (void)state;
    long live = gil__memory_live();
    assert_ptr_equal(gil_none_new(env).gil__handle, gil_none_new(env).gil__handle);
    assert_ptr_equal(gil_bool_new(env, true).gil__handle, gil_bool_new(env, true).gil__handle);
    assert_true(gil_bool_new(env, true).gil__handle != gil_bool_new(env, false).gil__handle);
    assert_true(gil__memory_live() - live <= 1); /* the table of handles */
    assert_int_equal(gil_type_of(env, none()), GIL_OBJ_NONE);
    assert_string_equal(gil_type_name(env, none()), "None");
    assert_string_equal(gil_type_name(env, gil_bool_new(env, false)), "bool");
}

static void test_number__an_int_keeps_64_bits(void **state)
{
    (void)state;
    const int64_t values[] = {0, 1, -1, INT32_MAX, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        assert_int(integer(values[i]), values[i]);
    assert_int(gil_uint_new(env, INT64_MAX), INT64_MAX);
    assert_raised(gil_uint_new(env, (uint64_t)INT64_MAX + 1), GIL_OVERFLOW_ERROR,
                  "9223372036854775808 does not fit the 64 bits of this host's int");
}

static void test_number__an_int_is_read_with_and_without_a_sign(void **state)
{
    (void)state;
    uint64_t value = 7;
    assert_true(gil_uint_get(env, integer(INT64_MAX), &value));
    assert_true(value == INT64_MAX);
    value = 7;
    assert_false(gil_uint_get(env, integer(-1), &value));
    assert_raised(GIL_NULL, GIL_OVERFLOW_ERROR, "-1 is negative");
    assert_int_equal(value, 7);
}

static void test_number__a_bool_is_an_int_too(void **state)
{
    (void)state;
    int64_t whole = 0;
    uint64_t natural = 0;
    double number = 0, imag = 1;
    gil_obj yes = gil_bool_new(env, true);
    assert_true(gil_int_get(env, yes, &whole) && whole == 1);
    assert_true(gil_uint_get(env, yes, &natural) && natural == 1);
    assert_true(gil_float_get(env, yes, &number) && number == 1);
    assert_true(gil_complex_get(env, yes, &number, &imag) && number == 1 && imag == 0);
}

static void test_number__zero_and_one_are_bools_and_two_is_not(void **state)
{
    (void)state;
    bool value = true;
    assert_true(gil_bool_get(env, integer(0), &value) && !value);
    assert_true(gil_bool_get(env, integer(1), &value) && value);
    assert_false(gil_bool_get(env, integer(2), &value));
    assert_raised(GIL_NULL, GIL_VALUE_ERROR, "2 is neither 0 nor 1");
    assert_false(gil_bool_get(env, integer(-1), &value));
    assert_raised(GIL_NULL, GIL_VALUE_ERROR, "-1 is neither 0 nor 1");
    assert_true(value);
    assert_false(gil_bool_get(env, real(1), &value));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "float is not a bool");
}

static void test_number__a_float_keeps_every_double(void **state)
{
    (void)state;
    assert_real(real(0.1), 0.1);
    assert_real(real(INFINITY), INFINITY);
    assert_real(real(NAN), NAN);
    double value = 0;
    assert_true(gil_float_get(env, real(-0.0), &value) && signbit(value));
    assert_true(gil_float_get(env, integer(-3), &value) && value == -3);
}

static void test_number__complex_is_read_from_every_number(void **state)
{
    (void)state;
    double re, im;
    assert_complex(gil_complex_new(env, 1, -2), 1, -2);
    assert_true(gil_complex_get(env, real(2.5), &re, &im) && re == 2.5 && im == 0);
    assert_true(gil_complex_get(env, integer(3), &re, &im) && re == 3 && im == 0);
    assert_string_equal(gil_type_name(env, gil_complex_new(env, 0, 0)), "complex");
}

static void test_number__other_types_are_refused_by_name(void **state)
{
    (void)state;
    int64_t whole = 5;
    uint64_t natural = 5;
    double number = 5, imag = 5;
    assert_false(gil_int_get(env, real(1), &whole));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "float is not an int");
    assert_false(gil_uint_get(env, text("1"), &natural));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "str is not an int");
    assert_false(gil_float_get(env, gil_complex_new(env, 1, 0), &number));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "complex is not a float");
    assert_false(gil_complex_get(env, none(), &number, &imag));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "None is not a complex");
    assert_false(gil_int_get(env, GIL_NULL, &whole));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "GIL_NULL is no object");
    assert_true(whole == 5 && natural == 5 && number == 5 && imag == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_number__none_and_the_truths_are_always_the_same), TEST(test_number__an_int_keeps_64_bits),
        TEST(test_number__an_int_is_read_with_and_without_a_sign),  TEST(test_number__a_bool_is_an_int_too),
        TEST(test_number__zero_and_one_are_bools_and_two_is_not),   TEST(test_number__a_float_keeps_every_double),
        TEST(test_number__complex_is_read_from_every_number),       TEST(test_number__other_types_are_refused_by_name),
    };
    return cmocka_run_group_tests_name("host number", tests, NULL, NULL);
}
