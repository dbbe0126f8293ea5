/* SPDX-License-Identifier: MIT
 *
 * Bugs of callers that would corrupt objects: each stops the process, and says where. All of it in children.
 */
#include <gilkit/runtime.h>

#include "../base/support.h"

typedef struct shared {
    gil_runtime *runtime;
    gil_env *env;
} shared;

static shared attached(void)
{
    shared all = {.runtime = gil_runtime_new(NULL, NULL)};
    all.env = gil_attach(all.runtime, NULL);
    return all;
}

static void release_twice(void *context)
{
    (void)context;
    shared all = attached();
    gil_env_release(all.env, "first.c", 1);
    gil_env_release(all.env, "second.c", 22);
}

static void test_misuse__releasing_what_is_released_names_the_call(void **state)
{
    (void)state;
    child_end end = run_in_child(release_twice, NULL, 10);
    assert_aborted(end, "second.c:22");
    assert_aborted(end, "does not hold the GIL");
}

static void release_after_detach(void *context)
{
    (void)context;
    shared all = attached();
    gil_detach(all.env);
    gil_env_release(all.env, "kernel.c", 33);
}

static void test_misuse__releasing_after_detach_names_the_call(void **state)
{
    (void)state;
    assert_aborted(run_in_child(release_after_detach, NULL, 10), "kernel.c:33");
}

static void release_by_macro(void *context)
{
    (void)context;
    shared all = attached();
    gil_env *env = all.env;
    gil_detach(env);
    GIL_BEGIN_ALLOW_THREADS(env)
    GIL_END_ALLOW_THREADS(env)
}

static void test_misuse__the_macro_names_its_own_file_and_line(void **state)
{
    (void)state;
    child_end end = run_in_child(release_by_macro, NULL, 10);
    assert_aborted(end, "test_misuse.c:");
    assert_aborted(end, "GIL_BEGIN_ALLOW_THREADS");
}

static void reacquire_twice(void *context)
{
    (void)context;
    shared all = attached();
    uint64_t token = gil_env_release(all.env, "section.c", 44);
    gil_env_reacquire(all.env, token);
    gil_env_reacquire(all.env, token);
}

static void test_misuse__taking_back_what_is_held_names_the_release(void **state)
{
    (void)state;
    assert_aborted(run_in_child(reacquire_twice, NULL, 10), "section.c:44");
}

static void detach_too_often(void *context)
{
    (void)context;
    shared all = attached();
    gil_detach(all.env);
    gil_detach(all.env);
}

static void test_misuse__detaching_too_often_is_named(void **state)
{
    (void)state;
    assert_aborted(run_in_child(detach_too_often, NULL, 10), "gil_detach");
}

static void detach_in_a_section(void *context)
{
    (void)context;
    shared all = attached();
    gil_env_release(all.env, "section.c", 55);
    gil_detach(all.env);
}

static void test_misuse__detaching_in_a_released_section_is_named(void **state)
{
    (void)state;
    assert_aborted(run_in_child(detach_in_a_section, NULL, 10), "gil_detach");
}

static void yield_while_released(void *context)
{
    (void)context;
    shared all = attached();
    gil_env_release(all.env, "section.c", 66);
    gil_env_yield(all.env);
}

static void test_misuse__a_checkpoint_without_the_gil_is_named(void **state)
{
    (void)state;
    assert_aborted(run_in_child(yield_while_released, NULL, 10), "checkpoint");
}

static void *release_what_another_holds(void *context)
{
    shared *all = context;
    gil_env_release(all->env, "thief.c", 77);
    return NULL;
}

static void release_by_another_thread(void *context)
{
    (void)context;
    shared all = attached();
    run_on_threads(1, release_what_another_holds, &all);
}

static void test_misuse__releasing_what_another_thread_holds_names_the_call(void **state)
{
    (void)state;
    assert_aborted(run_in_child(release_by_another_thread, NULL, 10), "thief.c:77");
}

static void free_while_attached(void *context)
{
    (void)context;
    gil_error error = {0};
    shared all = attached();
    if (gil_runtime_free(all.runtime, &error) || error.kind != GIL_RUNTIME_ERROR)
        _exit(1);
    gil_attach(all.runtime, NULL);
    gil_detach(all.env);
    gil_detach(all.env);
    if (!gil_runtime_free(all.runtime, &error))
        _exit(2);
}

static void test_misuse__freeing_while_attached_is_refused_and_harmless(void **state)
{
    (void)state;
    assert_returned(run_in_child(free_while_attached, NULL, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_misuse__releasing_what_is_released_names_the_call),
        TEST(test_misuse__releasing_after_detach_names_the_call),
        TEST(test_misuse__the_macro_names_its_own_file_and_line),
        TEST(test_misuse__taking_back_what_is_held_names_the_release),
        TEST(test_misuse__detaching_too_often_is_named),
        TEST(test_misuse__detaching_in_a_released_section_is_named),
        TEST(test_misuse__a_checkpoint_without_the_gil_is_named),
        TEST(test_misuse__releasing_what_another_thread_holds_names_the_call),
        TEST(test_misuse__freeing_while_attached_is_refused_and_harmless),
    };
    return cmocka_run_group_tests_name("misuse", tests, NULL, NULL);
}
