/* SPDX-License-Identifier: MIT
 *
 * Functions that run without the GIL and have a gil_task: they fail, report, take the GIL for a moment, and share the
 * module's state.
 */
#include <stdatomic.h>

#include "check.h"

typedef struct kernels {
    atomic_int runs;
    gil_ref *last; /* what keep() was given */
} kernels;

static void let_go(gil_env *env, void *state)
{
    (void)env;
    gil_ref_drop(((kernels *)state)->last);
}

GIL_MODULE(about_kernels, .doc = "Tests of kernels.", .state_size = sizeof(kernels), .free = let_go);

/* ---- What is called ------------------------------------------------------------------------------------------ */

GIL_FUNCTION(double, root, (gil_task * task, double x), .doc = "Fails for what has none.")
{
    if (x < 0)
        gil_fail(task, GIL_VALUE_ERROR, "%g has no root", x);
    return x / 2;
}

GIL_FUNCTION(void, fail_twice, (gil_task * task))
{
    gil_fail(task, GIL_KEY_ERROR, "the first");
    gil_fail(task, GIL_INDEX_ERROR, "the second");
}

GIL_FUNCTION(void, fail_at_length, (gil_task * task))
{
    char many[1000];
    memset(many, 'm', sizeof many);
    many[sizeof many - 1] = '\0';
    gil_fail(task, GIL_VALUE_ERROR, "%s", many);
}

GIL_FUNCTION(bool, is_stopped, (gil_task * task))
{
    return gil_stopped(task);
}

GIL_FUNCTION(void, report, (gil_task * task, uint64_t done, uint64_t total))
{
    gil_progress(task, done, total);
    gil_progress(task, total, total);
    gil_progress(task, 0, 0);
}

GIL_FUNCTION(int, count_run, (gil_task * task), .doc = "The state is shared with every other call.")
{
    kernels *state = gil_task_state(task);
    return atomic_fetch_add(&state->runs, 1) + 1;
}

GIL_FUNCTION(int64_t, make_inside, (gil_task * task, int64_t count), .doc = "Takes the GIL count times.")
{
    int64_t sum = 0;
    for (int64_t i = 0; i < count; i++) {
        GIL_BEGIN_ACQUIRE(task, env)
        int64_t value = 0;
        gil_obj number = INT(i);
        if (gil_int_get(env, number, &value))
            sum += value;
        GIL_END_ACQUIRE(env)
        if (gil_stopped(task))
            break;
    }
    return sum;
}

GIL_FUNCTION(void, raise_inside, (gil_task * task))
{
    GIL_BEGIN_ACQUIRE(task, env)
    gil_raise(env, GIL_LOOKUP_ERROR, "of the block");
    GIL_END_ACQUIRE(env)
}

GIL_FUNCTION(int, leave_inside, (gil_task * task))
{
    GIL_BEGIN_ACQUIRE(task, env)
    return gil_is_null(NONE()) ? 0 : 3;
    GIL_END_ACQUIRE(env)
    return 4;
}

GIL_FUNCTION(void, keep, (gil_env * env, gil_obj callable), .doc = "What call_kept calls.")
{
    kernels *state = gil_module_state(env);
    gil_ref *ref = gil_ref_new(env, callable);
    if (!ref)
        return;
    gil_ref_drop(state->last);
    state->last = ref;
}

GIL_FUNCTION(void, forget, (gil_env * env))
{
    kernels *state = gil_module_state(env);
    gil_ref_drop(state->last);
    state->last = NULL;
}

GIL_FUNCTION(double, call_kept, (gil_task * task, double x), .doc = "Calls what was kept out of a kernel.")
{
    double y = 0;
    kernels *state = gil_task_state(task);
    GIL_BEGIN_ACQUIRE(task, env)
    gil_obj result = CALL(gil_ref_get(env, state->last), REAL(x));
    if (!gil_is_null(result))
        gil_float_get(env, result, &y);
    GIL_END_ACQUIRE(env)
    return y;
}

/* ---- Tests ---------------------------------------------------------------------------------------------------- */

TEST(a_kernel_that_fails_fails_its_call)
{
    gil_obj exception;
    CHECK_REPR(CALL(OWN("root"), REAL(4)), "2.0");
    RAISES(GIL_VALUE_ERROR, CALL(OWN("root"), REAL(-4)));
    gil_obj nothing = CALL(OWN("root"), REAL(-4));
    TRY(exception = TAKEN(GIL_VALUE_ERROR));
    CHECK(gil_is_null(nothing));
    bool in = false;
    TRY(gil_contains(env, gil_exception_message(env, exception), TEXT("-4 has no root"), &in));
    CHECK(in);
}

TEST(the_first_failure_of_a_kernel_stays)
{
    RAISES(GIL_KEY_ERROR, CALL(OWN("fail_twice")));
}

TEST(a_long_message_of_a_kernel_is_cut)
{
    size_t length = 0;
    gil_obj exception;
    gil_obj nothing = CALL(OWN("fail_at_length"));
    TRY(exception = TAKEN(GIL_VALUE_ERROR));
    CHECK(gil_is_null(nothing));
    TRY(gil_length(env, gil_exception_message(env, exception), &length));
    CHECK(length >= 400 && length < 700);
}

TEST(a_kernel_is_not_stopped_without_reason)
{
    CHECK_REPR(CALL(OWN("is_stopped")), "False");
}

TEST(a_kernel_reports_how_far_it_is)
{
    TRY(CALL(OWN("report"), INT(1), INT(2)));
    TRY(CALL(OWN("report"), INT(0), INT(0)));
}

TEST(a_kernel_shares_the_state_of_its_module)
{
    kernels *state = gil_module_state(env);
    int before = atomic_load(&state->runs);
    TRY(CALL(OWN("count_run")));
    TRY(CALL(OWN("count_run")));
    CHECK_COUNT(atomic_load(&state->runs), before + 2);
}

TEST(a_kernel_takes_the_gil_for_a_moment)
{
    CHECK_REPR(CALL(OWN("make_inside"), INT(20)), "190");
}

TEST(what_a_kernel_raises_with_the_gil_fails_its_call)
{
    RAISES(GIL_LOOKUP_ERROR, CALL(OWN("raise_inside")));
}

TEST(a_kernel_may_return_while_it_has_the_gil)
{
    CHECK_REPR(CALL(OWN("leave_inside")), "3");
}

TEST(a_kernel_calls_what_the_state_keeps)
{
    TRY(CALL(OWN("keep"), OWN("root")));
    CHECK_REPR(CALL(OWN("call_kept"), REAL(9)), "4.5");
    RAISES(GIL_VALUE_ERROR, CALL(OWN("call_kept"), REAL(-9)));
    TRY(CALL(OWN("forget")));
    RAISES(GIL_TYPE_ERROR, CALL(OWN("call_kept"), REAL(9)));
}

TEST(the_task_of_a_kernel_is_not_asked_of_its_caller)
{
    RAISES(GIL_TYPE_ERROR, CALL(OWN("root"), NONE(), REAL(1)));
    RAISES(GIL_TYPE_ERROR, gil_call(env, OWN("root"), NULL, 0, &(gil_keyword){"task", NONE()}, 1));
}
