/* SPDX-License-Identifier: MIT
 *
 * The kernel's wait and wake, and the two small locks made of them. Not condition variables: glibc before 2.41
 * loses their wake-ups (bug 25847).
 */
#ifndef GILKIT_BASE_FUTEX_H
#define GILKIT_BASE_FUTEX_H

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/schedule.h"

/* What the two below do for threads that no schedule orders. */
static inline void gil__kernel_wait(atomic_uint *word, uint32_t expected, uint64_t timeout_ns)
{
    struct timespec limit = {.tv_sec = (time_t)(timeout_ns / 1000000000u), .tv_nsec = (long)(timeout_ns % 1000000000u)};
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout_ns ? &limit : NULL, NULL, 0);
}

static inline void gil__kernel_wake(atomic_uint *word, int threads)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, threads, NULL, NULL, 0);
}

/* Sleep while *word is `expected`, for at most timeout_ns (0: no limit). Returns early for any reason: look at
 * the word again. errno is not kept. */
static inline void gil__futex_wait(atomic_uint *word, uint32_t expected, uint64_t timeout_ns)
{
    if (__builtin_expect(gil__scheduled != NULL, 0))
        gil__scheduled_wait(word, expected, timeout_ns);
    else
        gil__kernel_wait(word, expected, timeout_ns);
}

static inline void gil__futex_wake(atomic_uint *word, int threads)
{
    if (__builtin_expect(gil__scheduled != NULL, 0))
        gil__scheduled_wake(word, threads);
    else
        gil__kernel_wake(word, threads);
}

/* A mutex for short sections: 0 free, 1 held, 2 held and somebody may sleep (Drepper, "Futexes Are Tricky").
 * Where one is held for longer, its place says so. */
typedef struct gil__lock {
    atomic_uint word;
} gil__lock;

static inline void gil__lock_take(gil__lock *lock)
{
    uint32_t seen = 0;
    if (atomic_compare_exchange_strong_explicit(&lock->word, &seen, 1, memory_order_acquire, memory_order_relaxed))
        return;
    while (atomic_exchange_explicit(&lock->word, 2, memory_order_acquire) != 0)
        gil__futex_wait(&lock->word, 2, 0);
}

static inline void gil__lock_give(gil__lock *lock)
{
    if (atomic_exchange_explicit(&lock->word, 0, memory_order_release) == 2)
        gil__futex_wake(&lock->word, 1);
}

/* In a loop that waits for another core. */
static inline void gil__pause(void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

static inline uint64_t gil__now_ns(void)
{
    if (__builtin_expect(gil__scheduled != NULL, 0))
        return gil__scheduled_now();
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
