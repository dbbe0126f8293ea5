/* SPDX-License-Identifier: MIT */
#include "load/inspect.h"

#include <gilkit/module.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum { NOTE_WORDS = 6, NOTE_NAME = NOTE_WORDS * 4 + 8, MAX_DEFINITIONS = 65536 };

static bool damaged(const char *path, gil__refusal *why)
{
    return gil__refuse(why, GIL_IMPORT_ERROR, "%s: its gilkit note is damaged; build it again", path);
}

static bool read_note(gil__module_info *info, const gil__elf *elf, const char *path, gil__refusal *why)
{
    const unsigned char *note;
    size_t size;
    uint64_t address, distance;
    if (!gil__elf_note(elf, "gilkit", GIL__NOTE_TYPE, &note, &size, &address))
        return gil__refuse(why, GIL_IMPORT_ERROR,
                           "%s is no gilkit module: it has no gilkit note; one of its files needs "
                           "GIL_MODULE(name), or use `gilkit call` for a plain library",
                           path);
    uint32_t words[NOTE_WORDS];
    if (size <= NOTE_NAME || !memchr(note + NOTE_NAME, 0, size - NOTE_NAME))
        return damaged(path, why);
    memcpy(words, note, sizeof words);
    memcpy(&distance, note + sizeof words, sizeof distance);
    info->abi_major = words[0];
    info->abi_minor = words[1];
    memcpy(info->sdk, &words[2], sizeof info->sdk);
    info->definition = address + sizeof words + distance;
    info->name = (const char *)note + NOTE_NAME;
    return true;
}

/* A text that may be absent. */
static bool read_text(const gil__elf *elf, uint64_t field, bool needed, const char **text)
{
    uint64_t address;
    if (!gil__elf_pointer(elf, field, &address))
        return false;
    *text = address ? gil__elf_text(elf, address) : NULL;
    return *text || (!address && !needed);
}

/* A definition as far as the module's SDK knew it; what came later is zero. It begins with its size, which is at least
 * that of the first release's. */
static bool read_def(const gil__elf *elf, uint64_t at, void *to, size_t size, size_t first)
{
    uint32_t known;
    const unsigned char *bytes = gil__elf_at(elf, at, sizeof known);
    if (!bytes)
        return false;
    memcpy(&known, bytes, sizeof known);
    if (known > size)
        known = (uint32_t)size;
    bytes = known >= first ? gil__elf_at(elf, at, known) : NULL;
    if (!bytes)
        return false;
    memset(to, 0, size);
    memcpy(to, bytes, known);
    return true;
}

/* A text of a definition that is at least so long. */
#define READ_TEXT(elf, at, def, type, field, needed, text) \
    ((def).size < offsetof(type, field) + 8 ? !(needed) : read_text(elf, (at) + offsetof(type, field), needed, text))

static bool read_function(const gil__elf *elf, uint64_t at, void *place)
{
    gil__function_info *info = place;
    gil_function_def def;
    if (!read_def(elf, at, &def, sizeof def, offsetof(gil_function_def, gil__resource)))
        return false;
    info->gil = def.gil;
    info->role = def.gil__role;
    return READ_TEXT(elf, at, def, gil_function_def, name, true, &info->name) &&
           READ_TEXT(elf, at, def, gil_function_def, prototype, true, &info->prototype) &&
           READ_TEXT(elf, at, def, gil_function_def, doc, false, &info->doc) &&
           READ_TEXT(elf, at, def, gil_function_def, gil__resource, info->role != GIL_ROLE_FUNCTION, &info->resource);
}

static bool read_type(const gil__elf *elf, uint64_t at, void *place)
{
    gil__type_info *info = place;
    gil_resource_def def;
    uint64_t buffer;
    if (!read_def(elf, at, &def, sizeof def, sizeof def) ||
        !gil__elf_pointer(elf, at + offsetof(gil_resource_def, buffer), &buffer))
        return false;
    /* A byte, because a bool is 0 or 1, and a file may have anything there. */
    info->is_closable = ((const unsigned char *)&def)[offsetof(gil_resource_def, closable)] != 0;
    info->has_buffer = buffer != 0;
    return READ_TEXT(elf, at, def, gil_resource_def, name, true, &info->name) &&
           READ_TEXT(elf, at, def, gil_resource_def, doc, false, &info->doc);
}

static bool read_constant(const gil__elf *elf, uint64_t at, void *place)
{
    gil__constant_info *info = place;
    gil_constant_def def;
    if (!read_def(elf, at, &def, sizeof def, sizeof def))
        return false;
    info->kind = def.kind;
    info->integer = def.integer;
    info->real = def.real;
    return READ_TEXT(elf, at, def, gil_constant_def, name, true, &info->name) &&
           READ_TEXT(elf, at, def, gil_constant_def, doc, false, &info->doc) &&
           READ_TEXT(elf, at, def, gil_constant_def, text, def.kind == GIL__CONST_STR, &info->text);
}

typedef bool (*read_fn)(const gil__elf *elf, uint64_t at, void *place);

