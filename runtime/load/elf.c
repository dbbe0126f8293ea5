/* SPDX-License-Identifier: MIT */
#include "load/elf.h"

#include <elf.h>
#include <string.h>

#include "base/text.h"

#if defined(__x86_64__)
#define THIS_MACHINE EM_X86_64
#define RELATIVE     R_X86_64_RELATIVE
#else
#define THIS_MACHINE EM_AARCH64
#define RELATIVE     R_AARCH64_RELATIVE
#endif

static const char *machine_name(uint16_t machine)
{
    switch (machine) {
    case EM_X86_64:
        return "x86_64";
    case EM_AARCH64:
        return "aarch64";
    case EM_386:
        return "i386";
    case EM_ARM:
        return "arm";
    case EM_RISCV:
        return "riscv";
    case EM_PPC64:
        return "ppc64";
    case EM_S390:
        return "s390";
    default:
        return NULL;
    }
}

/* Are there `count` bytes at `offset`? */
static bool holds(const gil__elf *elf, uint64_t offset, uint64_t count)
{
    return offset <= elf->size && count <= elf->size - offset;
}

static bool refuse(gil__text *why, const char *text)
{
    gil__text_add(why, "%s", text);
    return false;
}

static bool check_machine(const Elf64_Ehdr *header, gil__text *why)
{
    const unsigned char *ident = header->e_ident;
    const char *name = machine_name(header->e_machine);
    if (ident[EI_CLASS] != ELFCLASS64)
        return refuse(why, "built for 32 bits, this machine has 64; rebuild it here");
    if (ident[EI_DATA] != ELFDATA2LSB)
        return refuse(why, "built for big-endian machines; rebuild it here");
    if (header->e_machine == THIS_MACHINE)
        return true;
    if (name)
        gil__text_add(why, "built for %s", name);
    else
        gil__text_add(why, "built for machine %u", header->e_machine);
    gil__text_add(why, ", this machine is %s; rebuild it here", machine_name(THIS_MACHINE));
    return false;
}

static Elf64_Phdr program_header(const gil__elf *elf, unsigned index)
{
    Elf64_Phdr header;
    memcpy(&header, elf->bytes + elf->program_headers + index * sizeof header, sizeof header);
    return header;
}

/* How many bytes the file must have for its headers to be true; UINT64_MAX when they cannot be. */
static uint64_t bytes_needed(const gil__elf *elf, const Elf64_Ehdr *header)
{
    uint64_t needed = sizeof *header, end;
    if (header->e_shoff &&
        __builtin_add_overflow(header->e_shoff, (uint64_t)header->e_shnum * header->e_shentsize, &needed))
        return UINT64_MAX;
    for (unsigned i = 0; i < elf->n_program_headers; i++) {
        Elf64_Phdr segment = program_header(elf, i);
        if (segment.p_type == PT_GNU_STACK || segment.p_type == PT_NULL)
            continue;
        if (__builtin_add_overflow(segment.p_offset, segment.p_filesz, &end))
            return UINT64_MAX;
        if (end > needed)
            needed = end;
    }
    return needed;
}

static bool check_whole(gil__elf *elf, const Elf64_Ehdr *header, gil__text *why)
{
    uint64_t table = (uint64_t)header->e_phnum * sizeof(Elf64_Phdr);
    if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0)
        return refuse(why, "its program headers are damaged; build it again");
    if (!holds(elf, header->e_phoff, table)) {
        gil__text_add(why, "is cut: its headers end behind its %zu bytes; copy or build it again", elf->size);
        return false;
    }
    elf->program_headers = header->e_phoff;
    elf->n_program_headers = header->e_phnum;
    uint64_t needed = bytes_needed(elf, header);
    if (needed <= elf->size)
        return true;
    if (needed == UINT64_MAX)
        return refuse(why, "its program headers are damaged; build it again");
    gil__text_add(why, "is cut: %zu of %llu bytes; copy or build it again", elf->size, (unsigned long long)needed);
    return false;
}

enum { PAGE = 4096 };

/* One mapping: `end` is where the one before it ended, in whole pages. */
static bool is_sound_load(const Elf64_Phdr *segment, uint64_t *end)
{
    uint64_t last;
    bool aligned = segment->p_align <= 1 || (segment->p_vaddr - segment->p_offset) % segment->p_align == 0;
    if (segment->p_filesz > segment->p_memsz || segment->p_align & (segment->p_align - 1) || !aligned ||
        (segment->p_vaddr - segment->p_offset) % PAGE != 0 || segment->p_vaddr / PAGE * PAGE < *end ||
        __builtin_add_overflow(segment->p_vaddr, segment->p_memsz, &last) || last >> 46 != 0)
        return false;
    *end = (last + PAGE - 1) / PAGE * PAGE;
    return true;
}

