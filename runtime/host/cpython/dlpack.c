/* SPDX-License-Identifier: MIT
 *
 * DLPack, in and out. In: the capsule's tensor is taken over at once, so that it is given back exactly once, with the GIL
 * held. Out: the tensor keeps the array; whoever ends it may do so on any thread, even when Python is gone.
 */
#include "host/cpython/array.h"

#include <string.h>

#include "base/memory.h"
#include "call/layout.h"
#include "host/cpython/dlpack.h"

static const char old_name[] = "dltensor", new_name[] = "dltensor_versioned";

/* ---- In ------------------------------------------------------------------------------------------------------- */

/* What was taken over: one of the two. */
typedef struct taken {
    dl_managed *old;
    dl_versioned *new;
} taken;

void gil__dlpack_end(void *memory)
{
    taken *it = memory;
    if (it->old && it->old->deleter)
        it->old->deleter(it->old);
    if (it->new && it->new->deleter)
        it->new->deleter(it->new);
    gil__free(it);
}

static int dtype_of(const dl_tensor *t)
{
    static const struct {
        uint8_t code, bits;
        gil_dtype dtype;
    } known[] = {{DL_BOOL, 8, GIL_BOOL},          {DL_INT, 8, GIL_INT8},
                 {DL_INT, 16, GIL_INT16},         {DL_INT, 32, GIL_INT32},
                 {DL_INT, 64, GIL_INT64},         {DL_UINT, 8, GIL_UINT8},
                 {DL_UINT, 16, GIL_UINT16},       {DL_UINT, 32, GIL_UINT32},
                 {DL_UINT, 64, GIL_UINT64},       {DL_FLOAT, 32, GIL_FLOAT32},
                 {DL_FLOAT, 64, GIL_FLOAT64},     {DL_FLOAT, 128, GIL_LONG_DOUBLE},
                 {DL_COMPLEX, 64, GIL_COMPLEX64}, {DL_COMPLEX, 128, GIL_COMPLEX128}};
    for (size_t i = 0; t->lanes == 1 && i < sizeof known / sizeof known[0]; i++)
        if (known[i].code == t->code && known[i].bits == t->bits)
            return (int)known[i].dtype;
    return -1;
}

static bool refuse(const char *format, long a, long b)
{
    PyErr_Format(PyExc_TypeError, format, a, b);
    return false;
}

/* In elements there, in bytes here; what they span must fit memory. */
static bool read_strides(const dl_tensor *t, gil_buffer *memory)
{
    for (int i = 0; i < t->ndim; i++) {
        int64_t bytes, span;
        if (__builtin_mul_overflow(t->strides[i], (int64_t)memory->itemsize, &bytes) ||
            (t->shape[i] > 1 && __builtin_mul_overflow(bytes, t->shape[i] - 1, &span))) {
            PyErr_Format(PyExc_ValueError, "its strides of %lld elements in dimension %d do not fit memory",
                         (long long)t->strides[i], i);
            return false;
        }
        memory->strides[i] = (ptrdiff_t)bytes;
    }
    return true;
}

