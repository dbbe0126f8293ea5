/* SPDX-License-Identifier: MIT
 *
 * Kernels with a voice, and kernels that meet.
 */
#include <gilkit/module.h>
#include <time.h>

typedef struct kernels {
    int64_t sum;
} kernels;

static int init(gil_env *env, void *state)
{
    (void)env;
    ((kernels *)state)->sum = 1000;
    return 0;
}

GIL_MODULE(kernels, .state_size = sizeof(kernels), .init = init);

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

GIL_FUNCTION(double, fail, (gil_task * task, int kind, const char *why, GIL_OUT double y[4]))
{
    y[0] = 1;
    gil_fail(task, (gil_error_kind)kind, "%s", why);
    return 1.0;
}

GIL_FUNCTION(void, fail_often, (gil_task * task, int times))
{
    for (int i = 0; i < times; i++)
        gil_fail(task, GIL_VALUE_ERROR, "failure %d", i);
}

/* Give up after ten seconds, so that a test ends whatever happens. */
GIL_FUNCTION(int, until_stopped, (gil_task * task))
{
    gil_progress(task, 3, 10);
    for (int i = 0; i < 100000; i++) {
        if (gil_stopped(task))
            return 1;
        nap();
    }
    return 0;
}

GIL_FUNCTION(int64_t, add_state, (gil_task * task, int64_t by))
{
    kernels *all = gil_task_state(task);
    return __atomic_add_fetch(&all->sum, by, __ATOMIC_RELAXED);
}

GIL_FUNCTION(int64_t, with_objects, (gil_task * task, int64_t n))
{
    int64_t sum = 0, value = 0;
    for (int64_t i = 0; i < n; i++) {
        GIL_BEGIN_ACQUIRE(task, env)
        gil_obj number = gil_int_new(env, i);
        if (!gil_is_null(number) && gil_int_get(env, number, &value))
            sum += value;
        GIL_END_ACQUIRE(env)
    }
    return sum;
}

GIL_FUNCTION(double, raise_inside, (gil_task * task))
{
    GIL_BEGIN_ACQUIRE(task, env)
    gil_raise(env, GIL_INDEX_ERROR, "raised in an acquired section");
    GIL_END_ACQUIRE(env)
    return 1.0;
}

/* Wait until `parties` calls are in here at once: they can be only while nobody holds the GIL. */
static int meeting;

static bool wait_for_others(int parties)
{
    int met = __atomic_add_fetch(&meeting, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; met < parties && i < 20000; i++) {
        nap();
        met = __atomic_load_n(&meeting, __ATOMIC_SEQ_CST);
    }
    return met >= parties;
}

GIL_FUNCTION(bool, meet, (int parties))
{
    return wait_for_others(parties);
}

GIL_FUNCTION(void, meet_again, (void))
{
    __atomic_store_n(&meeting, 0, __ATOMIC_SEQ_CST);
}

static int inside, most_inside;

/* How many calls were in here at once at most. */
static int crowd(void)
{
    int now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
    int most = __atomic_load_n(&most_inside, __ATOMIC_SEQ_CST);
    while (now > most &&
           !__atomic_compare_exchange_n(&most_inside, &most, now, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        continue;
    nap();
    __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
    return __atomic_load_n(&most_inside, __ATOMIC_SEQ_CST);
}

GIL_FUNCTION(int, crowd_held, (void), .gil = GIL_HOLD)
{
    return crowd();
}

/* Stay until flag[0] is set; flag[1] says that it is in here. */
GIL_FUNCTION(int, stay, (int32_t flag[2]))
{
    __atomic_store_n(&flag[1], 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < 100000 && !__atomic_load_n(&flag[0], __ATOMIC_SEQ_CST); i++)
        nap();
    return __atomic_load_n(&flag[0], __ATOMIC_SEQ_CST);
}

/* A function that lives for as long as the caller's handle. */
static gil_obj stored;

GIL_FUNCTION(void, store, (gil_env * env, gil_obj f))
{
    (void)env;
    stored = f;
}

/* A kernel that takes the GIL and calls another one. */
GIL_FUNCTION(double, call_stored, (gil_task * task, double x))
{
    double y = -1;
    GIL_BEGIN_ACQUIRE(task, env)
    gil_obj argument = gil_float_new(env, x);
    gil_obj result = gil_is_null(argument) ? GIL_NULL : gil_call(env, stored, &argument, 1, NULL, 0);
    if (!gil_is_null(result))
        gil_float_get(env, result, &y);
    GIL_END_ACQUIRE(env)
    return y;
}

GIL_FUNCTION(double, halve, (gil_task * task, double x))
{
    if (x < 0)
        gil_fail(task, GIL_VALUE_ERROR, "halve() of a negative number");
    return x / 2;
}
