/* SPDX-License-Identifier: MIT
 *
 * A gil_mutex and a gil_once whose thread is gone: it ended, or this is the child of a fork, which does not have it. Nobody
 * waits for it.
 */
#include <gilkit/runtime.h>

#include "../base/support.h"
#include "core/claim.h"
#include "core/mutex.h"
#include "core/runtime.h"
#include "kernel.h"

enum { LIMIT_S = 5, CROWD = 4 };

/* gcc's thread sanitizer ends the child of a process with threads when it starts one. */
#ifdef __SANITIZE_THREAD__
#define THREADS_AFTER_FORK 0
#else
#define THREADS_AFTER_FORK 1
#endif

typedef struct stage {
    gil_runtime *runtime;
    gil_env *env;
    gil_mutex mutex, other;
    gil_once once;
    pthread_t threads[CROWD + 1];
    uint32_t started;
    atomic_uint running, got, refused, wrong;
    atomic_bool go;
} stage;

static stage begin(void)
{
    return (stage){.runtime = gil_runtime_new(NULL, NULL)};
}

static void start_all(stage *s, unsigned count, thread_fn body)
{
    unsigned running = atomic_load(&s->running) + count;
    for (unsigned i = 0; i < count; i++)
        start(&s->threads[s->started++], body, s);
    while (atomic_load(&s->running) < running)
        sleep_ms(1);
}

static void join_all(stage *s)
{
    atomic_store(&s->go, true);
    while (s->started > 0)
        join(s->threads[--s->started]);
}

static void finish(stage *s)
{
    join_all(s);
    assert_int_equal(atomic_load(&s->wrong), 0);
    assert_true(gil_runtime_free(s->runtime, NULL));
}

static void wait_until_awaited(const uint64_t *word)
{
    while (!(__atomic_load_n(word, __ATOMIC_RELAXED) & GIL__CLAIM_AWAITED))
        sleep_ms(1);
    sleep_ms(10);
}

static void be_there_until_told(stage *s)
{
    atomic_fetch_add(&s->running, 1);
    while (!atomic_load(&s->go))
        usleep(200);
}

static void be_there_released(gil_env *env, stage *s)
{
    GIL_BEGIN_ALLOW_THREADS(env)
    be_there_until_told(s);
    GIL_END_ALLOW_THREADS(env)
}

/* Is an exception of this kind pending that says so? It is dropped. */
static bool says(gil_env *env, const char *words)
{
    gil_obj exception = gil_error_fetch(env);
    if (gil_is_null(exception) || gil_exception_kind(env, exception) != GIL_RUNTIME_ERROR)
        return false;
    size_t length;
    const char *text;
    if (!gil_str_get(env, gil_to_str(env, exception), &text, &length))
        return false;
    if (!strstr(text, words))
        fprintf(stderr, "\"%s\" is not in: %s\n", words, text);
    return strstr(text, words);
}

/* ---- Threads of the parent ---------------------------------------------------------------------------------------------- */

static void *have_the_mutex(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    if (!gil_mutex_lock(env, &s->mutex))
        atomic_fetch_add(&s->wrong, 1);
    be_there_released(env, s);
    gil_mutex_unlock(env, &s->mutex);
    gil_detach(env);
    return NULL;
}

static void lock_in_kernel(gil_task *task, void *context)
{
    stage *s = context;
    if (!gil_task_lock(task, &s->mutex))
        return;
    be_there_until_told(s);
    gil_task_unlock(task, &s->mutex);
}

static void *have_the_mutex_in_a_kernel(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    if (!run_kernel(env, lock_in_kernel, s))
        atomic_fetch_add(&s->wrong, 1);
    gil_detach(env);
    return NULL;
}

static void *want_the_mutex(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    atomic_fetch_add(&s->running, 1);
    if (!gil_mutex_lock(env, &s->mutex)) {
        atomic_fetch_add(says(env, "ended") ? &s->refused : &s->wrong, 1);
    } else {
        atomic_fetch_add(&s->got, 1);
        gil_mutex_unlock(env, &s->mutex);
    }
    gil_detach(env);
    return NULL;
}

static void *do_it_until_told(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    if (!gil_once_begin(env, &s->once))
        atomic_fetch_add(&s->wrong, 1);
    be_there_released(env, s);
    gil_once_end(env, &s->once, true);
    gil_detach(env);
    return NULL;
}

