/* SPDX-License-Identifier: MIT
 *
 * Resource types as Python classes, and their objects.
 */
#include "host/cpython/function.h"

#include <gilkit/resource.h>
#include <string.h>

#include "base/memory.h"

/* The struct follows, aligned for anything. */
typedef struct resource_object {
    PyObject_HEAD gil__resource resource;
    gil__python *python;
    PyObject *home; /* the module, kept */
    PyObject *weak;
    bool ready; /* init is done, or there is none: it will be finalised */
    _Alignas(16) char memory[];
} resource_object;

static void dealloc(PyObject *object);

struct gil__resource *gil__python_resource_of(void *memory)
{
    PyObject *object = memory;
    return Py_TYPE(object)->tp_dealloc == dealloc ? &((resource_object *)object)->resource : NULL;
}

static const gil__resource_type *type_of(PyObject *object)
{
    return ((resource_object *)object)->resource.type;
}

/* ---- Classes -------------------------------------------------------------------------------------------------- */

/* A property's two functions, and what describes it. */
typedef struct property {
    PyGetSetDef def;
    const gil__function *pair[2];
    struct property *next;
} property;

/* What a class knows of its resource type. It is the module's, which the class keeps, and out of the reach of Python. */
typedef struct gil__python_class {
    PyTypeObject *class; /* borrowed, as home */
    const gil__resource_type *type;
    gil__python *python;
    PyObject *home; /* the class's module */
    char *name;     /* owned; older Pythons do not copy it */
    property *properties;
    struct gil__python_class *next;
} class_of;

void gil__python_classes_end(gil__python_module *state)
{
    for (class_of *data; (data = state->known);) {
        state->known = data->next;
        for (property *one; (one = data->properties);) {
            data->properties = one->next;
            gil__free(one);
        }
        gil__free(data->name);
        gil__free(data);
    }
}

/* NULL: raised. */
static const class_of *class_data(PyTypeObject *class)
{
    PyObject *home = PyType_GetModule(class);
    const gil__python_module *state = home ? gil__python_module_of(home) : NULL;
    const class_of *data = state ? state->known : NULL;
    while (data && data->class != class)
        data = data->next;
    if (!data && !PyErr_Occurred())
        PyErr_Format(PyExc_TypeError, "%s is no resource type", class->tp_name);
    return data;
}

/* ---- Beginning ------------------------------------------------------------------------------------------------ */

static resource_object *new_object(PyTypeObject *class)
{
    const class_of *data = class_data(class);
    resource_object *object = data ? (resource_object *)PyType_GenericAlloc(class, 0) : NULL;
    if (!object)
        return NULL;
    object->python = data->python;
    object->home = Py_NewRef(data->home);
    object->resource = (gil__resource){
        .type = data->type, .name = data->type->def.name, .memory = object->memory, .runtime = data->python->runtime};
    return object;
}

static PyObject *call_by_name(PyObject *object, gil_role role, PyObject *arguments, PyObject *keywords, bool *began);

static PyObject *make(PyTypeObject *class, PyObject *arguments, PyObject *keywords)
{
    const class_of *data = class_data(class);
    if (!data)
        return NULL;
    if (!data->type->slots[GIL_ROLE_INIT])
        return PyErr_Format(PyExc_TypeError, "%s cannot be called; functions of its module make its objects",
                            class->tp_name);
    resource_object *object = new_object(class);
    PyObject *done =
        object ? call_by_name((PyObject *)object, GIL_ROLE_INIT, arguments, keywords, &object->ready) : NULL;
    if (!done)
        Py_CLEAR(object);
    Py_XDECREF(done);
    return (PyObject *)object;
}

gil_obj gil__python_resource_new(gil_env *env, const gil_resource_def *def, void **self)
{
    const gil__resource_type *type = gil__modules_type(env, def);
    if (!type)
        return gil_raise(env, GIL_RUNTIME_ERROR, "the module of type %s is not loaded", def->name);
    PyObject *class = gil__python_resource_class(gil__python_of(env), ((const gil__module *)type->owner)->object, type);
    resource_object *object = class ? new_object((PyTypeObject *)class) : NULL;
    Py_XDECREF(class);
    gil_obj handle = gil__python_own(env, (PyObject *)object);
    if (gil_is_null(handle))
        return handle;
    object->ready = true;
    *self = object->memory;
    return handle;
}

/* ---- Asking --------------------------------------------------------------------------------------------------- */

