/* SPDX-License-Identifier: MIT
 *
 * Uses of a resource: readers beside one another, a writer alone, the others waiting without the GIL; and no wait that
 * would never end.
 */
#include "core/use.h"

#include <gilkit/runtime.h>

#include "../base/support.h"
#include "core/runtime.h"

enum { CROWD = 4 };

typedef struct shared {
    gil_runtime *runtime;
    gil_env *env;
    gil__resource one, two;
    atomic_uint running, most, done, refused;
    atomic_bool go;
    uint64_t sum; /* written by whoever uses `one` alone */
} shared;

static int set_up(void **state)
{
    static shared all;
    set_time_limit(state);
    all = (shared){.runtime = gil_runtime_new(NULL, NULL)};
    all.env = gil_attach(all.runtime, NULL);
    all.one = (gil__resource){.name = "one", .runtime = all.runtime};
    all.two = (gil__resource){.name = "two", .runtime = all.runtime};
    *state = &all;
    return 0;
}

static int tear_down(void **state)
{
    shared *all = *state;
    gil_detach(all->env);
    return gil_runtime_free(all->runtime, NULL) && !all->one.uses && !all->two.uses ? 0 : -1;
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Run without the GIL for a while, counting who does. */
static void work(shared *all, gil_env *env)
{
    uint64_t token = gil__thread_release(env, __FILE__, __LINE__);
    unsigned running = atomic_fetch_add(&all->running, 1) + 1;
    for (unsigned most = atomic_load(&all->most); running > most;)
        if (atomic_compare_exchange_weak(&all->most, &most, running))
            break;
    sleep_ms(5);
    atomic_fetch_sub(&all->running, 1);
    gil__thread_reacquire(env, token);
}

static void *use_in_turn(shared *all, bool alone)
{
    gil_env *env = gil_attach(all->runtime, NULL);
    for (size_t i = 0; i < 10; i++) {
        gil__use *use;
        if (!(use = gil__use_begin(env, &all->one, alone))) {
            atomic_fetch_add(&all->refused, 1);
            continue;
        }
        uint64_t before = all->sum;
        work(all, env);
        if (alone)
            all->sum = before + 1;
        gil__use_end(use);
    }
    gil_detach(env);
    return NULL;
}

static void *read_it(void *context)
{
    return use_in_turn(context, false);
}

static void *write_it(void *context)
{
    return use_in_turn(context, true);
}

/* The main thread holds the GIL: let the others have it. */
static void run(shared *all, thread_fn body)
{
    gil_env *env = all->env;
    GIL_BEGIN_ALLOW_THREADS(env)
    run_on_threads(CROWD, body, all);
    GIL_END_ALLOW_THREADS(env)
}

static void test_use__to_read_goes_beside_others(void **state)
{
    shared *all = *state;
    run(all, read_it);
    assert_int_equal(atomic_load(&all->refused), 0);
    assert_true(atomic_load(&all->most) > 1);
}

static void test_use__to_change_goes_alone(void **state)
{
    shared *all = *state;
    run(all, write_it);
    assert_int_equal(atomic_load(&all->refused), 0);
    assert_int_equal(atomic_load(&all->most), 1);
    assert_int_equal(all->sum, CROWD * 10);
}

static void test_use__of_one_thread_goes_inside_its_own(void **state)
{
    shared *all = *state;
    gil__use *outer, *middle, *inner;
    assert_true((outer = gil__use_begin(all->env, &all->one, true)));
    assert_true((middle = gil__use_begin(all->env, &all->one, false)));
    assert_true((inner = gil__use_begin(all->env, &all->one, true)));
    assert_true(gil__use_is_mine(gil__thread_of(all->env), &all->one));
    gil__use_end(inner);
    gil__use_end(middle);
    assert_true(gil__use_is_mine(gil__thread_of(all->env), &all->one));
    gil__use_end(outer);
    assert_false(gil__use_is_mine(gil__thread_of(all->env), &all->one));
}

static void test_use__of_what_is_closed_is_refused(void **state)
{
    shared *all = *state;
    gil_error error;
    gil__use *use;
    all->one.closed = true;
    assert_false((use = gil__use_begin(all->env, &all->one, false)));
    assert_true(gil_error_take(all->env, &error));
    assert_int_equal(error.kind, GIL_VALUE_ERROR);
    assert_string_equal(error.message, "the one is closed");
}

/* ---- Waiting ------------------------------------------------------------------------------------------------ */

static void *write_once(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    gil__use *use;
    atomic_fetch_add(&all->running, 1);
    if ((use = gil__use_begin(env, &all->one, true))) {
        atomic_fetch_add(&all->done, 1);
        gil__use_end(use);
    } else {
        atomic_fetch_add(&all->refused, 1);
    }
    gil_detach(env);
    return NULL;
}

static void *read_once(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    gil__use *use;
    atomic_fetch_add(&all->running, 1);
    if ((use = gil__use_begin(env, &all->one, false))) {
        /* A writer came before this one, so it must have been here. */
        if (atomic_load(&all->done) == 0)
            atomic_fetch_add(&all->refused, 1);
        gil__use_end(use);
    }
    gil_detach(env);
    return NULL;
}

static uint32_t waiting(shared *all)
{
    gil__lock_take(&all->runtime->using);
    uint32_t count = 0;
    for (const gil__use *use = all->one.first_waiting; use; use = use->next)
        count++;
    gil__lock_give(&all->runtime->using);
    return count;
}

static void wait_for_waiters(shared *all, uint32_t count)
{
    gil_env *env = all->env;
    GIL_BEGIN_ALLOW_THREADS(env)
    while (waiting(all) < count)
        sleep_ms(1);
    GIL_END_ALLOW_THREADS(env)
}

static void finish(shared *all, pthread_t *threads, size_t count)
{
    gil_env *env = all->env;
    GIL_BEGIN_ALLOW_THREADS(env)
    for (size_t i = 0; i < count; i++)
        join(threads[i]);
    GIL_END_ALLOW_THREADS(env)
}

static void test_use__that_waits_lets_the_gil_go_and_comes_when_it_may(void **state)
{
    shared *all = *state;
    pthread_t thread;
    gil__use *use;
    assert_true((use = gil__use_begin(all->env, &all->one, false)));
    start(&thread, write_once, all);
    wait_for_waiters(all, 1);
    assert_int_equal(atomic_load(&all->done), 0);
    gil__use_end(use);
    finish(all, &thread, 1);
    assert_int_equal(atomic_load(&all->done), 1);
}

static void test_use__to_read_waits_behind_who_waits_to_change(void **state)
{
    shared *all = *state;
    pthread_t threads[2];
    gil__use *use;
    assert_true((use = gil__use_begin(all->env, &all->one, false)));
    start(&threads[0], write_once, all);
    wait_for_waiters(all, 1);
    start(&threads[1], read_once, all);
    wait_for_waiters(all, 2);
    gil__use_end(use);
    finish(all, threads, 2);
    assert_int_equal(atomic_load(&all->done), 1);
    assert_int_equal(atomic_load(&all->refused), 0);
}

static void *write_often(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    while (!atomic_load(&all->go)) {
        gil__use *use;
        if ((use = gil__use_begin(env, &all->one, true))) {
            work(all, env);
            gil__use_end(use);
        }
    }
    gil_detach(env);
    return NULL;
}

static void test_use__comes_in_turn_against_who_uses_it_again_and_again(void **state)
{
    shared *all = *state;
    pthread_t thread;
    gil__use *use;
    start(&thread, write_often, all);
    for (size_t i = 0; i < 10; i++) {
        work(all, all->env); /* let the other one in */
        assert_true((use = gil__use_begin(all->env, &all->one, true)));
        gil__use_end(use);
    }
    atomic_store(&all->go, true);
    finish(all, &thread, 1);
}

static void test_use__of_what_is_closed_meanwhile_is_refused(void **state)
{
    shared *all = *state;
    pthread_t thread;
    gil__use *use;
    assert_true((use = gil__use_begin(all->env, &all->one, true)));
    start(&thread, write_once, all);
    wait_for_waiters(all, 1);
    all->one.closed = true;
    gil__use_end(use);
    finish(all, &thread, 1);
    assert_int_equal(atomic_load(&all->refused), 1);
    assert_null(all->one.first_waiting);
}

/* ---- What would never end ----------------------------------------------------------------------------------- */

static void *use_two_then_one(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    gil__use *first, *second;
    if ((first = gil__use_begin(env, &all->two, true))) {
        atomic_store(&all->go, true);
        if ((second = gil__use_begin(env, &all->one, true))) {
            atomic_fetch_add(&all->done, 1);
            gil__use_end(second);
        }
        gil__use_end(first);
    }
    gil_detach(env);
    return NULL;
}

static void test_use__that_would_wait_for_who_waits_for_it_is_refused(void **state)
{
    shared *all = *state;
    pthread_t thread;
    gil_error error;
    gil__use *first, *second;
    assert_true((first = gil__use_begin(all->env, &all->one, true)));
    start(&thread, use_two_then_one, all);
    wait_for_waiters(all, 1);
    assert_true(atomic_load(&all->go));
    assert_false((second = gil__use_begin(all->env, &all->two, false)));
    assert_true(gil_error_take(all->env, &error));
    assert_int_equal(error.kind, GIL_RUNTIME_ERROR);
    assert_string_equal(error.message,
                        "the two is in use by a thread that waits for what this thread uses; neither would go on");
    gil__use_end(first);
    finish(all, &thread, 1);
    assert_int_equal(atomic_load(&all->done), 1);
}

static void *read_then_write(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    gil__use *reading, *writing;
    if ((reading = gil__use_begin(env, &all->one, false))) {
        atomic_store(&all->go, true);
        if ((writing = gil__use_begin(env, &all->one, true))) {
            atomic_fetch_add(&all->done, 1);
            gil__use_end(writing);
        }
        gil__use_end(reading);
    }
    gil_detach(env);
    return NULL;
}

static void test_use__by_two_that_read_and_then_want_to_change_is_refused_to_the_later(void **state)
{
    shared *all = *state;
    pthread_t thread;
    gil_error error;
    gil__use *reading, *writing;
    assert_true((reading = gil__use_begin(all->env, &all->one, false)));
    start(&thread, read_then_write, all);
    wait_for_waiters(all, 1);
    assert_true(atomic_load(&all->go));
    assert_false((writing = gil__use_begin(all->env, &all->one, true)));
    assert_true(gil_error_take(all->env, &error));
    assert_int_equal(error.kind, GIL_RUNTIME_ERROR);
    gil__use_end(reading);
    finish(all, &thread, 1);
    assert_int_equal(atomic_load(&all->done), 1);
}

static void *end_while_using(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    if (gil__use_begin(env, &all->one, true))
        pthread_exit(NULL);
    return NULL;
}

static void test_use__of_a_thread_that_ends_ends_with_it(void **state)
{
    shared *all = *state;
    pthread_t thread;
    gil__use *use;
    start(&thread, end_while_using, all);
    finish(all, &thread, 1);
    assert_true((use = gil__use_begin(all->env, &all->one, true)));
    gil__use_end(use);
}

static void *wait_alone_until_cancelled(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL); /* in the wait, which is no cancellation point */
    gil__use_begin(env, &all->one, true);
    return NULL;
}

