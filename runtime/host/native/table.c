/* SPDX-License-Identifier: MIT
 *
 * The native host's table, and what core needs of it.
 */
#include "core/mutex.h"
#include "core/ref.h"
#include "host/native/object.h"

/* What core does just as the table wants it. These are the hottest calls of all: no call in between. */
#define gil__native_env_release   gil__thread_release
#define gil__native_env_reacquire gil__thread_reacquire
#define gil__native_env_yield     gil__thread_yield
#define gil__native_scope_open    gil__thread_scope_open
#define gil__native_scope_close   gil__thread_scope_close
#define gil__native_escape        gil__thread_escape_one
#define gil__native_ref_make      gil__ref_make
#define gil__native_ref_get       gil__ref_get
#define gil__native_ref_end       gil__ref_drop
#define gil__native_task_fail_v   gil__task_fail_v
#define gil__native_task_report   gil__task_report
#define gil__native_task_acquire  gil__task_acquire
#define gil__native_task_release  gil__task_release
#define gil__native_task_state    gil__task_state
#define gil__native_mutex_lock    gil__mutex_lock
#define gil__native_mutex_unlock  gil__mutex_unlock
#define gil__native_task_lock     gil__mutex_lock_in_task
#define gil__native_task_unlock   gil__mutex_unlock_in_task
#define gil__native_once_begin    gil__once_begin
#define gil__native_once_end      gil__once_end

gil_runtime *gil__native_env_runtime(gil_env *env)
{
    return gil__thread_of(env)->runtime;
}

/* Out of line, so that what stands before it is a leaf. */
static __attribute__((noinline)) gil_env *attach_slowly(gil_runtime *runtime, gil_error *error)
{
    bool closing;
    gil__thread *thread = gil__thread_attach(runtime, &closing);
    if (thread)
        return &thread->env;
    if (error && closing)
        *error = (gil_error){GIL_RUNTIME_ERROR, "the runtime is shutting down, or gone"};
    else if (error)
        *error = (gil_error){GIL_MEMORY_ERROR, "no memory to attach a thread"};
    return NULL;
}

/* A thread that is attached already only counts. */
gil_env *gil__native_attach(gil_runtime *runtime, gil_error *error)
{
    gil__thread *thread = gil__states;
    if (__builtin_expect(
            !thread || __atomic_load_n(&thread->runtime, __ATOMIC_RELAXED) != runtime || thread->depth == 0, 0))
        return attach_slowly(runtime, error);
    thread->depth++;
    return &thread->env;
}

void gil__native_detach(gil_env *env)
{
    gil__thread *thread = gil__thread_of(env);
    if (__builtin_expect(thread->depth > 1, 1))
        thread->depth--;
    else
        gil__thread_detach(thread);
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

static const gil_api table = {
    .abi_major = GIL_ABI_MAJOR,
    .abi_minor = GIL_ABI_MINOR,
#define GIL_API(id, result, name, parameters, arguments, gil, since) .name = gil__native_##name,
#include <gilkit/api.def>
#undef GIL_API
};

/* ---- Closed ------------------------------------------------------------------------------------------------- */

/* What a thread gets that was left alone when its runtime was closed. What gives back, and what says where it is, goes on
 * as ever; all else fails. */
#define IS_VOID(result) __builtin_types_compatible_p(result, void)
#define GIL_API(id, result, name, parameters, arguments, gil, since) \
    static result closed_##name parameters \
    { \
        static const __typeof__(__builtin_choose_expr(IS_VOID(result), 0, (*(__typeof__(result) *)0))) nothing; \
        return __builtin_choose_expr(IS_VOID(result), (void)0, nothing); \
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include <gilkit/api.def>
#undef GIL_API

static bool closed_pending(gil_env *env)
{
    return true;
}
#pragma GCC diagnostic pop

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
static const gil_api closed_table = {
    .abi_major = GIL_ABI_MAJOR,
    .abi_minor = GIL_ABI_MINOR,
#define GIL_API(id, result, name, parameters, arguments, gil, since) \
    .name = __builtin_choose_expr(IS_VOID(result), gil__native_##name, closed_##name),
#include <gilkit/api.def>
#undef GIL_API
    .env_release = gil__native_env_release,
    .scope_open = gil__native_scope_open,
    .escape = gil__native_escape,
    .env_runtime = gil__native_env_runtime,
    .attach = gil__native_attach,
    .task_acquire = gil__native_task_acquire,
    .task_state = gil__native_task_state,
    .module_state = gil__native_module_state,
    .mutex_lock = gil__native_mutex_lock,
    .task_lock = gil__native_task_lock,
    .host_name = gil__native_host_name,
    .host_version = gil__native_host_version,
    .error_pending = closed_pending,
};
#pragma GCC diagnostic pop

const gil__host gil__native_host = {
    .name = "native",
    .api = &table,
    .closed = &closed_table,
    .keep = gil__object_keep,
    .drop = gil__object_drop,
    .no_memory = gil__native_no_memory,
    .resource_of = gil__resource_of,
};
