/* SPDX-License-Identifier: MIT
 *
 * Functions and methods as Python objects: vectorcall, and what inspect, help() and pickle ask of them.
 */
#include "host/cpython/function.h"

#include <string.h>

#include "base/memory.h"

/* ---- Calling ------------------------------------------------------------------------------------------------ */

enum { FEW_KEYWORDS = 16 };

/* The names of keywords are UTF-8 that Python keeps; one with a NUL would be cut there, and be another's. false:
 * raised. */
static bool read_keywords(const gil__function *function, gil_keyword *keywords, PyObject *const *values,
                          PyObject *names)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        Py_ssize_t length;
        keywords[i].name = PyUnicode_AsUTF8AndSize(PyTuple_GET_ITEM(names, i), &length);
        keywords[i].value = (gil_obj){values[i]};
        if (!keywords[i].name)
            return false;
        if (strlen(keywords[i].name) != (size_t)length) {
            PyErr_Format(PyExc_TypeError, "%s(): no argument is named %R", function->name, PyTuple_GET_ITEM(names, i));
            return false;
        }
    }
    return true;
}

static PyObject *call(gil__python *python, const gil__function *function, gil_policy policy,
                      const gil__arguments *arguments)
{
    gil__visit visit;
    if (!gil__visit_begin(&visit, python))
        return NULL;
    gil_obj result = gil__function_call(&visit.thread->env, function, policy, arguments);
    if (function->role == GIL_ROLE_NEXT && gil_is_null(result) && !visit.thread->error)
        return gil__visit_end_with_nothing(&visit);
    return gil__visit_end(&visit, result);
}

#ifdef Py_GIL_DISABLED
/* Does the module have a lock of its own, and does this call run under it? Functions of plain libraries that hold the
 * GIL elsewhere run under the library's. */
static bool runs_alone(const gil__function *function, gil_policy policy)
{
    const gil__module *module = (const gil__module *)function->owner;
    return module->threads != GIL_SAFE && gil__function_holds(function, policy);
}
#endif

PyObject *gil__python_function_call(gil__python *python, PyObject *home, const gil__function *function,
                                    gil_policy policy, const gil__python_given *given)
{
    gil_keyword few[FEW_KEYWORDS], *keywords = few;
    size_t n_keywords = given->names ? (size_t)PyTuple_GET_SIZE(given->names) : 0;
    PyObject *result = NULL;
    if (n_keywords > FEW_KEYWORDS && !(keywords = gil__alloc(n_keywords, sizeof *keywords)))
        return PyErr_NoMemory();
    gil__arguments arguments = {.self = {given->self},
                                .items = (const gil_obj *)given->items,
                                .count = (size_t)given->count,
                                .keywords = keywords,
                                .n_keywords = n_keywords,
                                .began = given->began};
    (void)home;
    if (n_keywords == 0 || read_keywords(function, keywords, given->items + given->count, given->names)) {
#ifdef Py_GIL_DISABLED
        if (runs_alone(function, policy)) {
            const gil__module *module = (const gil__module *)function->owner;
            PyObject *lock = module->object ? module->object : home; /* of a method too, whose home is its class */
            Py_BEGIN_CRITICAL_SECTION(lock);
            result = call(python, function, policy, &arguments);
            Py_END_CRITICAL_SECTION();
        } else
#endif
            result = call(python, function, policy, &arguments);
    }
    if (keywords != few)
        gil__free(keywords);
    if (result && function->signature->n_outputs > 0)
        return gil__numpy_results(python, result, given);
    return result;
}

PyObject *gil__general_call(PyObject *object, PyObject *const *items, size_t n, PyObject *names)
{
    gil__python_function *f = (gil__python_function *)object;
    gil__python_given given = {NULL, items, PyVectorcall_NARGS(n), names, NULL};
    return gil__python_function_call(f->python, f->home, f->function, f->policy, &given);
}

static PyObject *call_method(PyObject *object, PyObject *const *items, size_t n, PyObject *names)
{
    gil__python_function *f = (gil__python_function *)object;
    Py_ssize_t count = PyVectorcall_NARGS(n);
    if (count == 0)
        return PyErr_Format(PyExc_TypeError, "%s() is a method: call it on an object of its type", f->function->name);
    gil__python_given given = {items[0], items + 1, count - 1, names, NULL};
    return gil__python_function_call(f->python, f->home, f->function, f->policy, &given);
}

/* ---- Made and ended ------------------------------------------------------------------------------------------- */

