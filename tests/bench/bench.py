#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measure gilkit against its targets: a table on stdout, each target a ratio to a peer of the same run.

    bench.py BUILD_DIR [--json FILE] [--only PART] [--plots FOLDER] [--instructions] [--quick] [--python FILE]

Every program here takes turns, one sample of each variant and then the next round, so that a ratio compares two
samples that were taken one right after the other. The table has the median of those ratios and their quartiles.
It is not a test: a missed target is marked and the exit code stays 0.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import struct
import subprocess
import sys
import tempfile

import gil
from python import part as python_part
from table import Table, ratio, run, samples_of, spread

MIXED = "(pointer, int32, double, size_t) -> double"
AIMED = ["(double, double) -> double", "(int64, int64, int64) -> int64", MIXED]
ROOT = pathlib.Path(__file__).resolve().parents[2]
HOW = {
    "bare": "plan, arguments written before",
    "written": "plan, arguments to slots looked up before",
    "put": "plan, arguments by gil__plan_put",
}
NPY_BYTES = 400 * 10**6


def measure_plan(table, folder, _):
    for what, by in samples_of([folder / "plan"]).items():
        for variant in ["bare", "written", "put"]:
            slower = ratio(by[variant], by["direct"])
            faster = ratio(by["ffi"], by[variant])
            # Putting by type looks the type up at run time, which no caller of a plan has to do: for information.
            aimed = what in AIMED and variant != "put"
            table.add("plan", f"{what}: {HOW[variant]}", spread(by[variant]), "ns", "direct call", spread(by["direct"]),
                      slower, "of it", ("at most 2", slower, "max", 2.0) if aimed else None)
            table.add("plan", f"{what}: {HOW[variant]}", spread(by[variant]), "ns", "ffi_call", spread(by["ffi"]),
                      faster, "times faster", ("at least 6", faster, "min", 6.0) if aimed else None)


def measure_threads(table, folder, _):
    for what, by in samples_of([folder / "threads", folder / "kernels.so"]).items():
        gains = {way: ratio(by[f"{way} 2"], by[f"{way} 1"]) for way in ["plain", "released", "held"]}
        machine = gains["plain"]["median"]
        names = {"released": "GIL released", "held": "GIL held", "plain": "plain threads, no gilkit"}
        for way in ["released", "plain", "held"]:
            target, note = None, ""
            if way == "released":
                target = ("at least 1.9", gains[way], "min", 1.9)
                if machine < 1.9 and gains[way]["median"] < 1.9:
                    note = f"the machine is busy: plain threads gained {machine:.2f}"
            table.add("threads", f"{what}, two threads: {names[way]}", spread(by[f"{way} 2"]), "calls/s", "one thread",
                      spread(by[f"{way} 1"]), gains[way], "times", target, note)
        same = ratio(by["released 2"], by["plain 2"])
        table.add("threads", f"{what}, two threads: GIL released", spread(by["released 2"]), "calls/s",
                  "two plain threads", spread(by["plain 2"]), same, "of it")


def measure_objects(table, folder, _):
    by_what = samples_of([folder / "objects", folder / "kernels.so"])
    pair = by_what.pop("release and reacquire")
    for what, by in by_what.items():
        table.add("objects", f"{what}, released", spread(by["released"]), "ns", "the same, held", spread(by["held"]),
                  ratio(by["released"], by["held"]), "of it")
    for peer, name in [("mutex", "pthread_mutex"), ("word", "compare and swap of one word")]:
        table.add("objects", "release and reacquire, nobody waits", spread(pair["gil"]), "ns", name, spread(pair[peer]),
                  ratio(pair["gil"], pair[peer]), "of it")


def measure_handles(table, folder, _):
    by_what = samples_of([folder / "handles", folder / "kernels.so"])
    grown = spread(by_what.pop("million steps")["grown MB"])
    names = {"handle": "a handle of an object that is there", "scope": "an empty GIL_SCOPE",
             "reference": "a gil_ref made and dropped", "object calls": "a scope, six calls on objects, four handles"}
    for what, by in by_what.items():
        table.add("handles", names[what], spread(by["plain"]), "ns", "the loop around it", spread(by["step"]))
        table.add("handles", f"{names[what]}, GILKIT_CHECK=1", spread(by["checked"]), "ns", "unchecked",
                  spread(by["plain"]), ratio(by["checked"], by["plain"]), "times")
    table.add("handles", "a million steps in a scope each: memory that stays", grown, "MB", "", None, None, "",
              ("at most 0.05 MB", grown, "max", 0.05))


def measure_run(table, folder, gilkit):
    add = [gilkit, "run", folder / "kernels.so", "add", 1.5, 2]
    by = samples_of([folder / "spawn", 60, "true", "/bin/true", "--", "run", *add])
    ms, mb = by["wall ms"], by["peak MB"]
    wall, peak = spread(ms["run"]), spread(mb["run"])
    table.add("run", "`gilkit run` of add(1.5, 2), start to end", wall, "ms", "/bin/true", spread(ms["true"]),
              ratio(ms["run"], ms["true"]), "times", ("at most 10 ms", wall, "max", 10.0))
    table.add("run", "its peak resident memory", peak, "MB", "/bin/true", spread(mb["true"]),
              ratio(mb["run"], mb["true"]), "times", ("at most 8 MB", peak, "max", 8.0))


