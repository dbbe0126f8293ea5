/* SPDX-License-Identifier: MIT
 *
 * What the memory of an array may be, whichever host has it.
 */
#ifndef GILKIT_CALL_LAYOUT_H
#define GILKIT_CALL_LAYOUT_H

#include <gilkit/object.h>

/* Fill in C-order strides. false: the bytes of it all do not fit. */
bool gil__layout_c_order(gil_buffer *memory, size_t *bytes);

/* A dtype and a number of dimensions that exist.
 *   errors: false: ValueError */
bool gil__layout_check_kind(gil_env *env, uint32_t dtype, size_t ndim);

/* Memory that is said to be somewhere must be.
 *   errors: false: ValueError */
bool gil__layout_check_data(gil_env *env, const gil_buffer *memory, size_t bytes);

/* MemoryError: "no memory for an array of 3 x 4 float64". Returns GIL_NULL. */
gil_obj gil__layout_refuse(gil_env *env, gil_dtype dtype, size_t ndim, const size_t *shape);

#endif
