/* SPDX-License-Identifier: MIT
 *
 * Attributes, calls, modules.
 */
#include "host/cpython/object.h"

#include <string.h>

gil_obj gil__python_attr_get(gil_env *env, gil_obj handle, const char *name)
{
    PyObject *object = gil__python_object_of(env, handle);
    return object ? gil__python_own(env, PyObject_GetAttrString(object, name)) : GIL_NULL;
}

bool gil__python_attr_find(gil_env *env, gil_obj handle, const char *name, gil_obj *value)
{
    PyObject *found, *object = gil__python_object_of(env, handle);
    if (!object || !gil__python_fine(env, PyObject_GetOptionalAttrString(object, name, &found)))
        return false;
    gil_obj made = gil__thread_handle(gil__thread_of(env), found);
    if (found && gil_is_null(made))
        return false;
    *value = made;
    return true;
}

/* What a module declares is nobody's to change through the SDK; Python code may, as everywhere. */
static bool may_change(gil_env *env, PyObject *object, const char *name)
{
    const gil__python_module *state = gil__python_module_of(object);
    const gil__module *module = state ? state->module : NULL;
    const char *what = module ? gil__module_declares(module, name) : NULL;
    if (what)
        gil_raise(env, GIL_ATTRIBUTE_ERROR, "%s of %s is %s and cannot be changed", name, module->name, what);
    return !what;
}

bool gil__python_attr_set(gil_env *env, gil_obj handle, const char *name, gil_obj value)
{
    PyObject *object = gil__python_object_of(env, handle);
    return object && gil__python_object_of(env, value) && may_change(env, object, name) &&
           gil__python_fine(env, PyObject_SetAttrString(object, name, gil__py(value)));
}

bool gil__python_attr_delete(gil_env *env, gil_obj handle, const char *name)
{
    PyObject *object = gil__python_object_of(env, handle);
    return object && may_change(env, object, name) && gil__python_fine(env, PyObject_SetAttrString(object, name, NULL));
}

gil_obj gil__python_attr_names(gil_env *env, gil_obj handle)
{
    PyObject *object = gil__python_object_of(env, handle);
    return object ? gil__python_own(env, PyObject_Dir(object)) : GIL_NULL;
}

/* ---- Calls ---------------------------------------------------------------------------------------------------- */

static PyObject *dict_of_keywords(const gil_keyword *keywords, size_t count)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict && i < count; i++)
        if (PyDict_SetItemString(dict, keywords[i].name, gil__py(keywords[i].value)) < 0)
            Py_CLEAR(dict);
    return dict;
}

gil_obj gil__python_call(gil_env *env, gil_obj callable, const gil_obj *items, size_t count,
                         const gil_keyword *keywords, size_t n_keywords)
{
    if (!gil__python_object_of(env, callable))
        return GIL_NULL;
    for (size_t i = 0; i < count + n_keywords; i++)
        if (!gil__python_object_of(env, i < count ? items[i] : keywords[i - count].value))
            return GIL_NULL;
    PyObject *dict = n_keywords ? dict_of_keywords(keywords, n_keywords) : NULL;
    if (n_keywords && !dict)
        return gil__python_failed(env);
    PyObject *result = PyObject_VectorcallDict(gil__py(callable), (PyObject *const *)items, count, dict);
    Py_XDECREF(dict);
    return gil__python_own(env, result);
}

/* ---- Modules -------------------------------------------------------------------------------------------------- */

gil_obj gil__python_module_self(gil_env *env)
{
    const gil__frame *frame = gil__thread_frame(gil__thread_of(env));
    const gil__module *module = frame ? frame->owner : NULL;
    if (!module || !module->object)
        return gil_raise(env, GIL_RUNTIME_ERROR, "no function of a module runs on this thread");
    return gil__python_show(env, module->object);
}

gil_obj gil__python_import(gil_env *env, const char *name)
{
    PyObject *text = gil__python_text(name, strlen(name)), *module = NULL;
    if (text && (*name == '\0' || *name == '.')) /* what Python calls a ValueError, or something relative to nothing */
        PyErr_Format(PyExc_ImportError, "'%U' is no module's name", text);
    else if (text)
        module = PyImport_Import(text);
    Py_XDECREF(text);
    return gil__python_own(env, module);
}
