/* SPDX-License-Identifier: MIT
 *
 * gilkit._host: the compiled half of the Python package, one gilkit for each interpreter that imports it.
 */
#include "host/cpython/object.h"

#include "core/ref.h"
#include "host/check/check.h"

enum { INTERVAL_NS = 5000000 };

enum { WAIT_MS = 2000 };

/* Wait without the GIL for the threads that Python does not know, which were told to stop. How many are left. With none the
 * GIL stays here: a daemon thread that prints while Python ends can make it abort. */
static unsigned wait_for_strangers(struct gil_runtime *runtime)
{
    uint64_t until = gil__now_ns() + WAIT_MS * UINT64_C(1000000), now;
    unsigned attached = atomic_load(&runtime->attached);
    if (attached == 0)
        return 0;
    PyThreadState *state = PyEval_SaveThread();
    while ((attached = atomic_load(&runtime->attached)) > 0 && (now = gil__now_ns()) < until)
        gil__futex_wait(&runtime->attached, attached, until - now);
    PyEval_RestoreThread(state);
    return attached;
}

/* Python begins to end: nobody attaches any more, kernels are told to stop, and who is attached is waited for. What Python's
 * own threads call works until Python keeps them out, which it does once what it runs at exit has run. */
static PyObject *close_package(PyObject *package, PyObject *unused)
{
    gil__python *python = PyModule_GetState(package);
    gil__thread *thread = gil__thread_step_in(python->runtime);
    (void)unused;
    if (!thread)
        return PyErr_NoMemory();
    if (gil__runtime_begin_close(thread)) {
        unsigned left = wait_for_strangers(python->runtime);
        if (left)
            PySys_WriteStderr("gilkit: %u thread%s still attached to Python, which ends\n", left,
                              left == 1 ? " is" : "s are");
    }
    gil__thread_step_out(thread);
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
#if PY_VERSION_HEX >= 0x030F0000
    python->view = PyInterpreterView_FromCurrent();
    if (!python->view)
        return -1;
#endif
    struct gil_runtime *runtime = gil__runtime_new(&gil__cpython_host, gil__check_wanted(), INTERVAL_NS, false);
    if (!runtime) {
        PyErr_NoMemory();
        return -1;
    }
    runtime->hosted = python;
    python->runtime = runtime;
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

/* Does any thread come back to this runtime? One that Python keeps from ever taking its GIL again does not, but may be
 * between the two. */
static bool is_in_use(struct gil_runtime *runtime)
{
    gil__lock_take(&gil__lists);
    bool used = atomic_load(&runtime->attached) > 0;
    for (const gil__thread *thread = runtime->threads; thread; thread = thread->next)
        used |= thread->visits > 0;
    gil__lock_give(&gil__lists);
    return used;
}

/* Every module that used it is gone. */
static void end(void *package)
{
    gil__python *python = PyModule_GetState(package);
    struct gil_runtime *runtime = python ? python->runtime : NULL;
    clear(package);
    if (!runtime)
        return;
    gil__lock_take(&gil__lists); /* who found it running is counted by now */
    atomic_store(&runtime->state, GIL__CLOSING);
    gil__lock_give(&gil__lists);
    gil__refs_part(runtime);
    python->runtime = NULL;
    if (is_in_use(runtime))
        return;
#if PY_VERSION_HEX >= 0x030F0000
    PyInterpreterView_Close(python->view);
#endif
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

gil__python *gil__python_current(PyObject **counted)
{
    PyObject *package = PyImport_ImportModule("gilkit._host");
    gil__python *python = package ? PyModule_GetState(package) : NULL;
    if (package && PyModule_GetDef(package) != &def) {
        PyErr_SetString(PyExc_ImportError, "gilkit._host is not gilkit's; reinstall gilkit");
        python = NULL;
    }
    if (python)
        *counted = package;
    else
        Py_XDECREF(package);
    return python;
}
