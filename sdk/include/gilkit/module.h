/* SPDX-License-Identifier: MIT
 *
 * What a module includes: everything. A module is compiled as a shared library, links to nothing of gilkit,
 * and is loaded by any host: a C program, the command line, a Python.
 */
#ifndef GILKIT_MODULE_H
#define GILKIT_MODULE_H

#ifdef __cplusplus
#error "gilkit modules are C: compile this file with a C compiler (C++ code can be called from it)"
#endif

#include <gilkit/abi.h>
#include <gilkit/function.h>
#include <gilkit/gil.h>
#include <gilkit/mutex.h>
#include <gilkit/object.h>
#include <gilkit/resource.h>
#include <gilkit/task.h>

/* What a constant is. The numbers are frozen. */
typedef enum gil_constant_kind {
    GIL__CONST_INT,
    GIL__CONST_UINT,
    GIL__CONST_FLOAT,
    GIL__CONST_BOOL,
    GIL__CONST_STR
} gil_constant_kind;

/* What GIL_CONSTANT makes: its value is in `integer`, `real` or `text`, as `kind` says. */
typedef struct gil_constant_def {
    uint32_t size;
    uint32_t kind; /* a gil_constant_kind */
    const char *name;
    const char *doc;
    int64_t integer;
    double real;
    const char *text;
} gil_constant_def;

GIL__ASSERT(offsetof(gil_constant_def, name) == 8 && offsetof(gil_constant_def, integer) == 24 &&
                sizeof(gil_constant_def) == 48,
            "gil_constant_def is frozen");

/* What a module says of threads, for hosts that have no GIL. */
typedef enum gil_threads {
    GIL_SERIAL, /* its functions that take a gil_env, or are GIL_HOLD, run one at a time: the module has a lock of its own */
    GIL_SAFE /* they may run beside one another: it guards what they share by itself */
} gil_threads;

/* What GIL_MODULE makes. The size says which of the later fields a module's compiler knew. */
typedef struct gil_module_def {
    uint32_t size;
    uint32_t threads; /* a gil_threads */
    const char *name;
    const char *doc;
    size_t state_size;
    int (*init)(gil_env *env, void *state);
    void (*free)(gil_env *env, void *state);
    const gil_function_def *const *gil__functions;
    const gil_function_def *const *gil__functions_end;
    const gil_resource_def *const *gil__resources;
    const gil_resource_def *const *gil__resources_end;
    const gil_constant_def *const *gil__constants;
    const gil_constant_def *const *gil__constants_end;
} gil_module_def;

GIL__ASSERT(offsetof(gil_module_def, name) == 8 && offsetof(gil_module_def, state_size) == 24 &&
                offsetof(gil_module_def, init) == 32 && offsetof(gil_module_def, free) == 40 &&
                offsetof(gil_module_def, gil__functions) == 48 && offsetof(gil_module_def, gil__resources) == 64 &&
                sizeof(gil_module_def) == 96,
            "gil_module_def is frozen");

/* What a Python calls when it imports the module: everything else is asked of the installed package `gilkit`. The
 * references are weak, so that the file loads where there is no Python; no object's layout is known here. */
#define GIL__PYTHON_IMPORTER "gilkit._host.importer"

typedef struct gil__importer {
    uint32_t size;
    uint32_t abi_major, abi_minor;
    const char *version;
    void *(*begin)(const void *definition, uint32_t abi_major, uint32_t abi_minor, const char *sdk);
} gil__importer;

/* Under names of gilkit's own, so that they clash with nobody's. */
#define GIL__OF_PYTHON(name) __asm__(#name) __attribute__((weak))
extern void *gil__py_import(const char *name) GIL__OF_PYTHON(PyImport_ImportModule);
extern void gil__py_drop(void *object) GIL__OF_PYTHON(Py_DecRef);
extern void *gil__py_capsule(const char *name, int no_block) GIL__OF_PYTHON(PyCapsule_Import);
extern int gil__py_raised_is(void *exception) GIL__OF_PYTHON(PyErr_ExceptionMatches);
extern void gil__py_say(void *exception, const char *message) GIL__OF_PYTHON(PyErr_SetString);
extern void *gil__py_import_error GIL__OF_PYTHON(PyExc_ImportError);
extern void *gil__py_not_found GIL__OF_PYTHON(PyExc_ModuleNotFoundError);

static inline void *gil__py_begin(const void *definition, const char *advice)
{
    const gil__importer *importer = 0;
    void *package = gil__py_import("gilkit");
    if (package)
        importer = (const gil__importer *)gil__py_capsule(GIL__PYTHON_IMPORTER, 0);
    else if (gil__py_raised_is(gil__py_not_found))
        gil__py_say(gil__py_import_error, advice);
    gil__py_drop(package);
    return importer ? importer->begin(definition, GIL_ABI_MAJOR, GIL_ABI_MINOR, GIL_VERSION_TEXT) : 0;
}

