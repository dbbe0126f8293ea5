/* SPDX-License-Identifier: MIT
 *
 * What a module says of itself, read from its bytes.
 */
#include "load/inspect.h"

#include <gilkit/module.h>

#include "whole.h"

/* Words of the note: ABI major and minor, SDK major, minor and patch, 0, then the distance and the name. */
enum { ABI_MAJOR, ABI_MINOR, SDK_MAJOR, NOTE_DISTANCE = 24, NOTE_NAME = 32 };

static void set_word(unsigned word, uint32_t value)
{
    memcpy(note_of(&whole) + 4 * word, &value, sizeof value);
}

static void test_inspect__reads_names_prototypes_and_docs_in_order(void **state)
{
    (void)state;
    gil__module_info info;
    gil__refusal why;
    image values = read_image(MODULE("values"));
    assert_true(gil__module_inspect(&info, values.bytes, values.size, "values.so", &why));
    assert_string_equal(info.name, "values");
    assert_string_equal(info.doc, "What goes in comes out.");
    assert_int_equal(info.abi_major, GIL_ABI_MAJOR);
    assert_int_equal(info.abi_minor, GIL_ABI_MINOR);
    assert_int_equal(info.sdk[0], GIL_VERSION_MAJOR);
    assert_int_equal(info.sdk[1], GIL_VERSION_MINOR);
    assert_int_equal(info.sdk[2], GIL_VERSION_PATCH);
    assert_int_equal(info.n_functions, 38);
    assert_string_equal(info.functions[0].name, "add");
    assert_string_equal(info.functions[0].prototype, "double add(double a, double b)");
    assert_string_equal(info.functions[0].doc, "The sum of two numbers.");
    for (size_t i = 1; i < info.n_functions; i++)
        assert_true(strcmp(info.functions[i - 1].name, info.functions[i].name) < 0);
    assert_null(info.functions[info.n_functions - 1].doc);
    assert_true(gil__module_abi_fits(&info, "values.so", &why));
    gil__module_info_end(&info);
    free(values.bytes);
}

static void test_inspect__reads_policies_and_what_is_not_there(void **state)
{
    (void)state;
    gil__module_info info;
    gil__refusal why;
    assert_true(gil__module_inspect(&info, whole.bytes, whole.size, "kernels.so", &why));
    assert_null(info.doc);
    for (size_t i = 0; i < info.n_functions; i++)
        assert_int_equal(info.functions[i].gil, strcmp(info.functions[i].name, "crowd_held") ? GIL_AUTO : GIL_HOLD);
    gil__module_info_end(&info);
    image empty = read_image(MODULE("empty"));
    assert_true(gil__module_inspect(&info, empty.bytes, empty.size, "empty.so", &why));
    assert_int_equal(info.n_functions, 0);
    gil__module_info_end(&info);
    free(empty.bytes);
}

static void test_inspect__says_which_types_can_be_closed_and_lend_memory(void **state)
{
    (void)state;
    gil__module_info info;
    gil__refusal why;
    image stock = read_image(MODULE("stock"));
    assert_true(gil__module_inspect(&info, stock.bytes, stock.size, "stock.so", &why));
    assert_int_equal(info.n_types, 1);
    assert_string_equal(info.types[0].name, "jar");
    assert_true(info.types[0].is_closable);
    assert_false(info.types[0].has_buffer);
    gil__module_info_end(&info);
    free(stock.bytes);
}

static void test_inspect__a_library_without_a_note_is_no_module(void **state)
{
    (void)state;
    assert_load_refused(MODULE("plain"),
                        " is no gilkit module: it has no gilkit note; one of its files needs GIL_MODULE(name), or use "
                        "`gilkit call` for a plain library");
}

static void test_inspect__a_newer_abi_is_refused_with_both_versions(void **state)
{
    (void)state;
    char message[300];
    set_word(ABI_MINOR, GIL_ABI_MINOR + 1);
    snprintf(message, sizeof message,
             " was built with gilkit %d.%d.%d (ABI %d.%d), this is gilkit %s (ABI %d.%d); install a newer gilkit, or "
             "rebuild the module here",
             GIL_VERSION_MAJOR, GIL_VERSION_MINOR, GIL_VERSION_PATCH, GIL_ABI_MAJOR, GIL_ABI_MINOR + 1,
             GIL_VERSION_TEXT, GIL_ABI_MAJOR, GIL_ABI_MINOR);
    assert_load_refused(write_whole(), message);
    set_word(ABI_MINOR, GIL_ABI_MINOR);
    set_word(ABI_MAJOR, GIL_ABI_MAJOR + 1);
    set_word(SDK_MAJOR, 9);
    snprintf(message, sizeof message,
             " was built with gilkit 9.%d.%d (ABI %d.%d), this is gilkit %s (ABI %d.%d); install a newer gilkit, or "
             "rebuild the module here",
             GIL_VERSION_MINOR, GIL_VERSION_PATCH, GIL_ABI_MAJOR + 1, GIL_ABI_MINOR, GIL_VERSION_TEXT, GIL_ABI_MAJOR,
             GIL_ABI_MINOR);
    assert_load_refused(write_whole(), message);
}

