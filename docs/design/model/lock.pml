/* SPDX-License-Identifier: MIT
 *
 * The internal lock, gil__lock of runtime/base/futex.h: 0 free, 1 held, 2 held and somebody may sleep. gil.pml takes it
 * for granted that this one is a lock and loses nobody; here that is checked, for three threads that take it for ever or
 * end at any time. The kernel may wake anybody who sleeps there, and once for no reason.
 */
#define N 3

byte word;
bool asleep[N];
byte inside;
byte spurious = 1;

inline futex_wait()
{
    d_step {
        if
        :: word == 2 -> asleep[me] = true
        :: else
        fi
    }
    if
    :: !asleep[me]
    :: asleep[me] && spurious > 0 -> d_step { asleep[me] = false; spurious-- }
    fi
}

proctype thread(byte me)
{
    byte seen;
    do
    :: true ->
        /* gil__lock_take */
        d_step {
            seen = word;
            if
            :: word == 0 -> word = 1
            :: else
            fi
        }
        do
        :: seen == 0 -> break
        :: seen != 0 ->
#ifdef MUTANT_TAKES_QUIETLY
            d_step { seen = word; word = (word == 0 -> 1 : 2) }
#else
            d_step { seen = word; word = 2 }
#endif
            if
            :: seen != 0 -> futex_wait()
            :: else
            fi
        od;
        atomic { assert(inside == 0); inside++ }
        /* gil__lock_give */
        atomic { inside--; seen = word; word = 0 }
        if
        :: seen == 2 ->
            if
            :: atomic { asleep[0] -> asleep[0] = false }
            :: atomic { asleep[1] -> asleep[1] = false }
            :: atomic { asleep[2] -> asleep[2] = false }
            :: atomic { !asleep[0] && !asleep[1] && !asleep[2] }
            fi
        :: else
        fi;
        seen = 0
    :: break
    od
}

init
{
    atomic {
        run thread(0);
        run thread(1);
        run thread(2)
    }
}