static void *read_behind(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    gil__use *use = gil__use_begin(env, &all->one, false);
    atomic_fetch_add(&all->done, 1);
    gil__use_end(use);
    gil_detach(env);
    return NULL;
}

static void test_use__behind_a_thread_that_ends_while_it_waits_begins(void **state)
{
    shared *all = *state;
    gil_env *env = all->env;
    pthread_t writer, reader;
    gil__use *reading = gil__use_begin(env, &all->one, false);
    assert_true(reading);
    start(&writer, wait_alone_until_cancelled, all);
    wait_for_waiters(all, 1);
    start(&reader, read_behind, all);
    wait_for_waiters(all, 2);
    GIL_BEGIN_ALLOW_THREADS(env)
    pthread_cancel(writer);
    join(writer);
    for (int ms = 0; ms < 2000 && atomic_load(&all->done) == 0; ms++)
        sleep_ms(1);
    GIL_END_ALLOW_THREADS(env)
    unsigned done = atomic_load(&all->done);
    gil__use_end(reading);
    finish(all, &reader, 1);
    assert_int_equal(done, 1);
}

/* ---- fork --------------------------------------------------------------------------------------------------- */

static void *use_until_told(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    gil__use *use;
    (use = gil__use_begin(env, &all->one, true));
    uint64_t token = gil__thread_release(env, __FILE__, __LINE__);
    atomic_fetch_add(&all->running, 1);
    while (!atomic_load(&all->go))
        usleep(200);
    gil__thread_reacquire(env, token);
    gil__use_end(use);
    gil_detach(env);
    return NULL;
}

