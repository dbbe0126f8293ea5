/* SPDX-License-Identifier: MIT
 *
 * Calls of functions from C: arguments by position and by name, what they give and refuse, released and held.
 */
#include <complex.h>
#include <errno.h>

#include "check.h"

GIL_MODULE(about_calls, .doc = "Tests of calls.");

/* ---- What is called ------------------------------------------------------------------------------------------ */

GIL_FUNCTION(int64_t, subtract, (int64_t a, int64_t b), .doc = "a - b")
{
    return a - b;
}

GIL_FUNCTION(gil_obj, echo, (gil_env * env, gil_obj x), .doc = "x itself")
{
    (void)env;
    return x;
}

GIL_FUNCTION(gil_obj, pair, (gil_env * env, gil_obj a, gil_obj b))
{
    return TUPLE(a, b);
}

GIL_FUNCTION(void, nothing, (void))
{
}

GIL_FUNCTION(bool, negate, (bool x))
{
    return !x;
}

GIL_FUNCTION(double complex, turn, (double complex z))
{
    return z * I;
}

GIL_FUNCTION(const char *, name_of, (int8_t number))
{
    return number == 1 ? "one" : number == 2 ? "two" : NULL;
}

GIL_FUNCTION(int, divide, (int a, int b, GIL_OUT int *rest), .doc = "Two results.")
{
    *rest = b ? a % b : 0;
    return b ? a / b : 0;
}

GIL_FUNCTION(size_t, length_of, (const char *text))
{
    return strlen(text);
}

GIL_FUNCTION(uint8_t, narrow, (uint8_t x))
{
    return x;
}

GIL_FUNCTION(int, held, (int x), .gil = GIL_HOLD)
{
    return x + 1;
}

GIL_FUNCTION(gil_obj, call_back, (gil_env * env, gil_obj f, gil_obj x), .doc = "f(x)")
{
    return CALL(f, x);
}

GIL_FUNCTION(gil_obj, returns_nothing, (gil_env * env), .doc = "A bug: it fails and raises nothing.")
{
    (void)env;
    return GIL_NULL;
}

GIL_FUNCTION(gil_obj, returns_and_raises, (gil_env * env), .doc = "A bug: it succeeds and raises.")
{
    gil_obj one = INT(1);
    gil_raise(env, GIL_EOF_ERROR, "beside a result");
    return one;
}

GIL_FUNCTION(void, raises, (gil_env * env))
{
    gil_raise(env, GIL_LOOKUP_ERROR, "by a procedure");
}

/* ---- Arguments and results ------------------------------------------------------------------------------------ */

TEST(a_call_gives_what_the_function_returns)
{
    CHECK_REPR(CALL(OWN("subtract"), INT(5), INT(7)), "-2");
    CHECK_REPR(CALL(OWN("nothing")), "None");
    CHECK_REPR(CALL(OWN("negate"), BOOL(false)), "True");
    CHECK_REPR(CALL(OWN("turn"), gil_complex_new(env, 2, 0)), "2j");
    CHECK_REPR(CALL(OWN("name_of"), INT(2)), "'two'");
    CHECK_REPR(CALL(OWN("name_of"), INT(3)), "None");
    CHECK_REPR(CALL(OWN("divide"), INT(7), INT(2)), "(3, 1)");
    CHECK_REPR(CALL(OWN("length_of"), TEXT("four")), "4");
    CHECK_REPR(CALL(OWN("held"), INT(1)), "2");
}

TEST(an_object_goes_in_and_out_as_itself)
{
    gil_obj list;
    TRY(list = LIST(INT(1)));
    CHECK(gil_same(env, CALL(OWN("echo"), list), list));
    CHECK_REPR(CALL(OWN("pair"), list, NONE()), "([1], None)");
}

TEST(arguments_are_given_by_name_too)
{
    gil_obj f;
    TRY(f = OWN("subtract"));
    gil_obj one = INT(1), two = INT(2);
    gil_keyword both[] = {{"b", two}, {"a", one}};
    CHECK_REPR(gil_call(env, f, NULL, 0, both, 2), "-1");
    CHECK_REPR(gil_call(env, f, &two, 1, &(gil_keyword){"b", one}, 1), "1");
}

TEST(arguments_that_do_not_suit_the_prototype_are_refused)
{
    gil_obj f, one;
    TRY(f = OWN("subtract"));
    TRY(one = INT(1));
    RAISES(GIL_TYPE_ERROR, CALL(f, one));
    RAISES(GIL_TYPE_ERROR, CALL(f, one, one, one));
    RAISES(GIL_TYPE_ERROR, gil_call(env, f, OBJECTS(one, one), 2, &(gil_keyword){"a", one}, 1));
    RAISES(GIL_TYPE_ERROR, gil_call(env, f, &one, 1, &(gil_keyword){"c", one}, 1));
    RAISES(GIL_TYPE_ERROR, CALL(f, one, TEXT("1")));
    RAISES(GIL_TYPE_ERROR, CALL(f, one, REAL(1)));
    RAISES(GIL_TYPE_ERROR, CALL(f, one, NONE()));
    RAISES(GIL_TYPE_ERROR, CALL(OWN("length_of"), BYTES("x")));
}

