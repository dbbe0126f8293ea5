/* SPDX-License-Identifier: MIT
 *
 * The CPython host's table, and what core needs of it.
 */
#include "host/cpython/object.h"

#include "core/mutex.h"
#include "core/ref.h"

/* What core does just as the table wants it. */
#define gil__python_env_release   gil__thread_release
#define gil__python_env_reacquire gil__thread_reacquire
#define gil__python_env_yield     gil__thread_yield
#define gil__python_scope_open    gil__thread_scope_open
#define gil__python_scope_close   gil__thread_scope_close
#define gil__python_escape        gil__thread_escape_one
#define gil__python_ref_make      gil__ref_make
#define gil__python_ref_get       gil__ref_get
#define gil__python_ref_end       gil__ref_drop
#define gil__python_task_fail_v   gil__task_fail_v
#define gil__python_task_report   gil__task_report
#define gil__python_task_acquire  gil__task_acquire
#define gil__python_task_release  gil__task_release
#define gil__python_task_state    gil__task_state
#define gil__python_mutex_lock    gil__mutex_lock
#define gil__python_mutex_unlock  gil__mutex_unlock
#define gil__python_task_lock     gil__mutex_lock_in_task
#define gil__python_task_unlock   gil__mutex_unlock_in_task
#define gil__python_once_begin    gil__once_begin
#define gil__python_once_end      gil__once_end

gil_runtime *gil__python_env_runtime(gil_env *env)
{
    return gil__thread_of(env)->runtime;
}

gil_env *gil__python_attach(gil_runtime *runtime, gil_error *error)
{
    bool closing;
    gil__thread *thread = gil__thread_attach(runtime, &closing);
    if (thread)
        return &thread->env;
    if (error && closing)
        *error = (gil_error){GIL_RUNTIME_ERROR, "Python is shutting down"};
    else if (error)
        *error = (gil_error){GIL_MEMORY_ERROR, "no memory to attach a thread"};
    return NULL;
}

void gil__python_detach(gil_env *env)
{
    gil__thread_detach(gil__thread_of(env));
}

const char *gil__python_host_name(gil_env *env)
{
    (void)env;
    return gil__cpython_host.name;
}

const char *gil__python_host_version(gil_env *env)
{
    (void)env;
#ifdef Py_GIL_DISABLED
    return PY_VERSION "t";
#else
    return PY_VERSION;
#endif
}

void *gil__python_module_state(gil_env *env)
{
    const gil__frame *frame = gil__thread_frame(gil__thread_of(env));
    return frame ? frame->state : NULL;
}

static const gil_api table = {
    .abi_major = GIL_ABI_MAJOR,
    .abi_minor = GIL_ABI_MINOR,
#define GIL_API(id, result, name, parameters, arguments, gil, since) .name = gil__python_##name,
#include <gilkit/api.def>
#undef GIL_API
};

static void keep(void *object)
{
    Py_INCREF((PyObject *)object);
}

/* What an object's end raises is not what the function that let it go did; Python reports it by itself. */
static void drop(void *object)
{
    Py_DECREF((PyObject *)object);
}

const gil__host gil__cpython_host = {
    .name = "cpython",
    .api = &table,
    .closed = &table, /* Python itself refuses what comes too late */
    .keep = keep,
    .drop = drop,
    .no_memory = gil__python_no_memory,
    .stopped = gil__python_stopped,
    .resource_of = gil__python_resource_of,
    .door = &gil__cpython_door,
#ifdef Py_GIL_DISABLED
    .parallel = true,
#endif
};