static void *want_it_done(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    atomic_fetch_add(&s->running, 1);
    if (gil_once_begin(env, &s->once)) {
        atomic_fetch_add(&s->got, 1);
        gil_once_end(env, &s->once, true);
    }
    if (gil_error_pending(env))
        atomic_fetch_add(&s->wrong, 1);
    gil_detach(env);
    return NULL;
}

/* ---- What a child does -------------------------------------------------------------------------------------------------- */

static void must(bool fine, int line)
{
    if (fine)
        return;
    fprintf(stderr, "line %d\n", line);
    _exit(1);
}
#define MUST(what) must(what, __LINE__)

/* It is free, and nobody is thought to sleep for it. */
static void must_work(gil_env *env, gil_mutex *mutex)
{
    for (int i = 0; i < 3; i++) {
        MUST(mutex->gil__word == 0);
        MUST(gil_mutex_lock(env, mutex));
        MUST(!(mutex->gil__word & GIL__CLAIM_FLAGS));
        MUST(!gil_mutex_lock(env, mutex) && says(env, "already"));
        gil_mutex_unlock(env, mutex);
    }
}

static void try_in_kernel(gil_task *task, void *context)
{
    stage *s = context;
    if (gil_task_lock(task, &s->mutex))
        gil_task_unlock(task, &s->mutex);
}

/* Another thread had the mutex. */
static void be_refused(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    for (int i = 0; i < 3; i++) {
        MUST(!gil_mutex_lock(env, &s->mutex) &&
             says(env, "gil_mutex_lock: the thread that has the mutex is not in this child"));
        MUST(!run_kernel(env, try_in_kernel, s) &&
             says(env, "gil_task_lock: the thread that has the mutex is not in this"));
    }
    must_work(env, &s->other);
    s->mutex = (gil_mutex)GIL_MUTEX_INIT;
    must_work(env, &s->mutex);
    MUST(run_kernel(env, try_in_kernel, s));
    gil_detach(env);
    MUST(gil_runtime_free(s->runtime, NULL));
}

static void fork_again(void *context)
{
    assert_returned(run_in_child(be_refused, context, LIMIT_S));
    be_refused(context);
}

/* New threads wait for this one, and are not taken for those of the parent. */
static void wait_for_own_threads(stage *s)
{
    gil_env *env = s->env;
    s->started = 0;
    MUST(gil_mutex_lock(env, &s->mutex));
    GIL_BEGIN_ALLOW_THREADS(env)
    start_all(s, CROWD, want_the_mutex);
    wait_until_awaited(&s->mutex.gil__word);
    GIL_END_ALLOW_THREADS(env)
    gil_mutex_unlock(env, &s->mutex);
    GIL_BEGIN_ALLOW_THREADS(env)
    join_all(s);
    GIL_END_ALLOW_THREADS(env)
    MUST(atomic_load(&s->got) == CROWD && atomic_load(&s->wrong) == 0);
}

/* This thread had it, and holds the GIL. */
static void go_on(void *context)
{
    stage *s = context;
    gil_env *env = s->env;
    MUST(!gil_mutex_lock(env, &s->mutex) && says(env, "already"));
    gil_mutex_unlock(env, &s->mutex);
    must_work(env, &s->mutex);
    MUST(run_kernel(env, try_in_kernel, s));
    if (THREADS_AFTER_FORK)
        wait_for_own_threads(s);
    gil_detach(env);
    MUST(gil_runtime_free(s->runtime, NULL));
}

static void go_on_and_fork_again(void *context)
{
    assert_returned(run_in_child(go_on, context, LIMIT_S));
    go_on(context);
}

static void unlock_what_another_had(void *context)
{
    stage *s = context;
    gil_mutex_unlock(gil_attach(s->runtime, NULL), &s->mutex);
}

static void begin_it_again(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    for (int i = 0; i < 3; i++) {
        MUST(gil_once_begin(env, &s->once) && !gil_error_pending(env));
        MUST(!gil_once_begin(env, &s->once) && says(env, "would wait for itself"));
        gil_once_end(env, &s->once, i == 2);
    }
    MUST(!gil_once_begin(env, &s->once) && !gil_error_pending(env));
    gil_detach(env);
    MUST(gil_runtime_free(s->runtime, NULL));
}

