/* SPDX-License-Identifier: MIT
 *
 * gil_mutex and gil_once: with the GIL and without, under threads that come at the worst moment.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

GIL_MODULE(about_mutexes, .doc = "Tests of locks.");

enum { THREADS = 4, ROUNDS = 200 };

typedef struct shared {
    gil_runtime *runtime;
    gil_ref *kernel;
    gil_mutex mutex;
    gil_once once;
    long counter; /* under the mutex */
    atomic_int made, failures, wrong, inside;
} shared;

/* Run the body on threads of the module's own; false: no thread. */
static bool run_threads(gil_env *env, shared *all, void *(*body)(void *))
{
    pthread_t threads[THREADS];
    int started = 0;
    all->runtime = gil_env_runtime(env);
    GIL_BEGIN_ALLOW_THREADS(env)
    while (started < THREADS && pthread_create(&threads[started], NULL, body, all) == 0)
        started++;
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    GIL_END_ALLOW_THREADS(env)
    if (started < THREADS)
        gil_raise(env, GIL_MEMORY_ERROR, "no thread");
    return started == THREADS;
}

/* The runners let memory fail; what a thread could not even begin is not wrong. */
static gil_env *attach(shared *all)
{
    gil_error error;
    gil_env *env = gil_attach(all->runtime, &error);
    if (!env && error.kind != GIL_MEMORY_ERROR)
        atomic_fetch_add(&all->wrong, 1);
    return env;
}

TEST(a_mutex_is_locked_and_unlocked)
{
    static gil_mutex mutex = GIL_MUTEX_INIT;
    for (int i = 0; i < 3; i++) {
        TRY(gil_mutex_lock(env, &mutex));
        gil_mutex_unlock(env, &mutex);
    }
}

/* The GIL is released with the mutex held: who waits for the mutex meanwhile must not hold the GIL. */
static void *count_with_the_gil(void *context)
{
    shared *all = context;
    gil_env *env = attach(all);
    for (int i = 0; env && i < ROUNDS; i++) {
        if (!gil_mutex_lock(env, &all->mutex)) {
            atomic_fetch_add(&all->wrong, 1);
            break;
        }
        long before = all->counter;
        GIL_BEGIN_ALLOW_THREADS(env)
        if (i % 16 == 0)
            sched_yield();
        GIL_END_ALLOW_THREADS(env)
        gil_checkpoint(env);
        all->counter = before + 1;
        gil_mutex_unlock(env, &all->mutex);
    }
    if (env)
        atomic_fetch_add(&all->made, 1);
    if (env)
        gil_detach(env);
    return NULL;
}

TEST(who_waits_for_a_mutex_lets_the_gil_go)
{
    shared all = {.counter = 0};
    TRY(run_threads(env, &all, count_with_the_gil));
    CHECK_COUNT(atomic_load(&all.wrong), 0);
    CHECK_COUNT(all.counter, atomic_load(&all.made) * ROUNDS);
}

TEST(locking_a_mutex_twice_is_an_error)
{
    gil_mutex mutex = GIL_MUTEX_INIT;
    TRY(gil_mutex_lock(env, &mutex));
    bool twice = gil_mutex_lock(env, &mutex);
    gil_mutex_unlock(env, &mutex);
    RAISES(GIL_RUNTIME_ERROR, twice);
    TRY(gil_mutex_lock(env, &mutex));
    gil_mutex_unlock(env, &mutex);
}

/* ---- Kernels ------------------------------------------------------------------------------------------------------------ */

static gil_mutex kernels_mutex = GIL_MUTEX_INIT;
static long kernels_counter;

GIL_FUNCTION(bool, count_in_kernel, (gil_task * task, int64_t rounds), .doc = "Also takes the GIL under the mutex.")
{
    for (int64_t i = 0; i < rounds; i++) {
        if (!gil_task_lock(task, &kernels_mutex))
            return false;
        long before = kernels_counter;
        if (i % 8 == 0) {
            GIL_BEGIN_ACQUIRE(task, env)
            gil_checkpoint(env);
            GIL_END_ACQUIRE(env)
        }
        kernels_counter = before + 1;
        gil_task_unlock(task, &kernels_mutex);
    }
    return true;
}

GIL_FUNCTION(void, lock_twice, (gil_task * task))
{
    gil_mutex mutex = GIL_MUTEX_INIT;
    if (!gil_task_lock(task, &mutex) || gil_task_lock(task, &mutex))
        return;
    gil_task_unlock(task, &mutex);
}

static void *call_kernel(void *context)
{
    shared *all = context;
    gil_env *env = attach(all);
    if (!env)
        return NULL;
    gil_obj done = CALL(gil_ref_get(env, all->kernel), INT(ROUNDS));
    gil_obj exception = gil_is_null(done) ? gil_error_fetch(env) : GIL_NULL;
    if (!gil_is_null(exception) && gil_exception_kind(env, exception) != GIL_MEMORY_ERROR)
        atomic_fetch_add(&all->wrong, 1);
    atomic_fetch_add(&all->made, !gil_is_null(done));
    gil_detach(env);
    return NULL;
}

