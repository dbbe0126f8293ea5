/* SPDX-License-Identifier: MIT
 *
 * The GIL, step by step, in the orders that a thousand seeds give. A wake-up that is lost, a wait without end and two
 * holders at once end the process, which names the seed; GILKIT_SEED=N repeats it alone, and with GILKIT_SEEDS=COUNT those
 * from there on are run.
 */
#include <gilkit/runtime.h>

#include "../unit/base/support.h"
#include "base/memory.h"
#include "core/runtime.h"
#include "cores.h"

enum { SEEDS = 1000, MOST = 4 };

typedef struct game {
    gil__schedule *schedule;
    gil__gil gil;
    uint64_t seed;
    unsigned inside; /* plain: the schedule runs one thread at a time, so any value but 0 or 1 is a bug */
    unsigned taken, gave_up;
    void (*play)(struct game *, unsigned number);
} game;

typedef struct player {
    game *game;
    unsigned number;
    pthread_t thread;
} player;

static void enter(game *g)
{
    if (g->inside++ != 0) {
        fprintf(stderr, "two hold the GIL; seed %llu\n", (unsigned long long)g->seed);
        abort();
    }
    g->taken++;
    gil__schedule_point();
}

static void leave(game *g)
{
    gil__schedule_point();
    g->inside--;
}

static void *play(void *context)
{
    player *p = context;
    gil__schedule_join(p->game->schedule, p->number);
    p->game->play(p->game, p->number);
    gil__schedule_leave();
    return NULL;
}

static void run_game(game *g, uint64_t seed, unsigned players, void (*body)(game *, unsigned))
{
    player all[MOST];
    *g = (game){.schedule = gil__schedule_new(seed, players), .seed = seed, .play = body};
    gil__gil_init(&g->gil, 20000);
    gil__gil_order(&g->gil);
    for (unsigned i = 0; i < players; i++) {
        all[i] = (player){.game = g, .number = i};
        start(&all[i].thread, play, &all[i]);
    }
    for (unsigned i = 0; i < players; i++)
        join(all[i].thread);
}

static uint64_t first_seed(void)
{
    const char *told = getenv("GILKIT_SEED");
    return told ? strtoull(told, NULL, 10) : 0;
}

static uint64_t seeds(void)
{
    const char *told = getenv("GILKIT_SEEDS");
    return told ? strtoull(told, NULL, 10) : getenv("GILKIT_SEED") ? 1 : LOOPS(SEEDS);
}

/* The same on each seed; what is left behind is nothing. */
static void run_games(unsigned players, void (*body)(game *, unsigned))
{
    uint64_t from = first_seed(), to = from + seeds();
    for (uint64_t seed = from; seed < to; seed++) {
        game g;
        run_game(&g, seed, players, body);
        if (g.inside || g.gil.returning.first || g.gil.competing.first || g.gil.attention != GIL__STEPS ||
            g.gil.word != GIL__ORDERED)
            fail_msg("something is left behind; seed %llu", (unsigned long long)seed);
        gil__schedule_free(g.schedule);
    }
}

/* splitmix64 of the seed and the player: what each does is its own business, and the same each time. */
static unsigned pick(uint64_t *state, unsigned n)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    return (unsigned)((x ^ x >> 31) >> 8) % n;
}

static void take_and_give(game *g, unsigned number)
{
    (void)number;
    for (int i = 0; i < 4; i++) {
        gil__gil_acquire(&g->gil);
        enter(g);
        leave(g);
        gil__gil_release(&g->gil);
    }
}

static void mix(game *g, unsigned number)
{
    uint64_t state = g->seed * 64 + number;
    for (int i = 0; i < 4; i++) {
        gil__outcome outcome = pick(&state, 3)
                                   ? gil__gil_acquire_until(&g->gil, false, UINT64_MAX)
                                   : gil__gil_acquire_until(&g->gil, true, gil__now_ns() + pick(&state, 2) * 15000);
        if (outcome == GIL__TIMED_OUT || outcome == GIL__REFUSED) {
            g->gave_up++;
            continue;
        }
        enter(g);
        for (unsigned steps = pick(&state, 3); steps > 0; steps--) {
            leave(g);
            gil__gil_yield(&g->gil);
            enter(g);
        }
        leave(g);
        gil__gil_release(&g->gil);
        if (pick(&state, 8) == 0)
            gil__gil_set_interval(&g->gil, 5000 + pick(&state, 50000));
    }
}