bool gil__python_resource_get(gil_env *env, gil_obj handle, const gil_resource_def *def, void **self)
{
    if (gil_is_null(handle))
        return gil__python_refuse_null(env);
    const gil__resource *resource = gil__python_resource_of(gil__py(handle));
    if (!resource || type_of(gil__py(handle))->at != def)
        gil_raise(env, GIL_TYPE_ERROR, "%s is not %s", gil_type_name(env, handle), def->name);
    else if (resource->closed)
        gil_raise(env, GIL_VALUE_ERROR, "the %s is closed", def->name);
    else
        *self = resource->memory;
    return resource && type_of(gil__py(handle))->at == def && !resource->closed;
}

static resource_object *object_of(const void *self)
{
    return (resource_object *)((char *)self - offsetof(resource_object, memory));
}

gil_obj gil__python_resource_object(gil_env *env, const void *self)
{
    return gil__python_show(env, (PyObject *)object_of(self));
}

size_t gil__python_resource_pins(gil_env *env, const void *self)
{
    (void)env;
    return __atomic_load_n(&object_of(self)->resource.pins, __ATOMIC_RELAXED);
}

/* ---- Ending --------------------------------------------------------------------------------------------------- */

static void finalize(gil_env *env, resource_object *object)
{
    const gil__resource_type *type = object->resource.type;
    object->resource.closed = true;
    if (!object->ready || !type->def.finalize)
        return;
    Py_BEGIN_CRITICAL_SECTION(object->home); /* as any function of its module */
    gil__type_finalize(env, type, object->memory);
    Py_END_CRITICAL_SECTION();
}

bool gil__python_resource_close(gil_env *env, gil_obj handle)
{
    resource_object *object = (resource_object *)gil__py(handle);
    if (gil_is_null(handle))
        return gil__python_refuse_null(env);
    gil__resource *resource = gil__python_resource_of(object);
    if (!resource) {
        gil_raise(env, GIL_TYPE_ERROR, "%s is no resource", gil_type_name(env, handle));
        return false;
    }
    if (resource->closed)
        return true;
    if (gil__use_is_mine(gil__thread_of(env), resource)) {
        gil_raise(env, GIL_RUNTIME_ERROR, "the %s is in use by this thread, so it cannot be closed", resource->name);
        return false;
    }
    Py_INCREF(object);
    gil__use *use = gil__use_begin(env, resource, true);
    bool fine = use != NULL;
    if (fine && gil_resource_pins(env, object->memory) > 0) {
        gil_raise(env, GIL_BUFFER_ERROR, "the memory of the %s is pinned, so it cannot be closed; release it first",
                  resource->name);
        gil__use_end(use);
        fine = false;
    } else if (fine) {
        finalize(env, object);
        gil__use_end(use);
    } else if (resource->closed) { /* by another thread meanwhile */
        gil_error_clear(env);
        fine = true;
    }
    Py_DECREF(object);
    return fine;
}

/* Python's finaliser, called once before it ends; it may live on, closed. What is raised in Python meanwhile stays. */
static void finalize_at_end(PyObject *memory)
{
    resource_object *object = (resource_object *)memory;
    gil__visit visit;
    PyObject *raised = gil__py_take_raised();
    if (!object->resource.closed && object->python && gil__visit_begin(&visit, object->python)) {
        finalize(&visit.thread->env, object);
        Py_XDECREF(gil__visit_end(&visit, gil_none_new(&visit.thread->env)));
    }
    PyErr_Clear();
    if (raised)
        gil__py_raise(raised);
}

static void dealloc(PyObject *memory)
{
    resource_object *object = (resource_object *)memory;
    PyTypeObject *class = Py_TYPE(memory);
    if (PyObject_CallFinalizerFromDealloc(memory) < 0)
        return; /* somebody kept it */
    if (object->weak)
        PyObject_ClearWeakRefs(memory);
    Py_XDECREF(object->home);
    class->tp_free(memory);
    Py_DECREF(class);
}

/* ---- Slots ---------------------------------------------------------------------------------------------------- */

/* Call a slot, method or property of an object. The call tells whether its code began. */
static PyObject *call_on(PyObject *object, const gil__function *function, PyObject *const *items, size_t count,
                         PyObject *names, bool *began)
{
    resource_object *it = (resource_object *)object;
    gil__python_given given = {object, items, (Py_ssize_t)count, names, began};
    return gil__python_function_call(it->python, it->home, function, GIL_AUTO, &given);
}

