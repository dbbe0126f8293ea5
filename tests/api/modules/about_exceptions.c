/* SPDX-License-Identifier: MIT
 *
 * Exceptions: raised, fetched, restored, asked; their types and causes.
 */
#include <errno.h>

#include "check.h"

GIL_MODULE(about_exceptions, .doc = "Tests of exceptions.");

/* Raise it and take it. */
static gil_obj make(gil_env *env, gil_error_kind kind, const char *message)
{
    gil_raise(env, kind, "%s", message);
    return TAKEN(kind);
}

/* ---- Raised and taken --------------------------------------------------------------------------------------- */

TEST(raise_makes_an_exception_pending)
{
    CHECK(!gil_error_pending(env));
    gil_obj nothing = gil_raise(env, GIL_VALUE_ERROR, "%d is too many", 3), exception;
    bool pending = gil_error_pending(env);
    TRY(exception = TAKEN(GIL_VALUE_ERROR));
    CHECK(gil_is_null(nothing) && pending);
    CHECK_COUNT(gil_type_of(env, exception), GIL_OBJ_EXCEPTION);
    CHECK_COUNT(gil_exception_kind(env, exception), GIL_VALUE_ERROR);
    CHECK_TEXT(gil_exception_message(env, exception), "3 is too many");
    CHECK_TEXT(gil_to_str(env, exception), "3 is too many");
}

TEST(fetch_of_nothing_is_no_failure)
{
    gil_obj nothing = gil_error_fetch(env);
    CHECK(gil_is_null(nothing) && !gil_error_pending(env));
}

TEST(every_kind_is_raised_and_has_its_name)
{
    static const char *const names[] = {
#define NAME(number, name, text) [number] = text,
        GIL_ERROR_KINDS(NAME)
#undef NAME
    };
    for (int kind = 0; kind < (int)(sizeof names / sizeof names[0]); kind++)
        GIL_SCOPE(env) {
            gil_obj exception, type;
            TRY(exception = make(env, (gil_error_kind)kind, names[kind]));
            CHECK_COUNT(gil_exception_kind(env, exception), kind);
            TRY(type = gil_exception_type(env, (gil_error_kind)kind));
            CHECK_COUNT(gil_type_of(env, type), GIL_OBJ_TYPE);
            CHECK_TEXT(gil_attr_get(env, type, "__name__"), names[kind]);
            CHECK(gil_is_instance(env, exception, type));
            CHECK(gil_exception_matches(env, exception, (gil_error_kind)kind));
        }
}

TEST(a_later_exception_takes_the_place_of_the_first)
{
    gil_obj exception;
    gil_raise(env, GIL_KEY_ERROR, "first");
    gil_raise(env, GIL_INDEX_ERROR, "second");
    TRY(exception = TAKEN(GIL_INDEX_ERROR));
    CHECK_COUNT(gil_exception_kind(env, exception), GIL_INDEX_ERROR);
    CHECK(!gil_error_pending(env));
}

TEST(clear_drops_what_is_pending)
{
    gil_raise(env, GIL_KEY_ERROR, "dropped");
    gil_error_clear(env);
    CHECK(!gil_error_pending(env));
    gil_error_clear(env);
    CHECK(!gil_error_pending(env));
}

TEST(restore_makes_it_pending_again)
{
    gil_obj exception, again;
    TRY(exception = make(env, GIL_EOF_ERROR, "the end"));
    gil_obj nothing = gil_error_restore(env, exception);
    bool pending = gil_error_pending(env);
    TRY(again = TAKEN(GIL_EOF_ERROR));
    CHECK(gil_is_null(nothing) && pending);
    CHECK(gil_same(env, exception, again));
    CHECK_TEXT(gil_exception_message(env, again), "the end");
}

