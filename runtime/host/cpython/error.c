/* SPDX-License-Identifier: MIT
 *
 * Exceptions: between Python's indicator and what is pending in an env, and by kind.
 */
#include "host/cpython/object.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

gil_obj gil__python_failed(gil_env *env)
{
    PyObject *raised = gil__py_take_raised();
    if (!raised) { /* Python said that it failed, and did not say why */
        PyErr_SetString(PyExc_SystemError, "Python failed without an exception");
        raised = gil__py_take_raised();
    }
    gil__thread_set_error(gil__thread_of(env), raised);
    return GIL_NULL;
}

PyObject *gil__python_raise(gil__thread *thread)
{
    PyObject *pending = thread->error;
    thread->error = NULL;
    if (pending)
        gil__py_raise(pending);
    else
        PyErr_SetString(PyExc_SystemError, "gilkit failed without an exception");
    return NULL;
}

bool gil__python_refuse_null(gil_env *env)
{
    if (!gil__thread_of(env)->error)
        gil_raise(env, GIL_TYPE_ERROR, "GIL_NULL is no object");
    return false;
}

bool gil__python_wanted(gil_env *env, gil_obj object, const char *what)
{
    gil_raise(env, GIL_TYPE_ERROR, "%s is not %s", gil_type_name(env, object), what);
    return false;
}

void *gil__python_no_memory(void)
{
    PyErr_NoMemory();
    return gil__py_take_raised();
}

/* What ends a thread of Python's without a word: a traceback that a daemon thread prints while Python ends can make it
 * abort. What runs on the thread that ends Python is told why. */
void gil__python_stopped(gil__thread *thread)
{
    if (thread == __atomic_load_n(&thread->runtime->closer, __ATOMIC_RELAXED))
        return;
    PyObject *text = PyObject_Str(thread->error);
    PyObject *ends = text ? PyObject_CallOneArg(PyExc_SystemExit, text) : NULL;
    Py_XDECREF(text);
    if (ends)
        gil__thread_set_error(thread, ends);
    else
        PyErr_Clear(); /* no memory: then it is the RuntimeError */
}

PyObject *gil__python_exception(gil_error_kind kind)
{
    /* In the order of GIL_ERROR_KINDS; addresses, because the classes are made when Python starts. */
    static PyObject **const classes[] = {&PyExc_Exception,         &PyExc_TypeError,         &PyExc_ValueError,
                                         &PyExc_OverflowError,     &PyExc_ZeroDivisionError, &PyExc_IndexError,
                                         &PyExc_KeyError,          &PyExc_AttributeError,    &PyExc_BufferError,
                                         &PyExc_MemoryError,       &PyExc_OSError,           &PyExc_ImportError,
                                         &PyExc_RuntimeError,      &PyExc_SystemError,       &PyExc_NotImplementedError,
                                         &PyExc_TimeoutError,      &PyExc_UnicodeError,      &PyExc_StopIteration,
                                         &PyExc_KeyboardInterrupt, &PyExc_AssertionError,    &PyExc_LookupError,
                                         &PyExc_ArithmeticError,   &PyExc_EOFError,          &PyExc_FileNotFoundError,
                                         &PyExc_FileExistsError,   &PyExc_PermissionError,   &PyExc_RecursionError};
    return (size_t)kind < sizeof classes / sizeof classes[0] ? *classes[kind] : PyExc_Exception;
}

/* The nearest class above that has a kind. */
gil_error_kind gil__python_kind(PyTypeObject *type)
{
    for (; type; type = type->tp_base)
        for (int kind = 0; kind <= GIL_RECURSION_ERROR; kind++)
            if (gil__python_exception((gil_error_kind)kind) == (PyObject *)type)
                return (gil_error_kind)kind;
    return GIL_EXCEPTION;
}

/* ---- Raising ------------------------------------------------------------------------------------------------ */

PyObject *gil__python_text(const char *bytes, size_t length)
{
    PyObject *text = PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)length, "strict");
    if (text || !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        return text;
    PyErr_Clear();
    char *mended = gil__strndup(bytes, length);
    if (!mended)
        return PyErr_NoMemory();
    gil__utf8_mend(mended, length);
    text = PyUnicode_DecodeUTF8(mended, (Py_ssize_t)length, "replace");
    gil__free(mended);
    return text;
}

