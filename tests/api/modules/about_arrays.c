/* SPDX-License-Identifier: MIT
 *
 * Arrays and pinned memory: made, borrowed, indexed, cut.
 */
#include "check.h"

GIL_MODULE(about_arrays, .doc = "Tests of arrays.");

/* 0, 1, 2, ... in an array of this shape. */
static gil_obj counted(gil_env *env, gil_dtype dtype, size_t ndim, const size_t *shape)
{
    PINNED(pin);
    gil_obj array = gil_array_new(env, dtype, ndim, shape);
    if (!gil_buffer_pin(env, array, &pin.is))
        return GIL_NULL;
    for (size_t i = 0; i < gil_buffer_count(&pin.is); i++)
        if (dtype == GIL_FLOAT64)
            ((double *)pin.is.data)[i] = (double)i;
        else
            ((int16_t *)pin.is.data)[i] = (int16_t)i;
    return array;
}

static gil_obj vector(gil_env *env, size_t count)
{
    return counted(env, GIL_FLOAT64, 1, &count);
}

/* ---- Made --------------------------------------------------------------------------------------------------- */

TEST(an_array_is_zeroed_and_in_c_order)
{
    PINNED(pin);
    gil_obj array;
    TRY(array = gil_array_new(env, GIL_FLOAT64, 2, (size_t[]){2, 3}));
    CHECK_COUNT(gil_type_of(env, array), GIL_OBJ_ARRAY);
    TRY(gil_buffer_pin(env, array, &pin.is));
    CHECK(pin.is.dtype == GIL_FLOAT64 && pin.is.itemsize == 8 && pin.is.ndim == 2);
    CHECK(pin.is.shape[0] == 2 && pin.is.shape[1] == 3);
    CHECK(pin.is.strides[0] == 24 && pin.is.strides[1] == 8);
    CHECK(gil_buffer_is_writable(&pin.is) && gil_buffer_is_packed(&pin.is));
    CHECK_COUNT(gil_buffer_count(&pin.is), 6);
    for (int i = 0; i < 6; i++)
        CHECK(((double *)pin.is.data)[i] == 0);
}

TEST(every_dtype_has_its_size)
{
    static const size_t sizes[] = {
        1, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8, sizeof(long double), 8, 16, 2 * sizeof(long double)};
    for (unsigned dtype = 0; dtype < sizeof sizes / sizeof sizes[0]; dtype++) {
        CHECK_COUNT(gil_dtype_size((gil_dtype)dtype), sizes[dtype]);
        if (!check_native(env) && (dtype == GIL_LONG_DOUBLE || dtype == GIL_LONG_COMPLEX))
            continue;
        GIL_SCOPE(env) {
            PINNED(pin);
            TRY(gil_buffer_pin(env, gil_array_new(env, (gil_dtype)dtype, 1, (size_t[]){2}), &pin.is));
            CHECK(pin.is.dtype == dtype && pin.is.itemsize == sizes[dtype]);
        }
    }
    CHECK_COUNT(gil_dtype_size((gil_dtype)15), 0);
    CHECK_COUNT(gil_dtype_size((gil_dtype)-1), 0);
}

TEST(an_array_may_have_no_elements_and_no_dimensions)
{
    size_t length = 9;
    gil_obj none, one;
    TRY(none = gil_array_new(env, GIL_INT8, 2, (size_t[]){0, 5}));
    TRY(gil_length(env, none, &length));
    CHECK_COUNT(length, 0);
    TRY(one = gil_array_new(env, GIL_INT8, 0, NULL));
    PINNED(pin);
    TRY(gil_buffer_pin(env, one, &pin.is));
    CHECK(pin.is.ndim == 0 && gil_buffer_count(&pin.is) == 1 && gil_buffer_is_packed(&pin.is));
    RAISES(GIL_TYPE_ERROR, gil_length(env, one, &length));
    TRY(gil_array_new(env, GIL_INT8, GIL_MAX_DIMS, (size_t[GIL_MAX_DIMS]){1, 1, 1, 1, 1, 1, 1, 2}));
}

