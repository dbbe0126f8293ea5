/* SPDX-License-Identifier: MIT
 *
 * Arrays as objects: made, borrowed, pinned.
 */
#include "crew.h"

static void test_array__of_every_type_is_zero_and_in_c_order(void **state)
{
    (void)state;
    for (int dtype = GIL_BOOL; dtype <= GIL_LONG_COMPLEX; dtype++) {
        size_t size = gil_dtype_size((gil_dtype)dtype);
        static const char zeros[6 * 32];
        gil_buffer buffer;
        gil_obj array = gil_array_new(env, (gil_dtype)dtype, 2, (size_t[]){2, 3});
        assert_true(gil_buffer_pin(env, array, &buffer));
        assert_int_equal(buffer.dtype, dtype);
        assert_int_equal(buffer.itemsize, size);
        assert_int_equal(buffer.flags, 0);
        assert_int_equal(buffer.ndim, 2);
        assert_int_equal(buffer.strides[0], 3 * size);
        assert_int_equal(buffer.strides[1], size);
        assert_memory_equal(buffer.data, zeros, 6 * size);
        assert_int_equal((uintptr_t)buffer.data % 16, 0);
        gil_buffer_release(env, &buffer);
    }
    assert_int_equal(gil_dtype_size((gil_dtype)99), 0);
}

static void test_array__may_have_no_dimension_or_no_element(void **state)
{
    (void)state;
    gil_buffer buffer;
    assert_true(gil_buffer_pin(env, gil_array_new(env, GIL_FLOAT64, 0, NULL), &buffer));
    assert_int_equal(buffer.ndim, 0);
    assert_true(*(double *)buffer.data == 0);
    gil_buffer_release(env, &buffer);
    assert_true(gil_buffer_pin(env, gil_array_new(env, GIL_FLOAT64, 2, (size_t[]){SIZE_MAX, 0}), &buffer));
    assert_int_equal(buffer.shape[1], 0);
    gil_buffer_release(env, &buffer);
}