PyObject *gil__python_format_v(const char *format, va_list arguments)
{
    char few[512];
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(few, sizeof few, format, arguments);
    PyObject *text = NULL;
    if (length < 0) {
        PyErr_Format(PyExc_ValueError, "the format cannot be printed: %s", strerror(errno));
    } else if ((size_t)length < sizeof few) {
        text = gil__python_text(few, (size_t)length);
    } else {
        char *many = gil__alloc((size_t)length + 1, 1);
        if (many) {
            vsnprintf(many, (size_t)length + 1, format, again);
            text = gil__python_text(many, (size_t)length);
            gil__free(many);
        } else {
            PyErr_NoMemory();
        }
    }
    va_end(again);
    return text;
}

/* The formatted message; the format itself where it cannot be printed: an error message must not fail. */
static PyObject *format_message(const char *format, va_list arguments)
{
    PyObject *message = gil__python_format_v(format, arguments);
    if (!message && PyErr_ExceptionMatches(PyExc_ValueError)) {
        PyErr_Clear();
        message = gil__python_text(format, strlen(format));
    }
    return message;
}

/* Raise a class with a message; whatever fails is raised instead. */
static gil_obj raise_class(gil_env *env, PyObject *class, const char *format, va_list arguments)
{
    PyObject *message = format_message(format, arguments);
    if (message) {
        PyErr_SetObject(class, message);
        Py_DECREF(message);
    }
    return gil__python_failed(env);
}

gil_obj gil__python_error_raise_v(gil_env *env, gil_error_kind kind, const char *format, va_list arguments)
{
    return raise_class(env, gil__python_exception(kind), format, arguments);
}

gil_obj gil__python_error_raise_type_v(gil_env *env, gil_obj type, const char *format, va_list arguments)
{
    if (gil_is_null(type)) {
        gil__python_refuse_null(env);
        return GIL_NULL;
    }
    if (!PyExceptionClass_Check(gil__py(type)))
        return gil_raise(env, GIL_TYPE_ERROR, "%s is no exception type", gil_type_name(env, type));
    return raise_class(env, gil__py(type), format, arguments);
}

gil_obj gil__python_error_raise_errno(gil_env *env, int number, const char *path)
{
    PyObject *arguments = NULL;
    char buffer[128];
    const char *said = strerror_r(number, buffer, sizeof buffer);
    PyObject *text = gil__python_text(said, strlen(said));
    PyObject *name = path ? PyUnicode_DecodeFSDefault(path) : NULL;
    if (text && (name || !path))
        arguments = path ? Py_BuildValue("(iOO)", number, text, name) : Py_BuildValue("(iO)", number, text);
    if (arguments) {
        PyObject *exception = PyObject_Call(PyExc_OSError, arguments, NULL);
        if (exception)
            gil__py_raise(exception);
        Py_DECREF(arguments);
    }
    Py_XDECREF(text);
    Py_XDECREF(name);
    return gil__python_failed(env);
}

/* ---- What is pending ---------------------------------------------------------------------------------------- */

bool gil__python_error_pending(gil_env *env)
{
    return gil__thread_of(env)->error != NULL;
}

void gil__python_error_clear(gil_env *env)
{
    gil__thread_set_error(gil__thread_of(env), NULL);
}

gil_obj gil__python_error_fetch(gil_env *env)
{
    gil__thread *thread = gil__thread_of(env);
    PyObject *pending = thread->error;
    thread->error = NULL;
    return gil__thread_handle(thread, pending);
}

static bool is_exception(gil_env *env, gil_obj object)
{
    if (gil_is_null(object))
        return gil__python_refuse_null(env);
    if (PyExceptionInstance_Check(gil__py(object)))
        return true;
    gil_raise(env, GIL_TYPE_ERROR, "%s is no exception", gil_type_name(env, object));
    return false;
}

gil_obj gil__python_error_restore(gil_env *env, gil_obj exception)
{
    if (is_exception(env, exception))
        gil__thread_set_error(gil__thread_of(env), Py_NewRef(gil__py(exception)));
    return GIL_NULL;
}

