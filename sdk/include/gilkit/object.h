/* SPDX-License-Identifier: MIT
 *
 * Objects: make them, ask them, change them. All of it with the GIL held, by the rules at the top of abi.h; a
 * contract here states only what they leave open. What a function here does is what Python's function of the same
 * purpose does, where this header does not say otherwise.
 *
 * A GIL_NULL argument fails a function with the exception that is pending, or TypeError when none is: a chain of
 * calls needs one check, at its end.
 */
#ifndef GILKIT_OBJECT_H
#define GILKIT_OBJECT_H

#include <gilkit/abi.h>

/* ---- Types --------------------------------------------------------------------------------------------- */

/* What an object is. GIL_OBJ_OTHER is a type that the host has and this header has no name for. */
static inline gil_type gil_type_of(gil_env *env, gil_obj object);

/* The type's name for messages, as "int".
 *   owner: the host; valid as long as the object's handle */
static inline const char *gil_type_name(gil_env *env, gil_obj object);

/* Is it an object of this type: an exception type, or the type of a resource?
 *   errors: none; false when `type` is no type */
static inline bool gil_is_instance(gil_env *env, gil_obj object, gil_obj type);

/* Can gil_call call it?
 *   errors: none */
static inline bool gil_is_callable(gil_env *env, gil_obj object);

/* ---- References ---------------------------------------------------------------------------------------- */

/* Keep an object for longer than its handle lives: in the module's state, in a resource, in a struct of a thread.
 * As gil_ref *ref = gil_ref_new(env, object).
 *   owner:  the caller; gil_ref_drop
 *   errors: NULL with an exception pending */
static inline gil_ref *gil_ref_make(gil_env *env, gil_obj object, const char *file, int line);
#define gil_ref_new(env, object) gil_ref_make((env), (object), __FILE__, __LINE__)

/* A handle of the object that a reference keeps.
 *   errors: GIL_NULL: the reference is NULL, or of another runtime */
static inline gil_obj gil_ref_get(gil_env *env, gil_ref *ref);

/* Let it go. Not to be used afterwards; NULL does nothing. A thread that does not hold the GIL may do this too: the
 * object then ends when somebody holds it.
 *   gil:    any
 *   errors: none */
static inline void gil_ref_drop(gil_ref *ref)
{
    if (ref)
        gil_ref_end(ref);
}

/* ---- Errors -------------------------------------------------------------------------------------------- */

/* Raise an exception: it is pending until the function returns or gil_error_fetch takes it. One that was
 * pending before is dropped. Returns GIL_NULL, so that `return gil_raise(...)` fails a function.
 *   units: the message is UTF-8, of any length */
static inline gil_obj __attribute__((format(printf, 3, 4)))
gil_raise(gil_env *env, gil_error_kind kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gil_obj none = gil_error_raise_v(env, kind, format, arguments);
    va_end(arguments);
    return none;
}

/* The same with an exception type, as of gil_exception_type_new.
 *   errors: TypeError is pending instead when `type` is no exception type */
static inline gil_obj __attribute__((format(printf, 3, 4)))
gil_raise_type(gil_env *env, gil_obj type, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gil_obj none = gil_error_raise_type_v(env, type, format, arguments);
    va_end(arguments);
    return none;
}

/* Raise OSError for an errno, or what is below it: FileNotFoundError, FileExistsError, PermissionError. Its attributes
 * `errno`, `strerror` and `filename` are set. path may be NULL. Returns GIL_NULL. */
static inline gil_obj gil_error_raise_errno(gil_env *env, int number, const char *path);

/* Is an exception pending? */
static inline bool gil_error_pending(gil_env *env);

/* Drop the pending exception, if there is one. */
static inline void gil_error_clear(gil_env *env);

/* Take the pending exception: afterwards none is pending. GIL_NULL when none was; that is not a failure.
 *   errors: GIL_NULL with MemoryError pending in its place: no memory for the handle */
static inline gil_obj gil_error_fetch(gil_env *env);

