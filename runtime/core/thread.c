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

/* This OS thread's states, one for each runtime it met; the one looked for last stands first. */
_Thread_local gil__thread *gil__states __attribute__((tls_model("initial-exec")));

/* Runs `forget_states` when a thread ends that has any. */
static pthread_key_t ends;
static pthread_once_t ends_once = PTHREAD_ONCE_INIT;
static bool ends_works;

gil__lock gil__lists;

static void measure(gil__thread *thread, gil__event event)
{
    struct gil_runtime *runtime = thread->runtime;
    int saved = errno;
    uint64_t now = gil__now_ns();
    uint64_t passed = thread->since ? now - thread->since : 0;
    gil__times_note(&thread->times, event, passed);
    thread->since = now;
    if (runtime->watch)
        runtime->watch(runtime->watch_context, thread->number, event, now);
    errno = saved;
}

static __attribute__((noinline)) bool take_by_detour(gil__thread *thread, bool outermost)
{
    const gil__door *door = thread->runtime->host->door;
    if (door)
        return door->take(thread, outermost);
    measure(thread, GIL__EVENT_WAITING);
    if (gil__gil_acquire(&thread->runtime->gil))
        gil__times_contend(&thread->times);
    measure(thread, GIL__EVENT_ACQUIRED);
    return true;
}

static __attribute__((noinline)) void give_by_detour(gil__thread *thread, bool outermost)
{
    const gil__door *door = thread->runtime->host->door;
    if (door) {
        door->give(thread, outermost);
        return;
    }
    measure(thread, GIL__EVENT_RELEASED);
    gil__gil_release(&thread->runtime->gil);
}

/* Only the outermost can fail. */
static inline bool take(gil__thread *thread, bool outermost)
{
    if (__builtin_expect(thread->runtime->detour, 0))
        return take_by_detour(thread, outermost);
    gil__gil_acquire(&thread->runtime->gil);
    return true;
}

static inline void give(gil__thread *thread, bool outermost)
{
    if (__builtin_expect(thread->runtime->detour, 0))
        give_by_detour(thread, outermost);
    else
        gil__gil_release(&thread->runtime->gil);
}

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

