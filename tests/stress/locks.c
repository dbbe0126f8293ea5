/* SPDX-License-Identifier: MIT
 *
 * Locks beside the GIL: cases 10, 16 and 17, and what misuse of them says.
 */
#include <gilkit/runtime.h>

#include "cores.h"

enum { CROWD = 6 };

typedef struct stage {
    gil_runtime *runtime;
    gil_env *env;
    gil_mutex mutex;
    gil_once once;
    size_t counter, made;
    atomic_uint wrong, running;
    atomic_bool stop;
} stage;

static stage begin(void)
{
    return (stage){.runtime = gil_runtime_new(NULL, NULL)};
}

static void *attach_once(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    if (!env)
        atomic_fetch_add(&s->wrong, 1);
    else
        gil_detach(env);
    return NULL;
}

/* Freeing the runtime waits for threads: who is attached is told so instead of waiting for itself. */
static void case_16_waiting_for_threads_while_attached_is_refused(void **state)
{
    (void)state;
    stage s = begin();
    gil_error error = {0};
    gil_env *env = gil_attach(s.runtime, NULL);
    assert_false(gil_runtime_free(s.runtime, &error));
    assert_int_equal(error.kind, GIL_RUNTIME_ERROR);
    GIL_BEGIN_ALLOW_THREADS(env)
    run_on_threads(CROWD, attach_once, &s);
    GIL_END_ALLOW_THREADS(env)
    gil_detach(env);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

/* The initialiser gives the GIL up in the middle; a second thread comes in holding it. */
static void *make_and_count(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    for (size_t i = 0; i < LOOPS(300); i++) {
        if (gil_once_begin(env, &s->once)) {
            GIL_BEGIN_ALLOW_THREADS(env)
            usleep(300);
            GIL_END_ALLOW_THREADS(env)
            s->made++;
            gil_once_end(env, &s->once, s->made == 3); /* it fails twice */
        }
        if (!gil_mutex_lock(env, &s->mutex)) {
            atomic_fetch_add(&s->wrong, 1);
            break;
        }
        size_t before = s->counter;
        GIL_BEGIN_ALLOW_THREADS(env)
        if (i % 32 == 0)
            sched_yield();
        GIL_END_ALLOW_THREADS(env)
        gil_env_yield(env);
        s->counter = before + 1;
        gil_mutex_unlock(env, &s->mutex);
    }
    gil_detach(env);
    return NULL;
}

static void case_17_a_once_and_a_mutex_are_in_no_order_with_the_gil(void **state)
{
    (void)state;
    stage s = begin();
    run_on_threads(CROWD, make_and_count, &s);
    assert_int_equal(s.made, 3);
    assert_int_equal(s.counter, CROWD * LOOPS(300));
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

static void *wait_for_mutex(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    uint64_t before = cpu_ns(RUSAGE_THREAD);
    atomic_fetch_add(&s->running, 1);
    if (!gil_mutex_lock(env, &s->mutex))
        atomic_fetch_add(&s->wrong, 1);
    if (cpu_ns(RUSAGE_THREAD) - before > 20 * (uint64_t)MS)
        atomic_fetch_add(&s->wrong, 1);
    gil_mutex_unlock(env, &s->mutex);
    gil_detach(env);
    return NULL;
}

static void case_17_who_waits_for_a_mutex_uses_no_processor_time(void **state)
{
    (void)state;
    stage s = begin();
    pthread_t threads[CROWD];
    gil_env *env = gil_attach(s.runtime, NULL);
    assert_true(gil_mutex_lock(env, &s.mutex));
    for (size_t i = 0; i < CROWD; i++)
        start(&threads[i], wait_for_mutex, &s);
    while (atomic_load(&s.running) < CROWD)
        gil_checkpoint(env);
    GIL_BEGIN_ALLOW_THREADS(env)
    sleep_ms(200);
    GIL_END_ALLOW_THREADS(env)
    gil_mutex_unlock(env, &s.mutex);
    gil_detach(env);
    for (size_t i = 0; i < CROWD; i++)
        join(threads[i]);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

static void *lock_and_end(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    if (gil_mutex_lock(env, &s->mutex)) {
        size_t before = s->counter;
        GIL_BEGIN_ALLOW_THREADS(env)
        GIL_END_ALLOW_THREADS(env)
        s->counter = before + 1;
        gil_mutex_unlock(env, &s->mutex);
    } else {
        atomic_fetch_add(&s->wrong, 1);
    }
    gil_detach(env);
    return NULL;
}

/* Each is gone when the next one may still believe that it has the mutex. */
static void case_17_threads_that_unlock_and_end_are_not_said_to_have_kept_it(void **state)
{
    (void)state;
    stage s = begin();
    for (size_t i = 0; i < LOOPS(300); i++)
        run_on_threads(CROWD, lock_and_end, &s);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_int_equal(s.counter, CROWD * LOOPS(300));
    assert_true(gil_runtime_free(s.runtime, NULL));
}

static void *lock_and_make_until_told(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    atomic_fetch_add(&s->running, 1);
    while (!atomic_load(&s->stop)) {
        if (gil_once_begin(env, &s->once)) {
            gil_env_yield(env);
            gil_once_end(env, &s->once, false);
        }
        if (!gil_mutex_lock(env, &s->mutex)) {
            atomic_fetch_add(&s->wrong, 1);
            break;
        }
        GIL_BEGIN_ALLOW_THREADS(env)
        GIL_END_ALLOW_THREADS(env)
        gil_mutex_unlock(env, &s->mutex);
        gil_env_yield(env);
    }
    gil_detach(env);
    return NULL;
}

/* Each of the two was somebody's, or nobody's, in the middle of whatever it was. */
static void use_both(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    for (int i = 0; i < 3; i++) {
        if (!gil_once_begin(env, &s->once))
            _exit(1);
        gil_once_end(env, &s->once, false);
        if (gil_mutex_lock(env, &s->mutex)) {
            gil_mutex_unlock(env, &s->mutex);
            continue;
        }
        gil_obj exception = gil_error_fetch(env);
        if (gil_exception_kind(env, exception) != GIL_RUNTIME_ERROR)
            _exit(2);
        s->mutex = (gil_mutex)GIL_MUTEX_INIT;
    }
    gil_detach(env);
    if (!gil_runtime_free(s->runtime, NULL))
        _exit(3);
}

static void case_10_a_fork_amid_mutexes_and_a_once_leaves_a_child_that_waits_for_nobody(void **state)
{
    (void)state;
    stage s = begin();
    pthread_t threads[CROWD];
    for (size_t i = 0; i < CROWD; i++)
        start(&threads[i], lock_and_make_until_told, &s);
    while (atomic_load(&s.running) < CROWD)
        sleep_ms(1);
    for (unsigned i = 0; i < LOOPS(200); i++) {
        usleep(41 * i % 700);
        assert_returned(run_in_child(use_both, &s, 10));
    }
    atomic_store(&s.stop, true);
    for (size_t i = 0; i < CROWD; i++)
        join(threads[i]);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

static void unlock_what_is_free(void *context)
{
    stage *s = context;
    gil_mutex_unlock(s->env, &s->mutex);
}

static void end_what_did_not_begin(void *context)
{
    stage *s = context;
    gil_once_end(s->env, &s->once, true);
}

static void case_25_unlocking_what_is_not_locked_ends_the_process(void **state)
{
    (void)state;
    stage s = begin();
    s.env = gil_attach(s.runtime, NULL);
    assert_aborted(run_in_child(unlock_what_is_free, &s, 5), "gil_mutex_unlock");
    assert_aborted(run_in_child(end_what_did_not_begin, &s, 5), "gil_once_end");
    gil_detach(s.env);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(case_16_waiting_for_threads_while_attached_is_refused),
        TEST(case_17_a_once_and_a_mutex_are_in_no_order_with_the_gil),
        TEST(case_17_who_waits_for_a_mutex_uses_no_processor_time),
        TEST(case_17_threads_that_unlock_and_end_are_not_said_to_have_kept_it),
        TEST(case_10_a_fork_amid_mutexes_and_a_once_leaves_a_child_that_waits_for_nobody),
        TEST(case_25_unlocking_what_is_not_locked_ends_the_process),
    };
    use_cores_as_told();
    return cmocka_run_group_tests_name("locks", tests, NULL, NULL);
}
