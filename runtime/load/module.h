/* SPDX-License-Identifier: MIT
 *
 * Modules and plain libraries that a runtime has loaded. Everything here needs the GIL.
 */
#ifndef GILKIT_LOAD_MODULE_H
#define GILKIT_LOAD_MODULE_H

#include <gilkit/module.h>
#include <stdatomic.h>

#include "call/function.h"
#include "load/gate.h"

struct gil_runtime;

typedef struct gil__module {
    gil__owner owner; /* first */
    struct gil_runtime *runtime;
    struct gil__module *next; /* in runtime->modules while loaded */
    uint32_t references;      /* the runtime's list, and each object that shows it; atomic */
    bool loaded;
    bool is_library;
    uint32_t opens; /* of a library: how often it was opened and not closed again */
    void *library;  /* from dlopen; never unmapped */
    char *name;
    char *path;
    const char *doc; /* may be NULL */
    dev_t device;
    ino_t inode;
    void (*free)(gil_env *env, void *state);
    gil__function *functions; /* methods too */
    size_t n_functions;
    const gil_constant_def *const *constants; /* in the module's own memory */
    size_t n_constants;
    uint32_t threads;     /* a gil_threads */
    void *object;         /* the host's own module object, borrowed; NULL: it has none */
    void *attributes;     /* the host's dict of what was set on the module; owned; NULL: nothing was */
    const void *unloader; /* the gil__thread that unloads it, while it is closing */
    atomic_uint idle;     /* set when the last call of a closing module returned */
    atomic_uint gone;     /* set when it is unloaded */
} gil__module;

/* Load a module by name or path: the gate, the note, dlopen, every prototype, init. A module that is loaded
 * already is returned again.
 *   owner:  the runtime; the caller takes a reference to keep it longer than it is loaded
 *   gil:    held; released while files are read
 *   errors: NULL with an exception pending, and nothing of the module stays behind */
gil__module *gil__module_load(gil_env *env, const char *name);

/* The same in two steps, for a host whose own importer makes module objects. First the gate, the note and dlopen:
 *   owner:  the caller; gil__mapped_end gives name and path back, the file stays mapped
 *   gil:    held; released while files are read
 *   errors: false with an exception pending */
typedef struct gil__mapped {
    char *name, *path;
    void *library; /* NULL: the host's importer mapped it */
    const gil_module_def *definition;
    dev_t device;
    ino_t inode;
} gil__mapped;

bool gil__module_map(gil_env *env, const char *name, gil__mapped *mapped);
void gil__mapped_end(gil__mapped *mapped);

/* Then every prototype, and init. Each call makes another module, with a state of its own.
 *   object  the host's module object; borrowed, for as long as the module is loaded
 *   ready   called between the two, for the host to show the functions; false: an exception is pending. NULL: nothing
 *   errors: NULL with an exception pending, and nothing of the module stays behind */
gil__module *gil__module_adopt(gil_env *env, const gil__mapped *mapped, void *object,
                               bool (*ready)(gil_env *env, gil__module *module));

/* Open a plain library by name or path; prototypes come later. */
gil__module *gil__library_load(gil_env *env, const char *name);

/* A function of a plain library, under a prototype whose text is copied.
 *   owner:  *function is the caller's; end it with gil__function_end, and free its prototype
 *   errors: false: ImportError: no such symbol; ValueError: the prototype */
bool gil__library_bind(gil_env *env, gil__module *library, const char *prototype, gil_policy policy,
                       gil__function *function);

/* Refuse new calls, wait for running ones, call the module's free function, forget it. Its memory stays mapped.
 *   gil:    held; released while it waits
 *   errors: false: RuntimeError: called from inside a function of the module */
bool gil__module_unload(gil_env *env, gil__module *module);

/* Find a function, a resource type, a constant; NULL: none of that name. *constant is written then. */
const gil__function *gil__module_function(const gil__module *module, const char *name);
const gil__resource_type *gil__module_type(const gil__module *module, const char *name);
bool gil__module_constant(const gil__module *module, const char *name, gil_constant_def *constant);

/* What a name of the module is that nobody may set or delete: "a function", "a type", "a constant", "fixed"; NULL: none of
 * these. */
const char *gil__module_declares(const gil__module *module, const char *name);

/* A function of a resource type that has this role and this name; NULL: none. */
const gil__function *gil__type_function(const gil__resource_type *type, gil_role role, const char *name);

/* The resource type that has this definition, among the loaded modules; NULL: its module is not loaded. */
const gil__resource_type *gil__modules_type(gil_env *env, const gil_resource_def *def);

/* Call what a module defines of a type directly, inside a frame of the module. What is pending stays, and what they
 * raise is dropped.
 *   finalize: never fails. buffer: false: an exception is pending */
void gil__type_finalize(gil_env *env, const gil__resource_type *type, void *self);
bool gil__type_buffer(gil_env *env, const gil__resource_type *type, void *self, gil_buffer *buffer);

/* What a runtime's `forked` is: in the child of a fork only this thread's calls, loads and unloads go on. */
void gil__modules_forked(struct gil_runtime *runtime);

void gil__module_keep(gil__module *module);
void gil__module_drop(gil__module *module);

#endif
