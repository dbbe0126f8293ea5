/* SPDX-License-Identifier: MIT */
#include "core/handle.h"

#include "base/memory.h"

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

void gil__handles_close(gil__handles *handles, const gil__host *host, size_t mark)
{
    while (handles->count > mark)
        host->drop(handles->objects[--handles->count]);
}

void *gil__handles_pop(gil__handles *handles)
{
    return handles->objects[--handles->count];
}
