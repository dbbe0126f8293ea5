/* SPDX-License-Identifier: MIT */
#include "load/inspect.h"

#include <gilkit/module.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum { NOTE_WORDS = 6, NOTE_NAME = NOTE_WORDS * 4 + 8, MAX_FUNCTIONS = 65536 };

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

static bool read_function(const gil__elf *elf, uint64_t entry, gil__function_info *function)
{
    uint64_t def;
    const unsigned char *bytes;
    if (!gil__elf_pointer(elf, entry, &def))
        return false;
    bytes = gil__elf_at(elf, def, sizeof(gil_function_def));
    if (!bytes)
        return false;
    memcpy(&function->gil, bytes + offsetof(gil_function_def, gil), sizeof function->gil);
    return read_text(elf, def + offsetof(gil_function_def, name), true, &function->name) &&
           read_text(elf, def + offsetof(gil_function_def, prototype), true, &function->prototype) &&
           read_text(elf, def + offsetof(gil_function_def, doc), false, &function->doc);
}

static bool read_functions(gil__module_info *info, const gil__elf *elf, const char *path, gil__refusal *why)
{
    uint64_t begin, end;
    if (!gil__elf_pointer(elf, info->definition + offsetof(gil_module_def, gil__functions), &begin) ||
        !gil__elf_pointer(elf, info->definition + offsetof(gil_module_def, gil__functions_end), &end))
        return damaged(path, why);
    if (end < begin || (end - begin) % 8 || (end - begin) / 8 > MAX_FUNCTIONS)
        return damaged(path, why);
    size_t count = (size_t)(end - begin) / 8;
    info->functions = gil__alloc(count, sizeof *info->functions);
    if (!info->functions)
        return gil__refuse(why, GIL_MEMORY_ERROR, "%s: no memory to read it", path);
    for (; info->n_functions < count; info->n_functions++)
        if (!read_function(elf, begin + 8 * info->n_functions, &info->functions[info->n_functions]))
            return damaged(path, why);
    return true;
}

static int by_name(const void *a, const void *b)
{
    const gil__function_info *left = a, *right = b;
    return strcmp(left->name, right->name);
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
    if (!gil__elf_at(&elf, info->definition, sizeof(gil_module_def)) ||
        !read_text(&elf, info->definition + offsetof(gil_module_def, doc), false, &info->doc))
        return damaged(path, why);
    if (!read_functions(info, &elf, path, why)) {
        gil__module_info_end(info);
        return false;
    }
    qsort(info->functions, info->n_functions, sizeof *info->functions, by_name);
    return true;
}

void gil__module_info_end(gil__module_info *info)
{
    gil__free(info->functions);
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
