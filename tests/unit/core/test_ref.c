/* SPDX-License-Identifier: MIT
 *
 * References: what they keep lives until they are dropped, on whatever thread, and ends under the GIL.
 */
#include "core/ref.h"

#include <gilkit/runtime.h>

#include "../base/support.h"
#include "base/memory.h"
#include "core/runtime.h"

enum { CROWD = 4, MANY = 10000 };

typedef struct shared {
    gil_runtime *runtime;
    gil_env *env;
    gil_ref *refs[CROWD][MANY];
    long live;
} shared;

static int set_up(void **state)
{
    static shared all;
    set_time_limit(state);
    memset(&all, 0, sizeof all);
    all.runtime = gil_runtime_new(NULL, NULL);
    all.env = gil_attach(all.runtime, NULL);
    gil_none_new(all.env); /* the stack of handles has its memory from here on */
    all.live = gil__memory_live();
    *state = &all;
    return 0;
}

static int tear_down(void **state)
{
    shared *all = *state;
    gil_detach(all->env);
    return gil_runtime_free(all->runtime, NULL) ? 0 : -1;
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static gil_ref *keep_number(shared *all)
{
    gil_ref *ref = NULL;
    GIL_SCOPE(all->env)
        ref = gil_ref_new(all->env, gil_int_new(all->env, 123456789));
    assert_non_null(ref);
    return ref;
}

static void test_ref__keeps_its_object_when_the_handle_ends(void **state)
{
    shared *all = *state;
    gil_ref *ref = keep_number(all);
    int64_t value = 0;
    GIL_SCOPE(all->env)
        assert_true(gil_int_get(all->env, gil_ref_get(all->env, ref), &value));
    assert_int_equal(value, 123456789);
    gil_ref_drop(ref);
    assert_int_equal(gil__memory_live(), all->live);
}

static void test_ref__of_nothing_is_refused(void **state)
{
    shared *all = *state;
    gil_error error;
    assert_null(gil_ref_new(all->env, GIL_NULL));
    assert_true(gil_error_take(all->env, &error));
    assert_int_equal(error.kind, GIL_TYPE_ERROR);
    assert_true(gil_is_null(gil_ref_get(all->env, NULL)));
    assert_true(gil_error_take(all->env, &error));
    gil_ref_drop(NULL);
}

static void test_ref__of_another_runtime_is_refused(void **state)
{
    shared *all = *state;
    gil_env *env = all->env;
    gil_ref *ref = keep_number(all);
    gil_error error = {0};
    gil_runtime *other = gil_runtime_new(NULL, NULL);
    GIL_BEGIN_ALLOW_THREADS(env)
    gil_env *foreign = gil_attach(other, NULL);
    assert_true(gil_is_null(gil_ref_get(foreign, ref)));
    assert_true(gil_error_take(foreign, &error));
    gil_detach(foreign);
    assert_true(gil_runtime_free(other, NULL));
    GIL_END_ALLOW_THREADS(env)
    assert_string_equal(error.message, "the reference is of another runtime");
    gil_ref_drop(ref);
}

static void test_ref__dropped_while_released_ends_when_the_gil_is_held_again(void **state)
{
    shared *all = *state;
    gil_env *env = all->env;
    gil_ref *ref = keep_number(all);
    long before = gil__memory_live();
    GIL_BEGIN_ALLOW_THREADS(env)
    gil_ref_drop(ref);
    assert_int_equal(gil__memory_live(), before);
    GIL_END_ALLOW_THREADS(env)
    assert_int_equal(gil__memory_live(), all->live);
}

typedef struct part {
    shared *all;
    size_t number;
} part;

static void *drop_all(void *context)
{
    part *mine = context;
    for (size_t i = 0; i < MANY; i++)
        gil_ref_drop(mine->all->refs[mine->number][i]);
    return NULL;
}

static void test_ref__by_the_thousand_may_be_dropped_by_threads_that_never_attached(void **state)
{
    shared *all = *state;
    gil_env *env = all->env;
    pthread_t threads[CROWD];
    part parts[CROWD];
    for (size_t t = 0; t < CROWD; t++)
        for (size_t i = 0; i < MANY; i++)
            all->refs[t][i] = keep_number(all);
    for (size_t t = 0; t < CROWD; t++) {
        parts[t] = (part){all, t};
        start(&threads[t], drop_all, &parts[t]);
    }
    for (size_t i = 0; i < 200; i++) { /* others hold it, and settle, meanwhile */
        GIL_BEGIN_ALLOW_THREADS(env)
        usleep(10);
        GIL_END_ALLOW_THREADS(env)
    }
    for (size_t t = 0; t < CROWD; t++)
        join(threads[t]);
    GIL_BEGIN_ALLOW_THREADS(env)
    GIL_END_ALLOW_THREADS(env)
    assert_int_equal(gil__memory_live(), all->live);
}

static void test_ref__that_is_left_ends_with_its_runtime_and_may_be_dropped_later(void **state)
{
    (void)state;
    long before = gil__memory_live();
    gil_runtime *runtime = gil_runtime_new(NULL, NULL);
    gil_env *env = gil_attach(runtime, NULL);
    gil_ref *ref = gil_ref_new(env, gil_list_new(env));
    gil_detach(env);
    assert_true(gil_runtime_free(runtime, NULL));
    assert_int_equal(gil__memory_live(), before + 1); /* the reference itself is its owner's */
    gil_ref_drop(ref);
    assert_int_equal(gil__memory_live(), before);
}

static void test_ref__fails_clean_without_memory(void **state)
{
    shared *all = *state;
    gil_error error;
    gil_obj list = gil_list_new(all->env);
    gil__memory_fail_after(0, false);
    assert_null(gil_ref_new(all->env, list));
    gil__memory_fail_after(-1, false);
    assert_true(gil_error_take(all->env, &error));
    assert_int_equal(error.kind, GIL_MEMORY_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ref__keeps_its_object_when_the_handle_ends),
        TEST(test_ref__of_nothing_is_refused),
        TEST(test_ref__of_another_runtime_is_refused),
        TEST(test_ref__dropped_while_released_ends_when_the_gil_is_held_again),
        TEST(test_ref__by_the_thousand_may_be_dropped_by_threads_that_never_attached),
        TEST(test_ref__that_is_left_ends_with_its_runtime_and_may_be_dropped_later),
        TEST(test_ref__fails_clean_without_memory),
    };
    return cmocka_run_group_tests_name("ref", tests, NULL, NULL);
}
