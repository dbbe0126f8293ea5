/* SPDX-License-Identifier: MIT */
#include "fixture.h"

static void test_text__is_a_copy_with_a_nul_behind_it(void **state)
{
    (void)state;
    char source[] = "abc";
    const char *utf8;
    size_t length = 0;
    gil_obj string = gil_str_new(env, source, 3);
    source[0] = 'x';
    assert_true(gil_str_get(env, string, &utf8, &length));
    assert_int_equal(length, 3);
    assert_memory_equal(utf8, "abc", 4);
    assert_text(gil_str_new(env, "abc", 1), "a");
    assert_text(gil_str_new(env, "", 0), "");
    assert_text(gil_str_new(env, NULL, 0), "");
}

static void test_text__may_hold_a_nul(void **state)
{
    (void)state;
    const char *utf8;
    size_t length = 0;
    assert_true(gil_str_get(env, gil_str_new(env, "a\0b", 3), &utf8, &length));
    assert_int_equal(length, 3);
    assert_memory_equal(utf8, "a\0b", 4);
}

static void test_text__is_utf_8_or_names_the_byte(void **state)
{
    (void)state;
    assert_text(text("\xf0\x9f\x90\x8d \xe2\x82\xac \xc3\xa9"), "\xf0\x9f\x90\x8d \xe2\x82\xac \xc3\xa9");
    static const struct {
        const char *bytes, *message;
    } bad[] = {{"ab\xff", "byte 2 (0xff) is not UTF-8; use bytes"},
               {"\x80", "byte 0 (0x80) is not UTF-8; use bytes"},
               {"a\xc3", "byte 1 (0xc3) is not UTF-8; use bytes"},
               {"\xc0\xaf", "byte 0 (0xc0) is not UTF-8; use bytes"},
               {"\xed\xa0\x80", "byte 0 (0xed) is not UTF-8; use bytes"},
               {"\xf4\x90\x80\x80", "byte 0 (0xf4) is not UTF-8; use bytes"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_raised(text(bad[i].bytes), GIL_UNICODE_ERROR, bad[i].message);
}

static void test_text__bytes_hold_anything(void **state)
{
    (void)state;
    const void *data;
    size_t length = 7;
    assert_true(gil_bytes_get(env, gil_bytes_new(env, "\xff\0\x80", 3), &data, &length));
    assert_int_equal(length, 3);
    assert_memory_equal(data, "\xff\0\x80", 3);
    assert_true(gil_bytes_get(env, gil_bytes_new(env, NULL, 0), &data, &length));
    assert_int_equal(length, 0);
    assert_true(gil_bytes_get(env, gil_bytes_new(env, "x", 1), &data, NULL));
}

static void test_text__and_bytes_are_not_each_other(void **state)
{
    (void)state;
    const char *utf8 = "before";
    const void *data = utf8;
    assert_false(gil_str_get(env, gil_bytes_new(env, "a", 1), &utf8, NULL));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "bytes is not str");
    assert_false(gil_bytes_get(env, text("a"), &data, NULL));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "str is not bytes");
    assert_false(gil_str_get(env, GIL_NULL, &utf8, NULL));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "GIL_NULL is not str");
    assert_string_equal(utf8, "before");
}

static void test_text__that_no_memory_holds_is_refused(void **state)
{
    (void)state;
    gil_obj huge = gil_bytes_new(env, "x", SIZE_MAX);
    assert_raised(huge, GIL_MEMORY_ERROR, "no memory");
    huge = gil_bytes_new(env, "x", SIZE_MAX - 20);
    assert_raised(huge, GIL_MEMORY_ERROR, "no memory");
}

static void test_text__of_an_exception_is_made_utf_8(void **state)
{
    (void)state;
    gil_raise(env, GIL_VALUE_ERROR, "bad %s%c", "\xff\xfe", 'x');
    gil_obj exception = gil_error_fetch(env);
    assert_false(gil_error_pending(env));
    assert_int_equal(gil_exception_kind(env, exception), GIL_VALUE_ERROR);
    assert_text(gil_exception_message(env, exception), "bad ??x");
    assert_string_equal(gil_type_name(env, exception), "ValueError");
}

static void test_text__of_the_second_exception_replaces_the_first(void **state)
{
    (void)state;
    gil_raise(env, GIL_VALUE_ERROR, "first");
    gil_raise(env, GIL_KEY_ERROR, "second");
    gil_obj exception = gil_error_fetch(env);
    assert_true(gil_is_null(gil_error_fetch(env)));
    assert_true(gil_is_null(gil_error_restore(env, exception)));
    assert_raised(GIL_NULL, GIL_KEY_ERROR, "second");
    gil_error_restore(env, integer(1));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "int is not exception");
    assert_true(gil_is_null(gil_exception_message(env, none())));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "None is not exception");
    assert_int_equal(gil_exception_kind(env, none()), GIL_EXCEPTION);
    gil_raise(env, (gil_error_kind)77, "unknown kind");
    assert_raised(GIL_NULL, GIL_EXCEPTION, "unknown kind");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_text__is_a_copy_with_a_nul_behind_it), TEST(test_text__may_hold_a_nul),
        TEST(test_text__is_utf_8_or_names_the_byte),     TEST(test_text__bytes_hold_anything),
        TEST(test_text__and_bytes_are_not_each_other),   TEST(test_text__that_no_memory_holds_is_refused),
        TEST(test_text__of_an_exception_is_made_utf_8),  TEST(test_text__of_the_second_exception_replaces_the_first),
    };
    return cmocka_run_group_tests_name("host text", tests, NULL, NULL);
}
