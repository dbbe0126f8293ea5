/* SPDX-License-Identifier: MIT
 *
 * str and bytes: made, read, formatted, joined, split, measured in code points.
 */
#include "check.h"

GIL_MODULE(about_text, .doc = "Tests of text and bytes.");

/* a, e with acute, the euro sign, a smiling face: 1, 2, 3 and 4 bytes */
#define WIDE "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"

/* ---- Made and read -------------------------------------------------------------------------------------- */

TEST(a_str_keeps_its_bytes_and_has_a_nul_behind_them)
{
    const char *utf8 = NULL;
    size_t length = 0;
    gil_obj text;
    TRY(text = gil_str_new(env, WIDE "rest", sizeof WIDE - 1));
    CHECK_COUNT(gil_type_of(env, text), GIL_OBJ_STR);
    CHECK(strcmp(gil_type_name(env, text), "str") == 0);
    TRY(gil_str_get(env, text, &utf8, &length));
    CHECK_COUNT(length, 10);
    CHECK(memcmp(utf8, WIDE, 11) == 0);
    TRY(gil_str_get(env, text, &utf8, NULL));
    CHECK(strcmp(utf8, WIDE) == 0);
}

TEST(a_str_may_hold_nul_and_may_be_empty)
{
    const char *utf8 = NULL;
    size_t length = 99;
    TRY(gil_str_get(env, gil_str_new(env, "a\0b", 3), &utf8, &length));
    CHECK_COUNT(length, 3);
    CHECK(memcmp(utf8, "a\0b", 4) == 0);
    TRY(gil_str_get(env, gil_str_new(env, "", 0), &utf8, &length));
    CHECK(length == 0 && *utf8 == '\0');
}