/* Player 0 ends the waits that may be refused. */
static void mix_and_refuse(game *g, unsigned number)
{
    uint64_t state = g->seed * 64 + number;
    if (number == 0) {
        for (unsigned steps = pick(&state, 20); steps > 0; steps--)
            gil__schedule_point();
        gil__gil_refuse(&g->gil);
        return;
    }
    mix(g, number);
}

/* Who was told to try is refused before it could: another one must be told. */
static void refuse_one_of_two(game *g, unsigned number)
{
    if (number == 0) {
        gil__gil_refuse(&g->gil);
        return;
    }
    if (gil__gil_acquire_until(&g->gil, number == 2, UINT64_MAX) == GIL__REFUSED)
        return;
    enter(g);
    leave(g);
    gil__gil_release(&g->gil);
}

/* ---- A runtime ----------------------------------------------------------------------------------------------- */

typedef struct scene {
    gil__schedule *schedule;
    gil_runtime *runtime;
    uint64_t seed;
    gil_obj shared;
    unsigned attached, refused, inside;
    gil_mutex mutex;
    gil_once once;
    unsigned in_mutex, in_once, done;
    bool freed;
    gil_error error;
    pthread_barrier_t end; /* threads end when all have left: what they free then is in no order */
} scene;

typedef struct actor {
    scene *scene;
    unsigned number;
    pthread_t thread;
} actor;

static void hold(scene *s)
{
    if (s->inside++ != 0)
        abort();
    gil__schedule_point();
    s->inside--;
}

/* The GIL goes to others while the mutex is held, and while what is done once is done; it fails the first time. */
static void lock(scene *s, gil_env *env)
{
    if (!gil_mutex_lock(env, &s->mutex))
        return;
    if (s->in_mutex++ != 0)
        abort();
    gil_env_yield(env);
    GIL_BEGIN_ALLOW_THREADS(env)
    gil__schedule_point();
    GIL_END_ALLOW_THREADS(env)
    s->in_mutex--;
    gil_mutex_unlock(env, &s->mutex);
}

static void do_once(scene *s, gil_env *env)
{
    if (!gil_once_begin(env, &s->once))
        return;
    if (s->in_once++ != 0)
        abort();
    gil_env_yield(env);
    s->in_once--;
    gil_once_end(env, &s->once, ++s->done == 2);
    if (s->done > 2)
        abort();
}

static void act(scene *s, gil_env *env, uint64_t *random)
{
    gil_ref *ref = NULL;
    hold(s);
    switch (pick(random, 7)) {
    case 0:
        gil_checkpoint(env);
        break;
    case 1:
        gil_int_new(env, 123456789);
        break;
    case 2:
        ref = gil_ref_new(env, gil_int_new(env, 987654321));
        break;
    case 3:
        gil_detach(gil_attach(s->runtime, NULL));
        break;
    case 4:
        lock(s, env);
        break;
    case 5:
        do_once(s, env);
        break;
    default:
        break;
    }
    hold(s);
    GIL_BEGIN_ALLOW_THREADS(env)
    gil_ref_drop(ref);
    gil__schedule_point();
    gil_env *inside = pick(random, 3) ? NULL : gil_attach(s->runtime, NULL);
    if (inside) {
        hold(s);
        gil_detach(inside);
    }
    GIL_END_ALLOW_THREADS(env)
    hold(s);
}

static void come_and_go(scene *s, unsigned number)
{
    uint64_t random = s->seed * 64 + number;
    for (int i = 0; i < 3; i++) {
        gil_error error;
        gil_env *env = gil_attach(s->runtime, &error);
        if (!env) {
            s->refused++;
            if (error.kind != GIL_RUNTIME_ERROR)
                abort();
            return;
        }
        s->attached++;
        act(s, env, &random);
        gil_detach(env);
    }
}

static void *appear(void *context)
{
    actor *a = context;
    scene *s = a->scene;
    uint64_t random = s->seed * 64 + 63;
    gil__schedule_join(s->schedule, a->number);
    if (a->number > 0) {
        come_and_go(s, a->number);
    } else {
        for (unsigned steps = pick(&random, 100); steps > 0; steps--)
            gil__schedule_point();
        s->freed = gil_runtime_free(s->runtime, &s->error);
    }
    gil__schedule_leave();
    pthread_barrier_wait(&s->end);
    return NULL;
}