def write_sparse_npy(path):
    """A .npy file of float64 that is one large hole behind its header."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({NPY_BYTES // 8},), }}".ljust(117) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode())
        assert file.tell() == 128
        file.truncate(128 + NPY_BYTES)


def measure_npy(table, folder, gilkit):
    scratch = tempfile.mkdtemp(prefix="gilkit-bench-")
    try:
        path = os.path.join(scratch, "large.npy")
        write_sparse_npy(path)
        read, probe = [folder / "read_whole", path], [gilkit, "run", folder / "kernels.so", "probe", "@" + path]
        copied = {"read": [], "run": []}
        for _ in range(9):
            copied["read"].append(float(run(read)))
            copied["run"].append(float(run(probe)))
        by = samples_of([folder / "spawn", 9, "read", *read, "--", "run", *probe])
    finally:
        shutil.rmtree(scratch)
    what, peer = "a 400 MB .npy argument, one element in each 4 MB read", "read() into memory"
    less = ratio(copied["run"], copied["read"])
    table.add("npy", f"{what}: memory of its own", spread(copied["run"]), "MB", peer, spread(copied["read"]), less,
              "of it", ("at most 0.05", less, "max", 0.05))
    labels = {"peak MB": "peak resident memory, shared page cache included", "wall ms": "wall time"}
    for name, label in labels.items():
        unit = name.split()[1]
        table.add("npy", f"{what}: {label}", spread(by[name]["run"]), unit, peer, spread(by[name]["read"]),
                  ratio(by[name]["run"], by[name]["read"]), "of it")


def count_instructions(folder):
    """Instructions a call, under callgrind: the difference of two runs."""
    def total(what, variant, calls):
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", folder / "plan", "--loop", what,
                   variant, calls]
        done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
        return int(re.search(r"Collected : (\d+)", done.stderr).group(1))

    lines = ["| instructions a call | direct | bare | written | put | ffi_call |", "|---|---|---|---|---|---|"]
    for what in AIMED:
        counts = [(total(what, variant, 2000) - total(what, variant, 1000)) / 1000
                  for variant in ["direct", "bare", "written", "put", "ffi"]]
        lines.append(f"| {what} | " + " | ".join(f"{count:.0f}" for count in counts) + " |")
    return "\n".join(lines)


PARTS = {
    "plan": measure_plan,
    "threads": measure_threads,
    **gil.PARTS,
    "objects": measure_objects,
    "handles": measure_handles,
    "run": measure_run,
    "npy": measure_npy,
}


def machine_of(build):
    model = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    compiler, options = "?", {}
    try:
        command = json.loads((build / "compile_commands.json").read_text())[0]["command"].split()
        command = [word for word in command[:2] if word != "ccache"]
        compiler = run([command[0], "--version"]).splitlines()[0]
        found = json.loads((build / "meson-info" / "intro-buildoptions.json").read_text())
        options = {option["name"]: option["value"] for option in found}
    except (OSError, subprocess.CalledProcessError, LookupError, ValueError):
        pass
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": model.group(1) if model else platform.machine(),
        "kernel": f"{platform.system()} {platform.release()}",
        "compiler": compiler,
        "buildtype": options.get("buildtype", "?"),
        "load": os.getloadavg()[0],
    }


def main():
    parser = argparse.ArgumentParser(description="Measure gilkit against its targets.")
    parser.add_argument("build", type=pathlib.Path, help="a folder that meson built")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--only", choices=[*PARTS, "python"], action="append",
                        help="measure this part; may be given again")
    parser.add_argument("--instructions", action="store_true", help="count instructions of calls too (valgrind)")
    parser.add_argument("--plots", type=pathlib.Path, metavar="FOLDER", default=pathlib.Path("out/bench"),
                        help="where the plots of the GIL go; %(default)s")
    parser.add_argument("--python", action="append", metavar="FILE",
                        help="a Python to measure in, in place of all that are found; may be given again")
    parser.add_argument("--quick", action="store_true", help="fewer samples in Python")
    options = parser.parse_args()
    build = options.build.resolve()
    folder, gilkit = build / "tests" / "bench", build / "runtime" / "cli" / "gilkit"
    gil.PLOTS = options.plots.resolve()
    if not (folder / "plan").exists() or not gilkit.exists():
        parser.error(f"{build} is not built; run: ninja -C '{build}'")

    machine, table, tables, failed = machine_of(build), Table(), [], False
    for name, measure in PARTS.items():
        if options.only and name not in options.only:
            continue
        print(f"measuring: {name}", file=sys.stderr)
        try:
            measure(table, folder, gilkit)
        except subprocess.CalledProcessError as failure:
            print(f"{name} was not measured: {failure.cmd[0]}: {failure.stderr.strip()}", file=sys.stderr)
            failed = True

    if not options.only or "python" in options.only:
        tables, failed_there = python_part.measure(build, ROOT, options)
        failed |= failed_there

    print(f"Measured on {machine['cores']} cores of {machine['cpu']}, {machine['kernel']}, {machine['compiler']}, "
          f"buildtype {machine['buildtype']}, load {machine['load']:.1f} at the start.")
    print("Medians with quartiles; a ratio is the median over pairs of samples taken one right after the other.\n")
    tables[:0] = [table] if table.rows else []
    print("\n\n".join(one.markdown() for one in tables))
    if options.instructions and (not options.only or "plan" in options.only):
        print("\n" + count_instructions(folder))
    rows = [row for one in tables for row in one.rows]
    judged = [row for row in rows if row["met"] is not None]
    missed = [row for row in judged if not row["met"]]
    print(f"\n{len(judged) - len(missed)} of {len(judged)} targets met, {len(missed)} missed.")
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
