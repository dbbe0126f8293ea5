/* SPDX-License-Identifier: MIT */
#include "fixture.h"

static gil_obj call_with(const char *name, size_t n_arguments, const gil_obj *arguments, size_t n_keywords,
                         const gil_keyword *keywords)
{
    return gil_call(env, function(name), arguments, n_arguments, keywords, n_keywords);
}

static void test_bind__takes_arguments_by_place_and_by_name(void **state)
{
    (void)state;
    USE("values");
    gil_obj one = real(1), two = real(2), three = real(3);
    const gil_keyword by_name[] = {{"third", three}, {"first", one}, {"second", two}};
    assert_real(CALL("three", one, two, three), 123);
    assert_real(call_with("three", 0, NULL, 3, by_name), 123);
    assert_real(CALL_NAMED("three", "third", three, one, two), 123);
    const gil_keyword last[] = {{"third", three}, {"second", two}};
    assert_real(call_with("three", 1, &one, 2, last), 123);
}

static void test_bind__says_how_many_it_takes(void **state)
{
    (void)state;
    USE("values");
    gil_obj one = real(1);
    assert_raised(CALL("add", one), GIL_TYPE_ERROR, "add(): takes 2 arguments (a and b), got 1");
    assert_raised(CALL("add", one, one, one), GIL_TYPE_ERROR, "add(): takes 2 arguments (a and b), got 3");
    assert_raised(CALL("same_int"), GIL_TYPE_ERROR, "same_int(): takes 1 argument (x), got 0");
    assert_raised(CALL("nothing", one), GIL_TYPE_ERROR, "nothing(): takes 0 arguments, got 1");
    assert_raised(CALL("three", one), GIL_TYPE_ERROR, "three(): takes 3 arguments (first, second and third), got 1");
    assert_none(CALL("nothing"));
}

static void test_bind__counts_only_what_is_asked(void **state)
{
    (void)state;
    USE("arrays");
    assert_raised(CALL("dot", doubles(2, 0)), GIL_TYPE_ERROR, "dot(): takes 2 arguments (x and y), got 1");
    assert_raised(CALL("divide", integer(1)), GIL_TYPE_ERROR, "divide(): takes 2 arguments (a and b), got 1");
    assert_raised(CALL("untouched", integer(1)), GIL_TYPE_ERROR, "untouched(): takes 0 arguments, got 1");
}

static void test_bind__refuses_a_name_that_it_does_not_know(void **state)
{
    (void)state;
    USE("values");
    assert_raised(CALL_NAMED("add", "c", real(1), real(2)), GIL_TYPE_ERROR,
                  "add(): no argument is named c; it takes a and b");
    assert_raised(CALL_NAMED("nothing", "x", real(1)), GIL_TYPE_ERROR,
                  "nothing(): no argument is named x; it takes none");
    assert_raised(CALL_NAMED("add", "", real(1), real(2)), GIL_TYPE_ERROR,
                  "add(): no argument is named ; it takes a and b");
}

static void test_bind__refuses_an_argument_that_is_given_twice(void **state)
{
    (void)state;
    USE("values");
    gil_obj one = real(1);
    assert_raised(CALL_NAMED("add", "a", one, one), GIL_TYPE_ERROR, "add(): argument a is given twice");
    const gil_keyword twice[] = {{"a", one}, {"a", one}};
    assert_raised(call_with("add", 0, NULL, 2, twice), GIL_TYPE_ERROR, "add(): argument a is given twice");
    assert_raised(call_with("add", 2, OBJECTS(one, one), 1, twice), GIL_TYPE_ERROR, "add(): argument a is given twice");
}

static void test_bind__names_the_argument_that_is_missing(void **state)
{
    (void)state;
    USE("values");
    assert_raised(CALL_NAMED("three", "third", real(3), real(1)), GIL_TYPE_ERROR,
                  "three(): argument second is missing");
    assert_raised(CALL_NAMED("add", "b", real(3)), GIL_TYPE_ERROR, "add(): argument a is missing");
}

static void test_bind__refuses_what_the_caller_does_not_give(void **state)
{
    (void)state;
    USE("arrays");
    gil_obj x = doubles(2, 1);
    assert_raised(CALL_NAMED("dot", "n", integer(2), x, x), GIL_TYPE_ERROR,
                  "dot(): argument n follows from the arrays; leave it out");
    assert_raised(CALL_NAMED("divide", "rest", integer(2), integer(7), integer(2)), GIL_TYPE_ERROR,
                  "divide(): rest is a result; leave it out");
    module = load_path(MODULE("objects"));
    assert_raised(CALL_NAMED("echo", "env", none(), none()), GIL_TYPE_ERROR,
                  "echo(): no argument is named env; it takes x");
    module = load_path(MODULE("kernels"));
    assert_raised(CALL_NAMED("halve", "task", none(), real(1)), GIL_TYPE_ERROR,
                  "halve(): no argument is named task; it takes x");
}

static void test_bind__works_again_after_each_refusal(void **state)
{
    (void)state;
    USE("values");
    for (int i = 0; i < 100; i++) {
        gil_error error;
        assert_true(gil_is_null(CALL("add", real(1))));
        assert_true(gil_error_take(env, &error));
        assert_real(CALL("add", real(i), real(1)), i + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bind__takes_arguments_by_place_and_by_name),
        TEST(test_bind__says_how_many_it_takes),
        TEST(test_bind__counts_only_what_is_asked),
        TEST(test_bind__refuses_a_name_that_it_does_not_know),
        TEST(test_bind__refuses_an_argument_that_is_given_twice),
        TEST(test_bind__names_the_argument_that_is_missing),
        TEST(test_bind__refuses_what_the_caller_does_not_give),
        TEST(test_bind__works_again_after_each_refusal),
    };
    return cmocka_run_group_tests_name("call bind", tests, NULL, NULL);
}
