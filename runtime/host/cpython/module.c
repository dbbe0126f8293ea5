/* SPDX-License-Identifier: MIT
 *
 * gilkit modules as Python modules: what PyInit_NAME asks for, and what gilkit.load makes. Both are Python's multi-phase
 * initialisation, so that every interpreter has a module of its own, with a state of its own.
 */
#include "host/cpython/object.h"

#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

/* Python's definition of a module, one for each definition of ours; process-wide, never freed. */
typedef struct python_def {
    PyModuleDef def; /* first */
    PyModuleDef_Slot slots[4];
    const gil_module_def *ours;
    struct python_def *next;
} python_def;

static python_def *defs;
static gil__lock defs_lock; /* a leaf */

/* ---- What a module shows -------------------------------------------------------------------------------------- */

static PyObject *constant_value(const gil_constant_def *constant)
{
    switch ((gil_constant_kind)constant->kind) {
    case GIL__CONST_INT:
        return PyLong_FromLongLong(constant->integer);
    case GIL__CONST_UINT:
        return PyLong_FromUnsignedLongLong((uint64_t)constant->integer);
    case GIL__CONST_FLOAT:
        return PyFloat_FromDouble(constant->real);
    case GIL__CONST_BOOL:
        return PyBool_FromLong(constant->integer != 0);
    case GIL__CONST_STR:
        return constant->text ? gil__python_text(constant->text, strlen(constant->text)) : Py_NewRef(Py_None);
    }
    return PyErr_Format(PyExc_SystemError, "constant %s is of a kind that this gilkit does not know", constant->name);
}

/* The value's count is taken over; NULL fails. */
static bool add(PyObject *object, const char *name, PyObject *value)
{
    int status = value ? PyModule_AddObjectRef(object, name, value) : -1;
    Py_XDECREF(value);
    return status == 0;
}

static bool add_all(gil__python *python, PyObject *object, const gil__module *module)
{
    bool fine = true;
    gil_constant_def constant;
    for (size_t i = 0; fine && i < module->n_functions; i++)
        if (module->functions[i].role == GIL_ROLE_FUNCTION)
            fine = add(object, module->functions[i].name,
                       gil__python_function_new(python, object, &module->functions[i], GIL_AUTO));
    for (uint16_t i = 0; fine && i < module->owner.n_types; i++)
        fine = add(object, module->owner.type_names[i],
                   gil__python_resource_class(python, object, &module->owner.types[i]));
    for (size_t i = 0; fine && i < module->n_constants; i++)
        fine = gil__module_constant(module, module->constants[i]->name, &constant) &&
               add(object, constant.name, constant_value(&constant));
    return fine;
}

/* Before init, which may look at the module. */
static bool show(gil_env *env, gil__module *module)
{
    gil__python_module *state = gil__python_module_of(module->object);
    gil__module_keep(module); /* what init lets out of here lives on, also when init fails */
    state->module = module;
    if (add_all(state->python, module->object, module))
        return true;
    gil__python_failed(env);
    return false;
}

/* ---- A module's life ------------------------------------------------------------------------------------------ */

/* Where it was loaded from, for messages. NULL: raised. */
static char *path_of(PyObject *object, const char *otherwise)
{
    PyObject *spec = PyObject_GetAttrString(object, "__spec__");
    PyObject *origin = spec ? PyObject_GetAttrString(spec, "origin") : NULL;
    const char *text = origin && PyUnicode_Check(origin) ? PyUnicode_AsUTF8(origin) : NULL;
    PyErr_Clear();
    char *path = gil__strndup(text ? text : otherwise, strlen(text ? text : otherwise));
    Py_XDECREF(origin);
    Py_XDECREF(spec);
    if (!path)
        PyErr_NoMemory();
    return path;
}