static PyObject *call_slot(PyObject *object, gil_role role, PyObject *const *items, size_t count, PyObject *names,
                           bool *began)
{
    return call_on(object, type_of(object)->slots[role], items, count, names, began);
}

/* The dict is copied: it may be somebody's, who changes it while the arguments are read. */
static PyObject *call_by_name(PyObject *object, gil_role role, PyObject *arguments, PyObject *keywords, bool *began)
{
    keywords = keywords ? PyDict_Copy(keywords) : PyDict_New();
    if (!keywords)
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(arguments), named = PyDict_GET_SIZE(keywords);
    PyObject *names = named ? PyTuple_New(named) : NULL, *result = NULL, *key, *value;
    PyObject **items = gil__alloc((size_t)(count + named), sizeof *items);
    for (Py_ssize_t i = 0; items && i < count; i++)
        items[i] = PyTuple_GET_ITEM(arguments, i);
    for (Py_ssize_t i = 0, at = 0; items && names && PyDict_Next(keywords, &at, &key, &value); i++) {
        items[count + i] = value;
        PyTuple_SET_ITEM(names, i, Py_NewRef(key));
    }
    if (items && (names || !named))
        result = call_slot(object, role, items, (size_t)count, names, began);
    else
        PyErr_NoMemory();
    gil__free(items);
    Py_XDECREF(names);
    Py_DECREF(keywords);
    return result;
}

static PyObject *call_object(PyObject *object, PyObject *arguments, PyObject *keywords)
{
    return call_by_name(object, GIL_ROLE_CALL, arguments, keywords, NULL);
}

static Py_ssize_t length(PyObject *object)
{
    PyObject *number = call_slot(object, GIL_ROLE_LENGTH, NULL, 0, NULL, NULL);
    Py_ssize_t size = number ? PyNumber_AsSsize_t(number, PyExc_OverflowError) : -1;
    Py_XDECREF(number);
    if (number && size < 0 && !PyErr_Occurred())
        PyErr_Format(PyExc_ValueError, "the length of a %s is negative", type_of(object)->def.name);
    return size < 0 ? -1 : size;
}

static PyObject *get_item(PyObject *object, PyObject *key)
{
    return call_slot(object, GIL_ROLE_GET_ITEM, &key, 1, NULL, NULL);
}

/* By index, for iteration: only where there is a length. */
static PyObject *get_by_index(PyObject *object, Py_ssize_t index)
{
    Py_ssize_t count = length(object);
    PyObject *key = count < 0 ? NULL : PyLong_FromSsize_t(index), *item = NULL;
    if (key && index >= count)
        PyErr_SetNone(PyExc_IndexError);
    else if (key)
        item = get_item(object, key);
    Py_XDECREF(key);
    return item;
}

