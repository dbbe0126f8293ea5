/* SPDX-License-Identifier: MIT */
#include "core/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "core/living.h"
#include "core/ref.h"
#include "core/runtime.h"
#include "core/use.h"

_Thread_local gil__thread *gil__states __attribute__((tls_model("initial-exec")));

/* Runs `forget_states` when a thread ends that has any. */
static pthread_key_t ends;
static pthread_once_t ends_once = PTHREAD_ONCE_INIT;
static bool ends_works;

gil__lock gil__lists;

/* Under gil__lists: take a state out of its runtime's list, if it still has a runtime. */
static void leave_runtime(gil__thread *thread)
{
    struct gil_runtime *runtime = thread->runtime;
    if (!runtime)
        return;
    gil__times_add(&runtime->gone, &thread->times);
    gil__thread **at = &runtime->threads;
    while (*at != thread)
        at = &(*at)->next;
    *at = thread->next;
}

static void free_state(gil__thread *thread)
{
    for (gil__task *task = thread->first_task; task;) {
        gil__task *inner = task->inner;
        gil__free(task);
        task = inner;
    }
    if (thread->guard)
        thread->forget(thread);
    gil__uses_free(thread);
    gil__free(thread->frames);
    gil__free(thread->handles.objects);
    gil__free(thread);
}

/* Take a state out of this thread's list, wherever it stands: dropping objects may have attached another one. */
static void unlink_state(gil__thread *thread)
{
    gil__thread **at = &gil__states;
    while (*at != thread)
        at = &(*at)->sibling;
    *at = thread->sibling;
}

/* A thread of the host's interpreter was ended in the middle of a call: the interpreter takes nothing of it any more, and
 * what it kept stays. */
static void forget_visitor(gil__thread *thread)
{
    gil__lock_take(&gil__lists);
    if (thread->runtime)
        gil__uses_forget(thread, false);
    gil__lock_give(&gil__lists);
}

/* Detach a thread that ends attached, also inside a released section, so that nobody waits for it for ever. */
static void detach_at_end(gil__thread *thread)
{
    if (thread->visits) {
        forget_visitor(thread);
        return;
    }
    if (thread->depth == 0)
        gil__hold_take(thread);
    gil__uses_forget(thread, false);
    while (thread->n_frames > 0)
        gil__thread_frame_pop(thread);
    thread->depth = 1;
    thread->floor = 0;
    thread->sections = 0;
    gil__thread_detach(thread);
}

static void forget_states(void *unused)
{
    (void)unused;
    while (gil__states) {
        gil__thread *thread = gil__states;
        if (thread->depth > 0 || thread->sections > 0)
            detach_at_end(thread);
        if (gil__states != thread)
            continue; /* it was the last one of a closed runtime, and freed it; or a finaliser attached another */
        gil__lock_take(&gil__lists);
        leave_runtime(thread);
        gil__lock_give(&gil__lists);
        unlink_state(thread);
        free_state(thread);
    }
}

/* States whose runtime another thread has freed: nobody but this thread knows them any more. */
static void forget_dead_states(void)
{
    gil__lock_take(&gil__lists);
    for (gil__thread **at = &gil__states; *at;) {
        gil__thread *thread = *at;
        if (thread->runtime) {
            at = &thread->sibling;
            continue;
        }
        *at = thread->sibling;
        free_state(thread);
    }
    gil__lock_give(&gil__lists);
}

static void make_ends(void)
{
    ends_works = pthread_key_create(&ends, forget_states) == 0;
}

enum { FRAMES = 8 };

/* What checkpoints look at where only the host's door knows whether somebody waits. */
static const uint32_t always = 1;

static gil__thread *find_state(struct gil_runtime *runtime)
{
    for (gil__thread **at = &gil__states; *at; at = &(*at)->sibling) {
        gil__thread *thread = *at;
        if (__atomic_load_n(&thread->runtime, __ATOMIC_RELAXED) != runtime)
            continue;
        *at = thread->sibling;
        thread->sibling = gil__states;
        gil__states = thread;
        return thread;
    }
    return NULL;
}