/* ---- Looking at one ------------------------------------------------------------------------------------------- */

gil_error_kind gil__python_exception_kind(gil_env *env, gil_obj exception)
{
    (void)env;
    if (gil_is_null(exception) || !PyExceptionInstance_Check(gil__py(exception)))
        return GIL_EXCEPTION;
    return gil__python_kind(Py_TYPE(gil__py(exception)));
}

/* As str() of it; but a KeyError's one argument itself, which Python would show as a repr. */
gil_obj gil__python_exception_message(gil_env *env, gil_obj exception)
{
    if (!is_exception(env, exception))
        return GIL_NULL;
    PyBaseExceptionObject *raised = (PyBaseExceptionObject *)gil__py(exception);
    if (PyErr_GivenExceptionMatches(gil__py(exception), PyExc_KeyError) && PyTuple_GET_SIZE(raised->args) == 1 &&
        PyUnicode_Check(PyTuple_GET_ITEM(raised->args, 0)))
        return gil__python_show(env, PyTuple_GET_ITEM(raised->args, 0));
    return gil__python_own(env, PyObject_Str(gil__py(exception)));
}

bool gil__python_exception_matches(gil_env *env, gil_obj exception, gil_error_kind kind)
{
    (void)env;
    return !gil_is_null(exception) && PyExceptionInstance_Check(gil__py(exception)) &&
           PyErr_GivenExceptionMatches(gil__py(exception), gil__python_exception(kind));
}

gil_obj gil__python_exception_cause(gil_env *env, gil_obj exception)
{
    if (!is_exception(env, exception))
        return GIL_NULL;
    PyObject *cause = PyException_GetCause(gil__py(exception));
    return cause ? gil__python_own(env, cause) : GIL_NULL;
}

/* Is `exception` that cause, or a cause of it? Python code may have made a ring of causes: the second walker, at half the
 * speed, is met there. Both are counted: other threads may change causes. */
static bool is_above(PyObject *cause, PyObject *exception)
{
    PyObject *above = Py_XNewRef(cause), *slow = Py_XNewRef(cause);
    bool found = false, ring = false, odd = false;
    while (above && !found && !ring) {
        found = above == exception;
        Py_SETREF(above, PyException_GetCause(above));
        if (odd && slow)
            Py_SETREF(slow, PyException_GetCause(slow));
        odd = !odd;
        ring = above && above == slow;
    }
    Py_XDECREF(above);
    Py_XDECREF(slow);
    return found;
}

bool gil__python_exception_set_cause(gil_env *env, gil_obj exception, gil_obj cause)
{
    if (!is_exception(env, exception) || (!gil_is_null(cause) && !is_exception(env, cause)))
        return false;
    if (is_above(gil__py(cause), gil__py(exception))) {
        gil_raise(env, GIL_VALUE_ERROR, "the exception would be its own cause");
        return false;
    }
    PyException_SetCause(gil__py(exception), Py_XNewRef(gil__py(cause)));
    return true;
}

gil_obj gil__python_exception_type(gil_env *env, gil_error_kind kind)
{
    return gil__python_show(env, gil__python_exception(kind));
}

gil_obj gil__python_exception_type_new(gil_env *env, const char *name, gil_obj base, const char *doc)
{
    if (!gil_is_null(base) && !PyExceptionClass_Check(gil__py(base)))
        return gil_raise(env, GIL_TYPE_ERROR, "%s is no exception type", gil_type_name(env, base));
    if (gil_is_null(base) && gil__thread_of(env)->error)
        return GIL_NULL;
    const gil__frame *frame = gil__thread_frame(gil__thread_of(env));
    PyObject *full = strchr(name, '.') ? PyUnicode_FromString(name)
                                       : PyUnicode_FromFormat("%s.%s", frame ? frame->module : "gilkit", name);
    const char *text = full ? PyUnicode_AsUTF8(full) : NULL;
    PyObject *type = text ? PyErr_NewExceptionWithDoc(text, doc, gil__py(base), NULL) : NULL;
    Py_XDECREF(full);
    return gil__python_own(env, type);
}