/* Detach a thread that ends attached, also inside a released section, so that nobody waits for it for ever. */
static void detach_at_end(gil__thread *thread)
{
    gil__uses_forget(thread, false);
    if (thread->runtime->host->door) /* its interpreter ended the thread, and takes nothing of it any more */
        return;
    if (thread->depth == 0)
        take(thread, false);
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
        if (thread->runtime && (thread->depth > 0 || thread->sections > 0))
            detach_at_end(thread);
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
    thread->env.gil__wanted = &runtime->gil.wanted;
    thread->runtime = runtime;
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

/* No longer attached. The last that is done to a runtime, because whoever frees it waits for it. */
static void leave(struct gil_runtime *runtime)
{
    atomic_uint *attached = &runtime->attached;
    if (atomic_fetch_sub(attached, 1) <= 2) /* the last one, or the last beside who shuts down */
        gil__futex_wake(attached, INT_MAX);
}

/* This thread has the GIL again: end what others dropped without it. */
static void settle(gil__thread *thread)
{
    if (__builtin_expect(atomic_load_explicit(&thread->runtime->dropped, memory_order_relaxed) == NULL, 1))
        return;
    int saved = errno; /* what ends runs finalisers */
    gil__refs_settle(thread->runtime);
    errno = saved;
}

gil__thread *gil__thread_attach(struct gil_runtime *runtime, bool *closing)
{
    gil__thread *thread = find_state(runtime);
    if (thread && thread->depth > 0) {
        thread->depth++;
        return thread;
    }
    bool outermost = !thread || thread->sections == 0;
    bool may = outermost ? gil__living_enter(runtime) : !atomic_load(&runtime->closing);
    if (closing)
        *closing = !may;
    if (!may)
        return NULL;
    if (outermost)
        thread = find_state(runtime); /* the one found may have been of another runtime at the same address */
    if (!thread)
        thread = new_state(runtime);
    if (!thread) {
        leave(runtime);
        return NULL;
    }
    if (!take(thread, outermost)) {
        leave(runtime);
        return NULL;
    }
    thread->depth = 1;
    settle(thread);
    return thread;
}

/* Not counted in `attached`: the interpreter itself waits for its threads. */
gil__thread *gil__thread_step_in(struct gil_runtime *runtime)
{
    gil__thread *thread = find_state(runtime);
    if (!thread)
        thread = new_state(runtime);
    if (!thread)
        return NULL;
    if (thread->depth++ == 0)
        settle(thread);
    return thread;
}

void gil__thread_step_out(gil__thread *thread)
{
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
    struct gil_runtime *runtime = thread->runtime;
    bool outermost = thread->sections == 0;
    give(thread, outermost);
    if (outermost)
        leave(runtime);
}

/* The token keeps floor, depth, and whether an exception was put aside. */
enum { FLOOR_SHIFT = 32 };
#define ERROR_ASIDE ((uint64_t)1 << 31)

uint64_t gil__thread_release(gil_env *env, const char *file, int line)
{
    gil__thread *thread = gil__thread_of(env);
    if (thread->depth == 0)
        misuse("GIL_BEGIN_ALLOW_THREADS by a thread that does not hold the GIL", file, line);
    if (thread != gil__states && !is_mine(thread))
        misuse("GIL_BEGIN_ALLOW_THREADS with the gil_env of another thread", file, line);
    uint64_t token = (uint64_t)thread->floor << FLOOR_SHIFT | thread->depth;
    /* Whoever attaches inside the section must not see, nor drop, what is pending here. */
    if (thread->error && gil__handles_reserve(&thread->handles)) {
        thread->handles.objects[thread->handles.count++] = thread->error;
        thread->error = NULL;
        token |= ERROR_ASIDE;
    }
    thread->release_file = file;
    thread->release_line = line;
    thread->floor = thread->handles.count;
    thread->sections++;
    thread->depth = 0;
    give(thread, false);
    return token;
}

void gil__thread_reacquire(gil_env *env, uint64_t token)
{
    gil__thread *thread = gil__thread_of(env);
    if (thread->depth != 0)
        misuse("GIL_END_ALLOW_THREADS by a thread that holds the GIL; it was released", thread->release_file,
               thread->release_line);
    take(thread, false);
    thread->sections--;
    thread->depth = (uint32_t)(token & (ERROR_ASIDE - 1));
    thread->floor = (size_t)(token >> FLOOR_SHIFT);
    if (token & ERROR_ASIDE)
        gil__thread_set_error(thread, gil__handles_pop(&thread->handles));
    settle(thread);
}

static void yield_measured(gil__thread *thread)
{
    measure(thread, GIL__EVENT_RELEASED);
    measure(thread, GIL__EVENT_WAITING);
    if (gil__gil_yield(&thread->runtime->gil))
        gil__times_contend(&thread->times);
    measure(thread, GIL__EVENT_ACQUIRED);
}

void gil__thread_yield(gil_env *env)
{
    gil__thread *thread = gil__thread_of(env);
    if (thread->depth == 0)
        misuse("gil_checkpoint by a thread that does not hold the GIL; it was released", thread->release_file,
               thread->release_line);
    const gil__door *door = thread->runtime->host->door;
    if (door)
        door->yield(thread);
    else if (thread->runtime->measure)
        yield_measured(thread);
    else
        gil__gil_yield(&thread->runtime->gil);
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

bool gil__thread_frame_push(gil__thread *thread, gil__frame frame)
{
    if (thread->n_frames + 2 > thread->frame_room) {
        uint32_t room = thread->frame_room * 2;
        gil__frame *grown = gil__realloc(thread->frames, room, sizeof *grown);
        if (!grown && thread->n_frames == thread->frame_room)
            return false;
        if (grown) {
            thread->frames = grown;
            thread->frame_room = room;
        }
    }
    thread->frames[thread->n_frames++] = frame;
    return true;
}

void gil__thread_frame_pop(gil__thread *thread)
{
    gil__frame frame = thread->frames[--thread->n_frames];
    if (frame.left)
        frame.left(frame.owner);
}

gil_env *gil__thread_enter(gil__thread *thread, gil__frame frame)
{
    const gil__guard *guard = thread->runtime->guard;
    if (!gil__thread_frame_push(thread, frame)) {
        gil__no_memory(&thread->env);
        return NULL;
    }
    gil_env *outside = guard ? guard->enter(thread, frame.module, frame.function) : &thread->env;
    if (!outside) {
        thread->frames[thread->n_frames - 1].left = NULL; /* it never began; the caller knows */
        gil__thread_frame_pop(thread);
    }
    return outside;
}

void gil__thread_leave(gil__thread *thread)
{
    const gil__guard *guard = thread->runtime->guard;
    if (guard)
        guard->leave(thread);
    gil__thread_frame_pop(thread);
}

gil_obj gil__thread_give(gil__thread *thread, gil_obj inside)
{
    const gil__guard *guard = thread->runtime->guard;
    return guard && !gil_is_null(inside) ? guard->give(thread, inside) : inside;
}

gil_obj gil__thread_take(gil__thread *thread, gil_obj outside)
{
    const gil__guard *guard = thread->runtime->guard;
    return guard && !gil_is_null(outside) ? guard->take(thread, outside) : outside;
}

/* The task for a call at this depth. Made once and kept, so that whoever stops the runtime may write to it at
 * any time. */
static gil__task *next_task(gil__thread *thread)
{
    gil__task *_Atomic *place = thread->task ? &thread->task->inner : &thread->first_task;
    gil__task *task = atomic_load_explicit(place, memory_order_relaxed);
    if (!task) {
        task = gil__alloc(1, sizeof *task);
        atomic_store_explicit(place, task, memory_order_release);
    }
    return task;
}

gil__task *gil__thread_task_begin(gil__thread *thread, const gil__frame *frame)
{
    gil__task *task = next_task(thread);
    if (!task)
        return NULL;
    gil__task_begin(task, thread->runtime, frame);
    task->outer = thread->task;
    thread->task = task;
    /* Sequentially consistent with gil__threads_stop: either it sees this task with its stop word cleared, or
     * this sees that the runtime is closing. */
    if (atomic_load(&thread->runtime->closing))
        __atomic_store_n(&task->voice.gil__stop, GIL__STOP_SHUTDOWN, __ATOMIC_RELAXED);
    return task;
}

void gil__thread_task_end(gil__thread *thread)
{
    gil__task_report(&thread->task->voice, 0, 0);
    thread->task = thread->task->outer;
}

void gil__threads_stop(struct gil_runtime *runtime, gil__stop reason)
{
    gil__lock_take(&gil__lists);
    for (gil__thread *thread = runtime->threads; thread; thread = thread->next) {
        gil__task *task = atomic_load_explicit(&thread->first_task, memory_order_acquire);
        for (; task; task = atomic_load_explicit(&task->inner, memory_order_acquire))
            __atomic_store_n(&task->voice.gil__stop, reason, __ATOMIC_SEQ_CST);
    }
    gil__lock_give(&gil__lists);
}

/* Idle tasks are cleared when they end, so every one counts. */
void gil__threads_progress(struct gil_runtime *runtime, uint64_t *done, uint64_t *total)
{
    *done = *total = 0;
    gil__lock_take(&gil__lists);
    for (gil__thread *thread = runtime->threads; thread; thread = thread->next) {
        gil__task *task = atomic_load_explicit(&thread->first_task, memory_order_acquire);
        for (; task; task = atomic_load_explicit(&task->inner, memory_order_acquire)) {
            *done += atomic_load_explicit(&task->done, memory_order_relaxed);
            *total += atomic_load_explicit(&task->total, memory_order_relaxed);
        }
    }
    gil__lock_give(&gil__lists);
}

gil__times gil__thread_times(const gil__thread *thread)
{
    gil__times times = thread->times;
    if (thread->runtime->measure && thread->depth > 0)
        gil__times_note(&times, GIL__EVENT_RELEASED, gil__now_ns() - thread->since);
    return times;
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
    atomic_store(&runtime->attached, mine && (mine->depth > 0 || mine->sections > 0));
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
    gil__lock_give(&gil__lists);
    pthread_once(&ends_once, make_ends);
    pthread_setspecific(ends, gil__states);
}
