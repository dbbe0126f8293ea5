# SPDX-License-Identifier: MIT
"""What the models of the GIL and of its internal lock promise, each property by itself; and that each check can fail:
spin must find what is wrong with a model in which one thing is broken."""
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from model import BOTH, DEADLOCK, EXCLUSION, STARVATION, WAKE_UP, Check, check

SITUATIONS = {
    "plain": (),
    "with waiters that spin": ("SPIN",),
    "where membarrier is refused": ("FENCED",),
    "with waits that have a limit": ("GIVE_UP",),
    "with waits that are refused": ("REFUSE",),
    "with a wake-up for no reason": ("SPURIOUS=1",),
    "in the child of a fork, with waiters that spin": ("SPIN", "FORK"),
    "while the runtime shuts down": ("SHUTDOWN",),
    "while it shuts down within a bound and waits have a limit": ("SHUTDOWN", "BOUND", "GIVE_UP"),
}
FAIR = ("BOOKS", "FENCED")  # what fairness needs; the store buffer makes no difference to it, only more states

HOLDS = {f"{what}, {where}": Check(what, "gil", switches)
         for what in (EXCLUSION, DEADLOCK) for where, switches in SITUATIONS.items()}
# Where a wait may have a limit it need not end by it, so this is the plain situation too.
HOLDS[f"{WAKE_UP}, with waits that may have a limit"] = Check(WAKE_UP, "gil", ("GIVE_UP",))
HOLDS[f"{WAKE_UP}, with waiters that spin"] = Check(WAKE_UP, "gil", ("SPIN",))
HOLDS[STARVATION] = Check(STARVATION, "gil", FAIR)
HOLDS |= {f"{what}, of the internal lock": Check(what, "lock") for what in (EXCLUSION, DEADLOCK)}

BROKEN = {
    "a waiter that was told takes the GIL without looking": Check(EXCLUSION, "gil", ("MUTANT_NO_RECHECK",)),
    "a release tells nobody": Check(DEADLOCK, "gil", ("MUTANT_TELLS_NOBODY",)),
    "who tells a waiter does not wake it": Check(WAKE_UP, "gil", ("MUTANT_NO_WAKE",)),
    "the kernel does not compare before it sleeps": Check(WAKE_UP, "gil", ("MUTANT_SLEEPS_UNCOMPARED",)),
    "a waiter does not say that it waits": Check(DEADLOCK, "gil", ("MUTANT_UNMARKED",)),
    "no fence between saying so and looking": Check(DEADLOCK, "gil", ("MUTANT_NO_FENCE",)),
    "who spun goes to sleep without looking": Check(DEADLOCK, "gil", ("SPIN", "MUTANT_PARKS_UNCOMPARED")),
    "who spun and is refused leaves the fence to nobody":
        Check(DEADLOCK, "gil", ("SPIN", "REFUSE", "MUTANT_GIVES_UP_UNFENCED")),
    "the ghost of a waiter that gave up": Check(DEADLOCK, "gil", ("GIVE_UP", "MUTANT_GHOST")),
    "a waiter that is refused keeps the turn": Check(DEADLOCK, "gil", ("REFUSE", "MUTANT_KEEPS_THE_TURN")),
    "the child of a fork keeps the queues": Check(DEADLOCK, "gil", ("FORK", "MUTANT_FORK_KEEPS_THE_QUEUES")),
    "the child of a fork keeps the word": Check(DEADLOCK, "gil", ("FORK", "MUTANT_FORK_KEEPS_THE_WORD")),
    "only the last thread wakes who shuts down": Check(DEADLOCK, "gil", ("SHUTDOWN", "MUTANT_WAKES_LATE")),
    "the last thread leaves before it gave the GIL up":
        Check(EXCLUSION, "gil", ("SHUTDOWN", "MUTANT_LEAVES_EARLY")),
    "who left last looks back whether the runtime was closed":
        Check(EXCLUSION, "gil", ("SHUTDOWN", "BOUND", "MUTANT_LOOKS_BACK")),
    "whoever comes first takes the GIL, for ever": Check(STARVATION, "gil", (*FAIR, "MUTANT_HOARD")),
    "a waiter that was passed over has not lost": Check(STARVATION, "gil", (*FAIR, "MUTANT_PASSES_OVER")),
    "returning threads always come first": Check(STARVATION, "gil", (*FAIR, "MUTANT_RETURNING_FIRST")),
    "a competing waiter asks for no checkpoint": Check(STARVATION, "gil", (*FAIR, "MUTANT_NEVER_ASKS")),
    "the internal lock is taken as if nobody slept": Check(DEADLOCK, "lock", ("MUTANT_TAKES_QUIETLY",)),
}


def first_search(wanted):
    """Which search is made for it: one serves two properties as long as both hold."""
    return replace(wanted, property=BOTH) if wanted.property in (EXCLUSION, DEADLOCK) else wanted


@pytest.fixture(scope="session")
def verdicts(tmp_path_factory):
    """Every search at once, two at a time; the longest first."""
    wanted = {*map(first_search, HOLDS.values()), *BROKEN.values()}
    with ThreadPoolExecutor(min(2, len(os.sched_getaffinity(0)))) as pool:
        yield {one: pool.submit(check, one, tmp_path_factory.mktemp("pan"))
               for one in sorted(wanted, key=lambda c: (c.property != STARVATION, "REFUSE" not in c.switches, str(c)))}


@pytest.mark.parametrize("what", HOLDS)
def test_model__holds(verdicts, tmp_path, what):
    verdict = verdicts[first_search(HOLDS[what])].result()
    if not verdict.holds:
        verdict = check(HOLDS[what], tmp_path)
    assert verdict.holds, verdict.said
    assert verdict.states > 1000


@pytest.mark.parametrize("what", BROKEN)
def test_model__finds_what_is_broken(verdicts, what):
    assert not verdicts[BROKEN[what]].result().holds