static void end_it(void *context)
{
    stage *s = context;
    MUST(!gil_once_begin(s->env, &s->once) && says(s->env, "would wait for itself"));
    gil_once_end(s->env, &s->once, true);
    MUST(!gil_once_begin(s->env, &s->once) && !gil_error_pending(s->env));
    gil_detach(s->env);
    MUST(gil_runtime_free(s->runtime, NULL));
}

/* ---- fork: mutexes ------------------------------------------------------------------------------------------------------ */

static void test_mutex__that_another_thread_had_at_a_fork_is_an_error_in_the_child(void **state)
{
    (void)state;
    stage s = begin();
    start_all(&s, 1, have_the_mutex);
    assert_returned(run_in_child(be_refused, &s, LIMIT_S));
    assert_returned(run_in_child(fork_again, &s, LIMIT_S));
    assert_aborted(run_in_child(unlock_what_another_had, &s, LIMIT_S), "that this thread does not have");
    finish(&s);
}

static void test_mutex__that_another_threads_kernel_had_at_a_fork_is_an_error_in_the_child(void **state)
{
    (void)state;
    stage s = begin();
    start_all(&s, 1, have_the_mutex_in_a_kernel);
    assert_returned(run_in_child(be_refused, &s, LIMIT_S));
    finish(&s);
}

static void test_mutex__that_others_waited_for_at_a_fork_is_an_error_in_the_child(void **state)
{
    (void)state;
    stage s = begin();
    start_all(&s, 1, have_the_mutex);
    start_all(&s, CROWD, want_the_mutex);
    wait_until_awaited(&s.mutex.gil__word);
    assert_returned(run_in_child(be_refused, &s, LIMIT_S));
    finish(&s);
    assert_int_equal(atomic_load(&s.got), CROWD);
}

static void test_mutex__of_the_thread_that_forks_stays_its_own_and_its_waiters_stay_behind(void **state)
{
    (void)state;
    for (unsigned waiters = 0; waiters <= CROWD; waiters += CROWD) {
        stage s = begin();
        s.env = gil_attach(s.runtime, NULL);
        gil_env *env = s.env;
        assert_true(gil_mutex_lock(env, &s.mutex));
        GIL_BEGIN_ALLOW_THREADS(env)
        start_all(&s, waiters, want_the_mutex);
        if (waiters)
            wait_until_awaited(&s.mutex.gil__word);
        GIL_END_ALLOW_THREADS(env)
        assert_returned(run_in_child(go_on, &s, LIMIT_S));
        assert_returned(run_in_child(go_on_and_fork_again, &s, LIMIT_S));
        gil_mutex_unlock(env, &s.mutex);
        gil_detach(env);
        finish(&s);
        assert_int_equal(atomic_load(&s.got), waiters);
    }
}

/* Its own mutex is `other`; another thread has `mutex`. In the child the kernel goes on, too. */
static void fork_in_kernel(gil_task *task, void *context)
{
    stage *s = context;
    int status;
    if (!gil_task_lock(task, &s->other))
        return;
    pid_t pid = fork();
    gil_task_unlock(task, &s->other);
    if (pid != 0) {
        if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
            atomic_fetch_add(&s->wrong, 1);
        return;
    }
    alarm(LIMIT_S);
    s->running = 77;
    MUST(gil_task_lock(task, &s->other));
    gil_task_unlock(task, &s->other);
    MUST(!gil_task_lock(task, &s->mutex));
}

static void test_mutex__in_the_child_of_a_kernels_fork_is_the_kernels_or_fails_it(void **state)
{
    (void)state;
    stage s = begin();
    start_all(&s, 1, have_the_mutex);
    gil_env *env = gil_attach(s.runtime, NULL);
    bool done = run_kernel(env, fork_in_kernel, &s);
    if (s.running == 77) {
        MUST(!done && says(env, "gil_task_lock: the thread that has the mutex is not in this child of a fork"));
        gil_detach(env);
        be_refused(&s);
        _exit(0);
    }
    gil_detach(env);
    assert_true(done);
    finish(&s);
}

static void *lock_and_unlock_until_told(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    atomic_fetch_add(&s->running, 1);
    while (!atomic_load(&s->go)) {
        if (!gil_mutex_lock(env, &s->mutex)) {
            atomic_fetch_add(&s->wrong, 1);
            break;
        }
        GIL_BEGIN_ALLOW_THREADS(env)
        GIL_END_ALLOW_THREADS(env)
        gil_mutex_unlock(env, &s->mutex);
        gil_checkpoint(env);
    }
    gil_detach(env);
    return NULL;
}

