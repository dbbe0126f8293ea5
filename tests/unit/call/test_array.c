/* SPDX-License-Identifier: MIT
 *
 * Arrays, bytes, text and lists as arguments: what reaches the kernel, and what is refused on the way.
 */
#include "fixture.h"

static const struct {
    const char *name;
    gil_dtype dtype;
} sums[] = {
    {"sum_int8", GIL_INT8},
    {"sum_int16", GIL_INT16},
    {"sum_int32", GIL_INT32},
    {"sum_int64", GIL_INT64},
    {"sum_uint8", GIL_UINT8},
    {"sum_uint16", GIL_UINT16},
    {"sum_uint32", GIL_UINT32},
    {"sum_uint64", GIL_UINT64},
    {"sum_float32", GIL_FLOAT32},
    {"sum_float64", GIL_FLOAT64},
    {"sum_longdouble", GIL_LONG_DOUBLE},
    {"sum_complex64", GIL_COMPLEX64},
    {"sum_complex128", GIL_COMPLEX128},
    {"sum_clongdouble", GIL_LONG_COMPLEX},
};

enum { N_SUMS = sizeof sums / sizeof sums[0] };

static void assert_number(gil_obj object, double wanted)
{
    double value, imag;
    assert_fine(object);
    assert_true(gil_complex_get(env, object, &value, &imag));
    assert_true(value == wanted);
    assert_true(imag == 0);
}

static void test_array__takes_a_list_of_every_element_type(void **state)
{
    (void)state;
    USE("arrays");
    for (size_t i = 0; i < N_SUMS; i++) {
        assert_number(CALL(sums[i].name, LIST(integer(1), integer(2), gil_bool_new(env, true))), 4);
        assert_number(CALL(sums[i].name, TUPLE(integer(100))), 100);
        assert_number(CALL(sums[i].name, LIST()), 0);
    }
    assert_int(CALL("count_bool", LIST(gil_bool_new(env, true), integer(1), integer(0))), 2);
}

static void test_array__takes_memory_of_its_own_type_only(void **state)
{
    (void)state;
    USE("arrays");
    for (size_t i = 0; i < N_SUMS; i++)
        for (int dtype = GIL_BOOL; dtype <= GIL_LONG_COMPLEX; dtype++) {
            gil_obj zeros = gil_array_new(env, (gil_dtype)dtype, 1, (size_t[]){3});
            gil_obj result = CALL(sums[i].name, zeros);
            gil_error error;
            if (dtype == (int)sums[i].dtype)
                assert_number(result, 0);
            else
                assert_true(gil_is_null(result) && gil_error_take(env, &error) && error.kind == GIL_TYPE_ERROR);
        }
    gil_obj floats = gil_array_new(env, GIL_FLOAT32, 1, (size_t[]){2});
    assert_raised(CALL("dot", floats, doubles(2, 0)), GIL_TYPE_ERROR,
                  "dot(): argument x holds float32, wanted float64; convert it first");
    assert_raised(CALL("sum_int8", vector(GIL_UINT8, (uint8_t[]){1}, 1)), GIL_TYPE_ERROR,
                  "sum_int8(): argument x holds uint8, wanted int8; convert it first");
}

static void test_array__refuses_the_other_byte_order(void **state)
{
    (void)state;
    USE("arrays");
    double x[2] = {0};
    gil_obj foreign = borrow(GIL_FLOAT64, x, 1, (size_t[]){2}, NULL, GIL_BUFFER_FOREIGN_ORDER);
    assert_raised(CALL("dot", doubles(2, 0), foreign), GIL_TYPE_ERROR,
                  "dot(): argument y is in the other byte order; swap its bytes first");
    assert_raised(CALL("scale", foreign, real(1)), GIL_TYPE_ERROR,
                  "scale(): argument x is in the other byte order; swap its bytes first");
}

static void test_array__a_byte_has_no_order(void **state)
{
    (void)state;
    USE("arrays");
    uint8_t x[2] = {1, 2};
    assert_int(CALL("sum_uint8", vector(GIL_UINT8, x, 2)), 3);
}

static void test_array__copies_misaligned_memory_that_is_read(void **state)
{
    (void)state;
    USE("arrays");
    _Alignas(16) char memory[40];
    const double x[3] = {1, 2, 3};
    memcpy(memory + 3, x, sizeof x);
    gil_obj odd = vector(GIL_FLOAT64, memory + 3, 3);
    assert_real(CALL("dot", odd, odd), 14);
    assert_raised(CALL("scale", odd, real(2)), GIL_BUFFER_ERROR,
                  "scale(): argument x starts at an address that is no multiple of 8 and is written in place; pass "
                  "an aligned copy");
    assert_memory_equal(memory + 3, x, sizeof x);
}