TEST(a_number_that_does_not_fit_its_parameter_is_refused)
{
    RAISES(GIL_OVERFLOW_ERROR, CALL(OWN("narrow"), INT(256)));
    RAISES(GIL_OVERFLOW_ERROR, CALL(OWN("narrow"), INT(-1)));
    CHECK_REPR(CALL(OWN("narrow"), INT(255)), "255");
    RAISES(GIL_VALUE_ERROR, CALL(OWN("length_of"), NUL_TEXT("a\0b")));
}

TEST(an_argument_that_could_not_be_made_fails_the_call)
{
    gil_obj f;
    TRY(f = OWN("echo"));
    RAISES(GIL_TYPE_ERROR, CALL(f, GIL_NULL));
    gil_raise(env, GIL_KEY_ERROR, "why");
    RAISES(GIL_KEY_ERROR, CALL(f, GIL_NULL));
    gil_raise(env, GIL_KEY_ERROR, "why");
    RAISES(GIL_KEY_ERROR, CALL(GIL_NULL, INT(1)));
    gil_raise(env, GIL_KEY_ERROR, "why");
    RAISES(GIL_KEY_ERROR, gil_call(env, f, NULL, 0, &(gil_keyword){"x", GIL_NULL}, 1));
}

/* ---- What can be called ------------------------------------------------------------------------------------------ */

TEST(is_callable_says_what_call_can_call)
{
    gil_obj f, number, type;
    TRY(f = OWN("echo"));
    TRY(number = INT(1));
    TRY(type = gil_exception_type(env, GIL_KEY_ERROR));
    CHECK(gil_is_callable(env, f));
    CHECK(gil_is_callable(env, type));
    CHECK(!gil_is_callable(env, number));
    CHECK(!gil_is_callable(env, gil_module_self(env)));
    CHECK(!gil_is_callable(env, GIL_NULL));
    CHECK_COUNT(gil_type_of(env, f), GIL_OBJ_FUNCTION);
}

TEST(what_cannot_be_called_is_refused)
{
    RAISES(GIL_TYPE_ERROR, CALL(INT(1)));
    RAISES(GIL_TYPE_ERROR, CALL(gil_module_self(env), INT(1)));
    RAISES(GIL_TYPE_ERROR, CALL(GIL_NULL));
}

/* ---- Failing ------------------------------------------------------------------------------------------------------ */

TEST(what_a_function_raises_comes_out_of_the_call)
{
    RAISES(GIL_LOOKUP_ERROR, CALL(OWN("raises")));
    RAISES(GIL_TYPE_ERROR, CALL(OWN("call_back"), OWN("raises"), NONE())); /* it takes none */
}

TEST(a_function_that_fails_and_says_nothing_is_told_of)
{
    RAISES(GIL_SYSTEM_ERROR, CALL(OWN("returns_nothing")));
}

TEST(a_function_that_succeeds_and_raises_is_told_of)
{
    gil_obj result = CALL(OWN("returns_and_raises"));
    gil_obj exception;
    TRY(exception = gil_error_fetch(env));
    gil_error_kind kind = gil_exception_kind(env, exception);
    if (kind == GIL_MEMORY_ERROR)
        gil_error_restore(env, exception);
    CHECK(gil_is_null(result) && (kind == GIL_SYSTEM_ERROR || kind == GIL_EOF_ERROR));
}

/* ---- Nested, released ------------------------------------------------------------------------------------------- */

TEST(calls_nest)
{
    gil_obj call_back, echo;
    TRY(call_back = OWN("call_back"));
    TRY(echo = OWN("echo"));
    CHECK_REPR(CALL(call_back, echo, INT(3)), "3");
    RAISES(GIL_TYPE_ERROR, CALL(call_back, INT(1), INT(3)));
}

GIL_FUNCTION(gil_obj, count_down, (gil_env * env, gil_obj self, int64_t n), .doc = "Calls itself n times.")
{
    return n == 0 ? TEXT("the end") : CALL(self, self, INT(n - 1));
}

TEST(a_function_calls_itself_many_times)
{
    gil_obj f;
    TRY(f = OWN("count_down"));
    CHECK_TEXT(CALL(f, f, INT(50)), "the end");
}

TEST(errno_survives_release_and_reacquire)
{
    int after;
    errno = 77;
    GIL_BEGIN_ALLOW_THREADS(env)
    after = errno;
    errno = 88;
    GIL_END_ALLOW_THREADS(env)
    CHECK_COUNT(after, 77);
    errno = 88;
    GIL_BEGIN_ALLOW_THREADS(env)
    GIL_END_ALLOW_THREADS(env)
    CHECK_COUNT(errno, 88);
}

static int leave(gil_env *env)
{
    GIL_BEGIN_ALLOW_THREADS(env)
    return 3;
    GIL_END_ALLOW_THREADS(env)
}

TEST(the_gil_is_back_however_a_released_section_is_left)
{
    CHECK_COUNT(leave(env), 3);
    CHECK_REPR(INT(1), "1");
    for (int i = 0; i < 2; i++) {
        GIL_BEGIN_ALLOW_THREADS(env)
        if (i == 0)
            continue;
        break;
        GIL_END_ALLOW_THREADS(env)
    }
    CHECK_REPR(INT(2), "2");
}

TEST(what_is_pending_survives_a_released_section)
{
    gil_raise(env, GIL_EOF_ERROR, "before");
    GIL_BEGIN_ALLOW_THREADS(env)
    GIL_END_ALLOW_THREADS(env)
    gil_checkpoint(env);
    RAISES(GIL_EOF_ERROR, GIL_NULL);
}
