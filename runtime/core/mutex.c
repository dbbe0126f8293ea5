/* SPDX-License-Identifier: MIT */
#include "core/mutex.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/claim.h"
#include "core/thread.h"

/* Of a mutex: free, or who has it. Of a once: not begun, done, or who does it. */
enum { FREE = 0 };
enum { NOT_BEGUN = 0, DONE = GIL__CLAIM_AWAITED };

static gil__claim *word_of(uint64_t *word)
{
    return (gil__claim *)(void *)word;
}

/* Why a mutex is never unlocked. Its thread may have been in the middle of something, so nobody else gets it either. */
static const char *const gone[] = {
    [GIL__CLAIM_ENDED] = "the thread that has the mutex ended, perhaps amid a change: unlock it on every way out",
    [GIL__CLAIM_LEFT_BEHIND] =
        "the thread that has the mutex is not in this child of a fork, and was perhaps amid a change: "
        "fork with the mutex locked, or mend that and set the mutex to GIL_MUTEX_INIT",
};

/* A number of 0 is nobody's: who has none has no mutex. */
static inline bool is_mine(uint64_t *word)
{
    uint64_t seen = atomic_load_explicit(word_of(word), memory_order_relaxed);
    return seen > GIL__CLAIM_FLAGS && gil__claim_thread(seen) == gil__claims_as;
}

/* It was this thread's before it ran its last destructors, or there is a bug. */
static void check_was_mine(uint64_t *word, const char *misused)
{
    if (gil__claim_was_mine(atomic_load_explicit(word_of(word), memory_order_relaxed)))
        return;
    fprintf(stderr, "gilkit: %s\n", misused);
    abort();
}

/* NULL, or why it will never be locked. Others may sleep too, so whoever unlocks it wakes one. */
static const char *wait_and_lock(gil_mutex *mutex)
{
    gil__claim *word = word_of(&mutex->gil__word);
    uint64_t mine = gil__claim_me() | GIL__CLAIM_AWAITED;
    uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);
    for (;;) {
        if (seen == FREE) {
            if (atomic_compare_exchange_strong_explicit(word, &seen, mine, memory_order_acquire, memory_order_relaxed))
                return NULL;
            continue;
        }
        gil__claim_fate fate = gil__claim_wait(word, &seen);
        if (fate != GIL__CLAIM_LIVES)
            return gone[fate];
    }
}

/* Locked, as nearly always. Else nothing has changed, and what is done then stands out of line: so who locks saves no
 * registers first. */
static inline bool lock_at_once(gil_mutex *mutex)
{
    uint64_t me = gil__claims_as, seen = FREE;
    return __builtin_expect(me != 0 && !gil__scheduled &&
                                atomic_compare_exchange_strong_explicit(word_of(&mutex->gil__word), &seen, me,
                                                                        memory_order_acquire, memory_order_relaxed),
                            1);
}

/* NULL, or why it was not locked. With `env` the GIL is released while it waits. */
static const char *lock_or_wait(gil_env *env, gil_mutex *mutex)
{
    uint64_t seen = FREE, me = gil__claim_me();
    gil__schedule_point();
    if (atomic_compare_exchange_strong_explicit(word_of(&mutex->gil__word), &seen, me, memory_order_acquire,
                                                memory_order_relaxed))
        return NULL;
    if (gil__claim_thread(seen) == me)
        return "this thread has the mutex already, and would wait for itself";
    if (!env)
        return wait_and_lock(mutex);
    uint64_t token = gil__thread_release(env, "gil_mutex_lock", 0);
    const char *refusal = wait_and_lock(mutex);
    gil__thread_reacquire(env, token);
    return refusal;
}

static __attribute__((noinline)) bool lock_slowly(gil_env *env, gil_mutex *mutex)
{
    const char *refusal = lock_or_wait(env, mutex);
    if (refusal)
        gil_raise(env, GIL_RUNTIME_ERROR, "gil_mutex_lock: %s", refusal);
    return !refusal;
}

