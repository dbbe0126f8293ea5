/* SPDX-License-Identifier: MIT */
#include "host/cpython/quick.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "call/plan.h"

/* ---- What can be called so ------------------------------------------------------------------------------------ */

static bool plan_argument(gil__quick *quick, const gil__function *function, uint16_t p)
{
    const gil__param *param = &function->signature->params[p];
    gil__quick_argument *argument = &quick->arguments[quick->n_arguments];
    if (quick->n_arguments == GIL__MOST_QUICK)
        return false;
    *argument = (gil__quick_argument){.place = (uint8_t)function->plan->place[p],
                                      .size = (uint8_t)param->type.size,
                                      .ndim = param->ndim,
                                      .written = param->direction == GIL__INOUT,
                                      .param = (uint8_t)p};
    quick->n_arguments++;
    if (param->ndim) {
        argument->take = GIL__TAKE_ARRAY;
        argument->dtype = (uint8_t)gil__ctype_dtype(param->type);
        return true;
    }
    switch ((gil__class)param->type.class) {
    case GIL__FLOAT:
        argument->take = param->type.size == 8 ? GIL__TAKE_DOUBLE : GIL__TAKE_FLOAT;
        return param->type.size <= 8;
    case GIL__SIGNED:
        argument->take = GIL__TAKE_SIGNED;
        return true;
    case GIL__UNSIGNED:
        argument->take = GIL__TAKE_UNSIGNED;
        return true;
    case GIL__BOOL:
        argument->take = GIL__TAKE_BOOL;
        return true;
    case GIL__STRING:
        argument->take = GIL__TAKE_TEXT;
        return true;
    default:
        return false;
    }
}

/* What an integer parameter can hold. */
static int64_t limit_of(gil__ctype type)
{
    unsigned bits = type.size * 8u - (type.class == GIL__SIGNED);
    return bits >= 63 ? INT64_MAX : ((int64_t)1 << bits) - 1;
}

static bool determines(const gil__signature *s, uint16_t size, uint16_t array, uint16_t axis)
{
    for (uint16_t i = 0; i < s->n_steps; i++)
        if (s->steps[i].size == size && s->steps[i].array == array && s->steps[i].axis == axis)
            return true;
    return false;
}

/* Only dimensions that are a size or a number; those that determine sizes stand first. */
static bool plan_dims(gil__quick *quick, const gil__function *function, bool first)
{
    const gil__signature *s = function->signature;
    for (uint8_t a = 0; a < quick->n_arguments; a++)
        for (uint8_t axis = 0; axis < quick->arguments[a].ndim; axis++) {
            uint16_t p = quick->arguments[a].param;
            const gil__node *node = &s->nodes[s->params[p].dims[axis]];
            uint16_t size = (uint16_t)node->value;
            bool says = node->op == 'p' && determines(s, size, p, axis);
            if (node->op != 'p' && node->op != 'i')
                return false;
            if (says != first)
                continue;
            if (quick->n_dims == GIL__MOST_QUICK_DIMS)
                return false;
            gil__quick_dim *dim = &quick->dims[quick->n_dims++];
            *dim = (gil__quick_dim){.array = a, .axis = axis, .size = GIL__NO_SIZE, .limit = node->value};
            if (node->op == 'i')
                continue;
            dim->size = (uint8_t)size;
            dim->determines = says;
            dim->place = (uint8_t)function->plan->place[size];
            dim->limit = limit_of(s->params[size].type);
        }
    return true;
}

static bool plan_all(gil__quick *quick, const gil__function *function, gil_policy policy)
{
    const gil__signature *s = function->signature;
    if (s->has_env || s->has_task || s->n_outputs || s->n_resources || function->plan->ffi ||
        function->role != GIL_ROLE_FUNCTION || s->result.class > GIL__STRING || s->result.class == GIL__COMPLEX ||
        s->result.size > 8)
        return false;
    for (uint16_t p = 0; p < s->n_params; p++)
        if (s->params[p].asked && !plan_argument(quick, function, p))
            return false;
    quick->result = s->result.class;
    quick->result_size = (uint8_t)s->result.size;
    quick->releases = !gil__function_holds(function, policy);
#ifdef Py_GIL_DISABLED
    quick->alone = !quick->releases && ((const gil__module *)function->owner)->threads != GIL_SAFE;
#endif
    quick->doubles = function->plan->way == GIL__FEW_FLOATS_TO_DOUBLE && s->n_params == quick->n_arguments &&
                     quick->n_arguments > 0 && quick->result == GIL__FLOAT && quick->result_size == 8;
    for (uint8_t i = 0; i < quick->n_arguments; i++)
        quick->doubles &= quick->arguments[i].take == GIL__TAKE_DOUBLE;
    return plan_dims(quick, function, true) && plan_dims(quick, function, false);
}

