/* SPDX-License-Identifier: MIT
 *
 * The allocation that fails moves from the first to the last: each time a MemoryError is pending, nothing leaks,
 * and the next call works. Once with one allocation that fails, once with none that succeeds from there on.
 */
#include "fixture.h"

/* Do the work; false with an exception pending. */
typedef bool (*scenario)(void);

static long points_in_all;

/* Was the failure not reached? Only for one that happens once. */
static bool still_armed(void)
{
    for (int i = 0; i < 1000; i++) {
        void *memory = gil__alloc(1, 1);
        if (!memory)
            return true;
        gil__free(memory);
    }
    return false;
}

/* One run with the allocation after `n` failing, in a runtime of its own; true while the failure is reached. */
static bool run_once(const char *name, scenario prepare, scenario work, long n, bool forever)
{
    assert_int_equal(open_runtime(NULL), 0);
    assert_true(!prepare || prepare());
    gil__memory_fail_after(n, forever);
    bool fine = work();
    bool reached = forever || !still_armed();
    gil__memory_fail_after(-1, false);
    gil_error error = {GIL_MEMORY_ERROR, ""};
    bool told = gil_error_take(env, &error);
    if (fine == told || error.kind != GIL_MEMORY_ERROR)
        print_error("%s, allocation %ld%s: %s %s: %s\n", name, n, forever ? " and on" : "", fine ? "fine" : "failed",
                    told ? gil_error_name(error.kind) : "without an exception", error.message);
    assert_true(fine != told);
    assert_int_equal(error.kind, GIL_MEMORY_ERROR);
    bool again = work();
    if (!again) {
        print_error("%s, after allocation %ld failed: ", name, n);
        print_pending();
    }
    assert_true(again);
    int closed = close_runtime(NULL);
    if (closed != 0)
        print_error("%s, allocation %ld%s leaks\n", name, n, forever ? " and on" : "");
    assert_int_equal(closed, 0);
    return reached;
}

static void exhaust(const char *name, scenario prepare, scenario work)
{
    long points = 0;
    while (run_once(name, prepare, work, points, false))
        points++;
    for (long n = 0; n < points; n++)
        run_once(name, prepare, work, n, true);
    printf("# %-12s %4ld points\n", name, points);
    points_in_all += points;
    assert_true(points > 0);
}

/* Like CALL, but it does not stop the test. */
static gil_obj call(const char *name, size_t count, const gil_obj *arguments)
{
    gil_obj f = gil_attr_get(env, module, name);
    for (size_t i = 0; i < count; i++)
        if (gil_is_null(arguments[i]))
            return GIL_NULL;
    return gil_is_null(f) ? GIL_NULL : gil_call(env, f, arguments, count, NULL, 0);
}

static gil_obj row_of(size_t count)
{
    gil_obj row = gil_list_new(env);
    for (size_t i = 0; i < count && !gil_is_null(row); i++) {
        gil_obj number = gil_float_new(env, (double)i);
        if (gil_is_null(number) || !gil_list_append(env, row, number))
            return GIL_NULL;
    }
    return row;
}

/* ---- Loading -------------------------------------------------------------------------------------------- */

static bool load_kernels(void)
{
    module = gil_load(env, MODULE("kernels"));
    return !gil_is_null(module) && !gil_is_null(call("halve", 1, OBJECTS(gil_float_new(env, 1))));
}

static bool unload_kernels(void)
{
    gil_obj loaded = gil_load(env, MODULE("kernels"));
    return !gil_is_null(loaded) && gil_unload(env, loaded);
}

static bool list_functions(void)
{
    return !gil_is_null(gil_module_functions(env, module)) && !gil_is_null(gil_attr_get(env, module, "__name__")) &&
           !gil_is_null(gil_attr_get(env, module, "__doc__"));
}

static bool use_library(void)
{
    gil_obj library = gil_library(env, MODULE("plain"));
    gil_obj f = GIL_NULL;
    if (!gil_is_null(library))
        f = gil_bind(env, library, "int plain_divide(int a, int b, GIL_OUT int *rest)", GIL_AUTO);
    gil_obj held = gil_is_null(f) ? GIL_NULL : gil_function_with_policy(env, f, GIL_HOLD);
    gil_obj seven = gil_is_null(held) ? GIL_NULL : gil_int_new(env, 7);
    return !gil_is_null(seven) && !gil_is_null(gil_call(env, held, OBJECTS(seven, seven), 2, NULL, 0)) &&
           gil_unload(env, library);
}

static void test_exhaustion__of_memory_while_loading(void **state)
{
    (void)state;
    exhaust("load", NULL, load_kernels);
    exhaust("unload", NULL, unload_kernels);
    exhaust("library", NULL, use_library);
}

/* ---- Calling -------------------------------------------------------------------------------------------- */

static bool use_arrays(void)
{
    module = gil_load(env, MODULE("arrays"));
    return !gil_is_null(module);
}

