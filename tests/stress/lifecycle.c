/* SPDX-License-Identifier: MIT
 *
 * Threads, waits and runtimes that come and go at the wrong moment: cases 7, 8, 12 to 15 and 18.
 */
#include <gilkit/runtime.h>

#include "base/memory.h"
#include "core/runtime.h"
#include "cores.h"

typedef struct stage {
    gil_runtime *runtime;
    gil_runtime *_Atomic published;
    atomic_uint stop;
    atomic_uint running, wrong;
} stage;

static gil_runtime *new_runtime(uint64_t shutdown_ms)
{
    gil_runtime *runtime = gil_runtime_new(&(gil_runtime_options){.shutdown_ms = shutdown_ms}, NULL);
    assert_non_null(runtime);
    return runtime;
}

/* What is allocated, without what this thread keeps of runtimes that others freed: that goes when it attaches anew. */
static long allocated(void)
{
    gil_runtime *runtime = new_runtime(UINT64_MAX);
    gil_detach(gil_attach(runtime, NULL));
    assert_true(gil_runtime_free(runtime, NULL));
    return gil__memory_live();
}

/* ---- Case 7 ------------------------------------------------------------------------------------------------- */

typedef struct ghosts {
    gil__gil gil;
    atomic_uint gave_up, through;
} ghosts;

static void *ask_and_give_up(void *context)
{
    ghosts *g = context;
    for (unsigned i = 0; i < LOOPS(300); i++) {
        gil__outcome outcome = gil__gil_acquire_until(&g->gil, false, gil__now_ns() + 50000);
        if (outcome == GIL__TAKEN || outcome == GIL__WAITED)
            gil__gil_release(&g->gil);
        atomic_fetch_add(outcome == GIL__TIMED_OUT ? &g->gave_up : &g->through, 1);
    }
    return NULL;
}

static bool are_asking(ghosts *g, unsigned askers)
{
    return atomic_load(&g->gave_up) + atomic_load(&g->through) < askers * LOOPS(300);
}

static void *give_up_once(void *context)
{
    ghosts *g = context;
    if (gil__gil_acquire_until(&g->gil, false, gil__now_ns() + 2 * MS) == GIL__TIMED_OUT)
        atomic_fetch_add(&g->gave_up, 1);
    return NULL;
}

/* Without a checkpoint, which would find the queues empty and say so itself. */
static void case_07_a_waiter_that_gives_up_withdraws_its_request(void **state)
{
    (void)state;
    ghosts g = {.gave_up = 0};
    gil__gil_init(&g.gil, 1000);
    gil__gil_acquire(&g.gil);
    run_on_threads(4, give_up_once, &g);
    assert_int_equal(atomic_load(&g.gave_up), 4);
    assert_int_equal(__atomic_load_n(&g.gil.wanted, __ATOMIC_RELAXED), 0);
    assert_int_equal(atomic_load(&g.gil.attention) & GIL__WAITERS, 0);
    gil__gil_release(&g.gil);
}

/* The holder yields to whoever asks; when that one is gone, it must not wait for it. */
static void case_07_a_waiter_that_gives_up_leaves_no_ghost(void **state)
{
    (void)state;
    enum { ASKERS = 4 };
    ghosts g = {.gave_up = 0};
    pthread_t threads[ASKERS];
    gil__gil_init(&g.gil, 1000);
    gil__gil_acquire(&g.gil);
    for (size_t i = 0; i < ASKERS; i++)
        start(&threads[i], ask_and_give_up, &g);
    for (unsigned lap = 0; are_asking(&g, ASKERS); lap++) {
        for (unsigned before = atomic_load(&g.gave_up); lap % 4 == 0 && atomic_load(&g.gave_up) == before;)
            if (!are_asking(&g, ASKERS)) /* else nobody is let in until one gives up */
                break;
        usleep(40);
        gil__gil_yield(&g.gil);
    }
    for (size_t i = 0; i < ASKERS; i++)
        join(threads[i]);
    print_message("# %u gave up, %u came through\n", atomic_load(&g.gave_up), atomic_load(&g.through));
    assert_false(gil__gil_yield(&g.gil));
    assert_int_equal(__atomic_load_n(&g.gil.wanted, __ATOMIC_RELAXED), 0);
    assert_int_equal(atomic_load(&g.gil.attention) & GIL__WAITERS, 0);
    gil__gil_release(&g.gil);
    assert_true(atomic_load(&g.gave_up) > 0);
}

