/* SPDX-License-Identifier: MIT
 *
 * The embedding interface over the native host.
 */
#include <gilkit/runtime.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "core/ref.h"
#include "core/runtime.h"
#include "host/check/check.h"
#include "host/native/callable.h"

enum { DEFAULT_INTERVAL_US = 5000, DEFAULT_BOUND_MS = 10000 };

/* Fill an error in; false. */
static bool fail(gil_error *error, gil_error_kind kind, const char *message)
{
    if (error) {
        gil__text text = gil__text_in(error->message, sizeof error->message);
        gil__text_add(&text, "%s", message);
        error->kind = kind;
    }
    return false;
}

static uint64_t interval_ns(uint64_t interval_us)
{
    if (interval_us == 0)
        interval_us = DEFAULT_INTERVAL_US;
    if (interval_us > UINT64_MAX / 1000)
        interval_us = UINT64_MAX / 1000;
    return interval_us * 1000;
}

/* Nobody else is attached. The modules' free functions and what objects run when they end may take their time. */
static void take_down(gil__thread *thread)
{
    struct gil_runtime *runtime = thread->runtime;
    gil__thread_attach_end(thread, false, UINT64_MAX);
    for (gil__module *module = runtime->modules; module; module = runtime->modules)
        gil__module_unload(&thread->env, module);
    gil__refs_part(runtime);
    gil__thread_detach(thread);
    gil__runtime_free(runtime);
}

/* The last thread leaves a runtime that was closed without it. */
static void finish(struct gil_runtime *runtime)
{
    gil__thread *thread = gil__runtime_return(runtime);
    if (thread)
        take_down(thread);
}

gil_runtime *gil_runtime_new(const gil_runtime_options *options, gil_error *error)
{
    gil_runtime_options wanted = options ? *options : (gil_runtime_options){0};
    gil_runtime *runtime = gil__runtime_new(&gil__native_host, gil__check_wanted(),
                                            interval_ns(wanted.switch_interval_us), wanted.measure);
    if (!runtime) {
        fail(error, GIL_MEMORY_ERROR, "no memory for a runtime");
        return NULL;
    }
    runtime->forked = gil__modules_forked;
    runtime->finish = finish;
    runtime->bound_ms = wanted.shutdown_ms ? wanted.shutdown_ms : DEFAULT_BOUND_MS;
    return runtime;
}

void gil_runtime_set_switch_interval(gil_runtime *runtime, uint64_t switch_interval_us)
{
    gil__gil_set_interval(&runtime->gil, interval_ns(switch_interval_us));
}

static bool abandon(gil__thread *thread, gil_error *error)
{
    gil_error unread;
    gil__text text = gil__text_in(error ? error->message : unread.message, sizeof unread.message);
    if (error)
        error->kind = GIL_TIMEOUT_ERROR;
    gil__text_add(&text,
                  "the runtime is closed, but threads are still attached after %" PRIu64
                  " ms, and the last of them will free it: ",
                  thread->runtime->bound_ms);
    gil__runtime_abandon(thread, &text);
    return false;
}

bool gil_runtime_free(gil_runtime *runtime, gil_error *error)
{
    bool closing;
    if (!runtime)
        return true;
    gil__thread *thread = gil__thread_find(runtime);
    if (thread && (thread->depth > 0 || thread->sections > 0))
        return fail(error, GIL_RUNTIME_ERROR, "gil_runtime_free by a thread that is attached; detach it first");
    thread = gil__thread_attach_begin(runtime, &closing);
    if (!thread && !closing)
        return fail(error, GIL_MEMORY_ERROR, "no memory to attach a thread");
    if (thread && !gil__runtime_begin_close(thread)) {
        gil__thread_leave_runtime(thread);
        thread = NULL;
    }
    if (!thread)
        return fail(error, GIL_RUNTIME_ERROR,
                    "gil_runtime_free of a runtime that another thread frees, or that is gone");
    uint64_t bound_ms = runtime->bound_ms;
    uint64_t until_ns = bound_ms < UINT64_MAX / 2000000 ? gil__now_ns() + bound_ms * 1000000 : UINT64_MAX;
    if (!gil__runtime_wait_for_others(runtime, until_ns))
        return abandon(thread, error);
    take_down(thread);
    return true;
}

gil_obj gil_load(gil_env *env, const char *name)
{
    if (gil__thread_of(env)->closed)
        return GIL_NULL;
    gil__module *module = gil__module_load(env, name);
    return module ? gil__module_object_new(env, module) : GIL_NULL;
}

gil_obj gil__native_import(gil_env *env, const char *name)
{
    if (strchr(name, '/'))
        return gil_raise(env, GIL_IMPORT_ERROR,
                         "%s is a path; modules are imported by name, which is looked up in "
                         "GILKIT_PATH",
                         name);
    return gil_load(env, name);
}

gil_obj gil_library(gil_env *env, const char *name)
{
    if (gil__thread_of(env)->closed)
        return GIL_NULL;
    gil__module *library = gil__library_load(env, name);
    return library ? gil__module_object_new(env, library) : GIL_NULL;
}

bool gil_unload(gil_env *env, gil_obj object)
{
    if (gil__thread_of(env)->closed)
        return false;
    gil__module_object *module = gil__object_of(env, object, GIL_OBJ_MODULE);
    return module && gil__module_unload(env, module->module);
}

