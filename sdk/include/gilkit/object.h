/* SPDX-License-Identifier: MIT
 *
 * Objects: make them, ask them, read them. All of it with the GIL held, by the rules at the top of abi.h; a
 * contract here states only what they leave open.
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

/* Is an exception pending? */
static inline bool gil_error_pending(gil_env *env);

/* Take the pending exception: afterwards none is pending. GIL_NULL when none was; that is not a failure.
 *   errors: GIL_NULL with MemoryError pending in its place: no memory for the handle */
static inline gil_obj gil_error_fetch(gil_env *env);

/* Make an exception pending again, as gil_error_fetch returned it. Returns GIL_NULL.
 *   errors: TypeError is pending instead when it is not an exception */
static inline gil_obj gil_error_restore(gil_env *env, gil_obj exception);

/* What an exception is, and its message as a str.
 *   errors: exception_kind is total: GIL_EXCEPTION for what is no exception; exception_message: TypeError */
static inline gil_error_kind gil_exception_kind(gil_env *env, gil_obj exception);
static inline gil_obj gil_exception_message(gil_env *env, gil_obj exception);

/* ---- None and numbers ---------------------------------------------------------------------------------- */

static inline gil_obj gil_none_new(gil_env *env);
static inline gil_obj gil_bool_new(gil_env *env, bool value);
static inline gil_obj gil_int_new(gil_env *env, int64_t value);

/*   errors: OverflowError: the native host's int has 64 bits with a sign */
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

/* ---- Text and bytes ------------------------------------------------------------------------------------ */

/* Copy UTF-8 into a new str. NUL is allowed.
 *   units:  length in bytes
 *   errors: UnicodeError: not UTF-8; names the byte */
static inline gil_obj gil_str_new(gil_env *env, const char *utf8, size_t length);

/* The UTF-8 of a str, with a NUL behind it; length may be NULL.
 *   owner:  the object; read only, valid as long as its handle
 *   units:  length in bytes
 *   errors: TypeError */
static inline bool gil_str_get(gil_env *env, gil_obj object, const char **utf8, size_t *length);

/* Copy memory into a new bytes; read the memory of one (see str_get). data may be NULL when length is 0. */
static inline gil_obj gil_bytes_new(gil_env *env, const void *data, size_t length);
static inline bool gil_bytes_get(gil_env *env, gil_obj object, const void **data, size_t *length);

/* ---- Sequences ----------------------------------------------------------------------------------------- */

static inline gil_obj gil_list_new(gil_env *env);

/* Add an item at the end. The list keeps it alive.
 *   errors: TypeError: not a list; MemoryError: the list is as before */
static inline bool gil_list_append(gil_env *env, gil_obj list, gil_obj item);

/* A tuple of these items, which it keeps alive. An item that is GIL_NULL, because making it failed, fails the tuple
 * with the same exception; so does list_append. */
static inline gil_obj gil_tuple_new(gil_env *env, size_t count, const gil_obj *items);

/* Length and items of a list or a tuple; indices count from 0.
 *   errors: TypeError: neither; IndexError */
static inline bool gil_sequence_length(gil_env *env, gil_obj sequence, size_t *length);
static inline gil_obj gil_sequence_item(gil_env *env, gil_obj sequence, size_t index);

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

/* Pin the memory of an array or a bytes (read only, uint8): it stays where it is, also while the GIL is
 * released, until gil_buffer_release. A pinned object stays alive without its handle.
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

/* ---- Attributes, calls, module state ------------------------------------------------------------------- */

/* An attribute by name: a module's functions, and its __name__ and __doc__.
 *   errors: AttributeError */
static inline gil_obj gil_attr_get(gil_env *env, gil_obj object, const char *name);

/* Call a function. Arguments are borrowed for the call.
 *   gil:    held on entry and on return; released in between when the function runs without it
 *   errors: TypeError: not callable, wrong arguments; what the function raised */
static inline gil_obj gil_call(gil_env *env, gil_obj callable, const gil_obj *arguments, size_t n_arguments,
                               const gil_keyword *keywords, size_t n_keywords);

/* The state of the module whose function runs: .state_size bytes that were zero before init. NULL when the
 * module declared none, and outside of a module's function. */
static inline void *gil_module_state(gil_env *env);

/* gil_error_raise_v: what gil_raise calls. */

#endif