static gil__python_function *new_function(gil__python *python, PyObject *home, const gil__function *function,
                                          gil_policy policy)
{
    bool method = function && function->role != GIL_ROLE_FUNCTION;
    PyTypeObject *type = method ? python->method_type : python->function_type;
    gil__python_function *object = (gil__python_function *)PyType_GenericAlloc(type, 0);
    if (!object)
        return NULL;
    object->vectorcall = method ? call_method : gil__general_call;
    object->function = function;
    object->python = python;
    object->home = Py_NewRef(home);
    object->policy = policy;
    return object;
}

/* The quick way, where there is one. */
static PyObject *hasten(gil__python_function *object)
{
    object->code = object->function->code;
    if (!gil__quick_begin(object))
        Py_CLEAR(object);
    return (PyObject *)object;
}

PyObject *gil__python_function_new(gil__python *python, PyObject *home, const gil__function *function,
                                   gil_policy policy)
{
    gil__python_function *object = new_function(python, home, function, policy);
    if (object && function->role == GIL_ROLE_FUNCTION)
        return hasten(object);
    return (PyObject *)object;
}

static void end_bound(gil__function *function)
{
    const char *prototype = function->prototype;
    gil__function_end(function);
    gil__free((char *)prototype);
}

PyObject *gil__python_function_bind(gil__python *python, PyObject *library, gil__function *function, gil_policy policy)
{
    gil__python_function *object = new_function(python, library, NULL, policy);
    if (!object) {
        end_bound(function);
        return NULL;
    }
    object->bound = *function;
    object->function = &object->bound;
    return hasten(object);
}