TEST(kernels_and_functions_share_a_mutex)
{
    shared all = {.counter = 0};
    TRY(gil_mutex_lock(env, &kernels_mutex));
    long before = kernels_counter; /* of the process: other interpreters count too */
    gil_mutex_unlock(env, &kernels_mutex);
    TRY(all.kernel = gil_ref_new(env, OWN("count_in_kernel")));
    bool ran = run_threads(env, &all, call_kernel);
    gil_ref_drop(all.kernel);
    TRY(ran);
    CHECK_COUNT(atomic_load(&all.wrong), 0);
    TRY(gil_mutex_lock(env, &kernels_mutex));
    long counted = kernels_counter;
    gil_mutex_unlock(env, &kernels_mutex);
    CHECK(counted - before >= atomic_load(&all.made) * ROUNDS);
}

TEST(a_kernel_that_locks_twice_fails)
{
    RAISES(GIL_RUNTIME_ERROR, !gil_is_null(CALL(OWN("lock_twice"))));
}

/* ---- Once --------------------------------------------------------------------------------------------------------------- */

TEST(what_is_done_once_is_not_done_again)
{
    gil_once once = GIL_ONCE_INIT;
    CHECK(gil_once_begin(env, &once));
    gil_once_end(env, &once, true);
    CHECK(!gil_once_begin(env, &once));
    CHECK(!gil_error_pending(env));
}

TEST(what_failed_is_tried_again)
{
    gil_once once = GIL_ONCE_INIT;
    for (int i = 0; i < 3; i++) {
        CHECK(gil_once_begin(env, &once));
        gil_once_end(env, &once, i == 2);
    }
    CHECK(!gil_once_begin(env, &once));
}

TEST(doing_it_inside_itself_is_an_error)
{
    gil_once once = GIL_ONCE_INIT;
    CHECK(gil_once_begin(env, &once));
    bool inside = gil_once_begin(env, &once);
    gil_once_end(env, &once, true);
    RAISES(GIL_RUNTIME_ERROR, inside);
}

/* The first two that try fail; whoever does it lets the GIL go meanwhile, as an import does. */
static void *make_it_once(void *context)
{
    shared *all = context;
    gil_env *env = attach(all);
    if (!env)
        return NULL;
    if (gil_once_begin(env, &all->once)) {
        if (atomic_fetch_add(&all->inside, 1) != 0)
            atomic_fetch_add(&all->wrong, 1);
        GIL_BEGIN_ALLOW_THREADS(env)
        usleep(200);
        GIL_END_ALLOW_THREADS(env)
        atomic_fetch_sub(&all->inside, 1);
        bool fine = atomic_fetch_add(&all->failures, 1) >= 2;
        atomic_fetch_add(&all->made, fine);
        gil_once_end(env, &all->once, fine);
    }
    gil_detach(env);
    return NULL;
}

TEST(one_of_many_threads_does_it_and_the_others_wait)
{
    shared all = {.counter = 0};
    TRY(run_threads(env, &all, make_it_once));
    CHECK_COUNT(atomic_load(&all.wrong), 0);
    int made = atomic_load(&all.made), tried = atomic_load(&all.failures);
    CHECK(made <= 1 && tried <= 3);
    CHECK(made == 1 || tried < 3);
}

/* ---- Threads that are gone ---------------------------------------------------------------------------------------------- */

/* It leaves both as they are. */
static void *begin_and_end_nothing(void *context)
{
    shared *all = context;
    gil_env *env = attach(all);
    if (env && gil_mutex_lock(env, &all->mutex) && gil_once_begin(env, &all->once))
        atomic_fetch_add(&all->made, 1);
    atomic_fetch_add(&all->inside, 1);
    if (!env)
        return NULL;
    GIL_BEGIN_ALLOW_THREADS(env)
    while (atomic_load(&all->inside) < 2)
        usleep(200);
    GIL_END_ALLOW_THREADS(env)
    gil_detach(env);
    return NULL;
}

/* What it did is begun, what it locked is refused; 0: so it is. No memory for the exception is an exception too. */
static int use_what_is_left(gil_env *env, shared *all)
{
    if (gil_mutex_lock(env, &all->mutex))
        return 1;
    gil_error_kind kind = gil_exception_kind(env, gil_error_fetch(env));
    if (kind != GIL_RUNTIME_ERROR && kind != GIL_MEMORY_ERROR)
        return 2;
    all->mutex = (gil_mutex)GIL_MUTEX_INIT;
    if (!gil_mutex_lock(env, &all->mutex))
        return 3;
    gil_mutex_unlock(env, &all->mutex);
    if (!gil_once_begin(env, &all->once))
        return 4;
    gil_once_end(env, &all->once, true);
    return gil_once_begin(env, &all->once) ? 5 : 0;
}

static int status_of_child(gil_env *env, shared *all)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        _exit(use_what_is_left(env, all));
    }
    return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

TEST(nobody_waits_for_a_thread_that_ended_or_was_left_behind_by_a_fork)
{
    shared all = {.runtime = gil_env_runtime(env)};
    pthread_t thread;
    bool started = false;
    GIL_BEGIN_ALLOW_THREADS(env)
    started = pthread_create(&thread, NULL, begin_and_end_nothing, &all) == 0;
    while (started && atomic_load(&all.inside) == 0)
        usleep(500);
    GIL_END_ALLOW_THREADS(env)
    CHECK(started);
    int status = atomic_load(&all.made) ? status_of_child(env, &all) : 0;
    GIL_BEGIN_ALLOW_THREADS(env)
    atomic_fetch_add(&all.inside, 1);
    pthread_join(thread, NULL);
    GIL_END_ALLOW_THREADS(env)
    CHECK_COUNT(status, 0);
    if (atomic_load(&all.made))
        CHECK_COUNT(use_what_is_left(env, &all), 0);
}
