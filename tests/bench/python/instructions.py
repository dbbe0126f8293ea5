# SPDX-License-Identifier: MIT
"""Instructions a call under valgrind's callgrind: what noise on the machine cannot change.

As a program, inside the interpreter: instructions.py MODULES PEER FUNCTION TURNS"""
import importlib
import os
import re
import subprocess
import sys

TURNS = (1000, 2000)  # the difference leaves out the start, the import and the specialising of the loop
WHO = ("by_hand", "by_gilkit", "by_gilkit_bind", "by_nanobind")
WHAT = ("add_held", "add_released")


def total(environment, peer, what, turns):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", environment.python, __file__,
               environment.modules, peer, what, turns]
    # Hashes of text change how long dictionaries are searched.
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300, check=True,
                          env=dict(os.environ, PYTHONHASHSEED="0", PYTHONNOUSERSITE="1"))
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def count(environment, built):
    """{what: {peer: instructions a call}}"""
    from python.sample import UNROLLED

    there = {peer.module for peer in built}
    counts = {what: {} for what in WHAT}
    for what in WHAT:
        for peer in (name for name in WHO if name in there):
            low, high = (total(environment, peer, what, turns) for turns in TURNS)
            counts[what][peer] = (high - low) / (TURNS[1] - TURNS[0]) / UNROLLED
    return counts


def markdown(counts, names):
    peers = list(counts["add_held"])
    heads = ["instructions a call", *(names[peer] for peer in peers)]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for what, by in counts.items():
        lines.append(f"| {what} | " + " | ".join(f"{by[peer]:.0f}" for peer in peers) + " |")
    return "\n".join(lines)


def main():
    from sample import add_of, loop_of

    folder, peer, what, turns = sys.argv[1:]
    sys.path.insert(0, folder)
    (_, statement, names), = add_of(importlib.import_module(peer), what)
    loop_of(statement, names)(int(turns))


if __name__ == "__main__":
    main()
