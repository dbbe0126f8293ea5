/* SPDX-License-Identifier: MIT
 *
 * Where modules and libraries are looked for, and where they are not.
 */
#include "load/search.h"

#include <dlfcn.h>
#include <limits.h>

#include "files.h"

static void test_search__a_path_has_a_slash(void **state)
{
    (void)state;
    char path[PATH_MAX];
    gil__refusal why;
    assert_true(gil__search_module("./x.so", path, &why));
    assert_string_equal(path, "./x.so");
    assert_true(gil__search_module("/anywhere/at all", path, &why));
    assert_string_equal(path, "/anywhere/at all");
}

static void test_search__a_bare_file_name_is_refused_with_both_mends(void **state)
{
    (void)state;
    assert_raised(gil_load(env, "values.so"), GIL_IMPORT_ERROR,
                  "values.so is a file name without a folder; write ./values.so for the file here, or values to search "
                  "for the module");
    assert_true(chdir(GILKIT_TEST_MODULES) == 0);
    assert_raised(gil_load(env, "values.so"), GIL_IMPORT_ERROR, "values.so is a file name without a folder; ...");
    assert_fine(gil_load(env, "./values.so"));
}

static void test_search__a_name_is_letters_digits_and_underscores(void **state)
{
    (void)state;
    assert_raised(gil_load(env, "my-module"), GIL_IMPORT_ERROR,
                  "my-module is no module's name (letters, digits and _); a path has a slash, as ./my-module");
    const char *const bad[] = {"", "9lives", "a b", "caf\xc3\xa9", "..", ".so", "a.b"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gil_error error;
        assert_true(gil_is_null(gil_load(env, bad[i])));
        assert_true(gil_error_take(env, &error));
        assert_int_equal(error.kind, GIL_IMPORT_ERROR);
    }
}

static void test_search__looks_in_GILKIT_PATH_in_order(void **state)
{
    (void)state;
    char folders[300];
    copy_module(MODULE("twin_2"), "twin_1.so", 0644);
    snprintf(folders, sizeof folders, "/nowhere:%s:%s", folder, GILKIT_TEST_MODULES);
    setenv("GILKIT_PATH", folders, 1);
    module = gil_load(env, "twin_1");
    assert_fine(module);
    assert_int(CALL("which"), 2);
    assert_text(gil_attr_get(env, module, "__file__"), place_of("twin_1.so"));
    assert_fine(gil_load(env, "values"));
}

static void test_search__a_relative_folder_is_not_looked_in(void **state)
{
    (void)state;
    char path[PATH_MAX];
    gil__refusal why;
    assert_true(chdir(GILKIT_TEST_MODULES) == 0);
    const char *const wishes[] = {".", "", ":", "::", "modules:../modules"};
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        setenv("GILKIT_PATH", wishes[i], 1);
        assert_false(gil__search_module("values", path, &why));
    }
    unsetenv("GILKIT_PATH");
    assert_false(gil__search_module("values", path, &why));
}

static void test_search__says_where_it_looked(void **state)
{
    (void)state;
    char message[500];
    setenv("GILKIT_PATH", "/nowhere", 1);
    snprintf(message, sizeof message,
             "no module nothing: nothing.so is neither in GILKIT_PATH (/nowhere) nor in %s; for a file here write "
             "./nothing.so",
             gil__module_folder());
    assert_raised(gil_load(env, "nothing"), GIL_IMPORT_ERROR, message);
    unsetenv("GILKIT_PATH");
    assert_raised(gil_load(env, "nothing"), GIL_IMPORT_ERROR,
                  "no module nothing: nothing.so is neither in GILKIT_PATH (not set) nor in ...");
}

static void test_search__a_path_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char longest[PATH_MAX + 10];
    memset(longest, 'a', sizeof longest);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    assert_raised(gil_load(env, longest), GIL_IMPORT_ERROR, "a path of 4105 bytes is too long");
    setenv("GILKIT_PATH", longest, 1);
    gil_error error;
    assert_true(gil_is_null(gil_load(env, "values")));
    assert_true(gil_error_take(env, &error));
}

static void test_search__finds_libraries_by_short_and_full_names(void **state)
{
    (void)state;
    char path[PATH_MAX];
    gil__refusal why;
    const char *const names[] = {"m", "libm", "libm.so.6"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_true(gil__search_library(names[i], path, &why));
        assert_non_null(strstr(path, "/libm.so.6"));
    }
}

static void test_search__a_library_that_the_process_has_is_the_one_that_is_found(void **state)
{
    (void)state;
    char path[PATH_MAX];
    gil__refusal why;
    assert_false(gil__search_library("broken_by_nobody.so.1", path, &why));
    assert_true(dlopen(GILKIT_TEST_MODULES "/arrays.so", RTLD_NOW | RTLD_LOCAL) != NULL);
    assert_true(gil__search_library("arrays.so", path, &why));
    assert_string_equal(path, GILKIT_TEST_MODULES "/arrays.so");
    assert_false(gil__search_library("rrays.so", path, &why));
}

static void test_search__a_library_name_is_no_pattern(void **state)
{
    (void)state;
    const char *const bad[] = {"m*", "[m]", "l?bm", "", "nothing_of_this_name"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char message[300];
        snprintf(message, sizeof message,
                 "no library %s in the system's folders; write its path with a slash, as ./%s, or its full name, as "
                 "libm.so.6",
                 bad[i], bad[i]);
        assert_raised(gil_library(env, bad[i]), GIL_IMPORT_ERROR, message);
    }
}

static void test_search__a_very_long_library_name_is_refused(void **state)
{
    (void)state;
    char longest[1000];
    gil_error error;
    memset(longest, 'm', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_true(gil_is_null(gil_library(env, longest)));
    assert_true(gil_error_take(env, &error));
    assert_int_equal(error.kind, GIL_IMPORT_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_search__a_path_has_a_slash),
        TEST(test_search__a_bare_file_name_is_refused_with_both_mends),
        TEST(test_search__a_name_is_letters_digits_and_underscores),
        TEST_IN_FOLDER(test_search__looks_in_GILKIT_PATH_in_order),
        TEST_IN_FOLDER(test_search__a_relative_folder_is_not_looked_in),
        TEST_IN_FOLDER(test_search__says_where_it_looked),
        TEST_IN_FOLDER(test_search__a_path_that_is_too_long_is_refused),
        TEST(test_search__finds_libraries_by_short_and_full_names),
        TEST(test_search__a_library_that_the_process_has_is_the_one_that_is_found),
        TEST(test_search__a_library_name_is_no_pattern),
        TEST(test_search__a_very_long_library_name_is_refused),
    };
    return cmocka_run_group_tests_name("load search", tests, NULL, NULL);
}
