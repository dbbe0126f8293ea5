/* SPDX-License-Identifier: MIT
 *
 * Forks, signals, errno, floating point: cases 10, 11, 19 and 20.
 */
#include <errno.h>
#include <fenv.h>
#include <gilkit/runtime.h>
#include <signal.h>

#include "../unit/core/kernel.h"
#include "core/runtime.h"
#include "cores.h"

enum { CROWD = 4, LIMIT_S = 5 };

typedef struct stage {
    gil_runtime *runtime;
    gil_env *env;
    atomic_uint running, wrong, laps;
    atomic_bool stop;
} stage;

static stage begin(void)
{
    return (stage){.runtime = gil_runtime_new(NULL, NULL)};
}

/* ---- Cases 10 and 11 ----------------------------------------------------------------------------------------- */

static void compute(gil_task *task, void *context)
{
    (void)context;
    for (volatile unsigned i = 0; i < 1000; i++)
        continue;
    if (gil_stopped(task))
        _exit(10);
}

/* In a child: attach, touch objects, run a kernel, free the runtime. */
static void use_it_all(void *context)
{
    stage *s = context;
    gil_error error = {0};
    for (int i = 0; i < 2; i++) {
        gil_env *env = gil_attach(s->runtime, &error);
        if (!env || gil_is_null(gil_none_new(env)))
            _exit(1);
        if (!run_kernel(env, compute, NULL))
            _exit(2);
        gil_checkpoint(env);
        gil_detach(env);
    }
    if (!gil_runtime_free(s->runtime, &error))
        _exit(3);
}

static void use_nothing(void *context)
{
    (void)context;
}

static void detach_and_use_it_all(void *context)
{
    stage *s = context;
    gil_detach(s->env);
    use_it_all(s);
}

static void *hold_and_wait(void *context)
{
    stage *s = context;
    while (!atomic_load(&s->stop)) {
        gil_env *env = gil_attach(s->runtime, NULL);
        atomic_fetch_add(&s->running, 1);
        usleep(300);
        gil_checkpoint(env);
        gil_detach(env);
    }
    return NULL;
}

static void compute_until_told(gil_task *task, void *context)
{
    stage *s = context;
    (void)task;
    atomic_fetch_add(&s->running, 1);
    while (!atomic_load(&s->stop))
        continue;
}

static void *run_until_told(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    if (!run_kernel(env, compute_until_told, s))
        atomic_fetch_add(&s->wrong, 1);
    gil_detach(env);
    return NULL;
}

static void start_crowd(stage *s, pthread_t *threads, thread_fn body)
{
    for (size_t i = 0; i < CROWD; i++)
        start(&threads[i], body, s);
    while (atomic_load(&s->running) < CROWD)
        usleep(200);
}

static void end_crowd(stage *s, pthread_t *threads)
{
    atomic_store(&s->stop, true);
    for (size_t i = 0; i < CROWD; i++)
        join(threads[i]);
    assert_int_equal(atomic_load(&s->wrong), 0);
    assert_true(gil_runtime_free(s->runtime, NULL));
}

static void case_10_a_fork_by_a_thread_without_the_gil_leaves_a_child_that_works(void **state)
{
    (void)state;
    stage s = begin();
    pthread_t threads[CROWD];
    start_crowd(&s, threads, hold_and_wait); /* one holds it, the others wait */
    for (int i = 0; i < 10; i++)
        assert_returned(run_in_child(use_it_all, &s, LIMIT_S));
    end_crowd(&s, threads);
}

static void *attach_once(void *context)
{
    stage *s = context;
    atomic_fetch_add(&s->running, 1);
    gil_env *env = gil_attach(s->runtime, NULL);
    if (env)
        gil_detach(env);
    return NULL;
}

static void case_10_a_fork_by_the_holder_leaves_a_child_without_waiters(void **state)
{
    (void)state;
    stage s = begin();
    pthread_t threads[CROWD];
    s.env = gil_attach(s.runtime, NULL);
    start_crowd(&s, threads, attach_once);
    sleep_ms(5);
    assert_returned(run_in_child(detach_and_use_it_all, &s, LIMIT_S));
    gil_detach(s.env);
    end_crowd(&s, threads);
}