/* ---- Arguments ------------------------------------------------------------------------------------------------ */

/* An int that fits 64 bits; false: it does not, or is none. */
static inline bool take_int(PyObject *object, int64_t *value)
{
    if (!PyLong_CheckExact(object))
        return false;
#if PY_VERSION_HEX >= 0x030C0000
    if (PyUnstable_Long_IsCompact((PyLongObject *)object)) {
        *value = PyUnstable_Long_CompactValue((PyLongObject *)object);
        return true;
    }
#else
    Py_ssize_t size = Py_SIZE(object);
    if (size >= -1 && size <= 1) {
        *value = size == 0 ? 0 : (int64_t)size * (int64_t)((PyLongObject *)object)->ob_digit[0];
        return true;
    }
#endif
    int overflow;
    *value = PyLong_AsLongLongAndOverflow(object, &overflow);
    return overflow == 0;
}

static inline bool take_double(PyObject *object, double *value)
{
    int64_t number;
    if (PyFloat_CheckExact(object)) {
        *value = PyFloat_AS_DOUBLE(object);
        return true;
    }
    if (!take_int(object, &number) || number > (1LL << 53) || number < -(1LL << 53))
        return false;
    *value = (double)number;
    return true;
}

static inline bool take_integer(PyObject *object, const gil__quick_argument *a, int64_t *value)
{
    if (!take_int(object, value))
        return false;
    unsigned bits = a->size * 8u;
    if (a->take == GIL__TAKE_UNSIGNED)
        return *value >= 0 && (bits == 64 || *value >> bits == 0);
    return bits == 64 || *value >> (bits - 1) == 0 || *value >> (bits - 1) == -1;
}

static inline bool take_text(PyObject *object, const char **text)
{
    Py_ssize_t length;
    if (!PyUnicode_CheckExact(object))
        return false;
    *text = PyUnicode_AsUTF8AndSize(object, &length);
    if (!*text)
        PyErr_Clear(); /* the general way says why */
    return *text && strlen(*text) == (size_t)length;
}

static inline bool take_float(PyObject *object, float *value)
{
    double number;
    if (!take_double(object, &number))
        return false;
    *value = (float)number;
    return !isinf(*value) || isinf(number);
}

typedef struct call {
    const size_t *shapes[GIL__MOST_QUICK];
    int64_t sizes[GIL__MAX_PARAMS];
    _Alignas(16) gil__slot image[GIL__REGISTER_SLOTS];
} call;

static inline bool take(call *it, gil__python *python, const gil__quick_argument *a, size_t i, PyObject *object)
{
    gil__slot *slot = &it->image[a->place];
    switch ((gil__take)a->take) {
    case GIL__TAKE_DOUBLE:
        return take_double(object, &slot->d);
    case GIL__TAKE_FLOAT:
        return take_float(object, &slot->f);
    case GIL__TAKE_SIGNED:
    case GIL__TAKE_UNSIGNED:
        if (!take_integer(object, a, &slot->i))
            return false;
        it->sizes[a->param] = slot->i;
        return true;
    case GIL__TAKE_BOOL:
        slot->u = object == Py_True;
        return object == Py_True || object == Py_False;
    case GIL__TAKE_TEXT:
        return take_text(object, (const char **)&slot->p);
    case GIL__TAKE_ARRAY:
        slot->p = gil__quick_array(python, object, a, &it->shapes[i]);
        return slot->p != NULL;
    }
    return false;
}

static inline bool check_dims(call *it, const gil__quick *quick)
{
    const gil__quick_dim *end = quick->dims + quick->n_dims;
    for (const gil__quick_dim *dim = quick->dims; dim < end; dim++) {
        int64_t length = (int64_t)it->shapes[dim->array][dim->axis];
        if (dim->determines) {
            if (length > dim->limit)
                return false;
            it->sizes[dim->size] = length;
            it->image[dim->place].i = length;
        } else if (length != (dim->size == GIL__NO_SIZE ? dim->limit : it->sizes[dim->size])) {
            return false;
        }
    }
    return true;
}

