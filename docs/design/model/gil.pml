/* SPDX-License-Identifier: MIT
 *
 * The native GIL as a Promela model for spin: three threads that take it, come to checkpoints, give it up, give up
 * waiting, fork, and shut the runtime down. The numbers of the steps are those at the top of runtime/core/gil.c.
 * README.md beside this file says what is checked, under which assumptions, and what is not; tests/model/ runs it.
 *
 * A step here is one access to memory that another thread may touch at the same time; what only the owner of the
 * internal lock touches is joined to the step before. Memory is sequentially consistent but for the one store that is
 * not: the release's, which stays in its core's store buffer until the memory process, an atomic operation of the same
 * thread, or a fence in every thread writes it out.
 *
 * Switches (-D):
 *   BOOKS      keep the books that fairness needs, and give the internal lock in turn; without it each choice that
 *              depends on them may fall either way, which allows more than the code does. Thread 0 comes once, and
 *              perhaps to one checkpoint; the others for ever
 *   FENCED     membarrier is refused: every step is sequentially consistent
 *   GIVE_UP    a wait may have a limit
 *   REFUSE     a fourth thread ends every wait that is refusable; thread 1's are
 *   FORK       a thread forks once, and the model goes on as the child
 *   SHUTDOWN   thread 0 shuts the runtime down, and it is freed
 *   BOUND      it waits for the others only for so long
 *   SPIN       a waiter may be awake for a while before it sleeps
 *   SPURIOUS=n the kernel wakes thread 0 n times for no reason
 *   MUTANT_x   one thing is broken, so that a check can be seen to fail
 */
#define N    3
#define NONE 255

#ifndef SPURIOUS
#define SPURIOUS 0
#endif

/* What a waiter's futex word says. */
#define SLEEPS  0
#define RETRY   1
#define GRANTED 2
#define REFUSED 3
#define SPINS   4

/* Read and written by anybody. */
bool held;         /* the word, as it is in memory */
byte store = NONE; /* whose store of FREE to it is still in the store buffer; two are not possible */
bool attention;    /* its bit WAITERS */
bool wanted;
byte signal[N];

/* Under the internal lock. A waiter lives on its thread's stack, so a thread has at most one, at one address. */
bool locked;
chan returning = [N] of { byte };
chan competing = [N] of { byte };
bool refusing;
bool refusable[N];

/* In the kernel: who sleeps on its own word, and whom a thread is about to wake. */
bool asleep[N];
byte wakes[N + 1] = NONE;
byte spurious = SPURIOUS;

/* For the properties; no part of the algorithm. */
byte inside;  /* how many threads believe that they hold the GIL */
bool gone[N]; /* it is not in the child of the fork */
bool freed;   /* the runtime's memory */

#ifdef BOOKS
byte turn;    /* switches % 4 */
bool lost[N]; /* it tried in vain, or was passed over */
bool asks[N]; /* for the internal lock */
bool needs;   /* for the property: thread 0 asked for the GIL */
#define NEEDS(yes) needs = (me == 0 -> yes : needs)
#else
#define NEEDS(yes) skip
#endif

#ifdef SHUTDOWN
#define RUNNING 0
#define CLOSING 1
#define CLOSED  2
byte state = RUNNING;
byte attached;
bool closer_sleeps; /* until `attached` changes */
#define LEAVE leave()
#else
#define LEAVE skip
#endif

#ifdef FORK
bool forked;
#endif

/* Once refused, a thread would be again and again. */
#ifdef REFUSE
#define AFTER_REFUSAL ends
#else
#define AFTER_REFUSAL away
#endif

#define ALIVE assert(!freed)

/* A lost wake-up, at the moment it is lost: a waiter was told, sleeps, and nobody is about to wake it. */
#define LOST(t) (asleep[t] && signal[t] != SLEEPS && wakes[0] != t && wakes[1] != t && wakes[2] != t && wakes[3] != t)
ltl no_lost_wake_up { [] !(LOST(0) || LOST(1) || LOST(2)) }

#ifdef BOOKS
ltl no_starvation { [] <> !needs }
#endif

/* An atomic operation of a thread comes behind its own stores. */
inline drain()
{
    if
    :: store == me -> held = false; store = NONE
    :: else
    fi
}