/* What the dynamic linker reads must lie in what it maps, at the same distance in memory as in the file. */
static bool is_inside_a_load(const gil__elf *elf, const Elf64_Phdr *part)
{
    for (unsigned i = 0; i < elf->n_program_headers; i++) {
        Elf64_Phdr segment = program_header(elf, i);
        uint64_t inside = part->p_vaddr - segment.p_vaddr;
        bool same_place = part->p_filesz == 0 || part->p_offset - segment.p_offset == inside;
        if (segment.p_type == PT_LOAD && part->p_vaddr >= segment.p_vaddr && inside <= segment.p_memsz &&
            part->p_memsz <= segment.p_memsz - inside && same_place && part->p_filesz <= part->p_memsz)
            return true;
    }
    return false;
}

static bool ends_on_a_page_of_a_load(const gil__elf *elf, const Elf64_Phdr *part)
{
    for (unsigned i = 0; i < elf->n_program_headers; i++) {
        Elf64_Phdr segment = program_header(elf, i);
        uint64_t end = (segment.p_vaddr + segment.p_memsz + PAGE - 1) / PAGE * PAGE;
        if (segment.p_type == PT_LOAD && part->p_vaddr >= segment.p_vaddr && part->p_vaddr <= end &&
            part->p_memsz <= end - part->p_vaddr)
            return true;
    }
    return false;
}

static bool ends_in_null(const gil__elf *elf, const Elf64_Phdr *dynamic)
{
    for (uint64_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic->p_filesz; at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn entry;
        memcpy(&entry, elf->bytes + dynamic->p_offset + at, sizeof entry);
        if (entry.d_tag == DT_NULL)
            return true;
    }
    return false;
}

/* glibc maps segments over each other and follows addresses without a look, so a damaged header ends the process in
 * dlopen. Ascending order is what the ELF specification asks of PT_LOADs. */
static bool check_segments(const gil__elf *elf, gil__text *why)
{
    uint64_t end = 0;
    bool any = false, dynamic = false, fine = true;
    for (unsigned i = 0; i < elf->n_program_headers && fine; i++) {
        Elf64_Phdr segment = program_header(elf, i);
        switch (segment.p_type) {
        case PT_LOAD:
            fine = is_sound_load(&segment, &end);
            any = true;
            break;
        case PT_DYNAMIC:
            fine =
                is_inside_a_load(elf, &segment) && segment.p_vaddr % 8 == 0 && !dynamic && ends_in_null(elf, &segment);
            dynamic = true;
            break;
        case PT_GNU_RELRO: /* may be rounded up to whole pages */
            fine = segment.p_memsz == 0 || ends_on_a_page_of_a_load(elf, &segment);
            break;
        case PT_TLS: /* its tail is not in any mapping: each thread has its own */
            segment.p_memsz = segment.p_filesz;
            fine = segment.p_filesz == 0 || is_inside_a_load(elf, &segment);
            break;
        case PT_NOTE:
        case PT_PHDR:
        case PT_GNU_EH_FRAME:
            fine = segment.p_memsz == 0 || is_inside_a_load(elf, &segment);
            break;
        default:
            break;
        }
    }
    if (!fine)
        return refuse(why, "its segments are damaged; build it again");
    return (any && dynamic) || refuse(why, "has nothing to load; build it again with -shared");
}

static Elf64_Rela relocation(const gil__elf *elf, uint64_t index)
{
    Elf64_Rela entry;
    memcpy(&entry, elf->bytes + elf->relocations + index * sizeof entry, sizeof entry);
    return entry;
}

/* Linkers put relative relocations first, by address; how many of them stand so. */
static uint64_t count_sorted(const gil__elf *elf)
{
    uint64_t last = 0, i = 0;
    for (; i < elf->n_relocations; i++) {
        Elf64_Rela entry = relocation(elf, i);
        if (ELF64_R_TYPE(entry.r_info) != RELATIVE || entry.r_offset < last)
            break;
        last = entry.r_offset;
    }
    return i;
}

