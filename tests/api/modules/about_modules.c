/* SPDX-License-Identifier: MIT
 *
 * The module itself: constants of every kind, state, init and free, other modules, the host.
 */
#include <float.h>

#include "check.h"

typedef struct modules {
    int64_t magic;
    int calls;
    bool was_zero;
} modules;

static int begin(gil_env *env, void *memory)
{
    modules *state = memory;
    gil_obj module = gil_module_self(env);
    state->was_zero = state->magic == 0 && state->calls == 0 && gil_module_state(env) == memory;
    state->magic = 42;
    gil_obj error = gil_exception_type_new(env, "about_modules.Error", gil_exception_type(env, GIL_VALUE_ERROR),
                                           "What this module raises.");
    if (!gil_attr_set(env, module, "Error", error) || !gil_attr_set(env, module, "answers", LIST(INT(42))))
        return -1;
    return 0;
}

GIL_MODULE(about_modules, .doc = "Tests of modules.", .state_size = sizeof(modules), .init = begin);

GIL_CONSTANT(SMALL, 7, .doc = "An int.");
GIL_CONSTANT(NEGATIVE, -7);
GIL_CONSTANT(LOWEST, INT64_MIN);
GIL_CONSTANT(NATURAL, 7UL);
GIL_CONSTANT(HIGHEST, (uint64_t)INT64_MAX);
GIL_CONSTANT(LETTER, 'a');
GIL_CONSTANT(HALF, 0.5);
GIL_CONSTANT(SINGLE, 0.25f);
GIL_CONSTANT(TINY, DBL_MIN);
GIL_CONSTANT(YES, (bool)true);
GIL_CONSTANT(NO, (bool)false);
GIL_CONSTANT(NAME, "text \xe2\x82\xac", .doc = "Text.");
GIL_CONSTANT(KIND, GIL_KEY_ERROR, .doc = "A value of an enum.");

/* ---- Constants ------------------------------------------------------------------------------------------------ */

TEST(constants_of_every_kind_have_their_values)
{
    CHECK_REPR(OWN("SMALL"), "7");
    CHECK_REPR(OWN("NEGATIVE"), "-7");
    CHECK_REPR(OWN("LOWEST"), "-9223372036854775808");
    CHECK_REPR(OWN("NATURAL"), "7");
    CHECK_REPR(OWN("HIGHEST"), "9223372036854775807");
    CHECK_REPR(OWN("LETTER"), "97");
    CHECK_REPR(OWN("HALF"), "0.5");
    CHECK_REPR(OWN("SINGLE"), "0.25");
    CHECK_REPR(OWN("TINY"), "2.2250738585072014e-308");
    CHECK_REPR(OWN("YES"), "True");
    CHECK_REPR(OWN("NO"), "False");
    CHECK_TEXT(OWN("NAME"), "text \xe2\x82\xac");
    CHECK_REPR(OWN("KIND"), "6");
}

TEST(a_constant_is_not_changed)
{
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_set(env, gil_module_self(env), "SMALL", INT(8)));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_delete(env, gil_module_self(env), "NAME"));
    CHECK_REPR(OWN("SMALL"), "7");
}

/* ---- State ------------------------------------------------------------------------------------------------------ */

GIL_FUNCTION(int, count_call, (gil_env * env), .doc = "How often it was called.")
{
    return ++((modules *)gil_module_state(env))->calls;
}

TEST(the_state_is_zero_before_init)
{
    modules *state = gil_module_state(env);
    CHECK(state != NULL);
    CHECK(state->was_zero);
    CHECK_COUNT(state->magic, 42);
}

TEST(the_state_lasts_from_call_to_call)
{
    modules *state = gil_module_state(env);
    int before = state->calls;
    TRY(CALL(OWN("count_call")));
    TRY(CALL(OWN("count_call")));
    CHECK_COUNT(state->calls, before + 2);
}

TEST(a_call_back_from_another_module_finds_the_own_state)
{
    gil_obj other, f;
    modules *state = gil_module_state(env);
    int before = state->calls;
    TRY(other = gil_import(env, "about_calls"));
    TRY(f = gil_attr_get(env, other, "call_back"));
    TRY(CALL(f, OWN("count_with"), INT(1)));
    CHECK_COUNT(state->calls, before + 1);
    CHECK(gil_module_state(env) == state);
}

GIL_FUNCTION(int, count_with, (gil_env * env, gil_obj unused))
{
    (void)unused;
    return ++((modules *)gil_module_state(env))->calls;
}

/* ---- The module as an object ------------------------------------------------------------------------------------- */

TEST(self_is_the_module_whose_function_runs)
{
    gil_obj module;
    TRY(module = gil_module_self(env));
    CHECK_COUNT(gil_type_of(env, module), GIL_OBJ_MODULE);
    CHECK_TEXT(gil_attr_get(env, module, "__name__"), "about_modules");
    CHECK_TEXT(gil_attr_get(env, module, "__doc__"), "Tests of modules.");
}

TEST(what_init_set_is_an_attribute)
{
    gil_obj error, exception;
    CHECK_REPR(OWN("answers"), "[42]");
    TRY(error = OWN("Error"));
    gil_raise_type(env, error, "mine");
    TRY(exception = TAKEN(GIL_VALUE_ERROR));
    CHECK(gil_is_instance(env, exception, error));
}

/* ---- Other modules, the host --------------------------------------------------------------------------------------- */

TEST(another_module_is_imported_and_used)
{
    gil_obj other, again;
    TRY(other = gil_import(env, "about_calls"));
    CHECK_COUNT(gil_type_of(env, other), GIL_OBJ_MODULE);
    CHECK_TEXT(gil_attr_get(env, other, "__name__"), "about_calls");
    CHECK_REPR(CALL(gil_attr_get(env, other, "subtract"), INT(5), INT(3)), "2");
    TRY(again = gil_import(env, "about_calls"));
    bool same = false;
    TRY(gil_compare(env, other, GIL_EQ, again, &same));
    CHECK(same);
}

TEST(a_module_that_does_not_exist_is_not_imported)
{
    RAISES(GIL_IMPORT_ERROR, gil_import(env, "about_nothing_at_all"));
    RAISES(GIL_IMPORT_ERROR, gil_import(env, ""));
}

TEST(the_host_has_a_name_and_a_version)
{
    const char *version = gil_host_version(env);
    CHECK(gil_host_name(env) && *gil_host_name(env));
    CHECK(version && *version >= '0' && *version <= '9' && strchr(version, '.'));
    CHECK(gil_env_runtime(env) != NULL);
}
