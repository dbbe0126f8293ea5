/* SPDX-License-Identifier: MIT */
#include "core/handle.h"

#include <gilkit/runtime.h>

#include "../base/support.h"
#include "base/memory.h"
#include "core/runtime.h"
#include "host/native/object.h"
#include "kernel.h"

typedef struct shared {
    gil_runtime *runtime;
    gil_env *env;
    atomic_uint wrong;
    size_t released;
} shared;

static int attach(void **state)
{
    static shared all;
    set_time_limit(state);
    all = (shared){.runtime = gil_runtime_new(NULL, NULL)};
    all.env = gil_attach(all.runtime, NULL);
    gil_int_new(all.env, 1); /* the stack has its memory from here on */
    *state = &all;
    return 0;
}

static int detach(void **state)
{
    shared *all = *state;
    gil_detach(all->env);
    return gil_runtime_free(all->runtime, NULL) ? 0 : -1;
}

#define HANDLE_TEST(function) cmocka_unit_test_setup_teardown(function, attach, detach)

static size_t height(gil_env *env)
{
    return gil__thread_of(env)->handles.count;
}

static void test_handle__keeps_its_object_until_the_scope_ends(void **state)
{
    gil_env *env = ((shared *)*state)->env;
    long live = gil__memory_live();
    int64_t value = 0;
    GIL_SCOPE(env) {
        gil_obj number = gil_int_new(env, 123456789);
        assert_int_equal(gil__memory_live(), live + 1);
        assert_true(gil_int_get(env, number, &value));
    }
    assert_int_equal(value, 123456789);
    assert_int_equal(gil__memory_live(), live);
}

static void make_in_scope(gil_env *env, bool leave)
{
    GIL_SCOPE(env) {
        gil_int_new(env, 123456789);
        if (leave)
            return;
    }
}

static void test_handle__ends_however_its_scope_is_left(void **state)
{
    gil_env *env = ((shared *)*state)->env;
    size_t before = height(env);
    make_in_scope(env, true);
    make_in_scope(env, false);
    GIL_SCOPE(env) {
        gil_int_new(env, 123456789);
        break;
    }
    assert_int_equal(height(env), before);
}

static void test_handle__of_a_scope_inside_ends_before_the_one_outside(void **state)
{
    gil_env *env = ((shared *)*state)->env;
    size_t before = height(env);
    GIL_SCOPE(env) {
        gil_obj outer = gil_str_new(env, "outer", 5);
        for (size_t i = 0; i < 1000; i++)
            make_in_scope(env, i % 2);
        assert_int_equal(height(env), before + 2); /* the mark of the scope, and "outer" */
        const char *text;
        assert_true(gil_str_get(env, outer, &text, NULL));
        assert_string_equal(text, "outer");
    }
    assert_int_equal(height(env), before);
}

static void test_handle__stays_valid_while_the_stack_grows(void **state)
{
    enum { MANY = 20000 };
    static gil_obj handles[MANY];
    gil_env *env = ((shared *)*state)->env;
    long live = gil__memory_live();
    GIL_SCOPE(env) {
        for (size_t i = 0; i < MANY; i++)
            handles[i] = gil_int_new(env, (int64_t)i + 1000000);
        for (size_t i = 0; i < MANY; i++) {
            int64_t value = 0;
            assert_true(gil_int_get(env, handles[i], &value));
            assert_int_equal(value, i + 1000000);
        }
    }
    assert_int_equal(gil__memory_live(), live);
}

static void test_handle__escapes_a_scope_alone(void **state)
{
    gil_env *env = ((shared *)*state)->env;
    long live = gil__memory_live();
    size_t mark = gil__thread_scope_open(env);
    gil_obj kept = gil_str_new(env, "kept", 4);
    for (size_t i = 0; i < 50; i++)
        gil_str_new(env, "dropped", 7);
    kept = gil__thread_escape(gil__thread_of(env), mark, kept);
    assert_int_equal(height(env), mark + 1);
    assert_int_equal(gil__memory_live(), live + 1);
    const char *text;
    assert_true(gil_str_get(env, kept, &text, NULL));
    assert_string_equal(text, "kept");
}

static void test_handle__that_is_null_escapes_as_null(void **state)
{
    gil_env *env = ((shared *)*state)->env;
    size_t mark = gil__thread_scope_open(env);
    gil_str_new(env, "dropped", 7);
    assert_true(gil_is_null(gil__thread_escape(gil__thread_of(env), mark, GIL_NULL)));
    assert_int_equal(height(env), mark);
    assert_false(gil_error_pending(env));
}

