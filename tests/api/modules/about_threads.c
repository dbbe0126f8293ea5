/* SPDX-License-Identifier: MIT
 *
 * Threads that a module starts: they attach, call back, drop references, and use one resource at once.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#include "check.h"

GIL_MODULE(about_threads, .doc = "Tests of threads.");

/* ---- A crew: threads that are joined however the test ends ----------------------------------------------------------- */

enum { CREW = 3 };

typedef struct crew crew;

typedef struct member {
    crew *of;
    pthread_t thread;
    int number;
    bool started;
    bool failed;
    gil_error error; /* why it failed */
} member;

struct crew {
    gil_env *env;
    gil_runtime *runtime;
    void (*work)(gil_env *env, member *self);
    gil_ref *ref;
    atomic_int done;  /* as the work says */
    atomic_int ended; /* threads, well or not */
    member members[CREW];
};

/* What went wrong in a thread, for the test to raise. */
static void keep_error(gil_env *env, member *self)
{
    const char *message = "";
    gil_obj exception = gil_error_fetch(env);
    if (gil_is_null(exception) && !gil_error_pending(env))
        return;
    self->failed = true;
    self->error.kind = GIL_MEMORY_ERROR;
    if (gil_is_null(exception))
        return;
    self->error.kind = gil_exception_kind(env, exception);
    if (gil_str_get(env, gil_exception_message(env, exception), &message, NULL))
        snprintf(self->error.message, sizeof self->error.message, "%s", message);
}

static void *run_member(void *data)
{
    member *self = data;
    gil_env *env = gil_attach(self->of->runtime, &self->error);
    self->failed = !env;
    if (env) {
        self->of->work(env, self);
        keep_error(env, self);
        gil_detach(env);
    }
    atomic_fetch_add(&self->of->ended, 1);
    return NULL;
}

static bool start(crew *all, gil_env *env, int count, void (*work)(gil_env *, member *))
{
    all->env = env;
    all->runtime = gil_env_runtime(env);
    all->work = work;
    for (int i = 0; i < count; i++) {
        member *self = &all->members[i];
        *self = (member){.of = all, .number = i};
        self->started = pthread_create(&self->thread, NULL, run_member, self) == 0;
        if (!self->started) {
            gil_raise(env, GIL_MEMORY_ERROR, "no thread");
            return false;
        }
    }
    return true;
}

static void join(crew *all)
{
    gil_env *env = all->env;
    if (!env)
        return;
    GIL_BEGIN_ALLOW_THREADS(env)
    for (int i = 0; i < CREW; i++)
        if (all->members[i].started)
            pthread_join(all->members[i].thread, NULL);
    GIL_END_ALLOW_THREADS(env)
    for (int i = 0; i < CREW; i++)
        all->members[i].started = false;
}

/* Wait for all; false with what the first that failed raised. */
static bool finish(crew *all)
{
    gil_env *env = all->env;
    join(all);
    for (int i = 0; i < CREW; i++)
        if (all->members[i].failed) {
            gil_raise(env, all->members[i].error.kind, "thread %d: %s", i, all->members[i].error.message);
            return false;
        }
    return true;
}

static void end_crew(crew *all)
{
    join(all);
    gil_ref_drop(all->ref);
}

#define CREW_OF(name) crew name __attribute__((cleanup(end_crew))) = {0}

/* ---- Attaching ------------------------------------------------------------------------------------------------------- */

static void make_objects(gil_env *env, member *self)
{
    gil_obj list = gil_list_new(env);
    for (int i = 0; i < 20; i++)
        GIL_SCOPE(env) {
            if (!gil_list_append(env, list, INT(i)))
                return;
            gil_checkpoint(env);
        }
    IS_REPR(gil_slice(env, list, 18, 20, 1), "[18, 19]");
    (void)self;
}

TEST(threads_of_the_module_attach_and_make_objects)
{
    CREW_OF(all);
    TRY(start(&all, env, CREW, make_objects));
    TRY(finish(&all));
    CHECK_COUNT(atomic_load(&all.ended), CREW);
}

static void attach_again(gil_env *env, member *self)
{
    gil_env *inner = gil_attach(self->of->runtime, NULL);
    if (!inner) {
        gil_raise(env, GIL_MEMORY_ERROR, "no second attach");
        return;
    }
    IS_REPR(gil_int_new(inner, 5), "5");
    gil_detach(inner);
    if (!gil_error_pending(env))
        IS_REPR(INT(6), "6"); /* still attached */
}

TEST(a_thread_attaches_again)
{
    CREW_OF(all);
    TRY(start(&all, env, 1, attach_again));
    TRY(finish(&all));
}