TEST(what_is_not_utf8_is_no_str)
{
    static const char *const wrong[] = {
        "\x80",             /* a part behind nothing */
        "a\xc3",            /* cut short */
        "\xc0\xaf",         /* longer than it must be */
        "\xed\xa0\x80",     /* half of a surrogate pair */
        "\xf4\x90\x80\x80", /* beyond the last code point */
        "\xff",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        RAISES(GIL_UNICODE_ERROR, TEXT(wrong[i]));
    TRY(TEXT("\xf4\x8f\xbf\xbf"));
}

TEST(str_get_takes_str_only)
{
    const char *utf8 = "as before";
    size_t length = 9;
    RAISES(GIL_TYPE_ERROR, gil_str_get(env, BYTES("x"), &utf8, &length));
    RAISES(GIL_TYPE_ERROR, gil_str_get(env, NONE(), &utf8, &length));
    RAISES(GIL_TYPE_ERROR, gil_str_get(env, GIL_NULL, &utf8, &length));
    CHECK(strcmp(utf8, "as before") == 0 && length == 9);
}

TEST(str_is_compares_and_never_fails)
{
    gil_obj text, bytes, cut;
    TRY(text = TEXT("yes"));
    TRY(bytes = BYTES("yes"));
    TRY(cut = gil_str_new(env, "yes\0", 4));
    CHECK(gil_str_is(env, text, "yes"));
    CHECK(!gil_str_is(env, text, "yes!"));
    CHECK(!gil_str_is(env, text, "ye"));
    CHECK(!gil_str_is(env, cut, "yes"));
    CHECK(!gil_str_is(env, bytes, "yes"));
    CHECK(!gil_str_is(env, GIL_NULL, "yes"));
}

TEST(bytes_keep_any_byte)
{
    const void *data = NULL;
    size_t length = 0;
    gil_obj bytes;
    TRY(bytes = gil_bytes_new(env, "\0\xff\x80z", 4));
    CHECK_COUNT(gil_type_of(env, bytes), GIL_OBJ_BYTES);
    TRY(gil_bytes_get(env, bytes, &data, &length));
    CHECK(length == 4 && memcmp(data, "\0\xff\x80z", 4) == 0);
    TRY(gil_bytes_get(env, gil_bytes_new(env, NULL, 0), &data, &length));
    CHECK_COUNT(length, 0);
    CHECK_REPR(bytes, "b'\\x00\\xff\\x80z'");
}

TEST(bytes_get_takes_bytes_only)
{
    const void *data = NULL;
    size_t length = 7;
    RAISES(GIL_TYPE_ERROR, gil_bytes_get(env, TEXT("x"), &data, &length));
    RAISES(GIL_TYPE_ERROR, gil_bytes_get(env, INT(1), &data, &length));
    RAISES(GIL_TYPE_ERROR, gil_bytes_get(env, GIL_NULL, &data, &length));
    CHECK(data == NULL && length == 7);
}

/* ---- Shown ---------------------------------------------------------------------------------------------- */

TEST(repr_quotes_text_as_python_does)
{
    CHECK_REPR(TEXT("plain"), "'plain'");
    CHECK_REPR(TEXT("it's"), "\"it's\"");
    CHECK_REPR(TEXT("'\""), "'\\'\"'");
    CHECK_REPR(TEXT("a\n\t\r\\"), "'a\\n\\t\\r\\\\'");
    CHECK_REPR(NUL_TEXT("\0\x1f\x7f"), "'\\x00\\x1f\\x7f'");
    CHECK_REPR(TEXT(WIDE), "'" WIDE "'");
    CHECK_REPR(BYTES("it's \"b\""), "b'it\\'s \"b\"'");
}

TEST(to_str_is_for_people)
{
    gil_obj text, other;
    CHECK_TEXT(gil_to_str(env, TEXT("it's")), "it's");
    CHECK_TEXT(gil_to_str(env, INT(-3)), "-3");
    CHECK_TEXT(gil_to_str(env, NONE()), "None");
    CHECK_TEXT(gil_to_str(env, LIST(TEXT("a"), REAL(1))), "['a', 1.0]");
    CHECK_TEXT(gil_to_str(env, BYTES("x")), "b'x'");
    TRY(text = TEXT("the same"));
    TRY(other = gil_to_str(env, text));
    RAISES(GIL_TYPE_ERROR, gil_to_str(env, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_to_repr(env, GIL_NULL));
}

TEST(a_str_is_formatted_as_printf_does)
{
    CHECK_TEXT(gil_str_format(env, "%d %s %.2f|%5s|", 12, WIDE, 0.125, "x"), "12 " WIDE " 0.12|    x|");
    CHECK_TEXT(gil_str_format(env, "%s", ""), "");
    char many[3000];
    memset(many, 'm', sizeof many);
    many[sizeof many - 1] = '\0';
    CHECK_TEXT(gil_str_format(env, "%s", many), many);
}

TEST(what_is_not_utf8_becomes_a_question_mark_in_a_formatted_str)
{
    CHECK_TEXT(gil_str_format(env, "a%sb", "\xff"), "a?b");
    CHECK_TEXT(gil_str_format(env, "%.2s", "a\xc3\xa9"), "a?");
}

/* ---- Measured in code points ------------------------------------------------------------------------------ */

TEST(the_items_of_a_str_are_code_points)
{
    size_t length = 0;
    gil_obj text;
    TRY(text = TEXT(WIDE));
    TRY(gil_length(env, text, &length));
    CHECK_COUNT(length, 4);
    CHECK_TEXT(gil_item_get(env, text, INT(1)), "\xc3\xa9");
    CHECK_TEXT(gil_item_get(env, text, INT(-1)), "\xf0\x9f\x98\x80");
    RAISES(GIL_INDEX_ERROR, gil_item_get(env, text, INT(4)));
    RAISES(GIL_INDEX_ERROR, gil_item_get(env, text, INT(-5)));
    RAISES(GIL_TYPE_ERROR, gil_item_get(env, text, TEXT("0")));
    CHECK_TEXT(gil_slice(env, text, 1, 3, 1), "\xc3\xa9\xe2\x82\xac");
    CHECK_TEXT(gil_slice(env, text, INT64_MAX, INT64_MIN, -1), "\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xa9"
                                                               "a");
}

TEST(the_items_of_bytes_are_ints)
{
    size_t length = 0;
    gil_obj bytes;
    TRY(bytes = BYTES("\x01\xff"));
    TRY(gil_length(env, bytes, &length));
    CHECK_COUNT(length, 2);
    CHECK_REPR(gil_item_get(env, bytes, INT(1)), "255");
    CHECK_REPR(gil_slice(env, bytes, 1, 2, 1), "b'\\xff'");
    RAISES(GIL_INDEX_ERROR, gil_item_get(env, bytes, INT(2)));
}

TEST(text_does_not_change)
{
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, TEXT("abc"), INT(0), TEXT("x")));
    RAISES(GIL_TYPE_ERROR, gil_item_delete(env, TEXT("abc"), INT(0)));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, BYTES("abc"), INT(0), INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_slice_set(env, TEXT("abc"), 0, 1, GIL_NULL));
}

