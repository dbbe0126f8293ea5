/* SPDX-License-Identifier: MIT
 *
 * Lists and tuples: made, read, changed, sorted.
 */
#include "check.h"

GIL_MODULE(about_sequences, .doc = "Tests of lists and tuples.");

/* The list of the ints from 0 on. */
static gil_obj ints(gil_env *env, int64_t count)
{
    gil_obj list = gil_list_new(env);
    for (int64_t i = 0; i < count; i++)
        GIL_SCOPE(env)
            if (!gil_list_append(env, list, INT(i)))
                return GIL_NULL;
    return list;
}

/* ---- Made ------------------------------------------------------------------------------------------------- */

TEST(a_list_is_empty_at_first_and_grows)
{
    size_t length = 99;
    gil_obj list;
    TRY(list = gil_list_new(env));
    CHECK_COUNT(gil_type_of(env, list), GIL_OBJ_LIST);
    CHECK(strcmp(gil_type_name(env, list), "list") == 0);
    TRY(gil_length(env, list, &length));
    CHECK_COUNT(length, 0);
    TRY(gil_list_append(env, list, INT(1)));
    TRY(gil_list_append(env, list, TEXT("two")));
    TRY(gil_list_append(env, list, LIST()));
    TRY(gil_sequence_length(env, list, &length));
    CHECK_COUNT(length, 3);
    CHECK_REPR(list, "[1, 'two', []]");
}

TEST(a_tuple_has_the_items_that_it_was_made_of)
{
    gil_obj tuple, item;
    TRY(item = TEXT("kept"));
    TRY(tuple = TUPLE(INT(1), item, NONE()));
    CHECK_COUNT(gil_type_of(env, tuple), GIL_OBJ_TUPLE);
    CHECK_REPR(tuple, "(1, 'kept', None)");
    CHECK_REPR(TUPLE(INT(1)), "(1,)");
    CHECK_REPR(gil_tuple_new(env, 0, NULL), "()");
    CHECK(gil_same(env, gil_sequence_item(env, tuple, 1), item));
}

