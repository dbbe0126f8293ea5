/* SPDX-License-Identifier: MIT */
#include "core/frame.h"

#include "base/memory.h"
#include "core/runtime.h"

bool gil__thread_frame_push(gil__thread *thread, gil__frame frame)
{
    if (thread->n_frames + 2 > thread->frame_room) {
        uint32_t room = thread->frame_room * 2;
        gil__frame *grown = gil__realloc(thread->frames, room, sizeof *grown);
        if (!grown && thread->n_frames == thread->frame_room)
            return false;
        if (grown) {
            thread->frames = grown;
            thread->frame_room = room;
        }
    }
    thread->frames[thread->n_frames++] = frame;
    return true;
}

void gil__thread_frame_pop(gil__thread *thread)
{
    gil__frame frame = thread->frames[--thread->n_frames];
    if (frame.left)
        frame.left(frame.owner);
}

gil_env *gil__thread_enter(gil__thread *thread, gil__frame frame)
{
    const gil__guard *guard = thread->runtime->guard;
    if (!gil__thread_frame_push(thread, frame)) {
        gil__no_memory(&thread->env);
        return NULL;
    }
    gil_env *outside = guard ? guard->enter(thread, frame.module, frame.function) : &thread->env;
    if (!outside) {
        thread->frames[thread->n_frames - 1].left = NULL; /* it never began; the caller knows */
        gil__thread_frame_pop(thread);
    }
    return outside;
}

void gil__thread_leave(gil__thread *thread)
{
    const gil__guard *guard = thread->runtime->guard;
    if (guard)
        guard->leave(thread);
    gil__thread_frame_pop(thread);
}

gil_obj gil__thread_give(gil__thread *thread, gil_obj inside)
{
    const gil__guard *guard = thread->runtime->guard;
    return guard && !gil_is_null(inside) ? guard->give(thread, inside) : inside;
}

gil_obj gil__thread_take(gil__thread *thread, gil_obj outside)
{
    const gil__guard *guard = thread->runtime->guard;
    return guard && !gil_is_null(outside) ? guard->take(thread, outside) : outside;
}