static void test_inspect__an_older_major_abi_is_refused(void **state)
{
    (void)state;
    char message[300];
    set_word(ABI_MAJOR, 0);
    snprintf(message, sizeof message,
             " was built with gilkit %d.%d.%d (ABI 0.%d), this is gilkit %s (ABI %d.%d); rebuild the module here",
             GIL_VERSION_MAJOR, GIL_VERSION_MINOR, GIL_VERSION_PATCH, GIL_ABI_MINOR, GIL_VERSION_TEXT, GIL_ABI_MAJOR,
             GIL_ABI_MINOR);
    assert_load_refused(write_whole(), message);
}

static void test_inspect__a_damaged_note_is_refused(void **state)
{
    (void)state;
    const char *message = "its gilkit note is damaged; build it again";
    unsigned char *note = note_of(&whole);
    const int64_t distances[] = {0x7fffffffffff0000, -0x7fffffffffff0000, 1 << 20, -(1 << 20), 1};
    int64_t good;
    memcpy(&good, note + NOTE_DISTANCE, sizeof good);
    for (size_t i = 0; i < sizeof distances / sizeof distances[0]; i++) {
        memcpy(note + NOTE_DISTANCE, &distances[i], sizeof good);
        assert_load_refused(write_whole(), message);
    }
    memcpy(note + NOTE_DISTANCE, &good, sizeof good);
    uint32_t size, small = 16;
    memcpy(&size, note - 16, sizeof size);
    memcpy(note - 16, &small, sizeof small);
    assert_load_refused(write_whole(), message);
    small = NOTE_NAME + 4;
    memcpy(note - 16, &small, sizeof small);
    assert_load_refused(write_whole(), message);
    memcpy(note - 16, &size, sizeof size);
    module = load_path(write_whole());
    assert_real(CALL("halve", real(1)), 0.5);
}

static void test_inspect__a_note_of_another_owner_or_type_is_no_module_s(void **state)
{
    (void)state;
    const char *message = " is no gilkit module: it has no gilkit note; ...";
    note_of(&whole)[-8] = 'G';
    assert_load_refused(write_whole(), message);
}

/* Every byte of the note and of the definition in turn: read, never run. */
static void test_inspect__any_damage_is_survived(void **state)
{
    (void)state;
    unsigned char *exact = malloc(whole.size);
    assert_non_null(exact);
    memcpy(exact, whole.bytes, whole.size);
    long live = gil__memory_live();
    unsigned refused = 0;
    for (size_t at = 0; at < whole.size; at += 3) {
        gil__module_info info;
        gil__refusal why = {0};
        exact[at] ^= 0xff;
        if (gil__module_inspect(&info, exact, whole.size, "kernels.so", &why)) {
            for (size_t i = 0; i < info.n_functions; i++)
                assert_non_null(memchr(info.functions[i].prototype, 0, whole.size));
            gil__module_info_end(&info);
        } else {
            refused++;
            assert_true(why.kind == GIL_IMPORT_ERROR || why.kind == GIL_MEMORY_ERROR);
            assert_non_null(strstr(why.message, "kernels.so"));
        }
        exact[at] ^= 0xff;
    }
    printf("# %u of %zu damages refused\n", refused, whole.size / 3);
    free(exact);
    assert_true(refused > 0);
    assert_int_equal(gil__memory_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WHOLE(test_inspect__reads_names_prototypes_and_docs_in_order),
        TEST_WHOLE(test_inspect__reads_policies_and_what_is_not_there),
        TEST_WHOLE(test_inspect__says_which_types_can_be_closed_and_lend_memory),
        TEST_WHOLE(test_inspect__a_library_without_a_note_is_no_module),
        TEST_WHOLE(test_inspect__a_newer_abi_is_refused_with_both_versions),
        TEST_WHOLE(test_inspect__an_older_major_abi_is_refused),
        TEST_WHOLE(test_inspect__a_damaged_note_is_refused),
        TEST_WHOLE(test_inspect__a_note_of_another_owner_or_type_is_no_module_s),
        TEST_WHOLE(test_inspect__any_damage_is_survived),
    };
    return cmocka_run_group_tests_name("load inspect", tests, NULL, NULL);
}
