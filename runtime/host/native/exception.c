/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "host/native/object.h"

static gil__exception no_memory = {{GIL__IMMORTAL, GIL_OBJ_EXCEPTION, NULL}, GIL_MEMORY_ERROR, NULL};

void *gil__native_no_memory(void)
{
    return &no_memory;
}

void gil__exception_end(gil__exception *exception)
{
    if (exception->message)
        gil__object_drop(exception->message);
}

static gil__string *format_message_as_it_is(gil_env *env, const char *format)
{
    size_t length = strlen(format);
    gil__string *message = gil__object_new(env, sizeof *message + length + 1, GIL_OBJ_STR);
    if (message) {
        memcpy(message->bytes, format, length);
        message->length = length;
    }
    return message;
}

/* The formatted message as a str object. What is not UTF-8 in it becomes '?': an error message must not fail. */
static gil__string *format_message(gil_env *env, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    gil__string *message = NULL;
    if (length < 0) /* longer than an int counts, or a wide character that is none */
        message = format_message_as_it_is(env, format);
    else
        message = gil__object_new(env, sizeof *message + (size_t)length + 1, GIL_OBJ_STR);
    if (message && length >= 0) {
        vsnprintf(message->bytes, (size_t)length + 1, format, again);
        message->length = (size_t)length;
        size_t bad;
        for (char *at = message->bytes; !gil__utf8_valid(at, strlen(at), &bad); at += bad)
            at[bad] = '?';
    }
    va_end(again);
    return message;
}

gil_obj gil__native_error_raise_v(gil_env *env, gil_error_kind kind, const char *format, va_list arguments)
{
    gil__string *message = format_message(env, format, arguments);
    if (!message)
        return GIL_NULL;
    gil__exception *exception = gil__object_new(env, sizeof *exception, GIL_OBJ_EXCEPTION);
    if (!exception) {
        gil__object_drop(message);
        return GIL_NULL;
    }
    bool known = kind >= GIL_EXCEPTION && kind <= GIL_KEYBOARD_INTERRUPT;
    exception->kind = known ? kind : GIL_EXCEPTION;
    exception->message = message;
    gil__thread_set_error(gil__thread_of(env), exception);
    return GIL_NULL;
}

bool gil__native_error_pending(gil_env *env)
{
    return gil__thread_of(env)->error != NULL;
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

gil_error_kind gil__native_exception_kind(gil_env *env, gil_obj object)
{
    (void)env;
    const gil__exception *exception = object.gil__handle;
    bool is_one = exception && exception->base.type == GIL_OBJ_EXCEPTION;
    return is_one ? exception->kind : GIL_EXCEPTION;
}

gil_obj gil__native_exception_message(gil_env *env, gil_obj object)
{
    const gil__exception *exception = gil__object_of(env, object, GIL_OBJ_EXCEPTION);
    if (!exception)
        return GIL_NULL;
    if (!exception->message)
        return gil__native_str_new(env, "no memory", 9);
    gil__object_keep(exception->message);
    return gil__object_handle(env, exception->message);
}
