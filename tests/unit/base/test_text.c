/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include "support.h"

typedef struct sample {
    const char *bytes;
    size_t length;
    size_t bad;
} sample;

#define SAMPLE(literal, bad) \
    { \
        literal, sizeof(literal) - 1, bad \
    }

static void test_text__begins_empty(void **state)
{
    (void)state;
    char bytes[8] = "garbage";
    gil__text text = gil__text_in(bytes, sizeof bytes);
    assert_string_equal(bytes, "");
    assert_int_equal(text.length, 0);
}

static void test_text__joins_what_is_added(void **state)
{
    (void)state;
    char bytes[64];
    gil__text text = gil__text_in(bytes, sizeof bytes);
    gil__text_add(&text, "%s has %d", "y", 7);
    gil__text_add(&text, "%s", "");
    gil__text_add(&text, " elements");
    assert_string_equal(bytes, "y has 7 elements");
    assert_int_equal(text.length, strlen(bytes));
}

static void test_text__is_not_cut_when_it_just_fits(void **state)
{
    (void)state;
    char bytes[8];
    gil__text text = gil__text_in(bytes, sizeof bytes);
    gil__text_add(&text, "1234567");
    assert_string_equal(bytes, "1234567");
    gil__text_add(&text, "%s", "");
    assert_string_equal(bytes, "1234567");
}

static void test_text__that_is_cut_ends_in_dots(void **state)
{
    (void)state;
    char guarded[16];
    memset(guarded, '#', sizeof guarded);
    gil__text text = gil__text_in(guarded, 8);
    gil__text_add(&text, "12345678");
    assert_string_equal(guarded, "1234...");
    assert_int_equal(text.length, 7);
    for (size_t i = 8; i < sizeof guarded; i++)
        assert_int_equal(guarded[i], '#');
}

static void test_text__that_is_cut_takes_no_more(void **state)
{
    (void)state;
    char bytes[8];
    gil__text text = gil__text_in(bytes, sizeof bytes);
    gil__text_add(&text, "123456789");
    for (size_t i = 0; i < 10; i++)
        gil__text_add(&text, "%s", i % 2 ? "" : "more");
    assert_string_equal(bytes, "1234...");
    assert_int_equal(text.length, 7);
}

static void test_text__is_cut_when_the_last_piece_does_not_fit(void **state)
{
    (void)state;
    char bytes[12];
    gil__text text = gil__text_in(bytes, sizeof bytes);
    gil__text_add(&text, "123456789");
    gil__text_add(&text, "abc");
    assert_string_equal(bytes, "12345678...");
}

static void test_text__that_is_cut_stays_utf8(void **state)
{
    (void)state;
    for (size_t size = 8; size < 23; size++) {
        char bytes[24];
        size_t bad;
        gil__text text = gil__text_in(bytes, size);
        gil__text_add(&text, "%s",
                      "\xe2\x82\xac\xc3\xa9\xf0\x9f\x98\x80\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xc3\xa9\xc3\xa9");
        if (!gil__utf8_valid(bytes, strlen(bytes), &bad))
            fail_msg("cut to %zu bytes, byte %zu is not UTF-8", size, bad);
        assert_string_equal(bytes + strlen(bytes) - 3, "...");
    }
}

static void test_utf8__takes_every_length_up_to_its_bounds(void **state)
{
    (void)state;
    static const sample good[] = {
        SAMPLE("", 0),
        SAMPLE("\0", 0),
        SAMPLE("plain", 0),
        SAMPLE("\x7f", 0),
        SAMPLE("\xc2\x80", 0),         /* U+0080 */
        SAMPLE("\xdf\xbf", 0),         /* U+07FF */
        SAMPLE("\xe0\xa0\x80", 0),     /* U+0800 */
        SAMPLE("\xed\x9f\xbf", 0),     /* U+D7FF, the last before the surrogates */
        SAMPLE("\xee\x80\x80", 0),     /* U+E000, the first after them */
        SAMPLE("\xef\xbf\xbf", 0),     /* U+FFFF */
        SAMPLE("\xf0\x90\x80\x80", 0), /* U+10000 */
        SAMPLE("\xf4\x8f\xbf\xbf", 0), /* U+10FFFF */
        SAMPLE("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z", 0),
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        size_t bad = 99;
        if (!gil__utf8_valid(good[i].bytes, good[i].length, &bad))
            fail_msg("sample %zu: byte %zu was refused", i, bad);
    }
}

