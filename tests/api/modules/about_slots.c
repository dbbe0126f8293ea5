/* SPDX-License-Identifier: MIT
 *
 * What objects of resource types do where the language has its own syntax: items, length, iteration, order, text.
 */
#include <stdio.h>

#include "check.h"

GIL_MODULE(about_slots, .doc = "Tests of slots.");

/* ---- A row of numbers: items and length; so it is gone through by index ------------------------------------------ */

enum { ROW = 4 };

typedef struct row {
    int64_t items[ROW];
    size_t count;
    char shown[40];
} row;

GIL_RESOURCE(row, .doc = "A few numbers.");

GIL_SLOT(row, void, init, (gil_env * env, row *self, gil_obj items))
{
    size_t length = 0;
    if (gil_length(env, items, &length) && length > ROW)
        gil_raise(env, GIL_VALUE_ERROR, "%zu are too many", length);
    for (size_t i = 0; i < length && !gil_error_pending(env); i++)
        if (gil_int_get(env, gil_sequence_item(env, items, i), &self->items[i]))
            self->count++;
}

GIL_SLOT(row, size_t, length, (const row *self))
{
    return self->count;
}

GIL_SLOT(row, int64_t, get_item, (gil_env * env, const row *self, int64_t index))
{
    if (index >= 0 && (size_t)index < self->count)
        return self->items[index];
    gil_raise(env, GIL_INDEX_ERROR, "no item %" PRId64, index);
    return -1;
}

GIL_SLOT(row, void, set_item, (gil_env * env, row *self, int64_t index, int64_t value))
{
    if (index >= 0 && (size_t)index < self->count)
        self->items[index] = value;
    else
        gil_raise(env, GIL_INDEX_ERROR, "no item %" PRId64, index);
}

GIL_SLOT(row, void, delete_item, (gil_env * env, row *self, int64_t index))
{
    if (index + 1 == (int64_t)self->count)
        self->count--;
    else
        gil_raise(env, GIL_INDEX_ERROR, "only the last goes");
}

GIL_SLOT(row, bool, contains, (const row *self, int64_t item))
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i] == item)
            return true;
    return false;
}

GIL_SLOT(row, int64_t, call, (const row *self, int64_t factor), .doc = "The sum of its items, times a factor.")
{
    int64_t sum = 0;
    for (size_t i = 0; i < self->count; i++)
        sum += self->items[i];
    return sum * factor;
}

GIL_SLOT(row, gil_obj, str, (gil_env * env, const row *self))
{
    return gil_str_format(env, "%zu in a row", self->count);
}

GIL_SLOT(row, const char *, repr, (row * self))
{
    snprintf(self->shown, sizeof self->shown, "<row of %zu>", self->count);
    return self->shown;
}

static gil_obj make_row(gil_env *env, gil_obj items)
{
    return CALL(OWN("row"), items);
}

TEST(an_object_has_a_length_and_items)
{
    size_t length = 0;
    bool in = false;
    gil_obj object;
    TRY(object = make_row(env, LIST(INT(5), INT(6), INT(7))));
    TRY(gil_length(env, object, &length));
    CHECK_COUNT(length, 3);
    CHECK_REPR(gil_item_get(env, object, INT(2)), "7");
    TRY(gil_item_set(env, object, INT(0), INT(50)));
    CHECK_REPR(gil_item_get(env, object, INT(0)), "50");
    TRY(gil_item_delete(env, object, INT(2)));
    RAISES(GIL_INDEX_ERROR, gil_item_get(env, object, INT(2)));
    RAISES(GIL_INDEX_ERROR, gil_item_set(env, object, INT(2), INT(1)));
    RAISES(GIL_INDEX_ERROR, gil_item_delete(env, object, INT(0)));
    TRY(gil_contains(env, object, INT(50), &in));
    CHECK(in);
    TRY(gil_contains(env, object, INT(7), &in));
    CHECK(!in);
}