static void fork_inside(gil_task *task, void *context)
{
    stage *s = context;
    pid_t pid = fork();
    if (pid < 0 || gil_stopped(task)) {
        atomic_fetch_add(&s->wrong, 1);
    } else if (pid == 0) {
        alarm(LIMIT_S);
        s->running = 77; /* this is the child, which goes on as the parent does */
    } else {
        int status;
        if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
            atomic_fetch_add(&s->wrong, 1);
    }
}

static void case_10_a_fork_inside_a_kernel_leaves_a_child_that_returns_from_it(void **state)
{
    (void)state;
    stage s = begin();
    pthread_t thread;
    start(&thread, hold_and_wait, &s);
    gil_env *env = gil_attach(s.runtime, NULL);
    bool done = run_kernel(env, fork_inside, &s);
    if (s.running == 77) {
        bool fine = done && !gil_is_null(gil_none_new(env));
        gil_detach(env);
        _exit(fine && gil_runtime_free(s.runtime, NULL) ? 0 : 1);
    }
    gil_detach(env);
    atomic_store(&s.stop, true);
    join(thread);
    assert_true(done);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

/* The child has a thread that is told to shut down for which nobody waits any more. */
static void case_10_a_fork_during_a_shutdown_leaves_a_child_that_is_told_so(void **state)
{
    (void)state;
    stage s = {.runtime = gil_runtime_new(&(gil_runtime_options){.shutdown_ms = 20}, NULL)};
    pthread_t threads[CROWD];
    gil_error error = {0};
    start_crowd(&s, threads, run_until_told);
    assert_false(gil_runtime_free(s.runtime, &error));
    pid_t pid = fork();
    if (pid == 0) {
        alarm(LIMIT_S);
        error = (gil_error){0};
        _exit(!gil_attach(s.runtime, &error) && error.kind == GIL_RUNTIME_ERROR ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    atomic_store(&s.stop, true);
    for (size_t i = 0; i < CROWD; i++)
        join(threads[i]);
}

static void case_11_a_fork_beside_kernels_leaves_a_child_that_runs_its_own(void **state)
{
    (void)state;
    stage s = begin();
    pthread_t threads[CROWD];
    start_crowd(&s, threads, run_until_told);
    for (int i = 0; i < 5; i++) {
        assert_returned(run_in_child(use_it_all, &s, LIMIT_S));
        assert_returned(run_in_child(use_nothing, &s, LIMIT_S));
    }
    end_crowd(&s, threads);
}

/* ---- Cases 19 and 20 ----------------------------------------------------------------------------------------- */

static atomic_uint signals;

static void on_signal(int number)
{
    (void)number;
    atomic_fetch_add(&signals, 1);
}

/* Attach, sections, checkpoints, and new threads' states, under a storm. */
static void *do_everything(void *context)
{
    stage *s = context;
    while (!atomic_load(&s->stop)) {
        gil_env *env = gil_attach(s->runtime, NULL);
        for (int i = 0; i < 20; i++) {
            GIL_BEGIN_ALLOW_THREADS(env)
            GIL_END_ALLOW_THREADS(env)
            gil_env_yield(env);
            if (gil_is_null(gil_int_new(env, 123456789)))
                atomic_fetch_add(&s->wrong, 1);
        }
        gil_detach(env);
        atomic_fetch_add(&s->laps, 1);
    }
    return NULL;
}

static void case_19_a_thousand_signals_a_second_break_nothing(void **state)
{
    (void)state;
    stage s = begin();
    pthread_t threads[CROWD];
    struct sigaction before, storm = {.sa_handler = on_signal}; /* no SA_RESTART */
    sigaction(SIGUSR1, &storm, &before);
    for (size_t i = 0; i < CROWD; i++)
        start(&threads[i], do_everything, &s);
    for (size_t ms = 0; ms < 1000; ms++) {
        for (size_t i = 0; i < CROWD; i++)
            pthread_kill(threads[i], SIGUSR1);
        usleep(1000);
    }
    atomic_store(&s.stop, true);
    for (size_t i = 0; i < CROWD; i++)
        join(threads[i]);
    sigaction(SIGUSR1, &before, NULL);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_true(atomic_load(&signals) > 200 && atomic_load(&s.laps) > 20);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

typedef struct told {
    stage stage;
    uint64_t at_ns, noticed_ns;
    sigset_t set;
} told;

static void wait_to_be_told(gil_task *task, void *context)
{
    told *t = context;
    atomic_store(&t->stage.running, 1);
    while (!gil_stopped(task))
        usleep(500);
    t->noticed_ns = gil__now_ns();
}

static void *interrupt_on_sigint(void *context)
{
    told *t = context;
    int number;
    sigwait(&t->set, &number);
    gil_runtime_interrupt(t->stage.runtime);
    return NULL;
}

static void *raise_sigint(void *context)
{
    told *t = context;
    while (!atomic_load(&t->stage.running))
        usleep(200);
    t->at_ns = gil__now_ns();
    kill(getpid(), SIGINT);
    return NULL;
}

static void case_19_a_kernel_is_told_of_sigint_at_once(void **state)
{
    (void)state;
    told t = {.stage = begin()};
    pthread_t waiter, raiser;
    gil_error error = {0};
    sigemptyset(&t.set);
    sigaddset(&t.set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &t.set, NULL);
    start(&waiter, interrupt_on_sigint, &t);
    start(&raiser, raise_sigint, &t);
    gil_env *env = gil_attach(t.stage.runtime, NULL);
    assert_false(run_kernel(env, wait_to_be_told, &t));
    assert_true(gil_error_take(env, &error));
    assert_int_equal(error.kind, GIL_KEYBOARD_INTERRUPT);
    gil_detach(env);
    join(waiter);
    join(raiser);
    double ms = (double)(t.noticed_ns - t.at_ns) / MS;
    print_message("# noticed after %.2f ms\n", ms);
    assert_true(ms < 300); /* the machine may be busy */
    assert_true(gil_runtime_free(t.stage.runtime, NULL));
}

static void *contend(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    atomic_fetch_add(&s->running, 1);
    while (!atomic_load(&s->stop)) {
        GIL_BEGIN_ALLOW_THREADS(env)
        errno = E2BIG;
        GIL_END_ALLOW_THREADS(env)
        gil_checkpoint(env);
    }
    gil_detach(env);
    return NULL;
}

static void case_20_errno_and_the_rounding_mode_survive_a_contended_reacquire(void **state)
{
    (void)state;
    stage s = begin();
    pthread_t threads[2];
    size_t wrong = 0;
    gil_stats stats;
    for (size_t i = 0; i < 2; i++)
        start(&threads[i], contend, &s);
    while (atomic_load(&s.running) < 2)
        usleep(200);
    gil_env *env = gil_attach(s.runtime, NULL);
    fesetround(FE_UPWARD);
    for (size_t i = 0; i < LOOPS(5000); i++) {
        feclearexcept(FE_ALL_EXCEPT);
        feraiseexcept(FE_INEXACT);
        errno = (int)(i % 100) + 1;
        GIL_BEGIN_ALLOW_THREADS(env)
        wrong += errno != (int)(i % 100) + 1;
        sched_yield();
        errno = (int)(i % 100) + 1;
        GIL_END_ALLOW_THREADS(env)
        wrong += errno != (int)(i % 100) + 1;
        gil_env_yield(env);
        wrong += errno != (int)(i % 100) + 1;
        wrong += fegetround() != FE_UPWARD || !fetestexcept(FE_INEXACT) || fetestexcept(FE_DIVBYZERO);
    }
    fesetround(FE_TONEAREST);
    gil_thread_stats(env, &stats);
    gil_detach(env);
    atomic_store(&s.stop, true);
    for (size_t i = 0; i < 2; i++)
        join(threads[i]);
    assert_int_equal(wrong, 0);
    assert_true(stats.contended > 100);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(case_10_a_fork_by_a_thread_without_the_gil_leaves_a_child_that_works),
        TEST(case_10_a_fork_by_the_holder_leaves_a_child_without_waiters),
        TEST(case_10_a_fork_inside_a_kernel_leaves_a_child_that_returns_from_it),
        TEST(case_10_a_fork_during_a_shutdown_leaves_a_child_that_is_told_so),
        TEST(case_11_a_fork_beside_kernels_leaves_a_child_that_runs_its_own),
        TEST(case_19_a_thousand_signals_a_second_break_nothing),
        TEST(case_19_a_kernel_is_told_of_sigint_at_once),
        TEST(case_20_errno_and_the_rounding_mode_survive_a_contended_reacquire),
    };
    use_cores_as_told();
    return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
