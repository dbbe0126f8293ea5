/* SPDX-License-Identifier: MIT
 *
 * What every object answers; none, numbers, text and bytes.
 */
#include "host/cpython/object.h"

#include <string.h>

/* ---- What it is ----------------------------------------------------------------------------------------------- */

static gil_type type_by_class(gil__python *python, PyObject *object)
{
    if (gil__python_resource_of(object))
        return GIL_OBJ_RESOURCE;
    if (gil__python_is_function(python, object))
        return GIL_OBJ_FUNCTION;
    if (PyModule_Check(object))
        return GIL_OBJ_MODULE;
    if (PyExceptionInstance_Check(object))
        return GIL_OBJ_EXCEPTION;
    if (PyExceptionClass_Check(object))
        return GIL_OBJ_TYPE;
    if (PyType_Check(object) && PyType_IsSubtype((PyTypeObject *)object, python->resource_base))
        return GIL_OBJ_TYPE;
    if (PyMethod_Check(object) && gil__python_is_function(python, PyMethod_GET_FUNCTION(object)))
        return GIL_OBJ_FUNCTION;
    return gil__python_is_array(python, object) ? GIL_OBJ_ARRAY : GIL_OBJ_OTHER;
}

/* Classes below Python's own are what those are. */
gil_type gil__python_type_of(gil_env *env, gil_obj handle)
{
    PyObject *object = gil__py(handle);
    if (!object)
        return GIL_OBJ_OTHER;
    if (PyFloat_Check(object))
        return GIL_OBJ_FLOAT;
    if (PyBool_Check(object))
        return GIL_OBJ_BOOL;
    if (PyLong_Check(object))
        return GIL_OBJ_INT;
    if (PyUnicode_Check(object))
        return GIL_OBJ_STR;
    if (PyList_Check(object))
        return GIL_OBJ_LIST;
    if (PyTuple_Check(object))
        return GIL_OBJ_TUPLE;
    if (PyDict_Check(object))
        return GIL_OBJ_DICT;
    if (PyBytes_Check(object))
        return GIL_OBJ_BYTES;
    if (object == Py_None)
        return GIL_OBJ_NONE;
    if (PyComplex_Check(object))
        return GIL_OBJ_COMPLEX;
    return type_by_class(gil__python_of(env), object);
}