/* The internal lock. Whoever comes takes it; with BOOKS, whoever asks gets it in turn. lock.pml has the real one. */
#ifdef BOOKS
inline lock_take()
{
    d_step {
        drain();
        if
        :: !locked -> locked = true
        :: else -> asks[me] = true
        fi
    }
    !asks[me]
}

inline lock_give()
{
    d_step {
        if
        :: asks[(me + 1) % N] -> asks[(me + 1) % N] = false
        :: !asks[(me + 1) % N] && asks[(me + 2) % N] -> asks[(me + 2) % N] = false
        :: else -> locked = false
        fi
    }
}
#else
inline lock_take()
{
    atomic {
        !locked -> ALIVE;
        locked = true;
        drain()
    }
}

inline lock_give()
{
    d_step { ALIVE; locked = false }
}
#endif

/* CAS(word, FREE, HELD), into `got`. */
inline try_once()
{
    d_step {
        ALIVE;
        drain();
        got = !held;
        held = true
    }
}

/* 5: the kernel compares and falls asleep in one step. Woken, a waiter looks again whatever the reason was. */
inline futex_wait()
{
    d_step {
        if
#ifdef MUTANT_SLEEPS_UNCOMPARED
        :: true -> asleep[me] = true
#else
        :: signal[me] == SLEEPS -> asleep[me] = true
        :: else
#endif
        fi
    }
    if
    :: !asleep[me]
    /* Its time is up. When a checkpoint is wanted already, one more look would change nothing. */
    :: asleep[me] && competes && (!wanted || signal[me] != SLEEPS) -> asleep[me] = false
#ifdef GIVE_UP
    :: asleep[me] && may_leave -> asleep[me] = false
#endif
    :: me == 0 && asleep[me] && spurious > 0 -> d_step { asleep[me] = false; spurious-- }
    fi
}

/* Only the address is used: who was meant may be elsewhere by now, or asleep there for the next time. */
inline futex_wake()
{
    d_step {
        if
#ifndef MUTANT_NO_WAKE
        :: wakes[me] != NONE -> asleep[wakes[me]] = false
#endif
        :: else
        fi;
        wakes[me] = NONE
    }
}

/* Two steps; one for fairness, where it makes no difference when a wake-up comes if only it comes. */
inline give_and_wake()
{
#ifdef BOOKS
    atomic { lock_give(); futex_wake() }
#else
    lock_give();
    futex_wake()
#endif
}

/* A thread that does not wait has no waiter: what was in it does not count. */
inline forget_waiter()
{
    signal[me] = SLEEPS;
    refusable[me] = false;
#ifdef BOOKS
    lost[me] = false;
#endif
    skip
}

inline forget_steps()
{
    spins = false;
    fences = false;
    looks = false
}

/* Whether a waiter spins before it sleeps may fall either way. */
inline may_spin()
{
#ifdef SPIN
    if
    :: true -> spins = true; signal[me] = SPINS
    :: true
    fi;
#endif
    skip
}

/* Told or not: from now on it sleeps, unless it was told. */
inline end_spin()
{
    spins = false;
    if
#ifdef MUTANT_PARKS_UNCOMPARED
    :: true -> signal[me] = SLEEPS
#else
    :: signal[me] == SPINS -> signal[me] = SLEEPS
    :: else
#endif
    fi
}

/* `next` is whose turn it is, or NONE. */
inline choose_next()
{
    if
    :: len(returning) == 0 && len(competing) == 0 -> next = NONE
    :: len(returning) == 0 && len(competing) > 0 -> competing ? <next>
#ifdef BOOKS
    :: len(returning) > 0 && len(competing) > 0 && turn == 3 -> competing ? <next>
    :: len(returning) > 0 && !(len(competing) > 0 && turn == 3) -> returning ? <next>
#else
    :: len(returning) > 0 && len(competing) > 0 -> competing ? <next>
    :: len(returning) > 0 -> returning ? <next>
#endif
    fi
}

inline leave_queue(who)
{
    if
    :: returning ?? [eval(who)] -> returning ?? eval(who)
    :: else -> competing ?? eval(who)
    fi
}