/* Make an exception pending again, as gil_error_fetch returned it. Returns GIL_NULL.
 *   errors: TypeError is pending instead when it is not an exception */
static inline gil_obj gil_error_restore(gil_env *env, gil_obj exception);

/* What an exception is, and its message as a str. One of a type that a module made is of its base's kind.
 *   errors: exception_kind is total: GIL_EXCEPTION for what is no exception; exception_message: TypeError */
static inline gil_error_kind gil_exception_kind(gil_env *env, gil_obj exception);
static inline gil_obj gil_exception_message(gil_env *env, gil_obj exception);

/* Is an exception of this kind, or of one below it, as FileNotFoundError is below OSError?
 *   errors: none; false for what is no exception */
static inline bool gil_exception_matches(gil_env *env, gil_obj exception, gil_error_kind kind);

/* Why it was raised: another exception, or GIL_NULL; that is not a failure. Setting GIL_NULL takes it away.
 *   errors: TypeError: one of them is no exception; ValueError: it would cause itself */
static inline gil_obj gil_exception_cause(gil_env *env, gil_obj exception);
static inline bool gil_exception_set_cause(gil_env *env, gil_obj exception, gil_obj cause);

/* The type of a kind, and a type of one's own below another: as a base for gil_raise_type, an attribute of the
 * module, an answer for gil_is_instance.
 *   name    as callers know it, "module.Error"; copied
 *   base    an exception type; GIL_NULL: Exception
 *   doc     copied; may be NULL
 *   errors: TypeError: base is no exception type */
static inline gil_obj gil_exception_type(gil_env *env, gil_error_kind kind);
static inline gil_obj gil_exception_type_new(gil_env *env, const char *name, gil_obj base, const char *doc);

/* Raise an exception because of another: what is pending, or was fetched, becomes its cause. Returns GIL_NULL.
 *   cause   an exception; GIL_NULL: the pending one */
static inline gil_obj __attribute__((format(printf, 4, 5)))
gil_raise_from(gil_env *env, gil_obj cause, gil_error_kind kind, const char *format, ...)
{
    va_list arguments;
    if (gil_is_null(cause))
        cause = gil_error_fetch(env);
    va_start(arguments, format);
    gil_error_raise_v(env, kind, format, arguments);
    va_end(arguments);
    gil_obj raised = gil_error_fetch(env);
    if (gil_is_null(raised) || (!gil_is_null(cause) && !gil_exception_set_cause(env, raised, cause)))
        return GIL_NULL;
    return gil_error_restore(env, raised);
}

/* ---- What every object answers ------------------------------------------------------------------------- */

/* Does it count as true? None, False, zero and what is empty do not. */
static inline bool gil_truth(gil_env *env, gil_obj object, bool *value);

/* Are both the very same object?
 *   errors: none */
static inline bool gil_same(gil_env *env, gil_obj a, gil_obj b);

/* Compare by value. Numbers compare exactly across their types, str by code points, sequences item by item; what has
 * nothing in common is not equal.
 *   how     GIL_LT, GIL_LE, GIL_EQ, GIL_NE, GIL_GT, GIL_GE
 *   errors: TypeError: an order between what has none; RecursionError; what a type's `equal` or `less` raised */
static inline bool gil_compare(gil_env *env, gil_obj a, gil_comparison how, gil_obj b, bool *value);

/* A number that is equal for equal objects. It differs from one run to the next.
 *   errors: TypeError: lists, dicts and arrays can change, so they have none */
static inline bool gil_hash(gil_env *env, gil_obj object, int64_t *value);

/* As text: for people, and for programmers. */
static inline gil_obj gil_to_str(gil_env *env, gil_obj object);
static inline gil_obj gil_to_repr(gil_env *env, gil_obj object);

/* ---- None and numbers ---------------------------------------------------------------------------------- */

/* None. There is only one. */
static inline gil_obj gil_none_new(gil_env *env);

/* Make a bool, an int, a float, a complex.
 *   errors: OverflowError: a uint64_t over INT64_MAX, where the host's int has 64 bits with a sign, as the native one's */
