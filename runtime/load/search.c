/* SPDX-License-Identifier: MIT */
#include "load/search.h"

#include <ctype.h>
#include <glob.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#ifndef GILKIT_MODULE_FOLDER
#define GILKIT_MODULE_FOLDER "/usr/local/lib/gilkit/modules"
#endif

#if defined(__x86_64__)
#define TRIPLET "x86_64-linux-gnu"
#else
#define TRIPLET "aarch64-linux-gnu"
#endif

static const char *const library_folders[] = {
    "/usr/local/lib/" TRIPLET,
    "/usr/local/lib",
    "/lib/" TRIPLET,
    "/usr/lib/" TRIPLET,
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
};

const char *gil__module_folder(void)
{
    return GILKIT_MODULE_FOLDER;
}

static bool is_identifier(const char *name)
{
    if (!isalpha((unsigned char)*name) && *name != '_')
        return false;
    while (isalnum((unsigned char)*name) || *name == '_')
        name++;
    return *name == '\0';
}

/* Is FOLDER/NAME SUFFIX a file? Then it is in `path`. */
static bool try_folder(const char *folder, size_t length, const char *name, const char *suffix, char *path)
{
    int size = snprintf(path, PATH_MAX, "%.*s/%s%s", (int)length, folder, name, suffix);
    struct stat info;
    return size > 0 && size < PATH_MAX && stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static bool take_path(const char *name, char *path, gil__refusal *why)
{
    size_t length = strlen(name);
    if (length >= PATH_MAX)
        return gil__refuse(why, GIL_IMPORT_ERROR, "a path of %zu bytes is too long", length);
    memcpy(path, name, length + 1);
    return true;
}

bool gil__search_module(const char *name, char *path, gil__refusal *why)
{
    if (strchr(name, '/'))
        return take_path(name, path, why);
    size_t length = strlen(name);
    if (length > 3 && strcmp(name + length - 3, ".so") == 0)
        return gil__refuse(why, GIL_IMPORT_ERROR,
                           "%.100s is a file name without a folder; write ./%.100s for the file here, or %.*s "
                           "to search for the module",
                           name, name, (int)(length > 103 ? 100 : length - 3), name);
    if (!is_identifier(name))
        return gil__refuse(why, GIL_IMPORT_ERROR,
                           "%.100s is no module's name (letters, digits and _); a path has a slash, as ./%.100s", name,
                           name);
    const char *folders = secure_getenv("GILKIT_PATH");
    bool ignored = false;
    for (const char *at = folders; at && *at;) {
        size_t span = strcspn(at, ":");
        ignored |= span && *at != '/';
        if (*at == '/' && try_folder(at, span, name, ".so", path))
            return true;
        at += span + (at[span] == ':');
    }
    if (try_folder(GILKIT_MODULE_FOLDER, strlen(GILKIT_MODULE_FOLDER), name, ".so", path))
        return true;
    return gil__refuse(why, GIL_IMPORT_ERROR,
                       "no module %.60s: %.60s.so is neither in GILKIT_PATH (%.200s%s) nor in %s; for a file "
                       "here write ./%.60s.so",
                       name, name, folders && *folders ? folders : "not set",
                       ignored ? "; what does not begin with a slash in it is ignored" : "", GILKIT_MODULE_FOLDER,
                       name);
}

/* The version numbers behind ".so.": compares 1.10 above 1.9. */
static bool is_newer(const char *a, const char *b)
{
    return strverscmp(a, b) > 0;
}

/* The newest FOLDER/STEM.so.N; linker scripts have no number, so they are not met. */
static bool find_newest(const char *folder, const char *stem, char *path)
{
    char pattern[PATH_MAX];
    glob_t found;
    const char *best = NULL;
    int size = snprintf(pattern, sizeof pattern, "%s/%s.so.[0-9]*", folder, stem);
    if (size < 0 || size >= (int)sizeof pattern || glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return false;
    for (size_t i = 0; i < found.gl_pathc; i++)
        if (!best || is_newer(found.gl_pathv[i], best))
            best = found.gl_pathv[i];
    bool fits = best && strlen(best) < PATH_MAX;
    if (fits)
        strcpy(path, best);
    globfree(&found);
    return fits;
}

typedef struct mapped_search {
    const char *name;
    char *path;
} mapped_search;

static int is_mapped(struct dl_phdr_info *info, size_t size, void *memory)
{
    const mapped_search *search = memory;
    const char *slash = strrchr(info->dlpi_name, '/');
    (void)size;
    if (*info->dlpi_name != '/' || strcmp(slash + 1, search->name) != 0 || strlen(info->dlpi_name) >= PATH_MAX)
        return 0;
    strcpy(search->path, info->dlpi_name);
    return 1;
}

/* A process may have come with a C library of its own; the system's would not run beside it. */
static bool find_mapped(const char *name, char *path)
{
    struct stat info;
    return dl_iterate_phdr(is_mapped, &(mapped_search){name, path}) == 1 && stat(path, &info) == 0 &&
           S_ISREG(info.st_mode);
}

bool gil__search_library(const char *name, char *path, gil__refusal *why)
{
    if (strchr(name, '/'))
        return take_path(name, path, why);
    char stem[NAME_MAX];
    bool has_version = strstr(name, ".so") != NULL;
    bool has_prefix = strncmp(name, "lib", 3) == 0;
    snprintf(stem, sizeof stem, "%s%s", has_prefix || has_version ? "" : "lib", name);
    bool plain = *name && strcspn(name, "*?[]\\") == strlen(name);
    if (has_version && find_mapped(name, path))
        return true;
    for (size_t i = 0; plain && i < sizeof library_folders / sizeof library_folders[0]; i++) {
        const char *folder = library_folders[i];
        if (has_version ? try_folder(folder, strlen(folder), stem, "", path) : find_newest(folder, stem, path))
            return true;
    }
    return gil__refuse(why, GIL_IMPORT_ERROR,
                       "no library %.100s in the system's folders; write its path with a slash, as "
                       "./%.100s, or its full name, as libm.so.6",
                       name, name);
}
