/* SPDX-License-Identifier: MIT
 *
 * Locks beside the GIL: cases 16 and 17, and what misuse of them says.
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
        TEST(case_25_unlocking_what_is_not_locked_ends_the_process),
    };
    use_cores_as_told();
    return cmocka_run_group_tests_name("locks", tests, NULL, NULL);
}
