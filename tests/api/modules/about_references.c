/* SPDX-License-Identifier: MIT
 *
 * References, which keep objects for longer than handles live; and scopes, which end handles earlier.
 */
#include "check.h"

GIL_MODULE(about_references, .doc = "Tests of references and scopes.");

static void count_release(void *owner)
{
    ++*(int *)owner;
}

/* An array whose end is seen in *ended. */
static gil_obj watched(gil_env *env, int *ended)
{
    gil_buffer memory = {.data = ended, .dtype = GIL_INT32, .ndim = 1, .shape = {1}, .strides = {4}};
    return gil_array_borrow(env, &memory, count_release, ended);
}

/* ---- References ------------------------------------------------------------------------------------------- */

TEST(a_reference_keeps_an_object_when_its_handle_ends)
{
    int ended = 0;
    DROPPED gil_ref *ref = NULL;
    GIL_SCOPE(env)
        TRY(ref = gil_ref_new(env, watched(env, &ended)));
    CHECK_COUNT(ended, 0);
    GIL_SCOPE(env) {
        gil_obj object;
        TRY(object = gil_ref_get(env, ref));
        CHECK_COUNT(gil_type_of(env, object), GIL_OBJ_ARRAY);
        gil_ref_drop(ref);
        ref = NULL;
        CHECK_COUNT(ended, 0);
        CHECK_REPR(gil_item_get(env, object, INT(0)), "0"); /* the handle keeps it now */
    }
    CHECK_COUNT(ended, 1);
}

TEST(a_reference_gives_the_same_object_each_time)
{
    gil_obj list, a, b;
    TRY(list = LIST(INT(1)));
    DROPPED gil_ref *ref = NULL;
    TRY(ref = gil_ref_new(env, list));
    TRY(a = gil_ref_get(env, ref));
    TRY(b = gil_ref_get(env, ref));
    CHECK(gil_same(env, a, list) && gil_same(env, a, b));
}

TEST(two_references_keep_an_object_until_both_are_dropped)
{
    int ended = 0;
    DROPPED gil_ref *first = NULL;
    DROPPED gil_ref *second = NULL;
    GIL_SCOPE(env) {
        gil_obj object;
        TRY(object = watched(env, &ended));
        TRY(first = gil_ref_new(env, object));
        TRY(second = gil_ref_new(env, object));
    }
    gil_ref_drop(first);
    first = NULL;
    CHECK_COUNT(ended, 0);
    gil_ref_drop(second);
    second = NULL;
    CHECK_COUNT(ended, 1);
}