static inline gil_obj gil_bool_new(gil_env *env, bool value);
static inline gil_obj gil_int_new(gil_env *env, int64_t value);
static inline gil_obj gil_uint_new(gil_env *env, uint64_t value);
static inline gil_obj gil_float_new(gil_env *env, double value);
static inline gil_obj gil_complex_new(gil_env *env, double real, double imag);

/* Read a number. Nothing is narrowed silently: an int is taken from int and bool, a float also from them, a
 * complex also from float; a bool from bool, and from the ints 0 and 1.
 *   errors: TypeError: another type; OverflowError: out of range; ValueError: an int that is neither 0 nor 1 */
static inline bool gil_bool_get(gil_env *env, gil_obj object, bool *value);
static inline bool gil_int_get(gil_env *env, gil_obj object, int64_t *value);
static inline bool gil_uint_get(gil_env *env, gil_obj object, uint64_t *value);
static inline bool gil_float_get(gil_env *env, gil_obj object, double *value);
static inline bool gil_complex_get(gil_env *env, gil_obj object, double *real, double *imag);

/* As an int, as a float: from numbers, and from the text of a str. A float loses what is behind its point.
 *   errors: TypeError; ValueError: text that is no number, NaN; OverflowError */
static inline gil_obj gil_to_int(gil_env *env, gil_obj object);
static inline gil_obj gil_to_float(gil_env *env, gil_obj object);

/* Read the text of a number. White space around it, a sign, and _ between digits are allowed.
 *   units:  length in bytes; base 2 to 36, or 0: as 0x, 0o, 0b say, else 10
 *   errors: ValueError: it is none, or no such base; OverflowError */
static inline gil_obj gil_int_parse(gil_env *env, const char *text, size_t length, int base);
static inline gil_obj gil_float_parse(gil_env *env, const char *text, size_t length);

/* ---- Text and bytes ------------------------------------------------------------------------------------ */

/* Copy UTF-8 into a new str. NUL is allowed.
 *   units:  length in bytes
 *   errors: UnicodeError: not UTF-8; names the byte */
static inline gil_obj gil_str_new(gil_env *env, const char *utf8, size_t length);

/* A str as printf makes it. What is not UTF-8 in it becomes '?'. */
static inline gil_obj gil_str_format_v(gil_env *env, const char *format, va_list arguments);
static inline gil_obj __attribute__((format(printf, 2, 3))) gil_str_format(gil_env *env, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gil_obj text = gil_str_format_v(env, format, arguments);
    va_end(arguments);
    return text;
}

/* The UTF-8 of a str, with a NUL behind it; length may be NULL.
 *   owner:  the object; read only, valid as long as its handle
 *   units:  length in bytes
 *   errors: TypeError */
static inline bool gil_str_get(gil_env *env, gil_obj object, const char **utf8, size_t *length);

/* Is it this text?
 *   errors: none; false for what is no str */
static inline bool gil_str_is(gil_env *env, gil_obj object, const char *utf8);

/* The parts of a list or tuple of str with a separator between them; and a text cut where the separator stands, as a
 * list. A separator of GIL_NULL cuts at white space, and leaves empty parts out.
 *   errors: TypeError: no str; ValueError: an empty separator */
static inline gil_obj gil_str_join(gil_env *env, gil_obj separator, gil_obj parts);
static inline gil_obj gil_str_split(gil_env *env, gil_obj text, gil_obj separator);

/* Copy memory into a new bytes; read the memory of one (see gil_str_get). data may be NULL when length is 0. */
static inline gil_obj gil_bytes_new(gil_env *env, const void *data, size_t length);
static inline bool gil_bytes_get(gil_env *env, gil_obj object, const void **data, size_t *length);

/* ---- Attributes ---------------------------------------------------------------------------------------- */

/* An attribute by name: a module's functions, types, constants and what its init set, __name__ and __doc__; a
 * resource's methods and properties.
 *   errors: AttributeError; what the property raised */
