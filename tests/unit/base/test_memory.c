/* SPDX-License-Identifier: MIT */
#include "base/memory.h"

#include <stdlib.h>

#include "support.h"

static void test_memory__is_zeroed(void **state)
{
    (void)state;
    unsigned char *memory = gil__alloc(100, 10);
    assert_non_null(memory);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(memory[i], 0);
    gil__free(memory);
}

static void test_memory__of_no_bytes_is_still_memory(void **state)
{
    (void)state;
    void *none = gil__alloc(0, 8);
    void *nothing = gil__alloc(8, 0);
    assert_non_null(none);
    assert_non_null(nothing);
    assert_ptr_not_equal(none, nothing);
    none = gil__realloc(none, 0, 0);
    assert_non_null(none);
    gil__free(none);
    gil__free(nothing);
}

static void test_memory__refuses_a_product_that_wraps(void **state)
{
    (void)state;
    long live = gil__memory_live();
    assert_null(gil__alloc(SIZE_MAX, 2));
    assert_null(gil__alloc(SIZE_MAX / 2 + 1, 2));
    assert_null(gil__alloc(1, SIZE_MAX));
    int *kept = gil__alloc(1, sizeof *kept);
    *kept = 7;
    assert_null(gil__realloc(kept, SIZE_MAX / 2, sizeof *kept));
    assert_int_equal(*kept, 7);
    gil__free(kept);
    assert_int_equal(gil__memory_live(), live);
}

static void test_memory__multiplies_sizes_up_to_the_last_that_fits(void **state)
{
    (void)state;
    size_t product = 1;
    assert_true(gil__size_mul(SIZE_MAX, 1, &product));
    assert_true(product == SIZE_MAX);
    assert_true(gil__size_mul(SIZE_MAX, 0, &product));
    assert_true(product == 0);
    assert_true(gil__size_mul((size_t)1 << 32, ((size_t)1 << 32) - 1, &product));
    assert_false(gil__size_mul((size_t)1 << 32, (size_t)1 << 32, &product));
}

static void test_memory__keeps_what_it_holds_when_it_grows(void **state)
{
    (void)state;
    size_t *numbers = NULL;
    for (size_t count = 1; count <= 1000; count++) {
        numbers = gil__realloc(numbers, count, sizeof *numbers);
        assert_non_null(numbers);
        numbers[count - 1] = count;
    }
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i + 1);
    gil__free(numbers);
}

static void test_memory__copies_text_with_a_nul_behind_it(void **state)
{
    (void)state;
    char *copy = gil__strndup("kernel", 3);
    assert_string_equal(copy, "ker");
    gil__free(copy);
    copy = gil__strndup(NULL, 0);
    assert_string_equal(copy, "");
    gil__free(copy);
    copy = gil__strndup("a\0b", 3);
    assert_memory_equal(copy, "a\0b", 4);
    gil__free(copy);
    assert_null(gil__strndup("x", SIZE_MAX));
}

static void test_memory__counts_what_is_not_freed(void **state)
{
    (void)state;
    long live = gil__memory_live();
    void *first = gil__alloc(1, 1);
    char *second = gil__strndup("x", 1);
    void *third = gil__realloc(NULL, 4, 4);
    assert_int_equal(gil__memory_live(), live + 3);
    third = gil__realloc(third, 400, 4);
    assert_int_equal(gil__memory_live(), live + 3);
    gil__free(first);
    gil__free(second);
    gil__free(third);
    gil__free(NULL);
    assert_int_equal(gil__memory_live(), live);
}

static void test_memory__fails_once_when_told(void **state)
{
    (void)state;
    gil__memory_fail_after(2, false);
    void *taken[5];
    for (size_t i = 0; i < 5; i++)
        taken[i] = gil__alloc(1, 1);
    gil__memory_fail_after(-1, false);
    for (size_t i = 0; i < 5; i++) {
        assert_true((taken[i] == NULL) == (i == 2));
        gil__free(taken[i]);
    }
}

static void test_memory__fails_for_ever_until_told_to_stop(void **state)
{
    (void)state;
    long live = gil__memory_live();
    void *kept = gil__alloc(1, 1);
    gil__memory_fail_after(0, true);
    assert_null(gil__alloc(1, 1));
    assert_null(gil__realloc(kept, 2, 1));
    assert_null(gil__realloc(NULL, 2, 1));
    assert_null(gil__strndup("x", 1));
    gil__memory_fail_after(-1, false);
    gil__free(kept);
    kept = gil__alloc(1, 1);
    assert_non_null(kept);
    gil__free(kept);
    assert_int_equal(gil__memory_live(), live);
}

static void *allocate_and_free(void *context)
{
    (void)context;
    for (size_t i = 0; i < LOOPS(20000); i++) {
        char *memory = gil__alloc(1 + i % 50, 1);
        memory = gil__realloc(memory, 100, 1);
        memory[99] = 1;
        gil__free(memory);
    }
    return NULL;
}

static void test_memory__is_counted_right_by_many_threads(void **state)
{
    (void)state;
    long live = gil__memory_live();
    run_on_threads(8, allocate_and_free, NULL);
    assert_int_equal(gil__memory_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_memory__is_zeroed),
        TEST(test_memory__of_no_bytes_is_still_memory),
        TEST(test_memory__refuses_a_product_that_wraps),
        TEST(test_memory__multiplies_sizes_up_to_the_last_that_fits),
        TEST(test_memory__keeps_what_it_holds_when_it_grows),
        TEST(test_memory__copies_text_with_a_nul_behind_it),
        TEST(test_memory__counts_what_is_not_freed),
        TEST(test_memory__fails_once_when_told),
        TEST(test_memory__fails_for_ever_until_told_to_stop),
        TEST(test_memory__is_counted_right_by_many_threads),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
