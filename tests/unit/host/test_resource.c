/* SPDX-License-Identifier: MIT
 *
 * Resources beyond one module: several runtimes, unloading, and several threads on one object.
 */
#include <pthread.h>
#include <unistd.h>

#include "fixture.h"

#define JAR(level) gil_call(env, function("jar"), OBJECTS(integer(level)), 1, NULL, 0)

static gil_obj method(gil_obj object, const char *name)
{
    gil_obj found = gil_attr_get(env, object, name);
    assert_fine(found);
    return found;
}

#define METHOD(object, name, ...) gil_call(env, method(object, name), OBJECTS(__VA_ARGS__), COUNT(__VA_ARGS__), NULL, 0)

static void test_resource__ends_with_its_last_handle(void **state)
{
    (void)state;
    int64_t freed = 0;
    USE("stock");
    GIL_SCOPE(env) {
        gil_obj jar = JAR(3);
        assert_fine(METHOD(jar, "tell_freed", integer((int64_t)(intptr_t)&freed)));
        assert_int(CALL("jars"), 1);
        assert_int_equal(freed, 0);
    }
    assert_int_equal(freed, 1);
    assert_int(CALL("jars"), 0);
}

static void test_resource__is_finalised_once_when_it_is_closed(void **state)
{
    (void)state;
    int64_t freed = 0;
    USE("stock");
    GIL_SCOPE(env) {
        gil_obj jar = JAR(3);
        assert_fine(METHOD(jar, "tell_freed", integer((int64_t)(intptr_t)&freed)));
        assert_none(METHOD(jar, "close"));
        assert_int_equal(freed, 1);
        assert_none(METHOD(jar, "close"));
        assert_raised(METHOD(jar, "fill", integer(1)), GIL_VALUE_ERROR, "jar.fill(): the jar is closed");
        assert_raised(gil_attr_get(env, jar, "level"), GIL_VALUE_ERROR, "jar.level(): the jar is closed");
    }
    assert_int_equal(freed, 1);
}

static void test_resource__outlives_its_module_and_says_so(void **state)
{
    (void)state;
    int64_t freed = 0;
    USE("stock");
    GIL_SCOPE(env) {
        gil_obj jar = JAR(3);
        assert_fine(METHOD(jar, "tell_freed", integer((int64_t)(intptr_t)&freed)));
        gil_obj fill = method(jar, "fill"), type = function("jar");
        assert_true(gil_unload(env, module));
        assert_raised(gil_call(env, fill, OBJECTS(integer(1)), 1, NULL, 0), GIL_RUNTIME_ERROR,
                      "jar.fill(): stock was unloaded; load it again");
        assert_raised(gil_call(env, type, OBJECTS(integer(1)), 1, NULL, 0), GIL_RUNTIME_ERROR,
                      "jar.init(): stock was unloaded; load it again");
        assert_int_equal(freed, 0);
    }
    assert_int_equal(freed, 1);
}

static void test_resource__of_a_module_that_is_loaded_again_is_of_another_type(void **state)
{
    (void)state;
    USE("stock");
    gil_obj old = JAR(1);
    assert_true(gil_unload(env, module));
    USE("stock");
    assert_raised(CALL("pour", old, JAR(1), integer(1)), GIL_TYPE_ERROR, "pour(): argument from is jar, wanted jar");
}

static void test_resource__of_one_runtime_is_independent_of_another(void **state)
{
    (void)state;
    gil_error error;
    USE("stock");
    gil_obj jar = JAR(5);
    gil_obj shelf = function("shelf");
    assert_true(gil_list_append(env, shelf, jar));
    gil_runtime *second = gil_runtime_new(NULL, &error);
    gil_env *mine = env;
    GIL_BEGIN_ALLOW_THREADS(mine)
    gil_env *other = gil_attach(second, &error);
    size_t length = 1;
    gil_obj loaded = gil_load(other, MODULE("stock"));
    gil_obj jars = gil_call(other, gil_attr_get(other, loaded, "jars"), NULL, 0, NULL, 0);
    int64_t count = -1;
    bool fine = gil_int_get(other, jars, &count) && gil_length(other, gil_attr_get(other, loaded, "shelf"), &length);
    gil_obj one = gil_int_new(other, 1);
    gil_obj made = gil_call(other, gil_attr_get(other, loaded, "jar"), &one, 1, NULL, 0);
    fine &= !gil_is_null(made);
    gil_detach(other);
    fine &= gil_runtime_free(second, NULL);
    assert_true(fine);
    assert_int_equal(count, 0);
    assert_int_equal(length, 0);
    GIL_END_ALLOW_THREADS(mine)
    assert_int(CALL("jars"), 1);
    assert_int(gil_attr_get(env, jar, "level"), 5);
}

static void test_resource__what_init_set_is_there_and_nobody_declared_it(void **state)
{
    (void)state;
    USE("stock");
    assert_true(gil_attr_set(env, module, "motto", text("full")));
    assert_text(function("motto"), "full");
    assert_false(gil_attr_set(env, module, "jar", integer(1)));
    assert_raised(GIL_NULL, GIL_ATTRIBUTE_ERROR, "jar of stock is a type and cannot be changed");
    assert_true(gil_attr_delete(env, module, "motto"));
    assert_false(gil_attr_delete(env, module, "motto"));
    assert_raised(GIL_NULL, GIL_ATTRIBUTE_ERROR, "stock has no motto");
}

/* ---- Threads ------------------------------------------------------------------------------------------------ */