static bool read_tensor(const dl_tensor *t, gil_buffer *memory)
{
    int dtype = dtype_of(t);
    if (t->device_type != DL_CPU && t->device_type != DL_CUDA_HOST && t->device_type != DL_ROCM_HOST &&
        t->device_type != DL_CUDA_MANAGED) {
        PyErr_Format(PyExc_BufferError, "its memory is on another device (DLPack type %d); copy it to the CPU first",
                     (int)t->device_type);
        return false;
    }
    if (dtype < 0)
        return refuse("its elements are of DLPack type code %ld with %ld bits, which gilkit does not take", t->code,
                      t->bits);
    if (t->ndim < 0 || t->ndim > GIL_MAX_DIMS)
        return refuse("it has %ld dimensions; at most %ld are taken", t->ndim, GIL_MAX_DIMS);
    size_t bytes;
    memory->dtype = (uint32_t)dtype;
    memory->itemsize = gil_dtype_size((gil_dtype)dtype);
    memory->ndim = (size_t)t->ndim;
    if (t->ndim > 0 && !t->shape) {
        PyErr_SetString(PyExc_BufferError, "its shape is at NULL");
        return false;
    }
    for (int i = 0; i < t->ndim; i++) {
        if (t->shape[i] < 0)
            return refuse("dimension %ld is %ld long", i, (long)t->shape[i]);
        memory->shape[i] = (size_t)t->shape[i];
    }
    if (!gil__layout_c_order(memory, &bytes))
        return refuse("its %ld dimensions of %ld bytes do not fit memory", t->ndim, (long)memory->itemsize);
    if (bytes > 0 && !t->data) {
        PyErr_SetString(PyExc_BufferError, "its memory is at NULL");
        return false;
    }
    memory->data = t->data ? (char *)t->data + t->byte_offset : NULL;
    return !t->strides || read_strides(t, memory);
}

/* Take the tensor out of its capsule. false: raised. */
static bool take_alone(PyObject *capsule, taken *it)
{
    if (PyCapsule_IsValid(capsule, new_name)) {
        dl_versioned *tensor = PyCapsule_GetPointer(capsule, new_name);
        if (tensor->major != 1) {
            PyErr_Format(PyExc_BufferError, "its DLPack version is %u.%u; 1.x is taken", tensor->major, tensor->minor);
            return false;
        }
        it->new = tensor;
        return PyCapsule_SetName(capsule, "used_dltensor_versioned") == 0;
    }
    if (!PyCapsule_IsValid(capsule, old_name)) {
        PyErr_SetString(PyExc_TypeError, "its __dlpack__ returned no DLPack capsule");
        return false;
    }
    it->old = PyCapsule_GetPointer(capsule, old_name);
    return PyCapsule_SetName(capsule, "used_dltensor") == 0;
}

/* Without a GIL two threads may have the same capsule; one of them takes it. */
static bool take(PyObject *capsule, taken *it)
{
    bool fine;
    Py_BEGIN_CRITICAL_SECTION(capsule);
    fine = take_alone(capsule, it);
    Py_END_CRITICAL_SECTION();
    return fine;
}

/* __dlpack__(max_version=(1, 1)); without it, where it is not known. */
static PyObject *ask(PyObject *method)
{
    PyObject *keywords = Py_BuildValue("{s(ii)}", "max_version", 1, 1);
    PyObject *none = PyTuple_New(0), *capsule = NULL;
    if (keywords && none) {
        capsule = PyObject_Call(method, none, keywords);
        if (!capsule && PyErr_ExceptionMatches(PyExc_TypeError)) {
            PyErr_Clear();
            capsule = PyObject_Call(method, none, NULL);
        }
    }
    Py_XDECREF(keywords);
    Py_XDECREF(none);
    return capsule;
}

int gil__dlpack_begin(PyObject *object, gil_buffer *memory, void **tensor)
{
    PyObject *method;
    int found = PyObject_GetOptionalAttrString((PyObject *)Py_TYPE(object), "__dlpack__", &method);
    if (found <= 0)
        return found;
    Py_SETREF(method, PyObject_GetAttrString(object, "__dlpack__"));
    PyObject *capsule = method ? ask(method) : NULL;
    Py_XDECREF(method);
    if (!capsule)
        return -1;
    taken *it = gil__alloc(1, sizeof *it);
    bool fine = it && take(capsule, it);
    if (!it)
        PyErr_NoMemory();
    Py_DECREF(capsule);
    if (fine && it->new && it->new->flags &DL_READ_ONLY)
        memory->flags |= GIL_BUFFER_READONLY;
    fine = fine && read_tensor(it->new ? &it->new->tensor : &it->old->tensor, memory);
    *tensor = fine ? it : NULL;
    if (!fine && it) {
        PyObject *raised = gil__py_take_raised(); /* the deleter may run code of others */
        gil__dlpack_end(it);
        gil__py_raise(raised);
    }
    return fine ? 1 : -1;
}

