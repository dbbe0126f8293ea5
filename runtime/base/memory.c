/* SPDX-License-Identifier: MIT */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_long live;
static atomic_long countdown = -1;
static atomic_bool fails_forever;

/* Is this the allocation that a test wants to fail? */
static bool must_fail(void)
{
    long left = atomic_load_explicit(&countdown, memory_order_relaxed);
    if (left < 0)
        return false;
    if (left == 0) {
        if (!atomic_load_explicit(&fails_forever, memory_order_relaxed))
            atomic_store_explicit(&countdown, -1, memory_order_relaxed);
        return true;
    }
    atomic_store_explicit(&countdown, left - 1, memory_order_relaxed);
    return false;
}

void *gil__alloc(size_t count, size_t size)
{
    size_t bytes;
    if (!gil__size_mul(count, size, &bytes) || must_fail())
        return NULL;
    void *memory = calloc(1, bytes ? bytes : 1);
    if (memory)
        atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    return memory;
}

void *gil__realloc(void *memory, size_t count, size_t size)
{
    size_t bytes;
    if (!gil__size_mul(count, size, &bytes) || must_fail())
        return NULL;
    void *moved = realloc(memory, bytes ? bytes : 1);
    if (moved && !memory)
        atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    return moved;
}

char *gil__strndup(const char *text, size_t length)
{
    char *copy = length < (size_t)-1 ? gil__alloc(length + 1, 1) : NULL;
    if (copy && length)
        memcpy(copy, text, length);
    return copy;
}

void gil__free(void *memory)
{
    if (!memory)
        return;
    atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    free(memory);
}

void gil__memory_fail_after(long allocations, bool forever)
{
    atomic_store_explicit(&fails_forever, forever, memory_order_relaxed);
    atomic_store_explicit(&countdown, allocations, memory_order_relaxed);
}

long gil__memory_live(void)
{
    return atomic_load_explicit(&live, memory_order_relaxed);
}
