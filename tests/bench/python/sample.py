# SPDX-License-Identifier: MIT
"""Runs inside the interpreter that is measured: sample.py MODULES SEED ROUNDS MILLISECONDS PEER...

Every call of every peer goes through the same loop: a function of its own (so that the interpreter specialises it
for this peer and no other), ten calls a turn (so that the turn itself weighs a tenth), its operands local variables.
In each round every peer is sampled once, in an order of its own, so that whatever else the machine does meets all
alike. Nothing is subtracted; the same loop around nothing is a row of its own. JSON on stdout:
{what: {peer: [[processor ns, wall ns], ...]}}, a call each, and {peer: why} of those that do not work here.
"""
import gc
import importlib
import itertools
import json
import random
import sys
import time

UNROLLED = 10
LOOP = "def loop(turns, {names}):\n    for _ in turns:\n" + "        {statement}\n" * UNROLLED


def loop_of(statement, names):
    """A function of the number of turns."""
    space = {}
    text = LOOP.replace("{names}", ", ".join(names) or "*_none").replace("{statement}", statement)
    exec(compile(text, "<loop>", "exec"), space)
    loop, values = space["loop"], tuple(names.values())
    return lambda turns: loop(itertools.repeat(None, turns), *values)


def add_of(module, kind):
    """[(what, statement, names)] of a module's add."""
    function = getattr(module, kind, None)
    return [] if function is None else [(kind, "f(x, y)", {"f": function, "x": 1.5, "y": 2.25})]


def dot_of(module, numpy):
    names = {"x": numpy.arange(8.0), "y": numpy.arange(8.0) + 0.5}
    if hasattr(module, "from_buffer"):
        names.update(f=module.dot, take=module.from_buffer, doubles=module.DOUBLES)
        return [("dot", "f(8, take(doubles, x), take(doubles, y))", names)]
    if hasattr(module, "dot_of"):
        return [("dot", "f(8, x, y)", dict(names, f=module.dot_of(numpy)))]
    return [("dot", "f(x, y)", dict(names, f=module.dot))] if hasattr(module, "dot") else []


def checked(statement, names, expected):
    got = eval(statement, {}, names)
    if float(got) != expected:
        raise ValueError(f"{statement} is {got!r}, not {expected}")


def loops_of(peers):
    """({what: {peer: loop}}, {peer: why not}). Each answer is checked once before it is timed."""
    loops, refused = {"add_held": {}, "add_released": {}, "dot": {}}, {}
    try:
        import numpy
    except ImportError as error:
        numpy, refused["numpy"] = None, str(error)
    for name in peers:
        try:
            module = importlib.import_module(name)
            found = add_of(module, "add_held") + add_of(module, "add_released")
            found += dot_of(module, numpy) if numpy else []
            for what, statement, names in found:
                checked(statement, names, 154.0 if what == "dot" else 3.75)
                loops[what][name] = loop_of(statement, names)
        except Exception as error:  # whatever a peer throws, the others are measured
            refused[name] = f"{type(error).__name__}: {error}"
    if numpy:
        names = {"f": numpy.dot, "x": numpy.arange(8.0), "y": numpy.arange(8.0) + 0.5}
        loops["dot"]["numpy"] = loop_of("f(x, y)", names)
    loops["empty"] = {"empty": loop_of("pass", {})}
    return loops, refused


def turns_for(loop, seconds):
    """How many turns take about this long; the loop is warm afterwards."""
    turns = 1
    while True:
        start = time.perf_counter()
        loop(turns)
        took = time.perf_counter() - start
        if took > seconds / 2:
            return max(1, round(turns * seconds / took))
        turns *= 2


def sample(loop, turns):
    wall, processor = time.perf_counter_ns(), time.thread_time_ns()
    loop(turns)
    processor, wall = time.thread_time_ns() - processor, time.perf_counter_ns() - wall
    calls = turns * UNROLLED
    return [processor / calls, wall / calls]


def main():
    folder, seed, rounds, milliseconds, *peers = sys.argv[1:]
    sys.path.insert(0, folder)
    loops, refused = loops_of(peers)
    flat = [(what, peer, loop) for what, by in loops.items() for peer, loop in by.items()]
    gc.disable()
    flat = [(what, peer, loop, turns_for(loop, float(milliseconds) / 1e3)) for what, peer, loop in flat]
    order, samples = random.Random(int(seed)), {what: {peer: [] for peer in by} for what, by in loops.items()}
    for _ in range(int(rounds)):
        for what, peer, loop, turns in order.sample(flat, len(flat)):
            samples[what][peer].append(sample(loop, turns))
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    json.dump({"samples": samples, "refused": refused, "gil": gil}, sys.stdout)


if __name__ == "__main__":
    main()
