/* SPDX-License-Identifier: MIT */
#include "core/task.h"

#include <errno.h>

#include "base/memory.h"
#include "base/text.h"
#include "core/runtime.h"

/* Too late: it wanted the GIL when the runtime ended, which is to be told to stop. */
enum { NOT_FAILED, WRITING, FAILED, FAILED_TOO_LATE };

static gil__task *task_of(gil_task *voice)
{
    return (gil__task *)voice;
}

void gil__task_begin(gil__task *task, struct gil_runtime *runtime, const gil__frame *frame)
{
    task->voice.api = gil__runtime_table(runtime);
    task->runtime = runtime;
    task->owner = frame->owner;
    task->state = frame->state;
    task->module = frame->module;
    task->function = frame->function;
    __atomic_store_n(&task->voice.gil__stop, GIL__STOP_NONE, __ATOMIC_SEQ_CST);
    atomic_store_explicit(&task->failed, NOT_FAILED, memory_order_relaxed);
    atomic_store_explicit(&task->suppressed, 0, memory_order_relaxed);
    atomic_store_explicit(&task->done, 0, memory_order_relaxed);
    atomic_store_explicit(&task->total, 0, memory_order_relaxed);
}

/* The pending RuntimeError says that the runtime ends. */
static void was_stopped(gil_env *env)
{
    gil__thread *thread = gil__thread_of(env);
    if (thread->runtime->host->stopped)
        thread->runtime->host->stopped(thread);
}

bool gil__task_finish(gil__task *task, gil_env *env, const char *name)
{
    unsigned failed = atomic_load_explicit(&task->failed, memory_order_acquire);
    if (failed >= FAILED) {
        unsigned more = atomic_load_explicit(&task->suppressed, memory_order_relaxed);
        if (more)
            gil_raise(env, task->kind, "%s (and %u more)", task->message, more);
        else
            gil_raise(env, task->kind, "%s", task->message);
        if (failed == FAILED_TOO_LATE)
            was_stopped(env);
        return false;
    }
    switch ((gil__stop)__atomic_load_n(&task->voice.gil__stop, __ATOMIC_RELAXED)) {
    case GIL__STOP_NONE:
        return true;
    case GIL__STOP_INTERRUPT:
        gil_raise(env, GIL_KEYBOARD_INTERRUPT, "%s() was interrupted", name);
        return false;
    case GIL__STOP_SHUTDOWN:
        gil_raise(env, GIL_RUNTIME_ERROR, "%s() was stopped: the runtime is shutting down", name);
        was_stopped(env);
        return false;
    }
    return true;
}

static void fail(gil__task *task, unsigned as, gil_error_kind kind, const char *format, va_list arguments)
{
    unsigned expected = NOT_FAILED;
    if (!atomic_compare_exchange_strong_explicit(&task->failed, &expected, WRITING, memory_order_relaxed,
                                                 memory_order_relaxed)) {
        atomic_fetch_add_explicit(&task->suppressed, 1, memory_order_relaxed);
        return;
    }
    int saved = errno;
    gil__text text = gil__text_in(task->message, sizeof task->message);
    gil__text_add_v(&text, format, arguments);
    task->kind = kind;
    atomic_store_explicit(&task->failed, as, memory_order_release);
    errno = saved;
}

void gil__task_fail_v(gil_task *voice, gil_error_kind kind, const char *format, va_list arguments)
{
    fail(task_of(voice), FAILED, kind, format, arguments);
}

static void fail_too_late(gil__task *task, const char *format, ...)
{
    va_list none;
    va_start(none, format);
    fail(task, FAILED_TOO_LATE, GIL_RUNTIME_ERROR, format, none);
    va_end(none);
}

void gil__task_report(gil_task *voice, uint64_t done, uint64_t total)
{
    gil__task *task = task_of(voice);
    atomic_store_explicit(&task->total, total, memory_order_relaxed);
    atomic_store_explicit(&task->done, done, memory_order_relaxed);
}

void *gil__task_state(gil_task *voice)
{
    return task_of(voice)->state;
}

/* The frame makes gil_module_state work, also on a thread that the kernel started. */
gil_env *gil__task_acquire(gil_task *voice)
{
    gil__task *task = task_of(voice);
    bool closing;
    gil__thread *thread = gil__thread_attach(task->runtime, &closing);
    gil__frame frame = {task->owner, task->state, task->module, task->function, NULL};
    gil_env *outside = thread ? gil__thread_enter(thread, frame) : NULL;
    if (outside)
        return outside;
    if (thread)
        gil__thread_detach(thread);
    if (!thread && closing) {
        fail_too_late(task, "cannot take the GIL: the runtime is shutting down");
        __atomic_store_n(&voice->gil__stop, GIL__STOP_SHUTDOWN, __ATOMIC_RELAXED);
    } else {
        gil_fail(voice, GIL_MEMORY_ERROR, "no memory to attach a thread");
    }
    return NULL;
}

/* The pending exception becomes the task's failure. */
static void fail_with_pending(gil_task *voice, gil__thread *thread)
{
    gil_env *env = &thread->env;
    const char *text = "no memory";
    gil_error_kind kind = GIL_MEMORY_ERROR;
    gil_obj exception = gil_error_fetch(env);
    gil_obj message = gil_is_null(exception) ? GIL_NULL : gil_exception_message(env, exception);
    if (!gil_is_null(message) && gil_str_get(env, message, &text, NULL))
        kind = gil_exception_kind(env, exception);
    gil_fail(voice, kind, "%s", text);
    gil__thread_set_error(thread, NULL);
}

/* An exception that is pending now was raised in the section that ends. */
void gil__task_release(gil_task *voice, gil_env *env)
{
    gil__thread *thread = gil__thread_of(env);
    if (thread->error)
        fail_with_pending(voice, thread);
    gil__thread_leave(thread);
    gil__thread_detach(thread);
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
    if (atomic_load(&thread->runtime->state) != GIL__RUNNING)
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