TEST(a_part_of_a_text_is_in_it)
{
    bool in = false;
    TRY(gil_contains(env, TEXT("haystack"), TEXT("st"), &in));
    CHECK(in);
    TRY(gil_contains(env, TEXT("haystack"), TEXT("ts"), &in));
    CHECK(!in);
    TRY(gil_contains(env, TEXT(""), TEXT(""), &in));
    CHECK(in);
    TRY(gil_contains(env, gil_bytes_new(env, "a\0b", 3), gil_bytes_new(env, "\0b", 2), &in));
    CHECK(in);
    TRY(gil_contains(env, BYTES("abc"), INT('c'), &in));
    CHECK(in);
    TRY(gil_contains(env, BYTES("abc"), INT(0), &in));
    CHECK(!in);
    RAISES(GIL_TYPE_ERROR, gil_contains(env, TEXT("1"), INT(1), &in));
    RAISES(GIL_TYPE_ERROR, gil_contains(env, BYTES("1"), TEXT("1"), &in));
    RAISES(GIL_VALUE_ERROR, gil_contains(env, BYTES("1"), INT(256), &in));
}

/* ---- Joined and split ------------------------------------------------------------------------------------- */

TEST(join_puts_a_separator_between)
{
    CHECK_TEXT(gil_str_join(env, TEXT(", "), LIST(TEXT("a"), TEXT("b"), TEXT("c"))), "a, b, c");
    CHECK_TEXT(gil_str_join(env, TEXT(""), TUPLE(TEXT("a"), TEXT("b"))), "ab");
    CHECK_TEXT(gil_str_join(env, TEXT("-"), LIST(TEXT("alone"))), "alone");
    CHECK_TEXT(gil_str_join(env, TEXT("-"), LIST()), "");
}

TEST(join_takes_text_only)
{
    RAISES(GIL_TYPE_ERROR, gil_str_join(env, TEXT("-"), LIST(TEXT("a"), INT(1))));
    RAISES(GIL_TYPE_ERROR, gil_str_join(env, INT(1), LIST(TEXT("a"))));
    RAISES(GIL_TYPE_ERROR, gil_str_join(env, TEXT("-"), INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_str_join(env, TEXT("-"), GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_str_join(env, GIL_NULL, LIST()));
}

TEST(split_cuts_where_the_separator_stands)
{
    CHECK_REPR(gil_str_split(env, TEXT("a,b,,c"), TEXT(",")), "['a', 'b', '', 'c']");
    CHECK_REPR(gil_str_split(env, TEXT("a--b"), TEXT("--")), "['a', 'b']");
    CHECK_REPR(gil_str_split(env, TEXT(""), TEXT(",")), "['']");
    CHECK_REPR(gil_str_split(env, TEXT(",,"), TEXT(",")), "['', '', '']");
    CHECK_REPR(gil_str_split(env, NUL_TEXT("a\0b"), NUL_TEXT("\0")), "['a', 'b']");
}

TEST(split_without_a_separator_cuts_at_white_space)
{
    CHECK_REPR(gil_str_split(env, TEXT("  a b\t\nc  "), GIL_NULL), "['a', 'b', 'c']");
    CHECK_REPR(gil_str_split(env,
                             TEXT("a\xe2\x80\x83"
                                  "b\xc2\xa0"
                                  "c"),
                             GIL_NULL),
               "['a', 'b', 'c']");
    CHECK_REPR(gil_str_split(env, TEXT("   "), GIL_NULL), "[]");
    CHECK_REPR(gil_str_split(env, TEXT(""), GIL_NULL), "[]");
}

TEST(split_refuses_what_separates_nothing)
{
    RAISES(GIL_VALUE_ERROR, gil_str_split(env, TEXT("abc"), TEXT("")));
    RAISES(GIL_TYPE_ERROR, gil_str_split(env, TEXT("abc"), INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_str_split(env, BYTES("abc"), TEXT("b")));
    RAISES(GIL_TYPE_ERROR, gil_str_split(env, GIL_NULL, TEXT("b")));
}

TEST(a_separator_that_could_not_be_made_is_no_white_space)
{
    gil_raise(env, GIL_KEY_ERROR, "first");
    RAISES(GIL_KEY_ERROR, gil_str_split(env, TEXT("a b"), GIL_NULL));
}
