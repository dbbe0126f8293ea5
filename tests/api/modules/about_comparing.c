/* SPDX-License-Identifier: MIT
 *
 * Equality, order, hashes, truth, identity. Resources that compare stand in about_resources.
 */
#include <math.h>

#include "check.h"

GIL_MODULE(about_comparing, .doc = "Tests of comparing.");

/* Is `a how b` this? An exception stays pending. */
static bool holds(gil_env *env, gil_obj a, gil_comparison how, gil_obj b)
{
    bool value = false;
    return gil_compare(env, a, how, b, &value) && value;
}

/* a < b by every comparison; false: not so, or an exception is pending. */
static bool is_less(gil_env *env, gil_obj a, gil_obj b)
{
    return holds(env, a, GIL_LT, b) && holds(env, a, GIL_LE, b) && holds(env, a, GIL_NE, b) &&
           holds(env, b, GIL_GT, a) && holds(env, b, GIL_GE, a) && !holds(env, a, GIL_EQ, b) &&
           !holds(env, a, GIL_GT, b) && !holds(env, a, GIL_GE, b);
}

static bool is_equal(gil_env *env, gil_obj a, gil_obj b)
{
    return holds(env, a, GIL_EQ, b) && holds(env, b, GIL_EQ, a) && !holds(env, a, GIL_NE, b);
}

static bool is_different(gil_env *env, gil_obj a, gil_obj b)
{
    return holds(env, a, GIL_NE, b) && holds(env, b, GIL_NE, a) && !holds(env, a, GIL_EQ, b);
}

/* ---- Values ----------------------------------------------------------------------------------------------- */

TEST(numbers_compare_across_their_types)
{
    CHECK(is_equal(env, INT(1), REAL(1)));
    CHECK(is_equal(env, BOOL(true), INT(1)));
    CHECK(is_equal(env, gil_complex_new(env, 2, 0), INT(2)));
    CHECK(is_equal(env, REAL(0), REAL(-0.0)));
    CHECK(is_less(env, INT(1), REAL(1.5)));
    CHECK(is_less(env, REAL(-1.5), INT(-1)));
    CHECK(is_less(env, BOOL(false), REAL(0.5)));
    CHECK(is_different(env, gil_complex_new(env, 2, 1), INT(2)));
}

TEST(numbers_compare_exactly_beyond_53_bits)
{
    int64_t large = 1LL << 53;
    CHECK(is_equal(env, INT(large), REAL(0x1p53)));
    CHECK(is_less(env, REAL(0x1p53), INT(large + 1)));
    CHECK(is_less(env, INT(INT64_MAX), REAL(0x1p63)));
    CHECK(is_equal(env, INT(INT64_MIN), REAL(-0x1p63)));
    CHECK(is_less(env, INT(INT64_MAX), REAL((double)INFINITY)));
    CHECK(is_less(env, REAL((double)-INFINITY), INT(INT64_MIN)));
}

TEST(a_nan_has_no_order_and_no_equal)
{
    gil_obj nan, one;
    TRY(nan = REAL((double)NAN));
    TRY(one = INT(1));
    CHECK(!holds(env, nan, GIL_EQ, nan));
    CHECK(holds(env, nan, GIL_NE, nan));
    CHECK(!holds(env, nan, GIL_LT, one));
    CHECK(!holds(env, nan, GIL_GE, one));
    CHECK(!holds(env, one, GIL_LE, nan));
    CHECK(is_different(env, nan, one));
}

TEST(text_is_ordered_by_code_points)
{
    CHECK(is_equal(env, TEXT("a"), TEXT("a")));
    CHECK(is_less(env, TEXT(""), TEXT("a")));
    CHECK(is_less(env, TEXT("Z"), TEXT("a")));
    CHECK(is_less(env, TEXT("a"), TEXT("aa")));
    CHECK(is_less(env, TEXT("z"), TEXT("\xc3\xa9")));
    CHECK(is_less(env, TEXT("\xef\xbf\xbd"), TEXT("\xf0\x9f\x98\x80")));
    CHECK(is_less(env, NUL_TEXT("a\0"), NUL_TEXT("a\0b")));
    CHECK(is_less(env, BYTES("a"), BYTES("\xff")));
    CHECK(is_different(env, TEXT("a"), BYTES("a")));
}

