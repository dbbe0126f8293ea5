/* SPDX-License-Identifier: MIT
 *
 * One function for each entry of api.def: may it be called now, are its handles good; then the host's own, and what
 * that returns goes out as handles of this table. Most are made by the list; those that take several handles at once,
 * or do something to handles, are written out.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "core/mutex.h"
#include "core/ref.h"
#include "core/task.h"
#include "host/check/check.h"

/* ---- Made by the list --------------------------------------------------------------------------------------- */

static bool take_env(gil__check *check, void *argument, const char *api)
{
    (void)api;
    *(gil_env **)argument = &check->thread->env;
    return true;
}

static bool take_obj(gil__check *check, void *argument, const char *api)
{
    return gil__check_take(check, argument, api);
}

static bool take_other(gil__check *check, void *argument, const char *api)
{
    (void)check;
    (void)argument;
    (void)api;
    return true;
}

/* A handle that the host wrote to *argument goes out too. false: no memory for it. */
static bool show_handle(gil__check *check, void *argument, const char *api)
{
    gil_obj *object = *(gil_obj **)argument;
    if (!object || gil_is_null(*object))
        return true;
    *object = gil__check_give(check, *object, api);
    return !gil_is_null(*object);
}

static void show_obj(gil__check *check, void *value, const char *api)
{
    *(gil_obj *)value = gil__check_give(check, *(gil_obj *)value, api);
}

static void show_other(gil__check *check, void *value, const char *api)
{
    (void)check;
    (void)value;
    (void)api;
}