static void test_handle__from_outside_escapes_twice_over(void **state)
{
    gil_env *env = ((shared *)*state)->env;
    gil_obj outer = gil_str_new(env, "outer", 5);
    size_t mark = gil__thread_scope_open(env);
    gil_obj again = gil__thread_escape(gil__thread_of(env), mark, outer);
    gil__thread_scope_close(env, mark);
    const char *text;
    assert_ptr_equal(again.gil__handle, outer.gil__handle);
    assert_true(gil_str_get(env, outer, &text, NULL));
    assert_string_equal(text, "outer");
}

static void test_handle__that_is_popped_belongs_to_the_caller(void **state)
{
    gil_env *env = ((shared *)*state)->env;
    gil__handles *handles = &gil__thread_of(env)->handles;
    long live = gil__memory_live();
    size_t before = height(env);
    gil_str_new(env, "popped", 6);
    void *object = gil__handles_pop(handles);
    assert_int_equal(height(env), before);
    assert_int_equal(gil__memory_live(), live + 1);
    gil__native_host.drop(object);
    assert_int_equal(gil__memory_live(), live);
}

static void test_handle__that_finds_no_room_drops_its_object(void **state)
{
    gil_env *env = ((shared *)*state)->env;
    gil__handles *handles = &gil__thread_of(env)->handles;
    while (handles->count < handles->room)
        gil_int_new(env, 123456789);
    long live = gil__memory_live();
    gil__memory_fail_after(1, true); /* the object, but not the larger stack */
    gil_obj refused = gil_int_new(env, 123456789);
    gil__memory_fail_after(-1, false);
    assert_true(gil_is_null(refused));
    assert_int_equal(gil__memory_live(), live);
    gil_error error;
    assert_true(gil_error_take(env, &error));
    assert_int_equal(error.kind, GIL_MEMORY_ERROR);
    assert_false(gil_is_null(gil_int_new(env, 123456789)));
}

/* A finaliser that takes the GIL once more and makes objects of its own. */
static void release_memory(void *owner)
{
    shared *all = owner;
    gil_env *env = gil_attach(all->runtime, NULL);
    for (size_t i = 0; i < 40; i++)
        gil_int_new(env, 123456789);
    GIL_SCOPE(env) {
        gil_str_new(env, "scoped", 6);
    }
    gil_detach(env);
    all->released++;
}

static void test_handle__may_make_others_as_it_ends(void **state)
{
    shared *all = *state;
    gil_env *env = all->env;
    static double data[4];
    gil_buffer memory = {.data = data, .dtype = GIL_FLOAT64, .ndim = 1, .shape = {4}, .strides = {8}};
    size_t before = height(env);
    GIL_SCOPE(env) {
        for (size_t i = 0; i < 20; i++)
            assert_false(gil_is_null(gil_array_borrow(env, &memory, release_memory, all)));
    }
    assert_int_equal(all->released, 20);
    assert_int_equal(height(env), before);
}

static void *make_and_check(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    for (int64_t i = 0; i < LOOPS(3000); i++) {
        gil_obj mine = gil_int_new(env, i + 1000000);
        int64_t value = 0;
        GIL_BEGIN_ALLOW_THREADS(env)
        GIL_END_ALLOW_THREADS(env)
        gil_checkpoint(env);
        if (!gil_int_get(env, mine, &value) || value != i + 1000000)
            atomic_fetch_add(&all->wrong, 1);
    }
    gil_detach(env);
    return NULL;
}

static void test_handle__belongs_to_its_thread(void **state)
{
    shared *all = *state;
    gil_env *env = all->env;
    size_t before = height(env);
    GIL_BEGIN_ALLOW_THREADS(env)
    run_on_threads(6, make_and_check, all);
    GIL_END_ALLOW_THREADS(env)
    assert_int_equal(atomic_load(&all->wrong), 0);
    assert_int_equal(height(env), before);
}

static void *share_an_object(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    gil_obj list = {gil__thread_of(all->env)->handles.objects[2]}; /* above a number and the scope's mark */
    for (size_t i = 0; i < LOOPS(1000); i++) {
        GIL_SCOPE(env) {
            gil_obj number = gil_int_new(env, 123456789);
            if (gil_is_null(gil_sequence_item(env, list, 0)) || !gil_list_append(env, list, number))
                atomic_fetch_add(&all->wrong, 1);
        }
        gil_checkpoint(env);
    }
    gil_detach(env);
    return NULL;
}

