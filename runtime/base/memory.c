/* SPDX-License-Identifier: MIT */
#include "base/memory.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_long live;
/* Counts down while a test asks for failures; the allocation that finds 0 fails. */
#define NEVER LONG_MIN
static atomic_long countdown = NEVER;
static atomic_bool fails_forever;

static void (*_Atomic watcher)(void);

/* Is this the allocation that a test wants to fail? Exactly one thread counts down to it. */
static bool must_fail(void)
{
    void (*watch)(void) = atomic_load_explicit(&watcher, memory_order_relaxed);
    if (__builtin_expect(watch != NULL, 0))
        watch();
    if (__builtin_expect(atomic_load_explicit(&countdown, memory_order_relaxed) == NEVER, 1))
        return false;
    long left = atomic_fetch_sub(&countdown, 1);
    return left == 0 || (left < 0 && left > NEVER / 2 && atomic_load(&fails_forever));
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
    atomic_store_explicit(&countdown, allocations < 0 ? NEVER : allocations, memory_order_relaxed);
}

void gil__memory_watch(void (*watch)(void))
{
    atomic_store_explicit(&watcher, watch, memory_order_relaxed);
}

long gil__memory_live(void)
{
    return atomic_load_explicit(&live, memory_order_relaxed);
}