#define GIL__PYTHON_INIT(name_) \
    __attribute__((visibility("default"))) void *PyInit_##name_(void); \
    void *PyInit_##name_(void) \
    { \
        return gil__py_begin(&gil__module, #name_ " needs the package gilkit: pip install gilkit"); \
    }

/* An ELF note that a host reads before it runs any of the module: "gilkit", type 1, then six words (ABI major
 * and minor, SDK major, minor and patch, 0), the distance from the next field to the module's definition, and
 * its name. In assembler because C has no initialiser for a distance. */
#define GIL__NOTE_TYPE 1
#define GIL__TEXT(x)   #x
#define GIL__VALUE(x)  GIL__TEXT(x)
/* clang-format off */
#define GIL__NOTE(name_text) \
    __asm__(".pushsection .note.gilkit,\"a\",%note\n" \
            ".balign 4\n" \
            ".4byte 7, 2f - 1f, " GIL__VALUE(GIL__NOTE_TYPE) "\n" \
            ".asciz \"gilkit\"\n" \
            ".balign 4\n" \
            "1: .4byte " GIL__VALUE(GIL_ABI_MAJOR) ", " GIL__VALUE(GIL_ABI_MINOR) "\n" \
            ".4byte " GIL__VALUE(GIL_VERSION_MAJOR) ", " GIL__VALUE(GIL_VERSION_MINOR) "\n" \
            ".4byte " GIL__VALUE(GIL_VERSION_PATCH) ", 0\n" \
            ".8byte gil__module - .\n" \
            ".asciz \"" name_text "\"\n" \
            "2: .balign 4\n" \
            ".popsection\n" \
            ".hidden __start_gilkit_functions, __stop_gilkit_functions\n" \
            ".hidden __start_gilkit_resources, __stop_gilkit_resources\n" \
            ".hidden __start_gilkit_constants, __stop_gilkit_constants\n")
/* clang-format on */

/* Define this module. Once a module, in any of its files.
 *
 *     GIL_MODULE(vecmath, .doc = "Vector arithmetic.");
 *
 * name    a C identifier; the file is NAME.so
 * options .doc = "text"
 *         .threads = GIL_SERIAL | GIL_SAFE  may its functions run beside one another on a host without a GIL?
 *         .state_size = bytes   zeroed memory, one per runtime that loads the module; see gil_module_state
 *         .init = function      called with the GIL held when a runtime loads the module; 0 is success, -1 with
 *                               an exception raised is failure, and then nothing of the module stays behind
 *         .free = function      called with the GIL held when the runtime is done with the module and no call
 *                               runs; not called when init failed */
#define GIL_MODULE(name_, ...) \
    GIL__SECTION(gil_function_def, functions); \
    GIL__SECTION(gil_resource_def, resources); \
    GIL__SECTION(gil_constant_def, constants); \
    extern const gil_module_def gil__module GIL__HIDDEN; \
    struct gil__the_name_has_no_quotes_##name_; \
    GIL__NOTE(#name_); \
    const gil_module_def gil__module __attribute__((used)) = {.size = sizeof(gil_module_def), \
                                                              .name = #name_, \
                                                              .gil__functions = gil__functions_start, \
                                                              .gil__functions_end = gil__functions_stop, \
                                                              .gil__resources = gil__resources_start, \
                                                              .gil__resources_end = gil__resources_stop, \
                                                              .gil__constants = gil__constants_start, \
                                                              .gil__constants_end = gil__constants_stop, \
                                                              __VA_ARGS__}; \
    GIL__PYTHON_INIT(name_) \
    struct gil__the_name_has_no_quotes_##name_

/* The linker says where a section begins and ends; weak, because a module may have nothing of a kind. */
#define GIL__SECTION(type, noun) \
    extern const type *const gil__##noun##_start[] __asm__("__start_gilkit_" #noun) __attribute__((weak)); \
    extern const type *const gil__##noun##_stop[] __asm__("__stop_gilkit_" #noun) __attribute__((weak))

/* A constant: an attribute of the module that nobody changes.
 *
 *     GIL_CONSTANT(BLOCK_SIZE, 4096, .doc = "Bytes in one block.");
 *
 * value   a constant expression: an integer, a floating-point number, a bool, or text in quotes
 * options .doc = "text" */
#define GIL_CONSTANT(name_, value_, ...) \
    static const gil_constant_def gil__constant_##name_ = { \
        .size = sizeof(gil_constant_def), \
        .kind = _Generic((value_), \
            bool: GIL__CONST_BOOL, \
            float: GIL__CONST_FLOAT, \
            double: GIL__CONST_FLOAT, \
            long double: GIL__CONST_FLOAT, \
            char *: GIL__CONST_STR, \
            const char *: GIL__CONST_STR, \
            unsigned long: GIL__CONST_UINT, \
            unsigned long long: GIL__CONST_UINT, \
            default: GIL__CONST_INT), \
        .name = #name_, \
        .integer = _Generic((value_), float: 0, double: 0, long double: 0, char *: 0, const char *: 0, default: (value_)), \
        .real = _Generic((value_), float: (value_), double: (value_), long double: (value_), default: 0), \
        .text = _Generic((value_), char *: (value_), const char *: (value_), default: NULL), \
        __VA_ARGS__}; \
    static const gil_constant_def *const gil__constant_entry_##name_ \
        __attribute__((section("gilkit_constants"), used)) = &gil__constant_##name_

#endif