static void *attach_refused(void *context)
{
    stage *s = context;
    gil_error error;
    atomic_fetch_add(&s->running, 1);
    gil_env *env = gil_attach(s->runtime, &error);
    if (env)
        gil_detach(env);
    else if (error.kind != GIL_RUNTIME_ERROR)
        atomic_fetch_add(&s->wrong, 1);
    else
        atomic_fetch_add(&s->stop, 1);
    return NULL;
}

static void *free_it(void *context)
{
    stage *s = context;
    if (!gil_runtime_free(s->runtime, NULL))
        atomic_fetch_add(&s->wrong, 1);
    return NULL;
}

static void case_07_waits_to_attach_end_when_the_runtime_shuts_down(void **state)
{
    (void)state;
    enum { WAITERS = 8 };
    long live = allocated();
    stage s = {.runtime = new_runtime(UINT64_MAX)};
    pthread_t threads[WAITERS], closer;
    gil_env *env = gil_attach(s.runtime, NULL);
    for (size_t i = 0; i < WAITERS; i++)
        start(&threads[i], attach_refused, &s);
    while (atomic_load(&s.running) < WAITERS)
        usleep(200);
    sleep_ms(5);
    start(&closer, free_it, &s);
    for (size_t i = 0; i < WAITERS; i++) /* although this thread holds the GIL all the time */
        join(threads[i]);
    gil_detach(env);
    join(closer);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_int_equal(allocated(), live);
}

/* ---- Case 8 ------------------------------------------------------------------------------------------------- */

static void *attach_what_is_published(void *context)
{
    stage *s = context;
    while (!atomic_load(&s->stop)) {
        gil_runtime *runtime = atomic_load(&s->published);
        if (!runtime) {
            sched_yield();
            continue;
        }
        gil_env *env = gil_attach(runtime, NULL);
        atomic_store(&s->published, NULL);
        if (env)
            gil_detach(env);
        else
            atomic_fetch_add(&s->wrong, 1);
    }
    return NULL;
}

static void case_08_a_runtime_may_be_freed_right_behind_the_last_release(void **state)
{
    (void)state;
    stage s = {.running = 0};
    pthread_t thread;
    start(&thread, attach_what_is_published, &s);
    for (size_t i = 0; i < LOOPS(100000); i++) {
        gil_runtime *runtime = new_runtime(UINT64_MAX);
        atomic_store(&s.published, runtime);
        while (atomic_load(&s.published))
            sched_yield();
        if (!gil_runtime_free(runtime, NULL))
            fail();
    }
    atomic_store(&s.stop, true);
    join(thread);
    assert_int_equal(atomic_load(&s.wrong), 0);
}

/* ---- Cases 12 to 14 ----------------------------------------------------------------------------------------- */

static void *attach_once(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    if (!env) {
        atomic_fetch_add(&s->wrong, 1);
        return NULL;
    }
    if (gil_is_null(gil_int_new(env, 123456789)))
        atomic_fetch_add(&s->wrong, 1);
    gil_detach(env);
    atomic_fetch_add(&s->running, 1);
    return NULL;
}