/* Make a state, put it first in both lists. */
static gil__thread *new_state(struct gil_runtime *runtime)
{
    pthread_once(&ends_once, make_ends);
    forget_dead_states();
    gil__thread *thread = ends_works ? gil__alloc(1, sizeof *thread) : NULL;
    if (!thread)
        return NULL;
    thread->frames = gil__alloc(FRAMES, sizeof *thread->frames);
    if (!thread->frames) {
        gil__free(thread);
        return NULL;
    }
    thread->frame_room = FRAMES;
    thread->env.api = runtime->host->api;
    thread->env.gil__wanted = runtime->host->door ? &always : &runtime->gil.wanted;
    thread->runtime = runtime;
    thread->pace = (gil__pace){.measuring = true, .exact = true};
    gil__thread *made = find_state(runtime); /* by what ran when memory was asked for */
    if (made) {
        free_state(thread);
        return made;
    }
    if (pthread_setspecific(ends, thread) != 0) {
        free_state(thread);
        return NULL;
    }
    thread->sibling = gil__states;
    gil__states = thread;
    gil__lock_take(&gil__lists);
    thread->number = runtime->n_threads++;
    thread->next = runtime->threads;
    runtime->threads = thread;
    gil__lock_give(&gil__lists);
    return thread;
}

/* A bug that would corrupt objects: say where, and stop. */
static void misuse(const char *what, const char *file, int line)
{
    if (file)
        fprintf(stderr, "gilkit: %s at %s:%d\n", what, file, line);
    else
        fprintf(stderr, "gilkit: %s\n", what);
    abort();
}

/* Does this state belong to the thread that runs? */
static bool is_mine(const gil__thread *thread)
{
    const gil__thread *mine = gil__states;
    while (mine && mine != thread)
        mine = mine->sibling;
    return mine != NULL;
}

/* No longer attached. The last that is done to a runtime, because whoever frees it waits for it; when nobody waits any
 * more, whoever leaves last frees it. */
static void leave(struct gil_runtime *runtime)
{
    atomic_uint *attached = &runtime->attached;
    unsigned before = atomic_fetch_sub(attached, 1);
    if (before == (GIL__LEFT_ALONE | 1))
        runtime->finish(runtime);
    else if (before <= 2) /* the last one, or the last beside who shuts down */
        gil__futex_wake(attached, INT_MAX);
}

/* This thread has the GIL, and somebody left it something to do. */
static __attribute__((noinline)) void settle(gil__thread *thread)
{
    struct gil_runtime *runtime = thread->runtime;
    int saved = errno; /* what ends runs finalisers */
    unsigned errands = atomic_load_explicit(&runtime->errands, memory_order_acquire);
    if (errands & GIL__DROPPED)
        gil__refs_settle(runtime);
    if (errands & GIL__CLOSE && !thread->closed) {
        thread->closed = true;
        thread->env.api = runtime->host->closed ? runtime->host->closed : runtime->api;
        if (thread->guard)
            runtime->guard->closed(thread);
    }
    errno = saved;
}

static inline bool has_errands(const gil__thread *thread)
{
    return __builtin_expect(atomic_load_explicit(&thread->runtime->errands, memory_order_relaxed) != 0, 0);
}

gil__thread *gil__thread_attach_begin(struct gil_runtime *runtime, bool *closing)
{
    bool may = gil__living_enter(runtime);
    if (closing)
        *closing = !may;
    if (!may)
        return NULL;
    gil__thread *thread = gil__thread_of_runtime(runtime);
    if (thread)
        thread->counted = true;
    else
        leave(runtime);
    return thread;
}