static void test_array__copies_strided_memory_that_is_read(void **state)
{
    (void)state;
    USE("arrays");
    double x[6] = {0, 1, 2, 3, 4, 5};
    gil_obj even = borrow(GIL_FLOAT64, x, 1, (size_t[]){3}, (ptrdiff_t[]){16}, 0);
    gil_obj reverse = borrow(GIL_FLOAT64, x + 5, 1, (size_t[]){6}, (ptrdiff_t[]){-8}, 0);
    gil_obj same = borrow(GIL_FLOAT64, x + 2, 1, (size_t[]){3}, (ptrdiff_t[]){0}, 0);
    assert_real(CALL("dot", even, doubles(3, 1)), 0 * 1 + 2 * 2 + 4 * 3);
    assert_real(CALL("dot", reverse, doubles(6, 0)), 5 * 0 + 4 * 1 + 3 * 2 + 2 * 3 + 1 * 4 + 0 * 5);
    assert_real(CALL("dot", same, same), 12);
    assert_raised(CALL("scale", even, real(2)), GIL_BUFFER_ERROR,
                  "scale(): argument x is not in C order (strides 16 bytes) and is written in place; pass a copy in "
                  "C order");
    assert_raised(CALL("scale", reverse, real(2)), GIL_BUFFER_ERROR,
                  "scale(): argument x is not in C order (strides -8 bytes) and is written in place; pass a copy in "
                  "C order");
    assert_true(x[0] == 0 && x[5] == 5);
}

static void test_array__copies_a_transposed_matrix(void **state)
{
    (void)state;
    USE("arrays");
    double a[2][3] = {{1, 2, 3}, {4, 5, 6}};
    gil_obj plain = borrow(GIL_FLOAT64, a, 2, (size_t[]){2, 3}, NULL, 0);
    gil_obj turned = borrow(GIL_FLOAT64, a, 2, (size_t[]){3, 2}, (ptrdiff_t[]){8, 24}, 0);
    assert_real(CALL("weigh", plain), 0 * 1 + 1 * 2 + 2 * 3 + 3 * 4 + 4 * 5 + 5 * 6);
    assert_real(CALL("weigh", turned), 0 * 1 + 1 * 4 + 2 * 2 + 3 * 5 + 4 * 3 + 5 * 6);
}

static void test_array__strides_of_an_axis_of_one_do_not_matter(void **state)
{
    (void)state;
    USE("arrays");
    double x[3] = {1, 2, 3};
    gil_obj row = borrow(GIL_FLOAT64, x, 2, (size_t[]){1, 3}, (ptrdiff_t[]){12345, 8}, 0);
    assert_real(CALL("weigh", row), 8);
    gil_obj single = borrow(GIL_FLOAT64, x, 1, (size_t[]){1}, (ptrdiff_t[]){-1}, 0);
    assert_none(CALL("scale", single, real(5)));
    assert_true(x[0] == 5);
}

static void test_array__an_empty_array_may_have_any_strides_and_no_memory(void **state)
{
    (void)state;
    USE("arrays");
    gil_obj nothing = borrow(GIL_FLOAT64, NULL, 1, (size_t[]){0}, (ptrdiff_t[]){3}, 0);
    assert_real(CALL("dot", nothing, LIST()), 0);
    assert_none(CALL("scale", nothing, real(1)));
    gil_obj flat = borrow(GIL_FLOAT64, NULL, 2, (size_t[]){0, 3}, (ptrdiff_t[]){8, 16}, 0);
    assert_real(CALL("weigh", flat), 0);
}

static void test_array__read_only_memory_is_not_written(void **state)
{
    (void)state;
    USE("arrays");
    double x[2] = {1, 2};
    gil_obj fixed = borrow(GIL_FLOAT64, x, 1, (size_t[]){2}, NULL, GIL_BUFFER_READONLY);
    assert_real(CALL("dot", fixed, fixed), 5);
    assert_raised(CALL("scale", fixed, real(2)), GIL_BUFFER_ERROR,
                  "scale(): argument x is read only and is written in place; pass a writable copy");
    assert_true(x[0] == 1);
}

static void test_array__is_written_in_place(void **state)
{
    (void)state;
    USE("arrays");
    double x[3] = {1, 2, 3};
    assert_none(CALL("scale", vector(GIL_FLOAT64, x, 3), real(2)));
    assert_true(x[0] == 2 && x[1] == 4 && x[2] == 6);
    assert_raised(CALL("scale", LIST(real(1)), real(2)), GIL_TYPE_ERROR,
                  "scale(): argument x is a list and is written in place; pass an array of float64");
    assert_raised(CALL("scale", TUPLE(real(1)), real(2)), GIL_TYPE_ERROR,
                  "scale(): argument x is a list and is written in place; pass an array of float64");
}

