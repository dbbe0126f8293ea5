/* SPDX-License-Identifier: MIT
 *
 * Lists, tuples, dicts; items, slices, iteration.
 */
#include "host/cpython/object.h"

/* ---- Lists and tuples ----------------------------------------------------------------------------------------- */

static PyObject *list_of(gil_env *env, gil_obj handle)
{
    PyObject *object = gil__python_object_of(env, handle);
    if (object && !PyList_Check(object)) {
        gil__python_wanted(env, handle, "a list");
        return NULL;
    }
    return object;
}

gil_obj gil__python_list_new(gil_env *env)
{
    return gil__python_own(env, PyList_New(0));
}

bool gil__python_list_append(gil_env *env, gil_obj handle, gil_obj item)
{
    PyObject *list = list_of(env, handle);
    return list && gil__python_object_of(env, item) && gil__python_fine(env, PyList_Append(list, gil__py(item)));
}

bool gil__python_list_insert(gil_env *env, gil_obj handle, int64_t index, gil_obj item)
{
    PyObject *list = list_of(env, handle);
    return list && gil__python_object_of(env, item) &&
           gil__python_fine(env, PyList_Insert(list, (Py_ssize_t)index, gil__py(item)));
}

bool gil__python_list_extend(gil_env *env, gil_obj handle, gil_obj items)
{
    PyObject *list = list_of(env, handle);
    if (!list || !gil__python_object_of(env, items))
        return false;
    PyObject *none = PyObject_CallMethod(list, "extend", "(O)", gil__py(items));
    Py_XDECREF(none);
    return gil__python_fine(env, none ? 0 : -1);
}

bool gil__python_list_sort(gil_env *env, gil_obj handle)
{
    PyObject *list = list_of(env, handle);
    return list && gil__python_fine(env, PyList_Sort(list));
}

bool gil__python_list_reverse(gil_env *env, gil_obj handle)
{
    PyObject *list = list_of(env, handle);
    return list && gil__python_fine(env, PyList_Reverse(list));
}

gil_obj gil__python_tuple_new(gil_env *env, size_t count, const gil_obj *items)
{
    for (size_t i = 0; i < count; i++)
        if (!gil__python_object_of(env, items[i]))
            return GIL_NULL;
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; tuple && i < count; i++)
        PyTuple_SET_ITEM(tuple, (Py_ssize_t)i, Py_NewRef(gil__py(items[i])));
    return gil__python_own(env, tuple);
}

gil_obj gil__python_list_from(gil_env *env, gil_obj items)
{
    return gil__python_object_of(env, items) ? gil__python_own(env, PySequence_List(gil__py(items))) : GIL_NULL;
}

gil_obj gil__python_tuple_from(gil_env *env, gil_obj items)
{
    return gil__python_object_of(env, items) ? gil__python_own(env, PySequence_Tuple(gil__py(items))) : GIL_NULL;
}

static PyObject *sequence_of(gil_env *env, gil_obj handle)
{
    PyObject *object = gil__python_object_of(env, handle);
    if (object && !PyList_Check(object) && !PyTuple_Check(object)) {
        gil__python_wanted(env, handle, "a list or tuple");
        return NULL;
    }
    return object;
}

static Py_ssize_t size_of(PyObject *sequence)
{
    return PyList_Check(sequence) ? PyList_GET_SIZE(sequence) : PyTuple_GET_SIZE(sequence);
}

bool gil__python_sequence_length(gil_env *env, gil_obj handle, size_t *length)
{
    PyObject *sequence = sequence_of(env, handle);
    if (sequence)
        *length = (size_t)size_of(sequence);
    return sequence != NULL;
}

gil_obj gil__python_sequence_item(gil_env *env, gil_obj handle, size_t index)
{
    PyObject *sequence = sequence_of(env, handle);
    if (!sequence)
        return GIL_NULL;
    if (index >= (size_t)size_of(sequence))
        return gil_raise(env, GIL_INDEX_ERROR, "index %zu of a %s of %zd", index, gil_type_name(env, handle),
                         size_of(sequence));
    if (PyTuple_Check(sequence))
        return gil__python_show(env, PyTuple_GET_ITEM(sequence, (Py_ssize_t)index));
#if PY_VERSION_HEX >= 0x030D0000
    return gil__python_own(env, PyList_GetItemRef(sequence, (Py_ssize_t)index));
#else
    return gil__python_show(env, PyList_GET_ITEM(sequence, (Py_ssize_t)index));
#endif
}