/* ---- Out ------------------------------------------------------------------------------------------------------ */

/* Both forms begin with nothing in common: one struct holds either, and what its tensor points to. */
typedef struct exported {
    union {
        dl_managed old;
        dl_versioned new;
    };
    struct gil_runtime *runtime;
    PyObject *array;
    int64_t shape[GIL_MAX_DIMS], strides[GIL_MAX_DIMS];
} exported;

/* On any thread. When Python is gone or going, the array stays: its memory is the process's to the end. */
static void let_go(exported *it)
{
    gil_env *env = gil__cpython_host.api->attach(it->runtime, NULL);
    if (env) {
        Py_DECREF(it->array);
        gil_detach(env);
        gil__free(it);
    }
}

static void delete_old(dl_managed *self)
{
    let_go(self->context);
}

static void delete_new(dl_versioned *self)
{
    let_go(self->context);
}

static void end_capsule(PyObject *capsule)
{
    if (PyCapsule_IsValid(capsule, old_name)) {
        dl_managed *tensor = PyCapsule_GetPointer(capsule, old_name);
        tensor->deleter(tensor);
    } else if (PyCapsule_IsValid(capsule, new_name)) {
        dl_versioned *tensor = PyCapsule_GetPointer(capsule, new_name);
        tensor->deleter(tensor);
    }
}

static bool fill(dl_tensor *t, exported *it, const gil_buffer *m)
{
    static const struct {
        uint8_t code, bits;
    } types[] = {[GIL_BOOL] = {DL_BOOL, 8},
                 [GIL_INT8] = {DL_INT, 8},
                 [GIL_INT16] = {DL_INT, 16},
                 [GIL_INT32] = {DL_INT, 32},
                 [GIL_INT64] = {DL_INT, 64},
                 [GIL_UINT8] = {DL_UINT, 8},
                 [GIL_UINT16] = {DL_UINT, 16},
                 [GIL_UINT32] = {DL_UINT, 32},
                 [GIL_UINT64] = {DL_UINT, 64},
                 [GIL_FLOAT32] = {DL_FLOAT, 32},
                 [GIL_FLOAT64] = {DL_FLOAT, 64},
                 [GIL_LONG_DOUBLE] = {DL_FLOAT, 128},
                 [GIL_COMPLEX64] = {DL_COMPLEX, 64},
                 [GIL_COMPLEX128] = {DL_COMPLEX, 128},
                 [GIL_LONG_COMPLEX] = {DL_COMPLEX, 255}};
    if (m->dtype == GIL_LONG_COMPLEX) {
        PyErr_SetString(PyExc_BufferError, "DLPack has no type for long double complex");
        return false;
    }
    for (size_t i = 0; i < m->ndim; i++) {
        if (m->strides[i] % (ptrdiff_t)m->itemsize) {
            PyErr_SetString(PyExc_BufferError, "its strides are no multiples of an element, as DLPack wants them");
            return false;
        }
        it->shape[i] = (int64_t)m->shape[i];
        it->strides[i] = m->strides[i] / (ptrdiff_t)m->itemsize;
    }
    *t = (dl_tensor){.data = m->data,
                     .device_type = DL_CPU,
                     .ndim = (int32_t)m->ndim,
                     .code = types[m->dtype].code,
                     .bits = types[m->dtype].bits,
                     .lanes = 1,
                     .shape = it->shape,
                     .strides = it->strides};
    return true;
}

