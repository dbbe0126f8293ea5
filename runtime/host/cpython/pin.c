/* SPDX-License-Identifier: MIT
 *
 * Arrays and pinned memory in the table: gilkit.Array, whatever has the buffer protocol, whatever has __dlpack__.
 */
#include "host/cpython/array.h"

#include <string.h>

#include "base/memory.h"
#include "call/layout.h"
#include "proto/ctype.h"

/* ---- Arrays of modules ---------------------------------------------------------------------------------------- */

gil_obj gil__python_array_new(gil_env *env, gil_dtype dtype, size_t ndim, const size_t *shape)
{
    gil_buffer memory = {.dtype = dtype, .ndim = ndim};
    if (!gil__layout_check_kind(env, dtype, ndim))
        return GIL_NULL;
    for (size_t axis = 0; axis < ndim; axis++)
        memory.shape[axis] = shape[axis];
    gil__python_array *array = gil__array_make(gil__python_of(env), &memory);
    if (array || !PyErr_ExceptionMatches(PyExc_MemoryError))
        return gil__python_own(env, (PyObject *)array);
    PyErr_Clear();
    return gil__layout_refuse(env, dtype, ndim, shape);
}

/* Memory that is said to be somewhere must be, and fit what can be addressed, whatever its strides. */
static bool check_memory(gil_env *env, const gil_buffer *memory)
{
    gil_buffer packed = *memory;
    size_t bytes;
    packed.itemsize = gil_dtype_size((gil_dtype)memory->dtype);
    if (gil__layout_c_order(&packed, &bytes))
        return gil__layout_check_data(env, memory, bytes);
    gil__layout_refuse(env, (gil_dtype)memory->dtype, memory->ndim, memory->shape);
    return false;
}

gil_obj gil__python_array_borrow(gil_env *env, const gil_buffer *memory, gil_release_fn release, void *owner)
{
    if (!gil__layout_check_kind(env, memory->dtype, memory->ndim) || !check_memory(env, memory))
        return GIL_NULL;
    char nothing;
    gil_buffer lent = *memory;
    if (!lent.data)
        lent.data = &nothing;
    gil__python_array *array = gil__array_make(gil__python_of(env), &lent);
    gil_obj handle = gil__python_own(env, (PyObject *)array);
    if (gil_is_null(handle))
        return handle;
    const gil__frame *frame = gil__thread_frame(gil__thread_of(env));
    const gil__module *module = frame ? frame->owner : NULL;
    array->memory.data = memory->data;
    array->release = release;
    array->owner = owner;
    array->whole = module ? Py_XNewRef((PyObject *)module->object) : NULL;
    return handle;
}

/* ---- Pins ----------------------------------------------------------------------------------------------------- */

/* What a pin keeps; gil_buffer.gil__owner. */
typedef struct pin {
    PyObject *object;        /* kept; NULL: it is in the view */
    gil__resource *resource; /* whose pins were counted; NULL: none */
    Py_buffer view;          /* filled in when view.obj is not NULL */
    void *tensor;            /* of DLPack; NULL: none */
} pin;

static void end_pin(pin *it)
{
    if (it->resource)
        __atomic_fetch_sub(&it->resource->pins, 1, __ATOMIC_RELAXED);
    if (it->tensor)
        gil__dlpack_end(it->tensor);
    if (it->view.obj)
        PyBuffer_Release(&it->view);
    Py_XDECREF(it->object);
    gil__free(it);
}

/* What the type's `buffer` says, held to what an array is held to. */
static bool pin_resource(gil_env *env, PyObject *object, pin *it, gil_buffer *buffer)
{
    gil__resource *resource = gil__python_resource_of(object);
    const gil__resource_type *type = resource->type;
    gil__use *use = gil__use_begin(env, resource, false); /* nobody changes or closes it before it is pinned */
    if (!use)
        return false;
    bool fine = false;
    Py_BEGIN_CRITICAL_SECTION(((const gil__module *)type->owner)->object); /* as any function of its module */
    fine = gil__type_buffer(env, type, resource->memory, buffer);
    Py_END_CRITICAL_SECTION();
    fine = fine && gil__layout_check_kind(env, buffer->dtype, buffer->ndim) && check_memory(env, buffer);
    buffer->itemsize = gil_dtype_size((gil_dtype)buffer->dtype);
    if (fine) {
        __atomic_fetch_add(&resource->pins, 1, __ATOMIC_RELAXED);
        it->resource = resource;
    }
    gil__use_end(use);
    return fine;
}

