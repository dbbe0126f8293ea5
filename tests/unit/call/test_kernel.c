/* SPDX-License-Identifier: MIT
 *
 * Kernels with a gil_task: failing, stopping, progress, state, and taking the GIL inside.
 */
#include <time.h>

#include "crew.h"

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void test_kernel__fails_with_its_own_exception(void **state)
{
    (void)state;
    USE("kernels");
    assert_raised(CALL("fail", integer(GIL_TIMEOUT_ERROR), text("too slow")), GIL_TIMEOUT_ERROR, "too slow");
    assert_raised(CALL("fail", integer(999), text("odd")), GIL_EXCEPTION, "odd");
    assert_raised(CALL("fail", integer(GIL_VALUE_ERROR), text("")), GIL_VALUE_ERROR, "");
    assert_real(CALL("halve", real(4)), 2);
}

static void test_kernel__keeps_the_first_failure_and_counts_the_others(void **state)
{
    (void)state;
    USE("kernels");
    assert_raised(CALL("fail_often", integer(1)), GIL_VALUE_ERROR, "failure 0");
    assert_raised(CALL("fail_often", integer(4)), GIL_VALUE_ERROR, "failure 0 (and 3 more)");
    assert_none(CALL("fail_often", integer(0)));
}

static void test_kernel__a_long_message_is_cut(void **state)
{
    (void)state;
    USE("kernels");
    char why[1000];
    memset(why, 'x', sizeof why);
    why[sizeof why - 1] = '\0';
    gil_error error;
    assert_true(gil_is_null(CALL("fail", integer(GIL_OS_ERROR), text(why))));
    assert_true(gil_error_take(env, &error));
    assert_int_equal(strlen(error.message), 479);
    assert_string_equal(error.message + 476, "...");
}

static void call_until_stopped(gil_env *mine, crew_member *member)
{
    gil_error error = {0};
    gil_obj result = gil_call(mine, *(gil_obj *)member->data, NULL, 0, NULL, 0);
    bool told = gil_is_null(result) && gil_error_take(mine, &error);
    bool right =
        told && error.kind == GIL_KEYBOARD_INTERRUPT && strcmp(error.message, "until_stopped() was interrupted") == 0;
    member->wrong += !right;
}

static void test_kernel__tells_its_progress_and_stops_when_it_is_told(void **state)
{
    (void)state;
    USE("kernels");
    gil_obj f = function("until_stopped");
    uint64_t done = 0, total = 0;
    crew_member crew[2];
    crew_begin(crew, 2, call_until_stopped, &f);
    GIL_BEGIN_ALLOW_THREADS(env)
    for (int i = 0; i < 5000 && total < 20; i++) {
        gil_runtime_progress(runtime, &done, &total);
        nap();
    }
    gil_runtime_interrupt(runtime);
    GIL_END_ALLOW_THREADS(env)
    assert_int_equal(crew_end(crew, 2), 0);
    assert_int_equal(done, 6);
    assert_int_equal(total, 20);
    gil_runtime_progress(runtime, &done, &total);
    assert_int_equal(total, 0);
    assert_real(CALL("halve", real(4)), 2);
}

static void test_kernel__an_interrupt_stops_only_what_runs(void **state)
{
    (void)state;
    USE("kernels");
    assert_real(CALL("halve", real(4)), 2);
    gil_runtime_interrupt(runtime);
    assert_real(CALL("halve", real(4)), 2);
}

static void test_kernel__shares_the_state_of_its_module(void **state)
{
    (void)state;
    USE("kernels");
    assert_int(CALL("add_state", integer(1)), 1001);
    assert_int(CALL("add_state", integer(-2)), 999);
}

static void call_add_state(gil_env *mine, crew_member *member)
{
    for (int i = 0; i < 200; i++)
        GIL_SCOPE(mine) {
            gil_obj one = gil_int_new(mine, 1);
            member->wrong += gil_is_null(gil_call(mine, *(gil_obj *)member->data, &one, 1, NULL, 0));
        }
}

static void test_kernel__shares_its_state_with_other_threads(void **state)
{
    (void)state;
    USE("kernels");
    gil_obj f = function("add_state");
    assert_int_equal(crew_run(8, call_add_state, &f), 0);
    assert_int(CALL("add_state", integer(0)), 2600);
}

