/* SPDX-License-Identifier: MIT
 *
 * Modules of a runtime: loading, loading again, and what a failure leaves behind.
 */
#include "crew.h"
#include "files.h"

static void test_module__shows_name_doc_file_and_functions(void **state)
{
    (void)state;
    USE("arrays");
    assert_text(gil_attr_get(env, module, "__name__"), "arrays");
    assert_text(gil_attr_get(env, module, "__doc__"), "Arrays in every direction.");
    assert_text(gil_attr_get(env, module, "__file__"), MODULE("arrays"));
    assert_raised(gil_attr_get(env, module, "nothing"), GIL_ATTRIBUTE_ERROR,
                  "arrays has no function nothing; `gilkit inspect " MODULE("arrays") "` lists them");
    size_t length = 0;
    assert_true(gil_sequence_length(env, gil_module_functions(env, USE("values")), &length));
    assert_int_equal(length, 38);
    assert_true(gil_sequence_length(env, gil_module_functions(env, USE("empty")), &length));
    assert_int_equal(length, 0);
    assert_none(gil_attr_get(env, module, "__doc__"));
    assert_raised(gil_module_functions(env, none()), GIL_TYPE_ERROR, "None is not module");
}

static void test_module__loaded_twice_is_the_same(void **state)
{
    (void)state;
    USE("objects");
    assert_int(CALL("count"), 1);
    USE("objects");
    assert_int(CALL("count"), 2);
    module = load_path(GILKIT_TEST_MODULES "/../modules/./objects.so");
    assert_int(CALL("count"), 3);
}

static void test_module__through_a_link_is_the_same(void **state)
{
    (void)state;
    USE("objects");
    assert_int(CALL("count"), 1);
    assert_int_equal(symlink(MODULE("objects"), place_of("link.so")), 0);
    module = load_path(place_of("link.so"));
    assert_int(CALL("count"), 2);
}

/* The second file gets the number of the first one's descriptor, and the linker knows libraries by name. */
static void test_module__loaded_after_another_is_another(void **state)
{
    (void)state;
    const char *const names[] = {MODULE("values"), MODULE("arrays"), MODULE("objects"), MODULE("kernels"),
                                 MODULE("empty")};
    const char *const known[] = {"values", "arrays", "objects", "kernels", "empty"};
    for (size_t i = 0; i < 5; i++)
        assert_text(gil_attr_get(env, load_path(names[i]), "__name__"), known[i]);
    module = load_path(MODULE("arrays"));
    assert_int(CALL("between", doubles(2, 0)), 1);
    module = load_path(MODULE("values"));
    assert_int(CALL("same_int", integer(5)), 5);
}

static void test_module__copied_files_are_loaded_one_by_one(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        char name[30];
        snprintf(name, sizeof name, "twin%d.so", i);
        module = load_path(copy_module(i % 2 ? MODULE("twin_1") : MODULE("twin_2"), name, 0644));
        assert_int(CALL("which"), i % 2 ? 1 : 2);
        assert_true(gil_unload(env, module));
    }
}

static void test_module__of_a_name_that_is_taken_is_refused(void **state)
{
    (void)state;
    USE("twin_1");
    assert_load_refused(MODULE("twin_2"),
                        "a module twin is loaded already, from " MODULE("twin_1") "; unload it first");
    assert_int(CALL("which"), 1);
    assert_true(gil_unload(env, module));
    USE("twin_2");
    assert_int(CALL("which"), 2);
}

static void fail_init(const char *mood, gil_error_kind kind, const char *message)
{
    setenv("GILKIT_TEST_MOOD", mood, 1);
    GIL_SCOPE(env)
        assert_raised(gil_load(env, MODULE("moody")), kind, message);
}

static void test_module__whose_init_fails_leaves_nothing_behind(void **state)
{
    (void)state;
    fail_init("sad", GIL_VALUE_ERROR, "moody: sad");
    long live = gil__memory_live();
    for (int i = 0; i < 10; i++) {
        fail_init("sad", GIL_VALUE_ERROR, "moody: sad");
        fail_init("silent", GIL_SYSTEM_ERROR, "init of moody failed but raised nothing; that is a bug in moody");
        fail_init("forgotten", GIL_VALUE_ERROR, "moody: forgotten");
    }
    assert_int_equal(gil__memory_live(), live);
    unsetenv("GILKIT_TEST_MOOD");
    USE("moody");
    int64_t tries = 0;
    assert_true(gil_int_get(env, CALL("tries"), &tries));
    assert_true(tries > 30);
}