/* Counts are plain numbers: only the GIL keeps them right. */
static void test_handle__of_an_object_that_threads_share_counts_right(void **state)
{
    shared *all = *state;
    gil_env *env = all->env;
    long live = gil__memory_live();
    GIL_SCOPE(env) {
        gil_obj list = gil_list_new(env);
        size_t length = 0;
        assert_true(gil_list_append(env, list, gil_int_new(env, 123456789)));
        GIL_BEGIN_ALLOW_THREADS(env)
        run_on_threads(6, share_an_object, all);
        GIL_END_ALLOW_THREADS(env)
        assert_true(gil_sequence_length(env, list, &length));
        assert_int_equal(length, 6 * LOOPS(1000) + 1);
    }
    assert_int_equal(atomic_load(&all->wrong), 0);
    assert_int_equal(gil__memory_live(), live);
}

static void fail_as_asked(gil_task *task, void *context)
{
    (void)context;
    GIL_BEGIN_ACQUIRE(task, env)
    gil_str_new(env, "inside", 6);
    GIL_END_ACQUIRE(env)
    gil_fail(task, GIL_KEY_ERROR, "as asked");
}

/* A little of everything; false: an allocation failed, and an exception says so. */
static bool use_everything(gil_env *env)
{
    gil_obj list = gil_list_new(env);
    for (int64_t i = 0; i < 40; i++) {
        gil_obj number = gil_is_null(list) ? GIL_NULL : gil_int_new(env, i + 1000000);
        if (gil_is_null(number) || !gil_list_append(env, list, number))
            return false;
    }
    size_t mark = gil__thread_scope_open(env);
    gil_obj text = gil_str_new(env, "some text", 9);
    if (gil_is_null(text) || gil_is_null(gil__thread_escape(gil__thread_of(env), mark, text)))
        return false;
    if (run_kernel(env, fail_as_asked, NULL))
        return false;
    gil_obj exception = gil_error_fetch(env);
    if (gil_is_null(exception))
        return false;
    if (gil_exception_kind(env, exception) != GIL_KEY_ERROR) {
        gil_error_restore(env, exception);
        return false;
    }
    return !gil_is_null(gil_exception_message(env, exception));
}

static bool try_everything(void)
{
    gil_error error = {0};
    bool done = false;
    gil_runtime *runtime = gil_runtime_new(NULL, &error);
    if (!runtime) {
        assert_int_equal(error.kind, GIL_MEMORY_ERROR);
        return false;
    }
    gil_env *env = gil_attach(runtime, &error);
    if (env) {
        done = use_everything(env);
        bool raised = gil_error_take(env, &error);
        assert_true(done != raised);
        gil_detach(env);
    }
    if (!done)
        assert_int_equal(error.kind, GIL_MEMORY_ERROR);
    gil__memory_fail_after(-1, false);
    assert_true(gil_runtime_free(runtime, NULL));
    return done;
}

static void test_handle__and_all_else_survive_each_allocation_that_fails(void **state)
{
    (void)state;
    for (size_t forever = 0; forever < 2; forever++) {
        long failing = 0;
        for (bool done = false; !done; failing++) {
            long live = gil__memory_live();
            gil__memory_fail_after(failing, forever);
            done = try_everything();
            gil__memory_fail_after(-1, false);
            assert_int_equal(gil__memory_live(), live);
            assert_true(try_everything());
        }
        assert_in_range(failing, 40, 500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HANDLE_TEST(test_handle__keeps_its_object_until_the_scope_ends),
        HANDLE_TEST(test_handle__ends_however_its_scope_is_left),
        HANDLE_TEST(test_handle__of_a_scope_inside_ends_before_the_one_outside),
        HANDLE_TEST(test_handle__stays_valid_while_the_stack_grows),
        HANDLE_TEST(test_handle__escapes_a_scope_alone),
        HANDLE_TEST(test_handle__that_is_null_escapes_as_null),
        HANDLE_TEST(test_handle__from_outside_escapes_twice_over),
        HANDLE_TEST(test_handle__that_is_popped_belongs_to_the_caller),
        HANDLE_TEST(test_handle__that_finds_no_room_drops_its_object),
        HANDLE_TEST(test_handle__may_make_others_as_it_ends),
        HANDLE_TEST(test_handle__belongs_to_its_thread),
        HANDLE_TEST(test_handle__of_an_object_that_threads_share_counts_right),
        TEST(test_handle__and_all_else_survive_each_allocation_that_fails),
    };
    return cmocka_run_group_tests_name("handle", tests, NULL, NULL);
}
