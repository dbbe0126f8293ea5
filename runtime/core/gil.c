/* SPDX-License-Identifier: MIT
 *
 * States and steps, exactly; docs/design/008 says why. `lock` is a mutex; a step in [ ] is atomic under it.
 *
 *   word       FREE or HELD
 *   attention  WAITERS set: a queue is not empty (FENCED, STEPS, WATCHED do not change the steps). Written in [ ] only.
 *   wanted     a checkpoint should yield. Written in [ ] only.
 *   returning, competing   FIFO queues of waiters, each with
 *   signal     SPINS (told nothing yet, and awake), SLEEPS (and asleep), RETRY (the lock was free: try), GRANTED (it is
 *              yours, word stayed HELD), REFUSED
 *   lost       it tried in vain once
 *
 *   publish      attention.WAITERS := a queue is not empty;  wanted := returning is not empty, or refusing
 *   next         returning's first if any, but competing's first if there is one and switches % 4 = 3 or returning is
 *                empty
 *   tell         exchange a waiter's signal; afterwards, if that was not SPINS, wake it
 *   nudge        if next exists, its signal is SPINS or SLEEPS and word = FREE: tell it RETRY
 *
 *   acquire      1 CAS(word, FREE, HELD): done
 *                2 [ push to returning, signal = SPINS if it is first there and spins paid lately, or SLEEPS; publish ]
 *                3 if SPINS: for a moment, while signal = SPINS and word = HELD; then CAS(signal, SPINS, SLEEPS); to 6
 *                4 if 2 set WAITERS: a fence in every thread; to 6, once
 *                5 wait while signal = SLEEPS
 *                6 [ GRANTED: done. REFUSED: gave up.
 *                    RETRY, or from 3 or 4, and CAS(word, FREE, HELD): leave the queue, switches++, publish, done
 *                    RETRY otherwise: lost := true, signal := SLEEPS, on with 4 or 5
 *                    told nothing, time is up: leave the queue, publish, nudge: gave up
 *                    otherwise, competing and the slice is over: wanted := 1. On with 4 or 5 ]
 *                who gave up before its fence makes it now, and nudges
 *   release      1 if attention = 0:
 *                2     word := FREE (release); compiler fence
 *                3     if attention = 0: done
 *                4     [ nudge ]: done
 *                5 [ next exists and has lost or was told RETRY long ago: leave the queue, tell it GRANTED, switches++,
 *                    publish
 *                    otherwise: word := FREE, nudge; where that found word HELD again, next has lost ]
 *   checkpoint   1 if wanted = 0: done
 *                2 [ no waiter: publish, done
 *                    next: leave the queue, tell it GRANTED, switches++; push self to competing; publish ]
 *                3 wake it, then 3 of acquire as a competing waiter, which looks at no word that it was not told of
 *   refuse       [ refusing; every refusable waiter of returning: leave the queue, signal := REFUSED; publish; nudge ]
 *                and 2 of acquire gives up instead when refusing
 *   interval     [ set; every competing waiter that was told nothing: tell it RETRY ]
 *   fork, child  queues empty, attention.WAITERS and wanted 0, word HELD if this thread held it, else FREE
 *
 * No wake-up is lost: a waiter that finds the word HELD at 6, after the fence at 4, looks at a holder whose step 2 of
 * release is still to come (else 6 had seen FREE), so that its step 3 comes behind the fence too and sees WAITERS. Only
 * who held the GIL when WAITERS was set can miss it. A waiter that has the GIL before its fence has it after all of
 * those, and later holders learn of WAITERS from it; so it needs no fence, and one that finds WAITERS set relies on the
 * fence of who set it, who is on its way to it, or to the GIL.
 * Where membarrier is refused, FENCED is set and every step on word and attention is sequentially consistent instead.
 */
#include "core/gil.h"

#include <errno.h>
#include <stddef.h>

#include "base/cores.h"

enum { SLEEPS, SPINS, RETRY, GRANTED, REFUSED };
enum { LONG_AGO_NS = 100000, LOOK_AGAIN_NS = 1000000 };