TEST(a_dtype_or_ndim_that_does_not_exist_is_refused)
{
    size_t shape[GIL_MAX_DIMS + 1] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    gil_buffer memory = {.data = shape, .dtype = 15, .ndim = 1, .shape = {1}, .strides = {1}};
    RAISES(GIL_VALUE_ERROR, gil_array_new(env, (gil_dtype)15, 1, shape));
    RAISES(GIL_VALUE_ERROR, gil_array_new(env, (gil_dtype)-1, 1, shape));
    RAISES(GIL_VALUE_ERROR, gil_array_new(env, GIL_INT8, GIL_MAX_DIMS + 1, shape));
    RAISES(GIL_VALUE_ERROR, gil_array_borrow(env, &memory, NULL, NULL));
    memory.dtype = GIL_INT8;
    memory.ndim = GIL_MAX_DIMS + 1;
    RAISES(GIL_VALUE_ERROR, gil_array_borrow(env, &memory, NULL, NULL));
}

TEST(an_array_beyond_all_memory_is_refused)
{
    RAISES(GIL_MEMORY_ERROR, gil_array_new(env, GIL_FLOAT64, 1, (size_t[]){SIZE_MAX / 4}));
    RAISES(GIL_MEMORY_ERROR, gil_array_new(env, GIL_FLOAT64, 2, (size_t[]){SIZE_MAX / 2, SIZE_MAX / 2}));
    TRY(gil_array_new(env, GIL_FLOAT64, 3, (size_t[]){SIZE_MAX / 2, 0, SIZE_MAX / 2}));
}

/* ---- Borrowed ------------------------------------------------------------------------------------------------ */

static void count_release(void *owner)
{
    ++*(int *)owner;
}

TEST(borrowed_memory_is_released_once_when_nothing_needs_it)
{
    double x[] = {1, 2, 3};
    int released = 0;
    gil_buffer memory = {.data = x, .dtype = GIL_FLOAT64, .ndim = 1, .shape = {3}, .strides = {8}};
    GIL_SCOPE(env) {
        gil_obj array;
        TRY(array = gil_array_borrow(env, &memory, count_release, &released));
        CHECK_REPR(gil_item_get(env, array, INT(2)), "3.0");
        TRY(gil_item_set(env, array, INT(0), INT(9)));
        CHECK(x[0] == 9);
        CHECK_COUNT(released, 0);
    }
    CHECK_COUNT(released, 1);
}

TEST(a_part_keeps_the_memory_of_the_whole)
{
    double x[] = {1, 2, 3, 4};
    int released = 0;
    gil_buffer memory = {.data = x, .dtype = GIL_FLOAT64, .ndim = 2, .shape = {2, 2}, .strides = {16, 8}};
    GIL_SCOPE(env) {
        gil_obj row = GIL_NULL;
        GIL_SCOPE(env) {
            TRY(row = gil_escape(env,
                                 gil_item_get(env, gil_array_borrow(env, &memory, count_release, &released), INT(1))));
        }
        CHECK_COUNT(released, 0);
        CHECK_REPR(gil_item_get(env, row, INT(0)), "3.0");
    }
    CHECK_COUNT(released, 1);
}

TEST(memory_that_could_not_be_borrowed_is_not_released)
{
    int released = 0;
    gil_buffer memory = {.data = &released, .dtype = 99, .ndim = 1, .shape = {1}, .strides = {1}};
    RAISES(GIL_VALUE_ERROR, gil_array_borrow(env, &memory, count_release, &released));
    CHECK_COUNT(released, 0);
}

TEST(memory_may_run_backwards_and_have_gaps)
{
    int16_t x[] = {1, 2, 3, 4, 5, 6};
    PINNED(pin);
    gil_obj array;
    gil_buffer memory = {.data = &x[5], .dtype = GIL_INT16, .ndim = 1, .shape = {3}, .strides = {-4}};
    TRY(array = gil_array_borrow(env, &memory, NULL, NULL));
    CHECK_REPR(gil_list_from(env, array), "[6, 4, 2]");
    TRY(gil_buffer_pin(env, array, &pin.is));
    CHECK(!gil_buffer_is_packed(&pin.is));
    CHECK(pin.is.itemsize == 2 && pin.is.strides[0] == -4);
}

