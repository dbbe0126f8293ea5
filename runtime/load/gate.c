/* SPDX-License-Identifier: MIT
 *
 * The only file with dlopen.
 */
#include "load/gate.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/futex.h"
#include "base/text.h"

bool gil__refuse(gil__refusal *refusal, gil_error_kind kind, const char *format, ...)
{
    gil__text text = gil__text_in(refusal->message, sizeof refusal->message);
    va_list arguments;
    va_start(arguments, format);
    gil__text_add_v(&text, format, arguments);
    va_end(arguments);
    refusal->kind = kind;
    return false;
}

static bool is_strict(void)
{
    const char *wish = secure_getenv("GILKIT_STRICT");
    return getauxval(AT_SECURE) || (wish && *wish && strcmp(wish, "0") != 0);
}

/* One owner and one set of permissions, of a file or of its folder. */
static bool check_owner(const struct stat *info, const char *path, gil__refusal *refusal)
{
    bool sticky_folder = S_ISDIR(info->st_mode) && info->st_mode & S_ISVTX;
    if (info->st_mode & S_IWOTH && !sticky_folder)
        return gil__refuse(refusal, GIL_IMPORT_ERROR, "%s may be written by everybody; run: chmod o-w '%s'", path,
                           path);
    if (!is_strict())
        return true;
    if (info->st_uid != 0 && info->st_uid != geteuid())
        return gil__refuse(refusal, GIL_IMPORT_ERROR,
                           "%s belongs to user %u; in strict mode it must be root's or your own", path,
                           (unsigned)info->st_uid);
    if (info->st_mode & S_IWGRP && !sticky_folder)
        return gil__refuse(refusal, GIL_IMPORT_ERROR,
                           "%s may be written by its group; in strict mode run: chmod g-w '%s'", path, path);
    return true;
}

static bool check_folder(const char *path, gil__refusal *refusal)
{
    char folder[PATH_MAX];
    struct stat info;
    const char *slash = strrchr(path, '/');
    size_t length = !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);
    if (length >= sizeof folder)
        return gil__refuse(refusal, GIL_IMPORT_ERROR, "%s: the path is too long", path);
    memcpy(folder, path, length);
    folder[length] = '\0';
    if (!slash)
        strcpy(folder, ".");
    if (stat(folder, &info) != 0)
        return gil__refuse(refusal, GIL_IMPORT_ERROR, "%s: %s", folder, strerror(errno));
    return check_owner(&info, folder, refusal);
}

/* The folder of the path as it was given, and the folder where links led to. */
static bool check_folders(int descriptor, const char *path, gil__refusal *refusal)
{
    char link[64], real[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, real, sizeof real - 1);
    if (length < 0)
        return gil__refuse(refusal, GIL_IMPORT_ERROR, "%s cannot be checked: %s: %s; mount /proc", path, link,
                           strerror(errno));
    real[length] = '\0';
    return check_folder(path, refusal) && check_folder(real, refusal);
}

static bool map(gil__file *file, const struct stat *info, const char *path, gil__refusal *refusal)
{
    file->size = (size_t)info->st_size;
    if (file->size == 0)
        return true;
    void *bytes = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, file->descriptor, 0);
    if (bytes == MAP_FAILED)
        return gil__refuse(refusal, GIL_IMPORT_ERROR, "%s cannot be read: %s", path, strerror(errno));
    file->bytes = bytes;
    return true;
}