static int set_item(PyObject *object, PyObject *key, PyObject *value)
{
    PyObject *items[] = {key, value};
    gil_role role = value ? GIL_ROLE_SET_ITEM : GIL_ROLE_DELETE_ITEM;
    if (!type_of(object)->slots[role]) {
        PyErr_Format(PyExc_TypeError, "items of a %s cannot be %s", type_of(object)->def.name,
                     value ? "set" : "deleted");
        return -1;
    }
    PyObject *done = call_slot(object, role, items, value ? 2 : 1, NULL, NULL);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static int contains(PyObject *object, PyObject *item)
{
    PyObject *answer = call_slot(object, GIL_ROLE_CONTAINS, &item, 1, NULL, NULL);
    int truth = answer ? PyObject_IsTrue(answer) : -1;
    Py_XDECREF(answer);
    return truth;
}

static PyObject *iter(PyObject *object)
{
    return call_slot(object, GIL_ROLE_ITER, NULL, 0, NULL, NULL);
}

/* NULL with nothing raised is the end, for Python as for gilkit. */
static PyObject *next(PyObject *object)
{
    return call_slot(object, GIL_ROLE_NEXT, NULL, 0, NULL, NULL);
}

static PyObject *str(PyObject *object)
{
    return call_slot(object, GIL_ROLE_STR, NULL, 0, NULL, NULL);
}

static PyObject *repr(PyObject *object)
{
    if (type_of(object)->slots[GIL_ROLE_REPR] && !((resource_object *)object)->resource.closed)
        return call_slot(object, GIL_ROLE_REPR, NULL, 0, NULL, NULL);
    return PyUnicode_FromFormat("<%s%s>", ((resource_object *)object)->resource.closed ? "closed " : "",
                                type_of(object)->def.name);
}

/* -1: raised. */
static int ask(PyObject *object, gil_role role, PyObject *other)
{
    PyObject *answer = call_slot(object, role, &other, 1, NULL, NULL);
    int truth = answer ? PyObject_IsTrue(answer) : -1;
    Py_XDECREF(answer);
    return truth;
}

/* ==, < are the type's; the others follow from them. */
static PyObject *compare(PyObject *a, PyObject *b, int how)
{
    const gil__resource_type *type = type_of(a);
    bool has_equal = type->slots[GIL_ROLE_EQUAL], has_less = type->slots[GIL_ROLE_LESS];
    int truth;
    if (Py_TYPE(a) != Py_TYPE(b))
        Py_RETURN_NOTIMPLEMENTED;
    if (how == Py_EQ || how == Py_NE) {
        if (!has_equal)
            Py_RETURN_NOTIMPLEMENTED;
        truth = a == b ? 1 : ask(a, GIL_ROLE_EQUAL, b);
        if (truth >= 0 && how == Py_NE)
            truth = !truth;
    } else {
        if (!has_less)
            Py_RETURN_NOTIMPLEMENTED;
        bool swapped = how == Py_GT || how == Py_LE;
        truth = swapped ? ask(b, GIL_ROLE_LESS, a) : ask(a, GIL_ROLE_LESS, b);
        if (truth >= 0 && (how == Py_LE || how == Py_GE))
            truth = !truth;
    }
    return truth < 0 ? NULL : PyBool_FromLong(truth);
}

static Py_hash_t hash(PyObject *object)
{
    PyObject *number = call_slot(object, GIL_ROLE_HASH, NULL, 0, NULL, NULL);
    Py_hash_t value = number ? PyObject_Hash(number) : -1;
    Py_XDECREF(number);
    return value;
}

/* ---- Properties, methods, close ------------------------------------------------------------------------------- */

static PyObject *get_property(PyObject *object, void *closure)
{
    const gil__function *const *pair = closure;
    return call_on(object, pair[0], NULL, 0, NULL, NULL);
}

static int set_property(PyObject *object, PyObject *value, void *closure)
{
    const gil__function *const *pair = closure;
    if (!value) {
        PyErr_Format(PyExc_AttributeError, "a property of a %s cannot be deleted", type_of(object)->def.name);
        return -1;
    }
    PyObject *done = call_on(object, pair[1], &value, 1, NULL, NULL);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static PyObject *close_object(PyObject *object, PyObject *unused)
{
    gil__visit visit;
    (void)unused;
    if (!gil__visit_begin(&visit, ((resource_object *)object)->python))
        return NULL;
    gil_env *env = &visit.thread->env;
    bool fine = gil_resource_close(env, (gil_obj){object});
    return gil__visit_end(&visit, fine ? gil_none_new(env) : GIL_NULL);
}

/* As for files: what is closed is not begun with. */
static PyObject *enter(PyObject *object, PyObject *unused)
{
    const gil__resource *resource = &((resource_object *)object)->resource;
    (void)unused;
    if (resource->closed)
        return PyErr_Format(PyExc_ValueError, "the %s is closed", resource->name);
    return Py_NewRef(object);
}

static PyObject *leave(PyObject *object, PyObject *unused)
{
    return close_object(object, unused);
}

static PyMethodDef closing[] = {
    {"close", close_object, METH_NOARGS, "Finalise the object now."},
    {"__enter__", enter, METH_NOARGS, NULL},
    {"__exit__", leave, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* ---- The buffer protocol -------------------------------------------------------------------------------------- */

static int get_buffer(PyObject *object, Py_buffer *view, int flags)
{
    gil__python *python = ((resource_object *)object)->python;
    gil_buffer pinned;
    gil__visit visit;
    view->obj = NULL;
    if (!gil__visit_begin(&visit, python))
        return -1;
    gil_env *env = &visit.thread->env;
    bool fine = gil_buffer_pin(env, (gil_obj){object}, &pinned);
    PyObject *array = gil__visit_end(&visit, fine ? gil__python_array_over(env, &pinned) : GIL_NULL);
    int status = array ? PyObject_GetBuffer(array, view, flags) : -1;
    Py_XDECREF(array);
    return status;
}

/* ---- Making a class ------------------------------------------------------------------------------------------- */

enum { MOST_SLOTS = 32 };

/* Is it gone through by index, as what has a length and items by number? */
static bool is_sequence(const gil__function *const *has)
{
    const gil__function *item = has[GIL_ROLE_GET_ITEM];
    if (!item || !has[GIL_ROLE_LENGTH] || has[GIL_ROLE_ITER] || has[GIL_ROLE_NEXT])
        return false;
    const gil__signature *s = item->signature;
    uint16_t p = (uint16_t)(s->has_env + 1); /* behind the struct */
    while (p < s->n_params && !s->params[p].asked)
        p++;
    return p < s->n_params && !s->params[p].ndim &&
           (s->params[p].type.class == GIL__SIGNED || s->params[p].type.class == GIL__UNSIGNED);
}

static void add_slots(PyType_Slot *slots, const gil__resource_type *type)
{
    const gil__function *const *has = type->slots;
    int n = 0;
#define SLOT(condition, id, function) \
    if (condition) \
    slots[n++] = (PyType_Slot){id, (void *)function}
    SLOT(true, Py_tp_dealloc, dealloc);
    SLOT(true, Py_tp_finalize, finalize_at_end);
    SLOT(true, Py_tp_new, make);
    SLOT(true, Py_tp_repr, repr);
    SLOT(type->def.doc, Py_tp_doc, type->def.doc);
    SLOT(type->def.closable, Py_tp_methods, closing);
    SLOT(type->def.buffer, Py_bf_getbuffer, get_buffer);
    SLOT(has[GIL_ROLE_CALL], Py_tp_call, call_object);
    SLOT(has[GIL_ROLE_LENGTH], Py_mp_length, length);
    SLOT(has[GIL_ROLE_LENGTH], Py_sq_length, length);
    SLOT(has[GIL_ROLE_GET_ITEM], Py_mp_subscript, get_item);
    SLOT(has[GIL_ROLE_GET_ITEM] && has[GIL_ROLE_LENGTH], Py_sq_item, get_by_index);
    SLOT(has[GIL_ROLE_SET_ITEM] || has[GIL_ROLE_DELETE_ITEM], Py_mp_ass_subscript, set_item);
    SLOT(has[GIL_ROLE_CONTAINS], Py_sq_contains, contains);
    SLOT(has[GIL_ROLE_ITER], Py_tp_iter, iter);
    SLOT(has[GIL_ROLE_NEXT] && !has[GIL_ROLE_ITER], Py_tp_iter, PyObject_SelfIter);
    SLOT(is_sequence(has), Py_tp_iter, PySeqIter_New);
    SLOT(has[GIL_ROLE_NEXT], Py_tp_iternext, next);
    SLOT(has[GIL_ROLE_STR], Py_tp_str, str);
    SLOT(has[GIL_ROLE_EQUAL] || has[GIL_ROLE_LESS], Py_tp_richcompare, compare);
    SLOT(has[GIL_ROLE_HASH], Py_tp_hash, hash);
    SLOT(!has[GIL_ROLE_HASH] && has[GIL_ROLE_EQUAL], Py_tp_hash, PyObject_HashNotImplemented);
    SLOT(!has[GIL_ROLE_HASH] && !has[GIL_ROLE_EQUAL] && has[GIL_ROLE_LESS], Py_tp_hash, PyBaseObject_Type.tp_hash);
#undef SLOT
}

/* The property's descriptor, in the class. */
static bool add_property(PyTypeObject *class, class_of *data, const gil__resource_type *type,
                         const gil__function *function)
{
    const char *name = function->signature->name;
    const gil__function *read = gil__type_function(type, GIL_ROLE_GETTER, name);
    property *made = gil__alloc(1, sizeof *made);
    if (!made) {
        PyErr_NoMemory();
        return false;
    }
    made->next = data->properties;
    data->properties = made;
    made->pair[0] = read;
    made->pair[1] = gil__type_function(type, GIL_ROLE_SETTER, name);
    made->def = (PyGetSetDef){.name = name,
                              .get = read ? get_property : NULL,
                              .set = made->pair[1] ? set_property : NULL,
                              .doc = function->doc,
                              .closure = made->pair};
    PyObject *descriptor = PyDescr_NewGetSet(class, &made->def);
    bool fine = descriptor && PyDict_SetItemString(class->tp_dict, name, descriptor) == 0;
    Py_XDECREF(descriptor);
    return fine;
}

static bool add_method(PyTypeObject *class, gil__python *python, const gil__function *method)
{
    PyObject *function = gil__python_function_new(python, (PyObject *)class, method, GIL_AUTO);
    bool fine = function && PyDict_SetItemString(class->tp_dict, method->signature->name, function) == 0;
    Py_XDECREF(function);
    return fine;
}

/* A setter without a getter is a property that cannot be read. */
static bool is_only_set(const gil__resource_type *type, const gil__function *f)
{
    return f->role == GIL_ROLE_SETTER && !gil__type_function(type, GIL_ROLE_GETTER, f->signature->name);
}

static bool add_members(PyTypeObject *class, class_of *data)
{
    const gil__resource_type *type = data->type;
    const gil__module *module = (const gil__module *)type->owner;
    bool fine = true;
    for (size_t i = 0; fine && i < module->n_functions; i++) {
        const gil__function *f = &module->functions[i];
        if (f->role == GIL_ROLE_FUNCTION || &module->owner.types[f->of] != type)
            continue;
        if (f->role == GIL_ROLE_METHOD)
            fine = add_method(class, data->python, f);
        else if (f->role == GIL_ROLE_GETTER || is_only_set(type, f))
            fine = add_property(class, data, type, f);
    }
    return fine;
}

/* It is the module's at once. NULL: raised. */
static class_of *new_data(gil__python *python, PyObject *home, const gil__resource_type *type)
{
    size_t size = strlen(type->owner->name) + strlen(type->def.name) + 2;
    class_of *data = gil__alloc(1, sizeof *data);
    char *name = data ? gil__alloc(size, 1) : NULL;
    if (!name) {
        gil__free(data);
        PyErr_NoMemory();
        return NULL;
    }
    snprintf(name, size, "%s.%s", type->owner->name, type->def.name);
    gil__python_module *state = gil__python_module_of(home);
    *data = (class_of){.type = type, .python = python, .home = home, .name = name, .next = state->known};
    state->known = data;
    return data;
}

static PyTypeObject *make_class(gil__python *python, PyObject *home, const gil__resource_type *type)
{
    static PyMemberDef members[] = {
        {"__weaklistoffset__", T_PYSSIZET, offsetof(resource_object, weak), READONLY, NULL},
        {NULL, 0, 0, 0, NULL},
    };
    PyType_Slot slots[MOST_SLOTS] = {{Py_tp_members, members}};
    size_t size = sizeof(resource_object) + type->def.struct_size;
    if (size > INT32_MAX || size < type->def.struct_size) {
        PyErr_Format(PyExc_MemoryError, "a %s of %zu bytes is too large", type->def.name, type->def.struct_size);
        return NULL;
    }
    class_of *data = new_data(python, home, type);
    if (!data)
        return NULL;
    add_slots(slots + 1, type);
    PyType_Spec spec = {.name = data->name, .basicsize = (int)size, .flags = Py_TPFLAGS_DEFAULT, .slots = slots};
    PyTypeObject *class = gil__python_make_type(home, &spec, python->resource_base);
    if (!class)
        return NULL;
    data->class = class;
    if (add_members(class, data)) {
        PyType_Modified(class);
        return class;
    }
    Py_DECREF(class);
    return NULL;
}

/* Once for each module; it stands under its name there, but a module may be asked before, or after that was deleted. */
PyObject *gil__python_resource_class(gil__python *python, PyObject *home, const gil__resource_type *type)
{
    gil__python_module *state = gil__python_module_of(home);
    PyObject *key = PyUnicode_FromString(type->def.name), *class = NULL;
    if (!key || (!state->classes && !(state->classes = PyDict_New())) ||
        PyDict_GetItemRef(state->classes, key, &class) < 0) {
        Py_XDECREF(key);
        return NULL;
    }
    if (!class) {
        class = (PyObject *)make_class(python, home, type);
        if (class && PyDict_SetItem(state->classes, key, class) < 0)
            Py_CLEAR(class);
    }
    Py_DECREF(key);
    return class;
}

/* What every resource type is below: for gil_type_of, and for isinstance(x, gilkit.Resource). */
bool gil__python_add_resource_base(gil__python *python)
{
    static PyType_Slot slots[] = {{Py_tp_doc, "What the types of gilkit modules are below."}, {0, NULL}};
    static PyType_Spec spec = {.name = "gilkit.Resource",
                               .basicsize = sizeof(PyObject),
                               .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                               .slots = slots};
    python->resource_base = gil__python_make_type(python->package, &spec, NULL);
    return python->resource_base &&
           PyModule_AddObjectRef(python->package, "Resource", (PyObject *)python->resource_base) == 0;
}
