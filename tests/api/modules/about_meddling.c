/* SPDX-License-Identifier: MIT
 *
 * Objects whose comparisons, hashes and texts change the very container that asks them: it may refuse, it may go on,
 * and it never crashes nor loses what it holds.
 */
#include "check.h"

/* What a meddler does while it is asked. */
typedef enum meddling { NOTHING, CLEAR, APPEND, SHRINK, GROW_DICT, CLEAR_DICT, CLOSE } meddling;

typedef struct state {
    gil_ref *victim;
    meddling how;
    int ended;
} state;

GIL_MODULE(about_meddling, .doc = "Tests of containers that change under the hand.", .state_size = sizeof(state));

typedef struct meddler {
    int number;
} meddler;

static void end_meddler(gil_env *env, meddler *self)
{
    (void)self;
    ((state *)gil_module_state(env))->ended++;
}

GIL_RESOURCE(meddler, .doc = "Changes what it lies in.", .finalize = end_meddler, .closable = true);

static void meddle(gil_env *env)
{
    state *all = gil_module_state(env);
    if (all->how == NOTHING)
        return;
    gil_obj victim = gil_ref_get(env, all->victim);
    switch (all->how) {
    case CLEAR:
        gil_slice_set(env, victim, 0, INT64_MAX, GIL_NULL);
        break;
    case APPEND:
        for (int i = 0; i < 10; i++)
            gil_list_append(env, victim, NONE());
        break;
    case SHRINK:
        gil_slice_set(env, victim, 1, INT64_MAX, GIL_NULL);
        break;
    case GROW_DICT:
        for (int i = 0; i < 20; i++)
            gil_item_set(env, victim, INT(i), NONE());
        break;
    case CLEAR_DICT:
        gil_dict_clear(env, victim);
        break;
    default:
        gil_resource_close(env, victim);
    }
}

GIL_SLOT(meddler, void, init, (meddler * self, int number))
{
    self->number = number;
}

GIL_SLOT(meddler, bool, equal, (gil_env * env, const meddler *self, const meddler *other))
{
    int mine = self->number, theirs = other->number;
    meddle(env);
    return mine == theirs;
}

GIL_SLOT(meddler, bool, less, (gil_env * env, const meddler *self, const meddler *other))
{
    int mine = self->number, theirs = other->number;
    meddle(env);
    return mine < theirs;
}

GIL_SLOT(meddler, int64_t, hash, (const meddler *self))
{
    (void)self;
    return 7; /* they all meet */
}

GIL_SLOT(meddler, gil_obj, repr, (gil_env * env, const meddler *self))
{
    int mine = self->number;
    meddle(env);
    return gil_error_pending(env) ? GIL_NULL : gil_str_format(env, "<%d>", mine);
}

GIL_SLOT(meddler, gil_obj, str, (gil_env * env, const meddler *self))
{
    (void)self;
    return CALL(OWN("meddler"), INT(1)); /* no text */
}

/* ---- On and off ------------------------------------------------------------------------------------------------ */

static void stop(state **all)
{
    gil_ref_drop((*all)->victim);
    (*all)->victim = NULL;
    (*all)->how = NOTHING;
}

/* Until the test ends. */
#define MEDDLE(victim_, how_) \
    state *all __attribute__((cleanup(stop))) = gil_module_state(env); \
    TRY(all->victim = gil_ref_new(env, (victim_))); \
    all->how = (how_)

static gil_obj make(gil_env *env, int number)
{
    return CALL(OWN("meddler"), INT(number));
}

static gil_obj five(gil_env *env)
{
    return LIST(make(env, 3), make(env, 1), make(env, 4), make(env, 2), make(env, 5));
}

/* Any outcome is right but a crash; for want of memory the MemoryError stays. */
static bool any_outcome(gil_env *env)
{
    gil_obj exception = gil_error_fetch(env);
    if (gil_is_null(exception))
        return !gil_error_pending(env);
    if (gil_exception_kind(env, exception) != GIL_MEMORY_ERROR)
        return true;
    gil_error_restore(env, exception);
    return false;
}

/* ---- Lists ----------------------------------------------------------------------------------------------------- */

TEST(a_list_that_is_changed_while_it_is_sorted_says_so)
{
    gil_obj list;
    TRY(list = five(env));
    MEDDLE(list, APPEND);
    RAISES(GIL_VALUE_ERROR, gil_list_sort(env, list));
}

TEST(a_list_that_is_cleared_while_it_is_sorted_is_no_crash)
{
    gil_obj list;
    TRY(list = five(env));
    MEDDLE(list, CLEAR);
    gil_list_sort(env, list);
    TRY(any_outcome(env));
    all->how = NOTHING;
    TRY(gil_list_append(env, list, INT(1)));
    TRY(gil_to_repr(env, list));
}

TEST(a_list_that_shrinks_while_it_is_searched_is_no_crash)
{
    bool in = false;
    gil_obj list;
    TRY(list = five(env));
    MEDDLE(list, SHRINK);
    TRY(gil_contains(env, list, make(env, 9), &in));
    CHECK(!in);
    all->how = CLEAR;
    TRY(gil_list_extend(env, list, five(env)));
    TRY(gil_contains(env, list, make(env, 9), &in));
    CHECK_REPR(list, "[]");
}

TEST(lists_that_are_cleared_while_they_are_compared_are_no_crash)
{
    bool value = false;
    gil_obj a, b;
    TRY(a = five(env));
    TRY(b = five(env));
    MEDDLE(a, CLEAR);
    gil_compare(env, a, GIL_EQ, b, &value);
    TRY(any_outcome(env));
    gil_compare(env, b, GIL_LT, a, &value);
    TRY(any_outcome(env));
    CHECK_REPR(a, "[]");
}