TEST(what_could_not_be_made_is_put_into_nothing)
{
    gil_obj list;
    TRY(list = gil_list_new(env));
    RAISES(GIL_TYPE_ERROR, gil_list_append(env, list, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_list_insert(env, list, 0, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, TUPLE(INT(1), GIL_NULL));
    gil_raise(env, GIL_KEY_ERROR, "why");
    RAISES(GIL_KEY_ERROR, gil_list_append(env, list, GIL_NULL));
    gil_raise(env, GIL_KEY_ERROR, "why");
    RAISES(GIL_KEY_ERROR, TUPLE(GIL_NULL));
    CHECK_REPR(list, "[]");
}

TEST(a_list_and_a_tuple_are_made_from_what_iterates)
{
    gil_obj list, copy;
    TRY(list = LIST(INT(1), INT(2)));
    TRY(copy = gil_list_from(env, list));
    CHECK(!gil_same(env, list, copy));
    CHECK_REPR(copy, "[1, 2]");
    CHECK_REPR(gil_tuple_from(env, list), "(1, 2)");
    CHECK_REPR(gil_list_from(env, TEXT("a\xc3\xa9")), "['a', '\xc3\xa9']");
    CHECK_REPR(gil_tuple_from(env, BYTES("\x01\x02")), "(1, 2)");
    CHECK_REPR(gil_list_from(env, DICT(TEXT("k"), INT(1), INT(2), INT(3))), "['k', 2]");
    CHECK_REPR(gil_list_from(env, gil_iter(env, list)), "[1, 2]");
    RAISES(GIL_TYPE_ERROR, gil_list_from(env, INT(3)));
    RAISES(GIL_TYPE_ERROR, gil_tuple_from(env, NONE()));
    RAISES(GIL_TYPE_ERROR, gil_list_from(env, GIL_NULL));
}

/* ---- Read ------------------------------------------------------------------------------------------------- */

TEST(an_item_is_read_by_its_index)
{
    gil_obj list, tuple;
    TRY(list = LIST(TEXT("a"), TEXT("b"), TEXT("c")));
    TRY(tuple = gil_tuple_from(env, list));
    CHECK_TEXT(gil_item_get(env, list, INT(0)), "a");
    CHECK_TEXT(gil_item_get(env, list, INT(-1)), "c");
    CHECK_TEXT(gil_item_get(env, tuple, INT(-3)), "a");
    CHECK_TEXT(gil_item_get(env, tuple, BOOL(true)), "b");
    CHECK_TEXT(gil_sequence_item(env, list, 2), "c");
    CHECK_TEXT(gil_sequence_item(env, tuple, 0), "a");
}

TEST(an_index_out_of_range_is_refused)
{
    gil_obj list;
    TRY(list = LIST(TEXT("a"), TEXT("b")));
    RAISES(GIL_INDEX_ERROR, gil_item_get(env, list, INT(2)));
    RAISES(GIL_INDEX_ERROR, gil_item_get(env, list, INT(-3)));
    RAISES(GIL_INDEX_ERROR, gil_item_get(env, list, INT(INT64_MIN)));
    RAISES(GIL_INDEX_ERROR, gil_item_get(env, list, INT(INT64_MAX)));
    RAISES(GIL_INDEX_ERROR, gil_sequence_item(env, list, 2));
    RAISES(GIL_INDEX_ERROR, gil_sequence_item(env, list, SIZE_MAX));
    RAISES(GIL_INDEX_ERROR, gil_item_set(env, list, INT(2), NONE()));
    RAISES(GIL_INDEX_ERROR, gil_item_delete(env, list, INT(-3)));
    CHECK_REPR(list, "['a', 'b']");
}

TEST(an_index_is_an_int)
{
    gil_obj list;
    TRY(list = LIST(TEXT("a")));
    RAISES(GIL_TYPE_ERROR, gil_item_get(env, list, TEXT("0")));
    RAISES(GIL_TYPE_ERROR, gil_item_get(env, list, REAL(0)));
    RAISES(GIL_TYPE_ERROR, gil_item_get(env, list, NONE()));
    RAISES(GIL_TYPE_ERROR, gil_item_get(env, list, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, list, TEXT("0"), NONE()));
    RAISES(GIL_TYPE_ERROR, gil_item_delete(env, list, REAL(0)));
}

TEST(sequence_functions_take_lists_and_tuples_only)
{
    size_t length = 7;
    RAISES(GIL_TYPE_ERROR, gil_sequence_length(env, TEXT("abc"), &length));
    RAISES(GIL_TYPE_ERROR, gil_sequence_length(env, gil_dict_new(env), &length));
    RAISES(GIL_TYPE_ERROR, gil_sequence_item(env, BYTES("abc"), 0));
    RAISES(GIL_TYPE_ERROR, gil_sequence_length(env, GIL_NULL, &length));
    RAISES(GIL_TYPE_ERROR, gil_sequence_item(env, GIL_NULL, 0));
    RAISES(GIL_TYPE_ERROR, gil_length(env, INT(3), &length));
    RAISES(GIL_TYPE_ERROR, gil_length(env, GIL_NULL, &length));
    CHECK_COUNT(length, 7);
}

TEST(an_equal_item_is_in_a_sequence)
{
    bool in = false;
    TRY(gil_contains(env, LIST(INT(1), TEXT("x")), REAL(1), &in));
    CHECK(in);
    TRY(gil_contains(env, TUPLE(INT(1), TEXT("x")), TEXT("y"), &in));
    CHECK(!in);
    TRY(gil_contains(env, LIST(), NONE(), &in));
    CHECK(!in);
    TRY(gil_contains(env, LIST(LIST(INT(1))), LIST(INT(1)), &in));
    CHECK(in);
    RAISES(GIL_TYPE_ERROR, gil_contains(env, INT(5), INT(5), &in));
    RAISES(GIL_TYPE_ERROR, gil_contains(env, LIST(), GIL_NULL, &in));
    RAISES(GIL_TYPE_ERROR, gil_contains(env, GIL_NULL, NONE(), &in));
}

TEST(a_nan_is_in_the_list_that_holds_it)
{
    bool in = false;
    gil_obj nan;
    TRY(nan = gil_to_float(env, TEXT("nan")));
    TRY(gil_contains(env, LIST(nan), nan, &in));
    CHECK(in);
    TRY(gil_contains(env, LIST(nan), gil_to_float(env, TEXT("nan")), &in));
    CHECK(!in);
}

/* ---- Changed ---------------------------------------------------------------------------------------------- */

TEST(items_of_a_list_are_set_and_deleted)
{
    gil_obj list;
    TRY(list = LIST(TEXT("a"), TEXT("b"), TEXT("c")));
    TRY(gil_item_set(env, list, INT(-1), INT(3)));
    TRY(gil_item_set(env, list, INT(0), NONE()));
    CHECK_REPR(list, "[None, 'b', 3]");
    TRY(gil_item_delete(env, list, INT(0)));
    CHECK_REPR(list, "['b', 3]");
    TRY(gil_item_delete(env, list, INT(-1)));
    TRY(gil_item_delete(env, list, INT(0)));
    CHECK_REPR(list, "[]");
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, LIST(NONE()), INT(0), GIL_NULL));
}