static void test_array__bytes_are_a_read_only_vector(void **state)
{
    (void)state;
    USE("arrays");
    gil_obj bytes = gil_bytes_new(env, "\x01\x02\xff", 3);
    assert_int(CALL("sum_uint8", bytes), 2);
    assert_int(CALL("sum_int8", bytes), 2);
    gil_obj spelled = CALL("spell", gil_bytes_new(env, "a\0b", 3));
    assert_int(item(spelled, 0), 3);
    assert_raised(CALL("count_bool", bytes), GIL_TYPE_ERROR,
                  "count_bool(): argument x holds uint8, wanted bool; convert it first");
    assert_raised(CALL("sum_int16", bytes), GIL_TYPE_ERROR,
                  "sum_int16(): argument x holds uint8, wanted int16; convert it first");
}

static void test_array__text_is_memory_of_char(void **state)
{
    (void)state;
    USE("arrays");
    gil_buffer copy;
    gil_obj spelled = CALL("spell", gil_str_new(env, "gr\xc3\xbc\0x", 6));
    assert_int(item(spelled, 0), 6);
    assert_true(gil_buffer_pin(env, item(spelled, 1), &copy));
    assert_memory_equal(copy.data, "gr\xc3\xbc\0x", 6);
    gil_buffer_release(env, &copy);
    assert_raised(CALL("sum_uint8", text("abc")), GIL_TYPE_ERROR,
                  "sum_uint8(): argument x is str, wanted an array of uint8 with 1 dimension");
}

static void test_array__refuses_what_is_no_array(void **state)
{
    (void)state;
    USE("arrays");
    assert_raised(CALL("dot", real(1), doubles(1, 0)), GIL_TYPE_ERROR,
                  "dot(): argument x is float, wanted an array of float64 with 1 dimension");
    assert_raised(CALL("weigh", none()), GIL_TYPE_ERROR,
                  "weigh(): argument a is None, wanted an array of float64 with 2 dimensions");
    assert_true(gil_is_null(CALL("dot", GIL_NULL, doubles(1, 0))));
    gil_error error;
    assert_true(gil_error_take(env, &error));
    assert_int_equal(error.kind, GIL_TYPE_ERROR);
}

static void test_array__refuses_another_number_of_dimensions(void **state)
{
    (void)state;
    USE("arrays");
    gil_obj matrix = gil_array_new(env, GIL_FLOAT64, 2, (size_t[]){2, 2});
    gil_obj scalar = gil_array_new(env, GIL_FLOAT64, 0, NULL);
    assert_raised(CALL("dot", matrix, matrix), GIL_VALUE_ERROR,
                  "dot(): argument x has 2 dimensions, wanted 1; reshape it");
    assert_raised(CALL("weigh", doubles(4, 0)), GIL_VALUE_ERROR,
                  "weigh(): argument a has 1 dimension, wanted 2; reshape it");
    assert_raised(CALL("dot", scalar, scalar), GIL_VALUE_ERROR,
                  "dot(): argument x has 0 dimensions, wanted 1; reshape it");
}

static void test_array__lists_nest_as_deep_as_the_dimensions(void **state)
{
    (void)state;
    USE("arrays");
    gil_obj row = LIST(real(1), real(2)), cube = LIST(LIST(row, row, row));
    assert_real(CALL("weigh", LIST(row, TUPLE(real(3), real(4)))), 20);
    assert_real(CALL("deep", LIST(cube)), 1132 + 2);
    assert_real(CALL("weigh", LIST(LIST(), LIST())), 0);
    assert_real(CALL("weigh", LIST()), 0);
    assert_raised(CALL("weigh", row), GIL_VALUE_ERROR,
                  "weigh(): argument a[0] is float, wanted a list: a has 2 dimensions");
    assert_raised(CALL("dot", LIST(row), LIST(row)), GIL_TYPE_ERROR, "dot(): argument x[0] is list, wanted a float");
}

static void test_array__refuses_ragged_lists(void **state)
{
    (void)state;
    USE("arrays");
    gil_obj two = LIST(real(1), real(2)), three = LIST(real(1), real(2), real(3));
    assert_raised(CALL("weigh", LIST(two, three)), GIL_VALUE_ERROR,
                  "weigh(): argument a[1] has 3 items where the first of its kind has 2; make them equally long");
    assert_raised(CALL("weigh", LIST(two, LIST())), GIL_VALUE_ERROR,
                  "weigh(): argument a[1] has 0 items where the first of its kind has 2; make them equally long");
    assert_raised(CALL("weigh", LIST(two, real(1))), GIL_VALUE_ERROR,
                  "weigh(): argument a[1] is float, wanted a list of 2");
}