TEST(memory_that_is_read_only_is_not_written)
{
    static const int16_t x[] = {1, 2};
    PINNED(pin);
    gil_obj array;
    gil_buffer memory = {
        .data = (void *)x, .dtype = GIL_INT16, .flags = GIL_BUFFER_READONLY, .ndim = 1, .shape = {2}, .strides = {2}};
    TRY(array = gil_array_borrow(env, &memory, NULL, NULL));
    RAISES(GIL_BUFFER_ERROR, gil_item_set(env, array, INT(0), INT(1)));
    TRY(gil_buffer_pin(env, array, &pin.is));
    CHECK(!gil_buffer_is_writable(&pin.is));
}

/* ---- Pinned ---------------------------------------------------------------------------------------------------- */

TEST(a_pin_keeps_what_it_pins_alive)
{
    double x[] = {1, 2};
    int released = 0;
    gil_buffer memory = {.data = x, .dtype = GIL_FLOAT64, .ndim = 1, .shape = {2}, .strides = {8}};
    PINNED(pin);
    GIL_SCOPE(env)
        TRY(gil_buffer_pin(env, gil_array_borrow(env, &memory, count_release, &released), &pin.is));
    CHECK_COUNT(released, 0);
    CHECK(pin.is.data == x);
    gil_buffer_release(env, &pin.is);
    CHECK_COUNT(released, 1);
    CHECK(pin.is.data == NULL && pin.is.ndim == 0);
    gil_buffer_release(env, &pin.is);
    CHECK_COUNT(released, 1);
}

TEST(bytes_are_pinned_to_be_read)
{
    PINNED(pin);
    TRY(gil_buffer_pin(env, BYTES("abc"), &pin.is));
    CHECK(pin.is.dtype == GIL_UINT8 && pin.is.ndim == 1 && pin.is.shape[0] == 3 && pin.is.itemsize == 1);
    CHECK(!gil_buffer_is_writable(&pin.is) && gil_buffer_is_packed(&pin.is));
    CHECK(memcmp(pin.is.data, "abc", 3) == 0);
}

TEST(what_has_no_memory_is_not_pinned)
{
    gil_buffer buffer;
    RAISES(GIL_TYPE_ERROR, gil_buffer_pin(env, LIST(REAL(1)), &buffer));
    RAISES(GIL_TYPE_ERROR, gil_buffer_pin(env, TEXT("abc"), &buffer));
    RAISES(GIL_TYPE_ERROR, gil_buffer_pin(env, REAL(1), &buffer));
    RAISES(GIL_TYPE_ERROR, gil_buffer_pin(env, GIL_NULL, &buffer));
}

TEST(pinned_memory_is_used_without_the_gil)
{
    double sum = 0;
    PINNED(pin);
    TRY(gil_buffer_pin(env, vector(env, 100), &pin.is));
    const double *x = pin.is.data;
    GIL_BEGIN_ALLOW_THREADS(env)
    for (int i = 0; i < 100; i++)
        sum += x[i];
    GIL_END_ALLOW_THREADS(env)
    CHECK(sum == 4950);
}

/* ---- Items ------------------------------------------------------------------------------------------------------ */

TEST(elements_are_read_and_written_by_index)
{
    gil_obj array;
    TRY(array = vector(env, 4));
    CHECK_REPR(gil_item_get(env, array, INT(-1)), "3.0");
    TRY(gil_item_set(env, array, INT(-1), REAL(0.5)));
    TRY(gil_item_set(env, array, INT(0), BOOL(true)));
    CHECK_REPR(gil_list_from(env, array), "[1.0, 1.0, 2.0, 0.5]");
    RAISES(GIL_INDEX_ERROR, gil_item_get(env, array, INT(4)));
    RAISES(GIL_INDEX_ERROR, gil_item_set(env, array, INT(-5), INT(0)));
    RAISES(GIL_TYPE_ERROR, gil_item_get(env, array, TEXT("0")));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, array, INT(0), TEXT("x")));
    RAISES(GIL_TYPE_ERROR, gil_item_set(env, array, INT(0), NONE()));
}