inline changed_hands()
{
#ifdef BOOKS
#ifndef MUTANT_RETURNING_FIRST
    turn = (turn + 1) % 4;
#endif
#endif
    skip
}

/* An exchange; who spins needs no wake-up. */
inline tell(what)
{
    wakes[me] = (signal[next] == SPINS -> NONE : next);
    signal[next] = what
}

inline grant_next()
{
    leave_queue(next);
    changed_hands();
    tell(GRANTED)
}

/* Two stores in the code. Here they are one step: `wanted` is a hint, and whoever sees the old one passed a moment
 * earlier. */
inline publish()
{
    d_step {
        ALIVE;
#ifndef MUTANT_UNMARKED
        attention = len(returning) + len(competing) > 0;
#endif
        wanted = len(returning) > 0 || refusing
    }
}

inline nudge()
{
    atomic {
        ALIVE;
        choose_next();
        if
#ifndef MUTANT_TELLS_NOBODY
        :: next != NONE && !held && (signal[next] == SLEEPS || signal[next] == SPINS) -> tell(RETRY)
#endif
        :: else
        fi;
        next = NONE
    }
}

/* The same in a release: who is next and finds that somebody took the GIL meanwhile has lost a race too. */
inline nudge_or_note()
{
    atomic {
        ALIVE;
        choose_next();
        if
#ifndef MUTANT_TELLS_NOBODY
        :: next != NONE && !held && (signal[next] == SLEEPS || signal[next] == SPINS) -> tell(RETRY)
#endif
#if defined(BOOKS) && !defined(MUTANT_PASSES_OVER)
        :: next != NONE && held -> lost[next] = true
#endif
        :: else
        fi;
        next = NONE
    }
}

/* membarrier: the others pass a fence, one after the other. */
inline fence_all()
{
#if !defined(FENCED) && !defined(MUTANT_NO_FENCE)
    d_step {
        if
        :: store == (me + 1) % N -> held = false; store = NONE
        :: else
        fi
    }
    d_step {
        if
        :: store == (me + 2) % N -> held = false; store = NONE
        :: else
        fi
    }
#else
    skip
#endif
}

/* The thread has the GIL. */
inline enter()
{
    d_step {
        assert(inside == 0); /* mutual exclusion, each time */
        inside++;
        forget_waiter();
        NEEDS(false);
        may_leave = false;
        competes = false;
        arrives = false;
        forget_steps();
        got = false
    }
}

inline release()
{
    if
    /* 1 */
    :: atomic { !attention -> inside-- }
        /* 2 */
#ifdef FENCED
        d_step { ALIVE; held = false }
#else
        d_step { ALIVE; assert(store == NONE); store = me }
#endif
        /* 3 */
        if
        :: !attention
        :: attention ->
            /* 4 */
            lock_take();
            nudge();
            give_and_wake()
        fi
    :: atomic { attention -> inside-- }
        /* 5 */
        lock_take();
        atomic {
            choose_next();
            if
#ifdef MUTANT_HOARD
            :: true -> next = NONE; held = false
#elif defined(BOOKS)
            /* Told long ago: that may be so, or not yet. */
            :: next != NONE && (lost[next] || signal[next] == RETRY) -> grant_next()
            :: next == NONE || !lost[next] -> next = NONE; held = false
#else
            :: next != NONE -> grant_next()
            :: true -> next = NONE; held = false
#endif
            fi
        }
        if
        :: next != NONE -> publish()
        :: else -> nudge_or_note()
        fi;
        next = NONE;
        give_and_wake()
    fi
}

/* Every wait that is refusable ends. */
inline refuse()
{
    lock_take();
    d_step { refusing = true; next = 0 }
    do
    :: next == N -> break
    :: next < N ->
        d_step {
            if
            :: returning ?? [eval(next)] && refusable[next] ->
                returning ?? eval(next);
                signal[next] = REFUSED;
                asleep[next] = false
            :: else
            fi;
            next++
        }
    od;
    next = NONE;
    publish();
#ifndef MUTANT_KEEPS_THE_TURN
    nudge();
#endif
    give_and_wake()
}

