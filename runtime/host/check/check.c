/* SPDX-License-Identifier: MIT */
#include "host/check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

const gil__guard *gil__check_wanted(void)
{
    const char *said = secure_getenv("GILKIT_CHECK");
    return said && *said && strcmp(said, "0") != 0 ? &gil__check_guard : NULL;
}

/* ---- Reports ------------------------------------------------------------------------------------------------ */

static void begin_report(const gil__check *check, gil__text *text)
{
    const char *module = check ? __atomic_load_n(&check->module, __ATOMIC_RELAXED) : NULL;
    const char *function = check ? __atomic_load_n(&check->function, __ATOMIC_RELAXED) : NULL;
    gil__text_add(text, "gilkit: check: ");
    if (module && function)
        gil__text_add(text, "%s: %s() ", module, function);
    if (check)
        gil__text_add(text, "on thread %u: ", check->number);
}

static atomic_uint reports;

unsigned gil__check_reports(void)
{
    return atomic_load(&reports);
}

/* One write, so that the reports of two threads do not mix. Nothing can be done when it fails. */
static void write_line(gil__text *text)
{
    gil__text_add(text, "\n");
    atomic_fetch_add(&reports, 1);
    ssize_t written = write(STDERR_FILENO, text->bytes, text->length);
    (void)written;
}

void gil__check_report(const gil__check *check, const char *format, ...)
{
    char buffer[1000];
    gil__text text = gil__text_in(buffer, sizeof buffer);
    va_list arguments;
    begin_report(check, &text);
    va_start(arguments, format);
    gil__text_add_v(&text, format, arguments);
    va_end(arguments);
    write_line(&text);
}

bool gil__check_refuse(gil__check *check, const char *format, ...)
{
    char buffer[800];
    gil__text text = gil__text_in(buffer, sizeof buffer);
    va_list arguments;
    va_start(arguments, format);
    gil__text_add_v(&text, format, arguments);
    va_end(arguments);
    gil__check_report(check, "%s", buffer);
    gil_raise(&check->thread->env, GIL_SYSTEM_ERROR, "%s", buffer);
    return false;
}

gil__lock gil__check_lock;

/* ---- The env of a thread ------------------------------------------------------------------------------------ */

static gil__check *ended;

static void forget(gil__thread *thread)
{
    gil__check *check = thread->guard;
    thread->guard = NULL;
    while (check->n_levels > 0)
        gil__check_level_close(check, GIL__RETURNED);
    gil__check_end_all(check); /* of a thread that ended attached */
    gil__free(check->records);
    gil__free(check->levels);
    check->records = NULL;
    check->levels = NULL;
    check->count = check->room = check->level_room = 0;
    check->functions = check->attached = 0;
    __atomic_store_n(&check->thread, NULL, __ATOMIC_RELAXED);
    gil__lock_take(&gil__check_lock);
    check->next_free = ended;
    ended = check;
    gil__lock_give(&gil__check_lock);
}

/* The C library's memory, not gilkit's: what is never given back is no leak. */
static gil__check *new_check(void)
{
    gil__lock_take(&gil__check_lock);
    gil__check *check = ended;
    if (check)
        ended = check->next_free;
    gil__lock_give(&gil__check_lock);
    return check ? check : calloc(1, sizeof *check);
}

gil__check *gil__check_of(gil__thread *thread)
{
    gil__check *check = thread->guard;
    if (check)
        return check;
    check = new_check();
    if (!check) {
        gil__no_memory(&thread->env);
        return NULL;
    }
    check->env = (gil_env){.api = &gil__check_api, .gil__wanted = thread->env.gil__wanted};
    check->inside = thread->env.api;
    check->number = thread->number;
    __atomic_store_n(&check->thread, thread, __ATOMIC_RELAXED);
    thread->guard = check;
    thread->forget = forget;
    return check;
}

bool gil__check_begin(gil__check *check, const char *api)
{
    gil__thread *thread = __atomic_load_n(&check->thread, __ATOMIC_RELAXED);
    if (!thread) {
        gil__check_report(NULL, "gil_%s with the env of thread %u, which has ended", api, check->number);
        return false;
    }
    const gil__thread *mine = gil__thread_find(thread->runtime);
    if (mine != thread) {
        if (mine)
            gil__check_report(check, "gil_%s with the env of thread %u is called by thread %u; a thread has its own",
                              api, check->number, mine->number);
        else
            gil__check_report(check, "gil_%s with the env of thread %u is called by a thread that is not attached", api,
                              check->number);
        return false;
    }
    if (thread->depth == 0) {
        gil__check_report(check, "gil_%s while the GIL is released, at %s:%d", api,
                          thread->release_file ? thread->release_file : "?", thread->release_line);
        return false;
    }
    if (check->functions == 0 && check->attached == 0) {
        gil__check_report(check, "gil_%s with an env whose function has returned", api);
        return false;
    }
    return true;
}

/* ---- The boundary ------------------------------------------------------------------------------------------- */

void gil__check_name(gil__check *check, const char *module, const char *function)
{
    __atomic_store_n(&check->module, module, __ATOMIC_RELAXED);
    __atomic_store_n(&check->function, function, __ATOMIC_RELAXED);
}

static gil_env *enter(gil__thread *thread, const char *module, const char *function)
{
    gil__check *check = gil__check_of(thread);
    if (!check || !gil__check_level_open(check, 0))
        return NULL;
    check->functions++;
    gil__check_name(check, module, function);
    return &check->env;
}

/* Scopes that the function left open end with it. */
static void leave(gil__thread *thread)
{
    gil__check *check = thread->guard;
    while (check->n_levels > 0 && check->levels[check->n_levels - 1].scope != 0)
        gil__check_level_close(check, GIL__RETURNED);
    gil__check_level_close(check, GIL__RETURNED);
    check->functions--;
    if (thread->n_frames > 1)
        gil__check_name(check, thread->frames[thread->n_frames - 2].module,
                        thread->frames[thread->n_frames - 2].function);
}

static gil_obj give(gil__thread *thread, gil_obj inside)
{
    return gil__check_give(thread->guard, inside, NULL);
}

static gil_obj take(gil__thread *thread, gil_obj outside)
{
    return gil__check_take(thread->guard, &outside, NULL) ? outside : GIL_NULL;
}

static void closed(gil__thread *thread)
{
    gil__check *check = thread->guard;
    check->inside = thread->env.api;
}

static void report(gil__thread *thread, const char *text)
{
    gil__check_report(thread->guard, "%s", text);
}

/* Of runtimes that are gone; under gil__check_lock. A thread of a module may attach to one too late, and is told so by
 * the runtime. */
static gil__face *old_faces;

static void end(gil_runtime *runtime)
{
    gil__lock_take(&gil__check_lock);
    while (runtime->faces) {
        gil__face *face = runtime->faces;
        runtime->faces = face->next;
        face->next = old_faces;
        old_faces = face;
    }
    gil__lock_give(&gil__check_lock);
}

const gil__guard gil__check_guard = {
    .lock = &gil__check_lock,
    .api = &gil__check_api,
    .enter = enter,
    .leave = leave,
    .give = give,
    .take = take,
    .closed = closed,
    .end = end,
    .report = report,
    .unloaded = gil__check_unloaded,
};
