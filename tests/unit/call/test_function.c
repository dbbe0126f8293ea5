/* SPDX-License-Identifier: MIT
 *
 * Calls as a whole: the order of things, the GIL, failures, and many threads at once.
 */
#include "crew.h"

static void test_function__mixes_twenty_arguments(void **state)
{
    (void)state;
    USE("values");
    gil_obj two = integer(2), pair = gil_complex_new(env, 3, 1);
    gil_obj yes = gil_bool_new(env, true);
    assert_real(CALL("twenty", integer(-1), two, two, two, yes, two, two, two, two, two, two, two, two, two, two, two,
                     pair, pair, two, text("2")),
                -1 + 2 * (2 + 3 + 4) + 5 + 2 * (6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + 14 + 15 + 16) + 2 * 17 + 2 * 18 +
                    2 * 19 + 2 * 20);
}

static void test_function__an_argument_that_does_not_fit_changes_nothing(void **state)
{
    (void)state;
    USE("arrays");
    double x[3] = {1, 2, 3};
    gil_obj array = vector(GIL_FLOAT64, x, 3);
    assert_raised(CALL("fill", array, integer(128)), GIL_OVERFLOW_ERROR,
                  "fill(): argument value is int 128, wanted an int from -128 to 127");
    assert_true(x[0] == 1 && x[1] == 2 && x[2] == 3);
    assert_none(CALL("fill", array, integer(-128)));
    assert_true(x[0] == -128 && x[2] == -128);
}

static void test_function__shows_its_name_prototype_and_doc(void **state)
{
    (void)state;
    USE("values");
    gil_obj add = function("add");
    assert_text(gil_attr_get(env, add, "__name__"), "add");
    assert_text(gil_attr_get(env, add, "prototype"), "double add(double a, double b)");
    assert_text(gil_attr_get(env, add, "__doc__"), "The sum of two numbers.");
    assert_none(gil_attr_get(env, function("nothing"), "__doc__"));
    assert_raised(gil_attr_get(env, add, "docs"), GIL_ATTRIBUTE_ERROR, "function has no attribute docs");
}

static void test_function__objects_pass_through_with_env(void **state)
{
    (void)state;
    USE("objects");
    gil_obj list = LIST(integer(1));
    gil_obj same = CALL("echo", list);
    assert_fine(same);
    assert_true(gil_list_append(env, list, integer(2)));
    assert_int(item(same, 1), 2);
    assert_none(CALL("echo", none()));
    gil_obj twins = CALL("twins", text("x"));
    assert_text(item(twins, 0), "x");
    assert_text(item(twins, 1), "x");
    assert_int(CALL("many", integer(10000)), 49995000);
}

static void test_function__state_belongs_to_the_module(void **state)
{
    (void)state;
    USE("objects");
    assert_int(CALL("magic"), 42);
    assert_int(CALL("count"), 1);
    assert_int(CALL("count"), 2);
    assert_null(gil_module_state(env));
}

static void test_function__null_without_an_exception_is_a_bug_of_the_module(void **state)
{
    (void)state;
    USE("objects");
    assert_raised(CALL("silent_null"), GIL_SYSTEM_ERROR,
                  "silent_null() returned GIL_NULL but raised nothing; that is a bug in objects");
    assert_raised(CALL("raised_null", text("told")), GIL_KEY_ERROR, "told");
    assert_int(CALL("magic"), 42);
}

static void test_function__an_exception_beside_a_result_is_raised(void **state)
{
    (void)state;
    USE("objects");
    assert_raised(CALL("raised_result"), GIL_SYSTEM_ERROR,
                  "raised_result() returned an object although it raised IndexError: raised beside a result; that is a "
                  "bug in objects");
    assert_raised(CALL("raised_number"), GIL_ZERO_DIVISION_ERROR, "raised beside a number");
    assert_raised(CALL("raised_void"), GIL_OS_ERROR, "raised by a procedure");
}

static void test_function__takes_the_gil_back_however_a_section_is_left(void **state)
{
    (void)state;
    USE("objects");
    assert_real(CALL("released", doubles(4, 1)), 10);
    assert_int(CALL("left_early", integer(5)), 5);
    assert_int(CALL("left_early", integer(0)), -1);
    assert_int(CALL("count"), 1);
}

static void test_function__calls_a_function_that_it_was_given(void **state)
{
    (void)state;
    gil_obj add = (USE("values"), function("same_double"));
    USE("objects");
    gil_obj apply = function("apply"), echo = function("echo");
    assert_real(CALL("apply", add, real(1.5)), 1.5);
    gil_obj inner = gil_call(env, apply, OBJECTS(echo, integer(7)), 2, NULL, 0);
    assert_int(inner, 7);
    assert_raised(CALL("apply", add, text("x")), GIL_TYPE_ERROR, "same_double(): argument x is str, wanted a float");
    assert_raised(CALL("apply", integer(1), integer(2)), GIL_TYPE_ERROR, "int cannot be called");
    assert_raised(CALL("apply", function("silent_null"), integer(2)), GIL_TYPE_ERROR,
                  "silent_null(): takes 0 arguments, got 1");
}

