/* SPDX-License-Identifier: MIT
 *
 * Iteration over whatever has items. Resources that are gone through stand in about_resources.
 */
#include "check.h"

GIL_MODULE(about_iteration, .doc = "Tests of iteration.");

/* What iterating gives, as a list, by the loop that object.h shows. */
static gil_obj gather(gil_env *env, gil_obj object)
{
    gil_obj items = gil_iter(env, object), item = GIL_NULL, list = gil_list_new(env);
    while (gil_iter_next(env, items, &item) && !gil_is_null(item))
        if (!gil_list_append(env, list, item))
            return GIL_NULL;
    return gil_error_pending(env) ? GIL_NULL : list;
}

TEST(every_container_gives_its_items_in_order)
{
    CHECK_REPR(gather(env, LIST(INT(1), INT(2))), "[1, 2]");
    CHECK_REPR(gather(env, TUPLE(INT(1), INT(2))), "[1, 2]");
    CHECK_REPR(gather(env, DICT(TEXT("b"), INT(1), TEXT("a"), INT(2))), "['b', 'a']");
    CHECK_REPR(gather(env, TEXT("a\xe2\x82\xac")), "['a', '\xe2\x82\xac']");
    CHECK_REPR(gather(env, BYTES("\x01\xfe")), "[1, 254]");
}

TEST(what_is_empty_gives_nothing)
{
    CHECK_REPR(gather(env, LIST()), "[]");
    CHECK_REPR(gather(env, TUPLE()), "[]");
    CHECK_REPR(gather(env, gil_dict_new(env)), "[]");
    CHECK_REPR(gather(env, TEXT("")), "[]");
    CHECK_REPR(gather(env, BYTES("")), "[]");
}

TEST(an_array_gives_its_rows)
{
    size_t shape[] = {2, 3}, length = 0;
    gil_obj row, rows;
    TRY(rows = gather(env, gil_array_new(env, GIL_INT16, 2, shape)));
    TRY(gil_length(env, rows, &length));
    CHECK_COUNT(length, 2);
    TRY(row = gil_sequence_item(env, rows, 1));
    CHECK_REPR(gather(env, row), "[0, 0, 0]");
}

TEST(the_end_stays_the_end)
{
    gil_obj items, item = GIL_NULL;
    TRY(items = gil_iter(env, LIST(INT(1))));
    TRY(gil_iter_next(env, items, &item));
    CHECK_REPR(item, "1");
    for (int i = 0; i < 3; i++) {
        TRY(item = NONE());
        TRY(gil_iter_next(env, items, &item));
        CHECK(gil_is_null(item));
    }
}

TEST(an_iterator_is_its_own_iterator)
{
    gil_obj items, item = GIL_NULL;
    TRY(items = gil_iter(env, LIST(INT(1), INT(2), INT(3))));
    TRY(gil_iter_next(env, items, &item));
    CHECK_REPR(gather(env, items), "[2, 3]");
    CHECK_REPR(gather(env, items), "[]");
}

TEST(two_iterators_go_their_own_ways)
{
    gil_obj list, a, b, item = GIL_NULL;
    TRY(list = LIST(INT(1), INT(2)));
    TRY(a = gil_iter(env, list));
    TRY(b = gil_iter(env, list));
    TRY(gil_iter_next(env, a, &item));
    TRY(gil_iter_next(env, a, &item));
    CHECK_REPR(item, "2");
    TRY(gil_iter_next(env, b, &item));
    CHECK_REPR(item, "1");
}

TEST(an_iterator_keeps_what_it_goes_through)
{
    gil_obj items = GIL_NULL;
    GIL_SCOPE(env) {
        TRY(items = gil_escape(env, gil_iter(env, LIST(TEXT("kept"), TEXT("alive")))));
    }
    CHECK_REPR(gather(env, items), "['kept', 'alive']");
}

TEST(a_list_that_grows_is_gone_through_to_its_new_end)
{
    gil_obj list, items, item = GIL_NULL;
    size_t count = 0;
    TRY(list = LIST(INT(1), INT(2)));
    TRY(items = gil_iter(env, list));
    for (;;) {
        TRY(gil_iter_next(env, items, &item));
        if (gil_is_null(item))
            break;
        if (++count < 4)
            TRY(gil_list_append(env, list, INT(9)));
    }
    CHECK_COUNT(count, 5);
    TRY(gil_slice_set(env, list, 0, INT64_MAX, GIL_NULL));
    TRY(gil_iter_next(env, gil_iter(env, list), &item));
    CHECK(gil_is_null(item));
}

TEST(a_list_that_shrinks_ends_earlier)
{
    gil_obj list, items, item = GIL_NULL;
    TRY(list = LIST(INT(1), INT(2), INT(3)));
    TRY(items = gil_iter(env, list));
    TRY(gil_iter_next(env, items, &item));
    TRY(gil_slice_set(env, list, 0, INT64_MAX, GIL_NULL));
    TRY(gil_iter_next(env, items, &item));
    CHECK(gil_is_null(item));
}

TEST(a_dict_that_changes_its_size_cannot_be_gone_through)
{
    gil_obj dict, items, item = GIL_NULL;
    TRY(dict = DICT(INT(1), NONE(), INT(2), NONE()));
    TRY(items = gil_iter(env, dict));
    TRY(gil_iter_next(env, items, &item));
    TRY(gil_item_set(env, dict, INT(1), INT(7))); /* the same size */
    TRY(gil_iter_next(env, items, &item));
    CHECK_REPR(item, "2");
    TRY(items = gil_iter(env, dict));
    TRY(gil_item_set(env, dict, INT(3), NONE()));
    RAISES(GIL_RUNTIME_ERROR, gil_iter_next(env, items, &item));
}

TEST(what_has_no_items_cannot_be_gone_through)
{
    gil_obj item = GIL_NULL;
    RAISES(GIL_TYPE_ERROR, gil_iter(env, INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_iter(env, NONE()));
    RAISES(GIL_TYPE_ERROR, gil_iter(env, gil_module_self(env)));
    RAISES(GIL_TYPE_ERROR, gil_iter(env, gil_array_new(env, GIL_INT8, 0, NULL)));
    RAISES(GIL_TYPE_ERROR, gil_iter(env, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_iter_next(env, LIST(INT(1)), &item));
    RAISES(GIL_TYPE_ERROR, gil_iter_next(env, GIL_NULL, &item));
}