TEST(sequences_compare_item_by_item)
{
    CHECK(is_equal(env, LIST(INT(1), TEXT("a")), LIST(REAL(1), TEXT("a"))));
    CHECK(is_less(env, LIST(INT(1)), LIST(INT(1), INT(0))));
    CHECK(is_less(env, TUPLE(INT(1), INT(9)), TUPLE(INT(2))));
    CHECK(is_less(env, LIST(), LIST(NONE())));
    CHECK(is_different(env, LIST(INT(1)), TUPLE(INT(1))));
    CHECK(is_different(env, LIST(INT(1)), LIST(INT(2))));
}

TEST(dicts_are_equal_whatever_their_order)
{
    gil_obj a, b;
    TRY(a = DICT(INT(1), TEXT("x"), INT(2), TEXT("y")));
    TRY(b = DICT(INT(2), TEXT("y"), REAL(1), TEXT("x")));
    CHECK(is_equal(env, a, b));
    TRY(gil_item_set(env, b, INT(1), NONE()));
    CHECK(is_different(env, a, b));
    TRY(gil_item_delete(env, b, INT(1)));
    CHECK(is_different(env, a, b));
    bool value = false;
    RAISES(GIL_TYPE_ERROR, gil_compare(env, a, GIL_LT, b, &value));
}

TEST(what_has_nothing_in_common_is_not_equal)
{
    CHECK(is_different(env, INT(1), TEXT("1")));
    CHECK(is_different(env, NONE(), BOOL(false)));
    CHECK(is_different(env, NONE(), INT(0)));
    CHECK(is_different(env, LIST(), gil_dict_new(env)));
    CHECK(is_different(env, gil_module_self(env), NONE()));
    CHECK(is_equal(env, NONE(), NONE()));
    CHECK(is_equal(env, gil_module_self(env), gil_module_self(env)));
}

TEST(an_order_between_what_has_none_is_refused)
{
    bool value = true;
    RAISES(GIL_TYPE_ERROR, gil_compare(env, INT(1), GIL_LT, TEXT("1"), &value));
    RAISES(GIL_TYPE_ERROR, gil_compare(env, NONE(), GIL_LE, NONE(), &value));
    RAISES(GIL_TYPE_ERROR, gil_compare(env, LIST(), GIL_GT, TUPLE(), &value));
    RAISES(GIL_TYPE_ERROR, gil_compare(env, gil_complex_new(env, 1, 0), GIL_GE, INT(0), &value));
    RAISES(GIL_TYPE_ERROR, gil_compare(env, LIST(INT(1)), GIL_LT, LIST(TEXT("1")), &value));
    RAISES(GIL_TYPE_ERROR, gil_compare(env, GIL_NULL, GIL_EQ, NONE(), &value));
    RAISES(GIL_TYPE_ERROR, gil_compare(env, NONE(), GIL_EQ, GIL_NULL, &value));
    CHECK(value);
}

/* ---- Hashes ----------------------------------------------------------------------------------------------- */

static bool same_hash(gil_env *env, gil_obj a, gil_obj b)
{
    int64_t one = 0, other = 1;
    return gil_hash(env, a, &one) && gil_hash(env, b, &other) && one == other;
}

