/* SPDX-License-Identifier: MIT
 *
 * Dicts: their keys, their order, what changes them.
 */
#include "check.h"

GIL_MODULE(about_dicts, .doc = "Tests of dicts.");

static gil_obj three(gil_env *env)
{
    return DICT(TEXT("one"), INT(1), TEXT("two"), INT(2), TEXT("three"), INT(3));
}

/* ---- Read and written ------------------------------------------------------------------------------------- */

TEST(a_dict_is_empty_at_first)
{
    size_t length = 99;
    gil_obj dict;
    TRY(dict = gil_dict_new(env));
    CHECK_COUNT(gil_type_of(env, dict), GIL_OBJ_DICT);
    CHECK(strcmp(gil_type_name(env, dict), "dict") == 0);
    TRY(gil_length(env, dict, &length));
    CHECK_COUNT(length, 0);
    CHECK_REPR(dict, "{}");
}

TEST(dict_keeps_the_order_in_which_keys_came)
{
    gil_obj dict;
    TRY(dict = three(env));
    CHECK_REPR(dict, "{'one': 1, 'two': 2, 'three': 3}");
    TRY(gil_item_set(env, dict, TEXT("one"), TEXT("again"))); /* a known key keeps its place */
    TRY(gil_item_delete(env, dict, TEXT("two")));
    TRY(gil_item_set(env, dict, TEXT("two"), INT(22))); /* one that came back is the last */
    CHECK_REPR(dict, "{'one': 'again', 'three': 3, 'two': 22}");
}

TEST(a_value_is_found_by_an_equal_key)
{
    gil_obj dict;
    TRY(dict = DICT(INT(1), TEXT("int"), TUPLE(INT(1), TEXT("a")), TEXT("tuple"), BYTES("b"), TEXT("bytes")));
    CHECK_TEXT(gil_item_get(env, dict, REAL(1)), "int");
    CHECK_TEXT(gil_item_get(env, dict, BOOL(true)), "int");
    CHECK_TEXT(gil_item_get(env, dict, gil_complex_new(env, 1, 0)), "int");
    CHECK_TEXT(gil_item_get(env, dict, TUPLE(REAL(1), TEXT("a"))), "tuple");
    CHECK_TEXT(gil_item_get(env, dict, BYTES("b")), "bytes");
    RAISES(GIL_KEY_ERROR, gil_item_get(env, dict, TEXT("b")));
    TRY(gil_item_set(env, dict, REAL(1), TEXT("float"))); /* the key stays as it came */
    CHECK_REPR(gil_dict_keys(env, dict), "[1, (1, 'a'), b'b']");
}

TEST(a_missing_key_is_an_error)
{
    gil_obj dict;
    TRY(dict = three(env));
    RAISES(GIL_KEY_ERROR, gil_item_get(env, dict, TEXT("four")));
    RAISES(GIL_KEY_ERROR, gil_item_delete(env, dict, TEXT("four")));
    RAISES(GIL_KEY_ERROR, gil_item_get(env, gil_dict_new(env), NONE()));
    CHECK_REPR(dict, "{'one': 1, 'two': 2, 'three': 3}");
}

TEST(what_can_change_is_no_key)
{
    bool in = false;
    gil_obj dict, value;
    TRY(dict = three(env));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, dict, LIST(), INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_item_get(env, dict, gil_dict_new(env)));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, dict, TUPLE(LIST()), INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_dict_find(env, dict, LIST(), &value));
    RAISES(GIL_TYPE_ERROR, gil_item_delete(env, dict, LIST()));
    RAISES(GIL_TYPE_ERROR, gil_contains(env, dict, LIST(), &in));
    RAISES(GIL_TYPE_ERROR, gil_dict_set_default(env, dict, LIST(), INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, dict, gil_array_new(env, GIL_INT8, 1, (size_t[]){1}), INT(1)));
    CHECK_REPR(dict, "{'one': 1, 'two': 2, 'three': 3}");
}