/* Whatever the others were about to do. */
static void get_it_or_be_refused(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    if (!gil_mutex_lock(env, &s->mutex)) {
        MUST(says(env, "not in this child"));
        s->mutex = (gil_mutex)GIL_MUTEX_INIT;
    } else {
        gil_mutex_unlock(env, &s->mutex);
    }
    must_work(env, &s->mutex);
    gil_detach(env);
}

static void test_mutex__in_the_child_of_a_fork_amid_contention_is_free_or_an_error(void **state)
{
    (void)state;
    stage s = begin();
    start_all(&s, CROWD, lock_and_unlock_until_told);
    for (unsigned i = 0; i < LOOPS(60) + 4; i++) {
        usleep(37 * i % 500);
        assert_returned(run_in_child(get_it_or_be_refused, &s, LIMIT_S));
    }
    finish(&s);
}

/* ---- fork: once --------------------------------------------------------------------------------------------------------- */

static void test_once__that_another_thread_did_at_a_fork_is_begun_again_in_the_child(void **state)
{
    (void)state;
    stage s = begin();
    start_all(&s, 1, do_it_until_told);
    assert_returned(run_in_child(begin_it_again, &s, LIMIT_S));
    start_all(&s, CROWD, want_it_done);
    wait_until_awaited(&s.once.gil__word);
    assert_returned(run_in_child(begin_it_again, &s, LIMIT_S));
    finish(&s);
    assert_int_equal(atomic_load(&s.got), 0);
}

static void test_once__of_the_thread_that_forks_is_ended_by_it_in_the_child(void **state)
{
    (void)state;
    stage s = begin();
    s.env = gil_attach(s.runtime, NULL);
    gil_env *env = s.env;
    assert_true(gil_once_begin(env, &s.once));
    GIL_BEGIN_ALLOW_THREADS(env)
    start_all(&s, CROWD, want_it_done);
    wait_until_awaited(&s.once.gil__word);
    GIL_END_ALLOW_THREADS(env)
    assert_returned(run_in_child(end_it, &s, LIMIT_S));
    gil_once_end(env, &s.once, true);
    gil_detach(env);
    finish(&s);
    assert_int_equal(atomic_load(&s.got), 0);
}

/* ---- Threads that end --------------------------------------------------------------------------------------------------- */

static void *lock_and_end(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    bool fine = gil_mutex_lock(env, &s->mutex) && gil_once_begin(env, &s->once);
    if (!fine)
        atomic_fetch_add(&s->wrong, 1);
    be_there_released(env, s);
    gil_detach(env);
    return NULL;
}

static void test_mutex__whose_thread_ended_is_an_error(void **state)
{
    (void)state;
    stage s = begin();
    start_all(&s, 1, lock_and_end);
    join_all(&s);
    start_all(&s, CROWD, want_the_mutex); /* one of them has the place of the one that ended */
    gil_env *env = gil_attach(s.runtime, NULL);
    assert_false(run_kernel(env, try_in_kernel, &s));
    assert_true(says(env, "gil_task_lock: the thread that has the mutex ended"));
    assert_true(gil_once_begin(env, &s.once));
    gil_once_end(env, &s.once, true);
    gil_detach(env);
    finish(&s);
    assert_int_equal(atomic_load(&s.refused), CROWD);
}

static void test_mutex__tells_those_who_wait_when_its_thread_ends(void **state)
{
    (void)state;
    stage s = begin();
    start_all(&s, 1, lock_and_end);
    start_all(&s, CROWD, want_the_mutex);
    wait_until_awaited(&s.mutex.gil__word);
    finish(&s);
    assert_int_equal(atomic_load(&s.refused), CROWD);
}

/* The first that waits gets it, and keeps it; the others have slept since another thread had it. */
static void *get_it_and_end(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    atomic_fetch_add(&s->running, 1);
    if (gil_mutex_lock(env, &s->mutex))
        atomic_fetch_add(&s->got, 1);
    else
        atomic_fetch_add(says(env, "ended") ? &s->refused : &s->wrong, 1);
    gil_detach(env);
    return NULL;
}

static void test_mutex__tells_those_who_began_to_wait_for_another_thread(void **state)
{
    (void)state;
    stage s = begin();
    start_all(&s, 1, have_the_mutex);
    start_all(&s, CROWD, get_it_and_end);
    wait_until_awaited(&s.mutex.gil__word);
    sleep_ms(20);
    finish(&s);
    assert_int_equal(atomic_load(&s.got), 1);
    assert_int_equal(atomic_load(&s.refused), CROWD - 1);
}