TEST(equal_objects_have_the_same_hash)
{
    CHECK(same_hash(env, INT(1), REAL(1)));
    CHECK(same_hash(env, INT(1), BOOL(true)));
    CHECK(same_hash(env, INT(-2), gil_complex_new(env, -2, 0)));
    CHECK(same_hash(env, REAL(0), REAL(-0.0)));
    CHECK(same_hash(env, INT(INT64_MIN), REAL(-0x1p63)));
    CHECK(same_hash(env, TEXT("text"), gil_concat(env, TEXT("te"), TEXT("xt"))));
    CHECK(same_hash(env, TUPLE(INT(1), TEXT("a")), TUPLE(REAL(1), TEXT("a"))));
    CHECK(same_hash(env, BYTES("b"), BYTES("b")));
    CHECK(same_hash(env, NONE(), NONE()));
}

TEST(different_objects_mostly_have_different_hashes)
{
    CHECK(!same_hash(env, INT(1), INT(2)));
    CHECK(!same_hash(env, TEXT("a"), TEXT("b")));
    CHECK(!same_hash(env, TUPLE(INT(1), INT(2)), TUPLE(INT(2), INT(1))));
    CHECK(!same_hash(env, REAL(0.5), REAL(0.25)));
}

TEST(what_can_change_has_no_hash)
{
    int64_t value = 42;
    RAISES(GIL_TYPE_ERROR, gil_hash(env, LIST(), &value));
    RAISES(GIL_TYPE_ERROR, gil_hash(env, gil_dict_new(env), &value));
    RAISES(GIL_TYPE_ERROR, gil_hash(env, gil_array_new(env, GIL_INT8, 1, (size_t[]){1}), &value));
    RAISES(GIL_TYPE_ERROR, gil_hash(env, TUPLE(INT(1), LIST()), &value));
    RAISES(GIL_TYPE_ERROR, gil_hash(env, GIL_NULL, &value));
    CHECK_COUNT(value, 42);
}

/* ---- Truth, identity ---------------------------------------------------------------------------------------- */

static bool is_true(gil_env *env, gil_obj object)
{
    bool value = false;
    return gil_truth(env, object, &value) && value;
}

TEST(zero_and_what_is_empty_do_not_count_as_true)
{
    CHECK(!is_true(env, NONE()));
    CHECK(!is_true(env, BOOL(false)));
    CHECK(!is_true(env, INT(0)));
    CHECK(!is_true(env, REAL(-0.0)));
    CHECK(!is_true(env, gil_complex_new(env, 0, 0)));
    CHECK(!is_true(env, TEXT("")));
    CHECK(!is_true(env, BYTES("")));
    CHECK(!is_true(env, LIST()));
    CHECK(!is_true(env, TUPLE()));
    CHECK(!is_true(env, gil_dict_new(env)));
    bool value = true;
    RAISES(GIL_TYPE_ERROR, gil_truth(env, GIL_NULL, &value));
    CHECK(value);
}

TEST(everything_else_counts_as_true)
{
    CHECK(is_true(env, BOOL(true)));
    CHECK(is_true(env, INT(-1)));
    CHECK(is_true(env, REAL((double)NAN)));
    CHECK(is_true(env, gil_complex_new(env, 0, 1)));
    CHECK(is_true(env, TEXT("False")));
    CHECK(is_true(env, NUL_TEXT("\0")));
    CHECK(is_true(env, LIST(NONE())));
    CHECK(is_true(env, TUPLE(NONE())));
    CHECK(is_true(env, DICT(NONE(), NONE())));
    CHECK(is_true(env, gil_module_self(env)));
    CHECK(is_true(env, gil_exception_type(env, GIL_KEY_ERROR)));
}

TEST(the_same_object_is_not_merely_an_equal_one)
{
    gil_obj list, other, item;
    TRY(list = LIST(TEXT("item")));
    TRY(other = LIST(TEXT("item")));
    CHECK(is_equal(env, list, other));
    CHECK(gil_same(env, list, list));
    CHECK(!gil_same(env, list, other));
    TRY(item = gil_sequence_item(env, list, 0));
    CHECK(gil_same(env, item, gil_sequence_item(env, list, 0)));
    CHECK(!gil_same(env, list, GIL_NULL));
}