static inline gil_obj gil_attr_get(gil_env *env, gil_obj object, const char *name);

/* The same for one that may be missing: *value is GIL_NULL then. */
static inline bool gil_attr_find(gil_env *env, gil_obj object, const char *name, gil_obj *value);

/* Set or delete one. Modules take any name that is no function, type or constant; resources take the properties that
 * have a setter.
 *   errors: AttributeError: no such, or read only; what the setter raised */
static inline bool gil_attr_set(gil_env *env, gil_obj object, const char *name, gil_obj value);
static inline bool gil_attr_delete(gil_env *env, gil_obj object, const char *name);

/* Their names, as a sorted list of str. */
static inline gil_obj gil_attr_names(gil_env *env, gil_obj object);

/* ---- Items, slices, iteration -------------------------------------------------------------------------- */

/* How many items: code points of a str, bytes, items, keys of a dict, the first dimension of an array, what the type
 * of a resource says.
 *   errors: TypeError: it has no length */
static inline bool gil_length(gil_env *env, gil_obj object, size_t *length);

/* An item: by index (negative counts from the end), by key of a dict, by what the type of a resource takes. The item
 * of an array of several dimensions is an array over the same memory; a tuple of indices goes deeper.
 *   errors: TypeError, IndexError, KeyError; OverflowError: out of range for the element type; BufferError: the array
 *           is read only */
static inline gil_obj gil_item_get(gil_env *env, gil_obj container, gil_obj key);
static inline bool gil_item_set(gil_env *env, gil_obj container, gil_obj key, gil_obj value);
static inline bool gil_item_delete(gil_env *env, gil_obj container, gil_obj key);

/* Is an equal item in it; a key of a dict, a part of a str or bytes? */
static inline bool gil_contains(gil_env *env, gil_obj container, gil_obj item, bool *value);

/* Items from start up to stop, every step-th, as a new list, tuple, str or bytes. Negative indices count from the end,
 * those out of range are cut to it; INT64_MAX and INT64_MIN say "to the end" in either direction.
 *   errors: ValueError: step is 0 */
static inline gil_obj gil_slice(gil_env *env, gil_obj sequence, int64_t start, int64_t stop, int64_t step);

/* Put the items of a list or tuple where start up to stop of a list are; GIL_NULL takes those away.
 *   errors: TypeError; MemoryError: the list is as before */
static inline bool gil_slice_set(gil_env *env, gil_obj list, int64_t start, int64_t stop, gil_obj items);

/* Two of the same type, str, bytes, list or tuple, one behind the other; one of them several times. */
static inline gil_obj gil_concat(gil_env *env, gil_obj a, gil_obj b);
static inline gil_obj gil_repeat(gil_env *env, gil_obj sequence, size_t count);

/* Go through the items of anything that has some:
 *
 *     gil_obj items = gil_iter(env, object), item;
 *     while (gil_iter_next(env, items, &item) && !gil_is_null(item)) { ... }
 *     if (gil_error_pending(env)) return GIL_NULL;
 *
 * iter_next is true with the next item, and at the end with GIL_NULL.
 *   errors: TypeError: it cannot be gone through; RuntimeError: the dict changed its size meanwhile */
static inline gil_obj gil_iter(gil_env *env, gil_obj object);
static inline bool gil_iter_next(gil_env *env, gil_obj iterator, gil_obj *item);

/* ---- Lists and tuples ---------------------------------------------------------------------------------- */

/* An empty list. */
static inline gil_obj gil_list_new(gil_env *env);

/* Add an item at the end. The list keeps it alive.
 *   errors: TypeError: not a list; MemoryError: the list is as before */
static inline bool gil_list_append(gil_env *env, gil_obj list, gil_obj item);

/* Add an item before another (an index out of range is cut to it); add all items that iterating gives.
 *   errors: as append; insert leaves the list as before, extend keeps what it had added */
