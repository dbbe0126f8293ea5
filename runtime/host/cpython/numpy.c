/* SPDX-License-Identifier: MIT
 *
 * NumPy's arrays, without NumPy: it is never imported, and nothing here needs it to be there.
 */
#include "host/cpython/array.h"

#include <string.h>

#include "host/cpython/quick.h"

static bool is_numpy(PyObject *object)
{
    return strcmp(Py_TYPE(object)->tp_name, "numpy.ndarray") == 0;
}

/* Classes below ndarray count too. */
static bool is_below_numpy(PyObject *object)
{
    for (const PyTypeObject *type = Py_TYPE(object); type; type = type->tp_base)
        if (strcmp(type->tp_name, "numpy.ndarray") == 0)
            return true;
    return false;
}

static bool any_is_numpy(const gil__python_given *given)
{
    Py_ssize_t count = given->count + (given->names ? PyTuple_GET_SIZE(given->names) : 0);
    for (Py_ssize_t i = 0; i < count; i++)
        if (is_below_numpy(given->items[i]))
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

/* ---- Arrays read directly ------------------------------------------------------------------------------------- */

/* What an ndarray and its descriptor begin with, in every NumPy from 1.7 to 2.x; held to what the buffer protocol says
 * of the first array that comes, and not used if it is anything else. */
typedef struct numpy_descr {
    PyObject_HEAD PyTypeObject *type;
    char kind, letter, byteorder, flags;
    int number;
} numpy_descr;

typedef struct numpy_array {
    PyObject_HEAD char *data;
    int ndim;
    Py_ssize_t *shape;
    Py_ssize_t *strides;
    PyObject *base;
    numpy_descr *descr;
    int flags;
} numpy_array;

enum { C_ORDER = 0x1, ALIGNED = 0x100, WRITABLE = 0x400 };

/* By NumPy's numbers of its types. */
static const int8_t dtypes[] = {GIL_BOOL,       GIL_INT8,        GIL_UINT8,   GIL_INT16,       GIL_UINT16,
                                GIL_INT32,      GIL_UINT32,      GIL_INT64,   GIL_UINT64,      GIL_INT64,
                                GIL_UINT64,     GIL_FLOAT32,     GIL_FLOAT64, GIL_LONG_DOUBLE, GIL_COMPLEX64,
                                GIL_COMPLEX128, GIL_LONG_COMPLEX};

static int dtype_of(const numpy_array *array)
{
    int number = array->descr->number;
    bool native = array->descr->byteorder == '=' || array->descr->byteorder == '|';
    return native && number >= 0 && number < (int)sizeof dtypes ? dtypes[number] : -1;
}

static bool agrees(const numpy_array *array, const Py_buffer *view)
{
    gil_buffer memory = {0};
    if (array->data != view->buf || array->ndim != view->ndim || view->ndim == 0 ||
        ((array->flags & WRITABLE) == 0) != (view->readonly != 0) ||
        PyBuffer_IsContiguous(view, 'C') != ((array->flags & C_ORDER) != 0))
        return false;
    for (int axis = 0; axis < view->ndim; axis++)
        if (array->shape[axis] != view->shape[axis] || array->strides[axis] != view->strides[axis])
            return false;
    if (!gil__format_read(view->format, view->itemsize, &memory)) {
        PyErr_Clear();
        return false;
    }
    return dtype_of(array) == (int)memory.dtype;
}

/* Threads without a GIL may learn it at once; the first has it. */
static PyObject *known_class(gil__python *python)
{
    return __atomic_load_n(&python->ndarray, __ATOMIC_ACQUIRE);
}

/* An array of a class that is not known yet: is it NumPy's, and as it is thought to be? Apart from the usual way, as
 * what follows is, which then needs no stack. */
static __attribute__((noinline, cold)) bool learn(gil__python *python, PyObject *object)
{
    Py_buffer view;
    if (known_class(python) || !is_numpy(object) || Py_TYPE(object)->tp_basicsize < (Py_ssize_t)sizeof(numpy_array))
        return false;
    if (PyObject_GetBuffer(object, &view, PyBUF_RECORDS_RO) < 0) {
        PyErr_Clear();
        return false;
    }
    PyObject *class = (PyObject *)Py_TYPE(object), *none = NULL;
    bool known = agrees((const numpy_array *)object, &view);
    PyBuffer_Release(&view);
    if (known && !__atomic_compare_exchange_n(&python->ndarray, &none, Py_NewRef(class), false, __ATOMIC_ACQ_REL,
                                              __ATOMIC_ACQUIRE))
        Py_DECREF(class);
    return known && known_class(python) == class;
}

static __attribute__((noinline)) void *own_array(PyObject *object, const gil__quick_argument *wanted,
                                                 const size_t **shape)
{
    const gil_buffer *m = &((const gil__python_array *)object)->memory;
    if (m->dtype != wanted->dtype || m->ndim != wanted->ndim || (m->flags & GIL_BUFFER_FOREIGN_ORDER) ||
        (wanted->written && (m->flags & GIL_BUFFER_READONLY)) || !gil_buffer_is_packed(m) ||
        (uintptr_t)m->data % (m->dtype >= GIL_COMPLEX64 ? m->itemsize / 2 : m->itemsize))
        return NULL;
    *shape = m->shape;
    return m->data;
}

static inline void *numpy_memory(PyObject *object, const gil__quick_argument *wanted, const size_t **shape)
{
    const numpy_array *array = (const numpy_array *)object;
    int needed = C_ORDER | ALIGNED | (wanted->written ? WRITABLE : 0);
    if ((array->flags & needed) != needed || array->ndim != wanted->ndim || dtype_of(array) != wanted->dtype)
        return NULL;
    *shape = (const size_t *)array->shape;
    return array->data;
}

static __attribute__((noinline)) void *other_array(gil__python *python, PyObject *object,
                                                   const gil__quick_argument *wanted, const size_t **shape)
{
    if (Py_TYPE(object) == python->array_type)
        return own_array(object, wanted, shape);
    return learn(python, object) ? numpy_memory(object, wanted, shape) : NULL;
}

void *gil__quick_array(gil__python *python, PyObject *object, const gil__quick_argument *wanted, const size_t **shape)
{
    if ((PyObject *)Py_TYPE(object) == known_class(python))
        return numpy_memory(object, wanted, shape);
    return other_array(python, object, wanted, shape);
}
