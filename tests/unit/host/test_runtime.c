/* SPDX-License-Identifier: MIT
 *
 * The embedding interface: runtimes, attaching, errors in the caller's memory.
 */
#include <errno.h>
#include <time.h>

#include "crew.h"

static void test_runtime__is_made_and_freed_without_anything_in_between(void **state)
{
    (void)state;
    gil_error error;
    for (int i = 0; i < 20; i++) {
        gil_runtime *fresh = gil_runtime_new(&(gil_runtime_options){.switch_interval_us = UINT64_MAX}, &error);
        assert_non_null(fresh);
        assert_true(gil_runtime_free(fresh, &error));
    }
    assert_true(gil_runtime_free(NULL, &error));
    assert_true(gil_runtime_free(NULL, NULL));
}

static void test_runtime__attaching_again_is_counted(void **state)
{
    (void)state;
    gil_error error;
    gil_obj kept = integer(5);
    for (int i = 0; i < 5; i++)
        assert_ptr_equal(gil_attach(runtime, &error), env);
    for (int i = 0; i < 5; i++)
        gil_detach(env);
    assert_int(kept, 5);
}

static void test_runtime__is_not_freed_by_a_thread_that_is_attached(void **state)
{
    (void)state;
    gil_error error;
    assert_false(gil_runtime_free(runtime, &error));
    assert_int_equal(error.kind, GIL_RUNTIME_ERROR);
    assert_string_equal(error.message, "gil_runtime_free by a thread that is attached; detach it first");
    GIL_BEGIN_ALLOW_THREADS(env)
    error.message[0] = '\0';
    if (gil_runtime_free(runtime, &error))
        abort();
    GIL_END_ALLOW_THREADS(env)
    assert_string_equal(error.message, "gil_runtime_free by a thread that is attached; detach it first");
    assert_int(integer(1), 1);
}

static void test_runtime__detaching_drops_the_pending_exception(void **state)
{
    (void)state;
    gil_error error;
    gil_raise(env, GIL_VALUE_ERROR, "nobody looked");
    gil_detach(env);
    env = gil_attach(runtime, &error);
    assert_non_null(env);
    assert_false(gil_error_pending(env));
    assert_false(gil_error_take(env, &error));
}

static void test_runtime__errors_are_taken_once_and_cut_to_fit(void **state)
{
    (void)state;
    gil_error error;
    char large[3000];
    memset(large, 'x', sizeof large);
    large[sizeof large - 1] = '\0';
    gil_raise(env, GIL_OS_ERROR, "%s", large);
    assert_true(gil_error_take(env, &error));
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_string_equal(error.message + sizeof error.message - 4, "...");
    assert_false(gil_error_take(env, &error));
    gil_raise(env, GIL_OS_ERROR, "dropped");
    assert_true(gil_error_take(env, NULL));
    assert_false(gil_error_pending(env));
}

static void test_runtime__tells_what_caused_the_pending_exception(void **state)
{
    (void)state;
    gil_error error = {.message = "as before"};
    assert_false(gil_error_cause(env, 0, &error));
    assert_false(gil_error_cause(env, 1, &error));
    gil_error_raise_errno(env, ENOENT, "here.txt");
    gil_raise_from(env, GIL_NULL, GIL_KEY_ERROR, "no setting %d", 5);
    gil_raise_from(env, GIL_NULL, GIL_RUNTIME_ERROR, "cannot start");
    assert_false(gil_error_cause(env, 3, &error));
    assert_false(gil_error_cause(env, SIZE_MAX, &error));
    assert_string_equal(error.message, "as before");
    assert_true(gil_error_cause(env, 2, NULL));
    assert_true(gil_error_cause(env, 2, &error));
    assert_int_equal(error.kind, GIL_FILE_NOT_FOUND_ERROR);
    assert_string_equal(error.message, "[Errno 2] No such file or directory: 'here.txt'");
    assert_true(gil_error_cause(env, 1, &error));
    assert_int_equal(error.kind, GIL_KEY_ERROR);
    assert_string_equal(error.message, "no setting 5");
    assert_true(gil_error_cause(env, 0, &error));
    assert_string_equal(error.message, "cannot start");
    assert_true(gil_error_take(env, &error));
    assert_int_equal(error.kind, GIL_RUNTIME_ERROR);
    assert_false(gil_error_cause(env, 0, &error));
}