/* Spinning: some half of what a sleep and a wake-up take; how many waits sleep at once, at most, after one in vain. */
enum { SPIN_NS = 10000, PAUSES = 8, MOST_REST = 63 };

/* Lives on its thread's stack; owned by the queue until it is granted or refused. */
typedef struct gil__waiter {
    struct gil__waiter *next;
    atomic_uint signal;
    bool refusable;
    bool lost_a_race;
    gil__spin *spin;   /* it spins before it sleeps; or NULL */
    bool looks;        /* it looks at the word before it sleeps */
    bool fences;       /* it makes a fence in every thread before it sleeps */
    bool unfenced;     /* it could not: nobody may know of it, so it looks by itself now and then */
    uint64_t told_ns;  /* when it was last told to try */
    uint64_t until_ns; /* when it gives up */
    uint64_t asks_ns;  /* when a competing one asks for a checkpoint */
    uint64_t owes_ns;  /* by what its slices were too long */
} gil__waiter;

static void push(gil__queue *queue, gil__waiter *waiter)
{
    waiter->next = NULL;
    if (queue->last)
        queue->last->next = waiter;
    else
        queue->first = waiter;
    queue->last = waiter;
}

static void take_out(gil__queue *queue, const gil__waiter *waiter)
{
    gil__waiter *before = NULL;
    for (gil__waiter *at = queue->first; at; before = at, at = at->next) {
        if (at != waiter)
            continue;
        if (before)
            before->next = at->next;
        else
            queue->first = at->next;
        if (queue->last == at)
            queue->last = before;
        return;
    }
}

/* Who is next. Both kinds are served in turn when both wait, so that a crowd of returning threads cannot shut
 * a competing one out, nor the reverse. */
static gil__queue *next_queue(gil__gil *gil)
{
    if (!gil->returning.first)
        return gil->competing.first ? &gil->competing : NULL;
    if (gil->competing.first && gil->switches % 4 == 3)
        return &gil->competing;
    return &gil->returning;
}

static uint32_t attention_of(gil__gil *gil)
{
    return atomic_load_explicit(&gil->attention, memory_order_seq_cst);
}

/* Under gil->lock: make `attention` and `wanted` say what the queues hold.
 *   returns whether somebody waits now and nobody did */
static bool publish(gil__gil *gil)
{
    uint32_t before = attention_of(gil), after = before & ~(uint32_t)GIL__WAITERS;
    if (gil->returning.first || gil->competing.first)
        after |= GIL__WAITERS;
    if (after != before)
        atomic_store_explicit(&gil->attention, after, memory_order_seq_cst);
    __atomic_store_n(&gil->wanted, gil->returning.first || gil->refusing || after & GIL__STEPS, __ATOMIC_RELAXED);
    return after & ~before & GIL__WAITERS;
}

static uint32_t free_word(gil__gil *gil)
{
    return attention_of(gil) & GIL__STEPS ? GIL__ORDERED : 0;
}

static bool try_once(gil__gil *gil)
{
    uint32_t seen = free_word(gil);
    return atomic_compare_exchange_strong(&gil->word, &seen, seen | GIL__HELD);
}

static void set_free(gil__gil *gil)
{
    atomic_store_explicit(&gil->word, free_word(gil), memory_order_seq_cst);
}

/* Has nobody told it anything yet? */
static bool is_waiting(const gil__waiter *waiter)
{
    return atomic_load_explicit(&waiter->signal, memory_order_relaxed) <= SPINS;
}

/* Under gil->lock: tell a waiter. It may leave its stack frame at once, so only the address is used after:
 * FUTEX_WAKE on what is no futex any more wakes nobody, or somebody who looks again.
 *   returns whom to wake; NULL: it is awake. One that was told before may sleep still, because who told it first was
 *   stopped before it woke it */
static atomic_uint *tell(gil__waiter *waiter, uint32_t signal)
{
    atomic_uint *place = &waiter->signal;
    return atomic_exchange_explicit(place, signal, memory_order_acq_rel) != SPINS ? place : NULL;
}

/* Under gil->lock: by how much a slice was too long whose end others wait for, because it came to no checkpoint or because
 * the machine ran something else. At most four slices. */
