/* SPDX-License-Identifier: MIT
 *
 * gilkit.Array, and memory of other objects.
 */
#ifndef GILKIT_HOST_CPYTHON_ARRAY_H
#define GILKIT_HOST_CPYTHON_ARRAY_H

#include "host/cpython/object.h"

/* An n-dimensional array that owns its memory, borrows it from a module, or shows a part of another. */
typedef struct gil__python_array {
    PyObject_HEAD gil_buffer memory;
    gil_release_fn release; /* of borrowed memory; NULL: nothing to call */
    void *owner;
    PyObject *whole; /* whose memory it shows, or the module that lent it; kept; NULL: its own */
    bool borrowed;
} gil__python_array;

/* A new one over memory that is filled in; zeroed memory of its own when data is NULL. NULL: raised. */
gil__python_array *gil__array_make(gil__python *python, const gil_buffer *memory);

/* The part that a key says: an int, a slice, Ellipsis, or a tuple of them. false: raised. */
bool gil__array_part(const gil_buffer *whole, PyObject *key, gil_buffer *part);

/* format.c: a dtype as PEP 3118 writes it, and back; what is none of ours raises BufferError and gives false. */
const char *gil__format_of(gil_dtype dtype);
bool gil__format_read(const char *format, Py_ssize_t itemsize, gil_buffer *memory);

/* dlpack.c: the memory of an object with __dlpack__. *tensor is given back with gil__dlpack_end. 0: it has none; -1:
 * raised. */
int gil__dlpack_begin(PyObject *object, gil_buffer *memory, void **tensor);
void gil__dlpack_end(void *tensor);

/* Methods of gilkit.Array: __dlpack__, __dlpack_device__. */
PyObject *gil__dlpack_export(PyObject *array, PyObject *arguments, PyObject *keywords);
PyObject *gil__dlpack_device(PyObject *array, PyObject *unused);

#endif
