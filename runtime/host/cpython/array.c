/* SPDX-License-Identifier: MIT
 *
 * gilkit.Array: the buffer protocol, indexing, what it says of itself.
 */
#include "host/cpython/array.h"

#include <string.h>

#include "base/memory.h"
#include "call/element.h"
#include "call/layout.h"
#include "host/cpython/dlpack.h"
#include "proto/ctype.h"

/* ---- Made and ended ------------------------------------------------------------------------------------------- */

gil__python_array *gil__array_make(gil__python *python, const gil_buffer *memory)
{
    PyTypeObject *type = python->array_type;
    gil__python_array *array = (gil__python_array *)PyType_GenericAlloc(type, 0);
    size_t bytes;
    if (!array)
        return NULL;
    array->memory = *memory;
    array->memory.gil__owner = NULL;
    array->memory.itemsize = gil_dtype_size((gil_dtype)memory->dtype);
    if (memory->data) {
        array->borrowed = true;
        return array;
    }
    if (gil__layout_c_order(&array->memory, &bytes))
        array->memory.data = gil__alloc(bytes, 1);
    if (array->memory.data)
        return array;
    Py_DECREF(array);
    PyErr_NoMemory();
    return NULL;
}

static int traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((gil__python_array *)object)->whole);
    return 0;
}

static int clear(PyObject *object)
{
    (void)object; /* its memory may be of what it keeps: nothing goes before it does */
    return 0;
}

/* Code of others, which may call Python. What is raised meanwhile stays. */
static void give_back(const gil__python_array *array)
{
    PyObject *raised = gil__py_take_raised();
    array->release(array->owner);
    PyErr_Clear(); /* there is nobody to tell */
    if (raised)
        gil__py_raise(raised);
}

static void dealloc(PyObject *object)
{
    gil__python_array *array = (gil__python_array *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    if (!array->borrowed)
        gil__free(array->memory.data);
    else if (array->release)
        give_back(array);
    Py_XDECREF(array->whole);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- The buffer protocol -------------------------------------------------------------------------------------- */

static bool is_fortran(const gil_buffer *m)
{
    ptrdiff_t stride = (ptrdiff_t)m->itemsize;
    if (gil_buffer_count(m) == 0)
        return true;
    for (size_t axis = 0; axis < m->ndim; axis++) {
        if (m->shape[axis] != 1 && m->strides[axis] != stride)
            return false;
        stride *= (ptrdiff_t)m->shape[axis];
    }
    return true;
}

static const char *why_not(const gil_buffer *m, int flags)
{
    bool packed = gil_buffer_is_packed(m);
    if ((flags & PyBUF_WRITABLE) && (m->flags & GIL_BUFFER_READONLY))
        return "the array is read only";
    if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && !is_fortran(m))
        return "the array is not in Fortran order";
    if ((flags & PyBUF_C_CONTIGUOUS) == PyBUF_C_CONTIGUOUS && !packed)
        return "the array is not in C order";
    if ((flags & PyBUF_ANY_CONTIGUOUS) == PyBUF_ANY_CONTIGUOUS && !packed && !is_fortran(m))
        return "the array is not in C order, nor in Fortran order";
    if (!(flags & PyBUF_STRIDES & ~PyBUF_ND) && !packed)
        return "the array is not in C order, and no strides were asked for";
    return m->flags & GIL_BUFFER_FOREIGN_ORDER ? "the array is in the other byte order" : NULL;
}

static int get_buffer(PyObject *object, Py_buffer *view, int flags)
{
    gil_buffer *m = &((gil__python_array *)object)->memory;
    const char *reason = why_not(m, flags);
    view->obj = NULL;
    if (reason) {
        PyErr_SetString(PyExc_BufferError, reason);
        return -1;
    }
    view->buf = m->data;
    view->len = (Py_ssize_t)(gil_buffer_count(m) * m->itemsize);
    view->readonly = (m->flags & GIL_BUFFER_READONLY) != 0;
    view->itemsize = (Py_ssize_t)m->itemsize;
    view->format = flags & PyBUF_FORMAT ? (char *)gil__format_of((gil_dtype)m->dtype) : NULL;
    view->ndim = flags & PyBUF_ND ? (int)m->ndim : 1;
    view->shape = flags & PyBUF_ND ? (Py_ssize_t *)m->shape : NULL;
    view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? (Py_ssize_t *)m->strides : NULL;
    view->suboffsets = NULL;
    view->internal = NULL;
    view->obj = Py_NewRef(object);
    return 0;
}

/* ---- Items ---------------------------------------------------------------------------------------------------- */

/* One axis by an int: data moves, the axis goes. */
static bool cut_index(gil_buffer *part, size_t axis, PyObject *key)
{
    Py_ssize_t length = (Py_ssize_t)part->shape[axis];
    Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred())
        return false;
    if (index < -length || index >= length) {
        PyErr_Format(PyExc_IndexError, "index %zd is out of range for dimension %zu of %zd", index, axis, length);
        return false;
    }
    part->data = (char *)part->data + (index < 0 ? index + length : index) * part->strides[axis];
    for (part->ndim--; axis < part->ndim; axis++) {
        part->shape[axis] = part->shape[axis + 1];
        part->strides[axis] = part->strides[axis + 1];
    }
    return true;
}