TEST(a_tuple_does_not_change)
{
    gil_obj tuple;
    TRY(tuple = TUPLE(INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, tuple, INT(0), INT(2)));
    RAISES(GIL_TYPE_ERROR, gil_item_delete(env, tuple, INT(0)));
    RAISES(GIL_TYPE_ERROR, gil_list_append(env, tuple, INT(2)));
    RAISES(GIL_TYPE_ERROR, gil_list_insert(env, tuple, 0, INT(2)));
    RAISES(GIL_TYPE_ERROR, gil_list_extend(env, tuple, LIST(INT(2))));
    RAISES(GIL_TYPE_ERROR, gil_list_sort(env, tuple));
    RAISES(GIL_TYPE_ERROR, gil_list_reverse(env, tuple));
    CHECK_REPR(tuple, "(1,)");
}

TEST(insert_cuts_its_index_to_the_list)
{
    gil_obj list;
    TRY(list = gil_list_new(env));
    TRY(gil_list_insert(env, list, 100, TEXT("b")));
    TRY(gil_list_insert(env, list, -100, TEXT("a")));
    TRY(gil_list_insert(env, list, INT64_MAX, TEXT("d")));
    TRY(gil_list_insert(env, list, -1, TEXT("c")));
    TRY(gil_list_insert(env, list, INT64_MIN, TEXT("_")));
    TRY(gil_list_insert(env, list, 1, TEXT("-")));
    CHECK_REPR(list, "['_', '-', 'a', 'b', 'c', 'd']");
    RAISES(GIL_TYPE_ERROR, gil_list_insert(env, GIL_NULL, 0, INT(1)));
}