static int begin_module(PyObject *object, gil__python_module *state, const gil_module_def *ours)
{
    gil__visit visit;
    char *path = path_of(object, ours->name);
    if (!path)
        return -1;
    if (!gil__visit_begin(&visit, state->python)) {
        gil__free(path);
        return -1;
    }
    gil_env *env = &visit.thread->env;
    gil__mapped mapped = {.name = (char *)ours->name, .path = path, .definition = ours};
    const gil__module *module = gil__module_adopt(env, &mapped, object, show);
    PyObject *done = gil__visit_end(&visit, module ? gil_none_new(env) : GIL_NULL);
    Py_XDECREF(done);
    gil__free(path);
    return done ? 0 : -1;
}

/* Once: its functions stay what they are, also of one whose init failed. */
static int execute(PyObject *object)
{
    const gil_module_def *ours = ((const python_def *)PyModule_GetDef(object))->ours;
    gil__python_module *state = PyModule_GetState(object);
    if (state->module && state->module->loaded)
        return 0;
    if (state->python) {
        PyErr_Format(PyExc_ImportError, "the init of %s runs, or failed; import it anew", ours->name);
        return -1;
    }
    state->python = gil__python_current(&state->package);
    return state->python ? begin_module(object, state, ours) : -1;
}

static int traverse(PyObject *object, visitproc visit, void *arg)
{
    const gil__python_module *state = PyModule_GetState(object);
    if (!state)
        return 0;
    Py_VISIT(state->package);
    Py_VISIT(state->classes);
    return 0;
}

/* Nothing of it is left: its functions and types keep it. */
static void end(void *object)
{
    gil__python_module *state = PyModule_GetState(object);
    gil__visit visit;
    if (!state || !state->python)
        return;
    PyObject *raised = gil__py_take_raised();
    if (state->module && gil__visit_begin(&visit, state->python)) {
        gil__module_unload(&visit.thread->env, state->module);
        gil__module_drop(state->module);
        state->module = NULL;
        Py_XDECREF(gil__visit_end(&visit, gil_none_new(&visit.thread->env)));
    }
    PyErr_Clear();
    if (raised)
        gil__py_raise(raised);
    Py_CLEAR(state->classes);
    gil__python_classes_end(state);
    Py_CLEAR(state->package);
}

static int clear(PyObject *object)
{
    gil__python_module *state = PyModule_GetState(object);
    if (state)
        Py_CLEAR(state->classes);
    return 0;
}

static bool is_ours(PyObject *object)
{
    const PyModuleDef *def = PyModule_Check(object) ? PyModule_GetDef(object) : NULL;
    return def && def->m_free == end;
}

gil__python_module *gil__python_module_of(PyObject *object)
{
    return is_ours(object) ? PyModule_GetState(object) : NULL;
}

/* ---- Definitions ---------------------------------------------------------------------------------------------- */

static void fill(python_def *made, const gil_module_def *ours)
{
    int n = 0;
    made->ours = ours;
    made->slots[n++] = (PyModuleDef_Slot){Py_mod_exec, (void *)execute};
#if PY_VERSION_HEX >= 0x030C0000
    made->slots[n++] = (PyModuleDef_Slot){Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED};
#endif
#if PY_VERSION_HEX >= 0x030D0000
    made->slots[n++] = (PyModuleDef_Slot){Py_mod_gil, Py_MOD_GIL_NOT_USED};
#endif
    made->def = (PyModuleDef){.m_base = PyModuleDef_HEAD_INIT,
                              .m_name = ours->name,
                              .m_doc = ours->doc,
                              .m_size = sizeof(gil__python_module),
                              .m_slots = made->slots,
                              .m_traverse = traverse,
                              .m_clear = clear,
                              .m_free = end};
}

/* The one for a definition; NULL: MemoryError is raised. */
static PyModuleDef *def_of(const gil_module_def *ours)
{
    gil__lock_take(&defs_lock);
    python_def *def = defs;
    while (def && def->ours != ours)
        def = def->next;
    if (!def && (def = gil__alloc(1, sizeof *def))) {
        fill(def, ours);
        def->next = defs;
        defs = def;
    }
    gil__lock_give(&defs_lock);
    if (!def)
        PyErr_NoMemory();
    return def ? &def->def : NULL;
}