static bool cut_slice(gil_buffer *part, size_t axis, PyObject *key)
{
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return false;
    Py_ssize_t count = PySlice_AdjustIndices((Py_ssize_t)part->shape[axis], &start, &stop, step);
    if (count > 0)
        part->data = (char *)part->data + start * part->strides[axis];
    part->shape[axis] = (size_t)count;
    if (count > 1)
        part->strides[axis] *= step;
    return true;
}

static bool refuse_count(const gil_buffer *whole, Py_ssize_t count)
{
    PyErr_Format(PyExc_IndexError, "%zd indices for an array of %zu dimensions", count, whole->ndim);
    return false;
}

bool gil__array_part(const gil_buffer *whole, PyObject *key, gil_buffer *part)
{
    PyObject *one[] = {key};
    PyObject *const *keys = PyTuple_Check(key) ? &PyTuple_GET_ITEM(key, 0) : one;
    Py_ssize_t count = PyTuple_Check(key) ? PyTuple_GET_SIZE(key) : 1, given = count;
    size_t axis = 0;
    *part = *whole;
    for (Py_ssize_t i = 0; i < count; i++)
        given -= keys[i] == Py_Ellipsis;
    if (given > (Py_ssize_t)whole->ndim)
        return refuse_count(whole, given);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (keys[i] == Py_Ellipsis) {
            if (given < count - 1)
                return refuse_count(whole, count);
            axis += whole->ndim - (size_t)given;
        } else if (PySlice_Check(keys[i])) {
            if (!cut_slice(part, axis++, keys[i]))
                return false;
        } else if (!PyIndex_Check(keys[i])) {
            PyErr_Format(PyExc_TypeError, "an array is indexed by ints, slices and ..., not by %s",
                         Py_TYPE(keys[i])->tp_name);
            return false;
        } else if (!cut_index(part, axis, keys[i])) {
            return false;
        }
    }
    return true;
}

/* An element as an object. */
static PyObject *element(gil__python *python, const gil_buffer *at)
{
    gil__visit visit;
    if (!gil__visit_begin(&visit, python))
        return NULL;
    return gil__visit_end(&visit, gil__element_read(&visit.thread->env, (gil_dtype)at->dtype, at->data));
}

/* A part of an array. It keeps who has the memory, not the part that it was cut from: many cuts in a row make no chain,
 * which would end in as many calls. */
static PyObject *view(gil__python *python, PyObject *object, const gil_buffer *part)
{
    gil_buffer shown = *part;
    char nothing;
    if (!shown.data) /* an empty one needs an address all the same */
        shown.data = &nothing;
    gil__python_array *array = gil__array_make(python, &shown);
    if (array) {
        array->memory.data = part->data;
        const gil__python_array *from = (const gil__python_array *)object;
        bool is_part = from->whole && Py_TYPE(from->whole) == python->array_type;
        array->whole = Py_NewRef(is_part ? from->whole : object);
    }
    return (PyObject *)array;
}