enum { CROWD = 4, TIMES = 25 };

typedef struct worker {
    pthread_t thread;
    gil_ref *first, *second;
    bool turned;
    unsigned wrong;
} worker;

static void *fill_often(void *context)
{
    worker *mine = context;
    gil_env *here = gil_attach(runtime, NULL);
    for (int i = 0; i < TIMES; i++)
        GIL_SCOPE(here) {
            bool alone = false;
            gil_obj one = gil_int_new(here, 1);
            gil_obj fill = gil_attr_get(here, gil_ref_get(here, mine->first), "fill");
            gil_obj result = gil_call(here, fill, &one, 1, NULL, 0);
            mine->wrong += !gil_bool_get(here, result, &alone) || !alone;
        }
    gil_detach(here);
    return NULL;
}

static void *pour_often(void *context)
{
    worker *mine = context;
    gil_env *here = gil_attach(runtime, NULL);
    for (int i = 0; i < TIMES; i++)
        GIL_SCOPE(here) {
            gil_obj first = gil_ref_get(here, mine->first), second = gil_ref_get(here, mine->second);
            gil_obj arguments[] = {mine->turned ? second : first, mine->turned ? first : second, gil_int_new(here, 1)};
            gil_obj pour = gil_attr_get(here, module, "pour");
            mine->wrong += gil_is_null(gil_call(here, pour, arguments, 3, NULL, 0));
        }
    gil_detach(here);
    return NULL;
}

static void run_workers(worker *workers, void *(*body)(void *))
{
    gil_env *mine = env;
    GIL_BEGIN_ALLOW_THREADS(mine)
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, body, &workers[i]), 0);
    for (int i = 0; i < CROWD; i++)
        pthread_join(workers[i].thread, NULL);
    GIL_END_ALLOW_THREADS(mine)
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(workers[i].wrong, 0);
}

static void test_resource__is_changed_by_one_kernel_at_a_time(void **state)
{
    (void)state;
    USE("stock");
    gil_obj jar = JAR(0);
    gil_ref *ref = gil_ref_new(env, jar);
    worker workers[CROWD] = {0};
    for (int i = 0; i < CROWD; i++)
        workers[i].first = ref;
    run_workers(workers, fill_often);
    assert_int(gil_attr_get(env, jar, "level"), CROWD * TIMES);
    gil_ref_drop(ref);
}

static void test_resource__two_in_either_order_wait_for_nobody_for_ever(void **state)
{
    (void)state;
    USE("stock");
    gil_obj a = JAR(0), b = JAR(0);
    gil_ref *first = gil_ref_new(env, a), *second = gil_ref_new(env, b);
    worker workers[CROWD] = {0};
    for (int i = 0; i < CROWD; i++)
        workers[i] = (worker){.first = first, .second = second, .turned = i % 2};
    run_workers(workers, pour_often);
    assert_int(gil_attr_get(env, a, "level"), 0);
    assert_int(gil_attr_get(env, b, "level"), 0);
    gil_ref_drop(first);
    gil_ref_drop(second);
}

static void test_resource__that_a_thread_uses_cannot_be_closed_by_it(void **state)
{
    (void)state;
    USE("stock");
    gil_obj jar = JAR(0);
    assert_raised(METHOD(jar, "call_inside", method(jar, "close")), GIL_RUNTIME_ERROR,
                  "the jar is in use by this thread, so it cannot be closed");
    assert_int(gil_attr_get(env, jar, "level"), 0);
}

static void *close_it(void *context)
{
    worker *mine = context;
    gil_env *here = gil_attach(runtime, NULL);
    usleep(2000);
    mine->wrong += !gil_resource_close(here, gil_ref_get(here, mine->first));
    gil_detach(here);
    return NULL;
}

static void test_resource__is_closed_after_the_kernel_that_uses_it(void **state)
{
    (void)state;
    USE("stock");
    gil_obj jar = JAR(0);
    worker closer = {.first = gil_ref_new(env, jar)};
    gil_error error = {0};
    unsigned filled = !gil_is_null(METHOD(jar, "fill", integer(1)));
    assert_int_equal(pthread_create(&closer.thread, NULL, close_it, &closer), 0);
    while (!gil_error_take(env, &error))
        GIL_SCOPE(env)
            filled += !gil_is_null(METHOD(jar, "fill", integer(1)));
    gil_env *mine = env;
    GIL_BEGIN_ALLOW_THREADS(mine)
    pthread_join(closer.thread, NULL);
    GIL_END_ALLOW_THREADS(mine)
    assert_string_equal(error.message, "jar.fill(): the jar is closed");
    assert_true(filled > 0);
    assert_int_equal(closer.wrong, 0);
    gil_ref_drop(closer.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_resource__ends_with_its_last_handle),
        TEST(test_resource__is_finalised_once_when_it_is_closed),
        TEST(test_resource__outlives_its_module_and_says_so),
        TEST(test_resource__of_a_module_that_is_loaded_again_is_of_another_type),
        TEST(test_resource__of_one_runtime_is_independent_of_another),
        TEST(test_resource__what_init_set_is_there_and_nobody_declared_it),
        TEST(test_resource__is_changed_by_one_kernel_at_a_time),
        TEST(test_resource__two_in_either_order_wait_for_nobody_for_ever),
        TEST(test_resource__that_a_thread_uses_cannot_be_closed_by_it),
        TEST(test_resource__is_closed_after_the_kernel_that_uses_it),
    };
    return cmocka_run_group_tests_name("resource", tests, NULL, NULL);
}
