/* SPDX-License-Identifier: MIT
 *
 * Memory that modules get to read only: copies where they are small enough to make, sums where they are not.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "host/check/check.h"

/* A module reads a copy, so that writing to it harms nobody. */
bool gil__check_lend(gil__check *check, gil__record *record, const void **memory, size_t length)
{
    if (!record->copy) {
        record->copy = malloc(length + 1);
        if (!record->copy) {
            gil__no_memory(&check->thread->env);
            return false;
        }
        memcpy(record->copy, *memory, length);
        record->copy[length] = '\0';
        record->length = length;
        record->sum = gil__hash_bytes(record->copy, length + 1);
    }
    *memory = record->copy;
    return true;
}

void gil__check_lent_back(gil__record *record)
{
    if (record->copy && gil__hash_bytes(record->copy, record->length + 1) != record->sum)
        gil__check_report(record->check,
                          "memory that was given out read only, for a handle that %s() got, was written to; "
                          "the object has what it had",
                          record->function ? record->function : "?");
}

/* ---- Pinned buffers ----------------------------------------------------------------------------------------- */

typedef struct pin {
    const void *owner, *data;
    size_t length;
    uint64_t sum;
    const char *module, *function;
    struct pin *next;
} pin;

static pin *pins;

/* Only memory without gaps is summed: between its elements a strided one may have other people's. */
void gil__check_pinned(gil__check *check, const gil_buffer *buffer)
{
    const gil__frame *frame = gil__thread_frame(check->thread);
    if (!(buffer->flags & GIL_BUFFER_READONLY) || !gil_buffer_is_packed(buffer) || gil_buffer_count(buffer) == 0)
        return;
    pin *mine = malloc(sizeof *mine);
    if (!mine)
        return; /* it is then not checked */
    *mine = (pin){.owner = buffer->gil__owner,
                  .data = buffer->data,
                  .length = gil_buffer_count(buffer) * buffer->itemsize,
                  .module = frame ? frame->module : "?",
                  .function = frame ? frame->function : "?"};
    mine->sum = gil__hash_bytes(mine->data, mine->length);
    gil__lock_take(&gil__check_lock);
    mine->next = pins;
    pins = mine;
    gil__lock_give(&gil__check_lock);
}

static pin *take_out(const gil_buffer *buffer)
{
    gil__lock_take(&gil__check_lock);
    pin **at = &pins;
    while (*at && !((*at)->owner == buffer->gil__owner && (*at)->data == buffer->data))
        at = &(*at)->next;
    pin *found = *at;
    if (found)
        *at = found->next;
    gil__lock_give(&gil__check_lock);
    return found;
}

void gil__check_unpinned(gil__check *check, const gil_buffer *buffer)
{
    pin *mine = take_out(buffer);
    if (!mine)
        return;
    if (gil__hash_bytes(mine->data, mine->length) != mine->sum)
        gil__check_report(check, "memory that was pinned read only by %s() of %s was written to", mine->function,
                          mine->module);
    free(mine);
}