gil__thread *gil__thread_of_runtime(struct gil_runtime *runtime)
{
    gil__thread *thread = find_state(runtime);
    return thread ? thread : new_state(runtime);
}

void gil__thread_leave_runtime(gil__thread *thread)
{
    thread->counted = false;
    leave(thread->runtime);
}

bool gil__thread_attach_end(gil__thread *thread, bool refusable, uint64_t until_ns)
{
    gil__outcome outcome = gil__hold_take_until(thread, refusable, until_ns);
    if (outcome == GIL__TIMED_OUT || outcome == GIL__REFUSED) {
        if (thread->sections == 0)
            gil__thread_leave_runtime(thread);
        return false;
    }
    thread->depth = 1;
    if (has_errands(thread))
        settle(thread);
    return true;
}

/* A thread in its own released section is counted as attached already. */
static gil__thread *attach_inside(gil__thread *thread, bool *closing)
{
    bool may = atomic_load(&thread->runtime->state) == GIL__RUNNING && gil__thread_attach_end(thread, true, UINT64_MAX);
    if (closing)
        *closing = !may;
    return may ? thread : NULL;
}

gil__thread *gil__thread_attach(struct gil_runtime *runtime, bool *closing)
{
    gil__thread *thread = find_state(runtime);
    if (thread && thread->depth > 0) {
        thread->depth++;
        return thread;
    }
    if (thread && thread->sections > 0)
        return attach_inside(thread, closing);
    thread = gil__thread_attach_begin(runtime, closing);
    if (!thread || gil__thread_attach_end(thread, true, UINT64_MAX))
        return thread;
    if (closing) /* or there was no memory for it behind the host's door */
        *closing = atomic_load(&runtime->state) != GIL__RUNNING;
    return NULL;
}

gil__thread *gil__thread_step_in(struct gil_runtime *runtime)
{
    gil__thread *thread = gil__thread_of_runtime(runtime);
    if (!thread)
        return NULL;
    thread->visits++;
    if (thread->depth++ == 0 && has_errands(thread))
        settle(thread);
    return thread;
}

void gil__thread_step_out(gil__thread *thread)
{
    thread->visits--;
    thread->depth--;
}

gil__thread *gil__thread_find(struct gil_runtime *runtime)
{
    gil__thread *thread = gil__states;
    while (thread && __atomic_load_n(&thread->runtime, __ATOMIC_RELAXED) != runtime)
        thread = thread->sibling;
    return thread;
}

gil__thread *gil__thread_holds(struct gil_runtime *runtime)
{
    gil__thread *thread = gil__thread_find(runtime);
    return thread && thread->depth > 0 ? thread : NULL;
}

void gil__thread_detach(gil__thread *thread)
{
    if (thread->depth > 1) {
        thread->depth--;
        return;
    }
    if (thread->depth == 0)
        misuse("gil_detach by a thread that does not hold the GIL; it was released", thread->release_file,
               thread->release_line);
    gil__thread_set_error(thread, NULL);
    gil__handles_close(&thread->handles, thread->runtime->host, thread->floor);
    thread->depth = 0;
    bool outermost = thread->sections == 0;
    gil__hold_give(thread);
    if (outermost)
        gil__thread_leave_runtime(thread);
}

/* The token keeps floor, depth, and whether an exception was put aside. */
enum { FLOOR_SHIFT = 32 };
#define ERROR_ASIDE ((uint64_t)1 << 31)

/* What a released section keeps from those inside it. */
static inline uint64_t put_aside(gil__thread *thread, const char *file, int line)
{
    uint64_t token = (uint64_t)thread->floor << FLOOR_SHIFT | thread->depth;
    thread->release_file = file;
    thread->release_line = line;
    thread->floor = thread->handles.count;
    thread->sections++;
    thread->depth = 0;
    return token;
}

static inline void put_back(gil__thread *thread, uint64_t token)
{
    thread->sections--;
    thread->depth = (uint32_t)(token & (ERROR_ASIDE - 1));
    thread->floor = (size_t)(token >> FLOOR_SHIFT);
}

