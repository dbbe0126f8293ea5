/* SPDX-License-Identifier: MIT
 *
 * Claims: words that one thread has and others wait for. Its number stands in the word itself, so at no moment is a word
 * taken and nobody knows by whom; not even in the child of a fork, which may come between any two instructions. Hence
 * whoever waits can be told when that thread will never come.
 */
#ifndef GILKIT_CORE_CLAIM_H
#define GILKIT_CORE_CLAIM_H

#include <stdbool.h>

#include "base/futex.h"

/* 0: nobody's. Else a thread's number, and below it: somebody may sleep; the thread has ended. */
typedef _Atomic uint64_t gil__claim;

enum { GIL__CLAIM_AWAITED = 1, GIL__CLAIM_ORPHAN = 2, GIL__CLAIM_FLAGS = 3 };

static inline uint64_t gil__claim_thread(uint64_t seen)
{
    return seen & ~(uint64_t)GIL__CLAIM_FLAGS;
}

/* This thread's number, as it stands in a word; 0: it has none yet. */
extern _Thread_local uint64_t gil__claims_as __attribute__((tls_model("initial-exec")));

uint64_t gil__claim_number(void);

/* This thread's number, also in the child of a fork. No other thread gets it, not even later. */
static inline uint64_t gil__claim_me(void)
{
    return __builtin_expect(gil__claims_as != 0, 1) ? gil__claims_as : gil__claim_number();
}

/* Had this thread that number before it was said to have ended? The last of its destructors run yet: they may give back what
 * it had; what they claim, they claim as another thread. */
bool gil__claim_was_mine(uint64_t seen);

/* What became of the thread that has a word. */
typedef enum gil__claim_fate { GIL__CLAIM_LIVES, GIL__CLAIM_ENDED, GIL__CLAIM_LEFT_BEHIND } gil__claim_fate;

/* Sleep while the word is as it was seen, unless its thread is gone. May return early: look at the word again. errno is kept.
 *   seen     has another thread's number; on return, the word as it was seen last
 *   returns  LIVES: look again; ENDED: its thread did; LEFT_BEHIND: its thread is one of the parent's */
gil__claim_fate gil__claim_wait(gil__claim *word, uint64_t *seen);

/* Wake `threads` of those who sleep. errno is kept. */
void gil__claim_wake(gil__claim *word, int threads);

/* Over what is known of threads; nothing is taken under it. */
extern gil__lock gil__claims;

/* In the child of a fork, under gil__claims: this thread is the only one. */
void gil__claims_forked(void);

#endif
