/* SPDX-License-Identifier: MIT */
#include "cli/npy.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

/* ---- The header: a Python dict in text ----------------------------------------------------------------------- */

typedef struct reader {
    const char *at, *end;
    gil__npy *npy;
    bool fortran;
    unsigned seen; /* a bit for each key */
    gil__text *why;
} reader;

static bool refuse(reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(reader *r, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gil__text_add_v(r->why, format, arguments);
    va_end(arguments);
    return false;
}

static bool damaged(reader *r, const char *missing)
{
    return refuse(r, "its header is damaged (%s); save it again with numpy.save", missing);
}

static void skip_blank(reader *r)
{
    while (r->at < r->end && isspace((unsigned char)*r->at))
        r->at++;
}

static bool accept(reader *r, char c)
{
    skip_blank(r);
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* A quoted text without escapes. */
static bool read_text(reader *r, const char **text, size_t *length)
{
    skip_blank(r);
    if (r->at == r->end || (*r->at != '\'' && *r->at != '"'))
        return false;
    char quote = *r->at++;
    const char *close = memchr(r->at, quote, (size_t)(r->end - r->at));
    if (!close)
        return false;
    *text = r->at;
    *length = (size_t)(close - r->at);
    r->at = close + 1;
    return true;
}

static bool read_word(reader *r, const char *word)
{
    size_t length = strlen(word);
    skip_blank(r);
    if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0)
        return false;
    r->at += length;
    return true;
}

static const struct {
    const char *code;
    gil_dtype dtype;
} descriptions[] = {
    {"b1", GIL_BOOL},      {"i1", GIL_INT8},        {"i2", GIL_INT16},         {"i4", GIL_INT32},
    {"i8", GIL_INT64},     {"u1", GIL_UINT8},       {"u2", GIL_UINT16},        {"u4", GIL_UINT32},
    {"u8", GIL_UINT64},    {"f4", GIL_FLOAT32},     {"f8", GIL_FLOAT64},       {"f16", GIL_LONG_DOUBLE},
    {"c8", GIL_COMPLEX64}, {"c16", GIL_COMPLEX128}, {"c32", GIL_LONG_COMPLEX},
};

static bool read_description(reader *r)
{
    const char *text;
    size_t length;
    skip_blank(r);
    if (r->at < r->end && *r->at == '[')
        return refuse(r, "it holds records; save one field of them");
    if (!read_text(r, &text, &length) || length < 2)
        return damaged(r, "descr");
    char order = *text;
    for (size_t i = 0; i < sizeof descriptions / sizeof descriptions[0]; i++) {
        if (strlen(descriptions[i].code) != length - 1 || memcmp(descriptions[i].code, text + 1, length - 1) != 0)
            continue;
        gil_buffer *array = &r->npy->array;
        array->dtype = descriptions[i].dtype;
        array->itemsize = gil_dtype_size(descriptions[i].dtype);
        if (order == '>' && array->itemsize > 1)
            return refuse(r,
                          "its numbers are in the other byte order (%.*s); convert them with "
                          "a.astype(a.dtype.newbyteorder('='))",
                          (int)length, text);
        if (!order || !strchr("<>|=", order))
            return damaged(r, "descr");
        return true;
    }
    const char *mend = text[1] == 'O'                     ? "Python objects; save numbers"
                       : text[1] == 'U' || text[1] == 'S' ? "text; save numbers"
                       : text[1] == 'f'                   ? "floats of a size that C does not have; use float32"
                                                          : "no numbers of C; convert it to a C number type";
    return refuse(r, "it holds '%.*s', which is %s", (int)(length > 40 ? 40 : length), text, mend);
}

static bool read_shape(reader *r)
{
    gil_buffer *array = &r->npy->array;
    array->ndim = 0;
    if (!accept(r, '('))
        return damaged(r, "shape");
    while (!accept(r, ')')) {
        size_t length = 0;
        skip_blank(r);
        const char *digits = r->at;
        for (; r->at < r->end && isdigit((unsigned char)*r->at); r->at++)
            if (!gil__size_mul(length, 10, &length) || __builtin_add_overflow(length, (size_t)(*r->at - '0'), &length))
                return refuse(r, "its shape does not fit this machine's memory");
        if (r->at == digits)
            return damaged(r, "shape");
        if (array->ndim == GIL_MAX_DIMS)
            return refuse(r, "it has more than %d dimensions", GIL_MAX_DIMS);
        array->shape[array->ndim++] = length;
        bool comma = accept(r, ',');
        if (!comma && (array->ndim == 1 || !(r->at < r->end && *r->at == ')')))
            return damaged(r, "shape"); /* (6) is a number to Python, (6,) a shape */
    }
    return true;
}

enum { DESCR = 1, ORDER = 2, SHAPE = 4 };

static bool read_entry(reader *r)
{
    const char *key;
    size_t length;
    if (!read_text(r, &key, &length) || !accept(r, ':'))
        return damaged(r, "no key");
    if (length == 5 && memcmp(key, "descr", 5) == 0) {
        r->seen |= DESCR;
        return read_description(r);
    }
    if (length == 5 && memcmp(key, "shape", 5) == 0) {
        r->seen |= SHAPE;
        return read_shape(r);
    }
    if (length != 13 || memcmp(key, "fortran_order", 13) != 0)
        return damaged(r, "an unknown key");
    r->seen |= ORDER;
    r->fortran = read_word(r, "True");
    return r->fortran || read_word(r, "False") || damaged(r, "fortran_order");
}

static bool read_dict(reader *r)
{
    if (!accept(r, '{'))
        return damaged(r, "no dict");
    while (!accept(r, '}')) {
        if (!read_entry(r))
            return false;
        skip_blank(r);
        if (!accept(r, ',') && !(r->at < r->end && *r->at == '}'))
            return damaged(r, "no comma");
    }
    skip_blank(r);
    if (r->at != r->end)
        return damaged(r, "text behind the dict");
    return r->seen == (DESCR | ORDER | SHAPE) || damaged(r, "a key is missing");
}

/* ---- The file ------------------------------------------------------------------------------------------------ */

/* Strides, and how many bytes of data there must be. */
static bool lay_out(gil_buffer *array, bool fortran, size_t *bytes)
{
    bool empty = false;
    *bytes = array->itemsize;
    for (size_t axis = 0; axis < array->ndim; axis++)
        empty |= array->shape[axis] == 0;
    for (size_t i = 0; i < array->ndim; i++) {
        size_t axis = fortran ? i : array->ndim - 1 - i;
        array->strides[axis] = (ptrdiff_t)*bytes;
        if (!empty && (!gil__size_mul(*bytes, array->shape[axis], bytes) || *bytes > PTRDIFF_MAX))
            return false;
    }
    if (empty)
        *bytes = 0;
    return true;
}

/* Magic, version and length: where the header's text begins and ends. */
static bool find_header(reader *r, const unsigned char *bytes, size_t size)
{
    static const char magic[] = "\x93NUMPY";
    size_t length = 0, start = 10;
    if (size < 10 || memcmp(bytes, magic, 6) != 0)
        return refuse(r, "it is no .npy file; save it with numpy.save");
    if (bytes[6] < 1 || bytes[6] > 3)
        return refuse(r, "it is .npy version %u.%u; versions 1 to 3 are read", bytes[6], bytes[7]);
    if (bytes[6] == 1) {
        length = bytes[8] | (size_t)bytes[9] << 8;
    } else {
        start = 12;
        if (size < start)
            return damaged(r, "cut");
        for (int i = 3; i >= 0; i--)
            length = length << 8 | bytes[8 + i];
    }
    if (length > size - start)
        return damaged(r, "cut");
    r->at = (const char *)bytes + start;
    r->end = r->at + length;
    r->npy->offset = start + length;
    return true;
}

bool gil__npy_read(gil__npy *npy, const void *bytes, size_t size, gil__text *why)
{
    reader r = {.npy = npy, .why = why};
    size_t data;
    *npy = (gil__npy){0};
    if (!find_header(&r, bytes, size) || !read_dict(&r))
        return false;
    if (!lay_out(&npy->array, r.fortran, &data))
        return refuse(&r, "its shape does not fit this machine's memory");
    if (data != size - npy->offset)
        return refuse(&r, "its shape says %zu bytes of data, the file has %zu; save it again", data,
                      size - npy->offset);
    return true;
}

typedef struct mapping {
    void *bytes;
    size_t size;
} mapping;

static void unmap(void *owner)
{
    mapping *map = owner;
    if (map->size)
        munmap(map->bytes, map->size);
    gil__free(map);
}

static gil_obj raise_errno(gil_env *env, const char *path)
{
    int code = errno;
    return gil_raise(env, GIL_OS_ERROR, "%s: %s", path, strerror(code));
}

/* Does a file that says it has no bytes have some? Those of /proc do. */
static bool hides_bytes(int descriptor)
{
    char byte;
    return read(descriptor, &byte, 1) == 1;
}

/* Private and writable: pages are copied when a kernel writes to them, and only those. */
static bool map_descriptor(gil_env *env, int descriptor, const char *path, mapping *map)
{
    struct stat info;
    if (fstat(descriptor, &info) != 0) {
        raise_errno(env, path);
        return false;
    }
    if (!S_ISREG(info.st_mode) || (info.st_size == 0 && hides_bytes(descriptor))) {
        gil_raise(env, GIL_OS_ERROR, "%s is no file on a disk; copy what it holds to one first", path);
        return false;
    }
    if (info.st_size == 0)
        return true;
    map->size = (size_t)info.st_size;
    map->bytes = mmap(NULL, map->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
    if (map->bytes != MAP_FAILED)
        return true;
    map->size = 0;
    raise_errno(env, path);
    return false;
}

static mapping *map_file(gil_env *env, const char *path)
{
    mapping *map = gil__alloc(1, sizeof *map);
    if (!map) {
        gil_raise(env, GIL_MEMORY_ERROR, "%s: no memory", path);
        return NULL;
    }
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool fine = descriptor >= 0;
    if (fine)
        fine = map_descriptor(env, descriptor, path, map);
    else
        raise_errno(env, path);
    if (descriptor >= 0)
        close(descriptor);
    if (!fine)
        unmap(map);
    return fine ? map : NULL;
}

static gil_obj borrow(gil_env *env, const gil_buffer *array, mapping *map)
{
    gil_obj object = gil_array_borrow(env, array, unmap, map);
    if (gil_is_null(object))
        unmap(map);
    return object;
}

gil_obj gil__npy_load(gil_env *env, const char *path)
{
    gil__npy npy;
    char reason[400];
    gil__text why = gil__text_in(reason, sizeof reason);
    mapping *map = map_file(env, path);
    if (!map)
        return GIL_NULL;
    if (!gil__npy_read(&npy, map->bytes ? map->bytes : "", map->size, &why)) {
        unmap(map);
        return gil_raise(env, GIL_VALUE_ERROR, "%s: %s", path, reason);
    }
    npy.array.data = (char *)map->bytes + npy.offset;
    for (size_t i = npy.offset; npy.array.dtype == GIL_BOOL && i < map->size; i++)
        if (((unsigned char *)map->bytes)[i] > 1) {
            unmap(map);
            return gil_raise(env, GIL_VALUE_ERROR, "%s: element %zu of its bools is neither 0 nor 1; save it again",
                             path, i - npy.offset);
        }
    return borrow(env, &npy.array, map);
}

gil_obj gil__bytes_load(gil_env *env, const char *path, gil_dtype dtype)
{
    mapping *map = map_file(env, path);
    if (!map)
        return GIL_NULL;
    gil_buffer array = {
        .data = map->bytes, .dtype = dtype, .itemsize = 1, .ndim = 1, .shape = {map->size}, .strides = {1}};
    if (!map->bytes)
        array.data = map; /* of no element; only must not be NULL */
    return borrow(env, &array, map);
}

/* ---- Writing ------------------------------------------------------------------------------------------------- */

static const char *code_of(uint32_t dtype)
{
    for (size_t i = 0; i < sizeof descriptions / sizeof descriptions[0]; i++)
        if (descriptions[i].dtype == (gil_dtype)dtype)
            return descriptions[i].code;
    return "?";
}

static bool write_header(FILE *file, const gil_buffer *array)
{
    char header[512];
    gil__text text = gil__text_in(header, sizeof header);
    gil__text_add(&text, "{'descr': '%c%s', 'fortran_order': False, 'shape': (", array->itemsize == 1 ? '|' : '<',
                  code_of(array->dtype));
    for (size_t axis = 0; axis < array->ndim; axis++)
        gil__text_add(&text, "%zu%s", array->shape[axis], array->ndim == 1 || axis + 1 < array->ndim ? ", " : "");
    gil__text_add(&text, "), }");
    size_t length = (10 + text.length + 1 + 63) / 64 * 64 - 10;
    while (text.length + 1 < length)
        gil__text_add(&text, " ");
    gil__text_add(&text, "\n");
    const unsigned char start[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, length & 0xff, length >> 8};
    return fwrite(start, 1, 10, file) == 10 && fwrite(header, 1, length, file) == length;
}

static bool write_axis(FILE *file, const gil_buffer *array, const char *from, size_t axis)
{
    if (axis == array->ndim)
        return fwrite(from, array->itemsize, 1, file) == 1;
    for (size_t i = 0; i < array->shape[axis]; i++)
        if (!write_axis(file, array, from + (ptrdiff_t)i * array->strides[axis], axis + 1))
            return false;
    return true;
}

static bool write_to(int descriptor, const gil_buffer *array)
{
    FILE *file = fdopen(descriptor, "wb");
    if (!file) {
        close(descriptor);
        return false;
    }
    bool fine = write_header(file, array) && write_axis(file, array, array->data, 0);
    return (fclose(file) == 0) & fine;
}

/* A pipe or a device is written as it is, and so is what a link leads to that is not there yet; renaming would put a
 * file in its place. */
static bool save_in_place(const gil_buffer *array, const char *path)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    return descriptor >= 0 && write_to(descriptor, array);
}

/* A file without a name in the folder of `path`; -1 where the file system has no such. It is gone if the process ends
 * before it gets one. */
static int open_nameless(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 0;
    if (length >= sizeof folder)
        return -1;
    memcpy(folder, path, length);
    strcpy(folder + length, length ? "" : ".");
    return open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
}

/* Give the file behind a descriptor a name. */
static bool give_name(int descriptor, const char *name)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    return linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
}

