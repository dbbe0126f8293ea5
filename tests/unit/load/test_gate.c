/* SPDX-License-Identifier: MIT
 *
 * Who may write a file, and what is a file at all.
 */
#include "files.h"

static void test_gate__a_file_that_everybody_may_write_is_refused(void **state)
{
    (void)state;
    char message[500];
    const char *path = copy_module(MODULE("values"), "values.so", 0666);
    snprintf(message, sizeof message, " may be written by everybody; run: chmod o-w '%s'", path);
    assert_load_refused(path, message);
    assert_int_equal(chmod(path, 0664), 0);
    assert_fine(gil_load(env, path));
}

static void test_gate__a_folder_that_everybody_may_write_is_refused(void **state)
{
    (void)state;
    char message[500];
    const char *path = copy_module(MODULE("values"), "values.so", 0644);
    assert_int_equal(chmod(folder, 0777), 0);
    snprintf(message, sizeof message, "%s may be written by everybody; run: chmod o-w '%s'", folder, folder);
    assert_raised(gil_load(env, path), GIL_IMPORT_ERROR, message);
    assert_int_equal(chmod(folder, 01777), 0);
    assert_fine(gil_load(env, path));
}

static void test_gate__strict_mode_also_looks_at_the_group(void **state)
{
    (void)state;
    char message[500];
    const char *path = copy_module(MODULE("values"), "values.so", 0664);
    setenv("GILKIT_STRICT", "1", 1);
    snprintf(message, sizeof message, " may be written by its group; in strict mode run: chmod g-w '%s'", path);
    assert_load_refused(path, message);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(chmod(folder, 0775), 0);
    snprintf(message, sizeof message, "%s may be written by its group; in strict mode run: chmod g-w '%s'", folder,
             folder);
    assert_raised(gil_load(env, path), GIL_IMPORT_ERROR, message);
    assert_int_equal(chmod(folder, 01775), 0);
    assert_fine(gil_load(env, path));
}

static void test_gate__strict_mode_is_asked_for_by_1_only(void **state)
{
    (void)state;
    const char *path = copy_module(MODULE("values"), "values.so", 0664);
    setenv("GILKIT_STRICT", "0", 1);
    assert_fine(gil_load(env, path));
}

static void test_gate__strict_mode_wants_root_s_or_the_user_s(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        printf("# not root: ownership cannot be given away\n");
        return;
    }
    const char *path = copy_module(MODULE("values"), "values.so", 0644);
    assert_int_equal(chown(path, 12345, 12345), 0);
    setenv("GILKIT_STRICT", "1", 1);
    assert_load_refused(path, " belongs to user 12345; in strict mode it must be root's or your own");
    assert_int_equal(chown(path, 0, 0), 0);
    assert_int_equal(chown(folder, 12345, 12345), 0);
    char message[300];
    snprintf(message, sizeof message, "%s belongs to user 12345; in strict mode it must be root's or your own", folder);
    assert_raised(gil_load(env, path), GIL_IMPORT_ERROR, message);
    unsetenv("GILKIT_STRICT");
    assert_fine(gil_load(env, path));
}

static void test_gate__looks_where_a_link_leads(void **state)
{
    (void)state;
    char target[300], message[700];
    snprintf(target, sizeof target, "%s/open", folder);
    assert_int_equal(mkdir(target, 0755), 0);
    copy_module(MODULE("values"), "open/values.so", 0644);
    assert_int_equal(symlink("open/values.so", place_of("link.so")), 0);
    assert_int_equal(chmod(target, 0777), 0);
    snprintf(message, sizeof message, "%s may be written by everybody; run: chmod o-w '%s'", target, target);
    assert_raised(gil_load(env, place_of("link.so")), GIL_IMPORT_ERROR, message);
    assert_int_equal(chmod(target, 0755), 0);
    assert_fine(gil_load(env, place_of("link.so")));
}

static void test_gate__what_is_no_file_is_refused(void **state)
{
    (void)state;
    assert_load_refused(folder, " is not a file");
    assert_int_equal(mkfifo(place_of("fifo.so"), 0644), 0);
    assert_load_refused(place_of("fifo.so"), " is not a file");
    assert_load_refused("/dev/null", " is not a file");
    assert_load_refused(place_of("missing.so"), "No such file or directory");
    assert_load_refused(place_of("missing/values.so"), "No such file or directory");
    copy_module(MODULE("values"), "values.so", 0644);
    assert_load_refused(place_of("values.so/x"), "Not a directory");
}

static void test_gate__what_may_not_be_read_is_refused(void **state)
{
    (void)state;
    const char *path = copy_module(MODULE("values"), "values.so", 0);
    if (geteuid() == 0) {
        printf("# root reads everything\n");
        return;
    }
    assert_load_refused(path, "Permission denied");
}

static unsigned count_descriptors(void)
{
    unsigned count = 0;
    for (int i = 0; i < 256; i++)
        count += fcntl(i, F_GETFD) >= 0;
    return count;
}

static void test_gate__gives_every_descriptor_back(void **state)
{
    (void)state;
    char cut[200];
    gil_error error;
    image whole = read_image(MODULE("values"));
    strcpy(cut, write_image("cut.so", whole.bytes, 1000, 0644));
    free(whole.bytes);
    const char *path = copy_module(MODULE("values"), "values.so", 0644);
    unsigned before = count_descriptors();
    for (int i = 0; i < 5; i++) {
        assert_fine(gil_load(env, path));
        assert_true(gil_is_null(gil_load(env, cut)) && gil_error_take(env, &error));
        assert_true(gil_is_null(gil_load(env, folder)) && gil_error_take(env, &error));
        assert_true(gil_is_null(gil_load(env, MODULE("undefined"))) && gil_error_take(env, &error));
    }
    assert_int_equal(count_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(test_gate__a_file_that_everybody_may_write_is_refused),
        TEST_IN_FOLDER(test_gate__a_folder_that_everybody_may_write_is_refused),
        TEST_IN_FOLDER(test_gate__strict_mode_also_looks_at_the_group),
        TEST_IN_FOLDER(test_gate__strict_mode_is_asked_for_by_1_only),
        TEST_IN_FOLDER(test_gate__strict_mode_wants_root_s_or_the_user_s),
        TEST_IN_FOLDER(test_gate__looks_where_a_link_leads),
        TEST_IN_FOLDER(test_gate__what_is_no_file_is_refused),
        TEST_IN_FOLDER(test_gate__what_may_not_be_read_is_refused),
        TEST_IN_FOLDER(test_gate__gives_every_descriptor_back),
    };
    return cmocka_run_group_tests_name("load gate", tests, NULL, NULL);
}