TEST(what_does_not_suit_a_slot_is_refused)
{
    bool in = false;
    gil_obj object;
    TRY(object = make_row(env, LIST(INT(5))));
    RAISES(GIL_TYPE_ERROR, gil_item_get(env, object, TEXT("0")));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, object, INT(0), NONE()));
    RAISES(GIL_TYPE_ERROR, gil_item_delete(env, object, REAL(0)));
    RAISES(GIL_TYPE_ERROR, gil_contains(env, object, TEXT("5"), &in));
    RAISES(GIL_TYPE_ERROR, gil_item_get(env, object, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, object, INT(0), GIL_NULL));
    RAISES(GIL_TYPE_ERROR, make_row(env, LIST(TEXT("x"))));
    RAISES(GIL_VALUE_ERROR, make_row(env, LIST(INT(1), INT(2), INT(3), INT(4), INT(5))));
}

TEST(an_object_with_length_and_items_is_gone_through_by_index)
{
    CHECK_REPR(gil_list_from(env, make_row(env, LIST(INT(3), INT(2)))), "[3, 2]");
    CHECK_REPR(gil_tuple_from(env, make_row(env, LIST())), "()");
}

TEST(an_object_of_length_zero_does_not_count_as_true)
{
    bool value = true;
    TRY(gil_truth(env, make_row(env, LIST()), &value));
    CHECK(!value);
    TRY(gil_truth(env, make_row(env, LIST(INT(0))), &value));
    CHECK(value);
}

TEST(an_object_is_called)
{
    gil_obj object;
    TRY(object = make_row(env, LIST(INT(3), INT(4))));
    CHECK(gil_is_callable(env, object));
    CHECK_REPR(CALL(object, INT(10)), "70");
    RAISES(GIL_TYPE_ERROR, CALL(object));
    RAISES(GIL_TYPE_ERROR, CALL(object, TEXT("x")));
}

TEST(an_object_says_how_it_is_shown)
{
    gil_obj object;
    TRY(object = make_row(env, LIST(INT(1))));
    CHECK_TEXT(gil_to_str(env, object), "1 in a row");
    CHECK_REPR(object, "<row of 1>");
    CHECK_REPR(LIST(object, object), "[<row of 1>, <row of 1>]");
}

/* ---- Going through: next in both forms, and iter ------------------------------------------------------------------- */

typedef struct down {
    int64_t left;
} down;

GIL_RESOURCE(down, .doc = "Counts down, as objects.");

GIL_SLOT(down, void, init, (down * self, int64_t from))
{
    self->left = from;
}

GIL_SLOT(down, gil_obj, next, (gil_env * env, down *self))
{
    if (self->left == 13)
        return gil_raise(env, GIL_LOOKUP_ERROR, "13 is skipped in tall houses");
    return self->left > 0 ? INT(self->left--) : GIL_NULL;
}

typedef struct pairs {
    int i, count;
} pairs;

GIL_RESOURCE(pairs, .doc = "Numbers with their squares, as outputs.");

GIL_SLOT(pairs, void, init, (pairs * self, int count))
{
    self->count = count;
}

GIL_SLOT(pairs, bool, next, (pairs * self, GIL_OUT int *number, GIL_OUT int *square))
{
    *number = self->i;
    *square = self->i * self->i;
    return self->i++ < self->count;
}

typedef struct tower {
    int64_t height;
} tower;

GIL_RESOURCE(tower, .doc = "Is gone through from its top.");

GIL_SLOT(tower, void, init, (tower * self, int64_t height))
{
    self->height = height;
}

GIL_SLOT(tower, gil_obj, iter, (gil_env * env, const tower *self))
{
    return CALL(OWN("down"), INT(self->height));
}

TEST(next_gives_objects_until_nothing)
{
    gil_obj object, item = GIL_NULL;
    bool in = false;
    TRY(object = CALL(OWN("down"), INT(3)));
    CHECK(gil_same(env, gil_iter(env, object), object));
    TRY(gil_iter_next(env, object, &item));
    CHECK_REPR(item, "3");
    CHECK_REPR(gil_list_from(env, object), "[2, 1]");
    TRY(gil_iter_next(env, object, &item));
    CHECK(gil_is_null(item));
    TRY(gil_contains(env, CALL(OWN("down"), INT(5)), INT(2), &in));
    CHECK(in);
}

