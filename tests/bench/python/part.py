# SPDX-License-Identifier: MIT
"""The part `python` of the bench: an environment, the peers, a table, a picture and the samples of each interpreter."""
import json
import pathlib
import subprocess
import sys

from python import instructions, interpreter, peer, plot, sample, start
from python.environment import PACKAGES, Environment, Failure, call
from table import Table, digits, ratio, show, spread

SAMPLE = pathlib.Path(sample.__file__).resolve()
SEED = 20  # of the orders in which the peers take turns; the same in every run
WHAT = {
    "add_held": "add(double, double), GIL held",
    "add_released": "add(double, double), GIL released",
    "dot": "dot of two NumPy arrays of 8",
}
NAMES = dict(peer.NAMES, numpy="numpy.dot", empty="nothing")
IMPORT = "import of the module"
# what, who, against whom, the side and the bound that the ratio keeps to. "max": ours of theirs; "min": times faster.
TARGETS = [
    ("add_held", "by_gilkit", "by_hand", "max", 1.15),
    ("add_held", "by_gilkit", "by_nanobind", "max", 1.0),
    ("add_released", "by_gilkit", "by_hand", "max", 1.1),
    ("add_held", "by_gilkit_bind", "by_hand", "max", 1.2),
    ("add_held", "by_gilkit_bind", "by_nanobind", "max", 1.0),
    ("add_held", "by_gilkit_bind", "by_ctypes", "min", 4.0),
    ("add_released", "by_gilkit_bind", "by_hand", "max", 1.1),
    ("add_released", "by_gilkit_bind", "by_nanobind", "max", 1.0),
    ("add_released", "by_gilkit_bind", "by_ctypes", "min", 4.0),
    ("add_released", "by_gilkit_bind", "by_cffi_api", "min", 1.8),
    ("dot", "by_gilkit", "by_hand", "max", 0.7),
]
IMPORT_TARGETS = {"by_gilkit": ("max", 1.5)}
PACKAGE_ROWS = {
    "us": ("ms", "processor time"),
    "wall us": ("ms", "time on the clock, with what else the machine does"),
    "rss": ("MB", "resident memory"),
    "pss": ("MB", "proportional set size"),
}
PACKAGE_TARGETS = {"us": ("at most 20 ms", 20.0), "rss": ("at most 3 MB", 3.0)}


class Effort:
    """How long to measure: processes, rounds in each, milliseconds a sample, rounds of imports."""

    def __init__(self, quick):
        self.processes, self.rounds, self.milliseconds, self.imports = (2, 20, 0.5, 6) if quick else (4, 80, 0.5, 20)


def sample_calls(environment, built, effort):
    """Samples of several processes, one after the other: where a process lays its code and data is chance too."""
    samples, refused, gil = {}, {}, True
    for count in range(effort.processes):
        command = [environment.python, "-I", SAMPLE, environment.modules, SEED + count, effort.rounds,
                   effort.milliseconds, *(one.module for one in built)]
        found = json.loads(call(command, "the calls were not measured"))
        refused.update(found["refused"])
        gil = found["gil"]
        for what, by in found["samples"].items():
            for who, pairs in by.items():
                samples.setdefault(what, {}).setdefault(who, []).extend(pairs)
    return samples, refused, gil


def target_of(side, bound, stat):
    if side == "min":
        return f"at least {bound:g}", stat, side, bound
    return f"at most {bound:g}" if bound != 1.0 else "ahead of it", stat, side, bound


def target_between(what, who, other):
    return next(((side, bound) for a, b, c, side, bound in TARGETS if (a, b, c) == (what, who, other)), None)


def add_calls(table, samples):
    """A row for each peer against the hand-written one, and one for each other target."""
    for what, label in WHAT.items():
        times = {who: [processor for processor, _ in pairs] for who, pairs in samples.get(what, {}).items()}
        for who in times:
            others = ["by_hand"] + [c for a, b, c, _, _ in TARGETS if (a, b) == (what, who) and c != "by_hand"]
            for other in (one for one in others if one in times):
                target = target_between(what, who, other)
                faster = target and target[0] == "min"
                stat = ratio(times[other], times[who]) if faster else ratio(times[who], times[other])
                own = who == other
                table.add(table.title, f"{label}: {NAMES[who]}", spread(times[who]), "ns", "" if own else NAMES[other],
                          None if own else spread(times[other]), None if own else stat,
                          "times faster" if faster else "of it", target_of(*target, stat) if target else None)


def add_imports(table, imports):
    hand = imports["by_hand"]["us"]
    for who, by in imports.items():
        if who.startswith("package "):
            continue
        stat, target = ratio(by["us"], hand), IMPORT_TARGETS.get(who)
        own = who == "by_hand"
        table.add(table.title, f"{IMPORT}: {NAMES[who]}", spread(by["us"]), "us", "" if own else NAMES["by_hand"],
                  None if own else spread(hand), None if own else stat, "of it",
                  target_of(*target, stat) if target else None)
    for who, by in imports.items():
        if not who.startswith("package "):
            continue
        name = who.split()[1]
        for kind, (unit, label) in PACKAGE_ROWS.items():
            stat = spread([value / 1e3 if unit == "ms" else value for value in by[kind]])
            words, bound = PACKAGE_TARGETS.get(kind, (None, None))
            judged = name == "gilkit" and words
            table.add(table.title, f"`import {name}` adds: {label}", stat, unit,
                      target=(words, stat, "max", bound) if judged else None)


