/* SPDX-License-Identifier: MIT */
#include "fixture.h"

static void test_result__of_nothing_is_none(void **state)
{
    (void)state;
    USE("values");
    assert_none(CALL("nothing"));
}

static void test_result__one_value_stands_alone(void **state)
{
    (void)state;
    USE("arrays");
    assert_real(CALL("one_result", real(2.5)), 5);
    assert_doubles(CALL("edges", LIST(real(2), real(4))), DOUBLES(1, 3, 2));
    assert_doubles(CALL("edges", LIST()), DOUBLES(0));
}

static void test_result__several_are_a_tuple_in_the_order_of_the_prototype(void **state)
{
    (void)state;
    USE("arrays");
    gil_obj both = CALL("divide", integer(17), integer(5));
    size_t length = 0;
    assert_fine(both);
    assert_int_equal(gil_type_of(env, both), GIL_OBJ_TUPLE);
    assert_true(gil_sequence_length(env, both, &length));
    assert_int_equal(length, 2);
    assert_int(item(both, 0), 3);
    assert_int(item(both, 1), 2);
}

static void test_result__a_matrix_comes_back_beside_a_number(void **state)
{
    (void)state;
    USE("arrays");
    gil_obj a = LIST(LIST(real(1), real(2)), LIST(real(3), real(4)), LIST(real(5), real(6)));
    gil_obj b = LIST(LIST(real(1), real(0), real(2), real(0)), LIST(real(0), real(1), real(0), real(2)));
    gil_obj both = CALL("product", a, b);
    gil_buffer c;
    assert_fine(both);
    assert_real(item(both, 0), 1 + 4 + 10);
    assert_true(gil_buffer_pin(env, item(both, 1), &c));
    assert_int_equal(c.ndim, 2);
    assert_int_equal(c.shape[0], 3);
    assert_int_equal(c.shape[1], 4);
    const double wanted[] = {1, 2, 2, 4, 3, 4, 6, 8, 5, 6, 10, 12};
    assert_memory_equal(c.data, wanted, sizeof wanted);
    gil_buffer_release(env, &c);
}

static void test_result__what_a_kernel_leaves_alone_is_zero(void **state)
{
    (void)state;
    USE("arrays");
    gil_obj all = CALL("untouched");
    assert_int(item(all, 0), 0);
    assert_complex(item(all, 1), 0, 0);
    assert_doubles(item(all, 2), DOUBLES(0, 0, 0));
}

static void test_result__outlives_the_call_and_its_arguments(void **state)
{
    (void)state;
    USE("arrays");
    gil_obj kept = gil_list_new(env);
    GIL_SCOPE(env)
        for (int i = 0; i < 50; i++)
            assert_true(gil_list_append(env, kept, CALL("edges", doubles(1, i))));
    assert_doubles(item(kept, 49), DOUBLES(24.5, 24.5));
}

static void test_result__is_dropped_when_the_kernel_fails(void **state)
{
    (void)state;
    USE("kernels");
    long live = gil__memory_live();
    for (int i = 0; i < 20; i++)
        GIL_SCOPE(env)
            assert_raised(CALL("fail", integer(GIL_VALUE_ERROR), text("no")), GIL_VALUE_ERROR, "no");
    long after = gil__memory_live();
    assert_true(after - live <= 1); /* the task, kept for the next call */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_result__of_nothing_is_none),
        TEST(test_result__one_value_stands_alone),
        TEST(test_result__several_are_a_tuple_in_the_order_of_the_prototype),
        TEST(test_result__a_matrix_comes_back_beside_a_number),
        TEST(test_result__what_a_kernel_leaves_alone_is_zero),
        TEST(test_result__outlives_the_call_and_its_arguments),
        TEST(test_result__is_dropped_when_the_kernel_fails),
    };
    return cmocka_run_group_tests_name("call result", tests, NULL, NULL);
}
