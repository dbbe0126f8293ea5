/* SPDX-License-Identifier: MIT
 *
 * A kernel without a module: what a call does around a function that takes a gil_task and no gil_env.
 */
#ifndef GILKIT_TESTS_KERNEL_H
#define GILKIT_TESTS_KERNEL_H

#include "core/thread.h"

typedef void (*kernel_fn)(gil_task *task, void *context);

/* Returns false with an exception pending when the kernel failed or was stopped. */
static inline bool run_kernel(gil_env *env, kernel_fn kernel, void *context)
{
    gil__thread *thread = gil__thread_of(env);
    gil__task *task = gil__thread_task_begin(thread, &(gil__frame){0});
    if (!task) {
        gil__no_memory(env);
        return false;
    }
    uint64_t token = gil__thread_release(env, __FILE__, __LINE__);
    kernel(&task->voice, context);
    gil__thread_reacquire(env, token);
    bool done = gil__task_finish(task, env, "kernel");
    gil__thread_task_end(thread);
    return done;
}

#endif