TEST(next_gives_outputs_until_false)
{
    gil_obj object, item = GIL_NULL;
    TRY(object = CALL(OWN("pairs"), INT(3)));
    TRY(gil_iter_next(env, object, &item));
    CHECK_REPR(item, "(0, 0)");
    CHECK_REPR(gil_list_from(env, object), "[(1, 1), (2, 4)]");
}

TEST(iter_gives_what_is_gone_through)
{
    gil_obj object, list;
    TRY(object = CALL(OWN("tower"), INT(2)));
    CHECK_REPR(gil_list_from(env, object), "[2, 1]");
    CHECK_REPR(gil_tuple_from(env, object), "(2, 1)");
    TRY(list = LIST());
    TRY(gil_list_extend(env, list, object));
    CHECK_REPR(list, "[2, 1]");
}

TEST(what_next_raises_ends_the_iteration)
{
    gil_obj list;
    TRY(list = LIST(INT(0)));
    RAISES(GIL_LOOKUP_ERROR, gil_list_from(env, CALL(OWN("tower"), INT(15))));
    RAISES(GIL_LOOKUP_ERROR, gil_list_extend(env, list, CALL(OWN("tower"), INT(15))));
    CHECK_REPR(list, "[0, 15, 14]"); /* what it had added stays */
}

/* ---- Order: equal, less, hash -------------------------------------------------------------------------------------- */

typedef struct version {
    int major, minor;
} version;

GIL_RESOURCE(version, .doc = "Has an order, and a hash.");

GIL_SLOT(version, void, init, (version * self, int major, int minor))
{
    *self = (version){major, minor};
}

GIL_SLOT(version, bool, equal, (const version *self, const version *other))
{
    return self->major == other->major && self->minor == other->minor;
}

GIL_SLOT(version, bool, less, (const version *self, const version *other))
{
    return self->major < other->major || (self->major == other->major && self->minor < other->minor);
}

GIL_SLOT(version, int64_t, hash, (const version *self))
{
    return self->major * 1000 + self->minor;
}

GIL_SLOT(version, gil_obj, repr, (gil_env * env, const version *self))
{
    return gil_str_format(env, "%d.%d", self->major, self->minor);
}

/* Has equal and no hash. */
typedef struct twin {
    int number;
} twin;

GIL_RESOURCE(twin);

GIL_SLOT(twin, void, init, (twin * self, int number))
{
    self->number = number;
}

GIL_SLOT(twin, bool, equal, (gil_env * env, const twin *self, const twin *other))
{
    if (other->number < 0)
        gil_raise(env, GIL_ARITHMETIC_ERROR, "%d cannot be compared", other->number);
    return self->number == other->number;
}

static gil_obj make_version(gil_env *env, int major, int minor)
{
    return CALL(OWN("version"), INT(major), INT(minor));
}

static bool holds(gil_env *env, gil_obj a, gil_comparison how, gil_obj b)
{
    bool value = false;
    return gil_compare(env, a, how, b, &value) && value;
}

TEST(objects_compare_by_equal_and_less)
{
    gil_obj old, same, new;
    TRY(old = make_version(env, 1, 2));
    TRY(same = make_version(env, 1, 2));
    TRY(new = make_version(env, 2, 0));
    CHECK(holds(env, old, GIL_EQ, same) && !holds(env, old, GIL_NE, same));
    CHECK(holds(env, old, GIL_NE, new) && !holds(env, old, GIL_EQ, new));
    CHECK(holds(env, old, GIL_LT, new) && !holds(env, new, GIL_LT, old));
    CHECK(holds(env, new, GIL_GT, old) && !holds(env, old, GIL_GT, new));
    CHECK(holds(env, old, GIL_LE, same) && holds(env, old, GIL_LE, new) && !holds(env, new, GIL_LE, old));
    CHECK(holds(env, old, GIL_GE, same) && holds(env, new, GIL_GE, old) && !holds(env, old, GIL_GE, new));
}

TEST(objects_are_sorted_and_found)
{
    bool in = false;
    gil_obj list;
    TRY(list = LIST(make_version(env, 2, 1), make_version(env, 1, 9), make_version(env, 2, 0)));
    TRY(gil_list_sort(env, list));
    CHECK_REPR(list, "[1.9, 2.0, 2.1]");
    TRY(gil_contains(env, list, make_version(env, 2, 0), &in));
    CHECK(in);
    TRY(gil_contains(env, list, make_version(env, 3, 0), &in));
    CHECK(!in);
}