static uint64_t overrun(gil__gil *gil, uint64_t now)
{
    uint64_t interval = atomic_load_explicit(&gil->interval_ns, memory_order_relaxed);
    uint64_t ends = gil->slice_began + interval;
    if (!gil->competing.first || ends < interval || now + gil->owed_ns <= ends)
        return 0;
    uint64_t over = now + gil->owed_ns - ends;
    return over / 4 < interval ? over : interval * 4;
}

/* Under gil->lock: its slices are shorter until that is paid back, never by more than three quarters. */
static void changed_hands(gil__gil *gil, uint64_t now, uint64_t owes_ns)
{
    uint64_t most = atomic_load_explicit(&gil->interval_ns, memory_order_relaxed) / 4 * 3;
    uint64_t pays = owes_ns < most ? owes_ns : most;
    gil->switches++;
    gil->owed_ns = owes_ns - pays;
    gil->slice_began = now - pays;
}

/* Under gil->lock, holding the GIL: the next waiter holds it from now on. */
static atomic_uint *grant(gil__gil *gil, gil__queue *queue, uint64_t now)
{
    gil__waiter *waiter = queue->first;
    take_out(queue, waiter);
    changed_hands(gil, now, waiter->owes_ns);
    return tell(waiter, GRANTED);
}

/* Under gil->lock: if the GIL is free, tell who is next. NULL: nobody has to be woken. */
static atomic_uint *nudge(gil__gil *gil)
{
    gil__queue *queue = next_queue(gil);
    if (!queue || atomic_load_explicit(&gil->word, memory_order_seq_cst) & GIL__HELD || !is_waiting(queue->first))
        return NULL;
    queue->first->told_ns = gil__now_ns();
    return tell(queue->first, RETRY);
}

static void wake(atomic_uint *sleeper)
{
    gil__schedule_point();
    if (sleeper)
        gil__futex_wake(sleeper, 1);
}

static void tell_and_wake(gil__waiter *waiter, uint32_t signal)
{
    atomic_uint *sleeper = tell(waiter, signal);
    if (sleeper)
        gil__futex_wake(sleeper, 1);
}

void gil__gil_init(gil__gil *gil, uint64_t interval_ns)
{
    *gil = (gil__gil){
        .interval_ns = interval_ns, .attention = gil__barrier_ready() ? 0 : GIL__FENCED, .spinning = gil__cores() > 1};
}

void gil__gil_order(gil__gil *gil)
{
    gil->spinning = true;
    gil->attention = GIL__STEPS;
    gil->word = GIL__ORDERED;
    gil->wanted = 1;
}

/* Under gil->lock: a competing waiter asks when the holder's slice is over. The last one does, who mostly was the holder
 * before, is awake when the slice begins, and knows when it ends. The others sleep through the slices of those before
 * them, and look then whether somebody asked. */
static void ask_or_rest(gil__gil *gil, gil__waiter *waiter, uint64_t now)
{
    uint64_t interval = atomic_load_explicit(&gil->interval_ns, memory_order_relaxed);
    uint64_t slices = 1;
    if (waiter != gil->competing.last)
        slices++;
    for (const gil__waiter *at = gil->competing.first; slices > 1 && at != waiter; at = at->next)
        slices++;
    if (now > gil->slice_began && now - gil->slice_began >= interval) {
        __atomic_store_n(&gil->wanted, 1, __ATOMIC_RELAXED);
        waiter->asks_ns = now + interval;
    } else if (__builtin_mul_overflow(slices, interval, &waiter->asks_ns) ||
               __builtin_add_overflow(waiter->asks_ns, gil->slice_began, &waiter->asks_ns)) {
        waiter->asks_ns = UINT64_MAX;
    }
}

/* One that was told in time lets the next ones spin too; after one that was not twice as many sleep at once. */
static void judge(gil__spin *spin, bool paid)
{
    uint32_t rest = __atomic_load_n(&spin->rest, __ATOMIC_RELAXED);
    rest = paid ? 0 : rest < MOST_REST ? rest * 2 + 1 : MOST_REST;
    __atomic_store_n(&spin->rest, rest, __ATOMIC_RELAXED);
    __atomic_store_n(&spin->skip, rest, __ATOMIC_RELAXED);
}