static void case_12_a_thousand_nested_attaches_release_as_one(void **state)
{
    (void)state;
    stage s = {.runtime = new_runtime(UINT64_MAX)};
    pthread_t other;
    gil_env *env = NULL;
    for (size_t i = 0; i < 1000; i++)
        env = gil_attach(s.runtime, NULL);
    start(&other, attach_once, &s);
    sleep_ms(5);
    assert_int_equal(atomic_load(&s.running), 0);
    GIL_BEGIN_ALLOW_THREADS(env)
    join(other);
    for (size_t i = 0; i < 1000; i++)
        if (!gil_attach(s.runtime, NULL))
            atomic_fetch_add(&s.wrong, 1);
    gil_env *inside = gil_attach(s.runtime, NULL);
    for (size_t i = 0; i < 1001; i++)
        gil_detach(inside);
    GIL_END_ALLOW_THREADS(env)
    for (size_t i = 0; i < 999; i++)
        gil_detach(env);
    assert_false(gil_is_null(gil_int_new(env, 1)));
    gil_detach(env);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

static stage *hooked;
static _Thread_local bool in_hook;
static atomic_uint hooks;

/* As a profiler of memory does that wants to look at what the runtime is doing. */
static void attach_in_the_hook(void)
{
    if (in_hook)
        return;
    in_hook = true;
    gil_env *env = gil_attach(hooked->runtime, NULL);
    if (env) {
        gil_int_new(env, 123456789);
        gil_detach(env);
        atomic_fetch_add(&hooks, 1);
    }
    in_hook = false;
}

static void case_13_a_thousand_threads_attach_and_so_does_the_hook_of_their_memory(void **state)
{
    (void)state;
    long live = allocated();
    stage s = {.runtime = new_runtime(UINT64_MAX)};
    hooked = &s;
    gil__memory_watch(attach_in_the_hook);
    for (size_t i = 0; i < 20; i++)
        run_on_threads(50, attach_once, &s);
    gil__memory_watch(NULL);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_int_equal(atomic_load(&s.running), 1000);
    assert_true(atomic_load(&hooks) >= 1000);
    assert_true(gil_runtime_free(s.runtime, NULL));
    assert_int_equal(allocated(), live);
}

static void case_13_a_thousand_threads_attach_work_and_leave_in_a_second(void **state)
{
    (void)state;
    stage s = {.runtime = new_runtime(UINT64_MAX)};
    uint64_t began = gil__now_ns();
    for (size_t i = 0; i < 20; i++)
        run_on_threads(50, attach_once, &s);
    double ms = (double)(gil__now_ns() - began) / MS;
    print_message("# %.0f ms\n", ms);
    assert_true(ms < 1000 || SANITIZED || ADDRESS_SANITIZED);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

static void case_14_attaching_before_there_is_a_runtime_is_an_error(void **state)
{
    (void)state;
    gil_error error = {0};
    assert_null(gil_attach(NULL, &error));
    assert_int_equal(error.kind, GIL_RUNTIME_ERROR);
    assert_non_null(strstr(error.message, "gil_runtime_new"));
    assert_null(gil_attach(NULL, NULL));
    assert_true(gil_runtime_free(NULL, &error));
}

/* ---- Case 15 ------------------------------------------------------------------------------------------------ */

static void case_15_attaching_to_a_runtime_that_is_gone_is_an_error(void **state)
{
    (void)state;
    gil_error error = {0};
    gil_runtime *gone = new_runtime(UINT64_MAX);
    gil_detach(gil_attach(gone, NULL));
    assert_true(gil_runtime_free(gone, NULL));
    gil_runtime *other = new_runtime(UINT64_MAX);
    assert_null(gil_attach(gone, &error));
    assert_int_equal(error.kind, GIL_RUNTIME_ERROR);
    assert_false(gil_runtime_free(gone, &error));
    assert_int_equal(error.kind, GIL_RUNTIME_ERROR);
    assert_true(gil_runtime_free(other, NULL));
}

static void count_end(void *context)
{
    stage *s = context;
    atomic_fetch_add(&s->running, 1);
}

/* A kernel that looks at nothing, and comes back long after its runtime was closed. */
static void *come_back_late(void *context)
{
    stage *s = context;
    pthread_cleanup_push(count_end, s);
    gil_env *env = gil_attach(s->runtime, NULL);
    gil_obj kept = gil_int_new(env, 123456789);
    gil_ref *ref = gil_ref_new(env, kept);
    gil_error error = {0};
    gil_buffer buffer;
    gil_obj array = gil_array_new(env, GIL_FLOAT64, 1, (size_t[]){10});
    if (!gil_buffer_pin(env, array, &buffer))
        atomic_fetch_add(&s->wrong, 1);
    atomic_fetch_add(&s->running, 1);
    GIL_BEGIN_ALLOW_THREADS(env)
    while (!atomic_load(&s->stop))
        usleep(500);
    ((double *)buffer.data)[9] = 1; /* its memory is there as long as the thread is */
    if (gil_attach(s->runtime, &error) || error.kind != GIL_RUNTIME_ERROR)
        atomic_fetch_add(&s->wrong, 1);
    GIL_END_ALLOW_THREADS(env)
    int64_t value;
    bool touched = gil_int_get(env, kept, &value) || !gil_is_null(gil_int_new(env, 1)) ||
                   !gil_is_null(gil_ref_get(env, ref)) || !gil_is_null(gil_load(env, "kernels")) ||
                   gil_buffer_pin(env, array, &buffer);
    if (touched || !gil_error_pending(env) || !gil_error_take(env, &error) || error.kind != GIL_RUNTIME_ERROR)
        atomic_fetch_add(&s->wrong, 1);
    gil_buffer_release(env, &buffer);
    gil_ref_drop(ref);
    gil_checkpoint(env);
    gil_detach(env);
    pthread_cleanup_pop(1);
    return NULL;
}

static void case_15_a_thread_that_is_late_can_no_longer_touch_the_runtime(void **state)
{
    (void)state;
    enum { LATE = 3 };
    long live = allocated();
    stage s = {.runtime = new_runtime(30)};
    pthread_t threads[LATE];
    gil_error error = {0};
    for (size_t i = 0; i < LATE; i++)
        start(&threads[i], come_back_late, &s);
    while (atomic_load(&s.running) < LATE)
        usleep(200);
    uint64_t began = gil__now_ns();
    assert_false(gil_runtime_free(s.runtime, &error));
    assert_true(gil__now_ns() - began < 5000u * (uint64_t)MS);
    assert_int_equal(error.kind, GIL_TIMEOUT_ERROR);
    print_message("# %s\n", error.message);
    assert_non_null(strstr(error.message, "lifecycle.c:"));
    assert_null(gil_attach(s.runtime, &error));
    sleep_ms(10);
    atomic_store(&s.stop, true);
    for (size_t i = 0; i < LATE; i++)
        join(threads[i]);
    assert_int_equal(atomic_load(&s.running), 2 * LATE);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_int_equal(allocated(), live);
}

static void *hold_without_end(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    atomic_fetch_add(&s->running, 1);
    while (!atomic_load(&s->stop))
        usleep(500);
    gil_checkpoint(env); /* from here on */
    if (!gil_is_null(gil_int_new(env, 123456789)))
        atomic_fetch_add(&s->wrong, 1);
    return NULL; /* attached */
}

static void case_15_a_holder_that_never_lets_go_does_not_hang_the_shutdown(void **state)
{
    (void)state;
    long live = allocated();
    stage s = {.runtime = new_runtime(30)};
    pthread_t thread;
    gil_error error = {0};
    start(&thread, hold_without_end, &s);
    while (atomic_load(&s.running) < 1)
        usleep(200);
    assert_false(gil_runtime_free(s.runtime, &error));
    assert_int_equal(error.kind, GIL_TIMEOUT_ERROR);
    print_message("# %s\n", error.message);
    atomic_store(&s.stop, true);
    join(thread);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_int_equal(allocated(), live);
}

typedef struct late_call {
    stage stage;
    int32_t flags[2]; /* go on; is in the kernel */
} late_call;

static void *call_and_come_back_late(void *context)
{
    late_call *call = context;
    gil_env *env = gil_attach(call->stage.runtime, NULL);
    gil_buffer lent = {.data = call->flags, .dtype = GIL_INT32, .ndim = 1, .shape = {2}, .strides = {4}};
    gil_error error = {0};
    gil_obj stay = gil_attr_get(env, gil_load(env, GILKIT_TEST_MODULES "/kernels.so"), "stay");
    gil_obj flags = gil_array_borrow(env, &lent, NULL, NULL);
    gil_obj result = gil_call(env, stay, &flags, 1, NULL, 0);
    if (!gil_is_null(result) || !gil_error_take(env, &error) || error.kind != GIL_RUNTIME_ERROR)
        atomic_fetch_add(&call->stage.wrong, 1);
    if (!gil_is_null(gil_call(env, stay, &flags, 1, NULL, 0)))
        atomic_fetch_add(&call->stage.wrong, 1);
    gil_detach(env);
    return NULL;
}

static void come_back_late_from_a_kernel(void)
{
    long live = allocated();
    late_call call = {.stage = {.runtime = new_runtime(30)}};
    pthread_t thread;
    gil_error error = {0};
    start(&thread, call_and_come_back_late, &call);
    while (!__atomic_load_n(&call.flags[1], __ATOMIC_SEQ_CST))
        usleep(200);
    assert_false(gil_runtime_free(call.stage.runtime, &error));
    assert_int_equal(error.kind, GIL_TIMEOUT_ERROR);
    assert_non_null(strstr(error.message, "thread 0 in stay() of kernels"));
    __atomic_store_n(&call.flags[0], 1, __ATOMIC_SEQ_CST);
    join(thread);
    assert_int_equal(atomic_load(&call.stage.wrong), 0);
    assert_int_equal(allocated(), live);
}

static void case_15_a_kernel_of_a_module_may_come_back_late(void **state)
{
    (void)state;
    come_back_late_from_a_kernel();
    setenv("GILKIT_CHECK", "1", 1);
    come_back_late_from_a_kernel();
    unsetenv("GILKIT_CHECK");
}

static void *free_too(void *context)
{
    stage *s = context;
    gil_error error = {0};
    while (!atomic_load(&s->stop))
        sched_yield();
    if (gil_runtime_free(s->runtime, &error))
        atomic_fetch_add(&s->running, 1);
    else if (error.kind != GIL_RUNTIME_ERROR)
        atomic_fetch_add(&s->wrong, 1);
    return NULL;
}

static void case_15_of_many_that_free_a_runtime_one_does(void **state)
{
    (void)state;
    long live = allocated();
    for (size_t i = 0; i < LOOPS(200); i++) {
        stage s = {.runtime = new_runtime(UINT64_MAX)};
        pthread_t threads[4];
        for (size_t t = 0; t < 4; t++)
            start(&threads[t], free_too, &s);
        atomic_store(&s.stop, true);
        for (size_t t = 0; t < 4; t++)
            join(threads[t]);
        assert_int_equal(atomic_load(&s.running), 1);
        assert_int_equal(atomic_load(&s.wrong), 0);
    }
    assert_int_equal(allocated(), live);
}

/* ---- Case 18 ------------------------------------------------------------------------------------------------ */

/* What an object runs when it ends: with the GIL held, on whatever thread. */
static void take_and_give(void *context)
{
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    if (!env) {
        atomic_fetch_add(&s->wrong, 1);
        return;
    }
    gil_int_new(env, 123456789);
    GIL_BEGIN_ALLOW_THREADS(env)
    sched_yield();
    GIL_END_ALLOW_THREADS(env)
    gil_checkpoint(env);
    gil_detach(env);
    atomic_fetch_add(&s->running, 1);
}

static void *end_attached(void *context)
{
    static double memory[4];
    stage *s = context;
    gil_env *env = gil_attach(s->runtime, NULL);
    gil_buffer lent = {.data = memory, .dtype = GIL_FLOAT64, .ndim = 1, .shape = {4}, .strides = {8}};
    for (size_t i = 0; i < 5; i++)
        gil_array_borrow(env, &lent, take_and_give, s);
    if (atomic_fetch_add(&s->stop, 1) % 2)
        gil_env_release(env, __FILE__, __LINE__); /* and never takes it back */
    return NULL;
}

static void case_18_what_ends_with_a_thread_may_take_and_release_the_gil(void **state)
{
    (void)state;
    long live = allocated();
    stage s = {.runtime = new_runtime(UINT64_MAX)};
    for (size_t i = 0; i < 10; i++)
        run_on_threads(8, end_attached, &s);
    assert_true(gil_runtime_free(s.runtime, NULL));
    assert_int_equal(atomic_load(&s.running), 10 * 8 * 5);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_int_equal(allocated(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(case_07_a_waiter_that_gives_up_leaves_no_ghost),
        TEST(case_07_a_waiter_that_gives_up_withdraws_its_request),
        TEST(case_07_waits_to_attach_end_when_the_runtime_shuts_down),
        TEST(case_08_a_runtime_may_be_freed_right_behind_the_last_release),
        TEST(case_12_a_thousand_nested_attaches_release_as_one),
        TEST(case_13_a_thousand_threads_attach_and_so_does_the_hook_of_their_memory),
        TEST(case_13_a_thousand_threads_attach_work_and_leave_in_a_second),
        TEST(case_14_attaching_before_there_is_a_runtime_is_an_error),
        TEST(case_15_attaching_to_a_runtime_that_is_gone_is_an_error),
        TEST(case_15_a_thread_that_is_late_can_no_longer_touch_the_runtime),
        TEST(case_15_a_holder_that_never_lets_go_does_not_hang_the_shutdown),
        TEST(case_15_a_kernel_of_a_module_may_come_back_late),
        TEST(case_15_of_many_that_free_a_runtime_one_does),
        TEST(case_18_what_ends_with_a_thread_may_take_and_release_the_gil),
    };
    use_cores_as_told();
    return cmocka_run_group_tests_name("lifecycle", tests, NULL, NULL);
}