/* Three threads come and go while a fourth frees the runtime.
 *   returns how many seeds ended with threads that were left alone */
static unsigned run_scenes(uint64_t shutdown_ms)
{
    uint64_t from = first_seed(), to = from + seeds();
    unsigned left_alone = 0;
    for (uint64_t seed = from; seed < to; seed++) {
        actor actors[MOST];
        long live = gil__memory_live();
        scene s = {.schedule = gil__schedule_new(seed, MOST), .seed = seed};
        s.runtime = gil_runtime_new(&(gil_runtime_options){.shutdown_ms = shutdown_ms}, NULL);
        gil__gil_order(&s.runtime->gil);
        pthread_barrier_init(&s.end, NULL, MOST);
        for (unsigned i = 0; i < MOST; i++) {
            actors[i] = (actor){.scene = &s, .number = i};
            start(&actors[i].thread, appear, &actors[i]);
        }
        for (unsigned i = 0; i < MOST; i++)
            join(actors[i].thread);
        pthread_barrier_destroy(&s.end);
        gil__schedule_free(s.schedule);
        if (!s.freed && s.error.kind != GIL_TIMEOUT_ERROR)
            fail_msg("%s; seed %llu", s.error.message, (unsigned long long)seed);
        if (gil__memory_live() != live)
            fail_msg("%ld allocations are left; seed %llu", gil__memory_live() - live, (unsigned long long)seed);
        left_alone += !s.freed;
    }
    return left_alone;
}

static void test_seeds__of_a_runtime_that_is_freed_while_threads_come_and_go(void **state)
{
    (void)state;
    assert_int_equal(run_scenes(UINT64_MAX), 0);
}

static void test_seeds__of_a_runtime_that_is_closed_before_its_threads_are_done(void **state)
{
    (void)state;
    unsigned left_alone = run_scenes(1);
    print_message("# in %u of %u orders threads were left alone\n", left_alone, (unsigned)seeds());
}

static void test_seeds__taking_and_giving(void **state)
{
    (void)state;
    run_games(3, take_and_give);
}

static void test_seeds__every_step_in_a_mix(void **state)
{
    (void)state;
    run_games(3, mix);
    run_games(4, mix);
}

static void test_seeds__waits_that_are_refused(void **state)
{
    (void)state;
    run_games(4, mix_and_refuse);
    run_games(4, refuse_one_of_two);
}

static void test_seeds__that_are_the_same_give_the_same_order(void **state)
{
    (void)state;
    unsigned different = 0;
    uint64_t before = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        game first, second;
        run_game(&first, seed, 3, mix);
        run_game(&second, seed, 3, mix);
        assert_true(gil__schedule_order(first.schedule) == gil__schedule_order(second.schedule));
        assert_true(gil__schedule_points(first.schedule) == gil__schedule_points(second.schedule));
        assert_int_equal(first.taken, second.taken);
        assert_int_equal(first.gave_up, second.gave_up);
        different += gil__schedule_order(first.schedule) != before;
        before = gil__schedule_order(first.schedule);
        gil__schedule_free(first.schedule);
        gil__schedule_free(second.schedule);
    }
    assert_int_equal(different, 20);
}

static void wait_for_nobody(game *g, unsigned number)
{
    static atomic_uint word;
    (void)g;
    if (number == 1)
        gil__futex_wait(&word, 0, 0);
    gil__schedule_point();
    gil__futex_wait(&word, 0, 0);
}

static void run_to_a_standstill(void *context)
{
    (void)context;
    game g;
    run_game(&g, 7, 2, wait_for_nobody);
}

static void test_seeds__that_end_with_everybody_waiting_are_named(void **state)
{
    (void)state;
    assert_aborted(run_in_child(run_to_a_standstill, NULL, 10), "the order of seed 7: nobody can go on");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_seeds__taking_and_giving),
        TEST(test_seeds__every_step_in_a_mix),
        TEST(test_seeds__waits_that_are_refused),
        TEST(test_seeds__of_a_runtime_that_is_freed_while_threads_come_and_go),
        TEST(test_seeds__of_a_runtime_that_is_closed_before_its_threads_are_done),
        TEST(test_seeds__that_are_the_same_give_the_same_order),
        TEST(test_seeds__that_end_with_everybody_waiting_are_named),
    };
    use_cores_as_told();
    return cmocka_run_group_tests_name("seeds", tests, NULL, NULL);
}