static bool skips(gil__spin *spin)
{
    uint32_t skip = __atomic_load_n(&spin->skip, __ATOMIC_RELAXED);
    if (skip > 0)
        __atomic_store_n(&spin->skip, skip - 1, __ATOMIC_RELAXED);
    return skip > 0;
}

static bool may_go_on(const gil__gil *gil, const gil__waiter *waiter)
{
    return !is_waiting(waiter) || !(atomic_load_explicit(&gil->word, memory_order_relaxed) & GIL__HELD);
}

/* Be awake for a moment: the lock comes in a fraction of the time that a fence and a wake-up take. Afterwards the
 * waiter is one that SLEEPS. */
static void spin(const gil__gil *gil, gil__waiter *waiter)
{
    gil__spin *kind = waiter->spin;
    uint32_t seen = SPINS;
    waiter->spin = NULL;
    if (!skips(kind)) {
        for (uint64_t until = gil__now_ns() + SPIN_NS; !may_go_on(gil, waiter) && gil__now_ns() < until;) {
            gil__schedule_point();
            for (int i = 0; i < PAUSES && !may_go_on(gil, waiter); i++)
                gil__pause();
        }
        judge(kind, may_go_on(gil, waiter));
    }
    gil__schedule_point();
    atomic_compare_exchange_strong(&waiter->signal, &seen, SLEEPS);
}

/* Somebody waits now and nobody did: no thread may miss it. */
static bool fence_all(gil__gil *gil)
{
    if (attention_of(gil) & (GIL__FENCED | GIL__STEPS))
        return !__atomic_load_n(&gil->unfenced, __ATOMIC_RELAXED);
    if (gil__barrier_all())
        return true;
    gil__lock_take(&gil->lock);
    __atomic_store_n(&gil->unfenced, true, __ATOMIC_RELAXED);
    atomic_fetch_or_explicit(&gil->attention, GIL__FENCED, memory_order_seq_cst);
    gil__lock_give(&gil->lock);
    return false;
}

static void sleep_until_told(gil__waiter *waiter, uint64_t now)
{
    uint64_t until = waiter->until_ns < waiter->asks_ns ? waiter->until_ns : waiter->asks_ns;
    uint64_t left = until == UINT64_MAX ? 0 : until - now;
    if (until <= now)
        return;
    if (waiter->unfenced && (left == 0 || left > LOOK_AGAIN_NS))
        left = LOOK_AGAIN_NS;
    gil__futex_wait(&waiter->signal, SLEEPS, left);
}

/* What a waiter does between two looks: it spins, then makes the fence, then sleeps.
 *   returns whether it looks at the word next, whatever it was told */
static bool pass_time(gil__gil *gil, gil__waiter *waiter, uint64_t now)
{
    bool looks = waiter->looks;
    if (waiter->spin) {
        spin(gil, waiter);
        waiter->looks = waiter->fences;
        return looks;
    }
    waiter->looks = false;
    if (waiter->fences) {
        waiter->fences = false;
        waiter->unfenced = !fence_all(gil);
    } else if (!looks) {
        sleep_until_told(waiter, now);
    }
    return looks || waiter->unfenced;
}

typedef enum step { STAY, HAVE_IT, GAVE_UP } step;

/* Under gil->lock: what comes next for a waiter that passed some time.
 *   looks  at the word, also when it was told nothing */
static step look(gil__gil *gil, gil__queue *queue, gil__waiter *waiter, bool looks, uint64_t now, atomic_uint **sleeper)
{
    uint32_t signal = atomic_load_explicit(&waiter->signal, memory_order_acquire);
    if (signal == GRANTED || signal == REFUSED)
        return signal == GRANTED ? HAVE_IT : GAVE_UP;
    if ((signal == RETRY || looks) && try_once(gil)) {
        take_out(queue, waiter);
        changed_hands(gil, now, waiter->owes_ns);
        publish(gil);
        return HAVE_IT;
    }
    if (signal == RETRY) {
        waiter->lost_a_race = true;
        atomic_store_explicit(&waiter->signal, SLEEPS, memory_order_relaxed);
    }
    if (now >= waiter->until_ns) {
        take_out(queue, waiter);
        publish(gil);
        *sleeper = nudge(gil);
        return GAVE_UP;
    }
    if (queue == &gil->competing)
        ask_or_rest(gil, waiter, now);
    return STAY;
}