static void test_module__init_sees_its_zeroed_state(void **state)
{
    (void)state;
    USE("objects");
    assert_int(CALL("magic"), 42);
}

static void test_module__a_prototype_that_cannot_be_called_is_shown(void **state)
{
    (void)state;
    assert_load_refused(MODULE("wrong"),
                        "in the prototype of first, column 24: x: a pointer does not say how many elements it has; "
                        "write x[n] for an array, or GIL_OUT before it for one result\n"
                        "  double first(size_t n, double *x)\n"
                        "                         ^");
}

static void test_module__that_releases_with_env_is_refused(void **state)
{
    (void)state;
    assert_load_refused(MODULE("impatient"),
                        "both: it takes a gil_env, so it runs with the GIL; leave .gil out, or take gil_env out");
}

static void test_module__with_an_undefined_symbol_is_refused_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_load_refused(MODULE("undefined"),
                            " cannot be loaded: undefined symbol: gilkit_test_nowhere; link the library that defines "
                            "it, or compile the file that does");
    USE("values");
    assert_int(CALL("same_int", integer(1)), 1);
}

static void test_module__two_runtimes_have_states_of_their_own(void **state)
{
    (void)state;
    gil_error error;
    USE("objects");
    assert_int(CALL("count"), 1);
    assert_int(CALL("count"), 2);
    gil_runtime *other = gil_runtime_new(NULL, &error);
    gil_env *theirs = gil_attach(other, &error);
    assert_non_null(theirs);
    gil_obj again = gil_load(theirs, MODULE("objects"));
    gil_obj count = gil_attr_get(theirs, again, "count");
    int64_t value = 0;
    assert_true(gil_int_get(theirs, gil_call(theirs, count, NULL, 0, NULL, 0), &value));
    assert_int_equal(value, 1);
    gil_detach(theirs);
    assert_true(gil_runtime_free(other, &error));
    assert_int(CALL("count"), 3);
}

static void test_module__free_runs_once_with_its_runtime(void **state)
{
    (void)state;
    gil_error error;
    int32_t freed = 0;
    gil_runtime *other = gil_runtime_new(NULL, &error);
    gil_env *theirs = gil_attach(other, &error);
    gil_obj again = gil_load(theirs, MODULE("objects"));
    gil_obj tell = gil_attr_get(theirs, again, "tell_freed");
    gil_buffer memory = {.data = &freed, .dtype = GIL_INT32, .ndim = 1, .shape = {1}, .strides = {4}};
    gil_obj counter = gil_array_borrow(theirs, &memory, NULL, NULL);
    assert_false(gil_is_null(gil_call(theirs, tell, &counter, 1, NULL, 0)));
    gil_detach(theirs);
    assert_int_equal(freed, 0);
    assert_true(gil_runtime_free(other, &error));
    assert_int_equal(freed, 1);
}

static void load_slow(gil_env *mine, crew_member *member)
{
    member->wrong += gil_is_null(gil_load(mine, MODULE("slow")));
}

static void test_module__loaded_by_four_threads_at_once_is_one(void **state)
{
    (void)state;
    assert_int_equal(crew_run(4, load_slow, NULL), 0);
    USE("slow");
    assert_int(CALL("count_inits"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_module__shows_name_doc_file_and_functions),
        TEST(test_module__loaded_twice_is_the_same),
        TEST_IN_FOLDER(test_module__through_a_link_is_the_same),
        TEST(test_module__loaded_after_another_is_another),
        TEST_IN_FOLDER(test_module__copied_files_are_loaded_one_by_one),
        TEST_IN_FOLDER(test_module__of_a_name_that_is_taken_is_refused),
        TEST_IN_FOLDER(test_module__whose_init_fails_leaves_nothing_behind),
        TEST(test_module__init_sees_its_zeroed_state),
        TEST(test_module__a_prototype_that_cannot_be_called_is_shown),
        TEST(test_module__that_releases_with_env_is_refused),
        TEST(test_module__with_an_undefined_symbol_is_refused_at_once),
        TEST(test_module__two_runtimes_have_states_of_their_own),
        TEST(test_module__free_runs_once_with_its_runtime),
        TEST(test_module__loaded_by_four_threads_at_once_is_one),
    };
    return cmocka_run_group_tests_name("load module", tests, NULL, NULL);
}