static void test_once__is_begun_by_one_of_those_who_wait_when_its_thread_ends(void **state)
{
    (void)state;
    stage s = begin();
    start_all(&s, 1, lock_and_end);
    start_all(&s, CROWD, want_it_done);
    wait_until_awaited(&s.once.gil__word);
    finish(&s);
    assert_int_equal(atomic_load(&s.got), 1);
}

static void *take_number(void *number)
{
    *(uint64_t *)number = gil__claim_me();
    return NULL;
}

/* It unlocked the mutex and ended after this thread saw that it had it, and before this thread slept. */
static void test_mutex__whose_thread_unlocked_it_and_ended_is_looked_at_again(void **state)
{
    (void)state;
    pthread_t thread;
    uint64_t number;
    start(&thread, take_number, &number);
    join(thread);
    gil__claim free_again = 0, kept = number | GIL__CLAIM_AWAITED;
    uint64_t seen = number | GIL__CLAIM_AWAITED;
    assert_int_equal(gil__claim_wait(&free_again, &seen), GIL__CLAIM_LIVES);
    assert_int_equal(seen, 0);
    seen = number | GIL__CLAIM_AWAITED;
    assert_int_equal(gil__claim_wait(&kept, &seen), GIL__CLAIM_ENDED);
}

typedef struct foreign {
    gil__claim word;
    uint64_t seen;
    gil__claim_fate fate;
} foreign;

static void *wait_for_foreign(void *context)
{
    foreign *f = context;
    f->fate = gil__claim_wait(&f->word, &f->seen);
    return NULL;
}

/* A module that two copies of the runtime opened: the first bits of a number say whose it is. */
static void test_mutex__of_a_thread_that_another_copy_of_the_runtime_knows_is_waited_for(void **state)
{
    (void)state;
    pthread_t thread;
    uint64_t number;
    start(&thread, take_number, &number);
    join(thread);
    number ^= UINT64_C(1) << 63;
    foreign f = {number | GIL__CLAIM_AWAITED, number | GIL__CLAIM_AWAITED, GIL__CLAIM_ENDED};
    start(&thread, wait_for_foreign, &f);
    sleep_ms(10);
    atomic_store(&f.word, 0);
    gil__claim_wake(&f.word, 1);
    join(thread);
    assert_int_equal(f.fate, GIL__CLAIM_LIVES);
    assert_int_equal(f.seen, 0);
}

/* In the second round of destructors. */
static pthread_key_t unlocks_late;
static _Thread_local bool first_round_is_over;

static void unlock_late(void *context)
{
    stage *s = context;
    if (!first_round_is_over) {
        first_round_is_over = true;
        pthread_setspecific(unlocks_late, s);
        return;
    }
    gil_env *env = gil_attach(s->runtime, NULL);
    GIL_BEGIN_ALLOW_THREADS(env)
    sleep_ms(20);
    GIL_END_ALLOW_THREADS(env)
    gil_mutex_unlock(env, &s->mutex);
    gil_detach(env);
}

static void *lock_and_unlock_late(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    if (!gil_mutex_lock(env, &s->mutex) || pthread_setspecific(unlocks_late, s) != 0)
        atomic_fetch_add(&s->wrong, 1);
    be_there_released(env, s);
    gil_detach(env);
    return NULL;
}

static void test_mutex__that_a_destructor_of_the_ending_thread_unlocks_goes_to_the_next(void **state)
{
    (void)state;
    stage s = begin();
    start_all(&s, 1, lock_and_unlock_late);
    start_all(&s, CROWD, want_the_mutex);
    wait_until_awaited(&s.mutex.gil__word);
    finish(&s);
    assert_int_equal(atomic_load(&s.got), CROWD);
}

/* In the third: the runtime has taken leave of the thread by then. */
static pthread_key_t claims_late;
static stage *claims_on;

static void claim_late(void *round)
{
    gil_env *nobody = NULL;
    if ((uintptr_t)round < PTHREAD_DESTRUCTOR_ITERATIONS - 1) {
        pthread_setspecific(claims_late, (void *)((uintptr_t)round + 1));
        return;
    }
    if (!gil__mutex_lock(nobody, &claims_on->mutex))
        atomic_fetch_add(&claims_on->wrong, 1);
    be_there_until_told(claims_on);
    gil__mutex_unlock(nobody, &claims_on->mutex);
    gil__mutex_unlock(nobody, &claims_on->other); /* what it had before */
}