/* ---- Items ---------------------------------------------------------------------------------------------------- */

bool gil__python_length(gil_env *env, gil_obj handle, size_t *length)
{
    PyObject *object = gil__python_object_of(env, handle);
    Py_ssize_t size = object ? PyObject_Size(object) : -1;
    if (!object || !gil__python_fine(env, size < 0 ? -1 : 0))
        return false;
    *length = (size_t)size;
    return true;
}

gil_obj gil__python_item_get(gil_env *env, gil_obj container, gil_obj key)
{
    if (!gil__python_object_of(env, container) || !gil__python_object_of(env, key))
        return GIL_NULL;
    return gil__python_own(env, PyObject_GetItem(gil__py(container), gil__py(key)));
}

bool gil__python_item_set(gil_env *env, gil_obj container, gil_obj key, gil_obj value)
{
    return gil__python_object_of(env, container) && gil__python_object_of(env, key) &&
           gil__python_object_of(env, value) &&
           gil__python_fine(env, PyObject_SetItem(gil__py(container), gil__py(key), gil__py(value)));
}

bool gil__python_item_delete(gil_env *env, gil_obj container, gil_obj key)
{
    return gil__python_object_of(env, container) && gil__python_object_of(env, key) &&
           gil__python_fine(env, PyObject_DelItem(gil__py(container), gil__py(key)));
}

bool gil__python_contains(gil_env *env, gil_obj container, gil_obj item, bool *value)
{
    if (!gil__python_object_of(env, container) || !gil__python_object_of(env, item))
        return false;
    int answer = PySequence_Contains(gil__py(container), gil__py(item));
    if (!gil__python_fine(env, answer))
        return false;
    *value = answer > 0;
    return true;
}

static PyObject *slice_of(int64_t start, int64_t stop, int64_t step)
{
    PyObject *from = PyLong_FromLongLong(start), *to = PyLong_FromLongLong(stop), *by = PyLong_FromLongLong(step);
    PyObject *slice = from && to && by ? PySlice_New(from, to, by) : NULL;
    Py_XDECREF(from);
    Py_XDECREF(to);
    Py_XDECREF(by);
    return slice;
}

gil_obj gil__python_slice(gil_env *env, gil_obj sequence, int64_t start, int64_t stop, int64_t step)
{
    if (!gil__python_object_of(env, sequence))
        return GIL_NULL;
    if (PyDict_Check(gil__py(sequence))) { /* where a slice can be hashed, it is a key that is not there */
        gil__python_wanted(env, sequence, "a sequence");
        return GIL_NULL;
    }
    PyObject *slice = slice_of(start, stop, step);
    PyObject *items = slice ? PyObject_GetItem(gil__py(sequence), slice) : NULL;
    Py_XDECREF(slice);
    return gil__python_own(env, items);
}

bool gil__python_slice_set(gil_env *env, gil_obj handle, int64_t start, int64_t stop, gil_obj items)
{
    PyObject *list = list_of(env, handle);
    if (!list || (gil_is_null(items) && gil_error_pending(env)))
        return false;
    PyObject *slice = slice_of(start, stop, 1);
    int status = !slice               ? -1
                 : gil_is_null(items) ? PyObject_DelItem(list, slice)
                                      : PyObject_SetItem(list, slice, gil__py(items));
    Py_XDECREF(slice);
    return gil__python_fine(env, status);
}

gil_obj gil__python_concat(gil_env *env, gil_obj a, gil_obj b)
{
    if (!gil__python_object_of(env, a) || !gil__python_object_of(env, b))
        return GIL_NULL;
    return gil__python_own(env, PySequence_Concat(gil__py(a), gil__py(b)));
}

gil_obj gil__python_repeat(gil_env *env, gil_obj sequence, size_t count)
{
    if (!gil__python_object_of(env, sequence))
        return GIL_NULL;
    if (count > PY_SSIZE_T_MAX)
        return gil__no_memory(env);
    return gil__python_own(env, PySequence_Repeat(gil__py(sequence), (Py_ssize_t)count));
}

gil_obj gil__python_iter(gil_env *env, gil_obj object)
{
    return gil__python_object_of(env, object) ? gil__python_own(env, PyObject_GetIter(gil__py(object))) : GIL_NULL;
}

