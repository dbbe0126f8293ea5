/* SPDX-License-Identifier: MIT
 *
 * Module files to damage: a private folder for each test, whole files in memory, and where things are in them.
 */
#ifndef GILKIT_TESTS_FILES_H
#define GILKIT_TESTS_FILES_H

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

typedef struct image {
    unsigned char *bytes;
    size_t size;
} image;

static char folder[] = "/tmp/gilkit-test-XXXXXX";
static char place[200]; /* of the file written last */

static inline int open_folder(void **state)
{
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    return mkdtemp(folder) ? open_runtime(state) : -1;
}

static inline int close_folder(void **state)
{
    char command[100];
    snprintf(command, sizeof command, "chmod 755 %s && rm -rf %s", folder, folder);
    int removed = system(command);
    unsetenv("GILKIT_STRICT");
    unsetenv("GILKIT_PATH");
    unsetenv("GILKIT_TEST_MOOD");
    return close_runtime(state) || removed;
}

#define TEST_IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, open_folder, close_folder)

static inline image read_image(const char *path)
{
    image read = {0};
    struct stat info;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &info), 0);
    read.size = (size_t)info.st_size;
    read.bytes = malloc(read.size + 1);
    assert_non_null(read.bytes);
    assert_int_equal(fread(read.bytes, 1, read.size, file), read.size);
    fclose(file);
    return read;
}

/* FOLDER/NAME, for messages and for loading; valid until the next one. */
static inline const char *place_of(const char *name)
{
    snprintf(place, sizeof place, "%s/%s", folder, name);
    return place;
}

/* Write a new file: never over one that may be loaded. */
static inline const char *write_image(const char *name, const unsigned char *bytes, size_t size, mode_t mode)
{
    unlink(place_of(name));
    int file = open(place, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, size), size);
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
    return place;
}

static inline const char *copy_module(const char *module_path, const char *name, mode_t mode)
{
    image whole = read_image(module_path);
    write_image(name, whole.bytes, whole.size, mode);
    free(whole.bytes);
    return place;
}

/* Where the descriptor of the gilkit note begins. */
static inline unsigned char *note_of(const image *whole)
{
    static const unsigned char head[] = {1, 0, 0, 0, 'g', 'i', 'l', 'k', 'i', 't', 0, 0};
    unsigned char *found = memmem(whole->bytes, whole->size, head, sizeof head);
    assert_non_null(found);
    return found + sizeof head;
}

static inline Elf64_Ehdr *header_of(const image *whole)
{
    return (Elf64_Ehdr *)whole->bytes;
}

static inline Elf64_Phdr *segment_of(const image *whole, uint32_t type, unsigned skip)
{
    Elf64_Phdr *segments = (Elf64_Phdr *)(whole->bytes + header_of(whole)->e_phoff);
    for (unsigned i = 0; i < header_of(whole)->e_phnum; i++)
        if (segments[i].p_type == type && skip-- == 0)
            return &segments[i];
    return NULL;
}

/* Loading a file fails with "PATH: WHAT", or "PATH WHAT" when `what` begins with a space. */
static inline void assert_load_refused(const char *path, const char *what)
{
    char message[2100];
    snprintf(message, sizeof message, "%.1000s%s%.1000s", path, *what == ' ' ? "" : ": ", what);
    assert_raised(gil_load(env, path), GIL_IMPORT_ERROR, message);
}

#endif