bool gil__mutex_lock(gil_env *env, gil_mutex *mutex)
{
    return lock_at_once(mutex) || lock_slowly(env, mutex);
}

static __attribute__((noinline)) bool lock_slowly_in_task(gil_task *task, gil_mutex *mutex)
{
    const char *refusal = lock_or_wait(NULL, mutex);
    if (refusal)
        gil_fail(task, GIL_RUNTIME_ERROR, "gil_task_lock: %s", refusal);
    return !refusal;
}

bool gil__mutex_lock_in_task(gil_task *task, gil_mutex *mutex)
{
    return lock_at_once(mutex) || lock_slowly_in_task(task, mutex);
}

static __attribute__((noinline)) void wake_one(gil_mutex *mutex)
{
    gil__claim_wake(word_of(&mutex->gil__word), 1);
}

static inline void set_free(gil_mutex *mutex)
{
    if (atomic_exchange_explicit(word_of(&mutex->gil__word), FREE, memory_order_release) & GIL__CLAIM_AWAITED)
        wake_one(mutex);
}

static __attribute__((noinline)) void unlock_late(gil_mutex *mutex, const char *misused)
{
    check_was_mine(&mutex->gil__word, misused);
    set_free(mutex);
}

static inline void unlock(gil_mutex *mutex, const char *misused)
{
    if (__builtin_expect(!is_mine(&mutex->gil__word), 0))
        unlock_late(mutex, misused);
    else
        set_free(mutex);
}

void gil__mutex_unlock(gil_env *env, gil_mutex *mutex)
{
    (void)env;
    unlock(mutex, "gil_mutex_unlock of a mutex that this thread does not have");
}

void gil__mutex_unlock_in_task(gil_task *task, gil_mutex *mutex)
{
    (void)task;
    unlock(mutex, "gil_task_unlock of a mutex that this thread does not have");
}

/* Wait for who does it; a thread that is gone leaves it to this one. */
static bool wait_or_take_over(gil__claim *word, uint64_t *seen, uint64_t me)
{
    if (gil__claim_wait(word, seen) == GIL__CLAIM_LIVES)
        return false;
    return atomic_compare_exchange_strong(word, seen, me | (*seen & GIL__CLAIM_AWAITED));
}

static __attribute__((noinline)) bool begin_or_wait(gil_env *env, gil_once *once)
{
    gil__claim *word = word_of(&once->gil__word);
    gil__schedule_point();
    uint64_t me = gil__claim_me(), seen = atomic_load_explicit(word, memory_order_acquire);
    while (seen != DONE) {
        if (seen == NOT_BEGUN) {
            if (atomic_compare_exchange_strong(word, &seen, me))
                return true;
            continue;
        }
        if (gil__claim_thread(seen) == me) {
            gil_raise(env, GIL_RUNTIME_ERROR, "gil_once_begin: this thread is doing it, and would wait for itself");
            return false;
        }
        uint64_t token = gil__thread_release(env, "gil_once_begin", 0);
        bool begun = wait_or_take_over(word, &seen, me);
        gil__thread_reacquire(env, token);
        if (begun)
            return true;
    }
    return false;
}

bool gil__once_begin(gil_env *env, gil_once *once)
{
    if (__builtin_expect(atomic_load_explicit(word_of(&once->gil__word), memory_order_acquire) == DONE, 1))
        return false;
    return begin_or_wait(env, once);
}

void gil__once_end(gil_env *env, gil_once *once, bool done)
{
    (void)env;
    gil__claim *word = word_of(&once->gil__word);
    if (!is_mine(&once->gil__word))
        check_was_mine(&once->gil__word, "gil_once_end by a thread that gil_once_begin did not tell to begin");
    if (atomic_exchange(word, done ? DONE : NOT_BEGUN) & GIL__CLAIM_AWAITED)
        gil__claim_wake(word, INT_MAX);
}
