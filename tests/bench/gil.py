# SPDX-License-Identifier: MIT
"""What the native GIL is held to: its pair, a hand-over, the convoy, fairness, many threads, a checkpoint."""
import pathlib
import re
import shutil
import subprocess
import sys

import plot
from peer import python_name, samples_beside_cpython
from table import ratio, samples_of, spread

PLOTS = pathlib.Path("out/bench")
ROUNDS = {"pair": 101, "convoy": 9, "handover": 15, "fair": 5, "checkpoint": 101}
CROWDS = 5
MIN_QUIET = 3


def measure_pair(table, folder, _):
    by_what = samples_beside_cpython("pair", folder, ROUNDS["pair"])
    by, nested = by_what["pair"], by_what["nested attach"]
    what, gil = "release and reacquire, nobody waits", spread(by["gil"])
    word, mutex, idle = (ratio(by["gil"], by["word"]), ratio(by["gil"], by["mutex"]), ratio(by["idle"], by["gil"]))
    table.add("pair", what, gil, "ns", "a futex word: an exchange, a compare and swap", spread(by["word"]), word,
              "of it", ("at most 1.3", word, "max", 1.3))
    table.add("pair", what, gil, "ns", "pthread_mutex", spread(by["mutex"]), mutex, "of it")
    table.add("pair", f"{what}, 8 attached threads idle", spread(by["idle"]), "ns", "none attached", gil, idle,
              "of it", ("at most 1.05", idle, "max", 1.05))
    own = spread(nested["gil"])
    if "cpython" not in by:
        table.add("pair", "nested attach and detach", own, "ns")
        return
    pair, attach = ratio(by["gil"], by["cpython"]), ratio(nested["gil"], nested["cpython"])
    table.add("pair", what, gil, "ns", f"{python_name()}: PyEval_SaveThread and RestoreThread", spread(by["cpython"]),
              pair, "of it", ("at most 0.3", pair, "max", 0.3))
    table.add("pair", "nested attach and detach", own, "ns", f"{python_name()}: PyGILState_Ensure and Release",
              spread(nested["cpython"]), attach, "of it", ("at most 0.3", attach, "max", 0.3))


def measure_handover(table, folder, _):
    by = samples_of([folder / "handover", ROUNDS["handover"]])
    for name in ["p50", "p99"]:
        slower = ratio(by[name]["gil"], by[name]["futex"])
        table.add("handover", f"the GIL handed to a thread that sleeps, {name}", spread(by[name]["gil"]), "us",
                  "a futex word set and woken", spread(by[name]["futex"]), slower, "of it",
                  ("at most 1.3", slower, "max", 1.3) if name == "p50" else None)


def quiet_samples(is_quiet):
    """Which samples were taken while nobody else used the machine, and what to say when too few were: then all count,
    and nothing is judged."""
    quiet = [number for number, fine in enumerate(is_quiet) if fine]
    if len(quiet) >= MIN_QUIET:
        return quiet, ""
    return range(len(is_quiet)), f"the machine is busy: {len(quiet)} quiet samples of {len(is_quiet)}"


def measure_convoy(table, folder, _):
    by_way = samples_beside_cpython("convoy", folder, ROUNDS["convoy"])
    names = {"gilkit": "gilkit", "cpython": python_name(), "mutex": "pthread_mutex", "free": "no lock"}
    names = {way: name for way, name in names.items() if way in by_way}
    # What the machine does not give without any lock, it gives with none.
    free = by_way["free"]
    quiet, note = quiet_samples([p99 < 500 and kept > 0.95 for p99, kept in zip(free["beside p99"], free["kept"])])

    def picked(way, what):
        return [by_way[way][what][number] for number in quiet]

    what = "100 us without the lock beside a holder that lets others run"
    for way, name in names.items():
        own, alone = way == "gilkit", picked(way, "alone p50")
        slower = ratio(picked(way, "beside p50"), alone)
        kept, p99 = spread(picked(way, "kept")), spread(picked(way, "beside p99"))
        table.add("convoy", f"{what}: {name}, p50", spread(picked(way, "beside p50")), "us", "alone", spread(alone),
                  slower, "of it", ("at most 1.5", slower, "max", 1.5) if own else None, note if own else "")
        table.add("convoy", f"{what}: {name}, p99", p99, "us", "alone", spread(picked(way, "alone p99")), None, "",
                  ("at most 500 us", p99, "max", 500) if own else None, note if own else "")
        table.add("convoy", f"{what}: {name}, what the holder keeps of its share", kept, "", "", None, None, "",
                  ("at least 0.9", kept, "min", 0.9) if own else None, note if own else "")
    curves = {name: [us for number in quiet for us in by_way[way][f"beside us {number}"]]
              for way, name in names.items()}
    PLOTS.mkdir(parents=True, exist_ok=True)
    path = PLOTS / "convoy.svg"
    path.write_text(plot.distributions("100 us of work without the lock, beside one that holds it" +
                                       (", on a busy machine" if note else ""), "microseconds until "
                                       "the work is done and the lock is had again", curves))
    print(f"plot: {path}", file=sys.stderr)


