/* SPDX-License-Identifier: MIT
 *
 * Plain C libraries, under prototypes that the caller writes.
 */
#include "crew.h"

static gil_obj bind(gil_obj library, const char *prototype)
{
    gil_obj f = gil_bind(env, library, prototype, GIL_AUTO);
    if (gil_is_null(f))
        print_pending();
    assert_false(gil_is_null(f));
    return f;
}

static gil_obj plain(void)
{
    gil_obj library = gil_library(env, MODULE("plain"));
    assert_fine(library);
    return library;
}

static void test_library__is_called_through_a_prototype(void **state)
{
    (void)state;
    gil_obj library = plain();
    gil_obj dot = bind(library, "double plain_dot(int n, const double x[n], const double y[n]);");
    assert_real(gil_call(env, dot, OBJECTS(doubles(3, 1), doubles(3, 1)), 2, NULL, 0), 14);
    gil_obj divide = bind(library, "int plain_divide(int a, int b, GIL_OUT int *rest)");
    gil_obj both = gil_call(env, divide, OBJECTS(integer(17), integer(5)), 2, NULL, 0);
    assert_int(item(both, 0), 3);
    assert_int(item(both, 1), 2);
    assert_text(gil_call(env, bind(library, "const char *plain_name(void)"), NULL, 0, NULL, 0), "plain");
    assert_text(gil_attr_get(env, dot, "__name__"), "plain_dot");
    assert_none(gil_attr_get(env, dot, "__doc__"));
    assert_text(gil_attr_get(env, dot, "prototype"), "double plain_dot(int n, const double x[n], const double y[n]);");
}

static void test_library__of_the_system_is_found_by_name(void **state)
{
    (void)state;
    gil_obj m = gil_library(env, "m");
    assert_fine(m);
    gil_obj hypotenuse = bind(m, "double hypot(double, double)");
    assert_real(gil_call(env, hypotenuse, OBJECTS(real(3), integer(4)), 2, NULL, 0), 5);
    assert_raised(gil_call(env, hypotenuse, OBJECTS(real(3)), 1, NULL, 0), GIL_TYPE_ERROR,
                  "hypot(): takes 2 arguments (arg1 and arg2), got 1");
    gil_obj split = bind(m, "double frexp(double x, GIL_OUT int *exponent)");
    gil_obj parts = gil_call(env, split, OBJECTS(real(12)), 1, NULL, 0);
    assert_real(item(parts, 0), 0.75);
    assert_int(item(parts, 1), 4);
}

static void test_library__function_keeps_it_and_takes_another_policy(void **state)
{
    (void)state;
    gil_obj kept = gil_list_new(env);
    GIL_SCOPE(env)
        assert_true(gil_list_append(env, kept, bind(plain(), "int plain_divide(int a, int b, GIL_OUT int *r)")));
    gil_obj held = gil_function_with_policy(env, item(kept, 0), GIL_HOLD);
    assert_int(item(gil_call(env, held, OBJECTS(integer(9), integer(4)), 2, NULL, 0), 1), 1);
}

static void test_library__wrong_prototypes_are_refused_with_a_caret(void **state)
{
    (void)state;
    gil_obj library = plain();
    assert_raised(gil_bind(env, library, "double plain_dot(int n, double *x)", GIL_AUTO), GIL_VALUE_ERROR,
                  "in the prototype, column 25: x: a pointer does not say how many elements it has; write x[n] for an "
                  "array, or GIL_OUT before it for one result\n"
                  "  double plain_dot(int n, double *x)\n"
                  "                          ^");
    assert_raised(gil_bind(env, library, "", GIL_AUTO), GIL_VALUE_ERROR,
                  "in the prototype, column 1: a type is missing before the end\n  \n  ^");
    assert_raised(gil_bind(env, library, "double f(gil_env *env)", GIL_AUTO), GIL_IMPORT_ERROR,
                  MODULE("plain") " has no function f; `nm -D " MODULE("plain") "` lists what it has");
    assert_raised(gil_bind(env, library, "double plain_dot(gil_env *env)", GIL_AUTO), GIL_VALUE_ERROR,
                  "gil_env and gil_task are for modules; a function of a plain library takes numbers, text and arrays");
    assert_raised(gil_bind(env, library, "double plain_dot(gil_task *task)", GIL_AUTO), GIL_VALUE_ERROR,
                  "gil_env and gil_task are for modules; a function of a plain library takes numbers, text and arrays");
}

static void test_library__is_no_module_and_a_module_no_library(void **state)
{
    (void)state;
    gil_obj library = plain();
    assert_raised(gil_attr_get(env, library, "plain_dot"), GIL_ATTRIBUTE_ERROR, MODULE("plain") " has no function ...");
    USE("values");
    assert_raised(gil_bind(env, module, "double add(double, double)", GIL_AUTO), GIL_TYPE_ERROR,
                  "values is a gilkit module; its functions are its attributes");
    assert_raised(gil_bind(env, none(), "void f(void)", GIL_AUTO), GIL_TYPE_ERROR, "None is not module");
}

static void test_library__passes_the_same_gate(void **state)
{
    (void)state;
    assert_raised(gil_library(env, "/dev/null"), GIL_IMPORT_ERROR, "/dev/null is not a file");
    assert_raised(gil_library(env, "./nothing.so"), GIL_IMPORT_ERROR, "./nothing.so: No such file or directory");
    assert_raised(gil_library(env, GILKIT_TEST_MODULES "/../modules"), GIL_IMPORT_ERROR,
                  GILKIT_TEST_MODULES "/../modules is not a file");
}

static void test_library__unloaded_refuses_calls(void **state)
{
    (void)state;
    gil_obj library = plain();
    gil_obj name = bind(library, "const char *plain_name(void)");
    assert_true(gil_unload(env, library));
    assert_raised(gil_call(env, name, NULL, 0, NULL, 0), GIL_RUNTIME_ERROR,
                  "plain_name(): " MODULE("plain") " was unloaded; load it again");
    assert_text(gil_call(env, bind(plain(), "const char *plain_name(void)"), NULL, 0, NULL, 0), "plain");
}

static void call_divide(gil_env *mine, crew_member *member)
{
    for (int i = 0; i < 200; i++)
        GIL_SCOPE(mine) {
            gil_obj library = gil_library(mine, MODULE("plain"));
            gil_obj f = gil_bind(mine, library, "int plain_divide(int a, int b, GIL_OUT int *rest)", GIL_RELEASE);
            gil_obj given[] = {gil_int_new(mine, i), gil_int_new(mine, 7)};
            gil_obj both = gil_call(mine, f, given, 2, NULL, 0);
            int64_t rest = -1;
            bool fine = !gil_is_null(both) && gil_int_get(mine, gil_sequence_item(mine, both, 1), &rest);
            member->wrong += !fine || rest != i % 7;
            member->wrong += !gil_unload(mine, library);
        }
}

static void test_library__is_opened_bound_and_closed_by_eight_threads(void **state)
{
    (void)state;
    assert_int_equal(crew_run(8, call_divide, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_library__is_called_through_a_prototype),
        TEST(test_library__of_the_system_is_found_by_name),
        TEST(test_library__function_keeps_it_and_takes_another_policy),
        TEST(test_library__wrong_prototypes_are_refused_with_a_caret),
        TEST(test_library__is_no_module_and_a_module_no_library),
        TEST(test_library__passes_the_same_gate),
        TEST(test_library__unloaded_refuses_calls),
        TEST(test_library__is_opened_bound_and_closed_by_eight_threads),
    };
    return cmocka_run_group_tests_name("load library", tests, NULL, NULL);
}