/* An argument comes in; what it points to goes out; a result goes out. */
#define TAKE(name, a) \
    &&_Generic((a), gil_obj : take_obj, gil_env * : take_env, default : take_other)(check_, (void *)&(a), #name)
#define SHOW(name, a) &&_Generic((a), gil_obj * : show_handle, default : take_other)(check_, (void *)&(a), #name)

#define EACH(what, name, ...)             EACH_OF(__VA_ARGS__, EACH6, EACH5, EACH4, EACH3, EACH2, EACH1)(what, name, __VA_ARGS__)
#define EACH_OF(a, b, c, d, e, f, g, ...) g
#define EACH1(what, name, a)              what(name, a)
#define EACH2(what, name, a, ...)         what(name, a) EACH1(what, name, __VA_ARGS__)
#define EACH3(what, name, a, ...)         what(name, a) EACH2(what, name, __VA_ARGS__)
#define EACH4(what, name, a, ...)         what(name, a) EACH3(what, name, __VA_ARGS__)
#define EACH5(what, name, a, ...)         what(name, a) EACH4(what, name, __VA_ARGS__)
#define EACH6(what, name, a, ...)         what(name, a) EACH5(what, name, __VA_ARGS__)
#define INNER(...)                        __VA_ARGS__

/* A void call has no value: 0 stands for it. The names end in _ because parameters are called anything else. */
#define IS_VOID(result)       __builtin_types_compatible_p(result, void)
#define VALUE(result, call)   __builtin_choose_expr(IS_VOID(result), ((void)(call), 0), (call))
#define RETURN(result, value) return __builtin_choose_expr(IS_VOID(result), (void)0, value)

#define PASS(result, call) \
    __typeof__(VALUE(result, call)) value_ = VALUE(result, call); \
    RETURN(result, value_);

#define CHECK_HELD(result, name, arguments) \
    gil__check *check_ = (gil__check *)GIL__FIRST arguments; \
    __typeof__(VALUE(result, check_->inside->name arguments)) value_ = {0}, none_ = {0}; \
    if (gil__check_begin(check_, #name) EACH(TAKE, name, INNER arguments)) { \
        value_ = VALUE(result, check_->inside->name arguments); \
        _Generic((value_), gil_obj : show_obj, default : show_other)(check_, (void *)&value_, #name); \
        if (_Generic((value_), bool : value_, default : true) && !(true EACH(SHOW, name, INNER arguments))) \
            value_ = none_; \
    } \
    RETURN(result, value_);
#define CHECK_RELEASED(result, name, arguments) \
    env = &((gil__check *)env)->thread->env; \
    PASS(result, env->api->name arguments)

/* Those with a task, a reference or a runtime are all written out, under another name. */
#define CHECK_ANY(result, name, arguments) PASS(result, gil__any_##name arguments)

static void gil__any_task_fail_v(gil_task *task, gil_error_kind kind, const char *format, va_list arguments)
{
    gil__task_fail_v(task, kind, format, arguments);
}

static void gil__any_task_report(gil_task *task, uint64_t done, uint64_t total)
{
    gil__task_report(task, done, total);
}

static gil_env *gil__any_task_acquire(gil_task *task)
{
    return gil__task_acquire(task);
}

static void *gil__any_task_state(gil_task *task)
{
    return gil__task_state(task);
}

static bool gil__any_task_lock(gil_task *task, gil_mutex *mutex)
{
    return gil__mutex_lock_in_task(task, mutex);
}

static void gil__any_task_unlock(gil_task *task, gil_mutex *mutex)
{
    gil__mutex_unlock_in_task(task, mutex);
}

static void gil__any_ref_end(gil_ref *ref)
{
    gil__check_ref_drop(ref);
}

static gil_env *gil__any_attach(gil_runtime *runtime, gil_error *error)
{
    const gil__face *face = (gil__face *)runtime;
    runtime = face->runtime;
    gil_env *inside = runtime->api->attach(runtime, error);
    gil__check *check = inside ? gil__check_of(gil__thread_of(inside)) : NULL;
    /* What is made from now on ends with the outermost detach. */
    if (check && (check->thread->depth > 1 || gil__check_level_open(check, 0))) {
        if (check->attached++ == 0 && check->functions == 0)
            gil__check_name(check, face->module, face->function);
        return &check->env;
    }
    if (inside)
        runtime->api->detach(inside);
    if (inside && error)
        *error = (gil_error){GIL_MEMORY_ERROR, "no memory to attach a thread"};
    return NULL;
}

#define GIL_API(id, result, name, parameters, arguments, gil, since) \
    static result checked_##name parameters \
    { \
        CHECK_##gil(result, name, arguments) \
    }
#include <gilkit/api.def>
#undef GIL_API

/* ---- Written out -------------------------------------------------------------------------------------------- */

static gil_env *inside_of(gil__check *check)
{
    return &check->thread->env;
}

static void special_task_release(gil_task *task, gil_env *env)
{
    gil__task_release(task, inside_of((gil__check *)env));
}

static void special_detach(gil_env *env)
{
    gil__check *check = (gil__check *)env;
    if (!gil__check_begin(check, "detach"))
        return;
    if (check->attached == 0) {
        gil__check_refuse(check, "gil_detach: this thread did not attach with gil_attach");
        return;
    }
    check->attached--;
    if (check->thread->depth == 1) {
        while (check->n_levels > 1 && check->levels[check->n_levels - 1].scope != 0)
            gil__check_level_close(check, GIL__RETURNED);
        gil__check_level_close(check, GIL__RETURNED);
    }
    check->inside->detach(inside_of(check));
}

static gil_runtime *special_env_runtime(gil_env *env)
{
    gil__check *check = (gil__check *)env;
    if (!gil__check_begin(check, "env_runtime"))
        return NULL;
    gil_runtime *runtime = check->thread->runtime;
    const gil__frame *frame = gil__thread_frame(check->thread);
    const void *owner = frame ? frame->owner : NULL;
    gil__face *face = runtime->faces;
    while (face && face->owner != owner)
        face = face->next;
    if (!face && (face = calloc(1, sizeof *face))) {
        *face = (gil__face){&gil__check_api, runtime, owner, check->module, check->function, runtime->faces};
        runtime->faces = face;
    }
    /* Without memory for it the module's threads are not checked. */
    return face ? (gil_runtime *)face : runtime;
}

static size_t special_scope_open(gil_env *env)
{
    gil__check *check = (gil__check *)env;
    if (!gil__check_begin(check, "scope_open"))
        return 0;
    size_t scope = check->inside->scope_open(inside_of(check));
    if (scope && gil__check_level_open(check, scope))
        return scope;
    check->inside->scope_close(inside_of(check), scope);
    check->inside->error_clear(inside_of(check));
    return 0;
}

static void special_scope_close(gil_env *env, size_t scope)
{
    gil__check *check = (gil__check *)env;
    if (scope == 0 || !gil__check_begin(check, "scope_close"))
        return;
    while (check->n_levels > 0 && check->levels[check->n_levels - 1].scope >= scope)
        gil__check_level_close(check, GIL__SCOPE_ENDED);
    check->inside->scope_close(inside_of(check), scope);
}

static gil_obj special_escape(gil_env *env, gil_obj object)
{
    gil__check *check = (gil__check *)env;
    if (gil_is_null(object) || !gil__check_begin(check, "escape") || !gil__check_take(check, &object, "escape"))
        return GIL_NULL;
    return gil__check_escape(check, check->inside->escape(inside_of(check), object));
}

/* Handles and keywords that come in, as the host's. */
typedef struct several {
    gil_obj few[16], *all;
    gil_keyword few_keywords[16], *keywords;
} several;

static bool take_several(gil__check *check, several *to, const char *api, size_t count, const gil_obj *items,
                         size_t n_keywords, const gil_keyword *keywords)
{
    to->all = count > 16 ? gil__alloc(count, sizeof *items) : to->few;
    to->keywords = n_keywords > 16 ? gil__alloc(n_keywords, sizeof *keywords) : to->few_keywords;
    bool fine = to->all && to->keywords;
    if (!fine)
        gil__no_memory(inside_of(check));
    for (size_t i = 0; fine && i < count; i++) {
        to->all[i] = items[i];
        fine = gil__check_take(check, &to->all[i], api);
    }
    for (size_t i = 0; fine && i < n_keywords; i++) {
        to->keywords[i] = keywords[i];
        fine = gil__check_take(check, &to->keywords[i].value, api);
    }
    return fine;
}

static void end_several(several *taken)
{
    if (taken->all != taken->few)
        gil__free(taken->all);
    if (taken->keywords != taken->few_keywords)
        gil__free(taken->keywords);
}

static gil_obj special_tuple_new(gil_env *env, size_t count, const gil_obj *items)
{
    gil__check *check = (gil__check *)env;
    several taken;
    gil_obj tuple = GIL_NULL;
    if (!gil__check_begin(check, "tuple_new"))
        return GIL_NULL;
    if (take_several(check, &taken, "tuple_new", count, items, 0, NULL))
        tuple = check->inside->tuple_new(inside_of(check), count, taken.all);
    end_several(&taken);
    return gil__check_give(check, tuple, "tuple_new");
}

static gil_obj special_call(gil_env *env, gil_obj callable, const gil_obj *arguments, size_t n_arguments,
                            const gil_keyword *keywords, size_t n_keywords)
{
    gil__check *check = (gil__check *)env;
    several taken;
    gil_obj result = GIL_NULL;
    if (!gil__check_begin(check, "call") || !gil__check_take(check, &callable, "call"))
        return GIL_NULL;
    if (take_several(check, &taken, "call", n_arguments, arguments, n_keywords, keywords))
        result = check->inside->call(inside_of(check), callable, taken.all, n_arguments, taken.keywords, n_keywords);
    end_several(&taken);
    return gil__check_give(check, result, "call");
}

static bool special_str_get(gil_env *env, gil_obj object, const char **utf8, size_t *length)
{
    gil__check *check = (gil__check *)env;
    gil__record *record = object.gil__handle;
    const char *text;
    size_t size;
    if (!gil__check_begin(check, "str_get") || !gil__check_take(check, &object, "str_get") ||
        !check->inside->str_get(inside_of(check), object, &text, &size))
        return false;
    const void *memory = text;
    if (!gil__check_lend(check, record, &memory, size))
        return false;
    *utf8 = memory;
    if (length)
        *length = size;
    return true;
}

static bool special_bytes_get(gil_env *env, gil_obj object, const void **data, size_t *length)
{
    gil__check *check = (gil__check *)env;
    gil__record *record = object.gil__handle;
    const void *memory;
    size_t size;
    if (!gil__check_begin(check, "bytes_get") || !gil__check_take(check, &object, "bytes_get") ||
        !check->inside->bytes_get(inside_of(check), object, &memory, &size) ||
        !gil__check_lend(check, record, &memory, size))
        return false;
    *data = memory;
    if (length)
        *length = size;
    return true;
}

static bool special_buffer_pin(gil_env *env, gil_obj object, gil_buffer *buffer)
{
    gil__check *check = (gil__check *)env;
    if (!gil__check_begin(check, "buffer_pin") || !gil__check_take(check, &object, "buffer_pin") ||
        !check->inside->buffer_pin(inside_of(check), object, buffer))
        return false;
    gil__check_pinned(check, buffer);
    return true;
}

static void special_buffer_release(gil_env *env, gil_buffer *buffer)
{
    gil__check *check = (gil__check *)env;
    if (!gil__check_begin(check, "buffer_release"))
        return;
    gil__check_unpinned(check, buffer);
    check->inside->buffer_release(inside_of(check), buffer);
}

/* The written out take the place of the made ones. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
const gil_api gil__check_api = {
    .abi_major = GIL_ABI_MAJOR,
    .abi_minor = GIL_ABI_MINOR,
#define GIL_API(id, result, name, parameters, arguments, gil, since) .name = checked_##name,
#include <gilkit/api.def>
#undef GIL_API
    .task_release = special_task_release,
    .env_runtime = special_env_runtime,
    .detach = special_detach,
    .scope_open = special_scope_open,
    .scope_close = special_scope_close,
    .escape = special_escape,
    .tuple_new = special_tuple_new,
    .call = special_call,
    .str_get = special_str_get,
    .bytes_get = special_bytes_get,
    .buffer_pin = special_buffer_pin,
    .buffer_release = special_buffer_release,
    .ref_make = gil__check_ref_make,
    .ref_get = gil__check_ref_get,
};
#pragma GCC diagnostic pop
