/* SPDX-License-Identifier: MIT
 *
 * What is frozen between a module and its host: the types that cross, the table of host functions, and the
 * wrappers that call through it. A module links to nothing: it reaches its host through `env->api`.
 *
 * Rules that hold for every function of the SDK, so that no contract repeats them:
 *   gil:    a function that takes a gil_env needs the GIL held and returns with it held
 *   owner:  a gil_obj that a function returns is valid until the module function that got it returns, or
 *           until its GIL_SCOPE ends; nobody counts references
 *   errors: a function that returns gil_obj fails with GIL_NULL, one that returns bool with false; then an
 *           exception is pending in env, and outputs are not written
 */
#ifndef GILKIT_ABI_H
#define GILKIT_ABI_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The SDK's release, and the ABI's version. A host loads a module of the same major version whose minor
 * version is not newer than its own. */
#define GIL_VERSION_MAJOR 0
#define GIL_VERSION_MINOR 2
#define GIL_VERSION_PATCH 0
#define GIL_VERSION_TEXT  "0.2.0"
#define GIL_ABI_MAJOR     1
#define GIL_ABI_MINOR     1

/* Embedding programs include the headers from C++ too; modules are C. */
#ifdef __cplusplus
#define GIL__ASSERT(condition, text) static_assert(condition, text)
#else
#define GIL__ASSERT(condition, text) _Static_assert(condition, text)
#endif

/* The proof that this thread holds the GIL. Only its first two fields are anybody's business but the host's. */
typedef struct gil_env gil_env;

/* The voice of a kernel that runs without the GIL. See task.h. */
typedef struct gil_task gil_task;

/* One GIL, and the objects under it. A module meets the one that loaded it, an embedding program makes its own. */
typedef struct gil_runtime gil_runtime;

/* What keeps an object longer than a handle does. See object.h. */
typedef struct gil_ref gil_ref;

/* A type of objects that a module defines. See resource.h. */
typedef struct gil_resource_def gil_resource_def;

/* Locks that release the GIL before they block. See mutex.h. */
typedef struct gil_mutex gil_mutex;
typedef struct gil_once gil_once;

/* A handle: opaque, passed by value. */
typedef struct gil_obj {
    void *gil__handle;
} gil_obj;

/* The absence of an object; with an exception pending, a failure. */
#ifdef __cplusplus
#define GIL_NULL (gil_obj{0})
#else
#define GIL_NULL ((gil_obj){0})
#endif

/* Is it GIL_NULL?
 *   gil:    any
 *   errors: none */
static inline bool gil_is_null(gil_obj object)
{
    return object.gil__handle == 0;
}

/* What gil_type_of says of an object. The numbers are frozen. */
typedef enum gil_type {
    GIL_OBJ_NONE,
    GIL_OBJ_BOOL,
    GIL_OBJ_INT,
    GIL_OBJ_FLOAT,
    GIL_OBJ_COMPLEX,
    GIL_OBJ_STR,
    GIL_OBJ_BYTES,
    GIL_OBJ_LIST,
    GIL_OBJ_TUPLE,
    GIL_OBJ_ARRAY,
    GIL_OBJ_EXCEPTION,
    GIL_OBJ_FUNCTION,
    GIL_OBJ_MODULE,
    GIL_OBJ_OTHER, /* a type that the host has and this list has no name for */
    GIL_OBJ_DICT,
    GIL_OBJ_TYPE,    /* of exceptions or resources: what makes them */
    GIL_OBJ_RESOURCE /* an object of a type that a module defined */
} gil_type;

/* How two objects are compared. The numbers are frozen. */
typedef enum gil_comparison { GIL_LT, GIL_LE, GIL_EQ, GIL_NE, GIL_GT, GIL_GE } gil_comparison;

/* The exceptions, by the names that Python gave them. The numbers are frozen. */
#define GIL_ERROR_KINDS(X) \
    X(0, EXCEPTION, "Exception") \
    X(1, TYPE_ERROR, "TypeError") \
    X(2, VALUE_ERROR, "ValueError") \
    X(3, OVERFLOW_ERROR, "OverflowError") \
    X(4, ZERO_DIVISION_ERROR, "ZeroDivisionError") \
    X(5, INDEX_ERROR, "IndexError") \
    X(6, KEY_ERROR, "KeyError") \
    X(7, ATTRIBUTE_ERROR, "AttributeError") \
    X(8, BUFFER_ERROR, "BufferError") \
    X(9, MEMORY_ERROR, "MemoryError") \
    X(10, OS_ERROR, "OSError") \
    X(11, IMPORT_ERROR, "ImportError") \
    X(12, RUNTIME_ERROR, "RuntimeError") \
    X(13, SYSTEM_ERROR, "SystemError") \
    X(14, NOT_IMPLEMENTED_ERROR, "NotImplementedError") \
    X(15, TIMEOUT_ERROR, "TimeoutError") \
    X(16, UNICODE_ERROR, "UnicodeError") \
    X(17, STOP_ITERATION, "StopIteration") \
    X(18, KEYBOARD_INTERRUPT, "KeyboardInterrupt") \
    X(19, ASSERTION_ERROR, "AssertionError") \
    X(20, LOOKUP_ERROR, "LookupError") \
    X(21, ARITHMETIC_ERROR, "ArithmeticError") \
    X(22, EOF_ERROR, "EOFError") \
    X(23, FILE_NOT_FOUND_ERROR, "FileNotFoundError") \
    X(24, FILE_EXISTS_ERROR, "FileExistsError") \
    X(25, PERMISSION_ERROR, "PermissionError") \
    X(26, RECURSION_ERROR, "RecursionError")