/* Until this waiter is granted the GIL, took it itself, or gave up.
 *   now  what the clock said a moment ago
 *   returns whether it has it */
static bool wait_in(gil__gil *gil, gil__queue *queue, gil__waiter *waiter, uint64_t now)
{
    for (;;) {
        atomic_uint *sleeper = NULL;
        bool looks = pass_time(gil, waiter, now);
        uint32_t signal = atomic_load_explicit(&waiter->signal, memory_order_acquire);
        if (signal == GRANTED || signal == REFUSED)
            return signal == GRANTED;
        gil__schedule_point();
        now = gil__now_ns();
        gil__lock_take(&gil->lock);
        step next = look(gil, queue, waiter, looks, now, &sleeper);
        gil__lock_give(&gil->lock);
        if (next != STAY) {
            wake(sleeper);
            return next == HAVE_IT;
        }
    }
}

/* Under gil->lock: of those that wait only the one whose turn is next spins, so that a crowd does not. */
static void may_spin(const gil__gil *gil, gil__waiter *waiter, gil__spin *spin, bool next)
{
    if (!gil->spinning || !next)
        return;
    waiter->spin = spin;
    atomic_store_explicit(&waiter->signal, SPINS, memory_order_relaxed);
}

static gil__outcome queue_and_wait(gil__gil *gil, gil__waiter *self)
{
    gil__schedule_point();
    gil__lock_take(&gil->lock);
    if (self->refusable && gil->refusing) {
        gil__lock_give(&gil->lock);
        return GIL__REFUSED;
    }
    may_spin(gil, self, &gil->spin_returning, !gil->returning.first);
    push(&gil->returning, self);
    self->fences = publish(gil);
    self->looks = true;
    gil__lock_give(&gil->lock);
    gil__schedule_point();
    if (wait_in(gil, &gil->returning, self, 0))
        return GIL__WAITED;
    if (self->fences)
        fence_all(gil);
    gil__gil_wake(gil); /* others rely on this thread's fence: what was free before it was perhaps not seen to be */
    return atomic_load_explicit(&self->signal, memory_order_relaxed) == REFUSED ? GIL__REFUSED : GIL__TIMED_OUT;
}

gil__outcome gil__gil_acquire_slowly(gil__gil *gil, bool refusable, uint64_t until_ns)
{
    int saved = errno;
    gil__outcome outcome = GIL__TAKEN;
    gil__waiter self = {.refusable = refusable, .until_ns = until_ns, .asks_ns = UINT64_MAX};
    gil__schedule_point();
    if (!try_once(gil)) {
        bool too_late = until_ns != UINT64_MAX && gil__now_ns() >= until_ns;
        outcome = too_late ? GIL__TIMED_OUT : queue_and_wait(gil, &self);
    }
    errno = saved;
    return outcome;
}

/* Under gil->lock: a waiter that tried in vain, or that was told long ago and never came to run because the thread
 * that takes the lock again and again has its core, is handed the lock. */
static bool had_its_chance(const gil__waiter *waiter)
{
    if (waiter->lost_a_race)
        return true;
    return atomic_load_explicit(&waiter->signal, memory_order_relaxed) == RETRY &&
           gil__now_ns() - waiter->told_ns > LONG_AGO_NS;
}

/* The GIL was given up, and somebody else took it before the first waiter was told: that was a race lost as well. */
static void note_lost_race(gil__gil *gil)
{
    gil__queue *queue = next_queue(gil);
    if (queue && is_waiting(queue->first) && atomic_load_explicit(&gil->word, memory_order_relaxed) & GIL__HELD)
        queue->first->lost_a_race = true;
}

