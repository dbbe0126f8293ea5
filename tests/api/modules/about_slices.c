/* SPDX-License-Identifier: MIT
 *
 * Slices of list, tuple, str, bytes: taken, set, deleted.
 */
#include "check.h"

GIL_MODULE(about_slices, .doc = "Tests of slices.");

static gil_obj digits(gil_env *env)
{
    return LIST(INT(0), INT(1), INT(2), INT(3), INT(4));
}

TEST(a_slice_is_what_stands_between)
{
    gil_obj list;
    TRY(list = digits(env));
    CHECK_REPR(gil_slice(env, list, 1, 3, 1), "[1, 2]");
    CHECK_REPR(gil_slice(env, list, 0, 5, 2), "[0, 2, 4]");
    CHECK_REPR(gil_slice(env, list, -2, 5, 1), "[3, 4]");
    CHECK_REPR(gil_slice(env, list, 3, 1, 1), "[]");
    CHECK_REPR(gil_slice(env, list, 3, 0, -1), "[3, 2, 1]");
    CHECK_REPR(list, "[0, 1, 2, 3, 4]");
}

TEST(a_slice_is_of_the_type_that_it_was_cut_from)
{
    CHECK_REPR(gil_slice(env, TUPLE(INT(1), INT(2)), 0, 1, 1), "(1,)");
    CHECK_REPR(gil_slice(env, TEXT("abcd"), 1, 3, 1), "'bc'");
    CHECK_REPR(gil_slice(env, BYTES("abcd"), 3, INT64_MIN, -2), "b'db'");
}

TEST(a_whole_slice_of_a_list_is_another_list)
{
    gil_obj list, copy;
    TRY(list = digits(env));
    TRY(copy = gil_slice(env, list, 0, INT64_MAX, 1));
    CHECK(!gil_same(env, list, copy));
    CHECK_REPR(copy, "[0, 1, 2, 3, 4]");
}

TEST(bounds_out_of_range_are_cut)
{
    gil_obj list;
    TRY(list = digits(env));
    CHECK_REPR(gil_slice(env, list, -100, 100, 1), "[0, 1, 2, 3, 4]");
    CHECK_REPR(gil_slice(env, list, INT64_MIN, INT64_MAX, 1), "[0, 1, 2, 3, 4]");
    CHECK_REPR(gil_slice(env, list, INT64_MAX, INT64_MIN, -1), "[4, 3, 2, 1, 0]");
    CHECK_REPR(gil_slice(env, list, INT64_MIN, INT64_MAX, -1), "[]");
    CHECK_REPR(gil_slice(env, list, 5, 10, 1), "[]");
    CHECK_REPR(gil_slice(env, list, 0, INT64_MAX, INT64_MAX), "[0]");
    CHECK_REPR(gil_slice(env, list, INT64_MAX, INT64_MIN, INT64_MIN), "[4]");
    CHECK_REPR(gil_slice(env, list, 1, INT64_MAX, INT64_MAX - 1), "[1]");
    CHECK_REPR(gil_slice(env, list, -1, -100, -2), "[4, 2, 0]");
}

TEST(a_step_of_zero_is_refused)
{
    RAISES(GIL_VALUE_ERROR, gil_slice(env, digits(env), 0, 1, 0));
    RAISES(GIL_VALUE_ERROR, gil_slice(env, TEXT("abc"), 0, 1, 0));
    RAISES(GIL_VALUE_ERROR, gil_slice(env, TUPLE(), 0, 1, 0));
}

TEST(what_is_no_sequence_has_no_slices)
{
    RAISES(GIL_TYPE_ERROR, gil_slice(env, gil_dict_new(env), 0, 1, 1));
    RAISES(GIL_TYPE_ERROR, gil_slice(env, INT(1), 0, 1, 1));
    RAISES(GIL_TYPE_ERROR, gil_slice(env, GIL_NULL, 0, 1, 1));
}