TEST(only_an_exception_is_restored)
{
    RAISES(GIL_TYPE_ERROR, gil_error_restore(env, INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_error_restore(env, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_error_restore(env, gil_exception_type(env, GIL_KEY_ERROR)));
}

TEST(a_message_may_be_long_and_wide)
{
    char many[5001];
    memset(many, 'm', 5000);
    many[5000] = '\0';
    CHECK_TEXT(gil_exception_message(env, make(env, GIL_VALUE_ERROR, many)), many);
    CHECK_TEXT(gil_exception_message(env, make(env, GIL_VALUE_ERROR, "\xe2\x82\xac")), "\xe2\x82\xac");
    CHECK_TEXT(gil_exception_message(env, make(env, GIL_VALUE_ERROR, "a\xff")), "a?");
    CHECK_TEXT(gil_exception_message(env, make(env, GIL_VALUE_ERROR, "")), "");
}

/* ---- Asked ---------------------------------------------------------------------------------------------------- */

TEST(what_is_no_exception_is_of_no_kind)
{
    gil_obj number;
    TRY(number = INT(1));
    CHECK_COUNT(gil_exception_kind(env, number), GIL_EXCEPTION);
    CHECK_COUNT(gil_exception_kind(env, GIL_NULL), GIL_EXCEPTION);
    CHECK(!gil_exception_matches(env, number, GIL_EXCEPTION));
    CHECK(!gil_exception_matches(env, GIL_NULL, GIL_EXCEPTION));
    RAISES(GIL_TYPE_ERROR, gil_exception_message(env, number));
    RAISES(GIL_TYPE_ERROR, gil_exception_message(env, GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_exception_cause(env, number));
}

TEST(an_exception_matches_the_kinds_above_its_own)
{
    static const struct {
        gil_error_kind kind, above, beside;
    } family[] = {
        {GIL_FILE_NOT_FOUND_ERROR, GIL_OS_ERROR, GIL_VALUE_ERROR},
        {GIL_FILE_EXISTS_ERROR, GIL_OS_ERROR, GIL_FILE_NOT_FOUND_ERROR},
        {GIL_PERMISSION_ERROR, GIL_OS_ERROR, GIL_RUNTIME_ERROR},
        {GIL_TIMEOUT_ERROR, GIL_OS_ERROR, GIL_RUNTIME_ERROR},
        {GIL_KEY_ERROR, GIL_LOOKUP_ERROR, GIL_INDEX_ERROR},
        {GIL_INDEX_ERROR, GIL_LOOKUP_ERROR, GIL_KEY_ERROR},
        {GIL_OVERFLOW_ERROR, GIL_ARITHMETIC_ERROR, GIL_VALUE_ERROR},
        {GIL_ZERO_DIVISION_ERROR, GIL_ARITHMETIC_ERROR, GIL_OVERFLOW_ERROR},
        {GIL_UNICODE_ERROR, GIL_VALUE_ERROR, GIL_TYPE_ERROR},
        {GIL_RECURSION_ERROR, GIL_RUNTIME_ERROR, GIL_SYSTEM_ERROR},
        {GIL_NOT_IMPLEMENTED_ERROR, GIL_RUNTIME_ERROR, GIL_RECURSION_ERROR},
        {GIL_MEMORY_ERROR, GIL_EXCEPTION, GIL_RUNTIME_ERROR},
    };
    for (size_t i = 0; i < sizeof family / sizeof family[0]; i++)
        GIL_SCOPE(env) {
            gil_obj exception;
            TRY(exception = make(env, family[i].kind, "below"));
            CHECK(gil_exception_matches(env, exception, family[i].kind));
            CHECK(gil_exception_matches(env, exception, family[i].above));
            CHECK(gil_exception_matches(env, exception, GIL_EXCEPTION));
            CHECK(!gil_exception_matches(env, exception, family[i].beside));
        }
}

TEST(a_keyboard_interrupt_is_no_exception_as_others_are)
{
    gil_obj exception;
    TRY(exception = make(env, GIL_KEYBOARD_INTERRUPT, "stop"));
    CHECK(gil_exception_matches(env, exception, GIL_KEYBOARD_INTERRUPT));
    CHECK(!gil_exception_matches(env, exception, GIL_EXCEPTION));
}

/* ---- errno ---------------------------------------------------------------------------------------------------- */

static bool is_of_errno(gil_env *env, int number, const char *path, gil_error_kind kind)
{
    gil_obj exception;
    if (!HAS_RAISED(kind, gil_error_raise_errno(env, number, path)))
        return false;
    gil_error_raise_errno(env, number, path);
    return IS_FINE(exception = TAKEN(kind)) &&
           IS_REPR(gil_attr_get(env, exception, "errno"), number == ENOENT   ? "2"
                                                          : number == EACCES ? "13"
                                                                             : "17") &&
           IS_TEXT(gil_attr_get(env, exception, "strerror"), strerror(number)) &&
           IS_TRUE(gil_exception_matches(env, exception, GIL_OS_ERROR)) &&
           (!path || IS_TEXT(gil_attr_get(env, exception, "filename"), path));
}

TEST(errno_becomes_an_os_error_with_its_attributes)
{
    CHECK(is_of_errno(env, ENOENT, "/no/such", GIL_FILE_NOT_FOUND_ERROR));
    CHECK(is_of_errno(env, EACCES, "/secret", GIL_PERMISSION_ERROR));
    CHECK(is_of_errno(env, EEXIST, NULL, GIL_FILE_EXISTS_ERROR));
    RAISES(GIL_OS_ERROR, gil_error_raise_errno(env, EIO, NULL));
}

/* ---- Types of one's own ----------------------------------------------------------------------------------------- */

TEST(a_type_of_ones_own_is_below_its_base)
{
    gil_obj type, exception;
    TRY(type = gil_exception_type_new(env, "about.Error", gil_exception_type(env, GIL_KEY_ERROR), "Its doc."));
    CHECK_COUNT(gil_type_of(env, type), GIL_OBJ_TYPE);
    CHECK_TEXT(gil_attr_get(env, type, "__doc__"), "Its doc.");
    gil_raise_type(env, type, "%s", "mine");
    TRY(exception = TAKEN(GIL_KEY_ERROR));
    CHECK_COUNT(gil_exception_kind(env, exception), GIL_KEY_ERROR);
    CHECK_TEXT(gil_exception_message(env, exception), "mine");
    CHECK(gil_is_instance(env, exception, type));
    CHECK(gil_is_instance(env, exception, gil_exception_type(env, GIL_KEY_ERROR)));
    CHECK(gil_is_instance(env, exception, gil_exception_type(env, GIL_LOOKUP_ERROR)));
    CHECK(gil_is_instance(env, exception, gil_exception_type(env, GIL_EXCEPTION)));
    CHECK(!gil_is_instance(env, exception, gil_exception_type(env, GIL_VALUE_ERROR)));
}

TEST(types_of_ones_own_stand_one_below_another)
{
    gil_obj base, type, other, exception;
    TRY(base = gil_exception_type_new(env, "about.Base", GIL_NULL, NULL));
    TRY(type = gil_exception_type_new(env, "about.Below", base, NULL));
    TRY(other = gil_exception_type_new(env, "about.Base", GIL_NULL, NULL)); /* the name makes it no other's equal */
    gil_raise_type(env, type, "below");
    TRY(exception = TAKEN(GIL_EXCEPTION));
    CHECK(gil_is_instance(env, exception, type) && gil_is_instance(env, exception, base));
    CHECK(!gil_is_instance(env, exception, other));
    CHECK_COUNT(gil_exception_kind(env, exception), GIL_EXCEPTION);
    gil_raise_type(env, base, "above");
    TRY(exception = TAKEN(GIL_EXCEPTION));
    CHECK(!gil_is_instance(env, exception, type));
}

TEST(the_name_of_a_type_is_copied)
{
    char name[] = "about.Copied", doc[] = "Copied too.";
    gil_obj type;
    TRY(type = gil_exception_type_new(env, name, GIL_NULL, doc));
    memset(name, 'x', sizeof name - 1);
    memset(doc, 'x', sizeof doc - 1);
    CHECK_TEXT(gil_attr_get(env, type, "__doc__"), "Copied too.");
    bool in = false;
    TRY(gil_contains(env, gil_attr_get(env, type, "__name__"), TEXT("Copied"), &in));
    CHECK(in);
}

TEST(only_an_exception_type_is_raised_or_a_base)
{
    RAISES(GIL_TYPE_ERROR, gil_raise_type(env, INT(1), "no type"));
    RAISES(GIL_TYPE_ERROR, gil_raise_type(env, make(env, GIL_KEY_ERROR, "an object of one"), "no type"));
    RAISES(GIL_TYPE_ERROR, gil_raise_type(env, GIL_NULL, "no type"));
    RAISES(GIL_TYPE_ERROR, gil_exception_type_new(env, "about.Error", INT(1), NULL));
    gil_raise(env, GIL_EOF_ERROR, "the base could not be made");
    RAISES(GIL_EOF_ERROR, gil_exception_type_new(env, "about.Error", GIL_NULL, NULL));
}

TEST(is_instance_answers_anything_and_never_fails)
{
    gil_obj number, type;
    TRY(number = INT(1));
    TRY(type = gil_exception_type(env, GIL_EXCEPTION));
    CHECK(!gil_is_instance(env, number, type));
    CHECK(!gil_is_instance(env, number, number));
    CHECK(!gil_is_instance(env, type, type));
    CHECK(!gil_is_instance(env, GIL_NULL, type));
    CHECK(!gil_is_instance(env, number, GIL_NULL));
}

TEST(an_exception_type_is_called_to_make_an_exception)
{
    gil_obj exception;
    TRY(exception = CALL(gil_exception_type(env, GIL_VALUE_ERROR), TEXT("made, not raised")));
    CHECK(!gil_error_pending(env));
    CHECK_COUNT(gil_exception_kind(env, exception), GIL_VALUE_ERROR);
    CHECK_TEXT(gil_exception_message(env, exception), "made, not raised");
    TRY(exception = CALL(gil_exception_type(env, GIL_VALUE_ERROR)));
    CHECK_TEXT(gil_exception_message(env, exception), "");
}

/* ---- Causes ----------------------------------------------------------------------------------------------------- */

TEST(raise_from_keeps_what_is_pending_as_the_cause)
{
    gil_obj exception, cause;
    TRY(cause = make(env, GIL_KEY_ERROR, "the cause"));
    gil_error_restore(env, cause);
    gil_obj nothing = gil_raise_from(env, GIL_NULL, GIL_VALUE_ERROR, "because of %s", "it");
    TRY(exception = TAKEN(GIL_VALUE_ERROR));
    CHECK(gil_is_null(nothing));
    CHECK_TEXT(gil_exception_message(env, exception), "because of it");
    TRY(cause = gil_exception_cause(env, exception));
    CHECK_COUNT(gil_exception_kind(env, cause), GIL_KEY_ERROR);
    CHECK_TEXT(gil_exception_message(env, cause), "the cause");
    CHECK(gil_same(env, gil_attr_get(env, exception, "__cause__"), cause));
}

TEST(raise_from_takes_a_cause_that_was_fetched)
{
    gil_obj exception, cause, found;
    TRY(cause = make(env, GIL_KEY_ERROR, "fetched"));
    gil_raise_from(env, cause, GIL_VALUE_ERROR, "because");
    TRY(exception = TAKEN(GIL_VALUE_ERROR));
    CHECK_COUNT(gil_exception_kind(env, exception), GIL_VALUE_ERROR);
    TRY(found = gil_exception_cause(env, exception));
    CHECK(gil_same(env, cause, found));
}

TEST(raise_from_nothing_raises_without_a_cause)
{
    gil_obj exception;
    gil_raise_from(env, GIL_NULL, GIL_VALUE_ERROR, "alone");
    TRY(exception = TAKEN(GIL_VALUE_ERROR));
    CHECK_COUNT(gil_exception_kind(env, exception), GIL_VALUE_ERROR);
    gil_obj cause = gil_exception_cause(env, exception);
    CHECK(gil_is_null(cause) && !gil_error_pending(env));
    CHECK_REPR(gil_attr_get(env, exception, "__cause__"), "None");
}

TEST(a_cause_is_set_and_taken_away)
{
    gil_obj exception, cause;
    TRY(exception = make(env, GIL_VALUE_ERROR, "effect"));
    TRY(cause = make(env, GIL_KEY_ERROR, "cause"));
    TRY(gil_exception_set_cause(env, exception, cause));
    TRY(gil_exception_cause(env, exception));
    TRY(gil_exception_set_cause(env, exception, GIL_NULL));
    CHECK(gil_is_null(gil_exception_cause(env, exception)));
}

TEST(an_exception_does_not_cause_itself)
{
    gil_obj exception, cause;
    TRY(exception = make(env, GIL_VALUE_ERROR, "effect"));
    TRY(cause = make(env, GIL_KEY_ERROR, "cause"));
    RAISES(GIL_VALUE_ERROR, gil_exception_set_cause(env, exception, exception));
    TRY(gil_exception_set_cause(env, exception, cause));
    RAISES(GIL_VALUE_ERROR, gil_exception_set_cause(env, cause, exception));
    RAISES(GIL_TYPE_ERROR, gil_exception_set_cause(env, exception, INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_exception_set_cause(env, INT(1), exception));
    CHECK(gil_same(env, gil_exception_cause(env, exception), cause));
}

/* ---- Through a call ------------------------------------------------------------------------------------------- */

GIL_FUNCTION(gil_obj, raise_from_here, (gil_env * env, const char *message), .doc = "Raise IndexError.")
{
    return gil_raise(env, GIL_INDEX_ERROR, "%s", message);
}

GIL_FUNCTION(gil_obj, raise_mine, (gil_env * env, gil_obj type), .doc = "Raise one of a type.")
{
    return gil_raise_type(env, type, "mine");
}

TEST(an_exception_goes_through_a_call_as_it_is)
{
    gil_obj type, exception;
    RAISES(GIL_INDEX_ERROR, CALL(OWN("raise_from_here"), TEXT("inside")));
    TRY(type = gil_exception_type_new(env, "about.Error", gil_exception_type(env, GIL_OS_ERROR), NULL));
    gil_obj nothing = CALL(OWN("raise_mine"), type);
    TRY(exception = TAKEN(GIL_OS_ERROR));
    CHECK(gil_is_null(nothing) && gil_is_instance(env, exception, type));
    CHECK_COUNT(gil_exception_kind(env, exception), GIL_OS_ERROR);
    CHECK_TEXT(gil_exception_message(env, exception), "mine");
}
