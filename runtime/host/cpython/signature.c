/* SPDX-License-Identifier: MIT
 *
 * What a function asks of its callers, as inspect and help() want to know it.
 */
#include "host/cpython/function.h"

#include <string.h>

/* The names in order, the object of a method as "self". NULL: raised. */
static PyObject *asked_names(const gil__function *function)
{
    const gil__signature *s = function->signature;
    bool method = function->role != GIL_ROLE_FUNCTION;
    PyObject *names = PyList_New(0);
    for (uint16_t p = 0; names && p < s->n_params; p++) {
        if (!s->params[p].asked)
            continue;
        PyObject *name = PyUnicode_FromString(method ? "self" : s->params[p].name);
        method = false;
        if (!name || PyList_Append(names, name) < 0)
            Py_CLEAR(names);
        Py_XDECREF(name);
    }
    return names;
}

static PyObject *ask(const gil__function *function, const char *what)
{
    PyObject *names = asked_names(function);
    PyObject *module = names ? PyImport_ImportModule("gilkit._functions") : NULL;
    PyObject *answer =
        module ? PyObject_CallMethod(module, what, "Oi", names, function->role != GIL_ROLE_FUNCTION) : NULL;
    Py_XDECREF(module);
    Py_XDECREF(names);
    return answer;
}

PyObject *gil__signature_text(const gil__function *function)
{
    return ask(function, "signature_text");
}

PyObject *gil__signature_object(const gil__function *function)
{
    return ask(function, "signature");
}