static inline bool gil_list_insert(gil_env *env, gil_obj list, int64_t index, gil_obj item);
static inline bool gil_list_extend(gil_env *env, gil_obj list, gil_obj items);

/* Sort a list: stable, by gil_compare with GIL_LT. Turn its order round.
 *   errors: TypeError: items without an order; the items are all there, in some order. ValueError: the list was
 *           changed by what compares */
static inline bool gil_list_sort(gil_env *env, gil_obj list);
static inline bool gil_list_reverse(gil_env *env, gil_obj list);

/* A tuple of these items, which it keeps alive. An item that is GIL_NULL, because making it failed, fails the tuple
 * with the same exception; so does list_append. */
static inline gil_obj gil_tuple_new(gil_env *env, size_t count, const gil_obj *items);

/* A list, or a tuple, of all items that iterating gives. */
static inline gil_obj gil_list_from(gil_env *env, gil_obj items);
static inline gil_obj gil_tuple_from(gil_env *env, gil_obj items);

/* Length and items of a list or a tuple; indices count from 0. Quicker than gil_length and gil_item_get.
 *   errors: TypeError: neither; IndexError */
static inline bool gil_sequence_length(gil_env *env, gil_obj sequence, size_t *length);
static inline gil_obj gil_sequence_item(gil_env *env, gil_obj sequence, size_t index);

/* ---- Dicts --------------------------------------------------------------------------------------------- */

/* A dict, which keeps the order in which keys came. Keys are what gil_hash takes. gil_item_get, gil_item_set and
 * gil_item_delete read and write it. */
static inline gil_obj gil_dict_new(gil_env *env);

/* The value of a key that may be missing: *value is GIL_NULL then.
 *   errors: TypeError: no dict, or no hash */
static inline bool gil_dict_find(gil_env *env, gil_obj dict, gil_obj key, gil_obj *value);

/* The value of a key, which is set to `value` first when it is missing. */
static inline gil_obj gil_dict_set_default(gil_env *env, gil_obj dict, gil_obj key, gil_obj value);

/* Go through a dict: *position is 0 at first. At the end *key is GIL_NULL. value may be NULL. Keys that are added or
 * deleted meanwhile may make it leave some out; values may be set.
 *   errors: TypeError */
static inline bool gil_dict_next(gil_env *env, gil_obj dict, size_t *position, gil_obj *key, gil_obj *value);

/* New lists: of its keys, its values, its pairs as tuples. */
static inline gil_obj gil_dict_keys(gil_env *env, gil_obj dict);
static inline gil_obj gil_dict_values(gil_env *env, gil_obj dict);
static inline gil_obj gil_dict_items(gil_env *env, gil_obj dict);

/* Take over every key of another dict; a copy; nothing at all.
 *   errors: update keeps what it had taken over */
static inline bool gil_dict_update(gil_env *env, gil_obj dict, gil_obj other);
static inline gil_obj gil_dict_copy(gil_env *env, gil_obj dict);
static inline bool gil_dict_clear(gil_env *env, gil_obj dict);

/* Set, and find, by a key that is text. */
static inline bool gil_dict_set_text(gil_env *env, gil_obj dict, const char *key, gil_obj value)
{
    return gil_item_set(env, dict, gil_str_new(env, key, __builtin_strlen(key)), value);
}

static inline bool gil_dict_find_text(gil_env *env, gil_obj dict, const char *key, gil_obj *value)
{
    return gil_dict_find(env, dict, gil_str_new(env, key, __builtin_strlen(key)), value);
}

/* ---- Arrays and buffers -------------------------------------------------------------------------------- */

/* A new array in C order, its memory zeroed and owned by it.
 *   units:  shape counts elements; ndim is 0 to GIL_MAX_DIMS
 *   errors: ValueError: a dtype or ndim that does not exist; MemoryError: too large, or no memory */
static inline gil_obj gil_array_new(gil_env *env, gil_dtype dtype, size_t ndim, const size_t *shape);

