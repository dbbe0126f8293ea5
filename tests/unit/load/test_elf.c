/* SPDX-License-Identifier: MIT
 *
 * Module files that are cut, damaged, or made for another machine: always a refusal, never a crash.
 */
#include "base/text.h"
#include "load/elf.h"
#include "whole.h"

static void assert_loads(void)
{
    module = load_path(write_whole());
    assert_real(CALL("halve", real(3)), 1.5);
}

static void test_elf__a_file_that_is_cut_anywhere_is_refused(void **state)
{
    (void)state;
    unsigned refused = 0;
    for (size_t size = 0; size < whole.size; size += 64) {
        gil_error error = {0};
        const char *path = write_image("kernels.so", whole.bytes, size, 0644);
        assert_true(gil_is_null(gil_load(env, path)));
        assert_true(gil_error_take(env, &error));
        assert_int_equal(error.kind, GIL_IMPORT_ERROR);
        assert_non_null(strstr(error.message, path));
        assert_non_null(strstr(error.message, size ? "is cut: " : "is empty"));
        refused++;
    }
    printf("# %u sizes of %zu bytes\n", refused, whole.size);
    assert_loads();
}

static void test_elf__a_cut_file_says_how_much_is_there(void **state)
{
    (void)state;
    char message[200];
    snprintf(message, sizeof message, "is cut: 4096 of %zu bytes; copy or build it again", whole.size);
    assert_load_refused(write_image("kernels.so", whole.bytes, 4096, 0644), message);
    assert_load_refused(write_image("kernels.so", whole.bytes, 63, 0644), "is cut: 63 bytes; copy or build it again");
    assert_load_refused(write_image("kernels.so", whole.bytes, 64, 0644),
                        "is cut: its headers end behind its 64 bytes; copy or build it again");
    assert_load_refused(write_image("kernels.so", whole.bytes, 0, 0644), "is empty; build it again");
}

/* Stripped of its section table, as some tools do, a file ends with its last segment. */
static void test_elf__a_file_without_sections_is_measured_by_its_segments(void **state)
{
    (void)state;
    uint64_t end = 0;
    header_of(&whole)->e_shoff = header_of(&whole)->e_shnum = header_of(&whole)->e_shstrndx = 0;
    for (unsigned i = 0; segment_of(&whole, PT_LOAD, i); i++)
        end = segment_of(&whole, PT_LOAD, i)->p_offset + segment_of(&whole, PT_LOAD, i)->p_filesz;
    for (size_t size = 64; size < end; size += 256) {
        gil_error error;
        assert_true(gil_is_null(gil_load(env, write_image("kernels.so", whole.bytes, size, 0644))));
        assert_true(gil_error_take(env, &error));
    }
    whole.size = end;
    assert_loads();
}

static void test_elf__is_for_this_machine(void **state)
{
    (void)state;
#if defined(__x86_64__)
    const char *here = "x86_64", *there = "aarch64";
    uint16_t other = EM_AARCH64;
#else
    const char *here = "aarch64", *there = "x86_64";
    uint16_t other = EM_X86_64;
#endif
    char message[200];
    uint16_t mine = header_of(&whole)->e_machine;
    header_of(&whole)->e_machine = other;
    snprintf(message, sizeof message, "built for %s, this machine is %s; rebuild it here", there, here);
    assert_load_refused(write_whole(), message);
    header_of(&whole)->e_machine = EM_RISCV;
    snprintf(message, sizeof message, "built for riscv, this machine is %s; rebuild it here", here);
    assert_load_refused(write_whole(), message);
    header_of(&whole)->e_machine = 4242;
    snprintf(message, sizeof message, "built for machine 4242, this machine is %s; rebuild it here", here);
    assert_load_refused(write_whole(), message);
    header_of(&whole)->e_machine = mine;
    assert_loads();
}

static void test_elf__is_of_64_bits_and_little_endian(void **state)
{
    (void)state;
    whole.bytes[EI_CLASS] = ELFCLASS32;
    assert_load_refused(write_whole(), "built for 32 bits, this machine has 64; rebuild it here");
    whole.bytes[EI_CLASS] = ELFCLASS64;
    whole.bytes[EI_DATA] = ELFDATA2MSB;
    assert_load_refused(write_whole(), "built for big-endian machines; rebuild it here");
    whole.bytes[EI_DATA] = ELFDATA2LSB;
    assert_loads();
}

static void test_elf__is_a_shared_library(void **state)
{
    (void)state;
    const char *message = "is no shared library; build it with -shared";
    assert_load_refused(write_image("text.so", (const unsigned char *)"int main;", 9, 0644), message);
    header_of(&whole)->e_type = ET_REL;
    assert_load_refused(write_whole(), message);
    header_of(&whole)->e_type = ET_EXEC;
    assert_load_refused(write_whole(), message);
    header_of(&whole)->e_type = ET_DYN;
    assert_loads();
}

