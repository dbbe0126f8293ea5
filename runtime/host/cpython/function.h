/* SPDX-License-Identifier: MIT
 *
 * A function, or a method, as a Python object.
 */
#ifndef GILKIT_HOST_CPYTHON_FUNCTION_H
#define GILKIT_HOST_CPYTHON_FUNCTION_H

#include "host/cpython/object.h"

struct gil__quick;

typedef struct gil__python_function {
    PyObject_HEAD vectorcallfunc vectorcall;
    const gil__function *function;
    void (*code)(void); /* the function's */
    PyObject *spare;    /* quick.c: a float that a result may be; owned; NULL: none */
    gil__python *python;
    PyObject *home;           /* the module, the class of a method or the library: kept; what keeps `function` */
    PyObject *weak;           /* weak references to it */
    struct gil__quick *quick; /* how quick.c calls it; owned; NULL: it cannot */
    gil_policy policy;        /* GIL_AUTO: the function's own */
    gil__function bound;      /* of a plain library: this object's own; otherwise empty */
} gil__python_function;

/* What Python calls with. */
typedef struct gil__python_given {
    PyObject *self; /* of a method; NULL: a function */
    PyObject *const *items;
    Py_ssize_t count;
    PyObject *names; /* of keywords, whose values stand behind the others; NULL: none */
    bool *began;     /* set when the code begins to run; NULL: nobody asks */
} gil__python_given;

/* A call through objects and handles, as every function can be called.
 *   errors: NULL: raised; of a `next` also at its end */
PyObject *gil__python_function_call(gil__python *python, PyObject *home, const gil__function *function,
                                    gil_policy policy, const gil__python_given *given);

/* A function of a plain library. `function` is taken over, also on failure. */
PyObject *gil__python_function_bind(gil__python *python, PyObject *library, gil__function *function, gil_policy policy);

/* The general way; what vectorcall is where there is no quick one. */
PyObject *gil__general_call(PyObject *function, PyObject *const *items, size_t count, PyObject *names);

/* quick.c: a function that needs no handles is called so from now on; others are left. false: MemoryError raised. */
bool gil__quick_begin(gil__python_function *object);
void gil__quick_end(gil__python_function *object);

/* signature.c: what a caller gives, as "(x, y)" and as an inspect.Signature. NULL: raised. */
PyObject *gil__signature_text(const gil__function *function);
PyObject *gil__signature_object(const gil__function *function);

/* numpy.c: arrays among the results as NumPy's own when an argument was one. The result is taken over. */
PyObject *gil__numpy_results(gil__python *python, PyObject *result, const gil__python_given *given);

#endif
