/* SPDX-License-Identifier: MIT
 *
 * What the suites share: a runtime for each test, short names for objects, and checks that say what they saw. A
 * runtime must end with as many allocations as it began with, so that every test looks for leaks too.
 */
#ifndef GILKIT_TESTS_FIXTURE_H
#define GILKIT_TESTS_FIXTURE_H

#include <gilkit/runtime.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* behind those that it needs */
#include <cmocka.h>

#include "base/memory.h"

#define MODULE(name) GILKIT_TEST_MODULES "/" name ".so"

static gil_runtime *runtime;
static gil_env *env;
static gil_obj module; /* what CALL looks functions up in */
static long live_before;

/* ---- A runtime for each test ---------------------------------------------------------------------------- */

static inline int open_runtime(void **state)
{
    (void)state;
    gil_error error;
    live_before = gil__memory_live();
    runtime = gil_runtime_new(NULL, &error);
    env = runtime ? gil_attach(runtime, &error) : NULL;
    return env ? 0 : -1;
}

static inline int close_runtime(void **state)
{
    (void)state;
    gil_error error;
    gil__memory_fail_after(-1, false);
    gil_detach(env);
    if (!gil_runtime_free(runtime, &error)) {
        print_error("the runtime is not free: %s\n", error.message);
        return -1;
    }
    long left = gil__memory_live() - live_before;
    if (left)
        print_error("%ld allocations are left\n", left);
    return left ? -1 : 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_runtime, close_runtime)

/* ---- Objects -------------------------------------------------------------------------------------------- */

static inline gil_obj integer(int64_t value)
{
    return gil_int_new(env, value);
}

static inline gil_obj real(double value)
{
    return gil_float_new(env, value);
}

static inline gil_obj text(const char *utf8)
{
    return gil_str_new(env, utf8, strlen(utf8));
}

static inline gil_obj none(void)
{
    return gil_none_new(env);
}

static inline gil_obj list_of(size_t count, const gil_obj *items)
{
    gil_obj list = gil_list_new(env);
    for (size_t i = 0; i < count; i++)
        assert_true(gil_list_append(env, list, items[i]));
    return list;
}

#define OBJECTS(...) ((const gil_obj[]){GIL_NULL, ##__VA_ARGS__} + 1)
#define COUNT(...)   (sizeof((const gil_obj[]){GIL_NULL, ##__VA_ARGS__}) / sizeof(gil_obj) - 1)
#define LIST(...)    list_of(COUNT(__VA_ARGS__), OBJECTS(__VA_ARGS__))
#define TUPLE(...)   gil_tuple_new(env, COUNT(__VA_ARGS__), OBJECTS(__VA_ARGS__))

/* An array over the caller's memory. */
static inline gil_obj borrow(gil_dtype dtype, void *data, size_t ndim, const size_t *shape, const ptrdiff_t *strides,
                             uint32_t flags)
{
    gil_buffer memory = {.data = data, .dtype = dtype, .ndim = ndim, .flags = flags};
    ptrdiff_t stride = (ptrdiff_t)gil_dtype_size(dtype);
    for (size_t axis = ndim; axis-- > 0;) {
        memory.shape[axis] = shape[axis];
        memory.strides[axis] = strides ? strides[axis] : stride;
        stride *= strides ? 1 : (ptrdiff_t)shape[axis];
    }
    return gil_array_borrow(env, &memory, NULL, NULL);
}

static inline gil_obj vector(gil_dtype dtype, void *data, size_t count)
{
    return borrow(dtype, data, 1, &count, NULL, 0);
}

/* A new array of `count` doubles: first, first + 1, ... */
static inline gil_obj doubles(size_t count, double first)
{
    gil_buffer buffer;
    gil_obj array = gil_array_new(env, GIL_FLOAT64, 1, &count);
    assert_true(gil_buffer_pin(env, array, &buffer));
    for (size_t i = 0; i < count; i++)
        ((double *)buffer.data)[i] = first + (double)i;
    gil_buffer_release(env, &buffer);
    return array;
}

/* ---- Modules and calls ---------------------------------------------------------------------------------- */

/* What is pending, on stderr: for what a test did not expect. */
static inline void print_pending(void)
{
    gil_error error;
    if (gil_error_take(env, &error))
        print_error("%s: %s\n", gil_error_name(error.kind), error.message);
}

static inline gil_obj load_path(const char *path)
{
    gil_obj loaded = gil_load(env, path);
    if (gil_is_null(loaded))
        print_pending();
    assert_false(gil_is_null(loaded));
    return loaded;
}