static void call_dot(gil_env *mine, crew_member *member)
{
    const gil_obj *shared = member->data;
    double value;
    size_t n = 100;
    for (int i = 0; i < 300; i++)
        GIL_SCOPE(mine) {
            gil_obj x = gil_array_new(mine, GIL_FLOAT64, 1, &n);
            gil_buffer buffer;
            if (gil_buffer_pin(mine, x, &buffer))
                for (size_t k = 0; k < n; k++)
                    ((double *)buffer.data)[k] = member->number + i;
            gil_buffer_release(mine, &buffer);
            gil_obj sum = gil_call(mine, shared[0], (gil_obj[]){x, shared[1]}, 2, NULL, 0);
            bool fine = !gil_is_null(sum) && gil_float_get(mine, sum, &value);
            member->wrong += !fine || value != 4950.0 * (member->number + i);
        }
}

static void test_function__is_called_from_eight_threads_at_once(void **state)
{
    (void)state;
    USE("arrays");
    const gil_obj shared[] = {function("dot"), doubles(100, 0)};
    assert_int_equal(crew_run(8, call_dot, (void *)shared), 0);
}

static void call_wrongly(gil_env *mine, crew_member *member)
{
    gil_obj f = *(gil_obj *)member->data;
    for (int i = 0; i < 300; i++)
        GIL_SCOPE(mine) {
            gil_error error = {0};
            gil_obj result = gil_call(mine, f, (gil_obj[]){gil_int_new(mine, 1000 + i)}, 1, NULL, 0);
            bool told = gil_is_null(result) && gil_error_take(mine, &error);
            member->wrong += !told || error.kind != GIL_OVERFLOW_ERROR;
        }
}

static void test_function__each_thread_has_its_own_exception(void **state)
{
    (void)state;
    USE("values");
    gil_obj f = function("same_int8");
    assert_int_equal(crew_run(8, call_wrongly, &f), 0);
    assert_false(gil_error_pending(env));
}

static void call_meet(gil_env *mine, crew_member *member)
{
    bool met = false;
    gil_obj result = gil_call(mine, *(gil_obj *)member->data, (gil_obj[]){gil_int_new(mine, 4)}, 1, NULL, 0);
    member->wrong += gil_is_null(result) || !gil_bool_get(mine, result, &met) || !met;
}

static void test_function__without_env_runs_beside_others(void **state)
{
    (void)state;
    USE("kernels");
    gil_obj meet = function("meet");
    assert_none(CALL("meet_again"));
    assert_int_equal(crew_run(4, call_meet, &meet), 0);
    gil_obj chosen = gil_function_with_policy(env, meet, GIL_RELEASE);
    assert_none(CALL("meet_again"));
    assert_int_equal(crew_run(4, call_meet, &chosen), 0);
}

static void call_crowd(gil_env *mine, crew_member *member)
{
    int64_t most = 0;
    for (int i = 0; i < 50; i++) {
        gil_obj result = gil_call(mine, *(gil_obj *)member->data, NULL, 0, NULL, 0);
        member->wrong += gil_is_null(result) || !gil_int_get(mine, result, &most) || most != 1;
    }
}

static void test_function__that_holds_the_gil_runs_alone(void **state)
{
    (void)state;
    USE("kernels");
    gil_obj crowd = function("crowd_held");
    assert_int_equal(crew_run(4, call_crowd, &crowd), 0);
}

static void test_function__a_policy_by_hand_is_for_functions_only(void **state)
{
    (void)state;
    USE("kernels");
    assert_raised(gil_function_with_policy(env, module, GIL_HOLD), GIL_TYPE_ERROR, "module is not function");
    gil_obj held = gil_function_with_policy(env, function("halve"), GIL_HOLD);
    assert_real(gil_call(env, held, OBJECTS(real(3)), 1, NULL, 0), 1.5);
    assert_raised(gil_call(env, module, NULL, 0, NULL, 0), GIL_TYPE_ERROR, "module cannot be called");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_function__mixes_twenty_arguments),
        TEST(test_function__an_argument_that_does_not_fit_changes_nothing),
        TEST(test_function__shows_its_name_prototype_and_doc),
        TEST(test_function__objects_pass_through_with_env),
        TEST(test_function__state_belongs_to_the_module),
        TEST(test_function__null_without_an_exception_is_a_bug_of_the_module),
        TEST(test_function__an_exception_beside_a_result_is_raised),
        TEST(test_function__takes_the_gil_back_however_a_section_is_left),
        TEST(test_function__calls_a_function_that_it_was_given),
        TEST(test_function__is_called_from_eight_threads_at_once),
        TEST(test_function__each_thread_has_its_own_exception),
        TEST(test_function__without_env_runs_beside_others),
        TEST(test_function__that_holds_the_gil_runs_alone),
        TEST(test_function__a_policy_by_hand_is_for_functions_only),
    };
    return cmocka_run_group_tests_name("call function", tests, NULL, NULL);
}