const char *gil__python_type_name(gil_env *env, gil_obj handle)
{
    (void)env;
    if (gil_is_null(handle))
        return "GIL_NULL";
    const char *name = Py_TYPE(gil__py(handle))->tp_name;
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

bool gil__python_truth(gil_env *env, gil_obj handle, bool *value)
{
    PyObject *object = gil__python_object_of(env, handle);
    int truth = object ? PyObject_IsTrue(object) : -1;
    if (object && gil__python_fine(env, truth))
        *value = truth > 0;
    return truth >= 0;
}

bool gil__python_same(gil_env *env, gil_obj a, gil_obj b)
{
    (void)env;
    return a.gil__handle == b.gil__handle;
}

bool gil__python_compare(gil_env *env, gil_obj a, gil_comparison how, gil_obj b, bool *value)
{
    static const int operations[] = {Py_LT, Py_LE, Py_EQ, Py_NE, Py_GT, Py_GE};
    if (!gil__python_object_of(env, a) || !gil__python_object_of(env, b))
        return false;
    if ((unsigned)how > GIL_GE) {
        gil_raise(env, GIL_VALUE_ERROR, "%d is no comparison", (int)how);
        return false;
    }
    /* Not PyObject_RichCompareBool, for which a NaN is equal to itself. */
    PyObject *said = PyObject_RichCompare(gil__py(a), gil__py(b), operations[how]);
    int answer = said ? PyObject_IsTrue(said) : -1;
    Py_XDECREF(said);
    if (!gil__python_fine(env, answer))
        return false;
    *value = answer > 0;
    return true;
}

bool gil__python_hash(gil_env *env, gil_obj handle, int64_t *value)
{
    PyObject *object = gil__python_object_of(env, handle);
    if (!object)
        return false;
    Py_hash_t hash = PyObject_Hash(object);
    if (hash == -1) {
        gil__python_failed(env);
        return false;
    }
    *value = hash;
    return true;
}

gil_obj gil__python_to_str(gil_env *env, gil_obj handle)
{
    PyObject *object = gil__python_object_of(env, handle);
    return object ? gil__python_own(env, PyObject_Str(object)) : GIL_NULL;
}

gil_obj gil__python_to_repr(gil_env *env, gil_obj handle)
{
    PyObject *object = gil__python_object_of(env, handle);
    return object ? gil__python_own(env, PyObject_Repr(object)) : GIL_NULL;
}

bool gil__python_is_callable(gil_env *env, gil_obj handle)
{
    (void)env;
    return !gil_is_null(handle) && PyCallable_Check(gil__py(handle));
}

bool gil__python_is_instance(gil_env *env, gil_obj handle, gil_obj type)
{
    bool yes = false;
    if (!gil_is_null(handle) && !gil_is_null(type) && PyType_Check(gil__py(type)))
        yes = PyType_IsSubtype(Py_TYPE(gil__py(handle)), (PyTypeObject *)gil__py(type));
    (void)env;
    return yes;
}

/* ---- None and numbers ----------------------------------------------------------------------------------------- */

gil_obj gil__python_none_new(gil_env *env)
{
    return gil__python_show(env, Py_None);
}

gil_obj gil__python_bool_new(gil_env *env, bool value)
{
    return gil__python_show(env, value ? Py_True : Py_False);
}

gil_obj gil__python_int_new(gil_env *env, int64_t value)
{
    return gil__python_own(env, PyLong_FromLongLong(value));
}

gil_obj gil__python_uint_new(gil_env *env, uint64_t value)
{
    return gil__python_own(env, PyLong_FromUnsignedLongLong(value));
}

gil_obj gil__python_float_new(gil_env *env, double value)
{
    return gil__python_own(env, PyFloat_FromDouble(value));
}

gil_obj gil__python_complex_new(gil_env *env, double real, double imag)
{
    return gil__python_own(env, PyComplex_FromDoubles(real, imag));
}

/* numpy.bool_ says what it is through its class's name alone. It is no int: NumPy 1 takes it for one, with a warning. */
static bool is_bool_of_numpy(PyObject *object)
{
    const char *name = Py_TYPE(object)->tp_name;
    return strcmp(name, "numpy.bool_") == 0 || strcmp(name, "numpy.bool") == 0;
}

/* An int as __index__ makes it, counted; NULL with TypeError pending. */
static PyObject *index_of(gil_env *env, gil_obj handle)
{
    PyObject *object = gil__python_object_of(env, handle);
    PyObject *index = NULL;
    if (!object)
        return NULL;
    if (!PyIndex_Check(object) || is_bool_of_numpy(object))
        gil__python_wanted(env, handle, "int");
    else if (!(index = PyNumber_Index(object)))
        gil__python_failed(env);
    return index;
}

bool gil__python_int_get(gil_env *env, gil_obj handle, int64_t *value)
{
    int overflow;
    PyObject *index = index_of(env, handle);
    if (!index)
        return false;
    long long number = PyLong_AsLongLongAndOverflow(index, &overflow);
    Py_DECREF(index);
    if (overflow)
        gil_raise(env, GIL_OVERFLOW_ERROR, "the int does not fit 64 bits with a sign");
    else
        *value = number;
    return !overflow;
}

bool gil__python_uint_get(gil_env *env, gil_obj handle, uint64_t *value)
{
    PyObject *index = index_of(env, handle);
    if (!index)
        return false;
    unsigned long long number = PyLong_AsUnsignedLongLong(index);
    Py_DECREF(index);
    if (number == (unsigned long long)-1 && PyErr_Occurred()) {
        PyErr_Clear();
        gil_raise(env, GIL_OVERFLOW_ERROR, "the int does not fit 64 bits without a sign");
        return false;
    }
    *value = number;
    return true;
}

bool gil__python_bool_get(gil_env *env, gil_obj handle, bool *value)
{
    int64_t number;
    PyObject *object = gil__python_object_of(env, handle);
    if (!object)
        return false;
    if (PyBool_Check(object) || is_bool_of_numpy(object))
        return gil__python_truth(env, handle, value);
    if (!PyIndex_Check(object))
        return gil__python_wanted(env, handle, "bool");
    if (!gil__python_int_get(env, handle, &number))
        return false;
    if (number != 0 && number != 1) {
        gil_raise(env, GIL_VALUE_ERROR, "the int is neither 0 nor 1");
        return false;
    }
    *value = number == 1;
    return true;
}

/* NumPy's complex numbers have a __float__, which drops the imaginary part. */
static bool is_complex_of_numpy(PyObject *object)
{
    static const char *const names[] = {"numpy.complex64", "numpy.clongdouble", "numpy.complex256"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(Py_TYPE(object)->tp_name, names[i]) == 0)
            return true;
    return false;
}

/* Text is no number, although float() reads it; what has __float__ or __index__ is one. */
static bool is_real(PyObject *object)
{
    const PyNumberMethods *numbers = Py_TYPE(object)->tp_as_number;
    return PyFloat_Check(object) || PyIndex_Check(object) || (numbers && numbers->nb_float);
}

bool gil__python_float_get(gil_env *env, gil_obj handle, double *value)
{
    PyObject *object = gil__python_object_of(env, handle);
    if (!object)
        return false;
    if (!is_real(object) || is_complex_of_numpy(object))
        return gil__python_wanted(env, handle, "float");
    double number = PyFloat_AsDouble(object);
    if (number == -1 && PyErr_Occurred()) {
        gil__python_failed(env);
        return false;
    }
    *value = number;
    return true;
}

bool gil__python_complex_get(gil_env *env, gil_obj handle, double *real, double *imag)
{
    PyObject *object = gil__python_object_of(env, handle);
    if (!object)
        return false;
    if (!PyComplex_Check(object) && !is_real(object) &&
        !PyObject_HasAttrString((PyObject *)Py_TYPE(object), "__complex__"))
        return gil__python_wanted(env, handle, "complex");
    Py_complex number = PyComplex_AsCComplex(object);
    if (number.real == -1 && PyErr_Occurred()) {
        gil__python_failed(env);
        return false;
    }
    *real = number.real;
    *imag = number.imag;
    return true;
}

gil_obj gil__python_to_int(gil_env *env, gil_obj handle)
{
    PyObject *object = gil__python_object_of(env, handle);
    return object ? gil__python_own(env, PyNumber_Long(object)) : GIL_NULL;
}

gil_obj gil__python_to_float(gil_env *env, gil_obj handle)
{
    PyObject *object = gil__python_object_of(env, handle);
    return object ? gil__python_own(env, PyNumber_Float(object)) : GIL_NULL;
}

gil_obj gil__python_int_parse(gil_env *env, const char *text, size_t length, int base)
{
    PyObject *str = gil__python_text(text, length);
    PyObject *number = str ? PyLong_FromUnicodeObject(str, base) : NULL;
    Py_XDECREF(str);
    return gil__python_own(env, number);
}

gil_obj gil__python_float_parse(gil_env *env, const char *text, size_t length)
{
    PyObject *str = gil__python_text(text, length);
    PyObject *number = str ? PyFloat_FromString(str) : NULL;
    Py_XDECREF(str);
    return gil__python_own(env, number);
}

/* ---- Text and bytes ------------------------------------------------------------------------------------------- */

gil_obj gil__python_str_new(gil_env *env, const char *utf8, size_t length)
{
    PyObject *text = PyUnicode_DecodeUTF8(utf8 ? utf8 : "", (Py_ssize_t)length, NULL);
    if (text || !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        return gil__python_own(env, text);
    PyObject *raised = gil__py_take_raised();
    Py_ssize_t start = 0;
    PyUnicodeDecodeError_GetStart(raised, &start);
    Py_DECREF(raised);
    return gil_raise(env, GIL_UNICODE_ERROR, "byte %zd of the text is not UTF-8", start);
}

bool gil__python_str_get(gil_env *env, gil_obj handle, const char **utf8, size_t *length)
{
    Py_ssize_t size;
    PyObject *object = gil__python_object_of(env, handle);
    if (!object)
        return false;
    if (!PyUnicode_Check(object))
        return gil__python_wanted(env, handle, "str");
    const char *text = PyUnicode_AsUTF8AndSize(object, &size);
    if (!text) {
        gil__python_failed(env);
        return false;
    }
    *utf8 = text;
    if (length)
        *length = (size_t)size;
    return true;
}

gil_obj gil__python_str_format_v(gil_env *env, const char *format, va_list arguments)
{
    return gil__python_own(env, gil__python_format_v(format, arguments));
}

bool gil__python_str_is(gil_env *env, gil_obj handle, const char *utf8)
{
    (void)env;
    return !gil_is_null(handle) && PyUnicode_Check(gil__py(handle)) &&
           PyUnicode_CompareWithASCIIString(gil__py(handle), utf8) == 0;
}

gil_obj gil__python_str_join(gil_env *env, gil_obj separator, gil_obj parts)
{
    if (!gil__python_object_of(env, separator) || !gil__python_object_of(env, parts))
        return GIL_NULL;
    if (!PyUnicode_Check(gil__py(separator))) { /* Python looks only where it is needed */
        gil__python_wanted(env, separator, "str");
        return GIL_NULL;
    }
    return gil__python_own(env, PyUnicode_Join(gil__py(separator), gil__py(parts)));
}

gil_obj gil__python_str_split(gil_env *env, gil_obj text, gil_obj separator)
{
    if (!gil__python_object_of(env, text) || (gil_is_null(separator) && gil_error_pending(env)))
        return GIL_NULL;
    if (!PyUnicode_Check(gil__py(text)) || (!gil_is_null(separator) && !PyUnicode_Check(gil__py(separator)))) {
        gil__python_wanted(env, PyUnicode_Check(gil__py(text)) ? separator : text, "str");
        return GIL_NULL;
    }
    return gil__python_own(env, PyUnicode_Split(gil__py(text), gil__py(separator), -1));
}

gil_obj gil__python_bytes_new(gil_env *env, const void *data, size_t length)
{
    return gil__python_own(env, PyBytes_FromStringAndSize(length ? data : "", (Py_ssize_t)length));
}

bool gil__python_bytes_get(gil_env *env, gil_obj handle, const void **data, size_t *length)
{
    PyObject *object = gil__python_object_of(env, handle);
    if (!object)
        return false;
    if (!PyBytes_Check(object))
        return gil__python_wanted(env, handle, "bytes");
    *data = PyBytes_AS_STRING(object);
    if (length)
        *length = (size_t)PyBytes_GET_SIZE(object);
    return true;
}