static int traverse(PyObject *object, visitproc visit, void *arg)
{
    gil__python_function *f = (gil__python_function *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(f->home);
    return 0;
}

static void dealloc(PyObject *object)
{
    gil__python_function *f = (gil__python_function *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    if (f->weak)
        PyObject_ClearWeakRefs(object);
    gil__quick_end(f);
    if (f->bound.signature)
        end_bound(&f->bound);
    Py_XDECREF(f->home);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- What it says of itself ----------------------------------------------------------------------------------- */

static PyObject *text_or_none(const char *text)
{
    return text ? gil__python_text(text, strlen(text)) : Py_NewRef(Py_None);
}

static PyObject *get_name(PyObject *object, void *unused)
{
    (void)unused;
    return text_or_none(((gil__python_function *)object)->function->signature->name);
}

static PyObject *get_qualname(PyObject *object, void *unused)
{
    (void)unused;
    return text_or_none(((gil__python_function *)object)->function->name);
}

static PyObject *get_doc(PyObject *object, void *unused)
{
    (void)unused;
    return text_or_none(((gil__python_function *)object)->function->doc);
}

static PyObject *get_prototype(PyObject *object, void *unused)
{
    (void)unused;
    return text_or_none(((gil__python_function *)object)->function->prototype);
}

/* The module's name; of a plain library's function none, because nothing can be imported. */
static PyObject *get_module(PyObject *object, void *unused)
{
    PyObject *home = ((gil__python_function *)object)->home;
    (void)unused;
    if (PyModule_Check(home))
        return PyModule_GetNameObject(home);
    if (PyType_Check(home))
        return PyObject_GetAttrString(home, "__module__");
    return Py_NewRef(Py_None);
}

/* The module, or the library; of a method the module of its class. */
static PyObject *get_home(PyObject *object, void *unused)
{
    PyObject *home = ((gil__python_function *)object)->home;
    (void)unused;
    if (PyType_Check(home))
        home = PyType_GetModule((PyTypeObject *)home);
    return Py_XNewRef(home);
}

static PyObject *get_text_signature(PyObject *object, void *unused)
{
    (void)unused;
    return gil__signature_text(((gil__python_function *)object)->function);
}

static PyObject *get_signature(PyObject *object, void *unused)
{
    (void)unused;
    return gil__signature_object(((gil__python_function *)object)->function);
}

static PyObject *get_gil(PyObject *object, void *unused)
{
    const gil__python_function *f = (const gil__python_function *)object;
    static const char *const names[] = {"auto", "release", "hold"};
    gil_policy policy = f->policy == GIL_AUTO ? f->function->policy : f->policy;
    (void)unused;
    return PyUnicode_FromString(f->function->signature->has_env ? "hold" : names[policy]);
}

static PyObject *show(PyObject *object)
{
    const gil__python_function *f = (const gil__python_function *)object;
    return PyUnicode_FromFormat("<gilkit function %s>", f->function->name);
}

/* A module's function by its name; what Python cannot import, through gilkit. */
static PyObject *reduce(PyObject *object, PyObject *unused)
{
    (void)unused;
    PyObject *package = PyImport_ImportModule("gilkit._functions");
    PyObject *reduced = package ? PyObject_CallMethod(package, "reduce", "O", object) : NULL;
    Py_XDECREF(package);
    return reduced;
}

/* It never changes: a copy is itself. */
static PyObject *copy(PyObject *object, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(object);
}

/* A function in a class body stays what it is, as Python's built-in ones do; and so help() knows it for a function. */
static PyObject *bind_nothing(PyObject *object, PyObject *instance, PyObject *type)
{
    (void)instance;
    (void)type;
    return Py_NewRef(object);
}

static PyObject *bind_method(PyObject *object, PyObject *instance, PyObject *type)
{
    (void)type;
    return instance && instance != Py_None ? PyMethod_New(object, instance) : Py_NewRef(object);
}

static PyGetSetDef getters[] = {
    {"__name__", get_name, NULL, NULL, NULL},
    {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__doc__", get_doc, NULL, NULL, NULL},
    {"__module__", get_module, NULL, NULL, NULL},
    {"__text_signature__", get_text_signature, NULL, NULL, NULL},
    {"__signature__", get_signature, NULL, NULL, NULL},
    {"prototype", get_prototype, NULL, NULL, NULL},
    {"gil", get_gil, NULL, NULL, NULL},
    {"__gilkit_home__", get_home, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef methods[] = {
    {"__reduce__", reduce, METH_NOARGS, NULL},
    {"__copy__", copy, METH_NOARGS, NULL},
    {"__deepcopy__", copy, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(gil__python_function, vectorcall), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(gil__python_function, weak), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

#define COMMON_SLOTS \
    {Py_tp_dealloc, (void *)dealloc}, {Py_tp_traverse, (void *)traverse}, {Py_tp_call, (void *)PyVectorcall_Call}, \
        {Py_tp_repr, (void *)show}, {Py_tp_getset, getters}, {Py_tp_methods, methods}, \
    { \
        Py_tp_members, members \
    }

static PyType_Slot function_slots[] = {COMMON_SLOTS, {Py_tp_descr_get, (void *)bind_nothing}, {0, NULL}};
static PyType_Slot method_slots[] = {COMMON_SLOTS, {Py_tp_descr_get, (void *)bind_method}, {0, NULL}};

static PyType_Spec function_spec = {
    .name = "gilkit.Function",
    .basicsize = sizeof(gil__python_function),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | GIL__PY_CLOSED,
    .slots = function_slots,
};

static PyType_Spec method_spec = {
    .name = "gilkit.Method",
    .basicsize = sizeof(gil__python_function),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR |
             GIL__PY_CLOSED,
    .slots = method_slots,
};

/* object.__new__ comes here, where Python code put a __new__ of its own into the class. */
static PyObject *refuse_new(PyTypeObject *type, Py_ssize_t unused)
{
    (void)unused;
    return PyErr_Format(PyExc_TypeError, "%s objects are made by gilkit alone", type->tp_name);
}

PyTypeObject *gil__python_make_type(PyObject *package, PyType_Spec *spec, PyTypeObject *base)
{
    /* A tuple, as Python 3.9 wants it. */
    PyObject *bases = base ? PyTuple_Pack(1, base) : NULL;
    if (base && !bases)
        return NULL;
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(package, spec, bases);
    Py_XDECREF(bases);
    if (type && !(spec->flags & Py_TPFLAGS_BASETYPE))
        type->tp_alloc = refuse_new;
#if PY_VERSION_HEX < 0x030A0000
    if (type && !base && !(spec->flags & Py_TPFLAGS_BASETYPE))
        type->tp_new = NULL;
#endif
    return type;
}

bool gil__python_add_function_types(gil__python *python)
{
    python->function_type = gil__python_make_type(python->package, &function_spec, NULL);
    python->method_type = gil__python_make_type(python->package, &method_spec, NULL);
    return python->function_type && python->method_type &&
           PyModule_AddObjectRef(python->package, "Function", (PyObject *)python->function_type) == 0;
}

bool gil__python_is_function(gil__python *python, PyObject *object)
{
    return Py_TYPE(object) == python->function_type || Py_TYPE(object) == python->method_type;
}