TEST(an_element_that_does_not_fit_is_refused)
{
    gil_obj array;
    TRY(array = gil_array_new(env, GIL_INT8, 1, (size_t[]){1}));
    TRY(gil_item_set(env, array, INT(0), INT(-128)));
    RAISES(GIL_OVERFLOW_ERROR, gil_item_set(env, array, INT(0), INT(128)));
    RAISES(GIL_OVERFLOW_ERROR, gil_item_set(env, array, INT(0), INT(-129)));
    CHECK_REPR(gil_item_get(env, array, INT(0)), "-128");
    TRY(array = gil_array_new(env, GIL_UINT16, 1, (size_t[]){1}));
    RAISES(GIL_OVERFLOW_ERROR, gil_item_set(env, array, INT(0), INT(-1)));
    TRY(gil_item_set(env, array, INT(0), INT(65535)));
    CHECK_REPR(gil_item_get(env, array, INT(0)), "65535");
}

TEST(the_item_of_a_matrix_is_a_row_over_the_same_memory)
{
    gil_obj matrix, row;
    size_t length = 0;
    TRY(matrix = counted(env, GIL_INT16, 2, (size_t[]){2, 3}));
    TRY(gil_length(env, matrix, &length));
    CHECK_COUNT(length, 2);
    TRY(row = gil_item_get(env, matrix, INT(1)));
    CHECK_REPR(gil_list_from(env, row), "[3, 4, 5]");
    TRY(gil_item_set(env, row, INT(0), INT(-3)));
    CHECK_REPR(gil_item_get(env, matrix, TUPLE(INT(1), INT(0))), "-3");
    CHECK_REPR(gil_item_get(env, matrix, TUPLE(INT(-1), INT(-1))), "5");
    TRY(gil_item_set(env, matrix, TUPLE(INT(0), INT(2)), INT(7)));
    CHECK_REPR(gil_list_from(env, gil_item_get(env, matrix, TUPLE(INT(0)))), "[0, 1, 7]");
    RAISES(GIL_INDEX_ERROR, gil_item_get(env, matrix, TUPLE(INT(0), INT(3))));
    RAISES(GIL_INDEX_ERROR, gil_item_get(env, matrix, TUPLE(INT(0), INT(0), INT(0))));
}

TEST(an_array_is_cut_over_the_same_memory)
{
    gil_obj array, part;
    TRY(array = vector(env, 5));
    CHECK_REPR(gil_list_from(env, gil_slice(env, array, 1, 3, 1)), "[1.0, 2.0]");
    CHECK_REPR(gil_list_from(env, gil_slice(env, array, INT64_MAX, INT64_MIN, -2)), "[4.0, 2.0, 0.0]");
    TRY(part = gil_slice(env, array, 3, INT64_MAX, 1));
    TRY(gil_item_set(env, part, INT(0), REAL(-1)));
    CHECK_REPR(gil_item_get(env, array, INT(3)), "-1.0");
}

/* ---- Passed ------------------------------------------------------------------------------------------------------- */

GIL_FUNCTION(double, sum, (size_t n, const double x[n]), .doc = "A kernel.")
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += x[i];
    return total;
}

GIL_FUNCTION(void, twice, (size_t n, const double x[n], GIL_OUT double y[n]), .doc = "An array that is returned.")
{
    for (size_t i = 0; i < n; i++)
        y[i] = 2 * x[i];
}

GIL_FUNCTION(void, negate, (size_t m, size_t n, double a[m][n]), .doc = "An array that is written in place.")
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            a[i][j] = -a[i][j];
}

TEST(arrays_are_passed_returned_and_written_in_place)
{
    gil_obj array, matrix;
    TRY(array = vector(env, 4));
    CHECK_REPR(CALL(OWN("sum"), array), "6.0");
    CHECK_REPR(CALL(OWN("sum"), gil_slice(env, array, 3, INT64_MIN, -2)), "4.0");
    CHECK_REPR(CALL(OWN("sum"), LIST(INT(1), REAL(0.5))), "1.5");
    CHECK_REPR(gil_list_from(env, CALL(OWN("twice"), array)), "[0.0, 2.0, 4.0, 6.0]");
    TRY(matrix = counted(env, GIL_FLOAT64, 2, (size_t[]){1, 2}));
    TRY(CALL(OWN("negate"), matrix));
    CHECK_REPR(gil_item_get(env, matrix, TUPLE(INT(0), INT(1))), "-1.0");
    RAISES(GIL_TYPE_ERROR, CALL(OWN("sum"), counted(env, GIL_INT16, 1, (size_t[]){2})));
    RAISES(GIL_TYPE_ERROR, CALL(OWN("sum"), TEXT("abc")));
}