/* Write a file beside `path` and rename it. `draft` is a name that nobody has. */
static bool save_named(const gil_buffer *array, const char *path, char *draft, mode_t mode)
{
    int descriptor = mkostemp(draft, O_CLOEXEC);
    if (descriptor < 0)
        return false;
    fchmod(descriptor, mode);
    if (write_to(descriptor, array) && rename(draft, path) == 0)
        return true;
    int code = errno;
    unlink(draft);
    errno = code;
    return false;
}

static bool save_beside(const gil_buffer *array, const char *path, mode_t mode)
{
    char draft[PATH_MAX];
    int length = snprintf(draft, sizeof draft, "%s.XXXXXX", path);
    if (length < 0 || length >= (int)sizeof draft) {
        errno = ENAMETOOLONG;
        return false;
    }
    int nameless = open_nameless(path);
    int kept = nameless < 0 ? -1 : fcntl(nameless, F_DUPFD_CLOEXEC, 3);
    if (kept < 0) {
        if (nameless >= 0)
            close(nameless);
        return save_named(array, path, draft, mode);
    }
    fchmod(nameless, mode);
    bool fine = write_to(nameless, array);
    if (fine && !give_name(kept, path)) {
        /* The name is taken: a second one, for as long as a rename takes. */
        snprintf(draft + length - 6, 7, "%06x", (unsigned)getpid() & 0xffffffu);
        fine = give_name(kept, draft) && rename(draft, path) == 0;
    }
    int code = errno;
    close(kept);
    errno = code;
    return fine;
}

bool gil__npy_save(const gil_buffer *array, const char *path)
{
    struct stat info;
    char target[PATH_MAX]; /* where links lead */
    bool exists = stat(path, &info) == 0;
    bool leads_nowhere = !exists && lstat(path, &info) == 0;
    if (leads_nowhere || (exists && !S_ISREG(info.st_mode)))
        return save_in_place(array, path);
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = exists ? info.st_mode & 0777 : 0666 & ~mask; /* what was private stays private */
    return save_beside(array, exists && realpath(path, target) ? target : path, mode);
}