#ifdef REFUSE
proctype refuser(byte me)
{
    byte next = NONE;
    refuse()
}
#endif

#ifdef SHUTDOWN
/* The last that a thread does to a runtime, because whoever frees it waits for it; or it frees it itself. */
inline leave()
{
    atomic {
        ALIVE;
        drain();
        inn = false;
#ifdef MUTANT_LOOKS_BACK
        free_it = attached == 1;
#else
        free_it = attached == 1 && state == CLOSED;
#endif
#ifdef MUTANT_WAKES_LATE
        wake_closer = attached == 1;
#else
        wake_closer = attached <= 2;
#endif
        attached--
    }
#ifdef MUTANT_LOOKS_BACK
    d_step { free_it = free_it && state == CLOSED }
#endif
    if
    :: free_it -> take_down()
    :: else ->
        d_step {
            if
            :: wake_closer -> closer_sleeps = false
            :: else
            fi
        }
    fi;
    d_step { wake_closer = false; free_it = false }
}

/* Nobody else is there: the GIL is free at once, and the memory nobody's. */
inline take_down()
{
    d_step { ALIVE; assert(inside == 0 && !held && store == NONE && !locked); freed = true }
}

/* Close the runtime, wait until nobody else is attached or the time is up, then take it down or let the last one do it. */
proctype closer(byte me)
{
    bool inn, wake_closer, free_it, got, alone, may_leave, competes, arrives, spins, fences, looks;
    byte next = NONE;
    d_step { state = CLOSING; attached++; inn = true }
    refuse();
    do
    :: attached <= 1 -> alone = true; break
    :: attached > 1 ->
        d_step {
            if
            :: attached > 1 -> closer_sleeps = true
            :: else
            fi
        }
        if
        :: !closer_sleeps
#ifdef BOUND
        :: closer_sleeps -> closer_sleeps = false; break
#endif
        fi
    od;
    if
    :: alone -> take_down()
    :: else ->
        try_once();
        if
        :: got -> enter(); state = CLOSED; release()
        :: else -> state = CLOSED
        fi;
        leave()
    fi
}
#endif

#ifdef FORK
/* The model goes on as the child: the others are gone, wherever they were; the handlers had the internal lock. */
inline fork(holds)
{
    atomic {
        !locked -> forked = true;
        gone[(me + 1) % N] = true;
        gone[(me + 2) % N] = true;
#ifndef MUTANT_FORK_KEEPS_THE_QUEUES
        do
        :: len(returning) > 0 -> returning ? next
        :: len(competing) > 0 -> competing ? next
        :: len(returning) + len(competing) == 0 -> break
        od;
        next = NONE;
        attention = false;
        wanted = false;
#endif
        asleep[0] = false;
        asleep[1] = false;
        asleep[2] = false;
        store = NONE;
#ifndef MUTANT_FORK_KEEPS_THE_WORD
        held = holds;
#endif
        inside = holds
    }
}
#endif