TEST(a_slice_is_set_to_fewer_or_more_items)
{
    gil_obj list;
    TRY(list = digits(env));
    TRY(gil_slice_set(env, list, 1, 4, LIST(TEXT("x"))));
    CHECK_REPR(list, "[0, 'x', 4]");
    TRY(gil_slice_set(env, list, 1, 2, TUPLE(INT(7), INT(8), INT(9))));
    CHECK_REPR(list, "[0, 7, 8, 9, 4]");
    TRY(gil_slice_set(env, list, 2, 2, LIST(NONE())));
    CHECK_REPR(list, "[0, 7, None, 8, 9, 4]");
    TRY(gil_slice_set(env, list, 3, 1, LIST(BOOL(true)))); /* stop before start: they go in at start */
    CHECK_REPR(list, "[0, 7, None, True, 8, 9, 4]");
    TRY(gil_slice_set(env, list, -1, INT64_MAX, LIST()));
    CHECK_REPR(list, "[0, 7, None, True, 8, 9]");
    TRY(gil_slice_set(env, list, 100, 200, LIST(TEXT("end"))));
    CHECK_REPR(list, "[0, 7, None, True, 8, 9, 'end']");
}

TEST(a_slice_is_taken_away)
{
    gil_obj list;
    TRY(list = digits(env));
    TRY(gil_slice_set(env, list, 1, -1, GIL_NULL));
    CHECK_REPR(list, "[0, 4]");
    TRY(gil_slice_set(env, list, 1, 0, GIL_NULL));
    CHECK_REPR(list, "[0, 4]");
    TRY(gil_slice_set(env, list, INT64_MIN, INT64_MAX, GIL_NULL));
    CHECK_REPR(list, "[]");
    TRY(gil_slice_set(env, list, 0, 5, GIL_NULL));
    CHECK_REPR(list, "[]");
}

TEST(a_list_may_be_put_into_itself)
{
    gil_obj list;
    TRY(list = LIST(INT(1), INT(2), INT(3)));
    TRY(gil_slice_set(env, list, 1, 2, list));
    CHECK_REPR(list, "[1, 1, 2, 3, 3]");
    TRY(gil_slice_set(env, list, 0, INT64_MAX, list));
    CHECK_REPR(list, "[1, 1, 2, 3, 3]");
}

TEST(only_lists_have_slices_that_are_set)
{
    gil_obj list;
    TRY(list = LIST(INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_slice_set(env, TUPLE(INT(1)), 0, 1, LIST()));
    RAISES(GIL_TYPE_ERROR, gil_slice_set(env, gil_dict_new(env), 0, 1, LIST()));
    RAISES(GIL_TYPE_ERROR, gil_slice_set(env, GIL_NULL, 0, 1, LIST()));
    RAISES(GIL_TYPE_ERROR, gil_slice_set(env, list, 0, 1, INT(5)));
    CHECK_REPR(list, "[1]");
}

TEST(items_that_could_not_be_made_take_nothing_away)
{
    gil_obj list;
    TRY(list = LIST(INT(1)));
    gil_raise(env, GIL_KEY_ERROR, "why");
    RAISES(GIL_KEY_ERROR, gil_slice_set(env, list, 0, 1, GIL_NULL));
    CHECK_REPR(list, "[1]");
}

TEST(a_long_text_is_cut_by_code_points)
{
    gil_obj text, cut;
    size_t length = 0;
    TRY(text = gil_repeat(env,
                          TEXT("\xe2\x82\xac"
                               "a"),
                          500));
    TRY(cut = gil_slice(env, text, 1, INT64_MAX, 2));
    TRY(gil_length(env, cut, &length));
    CHECK_COUNT(length, 500);
    CHECK_TEXT(gil_slice(env, cut, 497, INT64_MAX, 1), "aaa");
    CHECK_TEXT(gil_slice(env, text, -2, INT64_MAX, 1), "\xe2\x82\xac"
                                                       "a");
}