def busy_note(samples):
    lost = [1 - processor / wall for by in samples.values() for pairs in by.values() for processor, wall in pairs]
    return f"The processor was somewhere else for {100 * sum(lost) / len(lost):.1f} % of the time."


def notes_of(environment, samples, refused, gil, left_out):
    versions = ", ".join(f"{name} {version}" for name, version in sorted(environment.versions.items()))
    notes = [f"With {versions}; {' and '.join(peer.compilers())} {peer.FLAGS[0]}."]
    notes.append("Processor time, nothing subtracted; the same loop around nothing took "
                 f"{show(spread([a for a, _ in samples['empty']['empty']]), ' ns')} a turn. {busy_note(samples)}")
    apart = ratio(*([a for a, _ in samples["add_held"][who]] for who in ("by_hand_again", "by_hand")))
    notes.append(f"The hand-written extension built twice: {show(apart)} of itself. "
                 "What lies within that is no difference.")
    notes += [f"{sentence}." for sentence in left_out]
    notes += [f"{NAMES.get(who, who)} is left out, or a part of it: {why}" for who, why in refused.items()]
    if environment.interpreter.free_threaded:
        notes.append("Free-threaded: held means that the thread stays attached; "
                     + ("a peer switched the GIL back on." if gil else "the GIL stayed off."))
    return notes


def points_of(times, against, bounds, label):
    """What plot.svg draws of {who: [figure, ...]}: `label` writes a figure."""
    hand = times[against]
    points = []
    for who in (one for one in times if one != "by_hand_again"):
        stat = ratio(times[who], hand)
        points.append({"peer": who, "name": NAMES[who], "ratio": stat, "bound": bounds.get(who),
                       "label": f"{label(spread(times[who])['median'])}, {stat['median']:.2f}"})
    return points


def picture(table, samples, imports):
    groups = []
    for what, label in WHAT.items():
        times = {who: [a for a, _ in pairs] for who, pairs in samples.get(what, {}).items()}
        bounds = {b: bound for a, b, c, _, bound in TARGETS if (a, c) == (what, "by_hand")}
        if "by_hand" in times:
            groups.append((label, points_of(times, "by_hand", bounds, lambda ns: f"{digits(ns)} ns")))
    times = {who: by["us"] for who, by in imports.items() if not who.startswith("package ")}
    bounds = {who: bound for who, (_, bound) in IMPORT_TARGETS.items()}
    groups.append((IMPORT, points_of(times, "by_hand", bounds, lambda us: f"{digits(us)} us")))
    return plot.svg(table.title.split(", ")[0], "Time as a multiple of the hand-written extension's; to the left is "
                    "faster", groups)


def measure_one(found, cache, root, options):
    """A table of one interpreter, which is written beside its picture and its samples."""
    effort = Effort(options.quick)
    environment, left_out = Environment(found, cache).make(), []
    try:
        environment.install_gilkit(root)
    except Failure as failure:
        left_out.append(str(failure))
        environment.versions.pop("gilkit", None)
    built, not_built = peer.build_all(environment)
    # Why gilkit itself is not there was said once.
    left_out += [sentence for sentence in not_built if not (left_out and "gilkit is not installed" in sentence)]
    if peer.HAND not in built:
        raise Failure("; ".join(left_out))
    samples, refused, gil = sample_calls(environment, built, effort)
    works = [one for one in built if any(one.module in by for by in samples.values())]
    imports = start.measure(environment, works, effort.imports, SEED)

    table = Table(found.title)
    add_calls(table, samples)
    add_imports(table, imports)
    table.notes = notes_of(environment, samples, refused, gil, left_out)
    if options.instructions:
        counts = instructions.count(environment, works)
        table.after = instructions.markdown(counts, NAMES)
    picture_file = cache / f"{found.tag}.svg"
    picture_file.write_text(picture(table, samples, imports))
    everything = {"interpreter": found.title, "versions": environment.versions, "seed": SEED, "rows": table.rows,
                  "calls_processor_wall_ns": samples, "imports": imports,
                  "instructions": counts if options.instructions else None}
    picture_file.with_suffix(".json").write_text(json.dumps(everything) + "\n")
    table.notes.append(f"Picture and samples: {picture_file} and .json.")
    return table


def measure(build, root, options):
    """(tables, whether something failed): one for each interpreter chosen, else each that is found."""
    cache = build / "python"
    cache.mkdir(exist_ok=True)
    found, left_out = interpreter.discover(options.python or ())
    tables, failed = [], bool(options.python and left_out)
    for sentence in left_out:
        print(f"left out: {sentence}", file=sys.stderr)
    for one in found:
        print(f"measuring: python, {one.title}", file=sys.stderr)
        try:
            tables.append(measure_one(one, cache, root, options))
        except (Failure, subprocess.CalledProcessError) as failure:
            print(f"{one.title} was not measured: {failure}", file=sys.stderr)
            failed = True
    return tables, failed or not found
