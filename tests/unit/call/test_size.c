/* SPDX-License-Identifier: MIT
 *
 * Sizes that arrays determine, and dimensions that must agree with them.
 */
#include "fixture.h"

static void test_size__follows_from_the_array(void **state)
{
    (void)state;
    USE("arrays");
    assert_real(CALL("dot", doubles(3, 1), doubles(3, 1)), 14);
    assert_int(CALL("between", doubles(5, 0)), 4);
    assert_int(CALL("between", doubles(1, 0)), 0);
    assert_int(CALL("pairs", doubles(6, 0)), 3);
    assert_int(CALL("pairs", LIST()), 0);
}

static void test_size__lengths_that_disagree_are_compared_in_words(void **state)
{
    (void)state;
    USE("arrays");
    assert_raised(CALL("dot", doubles(8, 0), doubles(7, 0)), GIL_VALUE_ERROR,
                  "dot(): argument y has 7 elements where x has 8 (both are [n])");
    assert_raised(CALL("dot", LIST(real(1)), doubles(0, 0)), GIL_VALUE_ERROR,
                  "dot(): argument y has 0 elements where x has 1 (both are [n])");
    gil_obj a = gil_array_new(env, GIL_FLOAT64, 2, (size_t[]){2, 3});
    assert_raised(CALL("product", a, a), GIL_VALUE_ERROR,
                  "product(): argument b, which is [k][n], has 2 in dimension 0 where a has 3 in dimension 1");
    assert_raised(CALL("square", a), GIL_VALUE_ERROR,
                  "square(): argument a, which is [n][n], has 3 in dimension 1 where a has 2 in dimension 0");
    assert_raised(CALL("three", doubles(4, 0)), GIL_VALUE_ERROR,
                  "three(): argument x, which is [3], has 4 in dimension 0, wanted 3");
}

static void test_size__must_be_whole_and_not_negative(void **state)
{
    (void)state;
    USE("arrays");
    assert_raised(CALL("between", doubles(0, 0)), GIL_VALUE_ERROR,
                  "between(): argument x has 0 in dimension 0; no n of at least 0 makes it [n+1]");
    assert_raised(CALL("pairs", doubles(5, 0)), GIL_VALUE_ERROR,
                  "pairs(): argument x has 5 in dimension 0; no n of at least 0 makes it [2*n]");
}

static void test_size__asks_for_one_of_two_that_one_array_has(void **state)
{
    (void)state;
    USE("arrays");
    gil_obj x = doubles(6, 0);
    assert_int(CALL("grid", integer(2), x), 2003);
    assert_int(CALL("grid", integer(6), x), 6001);
    assert_int(CALL("grid", integer(-2), LIST()), -2000);
    assert_int(CALL("grid", integer(0), LIST()), 0);
    assert_raised(CALL("grid", integer(4), x), GIL_VALUE_ERROR,
                  "grid(): argument x has 6 in dimension 0; no n of at least 0 makes it [m*n]");
    assert_raised(CALL("grid", integer(0), x), GIL_VALUE_ERROR,
                  "grid(): argument x has 6 in dimension 0; no n of at least 0 makes it [m*n]");
    assert_raised(CALL("grid", integer(-2), x), GIL_VALUE_ERROR,
                  "grid(): argument x has 6 in dimension 0; no n of at least 0 makes it [m*n]");
    assert_raised(CALL("grid", x), GIL_TYPE_ERROR, "grid(): takes 2 arguments (m and x), got 1");
}

static void test_size__solves_a_difference(void **state)
{
    (void)state;
    USE("arrays");
    gil_obj x = doubles(3, 0);
    assert_int(CALL("beyond", integer(5), x), 5002);
    assert_raised(CALL("beyond", integer(2), x), GIL_VALUE_ERROR,
                  "beyond(): argument x has 3 in dimension 0; no n of at least 0 makes it [m-n]");
    assert_raised(CALL("beyond", integer(INT64_MIN), x), GIL_VALUE_ERROR,
                  "beyond(): argument x has 3 in dimension 0; no n of at least 0 makes it [m-n]");
}

static void test_size__must_fit_its_own_type(void **state)
{
    (void)state;
    USE("arrays");
    assert_int(CALL("tiny", doubles(127, 0)), 127);
    assert_raised(CALL("tiny", doubles(128, 0)), GIL_OVERFLOW_ERROR,
                  "tiny(): argument x has 128 in dimension 0; its size n is int8, which holds at most 127");
}

static void test_size__of_a_result_is_not_negative(void **state)
{
    (void)state;
    USE("arrays");
    gil_obj made = CALL("room", integer(2));
    assert_doubles(made, DOUBLES(0, 0));
    assert_fine(CALL("room", integer(0)));
    assert_raised(CALL("room", integer(-1)), GIL_VALUE_ERROR,
                  "room(): dimension n of result y would be -1; it must be at least 0");
    assert_raised(CALL("land", integer(-2), integer(3)), GIL_VALUE_ERROR,
                  "land(): dimension m*n of result y would be -6; it must be at least 0");
}

static void test_size__of_a_result_does_not_wrap(void **state)
{
    (void)state;
    USE("arrays");
    assert_raised(CALL("land", integer(INT64_MAX), integer(2)), GIL_OVERFLOW_ERROR,
                  "land(): dimension m*n of result y does not fit 64 bits");
    assert_raised(CALL("land", integer(1ll << 32), integer(1ll << 32)), GIL_OVERFLOW_ERROR,
                  "land(): dimension m*n of result y does not fit 64 bits");
    assert_raised(CALL("land", integer(1ll << 31), integer(1ll << 31)), GIL_MEMORY_ERROR,
                  "land(): no memory for an array of 4611686018427387904 float64");
    assert_raised(CALL("room", integer(INT64_MAX)), GIL_MEMORY_ERROR,
                  "room(): no memory for an array of 9223372036854775807 float64");
    assert_doubles(CALL("land", integer(1), integer(1)), DOUBLES(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_size__follows_from_the_array),
        TEST(test_size__lengths_that_disagree_are_compared_in_words),
        TEST(test_size__must_be_whole_and_not_negative),
        TEST(test_size__asks_for_one_of_two_that_one_array_has),
        TEST(test_size__solves_a_difference),
        TEST(test_size__must_fit_its_own_type),
        TEST(test_size__of_a_result_is_not_negative),
        TEST(test_size__of_a_result_does_not_wrap),
    };
    return cmocka_run_group_tests_name("call size", tests, NULL, NULL);
}