static void release_to_waiters(gil__gil *gil)
{
    atomic_uint *sleeper = NULL;
    gil__lock_take(&gil->lock);
    gil__queue *queue = next_queue(gil);
    if (queue && had_its_chance(queue->first)) {
        sleeper = grant(gil, queue, gil__now_ns());
        publish(gil);
    } else {
        set_free(gil);
        sleeper = nudge(gil);
        if (!sleeper)
            note_lost_race(gil);
    }
    gil__lock_give(&gil->lock);
    wake(sleeper);
}

void gil__gil_wake(gil__gil *gil)
{
    int saved = errno;
    gil__lock_take(&gil->lock);
    atomic_uint *sleeper = nudge(gil);
    gil__lock_give(&gil->lock);
    wake(sleeper);
    errno = saved;
}

/* Somebody waits; or this lock's fast path is this one, step by step. */
void gil__gil_release_slowly(gil__gil *gil)
{
    int saved = errno;
    gil__schedule_point();
    if (attention_of(gil) & GIL__WAITERS) {
        release_to_waiters(gil);
    } else {
        gil__schedule_point();
        set_free(gil);
        gil__schedule_point();
        if (attention_of(gil) & GIL__WAITERS)
            gil__gil_wake(gil);
    }
    errno = saved;
}

bool gil__gil_yield_at(gil__gil *gil, uint64_t now)
{
    int saved = errno;
    gil__waiter self = {.until_ns = UINT64_MAX, .asks_ns = UINT64_MAX};
    atomic_uint *sleeper = NULL;
    gil__schedule_point();
    gil__lock_take(&gil->lock);
    gil__queue *queue = next_queue(gil);
    if (queue) {
        may_spin(gil, &self, &gil->spin_holder, queue == &gil->returning && !gil->competing.first);
        self.owes_ns = overrun(gil, now);
        sleeper = grant(gil, queue, now);
        push(&gil->competing, &self);
        ask_or_rest(gil, &self, now);
    }
    publish(gil); /* no fence: whoever gives the GIL up next was told so after this */
    gil__lock_give(&gil->lock);
    if (queue) {
        wake(sleeper);
        wait_in(gil, &gil->competing, &self, now);
    }
    errno = saved;
    return queue != NULL;
}

/* Those that wait look at the clock again. */
void gil__gil_set_interval(gil__gil *gil, uint64_t interval_ns)
{
    int saved = errno;
    gil__lock_take(&gil->lock);
    atomic_store_explicit(&gil->interval_ns, interval_ns, memory_order_relaxed);
    for (gil__waiter *at = gil->competing.first; at; at = at->next) {
        if (!is_waiting(at))
            continue;
        at->told_ns = gil__now_ns();
        tell_and_wake(at, RETRY);
    }
    gil__lock_give(&gil->lock);
    errno = saved;
}

void gil__gil_watch(gil__gil *gil, bool on)
{
    gil__lock_take(&gil->lock);
    uint32_t others = attention_of(gil) & ~(uint32_t)GIL__WATCHED;
    atomic_store_explicit(&gil->attention, others | (on ? GIL__WATCHED : 0), memory_order_seq_cst);
    gil__lock_give(&gil->lock);
}

void gil__gil_refuse(gil__gil *gil)
{
    int saved = errno;
    gil__lock_take(&gil->lock);
    gil->refusing = true;
    for (gil__waiter *at = gil->returning.first, *next; at; at = next) {
        next = at->next;
        if (!at->refusable)
            continue;
        take_out(&gil->returning, at);
        tell_and_wake(at, REFUSED);
    }
    publish(gil);
    atomic_uint *sleeper = nudge(gil);
    gil__lock_give(&gil->lock);
    wake(sleeper);
    errno = saved;
}

void gil__gil_forked(gil__gil *gil, bool held)
{
    gil->returning = gil->competing = (gil__queue){0};
    uint32_t attention = (attention_of(gil) & GIL__WATCHED) | (gil__barrier_ready() ? 0 : GIL__FENCED);
    atomic_store_explicit(&gil->attention, attention, memory_order_relaxed);
    atomic_store_explicit(&gil->word, held ? GIL__HELD : 0, memory_order_relaxed);
    __atomic_store_n(&gil->wanted, 0, __ATOMIC_RELAXED);
}
