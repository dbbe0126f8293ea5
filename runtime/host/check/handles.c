/* SPDX-License-Identifier: MIT
 *
 * Handles that know whether they may still be used.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "host/check/check.h"

enum { MAGIC = 0x6c6b6967, KEPT = 4096 };

/* The last that died, oldest first: their memory is given back when as many have died after them. */
static struct {
    gil__record *first, *last;
    size_t count;
} dead;

static void bury(gil__record *record)
{
    gil__record *oldest = NULL;
    record->next_dead = NULL;
    gil__lock_take(&gil__check_lock);
    if (dead.last)
        dead.last->next_dead = record;
    else
        dead.first = record;
    dead.last = record;
    if (dead.count++ == KEPT) {
        oldest = dead.first;
        dead.first = oldest->next_dead;
        dead.count--;
    }
    gil__lock_give(&gil__check_lock);
    if (oldest) {
        oldest->magic = 0;
        free(oldest->copy);
        free(oldest);
    }
}

static void kill(gil__record *record, gil__fate fate)
{
    gil__check_lent_back(record);
    record->fate = fate;
    bury(record);
}

static bool reserve(gil__check *check)
{
    if (check->count < check->room)
        return true;
    size_t room = check->room ? check->room * 2 : 32;
    gil__record **grown = gil__realloc(check->records, room, sizeof(gil__record *));
    if (!grown) {
        gil__no_memory(&check->thread->env);
        return false;
    }
    check->records = grown;
    check->room = room;
    return true;
}

/* The C library's memory: records outlive what they were of, and are no leak. */
static gil__record *new_record(gil__check *check, gil_obj inside, const char *made_by)
{
    gil__record *record = reserve(check) ? calloc(1, sizeof *record) : NULL;
    const gil__frame *frame = gil__thread_frame(check->thread);
    if (!record) {
        gil__no_memory(&check->thread->env);
        return NULL;
    }
    record->magic = MAGIC;
    record->check = check;
    record->inside = inside.gil__handle;
    record->made_by = made_by;
    record->module = frame ? frame->module : NULL;
    record->function = frame ? frame->function : NULL;
    return record;
}

gil_obj gil__check_give(gil__check *check, gil_obj inside, const char *made_by)
{
    gil__record *record = gil_is_null(inside) ? NULL : new_record(check, inside, made_by);
    if (!record)
        return GIL_NULL;
    check->records[check->count++] = record;
    return (gil_obj){record};
}

gil__record *gil__check_record(gil__check *check, gil_obj outside)
{
    gil__record *record = outside.gil__handle;
    (void)check;
    return record && record->magic == MAGIC ? record : NULL;
}

/* "by gil_list_new", or that it was an argument. */
static const char *origin(const gil__record *record, char *buffer, size_t size)
{
    gil__text text = gil__text_in(buffer, size);
    if (record->made_by)
        gil__text_add(&text, "made by gil_%s in %s()", record->made_by, record->function ? record->function : "?");
    else
        gil__text_add(&text, "given to %s()", record->function ? record->function : "?");
    return buffer;
}

bool gil__check_take(gil__check *check, gil_obj *object, const char *api)
{
    static const char *const fates[] = {
        [GIL__SCOPE_ENDED] = "whose GIL_SCOPE has ended; gil_escape lets one live on",
        [GIL__RETURNED] = "whose function has returned; gil_ref_new keeps an object for longer",
    };
    char buffer[160];
    const char *where = api ? "gil_" : "the result is", *name = api ? api : "";
    if (gil_is_null(*object))
        return true;
    const gil__record *record = gil__check_record(check, *object);
    if (!record)
        return gil__check_refuse(check, "%s%s: a handle that no function returned", where, name);
    if (record->fate != GIL__LIVES)
        return gil__check_refuse(check, "%s%s: a handle, %s, %s", where, name, origin(record, buffer, sizeof buffer),
                                 fates[record->fate]);
    if (record->check != check)
        return gil__check_refuse(check,
                                 "%s%s: a handle of thread %u, %s; gil_ref_new keeps an object for other threads",
                                 where, name, record->check->number, origin(record, buffer, sizeof buffer));
    object->gil__handle = record->inside;
    return true;
}

/* ---- Levels: scopes, and functions that run ----------------------------------------------------------------- */

bool gil__check_level_open(gil__check *check, size_t scope)
{
    if (check->n_levels == check->level_room) {
        size_t room = check->level_room ? check->level_room * 2 : 16;
        gil__level *grown = gil__realloc(check->levels, room, sizeof *grown);
        if (!grown) {
            gil__no_memory(&check->thread->env);
            return false;
        }
        check->levels = grown;
        check->level_room = room;
    }
    check->levels[check->n_levels++] = (gil__level){check->count, scope};
    return true;
}

void gil__check_level_close(gil__check *check, gil__fate fate)
{
    const gil__level *level = &check->levels[--check->n_levels];
    while (check->count > level->height)
        kill(check->records[--check->count], fate);
}

void gil__check_end_all(gil__check *check)
{
    check->n_levels = 0;
    while (check->count > 0)
        kill(check->records[--check->count], GIL__RETURNED);
}

gil_obj gil__check_escape(gil__check *check, gil_obj inside)
{
    gil_obj outside = gil__check_give(check, inside, "escape");
    gil__level *level = check->n_levels ? &check->levels[check->n_levels - 1] : NULL;
    if (gil_is_null(outside) || !level || level->scope == 0)
        return outside;
    gil__record **at = &check->records[level->height];
    memmove(at + 1, at, (check->count - 1 - level->height) * sizeof *at);
    *at = outside.gil__handle;
    level->height++;
    return outside;
}