def measure_fair(table, folder, _):
    by_what = samples_of([folder / "fair", ROUNDS["fair"]])
    for threads in sorted({int(what.split()[0]) for what in by_what}):
        own, peer = by_what[f"{threads} gilkit"], by_what[f"{threads} mutex"]
        # One of them runs at a time: together they use one core, unless somebody else does.
        quiet, note = quiet_samples([cores > 0.97 for cores in own["cores"]])
        time, work, longest = (spread([own[of][number] for number in quiet]) for of in ("time", "work", "longest"))
        table.add("fair", f"{threads} equal holders, a second: largest share of smallest", time, "", "pthread_mutex",
                  spread(peer["time"]), None, "", ("at most 1.15", time, "max", 1.15), note)
        table.add("fair", f"{threads} equal holders: the same of what they got done", work, "", "pthread_mutex",
                  spread(peer["work"]), None, "", note=f"{note}; also says how fast the cores were".lstrip("; "))
        table.add("fair", f"{threads} equal holders: longest wait in switch intervals of 5 ms a thread", longest, "",
                  "pthread_mutex", spread(peer["longest"]), None, "", ("at most 1.5", longest, "max", 1.5), note)


def measure_crowd(table, folder, _):
    samples = [samples_of([folder / "crowd"]) for _ in range(CROWDS)]
    memory = spread([by["memory"]["KB"][0] for by in samples])
    seconds = spread([by["seconds"]["attached"][0] for by in samples])
    plain = spread([by["seconds"]["plain"][0] for by in samples])
    table.add("crowd", "memory of an attached thread", memory, "KB", "", None, None, "",
              ("at most 4 KB", memory, "max", 4))
    table.add("crowd", "1,000 threads begin, attach, work, leave", seconds, "s", "the same without a runtime", plain,
              ratio([by["seconds"]["attached"][0] for by in samples], [by["seconds"]["plain"][0] for by in samples]),
              "times", ("at most 1 s", seconds, "max", 1))


def count_checkpoint(folder):
    """Instructions of one round of the loop, with a checkpoint and without: differences of two runs."""
    def total(variant, count):
        done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                               str(folder / "checkpoint"), "--loop", variant, str(count)], check=True,
                              capture_output=True, text=True)
        return int(re.search(r"Collected : (\d+)", done.stderr).group(1))

    return {variant: (total(variant, 20000) - total(variant, 10000)) / 10000 for variant in ["with", "without"]}


def measure_checkpoint(table, folder, _):
    by = samples_of([folder / "checkpoint", ROUNDS["checkpoint"]])["loop"]
    more = ratio(by["with"], by["without"])
    what = "a loop with a checkpoint that nobody wants"
    if shutil.which("valgrind"):
        counts = count_checkpoint(folder)
        what += f" ({counts['with']:.0f} instructions)"
        peer = f"without ({counts['without']:.0f} instructions)"
    else:
        peer = "without"
    table.add("checkpoint", what, spread(by["with"]), "ns", peer, spread(by["without"]), more, "of it",
              ("at most 1.02", more, "max", 1.02))


PARTS = {
    "pair": measure_pair,
    "handover": measure_handover,
    "convoy": measure_convoy,
    "fair": measure_fair,
    "crowd": measure_crowd,
    "checkpoint": measure_checkpoint,
}