static void *lock_late(void *context)
{
    stage *s = context;
    if (!gil__mutex_lock(NULL, &s->other) || pthread_setspecific(claims_late, (void *)1) != 0)
        atomic_fetch_add(&s->wrong, 1);
    return NULL;
}

static void test_mutex__that_the_last_destructors_of_a_thread_lock_is_waited_for(void **state)
{
    (void)state;
    stage s = begin();
    claims_on = &s;
    assert_int_equal(pthread_key_create(&claims_late, claim_late), 0);
    gil__claim_me();
    start_all(&s, 1, lock_late);
    start_all(&s, CROWD, want_the_mutex);
    wait_until_awaited(&s.mutex.gil__word);
    finish(&s);
    assert_int_equal(atomic_load(&s.got), CROWD);
    assert_int_equal(s.other.gil__word, 0);
    pthread_key_delete(claims_late);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* More threads than the table has places: those beyond it are not known to end, and all else holds. */
static void *lock_an_own_one(void *context)
{
    stage *s = context;
    gil_mutex mutex = GIL_MUTEX_INIT;
    gil_env *env = gil_attach(s->runtime, NULL);
    if (!gil_mutex_lock(env, &mutex))
        atomic_fetch_add(&s->wrong, 1);
    GIL_BEGIN_ALLOW_THREADS(env)
    atomic_fetch_add(&s->running, 1);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    GIL_END_ALLOW_THREADS(env)
    gil_mutex_unlock(env, &mutex);
    gil_detach(env);
    return NULL;
}

static void test_mutex__of_one_of_very_many_threads_works_too(void **state)
{
    (void)state;
    enum { MANY = 1100 };
    static pthread_t many[MANY];
    stage s = begin();
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 128 << 10);
    pthread_mutex_lock(&gate);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(pthread_create(&many[i], &small, lock_an_own_one, &s), 0);
    while (atomic_load(&s.running) < MANY)
        sleep_ms(1);
    start_all(&s, 1, have_the_mutex);
    start_all(&s, CROWD, want_the_mutex);
    wait_until_awaited(&s.mutex.gil__word);
    assert_returned(run_in_child(be_refused, &s, LIMIT_S));
    pthread_mutex_unlock(&gate);
    for (unsigned i = 0; i < MANY; i++)
        join(many[i]);
    pthread_attr_destroy(&small);
    finish(&s);
    assert_int_equal(atomic_load(&s.got), CROWD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_mutex__that_another_thread_had_at_a_fork_is_an_error_in_the_child),
        TEST(test_mutex__that_another_threads_kernel_had_at_a_fork_is_an_error_in_the_child),
        TEST(test_mutex__that_others_waited_for_at_a_fork_is_an_error_in_the_child),
        TEST(test_mutex__of_the_thread_that_forks_stays_its_own_and_its_waiters_stay_behind),
        TEST(test_mutex__in_the_child_of_a_kernels_fork_is_the_kernels_or_fails_it),
        TEST(test_mutex__in_the_child_of_a_fork_amid_contention_is_free_or_an_error),
        TEST(test_once__that_another_thread_did_at_a_fork_is_begun_again_in_the_child),
        TEST(test_once__of_the_thread_that_forks_is_ended_by_it_in_the_child),
        TEST(test_mutex__whose_thread_ended_is_an_error),
        TEST(test_mutex__tells_those_who_wait_when_its_thread_ends),
        TEST(test_mutex__tells_those_who_began_to_wait_for_another_thread),
        TEST(test_once__is_begun_by_one_of_those_who_wait_when_its_thread_ends),
        TEST(test_mutex__whose_thread_unlocked_it_and_ended_is_looked_at_again),
        TEST(test_mutex__of_a_thread_that_another_copy_of_the_runtime_knows_is_waited_for),
        TEST(test_mutex__that_a_destructor_of_the_ending_thread_unlocks_goes_to_the_next),
        TEST(test_mutex__that_the_last_destructors_of_a_thread_lock_is_waited_for),
        TEST(test_mutex__of_one_of_very_many_threads_works_too),
    };
    if (pthread_key_create(&unlocks_late, unlock_late) != 0)
        return 1;
    return cmocka_run_group_tests_name("mutex", tests, NULL, NULL);
}