/* The two below are the hottest of all, and leaves: what does not happen each time is behind these, out of line, so that
 * they save no registers. */
static __attribute__((noinline)) uint64_t release_slowly(gil__thread *thread, const char *file, int line)
{
    if (thread->depth == 0)
        misuse("GIL_BEGIN_ALLOW_THREADS by a thread that does not hold the GIL", file, line);
    if (thread != gil__states && !is_mine(thread))
        misuse("GIL_BEGIN_ALLOW_THREADS with the gil_env of another thread", file, line);
    /* Whoever attaches inside the section must not see, nor drop, what is pending here. */
    uint64_t aside = 0;
    if (thread->error && gil__handles_reserve(&thread->handles)) {
        thread->handles.objects[thread->handles.count++] = thread->error;
        thread->error = NULL;
        aside = ERROR_ASIDE;
    }
    uint64_t token = put_aside(thread, file, line) | aside;
    gil__hold_give(thread);
    return token;
}

static __attribute__((noinline)) uint64_t release_woke(gil__thread *thread, uint64_t token)
{
    gil__gil_wake(&thread->runtime->gil);
    return token;
}

uint64_t gil__thread_release(gil_env *env, const char *file, int line)
{
    gil__thread *thread = gil__thread_of(env);
    if (__builtin_expect(thread->depth == 0 || thread != gil__states || thread->error || thread->pace.skip == 0 ||
                             gil__gil_attends(&thread->runtime->gil),
                         0))
        return release_slowly(thread, file, line);
    thread->pace.skip--;
    thread->pace.exact = false;
    uint64_t token = put_aside(thread, file, line);
    if (__builtin_expect(gil__gil_set_free(&thread->runtime->gil), 0))
        return release_woke(thread, token);
    return token;
}

static __attribute__((noinline)) void reacquire_slowly(gil__thread *thread, uint64_t token)
{
    if (thread->depth != 0)
        misuse("GIL_END_ALLOW_THREADS by a thread that holds the GIL; it was released", thread->release_file,
               thread->release_line);
    gil__hold_take(thread);
    put_back(thread, token);
    if (token & ERROR_ASIDE)
        gil__thread_set_error(thread, gil__handles_pop(&thread->handles));
    if (has_errands(thread))
        settle(thread);
}

void gil__thread_reacquire(gil_env *env, uint64_t token)
{
    gil__thread *thread = gil__thread_of(env);
    if (__builtin_expect(thread->depth != 0 || token & ERROR_ASIDE || thread->pace.measuring ||
                             !gil__gil_try(&thread->runtime->gil),
                         0)) {
        reacquire_slowly(thread, token);
        return;
    }
    put_back(thread, token);
    gil__times_acquired_at_once(&thread->times);
    if (has_errands(thread))
        settle(thread);
}

void gil__thread_yield(gil_env *env)
{
    gil__thread *thread = gil__thread_of(env);
    if (thread->depth == 0)
        misuse("gil_checkpoint by a thread that does not hold the GIL; it was released", thread->release_file,
               thread->release_line);
    gil__hold_yield(thread);
    if (has_errands(thread))
        settle(thread);
}

gil_obj gil__thread_handle(gil__thread *thread, void *object)
{
    if (!object)
        return GIL_NULL;
    if (!gil__handles_push(&thread->handles, thread->runtime->host, object))
        return gil__no_memory(&thread->env);
    return (gil_obj){object};
}

gil_obj gil__thread_escape(gil__thread *thread, size_t scope, gil_obj object)
{
    const gil__host *host = thread->runtime->host;
    if (scope == 0)
        return object; /* there was no memory to open it, so nothing ends */
    if (!gil_is_null(object))
        host->keep(object.gil__handle);
    gil__scope_close(&thread->handles, host, scope);
    return gil__thread_handle(thread, object.gil__handle);
}

