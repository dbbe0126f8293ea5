/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "host/native/object.h"

static gil__exception no_memory = {.base = {GIL__IMMORTAL, GIL_OBJ_EXCEPTION, NULL}, .kind = GIL_MEMORY_ERROR};

void *gil__native_no_memory(void)
{
    return &no_memory;
}

void gil__exception_end(void *object)
{
    gil__exception *exception = object;
    gil__object *parts[] = {(gil__object *)exception->type, (gil__object *)exception->message, exception->cause,
                            (gil__object *)exception->filename};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i])
            gil__object_drop(parts[i]);
}

/* ---- Raising ------------------------------------------------------------------------------------------------ */

/* The formatted message; the format itself where it cannot be printed: an error message must not fail. */
static gil__string *format_message(gil_env *env, const char *format, va_list arguments)
{
    bool printable;
    gil__string *message = gil__string_format(env, format, arguments, &printable);
    if (!printable && (message = gil__string_new(env, GIL_OBJ_STR, format, strlen(format))))
        gil__string_mend(message);
    return message;
}

/* A new exception over a message, which it owns from now on, also on failure. */
static gil__exception *new_exception(gil_env *env, gil_error_kind kind, gil__string *message)
{
    gil__exception *exception = message ? gil__object_new(env, sizeof *exception, GIL_OBJ_EXCEPTION) : NULL;
    if (exception) {
        exception->kind = gil__type_of_kind(kind)->kind;
        exception->message = message;
    } else if (message) {
        gil__object_drop(message);
    }
    return exception;
}

gil_obj gil__native_error_raise_v(gil_env *env, gil_error_kind kind, const char *format, va_list arguments)
{
    gil__exception *exception = new_exception(env, kind, format_message(env, format, arguments));
    if (exception)
        gil__thread_set_error(gil__thread_of(env), exception);
    return GIL_NULL;
}

gil_obj gil__native_error_raise_type_v(gil_env *env, gil_obj object, const char *format, va_list arguments)
{
    gil__type *type = gil__object_of(env, object, GIL_OBJ_TYPE);
    if (type && type->resource)
        return gil_raise(env, GIL_TYPE_ERROR, "%s is no exception type", type->name);
    gil__exception *exception = type ? new_exception(env, type->kind, format_message(env, format, arguments)) : NULL;
    if (!exception)
        return GIL_NULL;
    if (type->above) {
        gil__object_keep(type);
        exception->type = type;
    }
    gil__thread_set_error(gil__thread_of(env), exception);
    return GIL_NULL;
}

static gil_error_kind kind_of_errno(int number)
{
    switch (number) {
    case ENOENT:
        return GIL_FILE_NOT_FOUND_ERROR;
    case EEXIST:
        return GIL_FILE_EXISTS_ERROR;
    case EACCES:
    case EPERM:
        return GIL_PERMISSION_ERROR;
    case ETIMEDOUT:
        return GIL_TIMEOUT_ERROR;
    default:
        return GIL_OS_ERROR;
    }
}

gil_obj gil__native_error_raise_errno(gil_env *env, int number, const char *path)
{
    char buffer[128];
    const char *text = strerror_r(number, buffer, sizeof buffer);
    if (path)
        gil_raise(env, kind_of_errno(number), "[Errno %d] %s: '%s'", number, text, path);
    else
        gil_raise(env, kind_of_errno(number), "[Errno %d] %s", number, text);
    gil__thread *thread = gil__thread_of(env);
    gil__exception *raised = thread->error;
    if (raised->base.count == GIL__IMMORTAL)
        return GIL_NULL; /* for want of memory */
    raised->number = number;
    if (path) {
        /* The path is kept beside the exception, which is not pending meanwhile, so that it outlives a failure. */
        thread->error = NULL;
        gil__string *filename = gil__string_new(env, GIL_OBJ_STR, path, strlen(path));
        raised->filename = filename;
        if (filename) {
            gil__string_mend(filename);
            thread->error = raised;
        } else {
            gil__object_drop(raised);
        }
    }
    return GIL_NULL;
}

/* ---- What is pending ---------------------------------------------------------------------------------------- */

bool gil__native_error_pending(gil_env *env)
{
    return gil__thread_of(env)->error != NULL;
}

void gil__native_error_clear(gil_env *env)
{
    gil__thread_set_error(gil__thread_of(env), NULL);
}

gil_obj gil__native_error_fetch(gil_env *env)
{
    gil__thread *thread = gil__thread_of(env);
    void *exception = thread->error;
    thread->error = NULL;
    return gil__object_handle(env, exception);
}

gil_obj gil__native_error_restore(gil_env *env, gil_obj object)
{
    if (gil_is_null(object) && gil_error_pending(env))
        return GIL_NULL; /* fetching it failed for want of memory, which is pending now */
    gil__object *exception = gil__object_of(env, object, GIL_OBJ_EXCEPTION);
    if (exception) {
        gil__object_keep(exception);
        gil__thread_set_error(gil__thread_of(env), exception);
    }
    return GIL_NULL;
}

/* ---- Asking an exception ------------------------------------------------------------------------------------ */

gil_error_kind gil__native_exception_kind(gil_env *env, gil_obj object)
{
    (void)env;
    const gil__exception *exception = object.gil__handle;
    bool is_one = exception && exception->base.type == GIL_OBJ_EXCEPTION;
    return is_one ? exception->kind : GIL_EXCEPTION;
}

bool gil__native_exception_matches(gil_env *env, gil_obj object, gil_error_kind kind)
{
    (void)env;
    const gil__exception *exception = object.gil__handle;
    return exception && exception->base.type == GIL_OBJ_EXCEPTION &&
           gil__type_is_below(gil__type_of_kind(exception->kind), gil__type_of_kind(kind));
}

gil_obj gil__native_exception_message(gil_env *env, gil_obj object)
{
    const gil__exception *exception = gil__object_of(env, object, GIL_OBJ_EXCEPTION);
    if (!exception)
        return GIL_NULL;
    if (!exception->message)
        return gil__native_str_new(env, "no memory", 9);
    return gil__object_show(env, exception->message);
}

gil_obj gil__native_exception_cause(gil_env *env, gil_obj object)
{
    const gil__exception *exception = gil__object_of(env, object, GIL_OBJ_EXCEPTION);
    return exception ? gil__object_show(env, exception->cause) : GIL_NULL;
}

bool gil__native_exception_set_cause(gil_env *env, gil_obj object, gil_obj cause_handle)
{
    gil__exception *exception = gil__object_of(env, object, GIL_OBJ_EXCEPTION);
    gil__exception *cause = NULL;
    if (!exception || (gil_is_null(cause_handle) && gil_error_pending(env)))
        return false;
    if (!gil_is_null(cause_handle) && !(cause = gil__object_of(env, cause_handle, GIL_OBJ_EXCEPTION)))
        return false;
    if (exception->base.count == GIL__IMMORTAL)
        return true; /* the MemoryError that is always there is everybody's */
    for (const gil__exception *at = cause; at; at = (const gil__exception *)at->cause)
        if (at == exception) {
            gil_raise(env, GIL_VALUE_ERROR, "an exception cannot be its own cause");
            return false;
        }
    gil__object *before = exception->cause;
    if (cause)
        gil__object_keep(cause);
    exception->cause = (gil__object *)cause;
    if (before)
        gil__object_drop(before);
    return true;
}