static bool call_lists(void)
{
    gil_obj row = row_of(3), rows = gil_is_null(row) ? row : gil_tuple_new(env, 2, OBJECTS(row, row));
    gil_obj other = gil_is_null(rows) ? rows : row_of(3);
    return !gil_is_null(other) && !gil_is_null(call("weigh", 1, &rows)) &&
           !gil_is_null(call("dot", 2, OBJECTS(row, other)));
}

static bool call_strided(void)
{
    double x[6] = {1, 2, 3, 4, 5, 6};
    gil_obj every = borrow(GIL_FLOAT64, x, 1, (size_t[]){3}, (ptrdiff_t[]){16}, 0);
    return !gil_is_null(every) && !gil_is_null(call("dot", 2, OBJECTS(every, every)));
}

static bool call_outputs(void)
{
    size_t shape[] = {2, 2};
    gil_obj a = gil_array_new(env, GIL_FLOAT64, 2, shape);
    return !gil_is_null(a) && !gil_is_null(call("product", 2, OBJECTS(a, a))) &&
           !gil_is_null(call("untouched", 0, NULL));
}

static bool call_eight(void)
{
    double g[2] = {0};
    gil_obj row = row_of(2), written = gil_is_null(row) ? row : vector(GIL_FLOAT64, g, 2);
    return !gil_is_null(written) && !gil_is_null(call("eight", 7, OBJECTS(row, row, row, row, row, row, written)));
}

/* A refusal needs memory for its message: it is told, or there is no memory to tell it. */
static bool was_refused(gil_obj result, gil_error_kind kind)
{
    gil_obj exception = gil_is_null(result) ? gil_error_fetch(env) : GIL_NULL;
    if (gil_is_null(exception))
        return false;
    if (gil_exception_kind(env, exception) == kind)
        return true;
    gil_error_restore(env, exception);
    return false;
}

static bool refuse_item(void)
{
    gil_obj large = gil_int_new(env, 1000), list = gil_is_null(large) ? large : gil_list_new(env);
    if (gil_is_null(list) || !gil_list_append(env, list, large))
        return false;
    gil_obj f = gil_attr_get(env, module, "sum_int8");
    return !gil_is_null(f) && was_refused(gil_call(env, f, &list, 1, NULL, 0), GIL_OVERFLOW_ERROR);
}

static bool refuse_negative(void)
{
    gil_obj minus = gil_int_new(env, -1), list = gil_is_null(minus) ? minus : gil_list_new(env);
    if (gil_is_null(list) || !gil_list_append(env, list, minus))
        return false;
    gil_obj f = gil_attr_get(env, module, "sum_uint8");
    return !gil_is_null(f) && was_refused(gil_call(env, f, &list, 1, NULL, 0), GIL_OVERFLOW_ERROR);
}

static void test_exhaustion__of_memory_while_calling(void **state)
{
    (void)state;
    exhaust("lists", use_arrays, call_lists);
    exhaust("strided", use_arrays, call_strided);
    exhaust("outputs", use_arrays, call_outputs);
    exhaust("eight", use_arrays, call_eight);
    exhaust("names", use_arrays, list_functions);
}

/* The table of handles is full after so many, so that the next handle needs memory. */
static int handles_before;

static bool use_arrays_and_handles(void)
{
    for (int i = 0; i < handles_before; i++)
        gil_none_new(env);
    return use_arrays();
}

static void test_exhaustion__of_memory_while_refusing(void **state)
{
    (void)state;
    for (handles_before = 0; handles_before < 16; handles_before++) {
        exhaust("range", use_arrays_and_handles, refuse_item);
        exhaust("negative", use_arrays_and_handles, refuse_negative);
    }
}

static bool use_kernels(void)
{
    return load_kernels() && !gil_is_null(call("store", 1, OBJECTS(gil_attr_get(env, module, "halve"))));
}

static bool call_nested(void)
{
    gil_obj x = gil_float_new(env, 1);
    return !gil_is_null(x) && !gil_is_null(call("call_stored", 1, &x));
}

static bool fail_kernel(void)
{
    gil_obj x = gil_float_new(env, -1);
    gil_obj f = gil_is_null(x) ? x : gil_attr_get(env, module, "halve");
    return !gil_is_null(f) && was_refused(gil_call(env, f, &x, 1, NULL, 0), GIL_VALUE_ERROR);
}

static bool fail_inside(void)
{
    gil_obj f = gil_attr_get(env, module, "raise_inside");
    return !gil_is_null(f) && was_refused(gil_call(env, f, NULL, 0, NULL, 0), GIL_INDEX_ERROR);
}

static bool use_kernels_and_handles(void)
{
    for (int i = 0; i < handles_before; i++)
        gil_none_new(env);
    return use_kernels();
}