static bool check_policy(gil_env *env, gil_policy policy)
{
    if (policy == GIL_AUTO || policy == GIL_RELEASE || policy == GIL_HOLD)
        return true;
    gil_raise(env, GIL_VALUE_ERROR, "%d is no policy; use GIL_AUTO, GIL_RELEASE or GIL_HOLD", (int)policy);
    return false;
}

gil_obj gil_bind(gil_env *env, gil_obj object, const char *prototype, gil_policy policy)
{
    if (gil__thread_of(env)->closed)
        return GIL_NULL;
    gil__module_object *library = gil__object_of(env, object, GIL_OBJ_MODULE);
    if (!library || !check_policy(env, policy))
        return GIL_NULL;
    if (!library->module->is_library)
        return gil_raise(env, GIL_TYPE_ERROR, "%s is a gilkit module; its functions are its attributes",
                         library->module->name);
    return gil__callable_bind(env, library->module, prototype, policy);
}

gil_obj gil_function_with_policy(gil_env *env, gil_obj object, gil_policy policy)
{
    if (gil__thread_of(env)->closed)
        return GIL_NULL;
    gil__callable *callable = gil__object_of(env, object, GIL_OBJ_FUNCTION);
    if (!callable || !check_policy(env, policy))
        return GIL_NULL;
    if (callable->function == &callable->bound)
        return gil__callable_bind(env, callable->module, callable->bound.prototype, policy);
    gil_obj made = gil__callable_new(env, callable->module, callable->function, policy);
    if (!gil_is_null(made) && callable->self) {
        gil__object_keep(callable->self);
        ((gil__callable *)made.gil__handle)->self = callable->self;
    }
    return made;
}

gil_obj gil_module_functions(gil_env *env, gil_obj object)
{
    if (gil__thread_of(env)->closed)
        return GIL_NULL;
    gil__module_object *module = gil__object_of(env, object, GIL_OBJ_MODULE);
    gil_obj names = module ? gil_list_new(env) : GIL_NULL;
    if (gil_is_null(names))
        return GIL_NULL;
    for (size_t i = 0; i < module->module->n_functions; i++) {
        const char *name = module->module->functions[i].name;
        if (module->module->functions[i].role != GIL_ROLE_FUNCTION)
            continue; /* a type's */
        gil_obj text = gil_str_new(env, name, strlen(name));
        if (gil_is_null(text) || !gil_list_append(env, names, text))
            return GIL_NULL;
    }
    return names;
}

bool gil_error_cause(gil_env *env, size_t depth, gil_error *error)
{
    const gil__exception *exception = gil__thread_of(env)->error;
    for (; exception && depth > 0; depth--)
        exception = (const gil__exception *)exception->cause;
    if (exception)
        fail(error, exception->kind, exception->message ? exception->message->bytes : "no memory");
    return exception != NULL;
}

bool gil_error_take(gil_env *env, gil_error *error)
{
    if (gil__thread_of(env)->closed)
        return !fail(error, GIL_RUNTIME_ERROR, "the runtime is closed");
    if (!gil_error_cause(env, 0, error))
        return false;
    gil__thread_set_error(gil__thread_of(env), NULL);
    return true;
}

const char *gil_error_name(gil_error_kind kind)
{
    static const char *const names[] = {
#define KIND(number, name, text) text,
        GIL_ERROR_KINDS(KIND)
#undef KIND
    };
    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "Exception";
}

void gil_runtime_interrupt(gil_runtime *runtime)
{
    gil__threads_stop(runtime, GIL__STOP_INTERRUPT);
}

void gil_runtime_progress(gil_runtime *runtime, uint64_t *done, uint64_t *total)
{
    gil__threads_progress(runtime, done, total);
}

static void fill(gil_stats *stats, const gil__times *times)
{
    *stats = (gil_stats){.held = times->held,
                         .waited = times->waited,
                         .released = times->released,
                         .acquisitions = times->acquisitions,
                         .contended = times->contended,
                         .longest_held = times->longest_held,
                         .longest_waited = times->longest_waited};
}

void gil_thread_stats(gil_env *env, gil_stats *stats)
{
    gil__times times = gil__thread_times(gil__thread_of(env));
    fill(stats, &times);
}

void gil_runtime_stats(gil_runtime *runtime, gil_stats *stats)
{
    gil__times times = gil__threads_times(runtime);
    fill(stats, &times);
}

bool gil_function_stats(gil_env *env, gil_obj object, uint64_t *calls, gil_stats *stats)
{
    if (gil__thread_of(env)->closed)
        return false;
    gil__callable *callable = gil__object_of(env, object, GIL_OBJ_FUNCTION);
    if (!callable)
        return false;
    const gil__meter *meter = &callable->function->meter;
    gil__times times = gil__meter_times(meter);
    fill(stats, &times);
    if (calls)
        *calls = meter->calls;
    return true;
}

void gil_runtime_watch(gil_runtime *runtime, gil_watch_fn watch, void *context)
{
    gil__lock_take(&gil__lists);
    atomic_fetch_add(&runtime->watch_changes, 1);
    atomic_store(&runtime->watch, (gil__watch_fn)watch);
    atomic_store(&runtime->watch_context, context);
    atomic_fetch_add(&runtime->watch_changes, 1);
    gil__gil_watch(&runtime->gil, watch != NULL);
    gil__lock_give(&gil__lists);
}
