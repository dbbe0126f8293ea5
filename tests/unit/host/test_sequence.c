/* SPDX-License-Identifier: MIT */
#include "crew.h"

static size_t length_of(gil_obj sequence)
{
    size_t length = 99;
    assert_true(gil_sequence_length(env, sequence, &length));
    return length;
}

static void test_sequence__a_list_grows(void **state)
{
    (void)state;
    gil_obj list = gil_list_new(env);
    assert_int_equal(length_of(list), 0);
    for (int i = 0; i < 1000; i++)
        GIL_SCOPE(env)
            assert_true(gil_list_append(env, list, integer(i)));
    assert_int_equal(length_of(list), 1000);
    assert_int(item(list, 0), 0);
    assert_int(item(list, 999), 999);
    assert_int_equal(gil_type_of(env, list), GIL_OBJ_LIST);
}

static void test_sequence__a_tuple_keeps_its_items(void **state)
{
    (void)state;
    gil_obj tuple = TUPLE(integer(1), text("two"), none());
    assert_int_equal(length_of(tuple), 3);
    assert_int(item(tuple, 0), 1);
    assert_text(item(tuple, 1), "two");
    assert_none(item(tuple, 2));
    assert_int_equal(length_of(gil_tuple_new(env, 0, NULL)), 0);
    assert_false(gil_list_append(env, tuple, none()));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "tuple is not list");
}

static void test_sequence__an_index_behind_the_end_is_refused(void **state)
{
    (void)state;
    gil_obj list = LIST(integer(1), integer(2));
    assert_raised(gil_sequence_item(env, list, 2), GIL_INDEX_ERROR, "index 2 of a list of 2");
    assert_raised(gil_sequence_item(env, list, SIZE_MAX), GIL_INDEX_ERROR, "index 18446744073709551615 of a list of 2");
    assert_raised(gil_sequence_item(env, TUPLE(), 0), GIL_INDEX_ERROR, "index 0 of a tuple of 0");
}

static void test_sequence__holds_no_null(void **state)
{
    (void)state;
    gil_obj list = gil_list_new(env);
    assert_false(gil_list_append(env, list, GIL_NULL));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "GIL_NULL is no object");
    assert_raised(gil_tuple_new(env, 2, OBJECTS(none(), GIL_NULL)), GIL_TYPE_ERROR, "GIL_NULL is no object");
    assert_int_equal(length_of(list), 0);
}

static void test_sequence__other_types_have_no_items(void **state)
{
    (void)state;
    size_t length = 5;
    assert_false(gil_sequence_length(env, text("abc"), &length));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "str is neither list nor tuple");
    assert_int_equal(length, 5);
    assert_raised(gil_sequence_item(env, GIL_NULL, 0), GIL_TYPE_ERROR, "GIL_NULL is no object");
}

static void test_sequence__items_outlive_it(void **state)
{
    (void)state;
    gil_obj kept = gil_list_new(env);
    GIL_SCOPE(env) {
        gil_obj inner = LIST(text("inner"));
        assert_true(gil_list_append(env, kept, item(inner, 0)));
    }
    assert_text(item(kept, 0), "inner");
}

static void test_sequence__very_deep_dies_without_a_deep_stack(void **state)
{
    (void)state;
    long live = gil__memory_live();
    GIL_SCOPE(env) {
        gil_obj outermost = gil_tuple_new(env, 0, NULL);
        for (int i = 0; i < 300000 && !gil_is_null(outermost); i++) {
            gil_obj next = gil_list_new(env);
            assert_true(gil_list_append(env, next, outermost));
            outermost = i % 2 ? next : gil_tuple_new(env, 1, &next);
        }
    }
    assert_true(gil__memory_live() - live <= 1);
}

static void append(gil_env *mine, crew_member *member)
{
    for (int i = 0; i < 500; i++)
        GIL_SCOPE(mine) {
            member->wrong += !gil_list_append(mine, *(gil_obj *)member->data, gil_int_new(mine, i));
            gil_checkpoint(mine);
        }
}

static void test_sequence__a_list_grows_from_eight_threads(void **state)
{
    (void)state;
    gil_obj list = gil_list_new(env);
    assert_int_equal(crew_run(8, append, &list), 0);
    assert_int_equal(length_of(list), 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sequence__a_list_grows),
        TEST(test_sequence__a_tuple_keeps_its_items),
        TEST(test_sequence__an_index_behind_the_end_is_refused),
        TEST(test_sequence__holds_no_null),
        TEST(test_sequence__other_types_have_no_items),
        TEST(test_sequence__items_outlive_it),
        TEST(test_sequence__very_deep_dies_without_a_deep_stack),
        TEST(test_sequence__a_list_grows_from_eight_threads),
    };
    return cmocka_run_group_tests_name("host sequence", tests, NULL, NULL);
}