static void test_array__names_the_item_that_does_not_fit(void **state)
{
    (void)state;
    USE("arrays");
    assert_raised(CALL("sum_uint8", LIST(integer(1), integer(256))), GIL_OVERFLOW_ERROR,
                  "sum_uint8(): argument x[1] is int 256, wanted an int from 0 to 255");
    assert_raised(CALL("sum_int32", LIST(real(1))), GIL_TYPE_ERROR,
                  "sum_int32(): argument x[0] is float 1.0, wanted an int from -2147483648 to 2147483647");
    assert_raised(CALL("weigh", LIST(LIST(real(1), text("2")))), GIL_TYPE_ERROR,
                  "weigh(): argument a[0][1] is str, wanted a float");
    assert_raised(CALL("sum_float32", LIST(real(0), real(1e300))), GIL_OVERFLOW_ERROR,
                  "sum_float32(): argument x[1] is float 1e+300, wanted a float that fits 32 bits");
    assert_raised(CALL("count_bool", LIST(integer(2))), GIL_OVERFLOW_ERROR,
                  "count_bool(): argument x[0] is int 2, wanted a bool");
}

static void test_array__eight_of_them_are_not_too_many(void **state)
{
    (void)state;
    USE("arrays");
    double g[2] = {1000, 2000};
    gil_obj x = doubles(2, 1), bad = doubles(3, 1);
    gil_obj result = CALL("eight", x, x, LIST(real(1), real(2)), x, x, x, vector(GIL_FLOAT64, g, 2));
    assert_real(item(result, 0), 18);
    assert_doubles(item(result, 1), DOUBLES(6, 12));
    assert_true(g[0] == 1006 && g[1] == 2012);
    assert_raised(CALL("eight", x, x, x, x, x, bad, vector(GIL_FLOAT64, g, 2)), GIL_VALUE_ERROR,
                  "eight(): argument f has 3 elements where a has 2 (both are [n])");
    assert_true(g[0] == 1006);
}

static void test_array__sizes_that_wrap_are_refused_and_not_computed(void **state)
{
    (void)state;
    USE("arrays");
    double x = 1;
    size_t large = (size_t)1 << 40;
    gil_obj same = borrow(GIL_FLOAT64, &x, 2, (size_t[]){large, large}, (ptrdiff_t[]){0, 0}, 0);
    if (gil_is_null(same)) {
        assert_raised(same, GIL_MEMORY_ERROR, "no memory for an array of 1099511627776 x 1099511627776 float64");
        return;
    }
    assert_raised(CALL("deep", same), GIL_VALUE_ERROR, "deep(): argument x has 2 dimensions, wanted 4; reshape it");
    assert_raised(CALL("weigh", same), GIL_MEMORY_ERROR, "weigh(): no memory for a copy of argument a in C order");
    gil_obj plain = borrow(GIL_FLOAT64, &x, 2, (size_t[]){large, large}, (ptrdiff_t[]){(ptrdiff_t)large * 8, 8}, 0);
    assert_raised(CALL("weigh", plain), GIL_OVERFLOW_ERROR,
                  "weigh(): argument a has 1099511627776 in dimension 0; its size m is int32, which holds at most "
                  "2147483647");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_array__takes_a_list_of_every_element_type),
        TEST(test_array__takes_memory_of_its_own_type_only),
        TEST(test_array__refuses_the_other_byte_order),
        TEST(test_array__a_byte_has_no_order),
        TEST(test_array__copies_misaligned_memory_that_is_read),
        TEST(test_array__copies_strided_memory_that_is_read),
        TEST(test_array__copies_a_transposed_matrix),
        TEST(test_array__strides_of_an_axis_of_one_do_not_matter),
        TEST(test_array__an_empty_array_may_have_any_strides_and_no_memory),
        TEST(test_array__read_only_memory_is_not_written),
        TEST(test_array__is_written_in_place),
        TEST(test_array__bytes_are_a_read_only_vector),
        TEST(test_array__text_is_memory_of_char),
        TEST(test_array__refuses_what_is_no_array),
        TEST(test_array__refuses_another_number_of_dimensions),
        TEST(test_array__lists_nest_as_deep_as_the_dimensions),
        TEST(test_array__refuses_ragged_lists),
        TEST(test_array__names_the_item_that_does_not_fit),
        TEST(test_array__eight_of_them_are_not_too_many),
        TEST(test_array__sizes_that_wrap_are_refused_and_not_computed),
    };
    return cmocka_run_group_tests_name("call array", tests, NULL, NULL);
}