/* The definitions of a section, which the two pointers at `field` of the module's point to. NULL with *fine: no
 * memory. */
static void *read_section(const gil__elf *elf, uint64_t field, read_fn read, size_t size, size_t *count, bool *fine)
{
    uint64_t begin, end, at;
    *fine = gil__elf_pointer(elf, field, &begin) && gil__elf_pointer(elf, field + 8, &end) && end >= begin &&
            (end - begin) % 8 == 0 && (end - begin) / 8 <= MAX_DEFINITIONS;
    if (!*fine)
        return NULL;
    size_t n = (size_t)(end - begin) / 8;
    char *items = gil__alloc(n, size);
    for (*count = 0; items && *fine && *count < n; ++*count)
        *fine = gil__elf_pointer(elf, begin + 8 * *count, &at) && read(elf, at, items + *count * size);
    return items;
}

/* false: it is damaged. What could not be read for want of memory stays NULL. */
static bool read_sections(gil__module_info *info, const gil__elf *elf, bool *has_types)
{
    gil_module_def def;
    bool fine;
    uint64_t at = info->definition;
    *has_types = false;
    if (!read_def(elf, at, &def, sizeof def, offsetof(gil_module_def, gil__resources)) ||
        !read_text(elf, at + offsetof(gil_module_def, doc), false, &info->doc))
        return false;
    info->functions = read_section(elf, at + offsetof(gil_module_def, gil__functions), read_function,
                                   sizeof *info->functions, &info->n_functions, &fine);
    *has_types = def.size >= sizeof def;
    if (!fine || !*has_types)
        return fine;
    info->types = read_section(elf, at + offsetof(gil_module_def, gil__resources), read_type, sizeof *info->types,
                               &info->n_types, &fine);
    if (fine)
        info->constants = read_section(elf, at + offsetof(gil_module_def, gil__constants), read_constant,
                                       sizeof *info->constants, &info->n_constants, &fine);
    return fine;
}

/* What there is none of is there too. false: no memory. */
static bool complete(gil__module_info *info, bool has_types)
{
    if (!has_types) {
        info->types = gil__alloc(0, sizeof *info->types);
        info->constants = gil__alloc(0, sizeof *info->constants);
    }
    info->type_names = gil__alloc(info->n_types, sizeof *info->type_names);
    return info->functions && info->types && info->constants && info->type_names;
}

/* What is known of anything begins with its name. The linker's order says nothing: it may be backwards. */
static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(gil__module_info *info)
{
    _Static_assert(offsetof(gil__function_info, name) == 0 && offsetof(gil__type_info, name) == 0 &&
                       offsetof(gil__constant_info, name) == 0,
                   "by_name reads the first field");
    qsort(info->functions, info->n_functions, sizeof *info->functions, by_name);
    qsort(info->types, info->n_types, sizeof *info->types, by_name);
    qsort(info->constants, info->n_constants, sizeof *info->constants, by_name);
    for (size_t i = 0; i < info->n_types; i++)
        info->type_names[i] = info->types[i].name;
}

bool gil__module_inspect(gil__module_info *info, const unsigned char *bytes, size_t size, const char *path,
                         gil__refusal *why)
{
    gil__elf elf;
    char reason[256];
    gil__text text = gil__text_in(reason, sizeof reason);
    *info = (gil__module_info){0};
    if (!gil__elf_open(&elf, bytes, size, &text))
        return gil__refuse(why, GIL_IMPORT_ERROR, "%s: %s", path, reason);
    if (!read_note(info, &elf, path, why))
        return false;
    /* A definition of another major version has another shape: do not read it. */
    if (info->abi_major != GIL_ABI_MAJOR)
        return true;
    bool has_types;
    bool fine = read_sections(info, &elf, &has_types);
    if (fine && complete(info, has_types)) {
        sort(info);
        return true;
    }
    gil__module_info_end(info);
    return fine ? gil__refuse(why, GIL_MEMORY_ERROR, "%s: no memory to read it", path) : damaged(path, why);
}

void gil__module_info_end(gil__module_info *info)
{
    gil__free(info->functions);
    gil__free(info->types);
    gil__free(info->type_names);
    gil__free(info->constants);
    *info = (gil__module_info){0};
}

bool gil__module_abi_fits(const gil__module_info *info, const char *path, gil__refusal *why)
{
    if (info->abi_major == GIL_ABI_MAJOR && info->abi_minor <= GIL_ABI_MINOR)
        return true;
    bool newer =
        info->abi_major > GIL_ABI_MAJOR || (info->abi_major == GIL_ABI_MAJOR && info->abi_minor > GIL_ABI_MINOR);
    return gil__refuse(
        why, GIL_IMPORT_ERROR, "%s was built with gilkit %u.%u.%u (ABI %u.%u), this is gilkit %s (ABI %d.%d); %s", path,
        info->sdk[0], info->sdk[1], info->sdk[2], info->abi_major, info->abi_minor, GIL_VERSION_TEXT, GIL_ABI_MAJOR,
        GIL_ABI_MINOR, newer ? "install a newer gilkit, or rebuild the module here" : "rebuild the module here");
}