static PyObject *subscript(PyObject *object, PyObject *key)
{
    gil_buffer part;
    gil__python *python = PyType_GetModuleState(Py_TYPE(object));
    if (!gil__array_part(&((gil__python_array *)object)->memory, key, &part))
        return NULL;
    return part.ndim == 0 ? element(python, &part) : view(python, object, &part);
}

static bool write_element(gil__python *python, const gil_buffer *at, PyObject *value)
{
    gil__visit visit;
    char brief[64];
    if (!gil__visit_begin(&visit, python))
        return false;
    gil_env *env = &visit.thread->env;
    gil__fit fit = gil__element_write(env, (gil_obj){value}, (gil_dtype)at->dtype, at->data);
    if (fit == GIL__WRONG_TYPE || fit == GIL__OUT_OF_RANGE)
        gil_raise(env, fit == GIL__WRONG_TYPE ? GIL_TYPE_ERROR : GIL_OVERFLOW_ERROR, "the element is %s, wanted %s",
                  gil__object_brief(env, (gil_obj){value}, brief, sizeof brief),
                  gil__element_wanted((gil_dtype)at->dtype));
    PyObject *done = gil__visit_end(&visit, fit == GIL__FITS ? gil_none_new(env) : GIL_NULL);
    Py_XDECREF(done);
    return done != NULL;
}

static int set_subscript(PyObject *object, PyObject *key, PyObject *value)
{
    const gil_buffer *m = &((gil__python_array *)object)->memory;
    gil_buffer part;
    if (!value)
        PyErr_SetString(PyExc_TypeError, "elements of an array cannot be deleted");
    else if (m->flags & GIL_BUFFER_READONLY)
        PyErr_SetString(PyExc_BufferError, "the array is read only");
    else if (!gil__array_part(m, key, &part))
        return -1;
    else if (part.ndim > 0)
        PyErr_SetString(PyExc_TypeError, "one element at a time: give an index for every dimension; memoryview and "
                                         "numpy.asarray(array) write many");
    else
        return write_element(PyType_GetModuleState(Py_TYPE(object)), &part, value) ? 0 : -1;
    return -1;
}

static Py_ssize_t length(PyObject *object)
{
    const gil_buffer *m = &((gil__python_array *)object)->memory;
    if (m->ndim > 0)
        return (Py_ssize_t)m->shape[0];
    PyErr_SetString(PyExc_TypeError, "an array of no dimensions has no length");
    return -1;
}

static PyObject *sequence_item(PyObject *object, Py_ssize_t index)
{
    PyObject *key = PyLong_FromSsize_t(index);
    PyObject *item = key ? subscript(object, key) : NULL;
    Py_XDECREF(key);
    return item;
}

/* By index; without dimensions there is nothing to go through. */
static PyObject *iterate(PyObject *object)
{
    if (((gil__python_array *)object)->memory.ndim > 0)
        return PySeqIter_New(object);
    PyErr_SetString(PyExc_TypeError, "an array of no dimensions is not gone through; array[()] is its element");
    return NULL;
}

static PyObject *list_of(gil__python *python, const gil_buffer *m)
{
    if (m->ndim == 0)
        return element(python, m);
    PyObject *list = PyList_New((Py_ssize_t)m->shape[0]);
    gil_buffer part = *m;
    part.ndim--;
    memmove(part.shape, part.shape + 1, part.ndim * sizeof part.shape[0]);
    memmove(part.strides, part.strides + 1, part.ndim * sizeof part.strides[0]);
    for (size_t i = 0; list && i < m->shape[0]; i++) {
        part.data = (char *)m->data + (ptrdiff_t)i * m->strides[0];
        PyObject *item = list_of(python, &part);
        if (!item)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    return list;
}

static PyObject *to_list(PyObject *object, PyObject *unused)
{
    (void)unused;
    return list_of(PyType_GetModuleState(Py_TYPE(object)), &((gil__python_array *)object)->memory);
}

/* ---- What it says of itself ----------------------------------------------------------------------------------- */

static PyObject *tuple_of(size_t count, const size_t *numbers)
{
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; tuple && i < count; i++) {
        PyObject *number = PyLong_FromSsize_t((Py_ssize_t)numbers[i]);
        if (!number)
            Py_CLEAR(tuple);
        else
            PyTuple_SET_ITEM(tuple, (Py_ssize_t)i, number);
    }
    return tuple;
}

