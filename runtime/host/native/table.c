/* SPDX-License-Identifier: MIT
 *
 * The native host's table, and what core needs of it.
 */
#include "core/ref.h"
#include "host/native/object.h"

uint64_t gil__native_env_release(gil_env *env, const char *file, int line)
{
    return gil__thread_release(env, file, line);
}

void gil__native_env_reacquire(gil_env *env, uint64_t token)
{
    gil__thread_reacquire(env, token);
}

void gil__native_env_yield(gil_env *env)
{
    gil__thread_yield(env);
}

size_t gil__native_scope_open(gil_env *env)
{
    return gil__thread_scope_open(env);
}

void gil__native_scope_close(gil_env *env, size_t mark)
{
    gil__thread_scope_close(env, mark);
}

gil_obj gil__native_escape(gil_env *env, gil_obj object)
{
    return gil__thread_escape_one(env, object);
}

gil_runtime *gil__native_env_runtime(gil_env *env)
{
    return gil__thread_of(env)->runtime;
}

gil_env *gil__native_attach(gil_runtime *runtime, gil_error *error)
{
    bool closing;
    gil__thread *thread = gil__thread_attach(runtime, &closing);
    if (thread)
        return &thread->env;
    if (error && closing)
        *error = (gil_error){GIL_RUNTIME_ERROR, "the runtime is shutting down"};
    else if (error)
        *error = (gil_error){GIL_MEMORY_ERROR, "no memory to attach a thread"};
    return NULL;
}

void gil__native_detach(gil_env *env)
{
    gil__thread_detach(gil__thread_of(env));
}

gil_ref *gil__native_ref_make(gil_env *env, gil_obj object, const char *file, int line)
{
    return gil__ref_make(env, object, file, line);
}

gil_obj gil__native_ref_get(gil_env *env, gil_ref *ref)
{
    return gil__ref_get(env, ref);
}

void gil__native_ref_end(gil_ref *ref)
{
    gil__ref_drop(ref);
}

const char *gil__native_host_name(gil_env *env)
{
    (void)env;
    return gil__native_host.name;
}

const char *gil__native_host_version(gil_env *env)
{
    (void)env;
    return GIL_VERSION_TEXT;
}

void gil__native_task_fail_v(gil_task *task, gil_error_kind kind, const char *format, va_list arguments)
{
    gil__task_fail_v(task, kind, format, arguments);
}

void gil__native_task_report(gil_task *task, uint64_t done, uint64_t total)
{
    gil__task_report(task, done, total);
}

gil_env *gil__native_task_acquire(gil_task *task)
{
    return gil__task_acquire(task);
}

void gil__native_task_release(gil_task *task, gil_env *env)
{
    gil__task_release(task, env);
}

void *gil__native_task_state(gil_task *task)
{
    return gil__task_state(task);
}

static const gil_api table = {
    .abi_major = GIL_ABI_MAJOR,
    .abi_minor = GIL_ABI_MINOR,
#define GIL_API(id, result, name, parameters, arguments, gil, since) .name = gil__native_##name,
#include <gilkit/api.def>
#undef GIL_API
};

const gil__host gil__native_host = {
    .name = "native",
    .api = &table,
    .keep = gil__object_keep,
    .drop = gil__object_drop,
    .no_memory = gil__native_no_memory,
    .resource_of = gil__resource_of,
};
