/* SPDX-License-Identifier: MIT
 *
 * The CPython host: objects are Python's own, and a handle is a PyObject's address. This folder is the only place that
 * includes Python.h; it is compiled once for every Python, so that modules need not be.
 *
 * What is pending lives in the thread state (gil__thread.error), never in Python's error indicator: whoever calls
 * Python moves what it raised with gil__python_failed before anything else is called.
 */
#ifndef GILKIT_HOST_CPYTHON_OBJECT_H
#define GILKIT_HOST_CPYTHON_OBJECT_H

#define PY_SSIZE_T_CLEAN
/* Before any other header, as Python wants it. */
#include <Python.h>
#include <gilkit/object.h>

#include "core/runtime.h"
#include "host/cpython/compat.h"
#include "load/module.h"

/* One gilkit in one Python interpreter; runtime->hosted. */
typedef struct gil__python {
    struct gil_runtime *runtime;
    PyInterpreterState *interpreter;
#if PY_VERSION_HEX >= 0x030F0000
    PyInterpreterView *view; /* of it, which says whether it still takes anybody in; owned */
#endif
    PyObject *package;           /* the module gilkit._host, borrowed: it owns all of this */
    PyTypeObject *function_type; /* this and what follows: owned */
    PyTypeObject *method_type;   /* of a resource type: binds its object */
    PyTypeObject *library_type;  /* a plain library */
    PyTypeObject *array_type;    /* gilkit.Array */
    PyTypeObject *resource_base; /* what every resource type is below */
    PyObject *ndarray;           /* numpy.ndarray, once one was seen that is as numpy.c thinks; NULL: not yet */
} gil__python;

extern const gil__host gil__cpython_host;

static inline gil__python *gil__python_of(gil_env *env)
{
    return gil__thread_of(env)->runtime->hosted;
}

static inline PyObject *gil__py(gil_obj handle)
{
    return handle.gil__handle;
}

/* ---- error.c ------------------------------------------------------------------------------------------------ */

/* Python raised: it becomes what is pending in env. Returns GIL_NULL, for functions that return an object. */
gil_obj gil__python_failed(gil_env *env);

/* The other way round, where Python is returned to: what is pending is raised in Python. Always NULL. */
PyObject *gil__python_raise(gil__thread *thread);

/* TypeError unless an exception is pending already, as it is where what should have made a handle has failed. Always
 * false. */
bool gil__python_refuse_null(gil_env *env);

/* The object of a handle, borrowed; NULL, and an exception pending, for GIL_NULL. */
static inline PyObject *gil__python_object_of(gil_env *env, gil_obj handle)
{
    if (gil_is_null(handle))
        gil__python_refuse_null(env);
    return gil__py(handle);
}

/* TypeError: "list is not a dict". Always false. */
bool gil__python_wanted(gil_env *env, gil_obj object, const char *what);

/* The exception class of a kind, borrowed; and the kind of a class. */
PyObject *gil__python_exception(gil_error_kind kind);
gil_error_kind gil__python_kind(PyTypeObject *type);

void *gil__python_no_memory(void);
void gil__python_stopped(gil__thread *thread);

/* A result of Python's as a new handle, which owns the count; GIL_NULL with the exception pending for NULL. */
static inline gil_obj gil__python_own(gil_env *env, PyObject *object)
{
    return object ? gil__thread_handle(gil__thread_of(env), object) : gil__python_failed(env);
}

/* The same for an object that somebody else owns the count of. */
static inline gil_obj gil__python_show(gil_env *env, PyObject *object)
{
    Py_INCREF(object);
    return gil__thread_handle(gil__thread_of(env), object);
}

/* What Python answers with 0 or -1. */
static inline bool gil__python_fine(gil_env *env, int status)
{
    if (status >= 0)
        return true;
    gil__python_failed(env);
    return false;
}

/* A name or message of the runtime as a str: what is not UTF-8 becomes '?'. */
PyObject *gil__python_text(const char *bytes, size_t length);

/* As printf makes it, and mended. NULL: Python raised. */
PyObject *gil__python_format_v(const char *format, va_list arguments);

/* ---- What the files of this folder give the table; contracts in gilkit/object.h ------------------------------- */

#define GIL_API(id, result, name, parameters, arguments, gil, since) result gil__python_##name parameters;
#include <gilkit/api.def>
#undef GIL_API

/* ---- interpreter.c ------------------------------------------------------------------------------------------ */

/* The gilkit of the interpreter that runs, and in *package, counted, what keeps it; NULL with ImportError raised in
 * Python. */
gil__python *gil__python_current(PyObject **package);

/* This thread, which Python called from, as the runtime knows it. NULL with MemoryError raised in Python. Between the
 * two nothing is pending; what was before is put back. */
typedef struct gil__visit {
    gil__thread *thread;
    void *pending, *outside;
    size_t scope;
} gil__visit;

bool gil__visit_begin(gil__visit *visit, gil__python *python);

/* Undone; `result` is returned to Python with a count of its own, or NULL with what is pending raised. */
PyObject *gil__visit_end(gil__visit *visit, gil_obj result);

/* The same where nothing is returned and nothing is raised: the end of an iteration. Always NULL. */
PyObject *gil__visit_end_with_nothing(gil__visit *visit);

extern const gil__door gil__cpython_door;

/* ---- module.c, function.c, library.c, array.c, resource.c ------------------------------------------------------ */

/* The state of a Python module that is a gilkit module. */
typedef struct gil__python_module {
    gil__python *python;
    PyObject *package;               /* gilkit._host, kept */
    gil__module *module;             /* NULL before it is executed */
    PyObject *classes;               /* of its resource types, by name; kept */
    struct gil__python_class *known; /* what those know, in resource.c; to the module's end, as whatever is of it */
} gil__python_module;

/* NULL: it is no gilkit module. */
gil__python_module *gil__python_module_of(PyObject *object);

/* A function or method as a Python object; `home` (module or library) is kept, and keeps the function. NULL: raised. */
PyObject *gil__python_function_new(gil__python *python, PyObject *home, const gil__function *function,
                                   gil_policy policy);

/* Is it one of ours? */
bool gil__python_is_function(gil__python *python, PyObject *object);

/* The class of a resource type; NULL: raised. */
PyObject *gil__python_resource_class(gil__python *python, PyObject *home, const gil__resource_type *type);
struct gil__resource *gil__python_resource_of(void *object);
void gil__python_classes_end(gil__python_module *state);

/* Objects of a class that nobody may derive from are made by PyType_GenericAlloc, here alone. */
PyTypeObject *gil__python_make_type(PyObject *package, PyType_Spec *spec, PyTypeObject *base);
bool gil__python_add_function_types(gil__python *python);
bool gil__python_add_library_type(gil__python *python);
bool gil__python_add_array_type(gil__python *python);
bool gil__python_add_resource_base(gil__python *python);

bool gil__python_is_array(gil__python *python, PyObject *object);

/* Pinned memory as a gilkit.Array, which takes the pin over, also on failure. */
gil_obj gil__python_array_over(gil_env *env, gil_buffer *pinned);

/* gilkit._host's own functions, and what PyInit_NAME finds. */
PyObject *gil__python_map(PyObject *package, PyObject *name);
PyObject *gil__python_create(PyObject *package, PyObject *arguments);
PyObject *gil__python_execute(PyObject *package, PyObject *object);
PyObject *gil__python_library(PyObject *package, PyObject *name);
extern const gil__importer gil__python_importer;

#endif