proctype thread(byte me)
{
    bool got, arrives, competes, may_leave;
    bool spins, fences, looks; /* what a waiter does yet before it sleeps */
    byte next;
#ifdef SHUTDOWN
    bool inn, wake_closer, free_it;
#endif
#ifdef BOOKS
    bool was_there, checked;
#define MAY_CHECK !checked
#define CHECKED   checked = me == 0
#else
#define MAY_CHECK true
#define CHECKED   skip
#endif
    {
        next = NONE;
away:
end:
        /* It ends; or acquire, 1. */
        atomic {
            if
#ifdef SHUTDOWN
            :: !inn -> goto ends
            :: !inn && state == RUNNING -> inn = true; attached++; may_leave = true
            :: inn
#elif defined(BOOKS)
            :: me != 0
            :: me == 0 && !was_there -> was_there = true
            :: me == 0 && was_there -> goto ends
#else
            :: goto ends
            :: true
#endif
#ifdef FORK
            :: !forked -> fork(false); goto away
#endif
            fi;
#if defined(GIVE_UP) && defined(BOOKS)
            may_leave = me != 0;
#elif defined(GIVE_UP) && !defined(SHUTDOWN)
            may_leave = true;
#elif defined(REFUSE)
            may_leave = me == 1;
#endif
            NEEDS(true);
            try_once();
            if
            :: got -> enter(); goto works
            :: else
            fi
        }
        /* 2 */
        lock_take();
        if
        :: refusing && may_leave -> lock_give(); may_leave = false; LEAVE; goto AFTER_REFUSAL
        :: else
        fi;
        atomic {
            fences = !attention;
            looks = true;
            returning ! me;
            refusable[me] = may_leave;
            may_spin()
        }
        publish();
        lock_give();
passes:
        if
        /* 3: for a moment, however long */
        :: spins -> atomic { end_spin(); arrives = looks; looks = fences }
        /* 4 */
        :: !spins && fences -> fence_all(); atomic { fences = false; looks = false; arrives = true }
        :: !spins && !fences && looks -> atomic { looks = false; arrives = true }
        /* 5 */
        :: !spins && !fences && !looks -> futex_wait()
        fi;
        atomic {
            if
            :: signal[me] == GRANTED -> enter(); goto works
            :: signal[me] == REFUSED -> goto refused
            :: else
            fi
        }
        /* 6 */
        lock_take();
        atomic {
            if
            :: signal[me] == GRANTED -> goto has
            :: signal[me] == REFUSED -> lock_give(); goto refused
            :: signal[me] == RETRY || (signal[me] == SLEEPS && arrives) ->
#ifdef MUTANT_NO_RECHECK
                got = true;
                held = true
#else
                try_once()
#endif
            :: else
            fi;
            arrives = false;
            if
            :: got -> leave_queue(me); changed_hands()
            :: !got && signal[me] == RETRY ->
                signal[me] = SLEEPS;
#ifdef BOOKS
                lost[me] = true
#endif
            :: else
            fi
        }
        if
        :: got -> publish(); goto has
#ifdef GIVE_UP
        :: !got && may_leave ->
#ifndef MUTANT_GHOST
            leave_queue(me);
#endif
            publish();
#ifndef MUTANT_KEEPS_THE_TURN
            nudge();
#endif
            give_and_wake();
            goto refused
#endif
#ifdef MUTANT_NEVER_ASKS
        :: !got
#else
        :: !got && competes -> wanted = true /* when its time is up, the holder's slice is over */
        :: !got && !competes
#endif
        fi;
        lock_give();
        goto passes;
has:
        lock_give();
        enter();
works:
        if
        /* A checkpoint. */
        :: wanted && MAY_CHECK ->
            lock_take();
            atomic {
                choose_next();
                if
                :: next != NONE ->
                    CHECKED;
                    inside--;
                    competes = true;
                    NEEDS(true);
                    grant_next();
                    competing ! me;
                    may_spin()
                :: else
                fi;
                next = NONE
            }
            publish();
            give_and_wake();
            if
            :: competes -> goto passes
            :: else -> goto works
            fi
#ifdef FORK
        :: !forked -> fork(true); goto works
#endif
#ifdef BOOKS
        :: !wanted -> goto works
#endif
#ifdef MUTANT_LEAVES_EARLY
        :: leave(); release(); goto away
#endif
        :: release()
        fi;
        if
        :: LEAVE
#ifdef SHUTDOWN
        :: true
#endif
        fi;
        goto away;
        /* It gave up, or was refused. */
refused:
        atomic { forget_waiter(); may_leave = false; arrives = false; spins = false; looks = false }
#ifndef MUTANT_GIVES_UP_UNFENCED
        if
        :: fences -> fence_all()
        :: else
        fi;
#endif
        fences = false;
        lock_take();
#ifndef MUTANT_KEEPS_THE_TURN
        nudge();
#endif
        give_and_wake();
        LEAVE;
        goto AFTER_REFUSAL
    } unless { gone[me] };
ends:
    skip
}

/* A store buffer is written out sooner or later. */
proctype memory()
{
end:
    do
    :: d_step { store != NONE -> held = false; store = NONE }
    od
}

init
{
    atomic {
#ifdef SHUTDOWN
        run closer(0);
#else
        run thread(0);
#endif
#ifdef REFUSE
        run refuser(3);
#endif
        run thread(1);
        run thread(2);
#ifndef FENCED
        run memory();
#endif
        skip
    }
}
