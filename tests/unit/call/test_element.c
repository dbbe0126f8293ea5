/* SPDX-License-Identifier: MIT
 *
 * Numbers of every type through real functions: what fits comes back, what does not is refused by name.
 */
#include <float.h>
#include <limits.h>
#include <math.h>

#include "call/element.h"
#include "fixture.h"

static void refuse_int(const char *name, int64_t value, const char *wanted)
{
    char message[200];
    snprintf(message, sizeof message, "%s(): argument x is int %lld, wanted %s", name, (long long)value, wanted);
    assert_raised(CALL(name, integer(value)), GIL_OVERFLOW_ERROR, message);
}

static void check_signed(const char *name, int64_t least, int64_t most, const char *wanted)
{
    const int64_t fine[] = {0, 1, -1, least, most};
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
        assert_int(CALL(name, integer(fine[i])), fine[i]);
    if (most < INT64_MAX) {
        refuse_int(name, least - 1, wanted);
        refuse_int(name, most + 1, wanted);
        refuse_int(name, INT64_MAX, wanted);
        refuse_int(name, INT64_MIN, wanted);
    }
}

static void check_unsigned(const char *name, uint64_t most, const char *wanted)
{
    int64_t limit = most > INT64_MAX ? INT64_MAX : (int64_t)most;
    assert_int(CALL(name, integer(0)), 0);
    assert_int(CALL(name, integer(limit)), limit);
    assert_int(CALL(name, integer(limit - 1)), limit - 1);
    refuse_int(name, -1, wanted);
    refuse_int(name, INT64_MIN, wanted);
    if (limit < INT64_MAX) {
        refuse_int(name, limit + 1, wanted);
        refuse_int(name, INT64_MAX, wanted);
    }
}

static void test_element__signed_integers_keep_their_limits(void **state)
{
    (void)state;
    USE("values");
    check_signed("same_int8", INT8_MIN, INT8_MAX, "an int from -128 to 127");
    check_signed("same_schar", SCHAR_MIN, SCHAR_MAX, "an int from -128 to 127");
    check_signed("same_int16", INT16_MIN, INT16_MAX, "an int from -32768 to 32767");
    check_signed("same_short", SHRT_MIN, SHRT_MAX, "an int from -32768 to 32767");
    check_signed("same_int32", INT32_MIN, INT32_MAX, "an int from -2147483648 to 2147483647");
    check_signed("same_int", INT_MIN, INT_MAX, "an int from -2147483648 to 2147483647");
    const char *const wide[] = {"same_int64", "same_long", "same_llong", "same_ssize", "same_ptrdiff", "same_time"};
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        check_signed(wide[i], INT64_MIN, INT64_MAX, "an int of 64 bits");
}

static void test_element__unsigned_integers_keep_their_limits(void **state)
{
    (void)state;
    USE("values");
    check_unsigned("same_uint8", UINT8_MAX, "an int from 0 to 255");
    check_unsigned("same_uchar", UCHAR_MAX, "an int from 0 to 255");
    check_unsigned("same_uint16", UINT16_MAX, "an int from 0 to 65535");
    check_unsigned("same_ushort", USHRT_MAX, "an int from 0 to 65535");
    check_unsigned("same_uint32", UINT32_MAX, "an int from 0 to 4294967295");
    check_unsigned("same_uint", UINT_MAX, "an int from 0 to 4294967295");
    const char *const wide[] = {"same_uint64", "same_ulong", "same_ullong", "same_size"};
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        check_unsigned(wide[i], UINT64_MAX, "an int of at least 0");
}

static void test_element__plain_char_is_the_machine_s(void **state)
{
    (void)state;
    USE("values");
    assert_int(CALL("same_char", integer(CHAR_MIN)), CHAR_MIN);
    assert_int(CALL("same_char", integer(CHAR_MAX)), CHAR_MAX);
    assert_true(gil_is_null(CALL("same_char", integer(CHAR_MAX + 1))));
}

static void test_element__a_result_that_no_int_holds_is_an_overflow(void **state)
{
    (void)state;
    USE("values");
    assert_raised(CALL("largest"), GIL_OVERFLOW_ERROR,
                  "largest(): 18446744073709551615 does not fit the 64 bits of this host's int");
}

