#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `./dev demo` shows: demo.py PREFIX FOLDER [SITE]

With the gilkit that is installed in PREFIX, write a module from the template into FOLDER, build it as anybody
would, and run its kernel on a real file: from one thread and from two, with the GIL held and released. Then the same
file is imported by this Python, which finds the package gilkit in SITE.
"""
import itertools
import json
import os
import pathlib
import shutil
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


def measure(module: pathlib.Path, file: str) -> tuple:
    """Prints the table; how many calls are about SECONDS long, and the speed-ups."""
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
    speed_ups = []
    repeat = max(3, round(SECONDS / (run("release", 1, 3)["seconds"] / 3)))
    show(f"gilkit run build/bytestats.so entropy @{file} --gil hold|release --threads 1|2 --repeat {repeat}")
    print("\nGIL       threads  calls  seconds  calls a second  speed-up")
    for gil, word in (("hold", "held"), ("release", "released")):
        one, two = compare(gil)
        speed_up = two["calls_per_second"] / one["calls_per_second"]
        speed_ups.append((f"the command, GIL {word}", speed_up))
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
    return repeat, speed_ups


def in_python(module: pathlib.Path, file: str, repeat: int, site: str) -> list:
    """The file that the command ran, imported: prints the table; the speed-ups."""
    def run() -> dict:
        return json.loads(call(sys.executable, "threads.py", "bytestats/build", file, str(repeat), "--json",
                               cwd=module.parent))

    shutil.copy(pathlib.Path(__file__).with_name("demo_threads.py"), module.parent / "threads.py")
    os.environ["PYTHONPATH"] = site
    cores = len(os.sched_getaffinity(0))
    show(f"python3 threads.py bytestats/build {file} {repeat}")
    for _ in range(2):
        got = run()
        speed_ups = [(name, two / one) for name, (one, two) in got["rows"]]
        if speed_ups[1][1] > 1.7 or cores < 2:
            break
    print(f"\nPython {got['python']} imports the same bytestats.so:")
    print("\nentropy   threads  calls a second  speed-up")
    for name, (one, two) in got["rows"]:
        for threads, rate, times in ((1, one, 1.0), (2, two, two / one)):
            print(f"{name:<10}{threads:>7}{rate:>16.1f}{times:>10.2f}", flush=True)
    print("\nA loop in Python (over less of the file) gains nothing from a second thread.", end=" ")
    if speed_ups[1][1] > 1.5:
        print("Through the module it does.")
    elif cores < 2:
        print("Nor can the\nmodule here, where one core only may be used.")
    else:
        print(f"Through the\nmodule it should do twice as much, and did {speed_ups[1][1]:.1f} times: try again when "
              "this machine is idle.")
    return [(f"Python, {name}", times) for name, times in speed_ups]


def draw(speed_ups: list, path: pathlib.Path) -> None:
    """What a second thread gains, as bars."""
    width, row, left, most = 720, 44, 210, max(2.0, *(times for _, times in speed_ups))
    scale = (width - left - 70) / most
    height = 60 + row * len(speed_ups)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
             'font-size="14">', f'<rect width="{width}" height="{height}" fill="white"/>',
             '<text x="16" y="26" font-size="16">What two threads do, as a multiple of one</text>']
    for x in (1, 2):
        lines.append(f'<path d="M{left + x * scale:.1f} 40V{height - 12}" stroke="#bbb" stroke-dasharray="4 3"/>')
    for i, (name, times) in enumerate(speed_ups):
        y, colour = 46 + i * row, "#2a7f62" if times > 1.5 else "#b5534c"
        lines += [f'<text x="16" y="{y + 20}">{name}</text>',
                  f'<rect x="{left}" y="{y + 3}" width="{times * scale:.1f}" height="26" fill="{colour}"/>',
                  f'<text x="{left + times * scale + 8:.1f}" y="{y + 21}">{times:.2f}</text>']
    path.write_text("\n".join([*lines, "</svg>\n"]))


def main() -> None:
    prefix, folder = pathlib.Path(sys.argv[1]).resolve(), fresh(pathlib.Path(sys.argv[2]).resolve())
    config = next(prefix.rglob("gilkit.pc")).parent
    os.environ["PATH"] = f"{prefix / 'bin'}:{os.environ['PATH']}"
    os.environ["PKG_CONFIG_PATH"] = str(config)
    module = scaffold(folder)
    file = real_input()
    repeat, speed_ups = measure(module, file)
    if len(sys.argv) > 3:
        speed_ups += in_python(module, file, max(3, repeat // 2), str(pathlib.Path(sys.argv[3]).resolve()))
    else:
        print("\nNo Python here has what the package is built with (on Debian: python3-dev), so that half is left out.")
    draw(speed_ups, folder / "speed-up.svg")
    shown = os.path.relpath(folder)
    print(f"What a second thread gains: {shown}/speed-up.svg")
    print(f"Who held the GIL, waited for it and ran without it: {shown}/hold-2.svg and {shown}/release-2.svg")
    print(f"Your turn: change {shown}/bytestats/bytestats.c, or write your own with `gilkit new`:")
    print(f"  export PATH={prefix / 'bin'}:$PATH PKG_CONFIG_PATH={config}")


main()