static void use_in_child(void *context)
{
    shared *all = context;
    gil__use *use;
    if (!(use = gil__use_begin(all->env, &all->one, false)))
        _exit(1);
    gil__use_end(use);
    if (all->one.first_waiting)
        _exit(2);
}

static void test_use__of_threads_that_a_child_does_not_have_is_no_use_there(void **state)
{
    shared *all = *state;
    pthread_t threads[2];
    gil_env *env = all->env;
    start(&threads[0], use_until_told, all);
    GIL_BEGIN_ALLOW_THREADS(env)
    while (atomic_load(&all->running) == 0)
        sleep_ms(1);
    GIL_END_ALLOW_THREADS(env)
    start(&threads[1], write_once, all);
    wait_for_waiters(all, 1);
    child_end end = run_in_child(use_in_child, all, 5);
    atomic_store(&all->go, true);
    finish(all, threads, 2);
    assert_returned(end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_use__to_read_goes_beside_others),
        TEST(test_use__to_change_goes_alone),
        TEST(test_use__of_one_thread_goes_inside_its_own),
        TEST(test_use__of_what_is_closed_is_refused),
        TEST(test_use__that_waits_lets_the_gil_go_and_comes_when_it_may),
        TEST(test_use__to_read_waits_behind_who_waits_to_change),
        TEST(test_use__comes_in_turn_against_who_uses_it_again_and_again),
        TEST(test_use__of_what_is_closed_meanwhile_is_refused),
        TEST(test_use__that_would_wait_for_who_waits_for_it_is_refused),
        TEST(test_use__by_two_that_read_and_then_want_to_change_is_refused_to_the_later),
        TEST(test_use__of_a_thread_that_ends_ends_with_it),
        TEST(test_use__behind_a_thread_that_ends_while_it_waits_begins),
        TEST(test_use__of_threads_that_a_child_does_not_have_is_no_use_there),
    };
    return cmocka_run_group_tests_name("use", tests, NULL, NULL);
}