TEST(the_thread_of_a_function_attaches_to_its_own_runtime)
{
    gil_error error = {GIL_EXCEPTION, ""};
    gil_env *again = gil_attach(gil_env_runtime(env), &error);
    if (!again)
        gil_raise(env, error.kind, "%s", error.message);
    TRY(again);
    CHECK(gil_env_runtime(again) == gil_env_runtime(env));
    gil_obj number = gil_int_new(again, 7);
    gil_detach(again);
    TRY(!gil_is_null(number));
    CHECK_REPR(INT(8), "8");
}

static void raise_and_leave(gil_env *env, member *self)
{
    (void)self;
    gil_raise(env, GIL_KEY_ERROR, "of the thread");
}

TEST(what_a_thread_raises_is_its_own)
{
    CREW_OF(all);
    TRY(start(&all, env, 1, raise_and_leave));
    join(&all);
    CHECK(!gil_error_pending(env));
    RAISES(GIL_KEY_ERROR, finish(&all));
}

/* ---- Calling back ------------------------------------------------------------------------------------------------------ */

typedef struct tally {
    int64_t sum;
} tally;

GIL_RESOURCE(tally, .doc = "What threads add to.", .closable = true);

GIL_SLOT(tally, void, init, (tally * self))
{
    self->sum = 0;
}

GIL_METHOD(tally, int64_t, add, (gil_env * env, tally *self, int64_t amount), .doc = "Holds the GIL.")
{
    (void)env;
    return self->sum += amount;
}

GIL_METHOD(tally, int64_t, add_slowly, (tally * self, int64_t amount), .doc = "A kernel that would lose updates.")
{
    int64_t before = self->sum;
    for (volatile int i = 0; i < 2000; i++)
        ;
    self->sum = before + amount;
    return self->sum;
}

GIL_METHOD(tally, int64_t, look, (const tally *self), .doc = "A kernel that reads.")
{
    int64_t before = self->sum;
    for (volatile int i = 0; i < 2000; i++)
        ;
    return self->sum == before ? before : -1;
}

static void call_kept(gil_env *env, member *self)
{
    for (int i = 0; i < 10; i++)
        GIL_SCOPE(env)
            if (gil_is_null(CALL(gil_ref_get(env, self->of->ref), INT(1))))
                return;
}

TEST(threads_call_what_a_reference_keeps)
{
    CREW_OF(all);
    gil_obj object;
    TRY(object = CALL(OWN("tally")));
    TRY(all.ref = gil_ref_new(env, gil_attr_get(env, object, "add")));
    TRY(start(&all, env, CREW, call_kept));
    TRY(finish(&all));
    CHECK_REPR(CALL(gil_attr_get(env, object, "add"), INT(0)), "30");
}

TEST(kernels_of_several_threads_have_a_resource_one_at_a_time)
{
    CREW_OF(all);
    gil_obj object;
    TRY(object = CALL(OWN("tally")));
    TRY(all.ref = gil_ref_new(env, gil_attr_get(env, object, "add_slowly")));
    TRY(start(&all, env, CREW, call_kept));
    TRY(finish(&all));
    CHECK_REPR(CALL(gil_attr_get(env, object, "look")), "30");
}

/* Some read, one writes. */
static void read_or_write(gil_env *env, member *self)
{
    for (int i = 0; i < 10; i++)
        GIL_SCOPE(env) {
            gil_obj object = gil_ref_get(env, self->of->ref);
            int64_t seen = 0;
            if (self->number == 0 && gil_is_null(CALL(gil_attr_get(env, object, "add_slowly"), INT(1))))
                return;
            if (self->number > 0 && !gil_int_get(env, CALL(gil_attr_get(env, object, "look")), &seen))
                return;
            if (!IS_TRUE(seen >= 0))
                return;
        }
}

TEST(who_reads_a_resource_sees_nobody_write)
{
    CREW_OF(all);
    gil_obj object;
    TRY(object = CALL(OWN("tally")));
    TRY(all.ref = gil_ref_new(env, object));
    TRY(start(&all, env, CREW, read_or_write));
    TRY(finish(&all));
    CHECK_REPR(CALL(gil_attr_get(env, object, "look")), "10");
}

/* Until it is closed: then a ValueError is right. */
static void add_until_closed(gil_env *env, member *self)
{
    for (int i = 0; i < 20; i++)
        GIL_SCOPE(env) {
            gil_obj object = gil_ref_get(env, self->of->ref);
            if (gil_is_null(CALL(gil_attr_get(env, object, "add_slowly"), INT(1)))) {
                gil_obj exception = gil_error_fetch(env);
                if (!gil_is_null(exception) && gil_exception_kind(env, exception) != GIL_VALUE_ERROR)
                    gil_error_restore(env, exception);
                return;
            }
            if (i == 0)
                atomic_fetch_add(&self->of->done, 1);
        }
}

