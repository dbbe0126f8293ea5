/* SPDX-License-Identifier: MIT
 *
 * gilkit._host: the compiled half of the Python package, one gilkit for each interpreter that imports it.
 */
#include "core/ref.h"
#include "host/check/check.h"
#include "host/cpython/object.h"

enum { INTERVAL_NS = 5000000 };

/* Python begins to end: nobody attaches any more, and kernels are told to stop. */
static PyObject *close_package(PyObject *package, PyObject *unused)
{
    gil__python *python = PyModule_GetState(package);
    (void)unused;
    atomic_store(&python->runtime->closing, 1);
    gil__threads_stop(python->runtime, GIL__STOP_SHUTDOWN);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"map", gil__python_map, METH_O, "Open a module file: the gate, the note, dlopen."},
    {"create", gil__python_create, METH_VARARGS, "A module object of a mapped file, for a spec."},
    {"execute", gil__python_execute, METH_O, "Fill a module object in."},
    {"library", gil__python_library, METH_O, "Open a plain library."},
    {"close", close_package, METH_NOARGS, "Called when Python ends."},
    {NULL, NULL, 0, NULL},
};

static bool add_types(gil__python *python)
{
    return gil__python_add_function_types(python) && gil__python_add_library_type(python) &&
           gil__python_add_array_type(python) && gil__python_add_resource_base(python);
}

static bool add_importer(PyObject *package)
{
    PyObject *capsule = PyCapsule_New((void *)&gil__python_importer, GIL__PYTHON_IMPORTER, NULL);
    int status = capsule ? PyModule_AddObjectRef(package, "importer", capsule) : -1;
    Py_XDECREF(capsule);
    return status == 0 && PyModule_AddStringConstant(package, "version", GIL_VERSION_TEXT) == 0 &&
           PyModule_AddIntConstant(package, "abi_major", GIL_ABI_MAJOR) == 0 &&
           PyModule_AddIntConstant(package, "abi_minor", GIL_ABI_MINOR) == 0;
}

static int execute(PyObject *package)
{
    gil__python *python = PyModule_GetState(package);
    python->package = package;
    python->interpreter = PyThreadState_GetInterpreter(PyThreadState_Get());
    python->runtime = gil__runtime_new(&gil__cpython_host, gil__check_wanted(), INTERVAL_NS, false);
    if (!python->runtime) {
        PyErr_NoMemory();
        return -1;
    }
    python->runtime->hosted = python;
    return add_types(python) && add_importer(package) ? 0 : -1;
}

static int traverse(PyObject *package, visitproc visit, void *arg)
{
    gil__python *python = PyModule_GetState(package);
    if (!python)
        return 0;
    Py_VISIT(python->function_type);
    Py_VISIT(python->method_type);
    Py_VISIT(python->library_type);
    Py_VISIT(python->array_type);
    Py_VISIT(python->resource_base);
    Py_VISIT(python->ndarray);
    return 0;
}

static int clear(PyObject *package)
{
    gil__python *python = PyModule_GetState(package);
    if (!python)
        return 0;
    Py_CLEAR(python->function_type);
    Py_CLEAR(python->method_type);
    Py_CLEAR(python->library_type);
    Py_CLEAR(python->array_type);
    Py_CLEAR(python->resource_base);
    Py_CLEAR(python->ndarray);
    return 0;
}

/* Every module that used it is gone. Where a thread is attached all the same, the runtime stays: it is waited for by
 * nobody. */
static void end(void *package)
{
    gil__python *python = PyModule_GetState(package);
    struct gil_runtime *runtime = python ? python->runtime : NULL;
    clear(package);
    if (!runtime)
        return;
    atomic_store(&runtime->closing, 1);
    gil__refs_part(runtime);
    python->runtime = NULL;
    if (atomic_load(&runtime->attached) == 0)
        gil__runtime_free(runtime);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)execute},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static PyModuleDef def = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "gilkit._host",
    .m_doc = "The compiled half of gilkit.",
    .m_size = sizeof(gil__python),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = end,
};

PyMODINIT_FUNC PyInit__host(void);

PyMODINIT_FUNC PyInit__host(void)
{
    return PyModuleDef_Init(&def);
}

gil__python *gil__python_current(void)
{
    PyObject *package = PyImport_ImportModule("gilkit._host");
    gil__python *python = package ? PyModule_GetState(package) : NULL;
    if (package && PyModule_GetDef(package) != &def) {
        PyErr_SetString(PyExc_ImportError, "gilkit._host is not gilkit's; reinstall gilkit");
        python = NULL;
    }
    Py_XDECREF(package); /* sys.modules keeps it, and so does who asked */
    return python;
}