/* An array over memory that somebody else owns: data, dtype, flags, ndim, shape and strides of `memory` are
 * taken over, itemsize is ignored.
 *   owner:  release(owner) is called with the GIL held when no object needs the memory any more, perhaps after
 *           the module's free function; never on failure; release may be NULL. The module's state lives as long
 *   errors: as array_new */
static inline gil_obj gil_array_borrow(gil_env *env, const gil_buffer *memory, gil_release_fn release, void *owner);

/* Pin the memory of an array, a bytes (read only, uint8), or a resource whose type has `buffer`: it stays where it is,
 * also while the GIL is released, until gil_buffer_release. A pinned object stays alive without its handle.
 *   errors: TypeError: no memory to pin */
static inline bool gil_buffer_pin(gil_env *env, gil_obj object, gil_buffer *buffer);

/* Undo one pin. The buffer is zeroed; releasing it again does nothing. */
static inline void gil_buffer_release(gil_env *env, gil_buffer *buffer);

/* Bytes of one element; 0 for a dtype that does not exist. */
static inline size_t gil_dtype_size(gil_dtype dtype)
{
    static const unsigned char sizes[] = {
        1, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8, sizeof(long double), 8, 16, 2 * sizeof(long double)};
    return (size_t)dtype < sizeof(sizes) ? sizes[dtype] : 0;
}

/* Of a pinned buffer: may it be written; do its elements lie in C order without gaps; how many are there? */
static inline bool gil_buffer_is_writable(const gil_buffer *buffer)
{
    return !(buffer->flags & GIL_BUFFER_READONLY);
}

static inline bool gil_buffer_is_packed(const gil_buffer *buffer)
{
    ptrdiff_t stride = (ptrdiff_t)buffer->itemsize;
    for (size_t axis = 0; axis < buffer->ndim; axis++)
        if (buffer->shape[axis] == 0)
            return true; /* no elements, so no gaps */
    for (size_t axis = buffer->ndim; axis-- > 0;) {
        if (buffer->shape[axis] != 1 && buffer->strides[axis] != stride)
            return false;
        stride *= (ptrdiff_t)buffer->shape[axis];
    }
    return true;
}

static inline size_t gil_buffer_count(const gil_buffer *buffer)
{
    size_t count = 1;
    for (size_t axis = 0; axis < buffer->ndim; axis++)
        count *= buffer->shape[axis];
    return count;
}

/* ---- Calls, modules, the host -------------------------------------------------------------------------- */

/* Call a function, a method, a type, or a resource whose type has `call`. Arguments are borrowed for the call.
 *   gil:    held on entry and on return; released in between when the function runs without it, or somebody waits
 *   errors: TypeError: not callable, wrong arguments; what the function raised. An exception that is pending already
 *           counts as the function's: fetch it before, and restore it behind */
static inline gil_obj gil_call(gil_env *env, gil_obj callable, const gil_obj *arguments, size_t n_arguments,
                               const gil_keyword *keywords, size_t n_keywords);

/* The state of the module whose function runs: .state_size bytes that were zero before init. NULL when the
 * module declared none, and outside of a module's function. */
static inline void *gil_module_state(gil_env *env);

/* The module whose function, init or free runs: to set attributes on it.
 *   errors: RuntimeError: called from outside of a module */
static inline gil_obj gil_module_self(gil_env *env);

/* Another module by its name, as this host finds modules: the native one looks in GILKIT_PATH and in the folder of
 * installed modules.
 *   gil:    held; released while the file is read
 *   errors: ImportError */
static inline gil_obj gil_import(gil_env *env, const char *name);

/* Which host this is, as "native", and its version, as "0.2.0": for messages. What a module can do follows from the
 * ABI that it was built for, never from these.
 *   owner: the host; valid for ever
 *   errors: none */
static inline const char *gil_host_name(gil_env *env);
static inline const char *gil_host_version(gil_env *env);

/* gil_error_raise_v, gil_error_raise_type_v: what gil_raise and gil_raise_type call.
 * gil_ref_end: what gil_ref_drop calls for a reference that is not NULL.
 *   gil:    any */

#endif
