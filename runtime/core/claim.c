/* SPDX-License-Identifier: MIT */
#include "core/claim.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>

/* The half of a word that the kernel looks at has the flags, and enough of the number. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the flags are in the first half of a word");

/* A number: which copy of this table, a serial that never comes again, the thread's place in the table. A process may have
 * several copies of the runtime, and they the same module: a thread of another copy is nobody here, and lives. */
enum {
    PLACE_SHIFT = 2,
    SERIAL_SHIFT = 12,
    COPY_SHIFT = 52,
    PLACES = 1 << (SERIAL_SHIFT - PLACE_SHIFT),
    PAGE_SHIFT = 12
};

typedef struct waiter {
    gil__claim *word;
    struct waiter *next, **at;
} waiter;

typedef struct place {
    uint64_t number; /* of the thread that has it; 0: nobody */
    uint32_t next;   /* of the free ones */
} place;

/* The threads that live. Place 0 is for those who found no other: that they end goes unnoticed, as if they lived on. A
 * table of fixed size, because a thread gets its number where nothing may fail. Under gil__claims, as all below. */
static place places[PLACES];
static uint32_t used = 1, first_free;
static uint64_t last_serial;

/* Who sleeps; not by thread, because the word that one sleeps for goes from one to another meanwhile. */
static waiter *waiters;

/* In the child of a fork: of the older threads only the one that forked is here. */
static uint64_t serial_at_fork, survivor;

_Thread_local uint64_t gil__claims_as __attribute__((tls_model("initial-exec")));

/* A thread that was forgotten and still runs destructors: what it had, and that it may get a number but no place. */
static _Thread_local uint64_t former;

gil__lock gil__claims;

static pthread_key_t ends;
static pthread_once_t ends_once = PTHREAD_ONCE_INIT;
static bool ends_works;

/* By where it is: the same in the child of a fork. */
static uint64_t this_copy(void)
{
    return (uint64_t)(uintptr_t)places >> PAGE_SHIFT << COPY_SHIFT;
}

static uint64_t serial_of(uint64_t number)
{
    return number << (64 - COPY_SHIFT) >> (64 - COPY_SHIFT + SERIAL_SHIFT);
}

static place *place_of(uint64_t number)
{
    return &places[(number >> PLACE_SHIFT) % PLACES];
}

static atomic_uint *half_of(gil__claim *word)
{
    return (atomic_uint *)(void *)word;
}

static void free_place(place *mine)
{
    mine->number = 0;
    mine->next = first_free;
    first_free = (uint32_t)(mine - places);
}

/* Who waits for a thread that has ended sleeps on a word that will not change by itself. */
static void tell(gil__claim *word, uint64_t number)
{
    uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);
    while (gil__claim_thread(seen) == number && !(seen & GIL__CLAIM_ORPHAN)) {
        if (!atomic_compare_exchange_weak(word, &seen, seen | GIL__CLAIM_ORPHAN))
            continue;
        gil__futex_wake(half_of(word), INT_MAX);
        return;
    }
}

/* This thread ends. Not before the last round of destructors but one: those of others may still unlock what they locked.
 * In the last one the sanitizers take leave of a thread. */
static void forget(void *round)
{
    if ((uintptr_t)round < PTHREAD_DESTRUCTOR_ITERATIONS - 1) {
        pthread_setspecific(ends, (void *)((uintptr_t)round + 1));
        return;
    }
    gil__lock_take(&gil__claims);
    for (const waiter *it = waiters; it; it = it->next)
        tell(it->word, gil__claims_as);
    free_place(place_of(gil__claims_as));
    former = gil__claims_as;
    gil__claims_as = 0;
    gil__lock_give(&gil__claims);
}

static void make_ends(void)
{
    ends_works = pthread_key_create(&ends, forget) == 0;
}

/* A place that is free, or 0. */
static uint32_t find_place(void)
{
    if (first_free) {
        uint32_t found = first_free;
        first_free = places[found].next;
        return found;
    }
    return used < PLACES ? used++ : 0;
}

uint64_t gil__claim_number(void)
{
    pthread_once(&ends_once, make_ends);
    bool will_be_told = ends_works && !former && pthread_setspecific(ends, (void *)1) == 0;
    gil__lock_take(&gil__claims);
    uint32_t found = will_be_told ? find_place() : 0;
    uint64_t number = this_copy() | ++last_serial << SERIAL_SHIFT | (uint64_t)found << PLACE_SHIFT;
    if (found)
        places[found].number = number;
    gil__lock_give(&gil__claims);
    if (will_be_told && !found)
        pthread_setspecific(ends, NULL);
    return gil__claims_as = number;
}

bool gil__claim_was_mine(uint64_t seen)
{
    return former && gil__claim_thread(seen) == former;
}

static gil__claim_fate fate_of(uint64_t number)
{
    if ((number ^ this_copy()) >> COPY_SHIFT)
        return GIL__CLAIM_LIVES;
    if (serial_of(number) <= serial_at_fork && number != survivor)
        return GIL__CLAIM_LEFT_BEHIND;
    const place *its = place_of(number);
    return its == places || its->number == number ? GIL__CLAIM_LIVES : GIL__CLAIM_ENDED;
}

/* Let this thread be told when one ends, unless the one it waits for is gone. */
static gil__claim_fate join_waiters(waiter *me, uint64_t number)
{
    gil__lock_take(&gil__claims);
    gil__claim_fate fate = fate_of(number);
    if (fate == GIL__CLAIM_LIVES) {
        *me = (waiter){me->word, waiters, &waiters};
        if (waiters)
            waiters->at = &me->next;
        waiters = me;
    }
    gil__lock_give(&gil__claims);
    return fate;
}

static void leave_waiters(const waiter *me)
{
    gil__lock_take(&gil__claims);
    *me->at = me->next;
    if (me->next)
        me->next->at = me->at;
    gil__lock_give(&gil__claims);
}

/* The word has this thread's number, or had it a moment ago. */
static gil__claim_fate sleep_or_learn(gil__claim *word, uint64_t *seen)
{
    uint64_t number = gil__claim_thread(*seen);
    waiter me = {.word = word};
    gil__claim_fate fate = join_waiters(&me, number);
    if (fate == GIL__CLAIM_LIVES) {
        gil__futex_wait(half_of(word), (uint32_t)*seen, 0);
        leave_waiters(&me);
    }
    *seen = atomic_load_explicit(word, memory_order_acquire);
    /* It may have given the word back, and ended then. */
    return gil__claim_thread(*seen) == number ? fate : GIL__CLAIM_LIVES;
}

gil__claim_fate gil__claim_wait(gil__claim *word, uint64_t *seen)
{
    if (!(*seen & GIL__CLAIM_AWAITED)) {
        if (!atomic_compare_exchange_strong(word, seen, *seen | GIL__CLAIM_AWAITED))
            return GIL__CLAIM_LIVES;
        *seen |= GIL__CLAIM_AWAITED;
    }
    int saved = errno;
    gil__claim_fate fate = sleep_or_learn(word, seen);
    errno = saved;
    return fate;
}

void gil__claim_wake(gil__claim *word, int threads)
{
    int saved = errno;
    gil__futex_wake(half_of(word), threads);
    errno = saved;
}

void gil__claims_forked(void)
{
    serial_at_fork = last_serial;
    survivor = gil__claims_as;
    waiters = NULL;
    first_free = 0;
    for (uint32_t i = used - 1; i > 0; i--)
        if (survivor == 0 || places[i].number != survivor)
            free_place(&places[i]);
}