/* Which exception: for gil_raise, gil_fail and gil_error. */
typedef enum gil_error_kind {
#define GIL__KIND(number, name, text) GIL_##name = number,
    GIL_ERROR_KINDS(GIL__KIND)
#undef GIL__KIND
} gil_error_kind;

/* What an array's elements are. The numbers are frozen. */
typedef enum gil_dtype {
    GIL_BOOL,
    GIL_INT8,
    GIL_INT16,
    GIL_INT32,
    GIL_INT64,
    GIL_UINT8,
    GIL_UINT16,
    GIL_UINT32,
    GIL_UINT64,
    GIL_FLOAT32,
    GIL_FLOAT64,
    GIL_LONG_DOUBLE,
    GIL_COMPLEX64,
    GIL_COMPLEX128,
    GIL_LONG_COMPLEX
} gil_dtype;

/* More dimensions than this no array has. */
#define GIL_MAX_DIMS 8

/* Memory of an array, in the terms of Python's buffer protocol (PEP 3118): strides count bytes and may be
 * negative, `data` points to element [0, 0, ...]. Pinned by gil_buffer_pin, it stays where it is until
 * gil_buffer_release. */
typedef struct gil_buffer {
    void *data;
    void *gil__owner;
    size_t itemsize;
    uint32_t dtype;
    uint32_t flags;
    size_t ndim;
    size_t shape[GIL_MAX_DIMS];
    ptrdiff_t strides[GIL_MAX_DIMS];
} gil_buffer;

/* In gil_buffer.flags: the memory must not be written; its numbers have their bytes in the other order than this
 * machine's. */
enum { GIL_BUFFER_READONLY = 1, GIL_BUFFER_FOREIGN_ORDER = 2 };

/* Called with the GIL held when borrowed memory is no longer needed. */
typedef void (*gil_release_fn)(void *owner);

/* An argument by its name, for gil_call.
 *   owner:  the caller, until gil_call returns */
typedef struct gil_keyword {
    const char *name;
    gil_obj value;
} gil_keyword;

/* What went wrong, in the caller's memory: for where there is no env to raise in. */
typedef struct gil_error {
    gil_error_kind kind;
    char message[1020];
} gil_error;

/* The table: what a host does for modules. The functions of this SDK call through it; no author does. */
typedef struct gil_api {
    uint32_t abi_major;
    uint32_t abi_minor;
#define GIL_API(id, result, name, parameters, arguments, gil, since) result(*name) parameters;
#include <gilkit/api.def>
#undef GIL_API
} gil_api;

struct gil_env {
    const gil_api *api;
    const uint32_t *gil__wanted; /* not zero: somebody waits for the GIL, and a checkpoint should ask the host */
};

struct gil_task {
    const gil_api *api;
    uint32_t gil__stop; /* not zero: stop soon */
    uint32_t gil__reserved;
};

/* The layout is frozen by this compile. */
#define GIL_API(id, result, name, parameters, arguments, gil, since) \
    GIL__ASSERT(offsetof(gil_api, name) == 8 + (id) * sizeof(void *), "api.def is append only: " #name " moved");
#include <gilkit/api.def>
#undef GIL_API
GIL__ASSERT(sizeof(void *) == 8, "gilkit modules are 64 bit");
GIL__ASSERT(sizeof(gil_obj) == 8 && sizeof(gil_keyword) == 16, "handles are frozen");
GIL__ASSERT(offsetof(gil_error, message) == 4 && sizeof(gil_error) == 1024, "gil_error is frozen");
GIL__ASSERT(offsetof(gil_env, api) == 0 && offsetof(gil_env, gil__wanted) == 8, "gil_env is frozen");
GIL__ASSERT(offsetof(gil_task, api) == 0 && offsetof(gil_task, gil__stop) == 8 && sizeof(gil_task) == 16,
            "gil_task is frozen");
GIL__ASSERT(offsetof(gil_buffer, itemsize) == 16 && offsetof(gil_buffer, dtype) == 24 &&
                offsetof(gil_buffer, ndim) == 32 && offsetof(gil_buffer, shape) == 40 &&
                offsetof(gil_buffer, strides) == 104 && sizeof(gil_buffer) == 168,
            "gil_buffer is frozen");
GIL__ASSERT(sizeof(gil_type) == 4 && sizeof(gil_error_kind) == 4 && sizeof(gil_dtype) == 4, "enums are ints");

/* The wrappers: gil_NAME(env, ...) is env->api->NAME(env, ...). An entry's first argument knows the table: whatever it
 * points to begins with it. */
#define GIL__FIRST(...)           GIL__FIRST_OF(__VA_ARGS__, 0)
#define GIL__FIRST_OF(first, ...) first
#define GIL__TABLE(face)          (*(const gil_api *const *)(const void *)(face))
#define GIL_API(id, result, name, parameters, arguments, gil, since) \
    static inline result gil_##name parameters \
    { \
        return GIL__TABLE(GIL__FIRST arguments)->name arguments; \
    }
#include <gilkit/api.def>
#undef GIL_API

#endif
