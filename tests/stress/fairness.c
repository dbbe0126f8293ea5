/* SPDX-License-Identifier: MIT
 *
 * Who gets the GIL, and at what price: cases 1, 2, 3, 5, 6 and 9. Bounds count what a holder did rather than time where
 * that is possible, so that a machine that is busy with other things does not matter.
 */
#include <errno.h>
#include <gilkit/runtime.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "base/barrier.h"
#include "cores.h"

enum { HOGS = 3, MOST = 10 };

typedef struct stage {
    gil_runtime *runtime;
    atomic_bool stop;
    atomic_uint running;
    atomic_ulong sections; /* that the hogs opened */
    unsigned long work_us; /* what a hog does between two */
    /* Under the GIL. */
    size_t holder, changes, turns; /* turns: how many changes there shall be */
    uint64_t since;
    uint64_t shares[MOST];
    uint64_t slices[4000];
    size_t n_slices;
} stage;

static void spin_us(unsigned long us)
{
    for (uint64_t until = gil__now_ns() + us * 1000; gil__now_ns() < until;)
        continue;
}

static gil_env *attach(stage *s)
{
    gil_env *env = gil_attach(s->runtime, NULL);
    if (!env)
        abort();
    return env;
}

static void *release_in_a_loop(void *context)
{
    stage *s = context;
    gil_env *env = attach(s);
    atomic_fetch_add(&s->running, 1);
    while (!atomic_load(&s->stop)) {
        GIL_BEGIN_ALLOW_THREADS(env)
        atomic_fetch_add_explicit(&s->sections, 1, memory_order_relaxed);
        GIL_END_ALLOW_THREADS(env)
        if (s->work_us)
            spin_us(s->work_us);
    }
    gil_detach(env);
    return NULL;
}

typedef struct waits {
    uint64_t longest_ns;
    unsigned long most_sections; /* that others opened during one wait */
} waits;

/* Against threads that release and take the GIL in a loop: attach again and again. */
static waits wait_against(unsigned hogs, unsigned long work_us, unsigned rounds)
{
    stage s = {.runtime = gil_runtime_new(NULL, NULL), .work_us = work_us};
    pthread_t threads[HOGS];
    waits seen = {0};
    for (unsigned i = 0; i < hogs; i++)
        start(&threads[i], release_in_a_loop, &s);
    while (atomic_load(&s.running) < hogs)
        usleep(200);
    for (unsigned i = 0; i < rounds; i++) {
        unsigned long before = atomic_load(&s.sections);
        uint64_t began = gil__now_ns();
        gil_env *env = attach(&s);
        uint64_t waited = gil__now_ns() - began;
        unsigned long sections = atomic_load(&s.sections) - before;
        gil_detach(env);
        seen.longest_ns = waited > seen.longest_ns ? waited : seen.longest_ns;
        seen.most_sections = sections > seen.most_sections ? sections : seen.most_sections;
        usleep(500);
    }
    atomic_store(&s.stop, true);
    for (unsigned i = 0; i < hogs; i++)
        join(threads[i]);
    assert_true(gil_runtime_free(s.runtime, NULL));
    return seen;
}

static void case_01_loops_of_release_and_acquire_starve_nobody(void **state)
{
    (void)state;
    assert_true(wait_against(HOGS, 0, 200).longest_ns < 2000u * (uint64_t)MS);
    assert_true(wait_against(1, 0, 200).longest_ns < 2000u * (uint64_t)MS);
}

/* A waiter that does not come to run is handed the GIL after 100 us: until then, and while it wakes up, the hog may open
 * sections of some 50 ns, or 5 us and more with work between them. */
static void case_02_a_burst_of_short_sections_does_not_hoard_the_gil(void **state)
{
    (void)state;
    waits bare = wait_against(1, 0, 400), working = wait_against(1, 5, 400);
    print_message("# sections during one wait: at most %lu bare, %lu of 5 us; longest wait %.2f and %.2f ms\n",
                  bare.most_sections, working.most_sections, (double)bare.longest_ns / MS,
                  (double)working.longest_ns / MS);
    assert_true(bare.most_sections < 20000);
    assert_true(working.most_sections < 400);
}