/* Some exporters leave out what follows: ctypes the strides of C order, others the shape of bytes. false: raised. */
static bool read_layout(const Py_buffer *view, gil_buffer *buffer)
{
    size_t bytes;
    if (view->ndim > 0 && !view->shape && (view->ndim > 1 || view->itemsize <= 0)) {
        PyErr_SetString(PyExc_BufferError, "its memory has no shape; pass a copy");
        return false;
    }
    buffer->ndim = (size_t)view->ndim;
    for (int axis = 0; axis < view->ndim; axis++) {
        Py_ssize_t length = view->shape ? view->shape[axis] : view->len / view->itemsize;
        if (length < 0) {
            PyErr_Format(PyExc_ValueError, "dimension %d is %zd long", axis, length);
            return false;
        }
        buffer->shape[axis] = (size_t)length;
    }
    if (!gil__layout_c_order(buffer, &bytes) && !view->strides) {
        PyErr_SetString(PyExc_ValueError, "its dimensions do not fit memory");
        return false;
    }
    for (int axis = 0; view->strides && axis < view->ndim; axis++)
        buffer->strides[axis] = view->strides[axis];
    return true;
}

/* false: Python raised. */
static bool read_view(const Py_buffer *view, gil_buffer *buffer)
{
    if (view->ndim > GIL_MAX_DIMS) {
        PyErr_Format(PyExc_ValueError, "it has %d dimensions; at most %d are taken", view->ndim, GIL_MAX_DIMS);
        return false;
    }
    if (view->suboffsets) {
        PyErr_SetString(PyExc_BufferError, "its memory is in pieces (suboffsets); pass a copy");
        return false;
    }
    buffer->data = view->buf;
    buffer->flags = view->readonly ? GIL_BUFFER_READONLY : 0;
    return gil__format_read(view->format, view->itemsize, buffer) && read_layout(view, buffer);
}

static bool pin_object(gil_env *env, PyObject *object, pin *it, gil_buffer *buffer)
{
    int found = 0;
    if (PyObject_CheckBuffer(object)) {
        if (PyObject_GetBuffer(object, &it->view, PyBUF_RECORDS_RO) == 0 && read_view(&it->view, buffer))
            return true;
        found = -1;
    } else {
        found = gil__dlpack_begin(object, buffer, &it->tensor);
    }
    if (found < 0)
        gil__python_failed(env);
    else if (found == 0)
        gil_raise(env, GIL_TYPE_ERROR, "%s has no memory to pin; pass an array or bytes",
                  gil_type_name(env, (gil_obj){object}));
    return found > 0;
}

static bool has_buffer(PyObject *object)
{
    const gil__resource *resource = gil__python_resource_of(object);
    return resource && ((const gil__resource_type *)resource->type)->def.buffer;
}

bool gil__python_buffer_pin(gil_env *env, gil_obj handle, gil_buffer *buffer)
{
    PyObject *object = gil__py(handle);
    gil_buffer pinned = {0};
    if (!object)
        return gil__python_refuse_null(env);
    pin *it = gil__alloc(1, sizeof *it);
    if (!it) {
        gil__no_memory(env);
        return false;
    }
    it->object = Py_NewRef(object);
    if (!(has_buffer(object) ? pin_resource(env, object, it, &pinned) : pin_object(env, object, it, &pinned))) {
        void *error = gil__thread_of(env)->error;
        gil__thread_of(env)->error = NULL; /* giving back may run code of others */
        end_pin(it);
        gil__thread_set_error(gil__thread_of(env), error);
        return false;
    }
    pinned.gil__owner = it;
    *buffer = pinned;
    return true;
}

void gil__python_buffer_release(gil_env *env, gil_buffer *buffer)
{
    pin *it = buffer->gil__owner;
    (void)env;
    *buffer = (gil_buffer){0};
    if (it)
        end_pin(it);
}

/* The array's memory is no longer needed. */
static void release_pinned(void *owner)
{
    end_pin(owner);
}

gil_obj gil__python_array_over(gil_env *env, gil_buffer *pinned)
{
    char nothing;
    void *owner = pinned->gil__owner;
    gil_buffer memory = *pinned;
    if (!memory.data)
        memory.data = &nothing;
    gil__python_array *array = gil__array_make(gil__python_of(env), &memory);
    if (!array) {
        end_pin(owner);
        return gil__python_failed(env);
    }
    array->memory.data = pinned->data;
    array->release = release_pinned;
    array->owner = owner;
    return gil__python_own(env, (PyObject *)array);
}

/* numpy.ndarray is an array by its name: NumPy need not be there. */
bool gil__python_is_array(gil__python *python, PyObject *object)
{
    return Py_TYPE(object) == python->array_type || strcmp(Py_TYPE(object)->tp_name, "numpy.ndarray") == 0;
}