TEST(closing_waits_for_who_uses_the_object)
{
    CREW_OF(all);
    gil_obj object;
    TRY(object = CALL(OWN("tally")));
    TRY(all.ref = gil_ref_new(env, object));
    TRY(start(&all, env, 1, add_until_closed));
    while (atomic_load(&all.done) + atomic_load(&all.ended) == 0) {
        GIL_BEGIN_ALLOW_THREADS(env)
        sched_yield();
        GIL_END_ALLOW_THREADS(env)
    }
    bool closed = gil_resource_close(env, object);
    if (!closed)
        gil_error_clear(env), closed = gil_resource_close(env, object);
    TRY(closed);
    TRY(finish(&all));
}

/* ---- Dropping ---------------------------------------------------------------------------------------------------------- */

static void count_release(void *owner)
{
    ++*(int *)owner;
}

static void *drop(void *ref)
{
    gil_ref_drop(ref);
    return NULL;
}

TEST(a_thread_without_the_gil_drops_a_reference)
{
    int ended = 0;
    pthread_t thread;
    gil_ref *ref = NULL;
    gil_buffer memory = {.data = &ended, .dtype = GIL_INT32, .ndim = 1, .shape = {1}, .strides = {4}};
    GIL_SCOPE(env)
        TRY(ref = gil_ref_new(env, gil_array_borrow(env, &memory, count_release, &ended)));
    bool started = pthread_create(&thread, NULL, drop, ref) == 0;
    if (started)
        pthread_join(thread, NULL); /* this thread holds the GIL all the while */
    else
        gil_ref_drop(ref);
    for (int i = 0; i < 3 && !ended; i++) {
        GIL_BEGIN_ALLOW_THREADS(env)
        GIL_END_ALLOW_THREADS(env)
    }
    CHECK_COUNT(ended, 1);
}

static void drop_attached(gil_env *env, member *self)
{
    (void)env;
    gil_ref_drop(self->of->ref);
    self->of->ref = NULL;
}

TEST(an_attached_thread_drops_a_reference_at_once)
{
    int ended = 0;
    CREW_OF(all);
    gil_buffer memory = {.data = &ended, .dtype = GIL_INT32, .ndim = 1, .shape = {1}, .strides = {4}};
    GIL_SCOPE(env)
        TRY(all.ref = gil_ref_new(env, gil_array_borrow(env, &memory, count_release, &ended)));
    TRY(start(&all, env, 1, drop_attached));
    TRY(finish(&all));
    TRY(check_settled(env));
    CHECK_COUNT(ended, 1);
}

/* Where there is no GIL, the runtime's list of references and what a dict lends have to bear it. */
static void keep_and_look(gil_env *env, member *self)
{
    for (int i = 0; i < 200; i++)
        GIL_SCOPE(env) {
            size_t at = 0;
            gil_obj key, value, dict = gil_ref_get(env, self->of->ref);
            DROPPED gil_ref *first = gil_ref_new(env, dict);
            DROPPED gil_ref *second = gil_ref_new(env, INT(i));
            if (!first || !second || !gil_item_set(env, dict, INT(i % 10), REAL(i)))
                return;
            while (gil_dict_next(env, dict, &at, &key, &value) && !gil_is_null(key))
                if (!IS_COUNT(gil_type_of(env, value), GIL_OBJ_FLOAT))
                    return;
        }
}

TEST(threads_keep_objects_and_look_through_one_dict_at_once)
{
    CREW_OF(all);
    gil_obj dict;
    size_t length = 0;
    TRY(dict = gil_dict_new(env));
    TRY(all.ref = gil_ref_new(env, dict));
    TRY(start(&all, env, CREW, keep_and_look));
    TRY(finish(&all));
    TRY(gil_length(env, dict, &length));
    CHECK_COUNT(length, 10);
}

/* ---- Letting others run -------------------------------------------------------------------------------------------------- */

static void tell(gil_env *env, member *self)
{
    (void)env;
    atomic_fetch_add(&self->of->done, 1);
}

TEST(a_loop_with_checkpoints_lets_others_run)
{
    CREW_OF(all);
    TRY(start(&all, env, 1, tell));
    for (long i = 0; atomic_load(&all.ended) == 0 && i < 2000000000; i++)
        gil_checkpoint(env);
    int done = atomic_load(&all.done);
    TRY(finish(&all));
    CHECK_COUNT(done, 1);
}