static void test_array__that_cannot_be_is_refused(void **state)
{
    (void)state;
    size_t shape[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    assert_raised(gil_array_new(env, (gil_dtype)15, 1, shape), GIL_VALUE_ERROR, "15 is no dtype");
    assert_raised(gil_array_new(env, GIL_INT8, 9, shape), GIL_VALUE_ERROR, "9 dimensions; at most 8");
    assert_fine(gil_array_new(env, GIL_INT8, 8, shape));
    const size_t shapes[][2] = {{SIZE_MAX, 1}, {SIZE_MAX, 2}, {(size_t)1 << 32, (size_t)1 << 32}, {(size_t)1 << 62, 1}};
    for (size_t i = 0; i < 4; i++) {
        char large[120];
        snprintf(large, sizeof large, "no memory for an array of %zu x %zu float64", shapes[i][0], shapes[i][1]);
        assert_raised(gil_array_new(env, GIL_FLOAT64, 2, shapes[i]), GIL_MEMORY_ERROR, large);
    }
    assert_raised(gil_array_new(env, GIL_INT8, 1, (size_t[]){(size_t)PTRDIFF_MAX + 1}), GIL_MEMORY_ERROR,
                  "no memory for an array of 9223372036854775808 int8");
}

static void count_up(void *owner)
{
    ++*(int *)owner;
}

static gil_obj borrow_counted(int *released, double *data, size_t count)
{
    gil_buffer memory = {
        .data = data, .dtype = GIL_FLOAT64, .ndim = 1, .shape = {count}, .strides = {8}, .itemsize = 1};
    return gil_array_borrow(env, &memory, count_up, released);
}

static void test_array__that_is_borrowed_is_released_once(void **state)
{
    (void)state;
    int released = 0;
    double data[3] = {1, 2, 3};
    gil_buffer buffer;
    GIL_SCOPE(env) {
        gil_obj array = borrow_counted(&released, data, 3);
        assert_true(gil_buffer_pin(env, array, &buffer));
        assert_ptr_equal(buffer.data, data);
        assert_int_equal(buffer.itemsize, 8);
    }
    assert_int_equal(released, 0);
    assert_true(((double *)buffer.data)[2] == 3);
    gil_buffer_release(env, &buffer);
    assert_int_equal(released, 1);
    assert_null(buffer.data);
    gil_buffer_release(env, &buffer);
    assert_int_equal(released, 1);
}

static void test_array__that_is_borrowed_and_refused_is_not_released(void **state)
{
    (void)state;
    int released = 0;
    gil_buffer memory = {.dtype = 77};
    assert_raised(gil_array_borrow(env, &memory, count_up, &released), GIL_VALUE_ERROR, "77 is no dtype");
    memory.dtype = GIL_INT8;
    memory.ndim = 9;
    assert_raised(gil_array_borrow(env, &memory, count_up, &released), GIL_VALUE_ERROR, "9 dimensions; at most 8");
    assert_int_equal(released, 0);
}

/* "errors: as array_new": memory that no machine has is not believed, or sizes wrap in every user of it. */
static void test_array__that_is_borrowed_is_not_larger_than_memory(void **state)
{
    (void)state;
    double x = 0;
    gil_buffer memory = {.data = &x, .dtype = GIL_FLOAT64, .ndim = 2};
    memory.shape[0] = memory.shape[1] = (size_t)1 << 40;
    memory.strides[0] = (ptrdiff_t)1 << 43;
    memory.strides[1] = 8;
    gil_obj array = gil_array_borrow(env, &memory, NULL, NULL);
    assert_raised(array, GIL_MEMORY_ERROR, "no memory for an array of 1099511627776 x 1099511627776 float64");
}

static void test_array__pins_bytes_too_but_nothing_else(void **state)
{
    (void)state;
    gil_buffer buffer;
    GIL_SCOPE(env)
        assert_true(gil_buffer_pin(env, gil_bytes_new(env, "abc", 3), &buffer));
    assert_memory_equal(buffer.data, "abc", 3);
    assert_int_equal(buffer.dtype, GIL_UINT8);
    assert_int_equal(buffer.flags, GIL_BUFFER_READONLY);
    assert_int_equal(buffer.shape[0], 3);
    gil_buffer_release(env, &buffer);
    assert_false(gil_buffer_pin(env, text("abc"), &buffer));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "str has no memory to pin; pass an array or bytes");
    assert_false(gil_buffer_pin(env, GIL_NULL, &buffer));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "GIL_NULL is no object");
}

static void pin_often(gil_env *mine, crew_member *member)
{
    for (int i = 0; i < 300; i++) {
        gil_buffer buffer;
        member->wrong += !gil_buffer_pin(mine, *(gil_obj *)member->data, &buffer);
        GIL_BEGIN_ALLOW_THREADS(mine)
        member->wrong += ((volatile double *)buffer.data)[1] != 2;
        GIL_END_ALLOW_THREADS(mine)
        gil_buffer_release(mine, &buffer);
    }
}

static void test_array__is_pinned_by_eight_threads(void **state)
{
    (void)state;
    int released = 0;
    double data[2] = {1, 2};
    GIL_SCOPE(env) {
        gil_obj array = borrow_counted(&released, data, 2);
        assert_int_equal(crew_run(8, pin_often, &array), 0);
        assert_int_equal(released, 0);
    }
    assert_int_equal(released, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_array__of_every_type_is_zero_and_in_c_order),
        TEST(test_array__may_have_no_dimension_or_no_element),
        TEST(test_array__that_cannot_be_is_refused),
        TEST(test_array__that_is_borrowed_is_released_once),
        TEST(test_array__that_is_borrowed_and_refused_is_not_released),
        TEST(test_array__that_is_borrowed_is_not_larger_than_memory),
        TEST(test_array__pins_bytes_too_but_nothing_else),
        TEST(test_array__is_pinned_by_eight_threads),
    };
    return cmocka_run_group_tests_name("host array", tests, NULL, NULL);
}