TEST(objects_with_a_hash_are_keys)
{
    int64_t a = 0, b = 1;
    gil_obj dict;
    TRY(gil_hash(env, make_version(env, 1, 2), &a));
    TRY(gil_hash(env, make_version(env, 1, 2), &b));
    CHECK_COUNT(a, b);
    TRY(dict = DICT(make_version(env, 1, 2), TEXT("old"), make_version(env, 2, 0), TEXT("new")));
    CHECK_TEXT(gil_item_get(env, dict, make_version(env, 1, 2)), "old");
    TRY(gil_item_set(env, dict, make_version(env, 2, 0), TEXT("newer")));
    CHECK_REPR(dict, "{1.2: 'old', 2.0: 'newer'}");
    RAISES(GIL_KEY_ERROR, gil_item_get(env, dict, make_version(env, 0, 0)));
}

TEST(objects_of_different_types_have_no_order_and_are_not_equal)
{
    bool value = false;
    gil_obj object;
    TRY(object = make_version(env, 1, 0));
    CHECK(holds(env, object, GIL_NE, INT(1)) && !holds(env, object, GIL_EQ, INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_compare(env, object, GIL_LT, INT(1), &value));
    RAISES(GIL_TYPE_ERROR, gil_compare(env, CALL(OWN("twin"), INT(1)), GIL_LT, CALL(OWN("twin"), INT(2)), &value));
}

TEST(an_object_with_equal_and_without_hash_has_none)
{
    int64_t hash = 0;
    gil_obj object;
    TRY(object = CALL(OWN("twin"), INT(1)));
    CHECK(holds(env, object, GIL_EQ, CALL(OWN("twin"), INT(1))));
    RAISES(GIL_TYPE_ERROR, gil_hash(env, object, &hash));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, gil_dict_new(env), object, INT(1)));
}

TEST(an_object_without_equal_is_equal_to_itself_only)
{
    int64_t hash = 0;
    gil_obj a, b;
    TRY(a = make_row(env, LIST(INT(1))));
    TRY(b = make_row(env, LIST(INT(1))));
    CHECK(holds(env, a, GIL_EQ, a) && holds(env, a, GIL_NE, b));
    TRY(gil_hash(env, a, &hash));
}

TEST(what_equal_raises_comes_out_of_the_comparison)
{
    bool value = false;
    gil_obj a, b;
    TRY(a = CALL(OWN("twin"), INT(1)));
    TRY(b = CALL(OWN("twin"), INT(-1)));
    RAISES(GIL_ARITHMETIC_ERROR, gil_compare(env, a, GIL_EQ, b, &value));
    RAISES(GIL_ARITHMETIC_ERROR, gil_contains(env, LIST(a), b, &value));
    RAISES(GIL_ARITHMETIC_ERROR, gil_compare(env, LIST(a), GIL_EQ, LIST(b), &value));
}

/* ---- Without any of it ---------------------------------------------------------------------------------------------- */

typedef struct bare {
    int unused;
} bare;

GIL_RESOURCE(bare);

TEST(an_object_without_slots_does_nothing_of_it)
{
    bare *self;
    size_t length = 0;
    bool value = false;
    gil_obj object;
    TRY(object = GIL_RESOURCE_NEW(env, bare, &self));
    RAISES(GIL_TYPE_ERROR, gil_length(env, object, &length));
    RAISES(GIL_TYPE_ERROR, gil_item_get(env, object, INT(0)));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, object, INT(0), INT(0)));
    RAISES(GIL_TYPE_ERROR, gil_item_delete(env, object, INT(0)));
    RAISES(GIL_TYPE_ERROR, gil_contains(env, object, INT(0), &value));
    RAISES(GIL_TYPE_ERROR, gil_iter(env, object));
    RAISES(GIL_TYPE_ERROR, CALL(object));
    RAISES(GIL_TYPE_ERROR, CALL(OWN("bare")));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_get(env, object, "close"));
    TRY(gil_truth(env, object, &value));
    CHECK(value);
    TRY(gil_to_repr(env, object));
    TRY(gil_to_str(env, object));
}