static void test_utf8__names_the_first_byte_that_is_not(void **state)
{
    (void)state;
    static const sample bad[] = {
        SAMPLE("\x80", 0),             /* a continuation alone */
        SAMPLE("ok\xbf", 2),           /* the same, later */
        SAMPLE("\xc0\x80", 0),         /* overlong NUL */
        SAMPLE("\xc1\xbf", 0),         /* overlong 7F */
        SAMPLE("\xe0\x9f\xbf", 0),     /* overlong 7FF */
        SAMPLE("\xf0\x8f\xbf\xbf", 0), /* overlong FFFF */
        SAMPLE("\xed\xa0\x80", 0),     /* first surrogate */
        SAMPLE("a\xed\xbf\xbf", 1),    /* last surrogate */
        SAMPLE("\xf4\x90\x80\x80", 0), /* U+110000 */
        SAMPLE("\xf5\x80\x80\x80", 0), /* never begins anything */
        SAMPLE("\xf8\x88\x80\x80\x80", 0),
        SAMPLE("\xfe", 0),
        SAMPLE("\xff", 0),
        SAMPLE("ab\xc3", 2),               /* cut after one of two */
        SAMPLE("ab\xe2\x82", 2),           /* cut after two of three */
        SAMPLE("\xc3\xa9\xf0\x9f\x98", 2), /* cut after three of four */
        SAMPLE("\xc3(", 0),                /* no continuation */
        SAMPLE("\xe2\x82(", 0),
        SAMPLE("\xf0\x9f\x98(", 0),
        SAMPLE("\xe2\x82\xac\xff", 3),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t at = 99;
        if (gil__utf8_valid(bad[i].bytes, bad[i].length, &at))
            fail_msg("sample %zu was taken for UTF-8", i);
        assert_int_equal(at, bad[i].bad);
    }
}

static void test_utf8__does_not_look_past_the_length(void **state)
{
    (void)state;
    size_t bad = 99;
    assert_false(gil__utf8_valid("\xe2\x82\xac", 2, &bad));
    assert_int_equal(bad, 0);
    assert_true(gil__utf8_valid("ab\xff", 2, &bad));
}

/* Every code point that exists is taken, every other is refused. */
static void test_utf8__agrees_with_an_encoder_on_every_code_point(void **state)
{
    (void)state;
    for (uint32_t point = 0x800; point < 0x120000; point++) {
        char bytes[4];
        size_t length = 3, bad;
        if (point < 0x10000) {
            bytes[0] = (char)(0xe0 | point >> 12);
        } else {
            bytes[0] = (char)(0xf0 | point >> 18);
            bytes[1] = (char)(0x80 | (point >> 12 & 0x3f));
            length = 4;
        }
        bytes[length - 2] = (char)(0x80 | (point >> 6 & 0x3f));
        bytes[length - 1] = (char)(0x80 | (point & 0x3f));
        bool exists = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
        if (gil__utf8_valid(bytes, length, &bad) != exists)
            fail_msg("U+%04X", (unsigned)point);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_text__begins_empty),
        TEST(test_text__joins_what_is_added),
        TEST(test_text__is_not_cut_when_it_just_fits),
        TEST(test_text__that_is_cut_ends_in_dots),
        TEST(test_text__that_is_cut_takes_no_more),
        TEST(test_text__is_cut_when_the_last_piece_does_not_fit),
        TEST(test_text__that_is_cut_stays_utf8),
        TEST(test_utf8__takes_every_length_up_to_its_bounds),
        TEST(test_utf8__names_the_first_byte_that_is_not),
        TEST(test_utf8__does_not_look_past_the_length),
        TEST(test_utf8__agrees_with_an_encoder_on_every_code_point),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