TEST(nothing_is_no_key_and_no_value)
{
    gil_obj dict, value;
    TRY(dict = gil_dict_new(env));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, dict, GIL_NULL, INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, dict, INT(1), GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_item_get(env, dict, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_item_delete(env, dict, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_dict_find(env, dict, GIL_NULL, &value));
    RAISES(GIL_TYPE_ERROR, gil_dict_set_default(env, dict, INT(1), GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_dict_set_default(env, dict, GIL_NULL, INT(1)));
    CHECK_REPR(dict, "{}");
}

TEST(find_says_whether_a_key_is_there)
{
    gil_obj dict, value;
    TRY(dict = three(env));
    TRY(gil_dict_find(env, dict, TEXT("two"), &value));
    CHECK_REPR(value, "2");
    TRY(gil_dict_find(env, dict, TEXT("four"), &value));
    CHECK(gil_is_null(value));
    RAISES(GIL_TYPE_ERROR, gil_dict_find(env, LIST(), TEXT("two"), &value));
    RAISES(GIL_TYPE_ERROR, gil_dict_find(env, GIL_NULL, TEXT("two"), &value));
}

TEST(text_is_a_key_of_its_own_kind)
{
    gil_obj dict, value;
    TRY(dict = gil_dict_new(env));
    TRY(gil_dict_set_text(env, dict, "key", INT(1)));
    TRY(gil_dict_find_text(env, dict, "key", &value));
    CHECK_REPR(value, "1");
    TRY(gil_dict_find_text(env, dict, "no key", &value));
    CHECK(gil_is_null(value));
    RAISES(GIL_UNICODE_ERROR, gil_dict_set_text(env, dict, "\xff", INT(1)));
    RAISES(GIL_UNICODE_ERROR, gil_dict_find_text(env, dict, "\xff", &value));
    CHECK_REPR(dict, "{'key': 1}");
}

TEST(set_default_sets_only_what_is_missing)
{
    gil_obj dict;
    TRY(dict = three(env));
    CHECK_REPR(gil_dict_set_default(env, dict, TEXT("one"), INT(9)), "1");
    CHECK_REPR(gil_dict_set_default(env, dict, TEXT("four"), INT(4)), "4");
    CHECK_REPR(dict, "{'one': 1, 'two': 2, 'three': 3, 'four': 4}");
    RAISES(GIL_TYPE_ERROR, gil_dict_set_default(env, LIST(), INT(0), INT(1)));
}

TEST(a_key_is_in_a_dict_a_value_is_not)
{
    bool in = false;
    gil_obj dict;
    TRY(dict = three(env));
    TRY(gil_contains(env, dict, TEXT("one"), &in));
    CHECK(in);
    TRY(gil_contains(env, dict, INT(1), &in));
    CHECK(!in);
}

/* ---- All of it -------------------------------------------------------------------------------------------- */

TEST(keys_values_and_items_are_new_lists)
{
    gil_obj dict, keys;
    TRY(dict = three(env));
    TRY(keys = gil_dict_keys(env, dict));
    CHECK_REPR(keys, "['one', 'two', 'three']");
    CHECK_REPR(gil_dict_values(env, dict), "[1, 2, 3]");
    CHECK_REPR(gil_dict_items(env, dict), "[('one', 1), ('two', 2), ('three', 3)]");
    TRY(gil_list_append(env, keys, NONE()));
    CHECK_REPR(dict, "{'one': 1, 'two': 2, 'three': 3}");
    CHECK_REPR(gil_dict_items(env, gil_dict_new(env)), "[]");
}

TEST(next_goes_through_a_dict_in_order)
{
    gil_obj dict, key = GIL_NULL, value = GIL_NULL, seen;
    size_t position = 0, count = 0;
    TRY(dict = three(env));
    TRY(gil_item_delete(env, dict, TEXT("one")));
    TRY(seen = gil_list_new(env));
    for (;;) {
        TRY(gil_dict_next(env, dict, &position, &key, &value));
        if (gil_is_null(key))
            break;
        TRY(gil_list_append(env, seen, key));
        TRY(gil_list_append(env, seen, value));
    }
    CHECK_REPR(seen, "['two', 2, 'three', 3]");
    for (position = 0;; count++) {
        TRY(gil_dict_next(env, dict, &position, &key, NULL));
        if (gil_is_null(key))
            break;
    }
    CHECK_COUNT(count, 2);
    RAISES(GIL_TYPE_ERROR, gil_dict_next(env, LIST(), &position, &key, &value));
}

TEST(values_may_be_set_while_going_through_a_dict)
{
    gil_obj dict, key = GIL_NULL, value = GIL_NULL;
    size_t position = 0;
    TRY(dict = three(env));
    for (;;) {
        TRY(gil_dict_next(env, dict, &position, &key, &value));
        if (gil_is_null(key))
            break;
        TRY(gil_item_set(env, dict, key, BOOL(true)));
    }
    CHECK_REPR(dict, "{'one': True, 'two': True, 'three': True}");
}

TEST(update_takes_over_every_key)
{
    gil_obj dict;
    TRY(dict = three(env));
    TRY(gil_dict_update(env, dict, DICT(TEXT("two"), NONE(), TEXT("four"), INT(4))));
    CHECK_REPR(dict, "{'one': 1, 'two': None, 'three': 3, 'four': 4}");
    TRY(gil_dict_update(env, dict, dict));
    TRY(gil_dict_update(env, dict, gil_dict_new(env)));
    CHECK_REPR(dict, "{'one': 1, 'two': None, 'three': 3, 'four': 4}");
}

TEST(a_copy_is_another_dict)
{
    gil_obj dict, copy;
    TRY(dict = three(env));
    TRY(copy = gil_dict_copy(env, dict));
    TRY(gil_item_delete(env, copy, TEXT("one")));
    CHECK_REPR(copy, "{'two': 2, 'three': 3}");
    CHECK_REPR(dict, "{'one': 1, 'two': 2, 'three': 3}");
}

TEST(clear_leaves_nothing)
{
    gil_obj dict;
    TRY(dict = three(env));
    TRY(gil_dict_clear(env, dict));
    CHECK_REPR(dict, "{}");
    TRY(gil_dict_clear(env, dict));
    TRY(gil_item_set(env, dict, INT(1), INT(2)));
    CHECK_REPR(dict, "{1: 2}");
}

TEST(dict_functions_take_dicts_only)
{
    gil_obj list, dict;
    TRY(list = gil_list_new(env));
    TRY(dict = gil_dict_new(env));
    RAISES(GIL_TYPE_ERROR, gil_dict_keys(env, list));
    RAISES(GIL_TYPE_ERROR, gil_dict_values(env, list));
    RAISES(GIL_TYPE_ERROR, gil_dict_items(env, list));
    RAISES(GIL_TYPE_ERROR, gil_dict_copy(env, list));
    RAISES(GIL_TYPE_ERROR, gil_dict_clear(env, list));
    RAISES(GIL_TYPE_ERROR, gil_dict_update(env, list, dict));
    RAISES(GIL_TYPE_ERROR, gil_dict_update(env, dict, list));
    RAISES(GIL_TYPE_ERROR, gil_dict_keys(env, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_dict_values(env, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_dict_items(env, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_dict_copy(env, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_dict_clear(env, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_dict_update(env, dict, GIL_NULL));
}

/* ---- Large, and strange ------------------------------------------------------------------------------------ */

TEST(a_dict_holds_many_keys)
{
    size_t length = 0;
    gil_obj dict;
    TRY(dict = gil_dict_new(env));
    for (int i = 0; i < 200; i++)
        GIL_SCOPE(env)
            TRY(gil_item_set(env, dict, INT(i * 64), INT(i)));
    for (int i = 0; i < 200; i += 2)
        GIL_SCOPE(env)
            TRY(gil_item_delete(env, dict, INT(i * 64)));
    TRY(gil_length(env, dict, &length));
    CHECK_COUNT(length, 100);
    for (int i = 1; i < 200; i += 2)
        GIL_SCOPE(env) {
            int64_t value = 0;
            TRY(gil_int_get(env, gil_item_get(env, dict, INT(i * 64)), &value));
            CHECK_COUNT(value, i);
        }
    RAISES(GIL_KEY_ERROR, gil_item_get(env, dict, INT(64 * 100)));
}

typedef struct emptied {
    gil_env *env;
    gil_obj dict;
} emptied;

static void empty(emptied *it)
{
    gil_dict_clear(it->env, it->dict);
}

/* What holds itself would never end: it is emptied however the test ends. */
TEST(what_holds_itself_is_shown_with_dots)
{
    gil_obj dict, list;
    TRY(dict = gil_dict_new(env));
    emptied it __attribute__((cleanup(empty), unused)) = {env, dict};
    TRY(list = LIST(dict));
    TRY(gil_item_set(env, dict, TEXT("self"), dict));
    CHECK_REPR(dict, "{'self': {...}}");
    TRY(gil_item_set(env, dict, TEXT("list"), list));
    CHECK_REPR(list, "[{'self': {...}, 'list': [...]}]");
}
