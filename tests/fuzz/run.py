#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Build the fuzz targets and run them over their stored corpora.

    run.py OUT                            each target for 5 seconds
    run.py OUT --target npy --seconds 3600 --keep ~/found
                                          one target for an hour; new inputs are kept in ~/found/npy and
                                          are where the next such run begins
    run.py OUT --target npy --replay FILE ...
                                          run single inputs, as a crash report names them; a plain program
                                          without libFuzzer, fit for a debugger; --cc gcc builds it with gcc
    run.py OUT --target npy --merge ~/found/npy
                                          add to the stored corpus the inputs that reach new edges

OUT is a folder for what is built; inputs that crash are left in OUT/crashes. Add them to tests/fuzz/corpus, which
is run first, each time. Exits with 77 where the compiler has no libFuzzer (Debian: libclang-rt-dev).
"""
import argparse
import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RUNTIME = ROOT / "runtime"

# Beside tests/fuzz/TARGET.c: what it needs of the runtime, its libraries, and the longest input that helps.
TARGETS = {
    "prototype": (["base", "proto"], [], 2048),
    "module": (["base/memory.c", "base/schedule.c", "base/text.c", "load/elf.c", "load/gate.c", "load/inspect.c"],
               ["-ldl"], 16384),
    "npy": (["base", "cli/npy.c"], [], 1024),
    "value": (["base", "core", "proto", "call", "load", "host/check", "host/native", "cli/npy.c", "cli/output.c",
               "cli/value.c", "cli/value_show.c"],
              ["-ljansson", "-lffi", "-lpthread", "-ldl"], 4096),
}
WARNINGS = "-Wall -Wextra -Wshadow"
DEFINES = ["-D_GNU_SOURCE", '-DGILKIT_MODULE_FOLDER="\\"/nonexistent\\""']


def sources(target):
    for place in TARGETS[target][0]:
        place = RUNTIME / place
        yield from [place] if place.suffix == ".c" else sorted(place.glob("*.c"))


def escape(path):
    return str(path).replace("$", "$$").replace(" ", "$ ").replace(":", "$:")


def write_ninja(folder, compiler, fuzzer):
    """Ninja builds only what changed, so that the tests start at once the second time."""
    sanitize = "address,undefined"
    includes = " ".join(f"'-I{folder}'" for folder in [RUNTIME, RUNTIME / "include", ROOT / "sdk/include", HERE])
    flags = f"-std=gnu11 -g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all {WARNINGS} {includes} " + \
        " ".join(DEFINES)
    lines = [
        f"flags = {flags}",
        "rule cc",
        f"  command = {compiler} -MMD -MF $out.d $flags -fsanitize={'fuzzer-no-link,' if fuzzer else ''}{sanitize} "
        "-c $in -o $out",
        "  depfile = $out.d",
        "  deps = gcc",
        "  description = CC $out",
        "rule link",
        f"  command = {compiler} -fsanitize={'fuzzer,' if fuzzer else ''}{sanitize} $in $libs -o $out",
        "  description = LINK $out",
    ]
    objects = {}
    for target, (_, libraries, _) in TARGETS.items():
        inputs = [HERE / f"{target}.c", *sources(target)] + ([] if fuzzer else [HERE / "replay.c"])
        for source in inputs:
            if source not in objects:
                objects[source] = "objects/" + str(source.relative_to(ROOT)).replace("/", "_") + ".o"
                lines.append(f"build {objects[source]}: cc {escape(source)}")
        lines += [f"build {target}: link {' '.join(objects[source] for source in inputs)}",
                  f"  libs = {' '.join(libraries)}"]
    text = "\n".join(lines) + "\n"
    path = folder / "build.ninja"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def build(out, target, compiler, fuzzer):
    folder = out / ("fuzz" if fuzzer else f"replay-{os.path.basename(compiler)}")
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        write_ninja(folder, compiler, fuzzer)
        done = subprocess.run(["ninja", "-C", folder, target], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
    if done.returncode:
        sys.exit(done.stdout)
    return folder / target


def environment():
    return dict(os.environ, ASAN_OPTIONS="allocator_may_return_null=1:detect_leaks=1",
                UBSAN_OPTIONS="print_stacktrace=1")


def has_libfuzzer(compiler):
    command = [compiler, "-fsanitize=fuzzer,address,undefined", "-x", "c", "-", "-o", "/dev/null"]
    source = "int LLVMFuzzerTestOneInput(const char *data, unsigned long size) { return data && size ? 0 : 0; }"
    return subprocess.run(command, input=source, text=True, stderr=subprocess.DEVNULL).returncode == 0


def fuzz(out, target, args):
    if not has_libfuzzer(args.cc):
        print(f"{args.cc} has no libFuzzer here; install libclang-rt-dev, or use --replay")
        return 77
    program = build(out, target, args.cc, True)
    corpus = HERE / "corpus" / target
    crashes = out / "crashes"
    crashes.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        found = Path(args.keep).resolve() / target if args.keep else Path(scratch)
        found.mkdir(parents=True, exist_ok=True)
        command = [program, f"-max_total_time={args.seconds}", f"-seed={args.seed}", "-timeout=10",
                   "-rss_limit_mb=2048", "-malloc_limit_mb=16777216", "-print_final_stats=1", "-verbosity=1",
                   f"-max_len={TARGETS[target][2]}", f"-dict={HERE / target}.dict",
                   f"-artifact_prefix={crashes}/{target}-", found, corpus]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(),
                              errors="replace", text=True)
    return report(target, done)


def report(target, done):
    lines = done.stdout.splitlines()
    if done.returncode:
        print(*lines[-80:], sep="\n")
        print(f"{target}: FAILED; run the input again with: run.py OUT --target {target} --replay FILE")
        return 1
    executions = [line.split()[-1] for line in lines if line.startswith("stat::number_of_executed_units")]
    coverage = [line.split("cov:")[1].split()[0] for line in lines if "cov:" in line]
    print(f"{target}: fine, {executions[-1] if executions else '?'} executions, "
          f"{coverage[-1] if coverage else '?'} edges")
    return 0


def replay(out, target, args):
    files = args.replay or sorted((HERE / "corpus" / target).iterdir())
    return subprocess.run([build(out, target, args.cc, False), *files], env=environment()).returncode


def merge(out, target, args):
    program = build(out, target, args.cc, True)
    command = [program, "-merge=1", "-use_counters=0", f"-max_len={TARGETS[target][2]}", HERE / "corpus" / target,
               args.merge]
    return subprocess.run(command, env=environment()).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for what is built and what crashes")
    parser.add_argument("--target", action="append", choices=TARGETS, help="one target; default: each")
    parser.add_argument("--seconds", type=int, default=5, help="for each target (default: 5)")
    parser.add_argument("--seed", type=int, default=1, help="of the mutations (default: 1)")
    parser.add_argument("--keep", metavar="DIR", help="keep new inputs in DIR/TARGET")
    parser.add_argument("--merge", metavar="DIR", help="add to the stored corpus what reaches new edges")
    parser.add_argument("--replay", metavar="FILE", nargs="*", help="run files (default: the corpus) without libFuzzer")
    parser.add_argument("--cc", default="clang", help="the compiler (default: clang); any for --replay")
    args = parser.parse_args()
    out = args.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    action = merge if args.merge else fuzz if args.replay is None else replay
    return max(action(out, target, args) for target in args.target or TARGETS)


if __name__ == "__main__":
    sys.exit(main())