bool gil__file_open(gil__file *file, const char *path, gil__refusal *refusal)
{
    struct stat info;
    *file = (gil__file){.descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (file->descriptor < 0)
        return gil__refuse(refusal, GIL_IMPORT_ERROR, "%s: %s", path, strerror(errno));
    bool fine = fstat(file->descriptor, &info) == 0;
    if (!fine)
        gil__refuse(refusal, GIL_IMPORT_ERROR, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(info.st_mode))
        fine = gil__refuse(refusal, GIL_IMPORT_ERROR, "%s is not a file", path);
    fine = fine && check_owner(&info, path, refusal) && check_folders(file->descriptor, path, refusal) &&
           map(file, &info, path, refusal);
    if (!fine) {
        gil__file_close(file);
        return false;
    }
    file->device = info.st_dev;
    file->inode = info.st_ino;
    return true;
}

void gil__file_close(gil__file *file)
{
    if (file->bytes)
        munmap((void *)file->bytes, file->size);
    if (file->descriptor >= 0)
        close(file->descriptor);
    *file = (gil__file){.descriptor = -1};
}

/* A path of the open descriptor that no load has used before. glibc looks a name up among those it has loaded
 * before it opens the file, and descriptor numbers come again: the second module to be number 5 would be taken
 * for the first. "/" and "/./" between folder and number are the same to the kernel and spell the count. */
static void fresh_path(char *path, size_t size, int descriptor)
{
    static atomic_uint loads;
    gil__text text = gil__text_in(path, size);
    gil__text_add(&text, "/proc/self/fd/");
    for (unsigned count = atomic_fetch_add(&loads, 1); count; count >>= 1)
        gil__text_add(&text, count & 1 ? "./" : "/");
    gil__text_add(&text, "%d", descriptor);
}

/* What to do about what the dynamic linker said. */
static const char *mend(const gil__file *file, const char *said)
{
    if (said && strstr(said, "undefined symbol"))
        return "; link the library that defines it, or compile the file that does";
    if (said && strstr(said, "cannot open shared object file") && memmem(file->bytes, file->size, "$ORIGIN", 7))
        return "; it looks for that beside itself ($ORIGIN), but is loaded through a descriptor and has no folder: "
               "set LD_LIBRARY_PATH, or link with an absolute -rpath";
    return "";
}

/* Files that were loaded, each as it was then. glibc knows a file by device and inode and gives the old mapping for
 * one that was overwritten in place; what its note says now is not true of that. Kept for as long as the mappings,
 * for ever. */
typedef struct loaded {
    struct loaded *next;
    struct stat info;
} loaded;

static gil__lock loaded_lock;
static loaded *all_loaded;

/* Under loaded_lock. */
static const loaded *find_loaded(const struct stat *info)
{
    const loaded *at = all_loaded;
    while (at && (at->info.st_dev != info->st_dev || at->info.st_ino != info->st_ino))
        at = at->next;
    return at;
}

/* Note a file that is about to be loaded. */
static bool remember(const gil__file *file, const char *path, gil__refusal *refusal)
{
    struct stat info;
    if (fstat(file->descriptor, &info) != 0)
        return gil__refuse(refusal, GIL_IMPORT_ERROR, "%s: %s", path, strerror(errno));
    gil__lock_take(&loaded_lock);
    const loaded *before = find_loaded(&info);
    bool same = before && before->info.st_size == info.st_size && before->info.st_mtim.tv_sec == info.st_mtim.tv_sec &&
                before->info.st_mtim.tv_nsec == info.st_mtim.tv_nsec;
    loaded *fresh = before ? NULL : malloc(sizeof *fresh);
    if (fresh) {
        *fresh = (loaded){all_loaded, info};
        all_loaded = fresh;
    }
    gil__lock_give(&loaded_lock);
    if (before && !same)
        return gil__refuse(refusal, GIL_IMPORT_ERROR,
                           "%s was overwritten after it was loaded; start the process again, and install modules by "
                           "renaming (mv, install), not by writing into them (cp)",
                           path);
    return before || fresh || gil__refuse(refusal, GIL_MEMORY_ERROR, "%s: no memory to load it", path);
}

void *gil__file_dlopen(const gil__file *file, const char *path, gil__refusal *refusal)
{
    char fresh[160];
    if (!remember(file, path, refusal))
        return NULL;
    fresh_path(fresh, sizeof fresh, file->descriptor);
    void *library = dlopen(fresh, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library)
        return library;
    const char *said = dlerror();
    size_t prefix = strlen(fresh);
    if (said && strncmp(said, fresh, prefix) == 0 && strncmp(said + prefix, ": ", 2) == 0)
        said += prefix + 2;
    gil__refuse(refusal, GIL_IMPORT_ERROR, "%s cannot be loaded: %s%s", path, said ? said : "?", mend(file, said));
    return NULL;
}

uintptr_t gil__dl_base(void *library)
{
    struct link_map *map = NULL;
    return dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && map ? map->l_addr : 0;
}

void *gil__dl_symbol(void *library, const char *name)
{
    return dlsym(library, name);
}
