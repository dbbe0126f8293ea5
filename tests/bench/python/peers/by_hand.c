/* SPDX-License-Identifier: MIT
 *
 * What a careful author writes without a tool, the yardstick of the others: METH_FASTCALL, a float taken as Argument
 * Clinic takes it, the buffer protocol for arrays. NAME is the module's name: it is built twice, and how far the two
 * differ is how far this machine can be trusted.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "kernels.h"

#define PASTE_(a, b) a##b
#define PASTE(a, b)  PASTE_(a, b)
#define TEXT_(a)     #a
#define TEXT(a)      TEXT_(a)

static int take_double(PyObject *from, double *to)
{
    if (PyFloat_CheckExact(from)) {
        *to = PyFloat_AS_DOUBLE(from);
        return 1;
    }
    *to = PyFloat_AsDouble(from);
    return *to != -1.0 || !PyErr_Occurred();
}

static int take_two(const char *name, PyObject *const *args, Py_ssize_t n_args, double *a, double *b)
{
    if (n_args != 2) {
        PyErr_Format(PyExc_TypeError, "%s expected 2 arguments, got %zd", name, n_args);
        return 0;
    }
    return take_double(args[0], a) && take_double(args[1], b);
}

static PyObject *add_held(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    double a, b;
    (void)self;
    return take_two("add_held", args, n_args, &a, &b) ? PyFloat_FromDouble(add(a, b)) : NULL;
}

static PyObject *add_released(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    double a, b, sum;
    (void)self;
    if (!take_two("add_released", args, n_args, &a, &b))
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    sum = add(a, b);
    Py_END_ALLOW_THREADS;
    return PyFloat_FromDouble(sum);
}

static int take_doubles(PyObject *from, Py_buffer *view)
{
    if (PyObject_GetBuffer(from, view, PyBUF_ND | PyBUF_FORMAT))
        return 0;
    if (view->ndim == 1 && view->itemsize == sizeof(double) && view->format && !strcmp(view->format, "d"))
        return 1;
    PyBuffer_Release(view);
    PyErr_SetString(PyExc_TypeError, "dot expected one-dimensional arrays of double");
    return 0;
}

static PyObject *dot_held(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    Py_buffer x, y;
    PyObject *result = NULL;
    (void)self;
    if (n_args != 2)
        return PyErr_Format(PyExc_TypeError, "dot expected 2 arguments, got %zd", n_args);
    if (!take_doubles(args[0], &x))
        return NULL;
    if (take_doubles(args[1], &y)) {
        if (x.shape[0] == y.shape[0])
            result = PyFloat_FromDouble(dot((size_t)x.shape[0], x.buf, y.buf));
        else
            PyErr_SetString(PyExc_ValueError, "dot expected arrays of one length");
        PyBuffer_Release(&y);
    }
    PyBuffer_Release(&x);
    return result;
}

static PyMethodDef methods[] = {
    {"add_held", (PyCFunction)(void (*)(void))add_held, METH_FASTCALL, "Sum, with the GIL held."},
    {"add_released", (PyCFunction)(void (*)(void))add_released, METH_FASTCALL, "Sum, with the GIL released."},
    {"dot", (PyCFunction)(void (*)(void))dot_held, METH_FASTCALL, "Inner product of x and y."},
    {0},
};

static PyModuleDef_Slot slots[] = {
#if PY_VERSION_HEX >= 0x030c0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = TEXT(NAME),
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PASTE(PyInit_, NAME)(void)
{
    return PyModuleDef_Init(&definition);
}