bool gil__python_iter_next(gil_env *env, gil_obj handle, gil_obj *item)
{
    PyObject *iterator = gil__python_object_of(env, handle);
    if (!iterator)
        return false;
    if (!PyIter_Check(iterator))
        return gil__python_wanted(env, handle, "an iterator");
    PyObject *next = PyIter_Next(iterator);
    if (!next && PyErr_Occurred()) {
        gil__python_failed(env);
        return false;
    }
    gil_obj made = gil__thread_handle(gil__thread_of(env), next);
    if (next && gil_is_null(made))
        return false;
    *item = made;
    return true;
}

/* ---- Dicts ---------------------------------------------------------------------------------------------------- */

static PyObject *dict_of(gil_env *env, gil_obj handle)
{
    PyObject *object = gil__python_object_of(env, handle);
    if (object && !PyDict_Check(object)) {
        gil__python_wanted(env, handle, "a dict");
        return NULL;
    }
    return object;
}

gil_obj gil__python_dict_new(gil_env *env)
{
    return gil__python_own(env, PyDict_New());
}

bool gil__python_dict_find(gil_env *env, gil_obj handle, gil_obj key, gil_obj *value)
{
    PyObject *found, *dict = dict_of(env, handle);
    if (!dict || !gil__python_object_of(env, key))
        return false;
    if (!gil__python_fine(env, PyDict_GetItemRef(dict, gil__py(key), &found)))
        return false;
    gil_obj made = gil__thread_handle(gil__thread_of(env), found);
    if (found && gil_is_null(made))
        return false;
    *value = made;
    return true;
}

gil_obj gil__python_dict_set_default(gil_env *env, gil_obj handle, gil_obj key, gil_obj value)
{
    PyObject *dict = dict_of(env, handle);
    if (!dict || !gil__python_object_of(env, key) || !gil__python_object_of(env, value))
        return GIL_NULL;
    PyObject *found = NULL;
    PyDict_SetDefaultRef(dict, gil__py(key), gil__py(value), &found);
    return gil__python_own(env, found);
}

bool gil__python_dict_next(gil_env *env, gil_obj handle, size_t *position, gil_obj *key, gil_obj *value)
{
    PyObject *dict = dict_of(env, handle), *k = NULL, *v = NULL;
    if (!dict)
        return false;
    Py_ssize_t at = (Py_ssize_t)*position;
    bool more = false;
    Py_BEGIN_CRITICAL_SECTION(dict); /* what is borrowed is the dict's only as long as nobody changes it */
    more = PyDict_Next(dict, &at, &k, &v);
    if (more) {
        Py_INCREF(k);
        Py_INCREF(v);
    }
    Py_END_CRITICAL_SECTION();
    gil_obj made_key = more ? gil__python_own(env, k) : GIL_NULL;
    gil_obj made_value = more && value ? gil__python_show(env, v) : GIL_NULL;
    Py_XDECREF(v);
    if (more && (gil_is_null(made_key) || (value && gil_is_null(made_value))))
        return false;
    *position = (size_t)at;
    *key = made_key;
    if (value)
        *value = made_value;
    return true;
}

gil_obj gil__python_dict_keys(gil_env *env, gil_obj handle)
{
    PyObject *dict = dict_of(env, handle);
    return dict ? gil__python_own(env, PyDict_Keys(dict)) : GIL_NULL;
}

gil_obj gil__python_dict_values(gil_env *env, gil_obj handle)
{
    PyObject *dict = dict_of(env, handle);
    return dict ? gil__python_own(env, PyDict_Values(dict)) : GIL_NULL;
}

gil_obj gil__python_dict_items(gil_env *env, gil_obj handle)
{
    PyObject *dict = dict_of(env, handle);
    return dict ? gil__python_own(env, PyDict_Items(dict)) : GIL_NULL;
}

bool gil__python_dict_update(gil_env *env, gil_obj handle, gil_obj other)
{
    PyObject *dict = dict_of(env, handle), *more = dict ? dict_of(env, other) : NULL;
    return more && gil__python_fine(env, PyDict_Update(dict, more));
}

gil_obj gil__python_dict_copy(gil_env *env, gil_obj handle)
{
    PyObject *dict = dict_of(env, handle);
    return dict ? gil__python_own(env, PyDict_Copy(dict)) : GIL_NULL;
}

bool gil__python_dict_clear(gil_env *env, gil_obj handle)
{
    PyObject *dict = dict_of(env, handle);
    if (dict)
        PyDict_Clear(dict);
    return dict != NULL;
}
