/* SPDX-License-Identifier: MIT */
#include "core/task.h"

#include <errno.h>

#include "base/text.h"
#include "core/runtime.h"

enum { NOT_FAILED, WRITING, FAILED };

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

bool gil__task_finish(gil__task *task, gil_env *env, const char *name)
{
    if (atomic_load_explicit(&task->failed, memory_order_acquire) == FAILED) {
        unsigned more = atomic_load_explicit(&task->suppressed, memory_order_relaxed);
        if (more)
            gil_raise(env, task->kind, "%s (and %u more)", task->message, more);
        else
            gil_raise(env, task->kind, "%s", task->message);
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
        return false;
    }
    return true;
}

void gil__task_fail_v(gil_task *voice, gil_error_kind kind, const char *format, va_list arguments)
{
    gil__task *task = task_of(voice);
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
    atomic_store_explicit(&task->failed, FAILED, memory_order_release);
    errno = saved;
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
        gil_fail(voice, GIL_RUNTIME_ERROR, "cannot take the GIL: the runtime is shutting down");
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