/* A capsule of an array. Read-only memory can only be said in the newer form. */
static PyObject *export(PyObject *object, bool versioned, bool copied)
{
    const gil__python_array *array = (const gil__python_array *)object;
    gil__python *python = PyType_GetModuleState(Py_TYPE(object));
    bool read_only = array->memory.flags & GIL_BUFFER_READONLY;
    if (read_only && !versioned)
        return PyErr_Format(PyExc_BufferError, "the array is read only, which DLPack before 1.0 cannot say");
    exported *it = gil__alloc(1, sizeof *it);
    if (!it)
        return PyErr_NoMemory();
    it->runtime = python->runtime;
    if (!fill(versioned ? &it->new.tensor : &it->old.tensor, it, &array->memory)) {
        gil__free(it);
        return NULL;
    }
    if (versioned) {
        it->new.major = 1;
        it->new.context = it;
        it->new.deleter = delete_new;
        it->new.flags = (read_only ? DL_READ_ONLY : 0) | (copied ? DL_IS_COPIED : 0);
    } else {
        it->old.context = it;
        it->old.deleter = delete_old;
    }
    PyObject *capsule = PyCapsule_New(it, versioned ? new_name : old_name, end_capsule);
    if (capsule)
        it->array = Py_NewRef(object);
    else
        gil__free(it);
    return capsule;
}

static void pack(char **to, const char *from, const gil_buffer *m, size_t axis)
{
    if (axis == m->ndim) {
        memcpy(*to, from, m->itemsize);
        *to += m->itemsize;
        return;
    }
    for (size_t i = 0; i < m->shape[axis]; i++)
        pack(to, from + (ptrdiff_t)i * m->strides[axis], m, axis + 1);
}

static PyObject *copy_of(PyObject *object)
{
    const gil_buffer *m = &((gil__python_array *)object)->memory;
    gil_buffer wanted = *m;
    wanted.data = NULL;
    wanted.flags = 0;
    gil__python_array *copy = gil__array_make(PyType_GetModuleState(Py_TYPE(object)), &wanted);
    if (copy) {
        char *to = copy->memory.data;
        pack(&to, m->data, m, 0);
    }
    return (PyObject *)copy;
}

/* Two ints, or None. false: raised. */
static bool read_pair(PyObject *object, const char *name, int *first, int *second)
{
    if (object == Py_None)
        return true;
    if (PyTuple_Check(object) && PyTuple_GET_SIZE(object) == 2)
        return PyArg_ParseTuple(object, "ii", first, second);
    PyErr_Format(PyExc_TypeError, "%s is %s, wanted a tuple of two ints", name, Py_TYPE(object)->tp_name);
    return false;
}

PyObject *gil__dlpack_export(PyObject *object, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"stream", "max_version", "dl_device", "copy", NULL};
    PyObject *stream = Py_None, *version = Py_None, *device = Py_None, *copy = Py_None;
    int major = 0, minor = 0, type = DL_CPU, id = 0;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|$OOOO:__dlpack__", names, &stream, &version, &device,
                                     &copy))
        return NULL;
    if (!read_pair(version, "max_version", &major, &minor) || !read_pair(device, "dl_device", &type, &id))
        return NULL;
    if (stream != Py_None)
        return PyErr_Format(PyExc_BufferError, "stream must be None: the memory is the CPU's");
    if (type != DL_CPU || id != 0)
        return PyErr_Format(PyExc_BufferError, "the memory is the CPU's, device (1, 0); (%d, %d) was asked for", type,
                            id);
    int wanted = copy == Py_None ? 0 : PyObject_IsTrue(copy);
    if (wanted < 0)
        return NULL;
    if (!wanted)
        return export(object, major >= 1, false);
    PyObject *other = copy_of(object);
    PyObject *capsule = other ? export(other, major >= 1, true) : NULL;
    Py_XDECREF(other);
    return capsule;
}

PyObject *gil__dlpack_device(PyObject *object, PyObject *unused)
{
    (void)object;
    (void)unused;
    return Py_BuildValue("(ii)", DL_CPU, 0);
}
