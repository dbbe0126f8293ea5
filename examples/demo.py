#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `./dev demo` shows: demo.py PREFIX FOLDER

With the gilkit that is installed in PREFIX, write a module from the template into FOLDER, build it as anybody
would, and run its kernel on a real file: from one thread and from two, with the GIL held and released.
"""
import itertools
import json
import os
import pathlib
import subprocess
import sys

SECONDS = 1.5  # about how long each of the four runs takes


def show(command: str) -> None:
    print(f"\n$ {command}", flush=True)


def call(*command: str, cwd: pathlib.Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def real_input() -> str:
    """The compiler's own binary: some tens of megabytes that are on every machine that builds a module."""
    compiler = subprocess.run(["gcc", "-print-prog-name=cc1"], capture_output=True, text=True).stdout.strip()
    return compiler if os.path.isabs(compiler) else sys.executable


def fresh(folder: pathlib.Path) -> pathlib.Path:
    """A folder that is not there yet: what somebody changed in an earlier one stays."""
    places = itertools.chain([folder], (folder.with_name(f"{folder.name}-{n}") for n in itertools.count(2)))
    return next(place for place in places if not place.exists())


def scaffold(folder: pathlib.Path) -> pathlib.Path:
    folder.mkdir(parents=True)
    show("gilkit new bytestats")
    print(call("gilkit", "new", "bytestats", cwd=folder).split("\nNext")[0].rstrip())
    module = folder / "bytestats"
    show("cd bytestats && meson setup build && meson test -C build")
    call("meson", "setup", "build", cwd=module)
    tests = call("meson", "test", "-C", "build", cwd=module)
    print("\n".join(line for line in tests.splitlines() if "OK" in line or "FAIL" in line))
    show("gilkit inspect build/bytestats.so")
    print(call("gilkit", "inspect", "build/bytestats.so", cwd=module).rstrip())
    return module


def measure(module: pathlib.Path, file: str) -> None:
    def run(gil: str, threads: int, repeat: int, *more: str) -> dict:
        return json.loads(
            call("gilkit", "run", "build/bytestats.so", "entropy", f"@{file}", f"--gil={gil}",
                 f"--threads={threads}", f"--repeat={repeat}", "--json", *more, cwd=module)
        )

    def compare(gil: str) -> list[dict]:
        """One thread, then two; once more when something else kept the second core busy."""
        for _ in range(3):
            got = [run(gil, threads, repeat, f"--timeline=../{gil}-{threads}.svg") for threads in (1, 2)]
            speed_up = got[1]["calls_per_second"] / got[0]["calls_per_second"]
            if gil == "hold" or speed_up > 1.7 or cores < 2:
                break
        return got

    cores = len(os.sched_getaffinity(0))
    repeat = max(3, round(SECONDS / (run("release", 1, 3)["seconds"] / 3)))
    show(f"gilkit run build/bytestats.so entropy @{file} --gil hold|release --threads 1|2 --repeat {repeat}")
    print("\nGIL       threads  calls  seconds  calls a second  speed-up")
    for gil, word in (("hold", "held"), ("release", "released")):
        one, two = compare(gil)
        speed_up = two["calls_per_second"] / one["calls_per_second"]
        for threads, got, times in ((1, one, 1.0), (2, two, speed_up)):
            print(f"{word:<10}{threads:>7}{got['calls']:>7}{got['seconds']:>9.2f}{got['calls_per_second']:>16.1f}"
                  f"{times:>10.2f}", flush=True)
    bits = two["threads"][0]["result"]
    print(f"\nThe kernel found {bits:.3f} bits of information in each byte of {file}"
          f" ({os.path.getsize(file) / 1e6:.0f} MB).")
    print("With the GIL held, two threads do no more than one.", end=" ")
    if speed_up > 1.5:
        print("With it released, each has a core of its own.")
    elif cores < 2:
        print("This machine lets us use one core only, so\nreleasing it gains nothing here.")
    else:
        print(f"Released, they should do twice as much; here\nthey did {speed_up:.1f} times, because something else "
              "keeps this machine's cores busy. Try again when it is idle.")


def main() -> None:
    prefix, folder = pathlib.Path(sys.argv[1]).resolve(), fresh(pathlib.Path(sys.argv[2]).resolve())
    config = next(prefix.rglob("gilkit.pc")).parent
    os.environ["PATH"] = f"{prefix / 'bin'}:{os.environ['PATH']}"
    os.environ["PKG_CONFIG_PATH"] = str(config)
    module = scaffold(folder)
    measure(module, real_input())
    shown = os.path.relpath(folder)
    print(f"Who held the GIL, waited for it and ran without it: {shown}/hold-2.svg and {shown}/release-2.svg")
    print(f"Your turn: change {shown}/bytestats/bytestats.c, or write your own with `gilkit new`:")
    print(f"  export PATH={prefix / 'bin'}:$PATH PKG_CONFIG_PATH={config}")


main()