static void test_elf__damaged_headers_are_refused(void **state)
{
    (void)state;
    const char *message = "its program headers are damaged; build it again";
    Elf64_Ehdr good = *header_of(&whole);
    header_of(&whole)->e_phentsize = 32;
    assert_load_refused(write_whole(), message);
    *header_of(&whole) = good;
    header_of(&whole)->e_phnum = 0;
    assert_load_refused(write_whole(), message);
    *header_of(&whole) = good;
    header_of(&whole)->e_shoff = UINT64_MAX - 10;
    assert_load_refused(write_whole(), message);
    *header_of(&whole) = good;
    header_of(&whole)->e_phoff = UINT64_MAX - 100;
    assert_load_refused(write_whole(), "is cut: its headers end behind its ...");
    *header_of(&whole) = good;
    header_of(&whole)->e_phnum = 0xffff;
    assert_true(gil_is_null(gil_load(env, write_whole())));
    gil_error error;
    assert_true(gil_error_take(env, &error));
    *header_of(&whole) = good;
    assert_loads();
}

static void damage_segment(size_t field, uint64_t value, const char *message)
{
    Elf64_Phdr *segment = segment_of(&whole, PT_LOAD, 1);
    assert_non_null(segment);
    Elf64_Phdr good = *segment;
    memcpy((char *)segment + field, &value, sizeof value);
    assert_load_refused(write_whole(), message);
    *segment = good;
}

static void test_elf__damaged_segments_are_refused(void **state)
{
    (void)state;
    const char *segments = "its segments are damaged; build it again";
    damage_segment(offsetof(Elf64_Phdr, p_filesz), UINT64_MAX, "its program headers are damaged; build it again");
    damage_segment(offsetof(Elf64_Phdr, p_filesz), 1ull << 40, "is cut: ...");
    damage_segment(offsetof(Elf64_Phdr, p_offset), 1ull << 40, "is cut: ...");
    damage_segment(offsetof(Elf64_Phdr, p_memsz), 0, segments);
    damage_segment(offsetof(Elf64_Phdr, p_memsz), 1ull << 60, segments);
    damage_segment(offsetof(Elf64_Phdr, p_memsz), UINT64_MAX, segments);
    damage_segment(offsetof(Elf64_Phdr, p_vaddr), UINT64_MAX & ~4095ull, segments);
    damage_segment(offsetof(Elf64_Phdr, p_vaddr), segment_of(&whole, PT_LOAD, 1)->p_vaddr + 8, segments);
    damage_segment(offsetof(Elf64_Phdr, p_align), 4097, segments);
    assert_loads();
}

static void test_elf__without_anything_to_load_is_refused(void **state)
{
    (void)state;
    for (Elf64_Phdr *segment; (segment = segment_of(&whole, PT_LOAD, 0));)
        segment->p_type = PT_NULL;
    assert_load_refused(write_whole(), "its segments are damaged; build it again");
}

/* Every byte of the headers in turn, read but not run: nothing outside the file is touched (see the address
 * sanitizer's build). */
static void test_elf__any_damage_of_its_headers_is_survived(void **state)
{
    (void)state;
    size_t end = header_of(&whole)->e_phoff + header_of(&whole)->e_phnum * sizeof(Elf64_Phdr);
    unsigned char *exact = malloc(whole.size);
    assert_non_null(exact);
    memcpy(exact, whole.bytes, whole.size);
    unsigned opened = 0, refused = 0;
    for (size_t at = 0; at < end; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            char reason[256];
            gil__text why = gil__text_in(reason, sizeof reason);
            gil__elf elf;
            const unsigned char *note;
            size_t size;
            uint64_t address, value;
            exact[at] ^= (unsigned char)(1u << bit);
            if (gil__elf_open(&elf, exact, whole.size, &why)) {
                opened++;
                if (gil__elf_note(&elf, "gilkit", 1, &note, &size, &address))
                    (void)gil__elf_pointer(&elf, address, &value);
            } else {
                refused++;
                assert_true(why.length > 0);
            }
            exact[at] ^= (unsigned char)(1u << bit);
        }
    printf("# %u opened, %u refused\n", opened, refused);
    free(exact);
    assert_true(refused > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WHOLE(test_elf__a_file_that_is_cut_anywhere_is_refused),
        TEST_WHOLE(test_elf__a_cut_file_says_how_much_is_there),
        TEST_WHOLE(test_elf__a_file_without_sections_is_measured_by_its_segments),
        TEST_WHOLE(test_elf__is_for_this_machine),
        TEST_WHOLE(test_elf__is_of_64_bits_and_little_endian),
        TEST_WHOLE(test_elf__is_a_shared_library),
        TEST_WHOLE(test_elf__damaged_headers_are_refused),
        TEST_WHOLE(test_elf__damaged_segments_are_refused),
        TEST_WHOLE(test_elf__without_anything_to_load_is_refused),
        TEST_WHOLE(test_elf__any_damage_of_its_headers_is_survived),
    };
    return cmocka_run_group_tests_name("load elf", tests, NULL, NULL);
}