/* What PyInit_NAME returns. The ABI that the module was built for is checked as its note is elsewhere. */
static void *begin(const void *definition, uint32_t abi_major, uint32_t abi_minor, const char *sdk)
{
    const gil_module_def *ours = definition;
    if (abi_major == GIL_ABI_MAJOR && abi_minor <= GIL_ABI_MINOR) {
        PyModuleDef *def = def_of(ours);
        return def ? PyModuleDef_Init(def) : NULL;
    }
    bool newer = abi_major > GIL_ABI_MAJOR || (abi_major == GIL_ABI_MAJOR && abi_minor > GIL_ABI_MINOR);
    PyErr_Format(PyExc_ImportError,
                 "%s was built with gilkit %s (ABI %u.%u), and the installed gilkit %s has ABI %d.%d; %s", ours->name,
                 sdk, (unsigned)abi_major, (unsigned)abi_minor, GIL_VERSION_TEXT, GIL_ABI_MAJOR, GIL_ABI_MINOR,
                 newer ? "pip install --upgrade gilkit" : "build the module again with this gilkit");
    return NULL;
}

const gil__importer gil__python_importer = {
    .size = sizeof(gil__importer),
    .abi_major = GIL_ABI_MAJOR,
    .abi_minor = GIL_ABI_MINOR,
    .version = GIL_VERSION_TEXT,
    .begin = begin,
};

/* ---- gilkit.load ---------------------------------------------------------------------------------------------- */

static void end_mapped(PyObject *capsule)
{
    gil__mapped *mapped = PyCapsule_GetPointer(capsule, "gilkit.mapped");
    gil__mapped_end(mapped);
    gil__free(mapped);
}

/* map(name) -> (name, path, device, inode, capsule): through the gate. */
PyObject *gil__python_map(PyObject *package, PyObject *name)
{
    gil__python *python = PyModule_GetState(package);
    const char *text = PyUnicode_AsUTF8(name);
    gil__mapped *mapped = text ? gil__alloc(1, sizeof *mapped) : NULL;
    gil__visit visit;
    if (!mapped)
        return text ? PyErr_NoMemory() : NULL;
    if (!gil__visit_begin(&visit, python)) {
        gil__free(mapped);
        return NULL;
    }
    gil_env *env = &visit.thread->env;
    bool fine = gil__module_map(env, text, mapped);
    PyObject *done = gil__visit_end(&visit, fine ? gil_none_new(env) : GIL_NULL);
    PyObject *capsule = done ? PyCapsule_New(mapped, "gilkit.mapped", end_mapped) : NULL;
    Py_XDECREF(done);
    if (!capsule) {
        gil__mapped_end(mapped);
        gil__free(mapped);
        return NULL;
    }
    return Py_BuildValue("(ssKKN)", mapped->name, mapped->path, (unsigned long long)mapped->device,
                         (unsigned long long)mapped->inode, capsule);
}

/* create(capsule, spec), execute(module): the two steps of a loader. */
PyObject *gil__python_create(PyObject *package, PyObject *arguments)
{
    PyObject *capsule, *spec;
    (void)package;
    if (!PyArg_ParseTuple(arguments, "OO:create", &capsule, &spec))
        return NULL;
    gil__mapped *mapped = PyCapsule_GetPointer(capsule, "gilkit.mapped");
    PyModuleDef *def = mapped ? def_of(mapped->definition) : NULL;
    return def ? PyModule_FromDefAndSpec(def, spec) : NULL;
}

PyObject *gil__python_execute(PyObject *package, PyObject *object)
{
    (void)package;
    if (!is_ours(object))
        return PyErr_Format(PyExc_TypeError, "%s is no gilkit module", Py_TYPE(object)->tp_name);
    return PyModule_ExecDef(object, PyModule_GetDef(object)) == 0 ? Py_NewRef(Py_None) : NULL;
}