static void test_exhaustion__of_memory_in_kernels(void **state)
{
    (void)state;
    for (handles_before = 0; handles_before < 16; handles_before++) {
        exhaust("nested", use_kernels_and_handles, call_nested);
        exhaust("failing", use_kernels_and_handles, fail_kernel);
        exhaust("inside", use_kernels_and_handles, fail_inside);
    }
}

/* ---- Objects -------------------------------------------------------------------------------------------- */

static bool make_numbers(void)
{
    return !gil_is_null(gil_none_new(env)) && !gil_is_null(gil_bool_new(env, true)) &&
           !gil_is_null(gil_int_new(env, 1)) && !gil_is_null(gil_uint_new(env, 1)) &&
           !gil_is_null(gil_float_new(env, 1)) && !gil_is_null(gil_complex_new(env, 1, 2));
}

static bool make_texts(void)
{
    gil_obj string = gil_str_new(env, "text", 4);
    return !gil_is_null(string) && !gil_is_null(gil_bytes_new(env, "bytes", 5)) &&
           !gil_is_null(gil_str_new(env, "", 0));
}

static bool make_sequences(void)
{
    gil_obj row = row_of(20);
    return !gil_is_null(row) && !gil_is_null(gil_tuple_new(env, 2, OBJECTS(row, row))) &&
           !gil_is_null(gil_tuple_new(env, 0, NULL)) && !gil_is_null(gil_sequence_item(env, row, 19));
}

static int released, borrowed;

static void count_release(void *owner)
{
    (void)owner;
    released++;
}

static bool make_arrays(void)
{
    double x[4] = {0};
    gil_buffer memory = {.data = x, .dtype = GIL_FLOAT64, .ndim = 1, .shape = {4}, .strides = {8}}, pinned;
    gil_obj own = gil_array_new(env, GIL_INT16, 2, (size_t[]){3, 4});
    gil_obj other = gil_is_null(own) ? own : gil_array_borrow(env, &memory, count_release, NULL);
    borrowed += !gil_is_null(other);
    if (gil_is_null(other) || !gil_buffer_pin(env, other, &pinned))
        return false;
    gil_buffer_release(env, &pinned);
    return true;
}

static bool raise_and_fetch(void)
{
    gil_raise(env, GIL_VALUE_ERROR, "a message that needs memory: %d", 42);
    gil_obj exception = gil_error_fetch(env);
    if (gil_is_null(exception))
        return false;
    if (gil_exception_kind(env, exception) == GIL_VALUE_ERROR)
        return !gil_is_null(gil_exception_message(env, exception));
    gil_error_restore(env, exception);
    return false;
}

static void test_exhaustion__of_memory_while_making_objects(void **state)
{
    (void)state;
    exhaust("numbers", NULL, make_numbers);
    exhaust("texts", NULL, make_texts);
    exhaust("sequences", NULL, make_sequences);
    exhaust("arrays", NULL, make_arrays);
    assert_int_equal(released, borrowed);
    exhaust("exceptions", NULL, raise_and_fetch);
}

/* ---- The runtime itself --------------------------------------------------------------------------------- */

static bool live_and_die(gil_error *error)
{
    gil_runtime *fresh = gil_runtime_new(NULL, error);
    gil_env *mine = fresh ? gil_attach(fresh, error) : NULL;
    if (mine)
        gil_detach(mine);
    gil__memory_fail_after(-1, false);
    if (fresh)
        assert_true(gil_runtime_free(fresh, error));
    return mine != NULL;
}

static void test_exhaustion__of_memory_for_a_runtime(void **state)
{
    (void)state;
    long live = gil__memory_live(), n = 0;
    for (bool fine = false; !fine; n++) {
        gil_error error = {GIL_EXCEPTION, ""};
        gil__memory_fail_after(n, false);
        fine = live_and_die(&error);
        assert_true(fine || error.kind == GIL_MEMORY_ERROR);
        assert_int_equal(gil__memory_live(), live);
        assert_true(live_and_die(&error));
    }
    printf("# %-12s %4ld points\n", "runtime", n - 1);
    points_in_all += n - 1;
    assert_true(n > 1);
}

static void test_exhaustion__was_tried_at_many_points(void **state)
{
    (void)state;
    printf("# %ld injection points, each twice\n", points_in_all);
    assert_true(points_in_all > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exhaustion__of_memory_while_loading),
        cmocka_unit_test(test_exhaustion__of_memory_while_calling),
        cmocka_unit_test(test_exhaustion__of_memory_while_refusing),
        cmocka_unit_test(test_exhaustion__of_memory_in_kernels),
        cmocka_unit_test(test_exhaustion__of_memory_while_making_objects),
        cmocka_unit_test(test_exhaustion__of_memory_for_a_runtime),
        cmocka_unit_test(test_exhaustion__was_tried_at_many_points),
    };
    return cmocka_run_group_tests_name("host exhaustion", tests, NULL, NULL);
}