static void test_runtime__names_every_kind_of_error(void **state)
{
    (void)state;
#define CHECK(number, name, text) assert_string_equal(gil_error_name(GIL_##name), text);
    GIL_ERROR_KINDS(CHECK)
#undef CHECK
    assert_string_equal(gil_error_name((gil_error_kind)99), "Exception");
    assert_string_equal(gil_error_name((gil_error_kind)-1), "Exception");
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

typedef struct late {
    gil_runtime *runtime;
    int wrong;
} late;

/* A kernel that runs until it is told. */
static void *run_until_shutdown(void *data)
{
    late *all = data;
    gil_error error = {0};
    gil_env *mine = gil_attach(all->runtime, &error);
    if (!mine) {
        all->wrong++;
        return NULL;
    }
    gil_obj f = gil_attr_get(mine, gil_load(mine, MODULE("kernels")), "until_stopped");
    bool told = gil_is_null(gil_call(mine, f, NULL, 0, NULL, 0)) && gil_error_take(mine, &error);
    all->wrong += !told || error.kind != GIL_RUNTIME_ERROR ||
                  strcmp(error.message, "until_stopped() was stopped: the runtime is shutting down") != 0;
    gil_detach(mine);
    return NULL;
}

static void test_runtime__freeing_stops_kernels_and_waits_for_them(void **state)
{
    (void)state;
    gil_error error;
    pthread_t thread;
    late all = {.runtime = gil_runtime_new(NULL, &error)};
    gil_env *mine = gil_attach(all.runtime, &error);
    assert_non_null(mine);
    assert_int_equal(pthread_create(&thread, NULL, run_until_shutdown, &all), 0);
    uint64_t done = 0, total = 0;
    GIL_BEGIN_ALLOW_THREADS(mine)
    for (int i = 0; i < 10000 && total == 0; i++) {
        gil_runtime_progress(all.runtime, &done, &total);
        nap();
    }
    GIL_END_ALLOW_THREADS(mine)
    assert_int_equal(total, 10);
    gil_detach(mine);
    assert_true(gil_runtime_free(all.runtime, &error));
    pthread_join(thread, NULL);
    assert_int_equal(all.wrong, 0);
}

static void attach_often(gil_env *mine, crew_member *member)
{
    gil_error error;
    for (int i = 0; i < 200; i++) {
        GIL_BEGIN_ALLOW_THREADS(mine)
        gil_env *again = gil_attach(member->runtime, &error);
        member->wrong += !again;
        if (again) {
            gil_obj number = gil_int_new(again, i);
            member->wrong += gil_is_null(number);
            gil_detach(again);
        }
        GIL_END_ALLOW_THREADS(mine)
    }
}

static void test_runtime__is_attached_inside_released_sections_by_eight_threads(void **state)
{
    (void)state;
    assert_int_equal(crew_run(8, attach_often, NULL), 0);
}

static void test_runtime__counts_what_it_measures(void **state)
{
    (void)state;
    gil_error error;
    gil_stats stats;
    gil_runtime *fresh = gil_runtime_new(&(gil_runtime_options){.measure = true}, &error);
    gil_env *mine = gil_attach(fresh, &error);
    nap();
    GIL_BEGIN_ALLOW_THREADS(mine)
    nap();
    GIL_END_ALLOW_THREADS(mine)
    gil_thread_stats(mine, &stats);
    assert_int_equal(stats.acquisitions, 2);
    assert_int_equal(stats.contended, 0);
    assert_true(stats.held >= 1000000);
    assert_true(stats.released >= 1000000);
    assert_true(stats.longest_held >= 1000000);
    gil_detach(mine);
    gil_runtime_stats(fresh, &stats);
    assert_int_equal(stats.acquisitions, 2);
    assert_true(gil_runtime_free(fresh, &error));
    gil_thread_stats(env, &stats);
    assert_int_equal(stats.acquisitions, 1); /* of another runtime */
}

/* Three naps are measured each time; a thousand calls of a microsecond are counted and some are measured. */
static void test_runtime__counts_what_the_calls_of_a_function_did(void **state)
{
    (void)state;
    gil_stats stats;
    uint64_t calls = 0;
    USE("kernels");
    gil_obj meet = function("crowd_held"), halve = function("halve"), number = real(3);
    for (int i = 0; i < 3; i++)
        assert_fine(gil_call(env, meet, NULL, 0, NULL, 0));
    assert_true(gil_function_stats(env, meet, &calls, &stats));
    assert_int_equal(calls, 3);
    assert_int_equal(stats.acquisitions, 0);
    assert_true(stats.held >= 3 * 100000 && stats.longest_held >= 100000);
    assert_true(stats.longest_held <= stats.held);
    assert_int_equal(stats.released, 0);
    for (int i = 0; i < 1000; i++)
        GIL_SCOPE(env)
            assert_fine(gil_call(env, halve, &number, 1, NULL, 0));
    assert_true(gil_function_stats(env, halve, &calls, &stats));
    assert_int_equal(calls, 1000);
    assert_int_equal(stats.acquisitions, 1000);
    assert_true(stats.held > 0 && stats.released > 0 && stats.held + stats.released < 100000000);
    assert_true(gil_function_stats(env, halve, NULL, &stats));
    assert_false(gil_function_stats(env, number, NULL, &stats));
    assert_raised(GIL_NULL, GIL_TYPE_ERROR, "...");
}

static void test_runtime__a_thread_holds_the_gils_of_two(void **state)
{
    (void)state;
    gil_error error;
    gil_runtime *other = gil_runtime_new(NULL, &error);
    gil_env *theirs = gil_attach(other, &error);
    assert_true(theirs != env);
    gil_raise(theirs, GIL_VALUE_ERROR, "there");
    assert_false(gil_error_pending(env));
    assert_true(gil_error_take(theirs, &error));
    assert_int(integer(3), 3);
    gil_detach(theirs);
    assert_true(gil_runtime_free(other, &error));
    assert_int(integer(4), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_runtime__is_made_and_freed_without_anything_in_between),
        TEST(test_runtime__attaching_again_is_counted),
        TEST(test_runtime__is_not_freed_by_a_thread_that_is_attached),
        TEST(test_runtime__detaching_drops_the_pending_exception),
        TEST(test_runtime__errors_are_taken_once_and_cut_to_fit),
        TEST(test_runtime__tells_what_caused_the_pending_exception),
        TEST(test_runtime__names_every_kind_of_error),
        TEST(test_runtime__freeing_stops_kernels_and_waits_for_them),
        TEST(test_runtime__is_attached_inside_released_sections_by_eight_threads),
        TEST(test_runtime__counts_what_it_measures),
        TEST(test_runtime__counts_what_the_calls_of_a_function_did),
        TEST(test_runtime__a_thread_holds_the_gils_of_two),
    };
    return cmocka_run_group_tests_name("host runtime", tests, NULL, NULL);
}
