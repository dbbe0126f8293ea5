/* SPDX-License-Identifier: MIT
 *
 * ELF files, read as bytes: is this a shared library for this machine, is it whole, and what does it say of
 * itself? Nothing of it is run. Pure and fuzzed: every offset comes from the file.
 */
#ifndef GILKIT_LOAD_ELF_H
#define GILKIT_LOAD_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gil__text;

typedef struct gil__elf {
    const unsigned char *bytes;
    size_t size;
    uint64_t program_headers; /* offset */
    unsigned n_program_headers;
    uint64_t relocations;   /* offset of the DT_RELA table; 0: none */
    uint64_t n_relocations; /* relative ones, by address */
} gil__elf;

/* Check that this is a whole shared library for this machine.
 *   size    of the file; `bytes` are as many
 *   why     on failure, what was found and what to do, without the file's name
 *   owner:  bytes are borrowed for as long as *elf is used */
bool gil__elf_open(gil__elf *elf, const unsigned char *bytes, size_t size, struct gil__text *why);

/* Find a note by owner name and type: its descriptor's bytes, size and address in memory. */
bool gil__elf_note(const gil__elf *elf, const char *owner, uint32_t type, const unsigned char **descriptor,
                   size_t *size, uint64_t *address);

/* Bytes at an address as the file has them; NULL when the file does not hold `size` bytes there. */
const unsigned char *gil__elf_at(const gil__elf *elf, uint64_t address, size_t size);

/* The 8 bytes at an address as they will be once the library is relocated to address 0. */
bool gil__elf_pointer(const gil__elf *elf, uint64_t address, uint64_t *value);

/* The text at an address; NULL when it does not end inside the file. */
const char *gil__elf_text(const gil__elf *elf, uint64_t address);

#endif
