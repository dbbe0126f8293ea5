/* SPDX-License-Identifier: MIT */
#include "core/handle.h"

#include <string.h>

#include "base/memory.h"

/* A scope's mark is the height of the one around it, made odd, as no object's address is. */
static void *mark_of(size_t outer)
{
    return (void *)(outer << 1 | 1); // NOLINT(performance-no-int-to-ptr)
}

static bool is_mark(const void *object)
{
    return (uintptr_t)object & 1;
}

bool gil__handles_reserve(gil__handles *handles)
{
    if (handles->count < handles->room)
        return true;
    size_t room = handles->room ? handles->room * 2 : 16;
    void **grown = gil__realloc(handles->objects, room, sizeof *grown);
    if (!grown)
        return false;
    handles->objects = grown;
    handles->room = room;
    return true;
}

bool gil__handles_push(gil__handles *handles, const gil__host *host, void *object)
{
    if (!gil__handles_reserve(handles)) {
        host->drop(object);
        return false;
    }
    handles->objects[handles->count++] = object;
    return true;
}

void gil__handles_close(gil__handles *handles, const gil__host *host, size_t height)
{
    while (handles->count > height) {
        void *object = handles->objects[--handles->count];
        if (!is_mark(object)) {
            host->drop(object);
            continue;
        }
        handles->scope = (uintptr_t)object >> 1;
        handles->scopes--;
    }
}

void *gil__handles_pop(gil__handles *handles)
{
    return handles->objects[--handles->count];
}

size_t gil__scope_open(gil__handles *handles)
{
    if (!gil__handles_reserve(handles))
        return 0;
    handles->objects[handles->count++] = mark_of(handles->scope);
    handles->scope = handles->count;
    return ++handles->scopes;
}

void gil__scope_close(gil__handles *handles, const gil__host *host, size_t scope)
{
    while (scope && handles->scopes >= scope)
        gil__handles_close(handles, host, handles->scope - 1);
}

bool gil__scope_escape(gil__handles *handles, const gil__host *host, size_t floor, void *object)
{
    if (!gil__handles_push(handles, host, object))
        return false;
    size_t mark = handles->scope - 1;
    if (handles->scope == 0 || mark < floor)
        return true;
    memmove(&handles->objects[mark + 1], &handles->objects[mark], (handles->count - 1 - mark) * sizeof(void *));
    handles->objects[mark] = object;
    handles->scope++;
    return true;
}