static void *hand_over(void *context)
{
    stage *s = context;
    gil_env *env = attach(s);
    size_t me = atomic_fetch_add(&s->running, 1);
    while (s->changes < LOOPS(20000)) {
        s->changes += s->holder != me;
        s->holder = me;
        gil_env_yield(env);
    }
    gil_detach(env);
    return NULL;
}

/* Each sleeps once for each time it hands over; a thread that is woken in vain would sleep twice. */
static void case_03_a_hand_over_costs_one_thread_switch(void **state)
{
    (void)state;
    stage s = {.runtime = gil_runtime_new(NULL, NULL)};
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    run_on_threads(2, hand_over, &s);
    getrusage(RUSAGE_SELF, &after);
    double each = (double)(after.ru_nvcsw - before.ru_nvcsw) / (double)s.changes;
    print_message("# %.3f voluntary switches for each hand-over\n", each);
    assert_true(each <= 1.1 || SANITIZED);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

static void loop_of_checkpoints(gil_env *env, gil_obj function)
{
    (void)function;
    gil_checkpoint(env);
}

static void loop_of_calls(gil_env *env, gil_obj function)
{
    GIL_SCOPE(env) {
        gil_obj one = gil_float_new(env, 1.0);
        gil_call(env, function, &one, 1, NULL, 0);
    }
}

static void one_long_section(gil_env *env, gil_obj function)
{
    (void)function;
    GIL_BEGIN_ALLOW_THREADS(env)
    usleep(20000);
    GIL_END_ALLOW_THREADS(env)
}

typedef struct holder {
    stage *stage;
    void (*step)(gil_env *env, gil_obj function);
    bool fine;
} holder;

static void *hold_on(void *context)
{
    holder *h = context;
    gil_env *env = attach(h->stage);
    gil_obj module = gil_load(env, GILKIT_TEST_MODULES "/kernels.so");
    gil_obj function = gil_function_with_policy(env, gil_attr_get(env, module, "halve"), GIL_HOLD);
    h->fine = !gil_is_null(function);
    atomic_fetch_add(&h->stage->running, 1);
    while (h->fine && !atomic_load(&h->stage->stop))
        h->step(env, function);
    gil_detach(env);
    return NULL;
}

/* The interval is an hour: only the holder's own points let anybody in. */
static void case_05_every_kind_of_long_loop_lets_others_in(void **state)
{
    (void)state;
    void (*const steps[])(gil_env *, gil_obj) = {loop_of_checkpoints, loop_of_calls, one_long_section};
    for (size_t i = 0; i < 3; i++) {
        stage s = {.runtime = gil_runtime_new(&(gil_runtime_options){.switch_interval_us = 3600000000u}, NULL)};
        holder h = {.stage = &s, .step = steps[i]};
        pthread_t thread;
        start(&thread, hold_on, &h);
        while (atomic_load(&s.running) < 1)
            usleep(200);
        for (int round = 0; round < 20; round++)
            gil_detach(attach(&s));
        atomic_store(&s.stop, true);
        join(thread);
        assert_true(h.fine);
        assert_true(gil_runtime_free(s.runtime, NULL));
    }
}

static void *hold_equally(void *context)
{
    stage *s = context;
    size_t me = atomic_fetch_add(&s->running, 1);
    gil_env *env = attach(s);
    while (!atomic_load(&s->stop)) {
        if (s->holder != me) {
            uint64_t now = gil__now_ns();
            if (s->changes++ > MOST && s->n_slices < 4000)
                s->slices[s->n_slices++] = now - s->since;
            s->shares[s->holder] += now - s->since;
            s->since = now;
            s->holder = me;
        }
        gil_checkpoint(env);
    }
    gil_detach(env);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void case_06_slices_stay_as_long_as_the_interval(void **state)
{
    (void)state;
    for (unsigned interval_us = 2000; interval_us <= 5000; interval_us += 3000) {
        stage s = {.runtime = gil_runtime_new(&(gil_runtime_options){.switch_interval_us = interval_us}, NULL),
                   .since = gil__now_ns()};
        pthread_t threads[MOST];
        for (size_t i = 0; i < MOST; i++)
            start(&threads[i], hold_equally, &s);
        sleep_ms(1500);
        atomic_store(&s.stop, true);
        for (size_t i = 0; i < MOST; i++)
            join(threads[i]);
        qsort(s.slices, s.n_slices, sizeof s.slices[0], by_size);
        uint64_t median = s.slices[s.n_slices / 2], least = UINT64_MAX, most = 0;
        for (size_t i = 0; i < MOST; i++) {
            least = s.shares[i] < least ? s.shares[i] : least;
            most = s.shares[i] > most ? s.shares[i] : most;
        }
        print_message("# interval %u us: %zu slices, median %.0f us; largest share %.2f of the smallest\n", interval_us,
                      s.n_slices, (double)median / 1000, (double)most / (double)least);
        assert_in_range(median, interval_us * 500, interval_us * 1000 + 20 * MS); /* the machine may be busy */
        assert_true(most < 20 * least);
        assert_true(gil_runtime_free(s.runtime, NULL));
    }
}

static void *hand_over_in_every_way(void *context)
{
    stage *s = context;
    unsigned me = atomic_fetch_add(&s->running, 1), seed = me;
    gil_env *env = attach(s);
    while (s->changes < s->turns) {
        s->changes += s->holder != me;
        s->holder = me;
        if (rand_r(&seed) % 4) {
            gil_env_yield(env);
        } else {
            GIL_BEGIN_ALLOW_THREADS(env)
            GIL_END_ALLOW_THREADS(env)
        }
    }
    gil_detach(env);
    return NULL;
}

/* The time limit would end it. */
static void case_09_no_wake_up_is_lost_in_half_a_million_hand_overs(void **state)
{
    (void)state;
    stage s = {.runtime = gil_runtime_new(NULL, NULL), .turns = LOOPS(500000)};
    run_on_threads(8, hand_over_in_every_way, &s);
    assert_true(s.changes >= s.turns);
    assert_true(gil_runtime_free(s.runtime, NULL));
}

/* From now on membarrier(2) fails in this thread and those that it starts, as in some sandboxes. */
static void refuse_membarrier(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(77);
    if (gil__barrier_all() || gil__barrier_ready())
        _exit(78);
}

static void hand_over_without(bool from_the_start)
{
    if (from_the_start)
        refuse_membarrier();
    stage s = {.runtime = gil_runtime_new(NULL, NULL), .turns = LOOPS(50000)};
    pthread_t threads[8];
    if (!from_the_start)
        refuse_membarrier();
    for (size_t i = 0; i < 8; i++)
        if (pthread_create(&threads[i], NULL, hand_over_in_every_way, &s) != 0)
            _exit(79);
    for (size_t i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    if (s.changes < s.turns || !gil_runtime_free(s.runtime, NULL))
        _exit(80);
}

static void hand_over_fenced(void *context)
{
    (void)context;
    hand_over_without(true);
}

static void hand_over_when_it_is_taken_away(void *context)
{
    (void)context;
    hand_over_without(false);
}

static void case_09_no_wake_up_is_lost_where_membarrier_is_refused(void **state)
{
    (void)state;
    assert_returned(run_in_child(hand_over_fenced, NULL, 50));
    assert_returned(run_in_child(hand_over_when_it_is_taken_away, NULL, 50));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(case_01_loops_of_release_and_acquire_starve_nobody),
        TEST(case_02_a_burst_of_short_sections_does_not_hoard_the_gil),
        TEST(case_03_a_hand_over_costs_one_thread_switch),
        TEST(case_05_every_kind_of_long_loop_lets_others_in),
        TEST(case_06_slices_stay_as_long_as_the_interval),
        TEST(case_09_no_wake_up_is_lost_in_half_a_million_hand_overs),
        TEST(case_09_no_wake_up_is_lost_where_membarrier_is_refused),
    };
    use_cores_as_told();
    return cmocka_run_group_tests_name("fairness", tests, NULL, NULL);
}
