/* SPDX-License-Identifier: MIT */
#include "core/mutex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/thread.h"

/* Of a mutex: free, held, held and somebody may sleep. Of a once: not begun, running, running and somebody may sleep,
 * done. */
enum { FREE, HELD, HELD_AWAITED };
enum { NOT_BEGUN, RUNNING, RUNNING_AWAITED, DONE };

/* This thread, also in the child of a fork. Numbers, because the address of what is a thread's own comes again with
 * another thread. */
static void *me(void)
{
    static _Thread_local uintptr_t mine __attribute__((tls_model("initial-exec")));
    static atomic_uintptr_t last;
    if (__builtin_expect(mine == 0, 0))
        mine = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
    return (void *)mine;
}

static atomic_uint *word_of(uint32_t *word)
{
    return (atomic_uint *)(void *)word;
}

static bool is_mine(void *const *owner)
{
    return __atomic_load_n(owner, __ATOMIC_RELAXED) == me();
}

static void set_owner(void **owner, void *thread)
{
    __atomic_store_n(owner, thread, __ATOMIC_RELAXED);
}

static bool try_lock(gil_mutex *mutex)
{
    uint32_t seen = FREE;
    gil__schedule_point();
    if (!atomic_compare_exchange_strong_explicit(word_of(&mutex->gil__word), &seen, HELD, memory_order_acquire,
                                                 memory_order_relaxed))
        return false;
    set_owner(&mutex->gil__owner, me());
    return true;
}

static void wait_and_lock(gil_mutex *mutex)
{
    int saved = errno;
    while (atomic_exchange_explicit(word_of(&mutex->gil__word), HELD_AWAITED, memory_order_acquire) != FREE)
        gil__futex_wait(word_of(&mutex->gil__word), HELD_AWAITED, 0);
    set_owner(&mutex->gil__owner, me());
    errno = saved;
}

static void unlock(gil_mutex *mutex, const char *who)
{
    if (!is_mine(&mutex->gil__owner)) {
        fprintf(stderr, "gilkit: %s of a mutex that this thread does not have\n", who);
        abort();
    }
    set_owner(&mutex->gil__owner, NULL);
    if (atomic_exchange_explicit(word_of(&mutex->gil__word), FREE, memory_order_release) == HELD_AWAITED) {
        int saved = errno;
        gil__futex_wake(word_of(&mutex->gil__word), 1);
        errno = saved;
    }
}

static const char again[] = "this thread has the mutex already, and would wait for itself";

bool gil__mutex_lock(gil_env *env, gil_mutex *mutex)
{
    if (try_lock(mutex))
        return true;
    if (is_mine(&mutex->gil__owner)) {
        gil_raise(env, GIL_RUNTIME_ERROR, "gil_mutex_lock: %s", again);
        return false;
    }
    uint64_t token = gil__thread_release(env, "gil_mutex_lock", 0);
    wait_and_lock(mutex);
    gil__thread_reacquire(env, token);
    return true;
}

void gil__mutex_unlock(gil_env *env, gil_mutex *mutex)
{
    (void)env;
    unlock(mutex, "gil_mutex_unlock");
}

bool gil__mutex_lock_in_task(gil_task *task, gil_mutex *mutex)
{
    if (try_lock(mutex))
        return true;
    if (is_mine(&mutex->gil__owner)) {
        gil_fail(task, GIL_RUNTIME_ERROR, "gil_task_lock: %s", again);
        return false;
    }
    wait_and_lock(mutex);
    return true;
}

void gil__mutex_unlock_in_task(gil_task *task, gil_mutex *mutex)
{
    (void)task;
    unlock(mutex, "gil_task_unlock");
}

/* Begin it, or say what it is now. */
static uint32_t try_begin(gil_once *once)
{
    uint32_t seen = NOT_BEGUN;
    gil__schedule_point();
    if (atomic_compare_exchange_strong_explicit(word_of(&once->gil__word), &seen, RUNNING, memory_order_acquire,
                                                memory_order_acquire))
        set_owner(&once->gil__owner, me());
    return seen;
}

static void wait_for_end(gil_once *once)
{
    int saved = errno;
    uint32_t seen = RUNNING;
    if (atomic_compare_exchange_strong(word_of(&once->gil__word), &seen, RUNNING_AWAITED))
        seen = RUNNING_AWAITED;
    if (seen == RUNNING_AWAITED)
        gil__futex_wait(word_of(&once->gil__word), RUNNING_AWAITED, 0);
    errno = saved;
}

bool gil__once_begin(gil_env *env, gil_once *once)
{
    for (uint32_t seen; (seen = try_begin(once)) != DONE;) {
        if (seen == NOT_BEGUN)
            return true;
        if (is_mine(&once->gil__owner)) {
            gil_raise(env, GIL_RUNTIME_ERROR, "gil_once_begin: this thread is doing it, and would wait for itself");
            return false;
        }
        uint64_t token = gil__thread_release(env, "gil_once_begin", 0);
        wait_for_end(once);
        gil__thread_reacquire(env, token);
    }
    return false;
}

void gil__once_end(gil_env *env, gil_once *once, bool done)
{
    (void)env;
    if (!is_mine(&once->gil__owner)) {
        fprintf(stderr, "gilkit: gil_once_end by a thread that gil_once_begin did not tell to begin\n");
        abort();
    }
    set_owner(&once->gil__owner, NULL);
    uint32_t before =
        atomic_exchange_explicit(word_of(&once->gil__word), done ? DONE : NOT_BEGUN, memory_order_acq_rel);
    if (before == RUNNING_AWAITED) {
        int saved = errno;
        gil__futex_wake(word_of(&once->gil__word), INT_MAX);
        errno = saved;
    }
}