TEST(a_list_that_changes_while_it_is_shown_is_no_crash)
{
    gil_obj list;
    TRY(list = five(env));
    MEDDLE(list, CLEAR);
    TRY(gil_to_repr(env, list));
    TRY(gil_list_extend(env, list, five(env)));
    all->how = SHRINK;
    TRY(gil_to_repr(env, list));
}

/* ---- Dicts ----------------------------------------------------------------------------------------------------- */

static gil_obj three_keys(gil_env *env)
{
    return DICT(make(env, 1), TEXT("a"), make(env, 2), TEXT("b"), make(env, 3), TEXT("c"));
}

TEST(a_dict_that_grows_while_a_key_is_looked_for_is_no_crash)
{
    gil_obj dict, value;
    TRY(dict = three_keys(env));
    MEDDLE(dict, GROW_DICT);
    gil_dict_find(env, dict, make(env, 3), &value);
    TRY(any_outcome(env));
    gil_item_set(env, dict, make(env, 9), NONE());
    TRY(any_outcome(env));
}

TEST(a_dict_that_is_cleared_while_a_key_is_looked_for_is_no_crash)
{
    bool in = false;
    gil_obj dict, value;
    TRY(dict = three_keys(env));
    MEDDLE(dict, CLEAR_DICT);
    gil_dict_find(env, dict, make(env, 3), &value);
    TRY(any_outcome(env));
    TRY(gil_item_set(env, dict, make(env, 1), NONE()));
    gil_item_delete(env, dict, make(env, 1));
    TRY(any_outcome(env));
    TRY(gil_item_set(env, dict, make(env, 1), NONE()));
    gil_contains(env, dict, make(env, 1), &in);
    TRY(any_outcome(env));
    TRY(gil_item_set(env, dict, make(env, 1), NONE()));
    gil_item_set(env, dict, make(env, 1), INT(1));
    TRY(any_outcome(env));
    TRY(gil_dict_clear(env, dict));
    CHECK_REPR(dict, "{}");
}

TEST(dicts_that_are_cleared_while_they_are_compared_are_no_crash)
{
    bool value = false;
    gil_obj a, b;
    TRY(a = three_keys(env));
    TRY(b = three_keys(env));
    MEDDLE(a, CLEAR_DICT);
    gil_compare(env, a, GIL_EQ, b, &value);
    TRY(any_outcome(env));
    TRY(gil_dict_clear(env, a));
    all->how = NOTHING;
    TRY(gil_dict_update(env, a, b));
    all->how = CLEAR_DICT;
    gil_compare(env, b, GIL_EQ, a, &value);
    TRY(any_outcome(env));
}

TEST(a_dict_that_is_cleared_while_it_is_shown_or_taken_over_is_no_crash)
{
    gil_obj dict, other;
    TRY(dict = three_keys(env));
    TRY(other = three_keys(env));
    MEDDLE(dict, CLEAR_DICT);
    TRY(gil_to_repr(env, dict));
    all->how = NOTHING;
    TRY(gil_dict_update(env, dict, other));
    all->how = CLEAR_DICT;
    gil_dict_update(env, other, dict);
    TRY(any_outcome(env));
    all->how = NOTHING;
    TRY(gil_dict_update(env, dict, other));
    all->how = CLEAR_DICT;
    gil_dict_update(env, dict, other);
    TRY(any_outcome(env));
    gil_dict_set_default(env, dict, make(env, 2), NONE());
    TRY(any_outcome(env));
}

/* ---- Themselves ------------------------------------------------------------------------------------------------- */

TEST(an_object_is_not_closed_while_it_compares)
{
    bool value = false;
    gil_obj object;
    TRY(object = make(env, 1));
    MEDDLE(object, CLOSE);
    RAISES(GIL_RUNTIME_ERROR, gil_compare(env, object, GIL_EQ, make(env, 1), &value));
    RAISES(GIL_RUNTIME_ERROR, gil_to_repr(env, object));
    all->how = NOTHING;
    CHECK_REPR(object, "<1>");
}

TEST(a_text_that_is_none_is_refused)
{
    RAISES(GIL_TYPE_ERROR, gil_to_str(env, make(env, 1)));
}

TEST(a_closed_object_in_a_list_is_told_of)
{
    bool value = false;
    gil_obj object, list;
    TRY(object = make(env, 1));
    TRY(list = LIST(object));
    TRY(gil_resource_close(env, object));
    RAISES(GIL_VALUE_ERROR, gil_compare(env, list, GIL_EQ, LIST(make(env, 1)), &value));
    RAISES(GIL_VALUE_ERROR, gil_contains(env, list, make(env, 1), &value));
    TRY(gil_contains(env, list, object, &value)); /* it is the same object: nobody is asked */
    CHECK(value);
}

/* ---- Ends ------------------------------------------------------------------------------------------------------- */

/* Frees what lies in the same list, from inside of the end of another. */
static void clear_list(void *owner)
{
    gil_ref **ref = owner;
    gil_ref_drop(*ref);
    *ref = NULL;
}

TEST(an_end_may_end_others)
{
    int byte = 0;
    state *all = gil_module_state(env);
    int before = all->ended;
    gil_ref *kept = NULL;
    gil_buffer memory = {.data = &byte, .dtype = GIL_INT8, .ndim = 1, .shape = {1}, .strides = {1}};
    GIL_SCOPE(env) {
        TRY(kept = gil_ref_new(env, LIST(make(env, 1), make(env, 2))));
        gil_obj array = gil_array_borrow(env, &memory, clear_list, &kept);
        if (gil_is_null(array))
            clear_list(&kept);
        TRY(array);
    }
    CHECK(kept == NULL);
    CHECK_COUNT(all->ended, before + 2);
}
