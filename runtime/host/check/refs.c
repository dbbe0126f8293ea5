/* SPDX-License-Identifier: MIT
 *
 * References that know whether they may still be used, and where they were made.
 */
#include <stdlib.h>

#include "core/ref.h"
#include "host/check/check.h"

enum { MAGIC = 0x666572, KEPT = 1024 };

/* What a module's gil_ref is. */
typedef struct checked_ref {
    const gil_api *api; /* first: what modules call through */
    uint32_t magic;
    bool dropped;
    gil_ref *inside;
    gil_runtime *runtime;
    const void *owner;
    const char *module, *function, *file;
    int line;
    uint32_t thread; /* its number */
    struct checked_ref *next, *previous;
} checked_ref;

static checked_ref *living;
static checked_ref *first_dead, *last_dead; /* oldest first */
static size_t n_dead;

gil_ref *gil__check_ref_make(gil_env *env, gil_obj object, const char *file, int line)
{
    gil__check *check = (gil__check *)env;
    if (!gil__check_begin(check, "ref_new") || !gil__check_take(check, &object, "ref_new"))
        return NULL;
    const gil__frame *frame = gil__thread_frame(check->thread);
    checked_ref *ref = calloc(1, sizeof *ref);
    gil_ref *inside = ref ? check->inside->ref_make(&check->thread->env, object, file, line) : NULL;
    if (!inside) {
        if (!ref)
            gil__no_memory(&check->thread->env);
        free(ref);
        return NULL;
    }
    *ref = (checked_ref){.api = &gil__check_api,
                         .magic = MAGIC,
                         .inside = inside,
                         .runtime = check->thread->runtime,
                         .owner = frame ? frame->owner : NULL,
                         .module = frame ? frame->module : "?",
                         .function = frame ? frame->function : "?",
                         .file = file,
                         .line = line,
                         .thread = check->number};
    gil__lock_take(&gil__check_lock);
    ref->next = living;
    if (living)
        living->previous = ref;
    living = ref;
    gil__lock_give(&gil__check_lock);
    return (gil_ref *)ref;
}

/* Dead ones are kept until so many others have died after them. Under the lock. */
static void bury(checked_ref *ref)
{
    if (ref->next)
        ref->next->previous = ref->previous;
    if (ref->previous)
        ref->previous->next = ref->next;
    else
        living = ref->next;
    ref->dropped = true;
    ref->next = NULL;
    if (last_dead)
        last_dead->next = ref;
    else
        first_dead = ref;
    last_dead = ref;
    if (++n_dead <= KEPT)
        return;
    checked_ref *oldest = first_dead;
    first_dead = oldest->next;
    n_dead--;
    oldest->magic = 0;
    free(oldest);
}

gil_obj gil__check_ref_get(gil_env *env, gil_ref *outside)
{
    gil__check *check = (gil__check *)env;
    const checked_ref *ref = (checked_ref *)outside;
    if (!gil__check_begin(check, "ref_get"))
        return GIL_NULL;
    if (ref && (ref->magic != MAGIC || ref->dropped)) {
        gil__check_refuse(check, "gil_ref_get: a reference that was dropped; it was made at %s:%d", ref->file,
                          ref->line);
        return GIL_NULL;
    }
    return gil__check_give(check, check->inside->ref_get(&check->thread->env, ref ? ref->inside : NULL), "ref_get");
}

void gil__check_ref_drop(gil_ref *outside)
{
    checked_ref *ref = (checked_ref *)outside;
    gil__lock_take(&gil__check_lock);
    bool fine = ref->magic == MAGIC && !ref->dropped;
    gil_ref *inside = ref->inside;
    if (fine)
        bury(ref);
    gil__lock_give(&gil__check_lock);
    if (fine)
        gil_ref_drop(inside);
    else
        gil__check_report(
            NULL, "gil_ref_drop: a reference that was dropped already; %s() of %s made it on thread %u at %s:%d",
            ref->function, ref->module, ref->thread, ref->file, ref->line);
}

void gil__check_unloaded(gil_runtime *runtime, const void *owner, const char *module)
{
    gil__lock_take(&gil__check_lock);
    for (const checked_ref *ref = living; ref; ref = ref->next)
        if (ref->runtime == runtime && ref->owner == owner)
            gil__check_report(NULL, "%s is unloaded and a reference is not dropped; %s() made it on thread %u at %s:%d",
                              module, ref->function, ref->thread, ref->file, ref->line);
    gil__lock_give(&gil__check_lock);
}
