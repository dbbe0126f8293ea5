/* SPDX-License-Identifier: MIT
 *
 * NumPy's arrays, without NumPy: it is never imported, and nothing here needs it to be there.
 */
#include <string.h>

#include "host/cpython/function.h"

static bool is_numpy(PyObject *object)
{
    return strcmp(Py_TYPE(object)->tp_name, "numpy.ndarray") == 0;
}

static bool any_is_numpy(const gil__python_given *given)
{
    Py_ssize_t count = given->count + (given->names ? PyTuple_GET_SIZE(given->names) : 0);
    for (Py_ssize_t i = 0; i < count; i++)
        if (is_numpy(given->items[i]))
            return true;
    return false;
}

/* The same memory, which the new array keeps. */
static PyObject *as_numpy(PyObject *numpy, PyObject *object)
{
    return PyObject_CallMethod(numpy, "asarray", "O", object);
}

static PyObject *convert_tuple(gil__python *python, PyObject *numpy, PyObject *tuple)
{
    Py_ssize_t count = PyTuple_GET_SIZE(tuple);
    PyObject *converted = PyTuple_New(count);
    for (Py_ssize_t i = 0; converted && i < count; i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i);
        item = Py_TYPE(item) == python->array_type ? as_numpy(numpy, item) : Py_NewRef(item);
        if (item)
            PyTuple_SET_ITEM(converted, i, item);
        else
            Py_CLEAR(converted);
    }
    return converted;
}

PyObject *gil__numpy_results(gil__python *python, PyObject *result, const gil__python_given *given)
{
    bool alone = Py_TYPE(result) == python->array_type;
    if ((!alone && !PyTuple_CheckExact(result)) || !any_is_numpy(given))
        return result;
    PyObject *numpy = PyImport_ImportModule("numpy"); /* it is there: an argument is of it */
    PyObject *converted = !numpy ? NULL : alone ? as_numpy(numpy, result) : convert_tuple(python, numpy, result);
    Py_XDECREF(numpy);
    Py_DECREF(result);
    return converted;
}