/* ---- Results -------------------------------------------------------------------------------------------------- */

static PyObject *integer(const gil__value *value, bool is_signed, uint8_t size)
{
    uint64_t bits = value->slots[0].u;
    unsigned shift = 64 - size * 8u;
    if (is_signed)
        return PyLong_FromLongLong((int64_t)(bits << shift) >> shift);
    return PyLong_FromUnsignedLongLong(bits << shift >> shift);
}

/* The error is worded as on the general way. */
static PyObject *text(const gil__python_function *f, const char *utf8)
{
    PyObject *text = utf8 ? PyUnicode_DecodeUTF8(utf8, (Py_ssize_t)strlen(utf8), NULL) : Py_NewRef(Py_None);
    if (text || !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        return text;
    PyObject *raised = gil__py_take_raised();
    Py_ssize_t start = 0;
    PyUnicodeDecodeError_GetStart(raised, &start);
    Py_DECREF(raised);
    return PyErr_Format(PyExc_UnicodeError, "%s(): byte %zd of the text is not UTF-8", f->function->name, start);
}

/* Does nobody have it, because whoever got it has let it go? */
static inline bool is_free(PyObject *spare)
{
#ifdef Py_GIL_DISABLED
    if (!spare)
        return false;
#endif
    return gil__py_is_single(spare);
}

/* What an earlier call returned and nobody has any more becomes the next result: making a float and ending it would be
 * a fifth of the whole call. */
static inline PyObject *make_float(const gil__python_function *f, double value)
{
    PyObject *spare = f->spare;
    if (is_free(spare)) {
        ((PyFloatObject *)spare)->ob_fval = value;
        return Py_NewRef(spare);
    }
    return PyFloat_FromDouble(value);
}

static inline PyObject *result(const gil__python_function *f, const gil__value *value)
{
    const gil__quick *quick = f->quick;
    switch ((gil__class)quick->result) {
    case GIL__FLOAT:
        return make_float(f, quick->result_size == 8 ? value->slots[0].d : (double)value->slots[0].f);
    case GIL__SIGNED:
    case GIL__UNSIGNED:
        return integer(value, quick->result == GIL__SIGNED, quick->result_size);
    case GIL__BOOL:
        return PyBool_FromLong(value->bytes[0]);
    case GIL__STRING:
        return text(f, value->slots[0].p);
    default:
        return Py_NewRef(Py_None);
    }
}

/* ---- The call ------------------------------------------------------------------------------------------------- */

static void run_released(const gil__python_function *f, const gil__slot *image, gil__value *value)
{
    const gil__function *function = f->function;
    PyThreadState *state = PyEval_SaveThread();
    gil__plan_call(function->plan, function->code, image, value);
    PyEval_RestoreThread(state);
}

/* The runtime need not know that the GIL is released, unless it thinks that this thread has it: inside a function that
 * holds it. */
static void run(const gil__python_function *f, const gil__slot *image, gil__value *value)
{
    const gil__function *function = f->function;
    gil__thread *thread = NULL;
    if (!f->quick->releases) {
        gil__plan_call(function->plan, function->code, image, value);
        return;
    }
    if (gil__thread_may_hold())
        thread = gil__thread_holds(f->python->runtime);
    if (!thread) {
        run_released(f, image, value);
        return;
    }
    uint64_t token = gil_env_release(&thread->env, function->name, 0);
    gil__plan_call(function->plan, function->code, image, value);
    gil_env_reacquire(&thread->env, token);
}

static PyObject *call_any(PyObject *object, PyObject *const *items, size_t n, PyObject *names)
{
    const gil__python_function *f = (const gil__python_function *)object;
    const gil__quick *quick = f->quick;
    gil__value value;
    call it;
    if (names || PyVectorcall_NARGS(n) != quick->n_arguments)
        return gil__general_call(object, items, n, names);
    for (size_t i = 0; i < quick->n_arguments; i++)
        if (!take(&it, f->python, &quick->arguments[i], i, items[i]))
            return gil__general_call(object, items, n, names);
    if (quick->n_dims && !check_dims(&it, quick))
        return gil__general_call(object, items, n, names);
#ifdef Py_GIL_DISABLED
    if (quick->alone) {
        Py_BEGIN_CRITICAL_SECTION(f->home);
        run(f, it.image, &value);
        Py_END_CRITICAL_SECTION();
        return result(f, &value);
    }
#endif
    run(f, it.image, &value);
    return result(f, &value);
}

/* One or two doubles to a double: the commonest of all. Everything that such a call needs is in one cache line of the
 * function object. */
static inline bool are_doubles(PyObject *const *items, Py_ssize_t count)
{
    return PyFloat_CheckExact(items[0]) && (count == 1 || PyFloat_CheckExact(items[1]));
}

static inline double call_code(const gil__python_function *f, PyObject *const *items, Py_ssize_t count)
{
    if (count == 1)
        return ((double (*)(double))f->code)(PyFloat_AS_DOUBLE(items[0]));
    return ((double (*)(double, double))f->code)(PyFloat_AS_DOUBLE(items[0]), PyFloat_AS_DOUBLE(items[1]));
}

/* Can nothing stand in the way of such a call? */
static inline bool is_plain(PyObject *const *items, size_t n, PyObject *names, Py_ssize_t count)
{
    return __builtin_expect(!names && PyVectorcall_NARGS(n) == count && are_doubles(items, count), 1);
}

static inline PyObject *call_held(PyObject *object, PyObject *const *items, size_t n, PyObject *names, Py_ssize_t count)
{
    const gil__python_function *f = (const gil__python_function *)object;
    if (is_plain(items, n, names, count))
        return make_float(f, call_code(f, items, count));
    return call_any(object, items, n, names);
}

static inline PyObject *call_released(PyObject *object, PyObject *const *items, size_t n, PyObject *names,
                                      Py_ssize_t count)
{
    const gil__python_function *f = (const gil__python_function *)object;
    if (!is_plain(items, n, names, count) || __builtin_expect(gil__thread_may_hold(), 0))
        return call_any(object, items, n, names);
    PyThreadState *state = PyEval_SaveThread();
    double value = call_code(f, items, count);
    PyEval_RestoreThread(state);
    return make_float(f, value);
}

#ifdef Py_GIL_DISABLED
static inline PyObject *call_alone(PyObject *object, PyObject *const *items, size_t n, PyObject *names,
                                   Py_ssize_t count)
{
    const gil__python_function *f = (const gil__python_function *)object;
    double value;
    if (!is_plain(items, n, names, count))
        return call_any(object, items, n, names);
    Py_BEGIN_CRITICAL_SECTION(f->home);
    value = call_code(f, items, count);
    Py_END_CRITICAL_SECTION();
    return make_float(f, value);
}
#endif

#define WAYS(how) \
    static PyObject *call_one_##how(PyObject *object, PyObject *const *items, size_t n, PyObject *names) \
    { \
        return call_##how(object, items, n, names, 1); \
    } \
    static PyObject *call_two_##how(PyObject *object, PyObject *const *items, size_t n, PyObject *names) \
    { \
        return call_##how(object, items, n, names, 2); \
    }

WAYS(held)
WAYS(released)
#ifdef Py_GIL_DISABLED
WAYS(alone)
#endif

static vectorcallfunc way_of(const gil__quick *quick)
{
    bool one = quick->n_arguments == 1;
    if (!quick->doubles)
        return call_any;
#ifdef Py_GIL_DISABLED
    if (quick->alone)
        return one ? call_one_alone : call_two_alone;
#endif
    if (quick->releases)
        return one ? call_one_released : call_two_released;
    return one ? call_one_held : call_two_held;
}

/* Without a GIL only those that run alone: it is memory that threads would take from each other, and these have a lock
 * to do that with. */
static bool has_spare(const gil__quick *quick)
{
#ifdef Py_GIL_DISABLED
    if (!quick->alone)
        return false;
#endif
    return quick->result == GIL__FLOAT;
}

bool gil__quick_begin(gil__python_function *object)
{
    gil__quick *quick = gil__alloc(1, sizeof *quick);
    if (!quick) {
        PyErr_NoMemory();
        return false;
    }
    if (!plan_all(quick, object->function, object->policy)) {
        gil__free(quick);
        return true;
    }
    object->quick = quick;
    object->vectorcall = way_of(quick);
    if (!has_spare(quick))
        return true;
    object->spare = PyFloat_FromDouble(0.0);
    return object->spare != NULL;
}

void gil__quick_end(gil__python_function *object)
{
    gil__free(object->quick);
    Py_CLEAR(object->spare);
}
