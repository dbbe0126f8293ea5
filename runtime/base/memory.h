/* SPDX-License-Identifier: MIT
 *
 * Memory, and sizes that cannot wrap. Every allocation of the runtime goes through here and can fail; tests
 * make each of them fail in turn.
 */
#ifndef GILKIT_BASE_MEMORY_H
#define GILKIT_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory; NULL when there is none, or when count * size does not fit. count 0 gives memory too. */
void *gil__alloc(size_t count, size_t size);

/* Change the size of an allocation, keeping what it holds; new bytes are not zeroed. On failure NULL, and the
 * old allocation is as before. */
void *gil__realloc(void *memory, size_t count, size_t size);

/* A copy of length bytes with a NUL behind them. */
char *gil__strndup(const char *text, size_t length);

void gil__free(void *memory);

/* Let the allocation after the next `countdown` ones fail, and every one from then on when `forever`.
 * Negative: none fails. For tests; process-wide. */
void gil__memory_fail_after(long countdown, bool forever);

/* Call a function before each allocation; NULL: none. For tests; process-wide. */
void gil__memory_watch(void (*watch)(void));

/* Allocations that are not freed yet. For tests. */
long gil__memory_live(void);

static inline bool gil__size_mul(size_t a, size_t b, size_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

#endif
