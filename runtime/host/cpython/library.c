/* SPDX-License-Identifier: MIT
 *
 * Plain libraries: gilkit.library(NAME).bind(PROTOTYPE).
 */
#include "host/cpython/function.h"

#include <string.h>

typedef struct library_object {
    PyObject_HEAD gil__python *python;
    PyObject *package; /* gilkit._host, kept */
    gil__module *library;
} library_object;

static void dealloc(PyObject *memory)
{
    library_object *object = (library_object *)memory;
    PyTypeObject *type = Py_TYPE(memory);
    if (object->library)
        gil__module_drop(object->library);
    Py_XDECREF(object->package);
    type->tp_free(memory);
    Py_DECREF(type);
}

static bool read_policy(const char *text, gil_policy *policy)
{
    static const char *const names[] = {"auto", "release", "hold"};
    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            *policy = (gil_policy)i;
            return true;
        }
    PyErr_Format(PyExc_ValueError, "gil is '%s', wanted 'release', 'hold' or 'auto'", text);
    return false;
}

static PyObject *bind(PyObject *memory, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"prototype", "gil", NULL};
    library_object *object = (library_object *)memory;
    const char *prototype, *gil = "release";
    gil_policy policy;
    gil__function function;
    gil__visit visit;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "s|s:bind", names, &prototype, &gil) ||
        !read_policy(gil, &policy) || !gil__visit_begin(&visit, object->python))
        return NULL;
    gil_env *env = &visit.thread->env;
    bool fine = gil__library_bind(env, object->library, prototype, policy, &function);
    PyObject *done = gil__visit_end(&visit, fine ? gil_none_new(env) : GIL_NULL);
    if (!done)
        return NULL;
    Py_DECREF(done);
    return gil__python_function_bind(object->python, memory, &function, policy);
}

static PyObject *show(PyObject *object)
{
    return PyUnicode_FromFormat("<gilkit library '%s'>", ((library_object *)object)->library->path);
}

static PyObject *get_path(PyObject *object, void *unused)
{
    const char *path = ((library_object *)object)->library->path;
    (void)unused;
    return PyUnicode_DecodeFSDefault(path);
}

static PyGetSetDef getters[] = {
    {"path", get_path, NULL, "Where its file is.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef methods[] = {
    {"bind", (PyCFunction)(void (*)(void))bind, METH_VARARGS | METH_KEYWORDS,
     "bind($self, /, prototype, gil='release')\n--\n\n"
     "A function of the library, under a C prototype: lib.bind(\"double cos(double x)\").\n\n"
     "gil says what it runs with: 'release' (beside everything else), 'hold', or 'auto' (gilkit decides)."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "A plain C library; its functions are bound by their prototypes."},
    {Py_tp_dealloc, (void *)dealloc},
    {Py_tp_repr, (void *)show},
    {Py_tp_getset, getters},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "gilkit.Library",
    .basicsize = sizeof(library_object),
    .flags = Py_TPFLAGS_DEFAULT | GIL__PY_CLOSED,
    .slots = slots,
};

bool gil__python_add_library_type(gil__python *python)
{
    python->library_type = gil__python_make_type(python->package, &spec, NULL);
    return python->library_type &&
           PyModule_AddObjectRef(python->package, "Library", (PyObject *)python->library_type) == 0;
}

PyObject *gil__python_library(PyObject *package, PyObject *name)
{
    gil__python *python = PyModule_GetState(package);
    const char *text = PyUnicode_AsUTF8(name);
    gil__visit visit;
    library_object *object = text ? (library_object *)PyType_GenericAlloc(python->library_type, 0) : NULL;
    if (!object)
        return NULL;
    object->python = python;
    object->package = Py_NewRef(package);
    if (!gil__visit_begin(&visit, python)) {
        Py_DECREF(object);
        return NULL;
    }
    gil_env *env = &visit.thread->env;
    object->library = gil__library_load(env, text);
    if (object->library)
        gil__module_keep(object->library);
    PyObject *done = gil__visit_end(&visit, object->library ? gil_none_new(env) : GIL_NULL);
    if (!done)
        Py_CLEAR(object);
    Py_XDECREF(done);
    return (PyObject *)object;
}