size_t gil__thread_scope_open(gil_env *env)
{
    return gil__scope_open(&gil__thread_of(env)->handles);
}

void gil__thread_scope_close(gil_env *env, size_t scope)
{
    gil__thread *thread = gil__thread_of(env);
    gil__scope_close(&thread->handles, thread->runtime->host, scope);
}

gil_obj gil__thread_escape_one(gil_env *env, gil_obj object)
{
    gil__thread *thread = gil__thread_of(env);
    const gil__host *host = thread->runtime->host;
    if (gil_is_null(object))
        return object;
    host->keep(object.gil__handle);
    if (gil__scope_escape(&thread->handles, host, thread->floor, object.gil__handle))
        return object;
    return gil__no_memory(env);
}

void gil__thread_set_error(gil__thread *thread, void *exception)
{
    void *before = thread->error;
    thread->error = exception;
    if (before)
        thread->runtime->host->drop(before);
}

gil_obj gil__no_memory(gil_env *env)
{
    gil__thread *thread = gil__thread_of(env);
    const gil__host *host = thread->runtime->host;
    gil__thread_set_error(thread, host->no_memory());
    return GIL_NULL;
}

gil__times gil__thread_times(gil__thread *thread)
{
    if (thread->depth > 0)
        gil__hold_settle(thread);
    return thread->times;
}

gil__times gil__threads_times(struct gil_runtime *runtime)
{
    gil__lock_take(&gil__lists);
    gil__times sum = runtime->gone;
    for (gil__thread *thread = runtime->threads; thread; thread = thread->next)
        gil__times_add(&sum, &thread->times);
    gil__lock_give(&gil__lists);
    return sum;
}

/* Who was shutting the runtime down is not in the child, so there it runs on. */
static void forget_closer(struct gil_runtime *runtime, const gil__thread *mine)
{
    unsigned closing = GIL__CLOSING;
    if (!runtime->closer || runtime->closer == mine)
        return;
    runtime->closer = NULL;
    if (atomic_compare_exchange_strong(&runtime->state, &closing, GIL__RUNNING))
        runtime->gil.refusing = false;
}

/* The other threads' states are freed, but not the objects that they kept: dropping one may run a module's code,
 * which has no business inside fork, and which would act on what the parent still has. */
void gil__threads_forked(struct gil_runtime *runtime)
{
    gil__thread *mine = gil__states;
    while (mine && mine->runtime != runtime)
        mine = mine->sibling;
    gil__gil_forked(&runtime->gil, mine && mine->depth > 0);
    for (gil__thread *thread = runtime->threads; thread;) {
        gil__thread *next = thread->next;
        if (thread != mine) {
            gil__uses_forget(thread, true);
            free_state(thread);
        }
        thread = next;
    }
    runtime->threads = mine;
    if (mine)
        mine->next = NULL;
    forget_closer(runtime, mine);
    unsigned attached = mine && mine->counted;
    atomic_store(&runtime->attached, (atomic_load(&runtime->attached) & GIL__LEFT_ALONE) | attached);
}

void gil__threads_part(struct gil_runtime *runtime)
{
    gil__lock_take(&gil__lists);
    gil__thread **at = &gil__states;
    while (*at) {
        gil__thread *thread = *at;
        if (thread->runtime != runtime) {
            at = &thread->sibling;
            continue;
        }
        leave_runtime(thread);
        *at = thread->sibling;
        free_state(thread);
    }
    for (gil__thread *thread = runtime->threads; thread; thread = thread->next)
        __atomic_store_n(&thread->runtime, NULL, __ATOMIC_RELAXED);
    runtime->threads = NULL; /* they end by themselves, and who asks too late finds none */
    gil__lock_give(&gil__lists);
    pthread_once(&ends_once, make_ends);
    pthread_setspecific(ends, gil__states);
}