static PyObject *get_shape(PyObject *object, void *unused)
{
    const gil_buffer *m = &((gil__python_array *)object)->memory;
    (void)unused;
    return tuple_of(m->ndim, m->shape);
}

static PyObject *get_strides(PyObject *object, void *unused)
{
    const gil_buffer *m = &((gil__python_array *)object)->memory;
    (void)unused;
    return tuple_of(m->ndim, (const size_t *)m->strides);
}

static PyObject *get_ndim(PyObject *object, void *unused)
{
    (void)unused;
    return PyLong_FromSize_t(((gil__python_array *)object)->memory.ndim);
}

static PyObject *get_dtype(PyObject *object, void *unused)
{
    (void)unused;
    return PyUnicode_FromString(gil__dtype_name(((gil__python_array *)object)->memory.dtype));
}

static PyObject *get_nbytes(PyObject *object, void *unused)
{
    const gil_buffer *m = &((gil__python_array *)object)->memory;
    (void)unused;
    return PyLong_FromSize_t(gil_buffer_count(m) * m->itemsize);
}

enum { SHOWN = 32 };

/* "gilkit.Array([1.0, 2.0], float64)"; a large one by its shape alone. */
static PyObject *show(PyObject *object)
{
    const gil_buffer *m = &((gil__python_array *)object)->memory;
    bool small = gil_buffer_count(m) <= SHOWN;
    PyObject *what = small ? to_list(object, NULL) : get_shape(object, NULL);
    PyObject *text = what ? PyUnicode_FromFormat(small ? "gilkit.Array(%R, %s)" : "<gilkit.Array of shape %R, %s>",
                                                 what, gil__dtype_name(m->dtype))
                          : NULL;
    Py_XDECREF(what);
    return text;
}

static PyGetSetDef getters[] = {
    {"shape", get_shape, NULL, "How many elements there are in each dimension.", NULL},
    {"strides", get_strides, NULL, "Bytes from one element to the next, in each dimension.", NULL},
    {"ndim", get_ndim, NULL, "How many dimensions it has.", NULL},
    {"dtype", get_dtype, NULL, "What its elements are, as \"float64\".", NULL},
    {"nbytes", get_nbytes, NULL, "Bytes of all its elements.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef methods[] = {
    {"tolist", to_list, METH_NOARGS, "Its elements as a list, of lists for several dimensions."},
    {"__dlpack__", (PyCFunction)(void (*)(void))gil__dlpack_export, METH_VARARGS | METH_KEYWORDS,
     "Its memory as a DLPack capsule; see the array API standard."},
    {"__dlpack_device__", gil__dlpack_device, METH_NOARGS, "(1, 0): the CPU's memory."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "A typed n-dimensional array: the buffer protocol, DLPack, indices and slices. Made by gilkit."},
    {Py_tp_dealloc, (void *)dealloc},
    {Py_tp_traverse, (void *)traverse},
    {Py_tp_clear, (void *)clear},
    {Py_tp_repr, (void *)show},
    {Py_tp_getset, getters},
    {Py_tp_methods, methods},
    {Py_bf_getbuffer, (void *)get_buffer},
    {Py_mp_subscript, (void *)subscript},
    {Py_mp_ass_subscript, (void *)set_subscript},
    {Py_mp_length, (void *)length},
    {Py_sq_length, (void *)length},
    {Py_sq_item, (void *)sequence_item},
    {Py_tp_iter, (void *)iterate},
    {Py_tp_hash, (void *)PyObject_HashNotImplemented},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "gilkit.Array",
    .basicsize = sizeof(gil__python_array),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | GIL__PY_CLOSED,
    .slots = slots,
};

bool gil__python_add_array_type(gil__python *python)
{
    python->array_type = gil__python_make_type(python->package, &spec, NULL);
    return python->array_type && PyModule_AddObjectRef(python->package, "Array", (PyObject *)python->array_type) == 0;
}