TEST(extend_adds_what_iterates_also_the_list_itself)
{
    gil_obj list;
    TRY(list = LIST(INT(1), INT(2)));
    TRY(gil_list_extend(env, list, list));
    CHECK_REPR(list, "[1, 2, 1, 2]");
    TRY(gil_list_extend(env, list, TEXT("x")));
    TRY(gil_list_extend(env, list, TUPLE()));
    TRY(gil_list_extend(env, list, DICT(INT(7), NONE())));
    CHECK_REPR(list, "[1, 2, 1, 2, 'x', 7]");
    RAISES(GIL_TYPE_ERROR, gil_list_extend(env, list, INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_list_extend(env, list, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_list_extend(env, GIL_NULL, list));
}

TEST(a_list_holds_many_items)
{
    size_t length = 0;
    gil_obj list;
    TRY(list = ints(env, 300));
    TRY(gil_length(env, list, &length));
    CHECK_COUNT(length, 300);
    CHECK_REPR(gil_item_get(env, list, INT(-1)), "299");
    while (length > 1) {
        TRY(gil_item_delete(env, list, INT(0)));
        length--;
    }
    CHECK_REPR(list, "[299]");
}

TEST(concat_and_repeat_make_new_ones)
{
    gil_obj list;
    TRY(list = LIST(INT(1)));
    CHECK_REPR(gil_concat(env, list, LIST(INT(2), INT(3))), "[1, 2, 3]");
    CHECK_REPR(gil_concat(env, list, list), "[1, 1]");
    CHECK_REPR(gil_concat(env, TUPLE(INT(1)), TUPLE()), "(1,)");
    CHECK_TEXT(gil_concat(env, TEXT("a"), TEXT("b")), "ab");
    CHECK_REPR(gil_concat(env, BYTES("a"), BYTES("b")), "b'ab'");
    CHECK_REPR(gil_repeat(env, list, 3), "[1, 1, 1]");
    CHECK_REPR(gil_repeat(env, TUPLE(INT(1), INT(2)), 2), "(1, 2, 1, 2)");
    CHECK_REPR(gil_repeat(env, list, 0), "[]");
    CHECK_TEXT(gil_repeat(env, TEXT("ab"), 2), "abab");
    CHECK_REPR(gil_repeat(env, BYTES("a"), 0), "b''");
    CHECK_REPR(list, "[1]");
}

TEST(concat_and_repeat_refuse_what_does_not_go_together)
{
    RAISES(GIL_TYPE_ERROR, gil_concat(env, LIST(), TUPLE()));
    RAISES(GIL_TYPE_ERROR, gil_concat(env, TEXT("a"), BYTES("b")));
    RAISES(GIL_TYPE_ERROR, gil_concat(env, INT(1), INT(2)));
    RAISES(GIL_TYPE_ERROR, gil_concat(env, LIST(), GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_concat(env, GIL_NULL, LIST()));
    RAISES(GIL_TYPE_ERROR, gil_repeat(env, gil_dict_new(env), 2));
    RAISES(GIL_TYPE_ERROR, gil_repeat(env, GIL_NULL, 2));
}

TEST(repeating_beyond_all_memory_is_refused)
{
    gil_obj list;
    TRY(list = LIST(INT(1), INT(2), INT(3), INT(4)));
    RAISES(GIL_MEMORY_ERROR, gil_repeat(env, list, SIZE_MAX / 4 + 2));
    CHECK_REPR(list, "[1, 2, 3, 4]");
}

/* ---- Sorted ----------------------------------------------------------------------------------------------- */

TEST(sort_orders_by_value)
{
    gil_obj list;
    TRY(list = LIST(INT(3), REAL(1.5), BOOL(true), INT(-2), REAL(2)));
    TRY(gil_list_sort(env, list));
    CHECK_REPR(list, "[-2, True, 1.5, 2.0, 3]");
    TRY(list = LIST(TEXT("b"), TEXT("\xc3\xa9"), TEXT(""), TEXT("a"), TEXT("Z")));
    TRY(gil_list_sort(env, list));
    CHECK_REPR(list, "['', 'Z', 'a', 'b', '\xc3\xa9']");
    TRY(list = LIST());
    TRY(gil_list_sort(env, list));
    CHECK_REPR(list, "[]");
}

TEST(sort_is_stable)
{
    gil_obj list, pairs[4];
    TRY(list = gil_list_new(env));
    TRY(gil_list_extend(env, list, TUPLE(INT(1), REAL(1), BOOL(true), INT(0), REAL(0), BOOL(false))));
    TRY(gil_list_sort(env, list));
    CHECK_REPR(list, "[0, 0.0, False, 1, 1.0, True]");
    for (int i = 0; i < 4; i++)
        TRY(pairs[i] = TUPLE(INT(i % 2), INT(-i)));
    TRY(list = gil_list_from(env, gil_tuple_new(env, 4, pairs)));
    TRY(gil_list_sort(env, list));
    CHECK_REPR(list, "[(0, -2), (0, 0), (1, -3), (1, -1)]");
}

TEST(sort_of_many_is_right)
{
    gil_obj list;
    bool right = true, less = false;
    TRY(list = gil_list_new(env));
    for (uint32_t i = 0, seed = 1; i < 300; i++, seed = seed * 1103515245 + 12345)
        GIL_SCOPE(env)
            TRY(gil_list_append(env, list, INT(seed >> 16 & 127)));
    TRY(gil_list_sort(env, list));
    for (size_t i = 1; i < 300; i++)
        GIL_SCOPE(env) {
            TRY(gil_compare(env, gil_sequence_item(env, list, i), GIL_LT, gil_sequence_item(env, list, i - 1), &less));
            right &= !less;
        }
    CHECK(right);
}

TEST(sort_without_an_order_loses_no_item)
{
    size_t length = 0;
    bool in = true;
    gil_obj list;
    TRY(list = LIST(INT(2), TEXT("x"), INT(1), NONE()));
    RAISES(GIL_TYPE_ERROR, gil_list_sort(env, list));
    TRY(gil_length(env, list, &length));
    CHECK_COUNT(length, 4);
    TRY(gil_contains(env, list, TEXT("x"), &in));
    CHECK(in);
    TRY(gil_contains(env, list, NONE(), &in));
    CHECK(in);
    RAISES(GIL_TYPE_ERROR, gil_list_sort(env, GIL_NULL));
}

TEST(reverse_turns_a_list_round)
{
    gil_obj list;
    TRY(list = LIST(INT(1), INT(2), INT(3)));
    TRY(gil_list_reverse(env, list));
    CHECK_REPR(list, "[3, 2, 1]");
    TRY(list = gil_list_new(env));
    TRY(gil_list_reverse(env, list));
    CHECK_REPR(list, "[]");
    RAISES(GIL_TYPE_ERROR, gil_list_reverse(env, GIL_NULL));
}

/* ---- Deep ------------------------------------------------------------------------------------------------- */

/* Lists in lists, so many deep. */
static gil_obj nest(gil_env *env, int depth)
{
    gil_obj list = gil_list_new(env);
    for (int i = 0; i < depth; i++) {
        gil_obj around = gil_list_new(env);
        if (!gil_list_append(env, around, list))
            return GIL_NULL;
        list = around;
    }
    return list;
}

TEST(what_is_too_deep_is_refused_and_not_a_crash)
{
    bool same = false;
    int depth = check_native(env) ? 600 : 400000; /* Python's limit depends on its version */
    gil_obj a = GIL_NULL, b = GIL_NULL;
    GIL_SCOPE(env)
        TRY(a = gil_escape(env, nest(env, depth)));
    GIL_SCOPE(env)
        TRY(b = gil_escape(env, nest(env, depth)));
    RAISES(GIL_RECURSION_ERROR, gil_compare(env, a, GIL_EQ, b, &same));
    RAISES(GIL_RECURSION_ERROR, gil_to_repr(env, a));
}