TEST(a_reference_to_nothing_is_refused)
{
    RAISES(GIL_TYPE_ERROR, gil_ref_new(env, GIL_NULL));
    gil_raise(env, GIL_KEY_ERROR, "why");
    RAISES(GIL_KEY_ERROR, gil_ref_new(env, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_ref_get(env, NULL));
    gil_ref_drop(NULL);
}

TEST(a_reference_dropped_without_the_gil_ends_its_object_later)
{
    int ended = 0;
    gil_ref *ref = NULL;
    GIL_SCOPE(env)
        TRY(ref = gil_ref_new(env, watched(env, &ended)));
    GIL_BEGIN_ALLOW_THREADS(env)
    gil_ref_drop(ref);
    GIL_END_ALLOW_THREADS(env)
    for (int i = 0; i < 3 && !ended; i++) {
        GIL_BEGIN_ALLOW_THREADS(env) /* somebody takes the GIL: it is this thread */
        GIL_END_ALLOW_THREADS(env)
    }
    CHECK_COUNT(ended, 1);
}

TEST(none_and_bool_are_kept_too)
{
    DROPPED gil_ref *none = NULL;
    DROPPED gil_ref *yes = NULL;
    TRY(none = gil_ref_new(env, NONE()));
    TRY(yes = gil_ref_new(env, BOOL(true)));
    CHECK_REPR(gil_ref_get(env, none), "None");
    CHECK_REPR(gil_ref_get(env, yes), "True");
}

TEST(many_references_are_kept_apart)
{
    gil_ref *refs[64] = {NULL};
    bool fine = true;
    for (int i = 0; i < 64 && fine; i++)
        GIL_SCOPE(env)
            fine = (refs[i] = gil_ref_new(env, INT(i))) != NULL;
    for (int i = 0; i < 64 && fine; i++) {
        int64_t value = -1;
        fine = gil_int_get(env, gil_ref_get(env, refs[i]), &value) && IS_COUNT(value, i);
    }
    for (int i = 63; i >= 0; i--)
        gil_ref_drop(refs[i]);
    TRY(fine);
}

/* ---- Scopes ------------------------------------------------------------------------------------------------- */

TEST(a_scope_ends_what_was_made_in_it)
{
    int ended = 0;
    GIL_SCOPE(env) {
        TRY(watched(env, &ended));
        CHECK_COUNT(ended, 0);
    }
    CHECK_COUNT(ended, 1);
}

TEST(scopes_in_scopes_end_in_reverse_order)
{
    int outer = 0, inner = 0;
    GIL_SCOPE(env) {
        TRY(watched(env, &outer));
        GIL_SCOPE(env)
            TRY(watched(env, &inner));
        CHECK(inner == 1 && outer == 0);
        GIL_SCOPE(env)
            TRY(watched(env, &inner));
        CHECK(inner == 2 && outer == 0);
    }
    CHECK(inner == 2 && outer == 1);
}

static bool leave_by_return(gil_env *env, int *ended)
{
    GIL_SCOPE(env)
        return !gil_is_null(watched(env, ended));
    return false;
}

TEST(a_scope_is_left_by_break_continue_and_return)
{
    int ended = 0, rounds = 0;
    for (int i = 0; i < 3; i++, rounds++)
        GIL_SCOPE(env) {
            TRY(watched(env, &ended));
            if (i == 0)
                break; /* of the scope, not of the loop */
            if (i == 1)
                continue;
        }
    CHECK(ended == 3 && rounds == 3);
    TRY(leave_by_return(env, &ended));
    CHECK_COUNT(ended, 4);
}

TEST(escape_lets_one_object_live_on)
{
    int ended = 0;
    GIL_SCOPE(env) {
        gil_obj kept = GIL_NULL;
        GIL_SCOPE(env) {
            gil_obj made;
            TRY(made = watched(env, &ended));
            TRY(kept = gil_escape(env, made));
            CHECK(gil_same(env, kept, gil_escape(env, kept)));
        }
        CHECK_COUNT(ended, 0);
        CHECK_REPR(gil_item_get(env, kept, INT(0)), "0");
    }
    CHECK_COUNT(ended, 1);
}

/* A third scope, because the array must not live longer than `ended`. */
TEST(escape_goes_one_scope_up_at_a_time)
{
    int ended = 0;
    GIL_SCOPE(env) {
        gil_obj kept = GIL_NULL;
        GIL_SCOPE(env) {
            GIL_SCOPE(env)
                TRY(kept = gil_escape(env, LIST(watched(env, &ended))));
            CHECK_COUNT(ended, 0);
            TRY(kept = gil_escape(env, kept));
        }
        CHECK_COUNT(ended, 0);
        CHECK_REPR(gil_item_get(env, gil_item_get(env, kept, INT(0)), INT(0)), "0");
    }
    CHECK_COUNT(ended, 1);
}

/* The best of many, kept by the loop that gil.h shows. */
TEST(the_best_of_a_loop_escapes_again_and_again)
{
    gil_obj best = GIL_NULL;
    for (int i = 0; i < 20; i++)
        GIL_SCOPE(env) {
            gil_obj number;
            bool more = gil_is_null(best);
            TRY(number = INT(i * 7 % 20));
            if (!more)
                TRY(gil_compare(env, number, GIL_GT, best, &more));
            if (more)
                TRY(best = gil_escape(env, number));
        }
    CHECK_REPR(best, "19");
}

TEST(escape_of_nothing_is_nothing)
{
    gil_raise(env, GIL_KEY_ERROR, "why");
    GIL_SCOPE(env)
        RAISES(GIL_KEY_ERROR, gil_escape(env, GIL_NULL));
}

TEST(an_exception_outlives_the_scope_that_it_was_raised_in)
{
    GIL_SCOPE(env)
        gil_raise(env, GIL_LOOKUP_ERROR, "of the scope");
    gil_obj exception;
    TRY(exception = TAKEN(GIL_LOOKUP_ERROR));
    CHECK_TEXT(gil_exception_message(env, exception), "of the scope");
}

GIL_FUNCTION(gil_obj, first_of, (gil_env * env, gil_obj list), .doc = "The first item, out of a scope.")
{
    GIL_SCOPE(env)
        return gil_escape(env, gil_item_get(env, list, INT(0)));
    return GIL_NULL;
}

TEST(a_function_returns_what_escaped)
{
    CHECK_REPR(CALL(OWN("first_of"), LIST(TEXT("a"), TEXT("b"))), "'a'");
    RAISES(GIL_INDEX_ERROR, CALL(OWN("first_of"), LIST()));
}

TEST(thousands_of_handles_are_made_in_a_loop)
{
    int64_t sum = 0, value = 0;
    for (int i = 0; i < 500; i++)
        GIL_SCOPE(env) {
            TRY(gil_int_get(env, INT(i), &value));
            sum += value;
        }
    CHECK_COUNT(sum, 499 * 500 / 2);
}