static void test_element__a_bool_is_a_bool_or_0_or_1(void **state)
{
    (void)state;
    USE("values");
    assert_bool(CALL("same_bool", gil_bool_new(env, true)), true);
    assert_bool(CALL("same_bool", gil_bool_new(env, false)), false);
    assert_bool(CALL("same_bool", integer(1)), true);
    assert_bool(CALL("same_bool", integer(0)), false);
    assert_raised(CALL("same_bool", integer(2)), GIL_OVERFLOW_ERROR, "same_bool(): argument x is int 2, wanted a bool");
    assert_raised(CALL("same_bool", real(1)), GIL_TYPE_ERROR, "same_bool(): argument x is float 1.0, wanted a bool");
}

static void test_element__a_float_keeps_every_value_of_its_type(void **state)
{
    (void)state;
    USE("values");
    const double values[] = {0.0, 1.5, -1e300, DBL_MAX, DBL_MIN, DBL_TRUE_MIN, INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_real(CALL("same_double", real(values[i])), values[i]);
        assert_real(CALL("same_long_double", real(values[i])), values[i]);
    }
    const double small[] = {0.0, 1.5, FLT_MAX, -FLT_MAX, FLT_TRUE_MIN, INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++)
        assert_real(CALL("same_float", real(small[i])), small[i]);
    assert_real(CALL("same_double", integer(3)), 3);
    assert_real(CALL("same_float", gil_bool_new(env, true)), 1);
    double minus_zero;
    assert_true(gil_float_get(env, CALL("same_float", real(-0.0)), &minus_zero) && signbit(minus_zero));
}

static void test_element__a_finite_number_does_not_become_infinite(void **state)
{
    (void)state;
    USE("values");
    assert_raised(CALL("same_float", real(1e39)), GIL_OVERFLOW_ERROR,
                  "same_float(): argument x is float 1e+39, wanted a float that fits 32 bits");
    assert_raised(CALL("same_float", real(-DBL_MAX)), GIL_OVERFLOW_ERROR,
                  "same_float(): argument x is float -1.797693135e+308, wanted a float that fits 32 bits");
    assert_raised(CALL("same_float_complex", gil_complex_new(env, 0, 1e39)), GIL_OVERFLOW_ERROR,
                  "same_float_complex(): argument x is complex, wanted a complex that fits 64 bits");
    assert_raised(CALL("same_float_complex", real(1e39)), GIL_OVERFLOW_ERROR,
                  "same_float_complex(): argument x is float 1e+39, wanted a complex that fits 64 bits");
}

static void test_element__complex_numbers_come_back_whole(void **state)
{
    (void)state;
    USE("values");
    const char *const names[] = {"same_float_complex", "same_double_complex", "same_long_complex"};
    for (size_t i = 0; i < 3; i++) {
        assert_complex(CALL(names[i], gil_complex_new(env, 1.5, -2.5)), 1.5, -2.5);
        assert_complex(CALL(names[i], real(3)), 3, 0);
        assert_complex(CALL(names[i], integer(-4)), -4, 0);
        assert_complex(CALL(names[i], gil_complex_new(env, INFINITY, 0)), INFINITY, 0);
    }
    assert_raised(CALL("same_double", gil_complex_new(env, 1, 0)), GIL_TYPE_ERROR,
                  "same_double(): argument x is complex, wanted a float");
}

static void test_element__no_float_becomes_an_int(void **state)
{
    (void)state;
    USE("values");
    const double values[] = {1.0, 0.5, NAN, INFINITY, -INFINITY};
    const char *const shown[] = {"1.0", "0.5", "NaN", "inf", "-inf"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char message[120];
        snprintf(message, sizeof message, "same_int8(): argument x is float %s, wanted an int from -128 to 127",
                 shown[i]);
        assert_raised(CALL("same_int8", real(values[i])), GIL_TYPE_ERROR, message);
        snprintf(message, sizeof message, "same_size(): argument x is float %s, wanted an int of at least 0", shown[i]);
        assert_raised(CALL("same_size", real(values[i])), GIL_TYPE_ERROR, message);
    }
}