static void find_relocations(gil__elf *elf)
{
    uint64_t table = 0, size = 0;
    for (unsigned i = 0; i < elf->n_program_headers; i++) {
        Elf64_Phdr segment = program_header(elf, i);
        if (segment.p_type != PT_DYNAMIC)
            continue;
        for (uint64_t at = 0; segment.p_filesz - at >= sizeof(Elf64_Dyn) && at < segment.p_filesz;
             at += sizeof(Elf64_Dyn)) {
            Elf64_Dyn entry;
            memcpy(&entry, elf->bytes + segment.p_offset + at, sizeof entry);
            if (entry.d_tag == DT_NULL)
                break;
            if (entry.d_tag == DT_RELA)
                table = entry.d_un.d_ptr;
            if (entry.d_tag == DT_RELASZ)
                size = entry.d_un.d_val;
        }
    }
    const unsigned char *bytes = table ? gil__elf_at(elf, table, size) : NULL;
    if (bytes) {
        elf->relocations = (uint64_t)(bytes - elf->bytes);
        elf->n_relocations = size / sizeof(Elf64_Rela);
        elf->n_relocations = count_sorted(elf);
    }
}

bool gil__elf_open(gil__elf *elf, const unsigned char *bytes, size_t size, gil__text *why)
{
    *elf = (gil__elf){.bytes = bytes, .size = size};
    Elf64_Ehdr header;
    if (size < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0)
        return refuse(why, size ? "is no shared library; build it with -shared" : "is empty; build it again");
    if (size < sizeof header) {
        gil__text_add(why, "is cut: %zu bytes; copy or build it again", size);
        return false;
    }
    memcpy(&header, bytes, sizeof header);
    if (!check_machine(&header, why))
        return false;
    if (header.e_type != ET_DYN)
        return refuse(why, "is no shared library; build it with -shared");
    if (!check_whole(elf, &header, why) || !check_segments(elf, why))
        return false;
    find_relocations(elf);
    return true;
}

static uint64_t round_up(uint64_t size)
{
    return (size + 3) & ~(uint64_t)3;
}

/* Look through the notes of one segment. */
static bool search_notes(const gil__elf *elf, const Elf64_Phdr *segment, const char *owner, uint32_t type,
                         size_t *offset, size_t *size)
{
    uint64_t at = segment->p_offset, end = at + segment->p_filesz;
    size_t owner_size = strlen(owner) + 1;
    Elf64_Nhdr note;
    while (end - at >= sizeof note) {
        memcpy(&note, elf->bytes + at, sizeof note);
        uint64_t name = at + sizeof note;
        uint64_t descriptor = name + round_up(note.n_namesz);
        if (descriptor > end || note.n_descsz > end - descriptor)
            return false;
        if (note.n_type == type && note.n_namesz == owner_size && memcmp(elf->bytes + name, owner, owner_size) == 0) {
            *offset = descriptor;
            *size = note.n_descsz;
            return true;
        }
        at = descriptor + round_up(note.n_descsz);
        if (at > end)
            return false;
    }
    return false;
}

bool gil__elf_note(const gil__elf *elf, const char *owner, uint32_t type, const unsigned char **descriptor,
                   size_t *size, uint64_t *address)
{
    for (unsigned i = 0; i < elf->n_program_headers; i++) {
        Elf64_Phdr segment = program_header(elf, i);
        size_t offset;
        if (segment.p_type != PT_NOTE || !search_notes(elf, &segment, owner, type, &offset, size))
            continue;
        *descriptor = elf->bytes + offset;
        *address = segment.p_vaddr + (offset - segment.p_offset);
        return true;
    }
    return false;
}

const unsigned char *gil__elf_at(const gil__elf *elf, uint64_t address, size_t size)
{
    for (unsigned i = 0; i < elf->n_program_headers; i++) {
        Elf64_Phdr segment = program_header(elf, i);
        if (segment.p_type != PT_LOAD || address < segment.p_vaddr)
            continue;
        uint64_t inside = address - segment.p_vaddr;
        if (inside <= segment.p_filesz && size <= segment.p_filesz - inside)
            return elf->bytes + segment.p_offset + inside;
    }
    return NULL;
}

/* Tables with addends hold the value in the relocation, packed ones (DT_RELR) in place. Relocations that are not in
 * order are not looked through: no linker makes them, and a file of them could take minutes. */
bool gil__elf_pointer(const gil__elf *elf, uint64_t address, uint64_t *value)
{
    uint64_t low = 0, high = elf->n_relocations;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        Elf64_Rela entry = relocation(elf, middle);
        if (entry.r_offset == address) {
            *value = (uint64_t)entry.r_addend;
            return true;
        }
        if (entry.r_offset < address)
            low = middle + 1;
        else
            high = middle;
    }
    const unsigned char *bytes = gil__elf_at(elf, address, sizeof *value);
    if (bytes)
        memcpy(value, bytes, sizeof *value);
    return bytes != NULL;
}

const char *gil__elf_text(const gil__elf *elf, uint64_t address)
{
    const unsigned char *text = gil__elf_at(elf, address, 1);
    if (!text || !memchr(text, 0, elf->size - (size_t)(text - elf->bytes)))
        return NULL;
    return (const char *)text;
}
