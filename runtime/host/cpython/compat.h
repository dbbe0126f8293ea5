/* SPDX-License-Identifier: MIT
 *
 * What Python 3.9 to 3.15 call differently.
 */
#ifndef GILKIT_HOST_CPYTHON_COMPAT_H
#define GILKIT_HOST_CPYTHON_COMPAT_H

#include <Python.h>
#include <stdbool.h>
#include <structmember.h>

/* A class of ours that callers neither make objects of nor change; 3.9 has no words for it. */
#if PY_VERSION_HEX >= 0x030A0000
#define GIL__PY_CLOSED (Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE)
#else
#define GIL__PY_CLOSED 0
#endif

#if PY_VERSION_HEX < 0x030A0000
static inline PyObject *Py_NewRef(PyObject *object)
{
    Py_INCREF(object);
    return object;
}

static inline PyObject *Py_XNewRef(PyObject *object)
{
    Py_XINCREF(object);
    return object;
}

static inline int PyModule_AddObjectRef(PyObject *module, const char *name, PyObject *value)
{
    Py_INCREF(value);
    int status = PyModule_AddObject(module, name, value);
    if (status < 0)
        Py_DECREF(value);
    return status;
}
#endif

/* The exception that is raised, as one object; NULL: none. */
static inline PyObject *gil__py_take_raised(void)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyErr_GetRaisedException();
#else
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (!type)
        return NULL;
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback)
        PyException_SetTraceback(value, traceback);
    Py_DECREF(type);
    Py_XDECREF(traceback);
    return value;
#endif
}

/* Raise it; the count is taken over. */
static inline void gil__py_raise(PyObject *exception)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyErr_SetRaisedException(exception);
#else
    PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(exception)), exception, PyException_GetTraceback(exception));
#endif
}

/* The thread state with which this thread runs Python now; NULL: it does not. */
static inline PyThreadState *gil__py_current(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#elif PY_VERSION_HEX >= 0x030C0000
    return _PyThreadState_UncheckedGet();
#else
    /* That of whoever has the GIL, perhaps another thread. One that Python knows and that runs another interpreter has it
     * under another state than its own: only such a thread looks into it. */
    PyThreadState *state = _PyThreadState_UncheckedGet(), *own = PyGILState_GetThisThreadState();
    bool mine = state && own && (state == own || state->thread_id == PyThread_get_thread_ident());
    return mine ? state : NULL;
#endif
}

/* Has nobody but the caller a count of it, and can nobody get one meanwhile? Without a GIL only the thread that made it
 * can know; others are told no. */
static inline bool gil__py_is_single(PyObject *object)
{
#ifndef Py_GIL_DISABLED
    return Py_REFCNT(object) == 1;
#elif PY_VERSION_HEX >= 0x030E0000
    return PyUnstable_Object_IsUniquelyReferenced(object);
#else
    return _Py_IsOwnedByCurrentThread(object) && __atomic_load_n(&object->ob_ref_local, __ATOMIC_RELAXED) == 1 &&
           __atomic_load_n(&object->ob_ref_shared, __ATOMIC_RELAXED) == 0;
#endif
}

/* Where there is always a GIL. */
#ifndef Py_BEGIN_CRITICAL_SECTION
#define Py_BEGIN_CRITICAL_SECTION(object) {
#define Py_END_CRITICAL_SECTION()         }
#endif

#if PY_VERSION_HEX < 0x030D0000
/* 1 and *value, 0 and NULL, or -1. */
static inline int PyDict_GetItemRef(PyObject *dict, PyObject *key, PyObject **value)
{
    *value = Py_XNewRef(PyDict_GetItemWithError(dict, key));
    return *value ? 1 : PyErr_Occurred() ? -1 : 0;
}

/* 1: it was there, 0: it is now, or -1 and NULL. */
static inline int PyDict_SetDefaultRef(PyObject *dict, PyObject *key, PyObject *otherwise, PyObject **value)
{
    *value = Py_XNewRef(PyDict_SetDefault(dict, key, otherwise));
    return !*value ? -1 : *value != otherwise;
}

static inline int PyObject_GetOptionalAttrString(PyObject *object, const char *name, PyObject **value)
{
    *value = PyObject_GetAttrString(object, name);
    if (*value)
        return 1;
    if (!PyErr_ExceptionMatches(PyExc_AttributeError))
        return -1;
    PyErr_Clear();
    return 0;
}
#endif

#endif