static void test_element__wrong_types_are_named(void **state)
{
    (void)state;
    USE("values");
    assert_raised(CALL("same_int", none()), GIL_TYPE_ERROR,
                  "same_int(): argument x is None, wanted an int from -2147483648 to 2147483647");
    assert_raised(CALL("same_double", text("1.5")), GIL_TYPE_ERROR, "same_double(): argument x is str, wanted a float");
    assert_raised(CALL("same_double_complex", LIST()), GIL_TYPE_ERROR,
                  "same_double_complex(): argument x is list, wanted a complex");
    assert_raised(CALL("same_bool", doubles(1, 0)), GIL_TYPE_ERROR, "same_bool(): argument x is array, wanted a bool");
    assert_raised(CALL("same_float", module), GIL_TYPE_ERROR,
                  "same_float(): argument x is module, wanted a float that fits 32 bits");
    assert_raised(CALL("same_int64", GIL_NULL), GIL_TYPE_ERROR,
                  "same_int64(): argument x is GIL_NULL, wanted an int of 64 bits");
    assert_int(CALL("same_int", integer(5)), 5);
}

static void test_element__text_is_utf_8_without_a_nul(void **state)
{
    (void)state;
    USE("values");
    assert_text(CALL("same_text", text("")), "");
    assert_text(CALL("same_text", text("gr\xc3\xbc\xc3\x9f")), "gr\xc3\xbc\xc3\x9f");
    assert_raised(CALL("same_text", gil_str_new(env, "a\0b", 3)), GIL_VALUE_ERROR,
                  "same_text(): argument x has a NUL at byte 1, where const char * ends; pass bytes to a function "
                  "that takes const char x[n]");
    assert_raised(CALL("same_text", gil_bytes_new(env, "a", 1)), GIL_TYPE_ERROR,
                  "same_text(): argument x is bytes, wanted str");
    assert_raised(CALL("same_text", integer(1)), GIL_TYPE_ERROR, "same_text(): argument x is int, wanted str");
    assert_none(CALL("no_text"));
    assert_raised(CALL("not_utf8"), GIL_UNICODE_ERROR, "not_utf8(): byte 3 (0xe9) is not UTF-8; use bytes");
}

static void test_element__is_not_written_when_it_does_not_fit(void **state)
{
    (void)state;
    unsigned char memory[32], before[32];
    memset(memory, 0x77, sizeof memory);
    memcpy(before, memory, sizeof before);
    assert_int_equal(gil__element_write(env, integer(128), GIL_INT8, memory), GIL__OUT_OF_RANGE);
    assert_int_equal(gil__element_write(env, real(1), GIL_INT64, memory), GIL__WRONG_TYPE);
    assert_int_equal(gil__element_write(env, real(1e39), GIL_FLOAT32, memory), GIL__OUT_OF_RANGE);
    assert_int_equal(gil__element_write(env, gil_complex_new(env, 1, 1e39), GIL_COMPLEX64, memory), GIL__OUT_OF_RANGE);
    assert_memory_equal(memory, before, sizeof memory);
    assert_false(gil_error_pending(env));
    assert_int_equal(gil__element_write(env, integer(127), GIL_INT8, memory), GIL__FITS);
    assert_int_equal(memory[0], 127);
    assert_memory_equal(memory + 1, before + 1, sizeof memory - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_element__signed_integers_keep_their_limits),
        TEST(test_element__unsigned_integers_keep_their_limits),
        TEST(test_element__plain_char_is_the_machine_s),
        TEST(test_element__a_result_that_no_int_holds_is_an_overflow),
        TEST(test_element__a_bool_is_a_bool_or_0_or_1),
        TEST(test_element__a_float_keeps_every_value_of_its_type),
        TEST(test_element__a_finite_number_does_not_become_infinite),
        TEST(test_element__complex_numbers_come_back_whole),
        TEST(test_element__no_float_becomes_an_int),
        TEST(test_element__wrong_types_are_named),
        TEST(test_element__text_is_utf_8_without_a_nul),
        TEST(test_element__is_not_written_when_it_does_not_fit),
    };
    return cmocka_run_group_tests_name("call element", tests, NULL, NULL);
}
