/* SPDX-License-Identifier: MIT
 *
 * Unloading: new calls are refused, running ones finish, memory stays.
 */
#include <time.h>

#include "crew.h"

static void test_unload__refuses_calls_from_then_on(void **state)
{
    (void)state;
    USE("objects");
    gil_obj count = function("count");
    assert_int(gil_call(env, count, NULL, 0, NULL, 0), 1);
    assert_true(gil_unload(env, module));
    assert_raised(gil_call(env, count, NULL, 0, NULL, 0), GIL_RUNTIME_ERROR,
                  "count(): objects was unloaded; load it again");
    assert_true(gil_unload(env, module));
    gil_obj late = gil_attr_get(env, module, "count");
    if (!gil_is_null(late))
        late = gil_call(env, late, NULL, 0, NULL, 0);
    assert_raised(late, GIL_RUNTIME_ERROR, "count(): objects was unloaded; load it again");
}

static void test_unload__then_load_begins_anew(void **state)
{
    (void)state;
    USE("objects");
    gil_obj old = function("count");
    assert_int(CALL("count"), 1);
    assert_int(CALL("count"), 2);
    assert_true(gil_unload(env, module));
    USE("objects");
    assert_int(CALL("count"), 1);
    assert_raised(gil_call(env, old, NULL, 0, NULL, 0), GIL_RUNTIME_ERROR,
                  "count(): objects was unloaded; load it again");
}

static void test_unload__runs_free_once(void **state)
{
    (void)state;
    int32_t freed = 0;
    USE("objects");
    assert_none(CALL("tell_freed", vector(GIL_INT32, &freed, 1)));
    assert_true(gil_unload(env, module));
    assert_int_equal(freed, 1);
    assert_true(gil_unload(env, module));
    assert_int_equal(freed, 1);
}

static void test_unload__wants_a_module(void **state)
{
    (void)state;
    assert_false(gil_unload(env, integer(1)));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "int is not module");
    assert_false(gil_unload(env, GIL_NULL));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "GIL_NULL is not module");
}

/* The GIL is held and a function of the module is below: what it does runs inside of it. */
static gil_obj inner_module;
static bool inner_result;

static void unload_here(gil_env *here)
{
    inner_result = gil_unload(here, inner_module);
}

static void test_unload__from_inside_is_refused(void **state)
{
    (void)state;
    inner_module = USE("objects");
    inner_result = true;
    assert_raised(CALL("run_at", integer((int64_t)(uintptr_t)unload_here)), GIL_RUNTIME_ERROR,
                  "objects cannot be unloaded from inside its own function");
    assert_false(inner_result);
    assert_int(CALL("magic"), 42);
}

static void test_unload__of_another_module_from_inside_is_fine(void **state)
{
    (void)state;
    inner_module = USE("values");
    gil_obj add = function("add");
    USE("objects");
    assert_none(CALL("run_at", integer((int64_t)(uintptr_t)unload_here)));
    assert_true(inner_result);
    assert_raised(gil_call(env, add, OBJECTS(real(1), real(1)), 2, NULL, 0), GIL_RUNTIME_ERROR,
                  "add(): values was unloaded; load it again");
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void call_stay(gil_env *mine, crew_member *member)
{
    const gil_obj *shared = member->data;
    int64_t value = 0;
    gil_obj result = gil_call(mine, shared[0], &shared[1], 1, NULL, 0);
    member->wrong += gil_is_null(result) || !gil_int_get(mine, result, &value) || value != 1;
}

static void *set_later(void *data)
{
    for (int i = 0; i < 50; i++)
        nap();
    __atomic_store_n((int32_t *)data, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void test_unload__waits_for_a_kernel_on_another_thread(void **state)
{
    (void)state;
    int32_t flag[2] = {0};
    pthread_t later;
    crew_member crew[2];
    USE("kernels");
    const gil_obj shared[] = {function("stay"), vector(GIL_INT32, flag, 2)};
    crew_begin(crew, 2, call_stay, (void *)shared);
    GIL_BEGIN_ALLOW_THREADS(env)
    for (int i = 0; i < 10000 && !__atomic_load_n(&flag[1], __ATOMIC_SEQ_CST); i++)
        nap();
    for (int i = 0; i < 20; i++) /* the second one, too */
        nap();
    GIL_END_ALLOW_THREADS(env)
    assert_int_equal(pthread_create(&later, NULL, set_later, flag), 0);
    assert_true(gil_unload(env, module));
    assert_int_equal(__atomic_load_n(&flag[0], __ATOMIC_SEQ_CST), 1);
    pthread_join(later, NULL);
    assert_int_equal(crew_end(crew, 2), 0);
}

typedef struct loop {
    gil_obj f;
    int32_t started;
} loop;

static void call_until_unloaded(gil_env *mine, crew_member *member)
{
    loop *all = member->data;
    gil_error error = {0};
    for (int i = 0; i < 1000000; i++)
        GIL_SCOPE(mine) {
            gil_obj x = gil_float_new(mine, i);
            if (gil_is_null(gil_call(mine, all->f, &x, 1, NULL, 0))) {
                gil_error_take(mine, &error);
                member->wrong += error.kind != GIL_RUNTIME_ERROR;
                return;
            }
            __atomic_fetch_add(&all->started, 1, __ATOMIC_RELAXED);
        }
    member->wrong++;
}

static void test_unload__beside_threads_that_call_all_the_time(void **state)
{
    (void)state;
    loop all = {0};
    crew_member crew[4];
    USE("kernels");
    all.f = function("halve");
    crew_begin(crew, 4, call_until_unloaded, &all);
    GIL_BEGIN_ALLOW_THREADS(env)
    for (int i = 0; i < 10000 && __atomic_load_n(&all.started, __ATOMIC_RELAXED) < 100; i++)
        nap();
    GIL_END_ALLOW_THREADS(env)
    assert_true(gil_unload(env, module));
    assert_int_equal(crew_end(crew, 4), 0);
}

static void unload_it(gil_env *mine, crew_member *member)
{
    member->wrong += !gil_unload(mine, *(gil_obj *)member->data);
}

static void test_unload__by_many_threads_runs_free_once(void **state)
{
    (void)state;
    int32_t freed = 0;
    USE("objects");
    assert_none(CALL("tell_freed", vector(GIL_INT32, &freed, 1)));
    assert_int_equal(crew_run(8, unload_it, &module), 0);
    assert_int_equal(freed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_unload__refuses_calls_from_then_on),
        TEST(test_unload__then_load_begins_anew),
        TEST(test_unload__runs_free_once),
        TEST(test_unload__wants_a_module),
        TEST(test_unload__from_inside_is_refused),
        TEST(test_unload__of_another_module_from_inside_is_fine),
        TEST(test_unload__waits_for_a_kernel_on_another_thread),
        TEST(test_unload__beside_threads_that_call_all_the_time),
        TEST(test_unload__by_many_threads_runs_free_once),
    };
    return cmocka_run_group_tests_name("load unload", tests, NULL, NULL);
}