/* Load a module of the tests and look functions up in it from now on. */
#define USE(name) (module = load_path(MODULE(name)))

static inline gil_obj function(const char *name)
{
    gil_obj found = gil_attr_get(env, module, name);
    if (gil_is_null(found))
        print_pending();
    assert_false(gil_is_null(found));
    return found;
}

#define CALL(name, ...) gil_call(env, function(name), OBJECTS(__VA_ARGS__), COUNT(__VA_ARGS__), NULL, 0)

/* One argument by name. */
#define CALL_NAMED(name, key, value, ...) \
    gil_call(env, function(name), OBJECTS(__VA_ARGS__), COUNT(__VA_ARGS__), &(gil_keyword){key, value}, 1)

/* ---- Checks --------------------------------------------------------------------------------------------- */

/* The call failed with this exception; a message that ends in "..." is compared up to there. */
static inline void assert_raised(gil_obj result, gil_error_kind kind, const char *message)
{
    gil_error error = {GIL_EXCEPTION, ""};
    assert_true(gil_is_null(result));
    assert_true(gil_error_take(env, &error));
    size_t length = strlen(message);
    if (length >= 3 && strcmp(message + length - 3, "...") == 0 && strlen(error.message) >= length - 3)
        strcpy(error.message + length - 3, "...");
    assert_string_equal(error.message, message);
    assert_string_equal(gil_error_name(error.kind), gil_error_name(kind));
    assert_false(gil_error_pending(env));
}

static inline void assert_fine(gil_obj result)
{
    if (gil_is_null(result))
        print_pending();
    assert_false(gil_is_null(result));
    assert_false(gil_error_pending(env));
}

static inline void assert_int(gil_obj object, int64_t wanted)
{
    int64_t value = 0;
    assert_fine(object);
    assert_int_equal(gil_type_of(env, object), GIL_OBJ_INT);
    assert_true(gil_int_get(env, object, &value));
    if (value != wanted)
        print_error("%" PRId64 " is not %" PRId64 "\n", value, wanted);
    assert_true(value == wanted);
}

/* NaN is equal to NaN here. */
static inline void assert_real(gil_obj object, double wanted)
{
    double value = 0;
    assert_fine(object);
    assert_int_equal(gil_type_of(env, object), GIL_OBJ_FLOAT);
    assert_true(gil_float_get(env, object, &value));
    bool same = value == wanted || (value != value && wanted != wanted);
    if (!same)
        print_error("%.17g is not %.17g\n", value, wanted);
    assert_true(same);
}

static inline void assert_complex(gil_obj object, double real_part, double imag_part)
{
    double got_real = 0, got_imag = 0;
    assert_fine(object);
    assert_int_equal(gil_type_of(env, object), GIL_OBJ_COMPLEX);
    assert_true(gil_complex_get(env, object, &got_real, &got_imag));
    assert_true(got_real == real_part);
    assert_true(got_imag == imag_part);
}

static inline void assert_bool(gil_obj object, bool wanted)
{
    bool value = !wanted;
    assert_fine(object);
    assert_int_equal(gil_type_of(env, object), GIL_OBJ_BOOL);
    assert_true(gil_bool_get(env, object, &value));
    assert_int_equal(value, wanted);
}

static inline void assert_text(gil_obj object, const char *wanted)
{
    const char *utf8 = "";
    assert_fine(object);
    assert_true(gil_str_get(env, object, &utf8, NULL));
    assert_string_equal(utf8, wanted);
}

static inline void assert_none(gil_obj object)
{
    assert_fine(object);
    assert_int_equal(gil_type_of(env, object), GIL_OBJ_NONE);
}

static inline gil_obj item(gil_obj sequence, size_t index)
{
    gil_obj found = gil_sequence_item(env, sequence, index);
    assert_fine(found);
    return found;
}

/* A vector of doubles. */
static inline void assert_doubles(gil_obj array, size_t count, const double *wanted)
{
    gil_buffer buffer;
    assert_fine(array);
    assert_true(gil_buffer_pin(env, array, &buffer));
    assert_int_equal(buffer.dtype, GIL_FLOAT64);
    assert_int_equal(buffer.ndim, 1);
    assert_int_equal(buffer.shape[0], count);
    assert_memory_equal(buffer.data, wanted, count * sizeof *wanted);
    gil_buffer_release(env, &buffer);
}

#define DOUBLES(...) \
    (sizeof((const double[]){__VA_ARGS__}) / sizeof(double)), (const double[]) \
    { \
        __VA_ARGS__ \
    }

#endif