static void test_kernel__takes_the_gil_and_uses_objects(void **state)
{
    (void)state;
    USE("kernels");
    assert_int(CALL("with_objects", integer(1000)), 499500);
    gil_obj held = gil_function_with_policy(env, function("with_objects"), GIL_HOLD);
    assert_int(gil_call(env, held, OBJECTS(integer(10)), 1, NULL, 0), 45);
}

static void call_with_objects(gil_env *mine, crew_member *member)
{
    int64_t sum = 0;
    for (int i = 0; i < 10; i++) {
        gil_obj n = gil_int_new(mine, 100);
        gil_obj result = gil_call(mine, *(gil_obj *)member->data, &n, 1, NULL, 0);
        member->wrong += gil_is_null(result) || !gil_int_get(mine, result, &sum) || sum != 4950;
    }
}

static void test_kernel__takes_the_gil_on_eight_threads(void **state)
{
    (void)state;
    USE("kernels");
    gil_obj f = function("with_objects");
    assert_int_equal(crew_run(8, call_with_objects, &f), 0);
}

static void test_kernel__an_exception_inside_becomes_its_failure(void **state)
{
    (void)state;
    USE("kernels");
    assert_raised(CALL("raise_inside"), GIL_INDEX_ERROR, "raised in an acquired section");
    assert_real(CALL("halve", real(4)), 2);
}

static void test_kernel__calls_another_kernel_that_calls_another(void **state)
{
    (void)state;
    USE("kernels");
    gil_obj halve = function("halve");
    assert_none(CALL("store", halve));
    assert_real(CALL("call_stored", real(8)), 4);
    gil_obj held = gil_function_with_policy(env, halve, GIL_HOLD);
    assert_none(CALL("store", held));
    assert_real(CALL("call_stored", real(8)), 4);
}

static void test_kernel__a_failure_goes_up_through_both_calls(void **state)
{
    (void)state;
    USE("kernels");
    assert_none(CALL("store", function("halve")));
    assert_raised(CALL("call_stored", real(-1)), GIL_VALUE_ERROR, "halve() of a negative number");
    assert_none(CALL("store", text("no function")));
    assert_raised(CALL("call_stored", real(1)), GIL_TYPE_ERROR, "str cannot be called");
    assert_none(CALL("store", function("halve")));
    assert_real(CALL("call_stored", real(1)), 0.5);
}

static void call_call_stored(gil_env *mine, crew_member *member)
{
    double value = 0;
    for (int i = 0; i < 100; i++)
        GIL_SCOPE(mine) {
            gil_obj x = gil_float_new(mine, i);
            gil_obj result = gil_call(mine, *(gil_obj *)member->data, &x, 1, NULL, 0);
            member->wrong += gil_is_null(result) || !gil_float_get(mine, result, &value) || value != i / 2.0;
        }
}

static void test_kernel__nests_on_eight_threads(void **state)
{
    (void)state;
    USE("kernels");
    gil_obj f = function("call_stored");
    assert_none(CALL("store", function("halve")));
    assert_int_equal(crew_run(8, call_call_stored, &f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_kernel__fails_with_its_own_exception),
        TEST(test_kernel__keeps_the_first_failure_and_counts_the_others),
        TEST(test_kernel__a_long_message_is_cut),
        TEST(test_kernel__tells_its_progress_and_stops_when_it_is_told),
        TEST(test_kernel__an_interrupt_stops_only_what_runs),
        TEST(test_kernel__shares_the_state_of_its_module),
        TEST(test_kernel__shares_its_state_with_other_threads),
        TEST(test_kernel__takes_the_gil_and_uses_objects),
        TEST(test_kernel__takes_the_gil_on_eight_threads),
        TEST(test_kernel__an_exception_inside_becomes_its_failure),
        TEST(test_kernel__calls_another_kernel_that_calls_another),
        TEST(test_kernel__a_failure_goes_up_through_both_calls),
        TEST(test_kernel__nests_on_eight_threads),
    };
    return cmocka_run_group_tests_name("call kernel", tests, NULL, NULL);
}
