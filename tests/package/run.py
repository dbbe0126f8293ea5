#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run the tests of the Python package in every environment: run.py BUILD [--only TAG,TAG] [PYTEST ARGUMENT...]

The package's compiled half is built for each interpreter over the build's own archive of everything below it; modules
are the build's, the same files for all. Closes as pytest does, with the sum.
"""
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

import pythons  # noqa: E402

HOST = ROOT / "runtime" / "host" / "cpython"
SECONDS = 600


def ask(python, expression):
    code = f"import sysconfig; print({expression})"
    return subprocess.run([python, "-c", code], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def is_older(target, sources):
    return not target.exists() or any(target.stat().st_mtime < source.stat().st_mtime for source in sources)


def build(environment, build_folder, site):
    """The package as pip would install it, in a folder of its own."""
    package = site / "gilkit"
    package.mkdir(parents=True, exist_ok=True)
    for file in (HOST / "gilkit").iterdir():
        if file.is_file():
            shutil.copy2(file, package / file.name)
    for name, target in (("include", ROOT / "sdk" / "include"), ("bin", build_folder / "runtime" / "cli")):
        if not (package / name).is_symlink():
            (package / name).symlink_to(target)
    python = str(environment.python)
    extension = package / f"_host{ask(python, 'sysconfig.get_config_var(%r)' % 'EXT_SUFFIX')}"
    archive = build_folder / "runtime" / "libgilkit-inside.a"
    sources = sorted(HOST.glob("*.c"))
    if is_older(extension, [archive, *sources, *HOST.glob("*.h"), *ROOT.glob("runtime/*/*.h"),
                            *ROOT.glob("sdk/include/gilkit/*")]):
        include = ask(python, "sysconfig.get_path('include')")
        subprocess.run(["cc", "-std=gnu11", "-O1", "-g", "-shared", "-fPIC", "-fvisibility=hidden", "-fno-strict-aliasing",
                        "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wshadow", "-Wno-missing-field-initializers", "-Werror",
                        f"-I{include}", f"-I{ROOT}/runtime", f"-I{ROOT}/runtime/include", f"-I{ROOT}/sdk/include",
                        *map(str, sources), str(archive), "-lffi", "-lm", "-pthread", "-o", str(extension)], check=True)
    return site


def run(environment, build_folder, arguments):
    """The counts of one environment's pytest."""
    site = build(environment, build_folder, build_folder / "tests" / "package" / "sites" / environment.tag)
    modules = [build_folder / "tests" / "package", build_folder / "tests" / "api"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GILKIT", "PYTHON"))}
    variables = {**kept, "PYTHONPATH": os.pathsep.join(map(str, [site, *modules])), "LC_ALL": "C.UTF-8",
                 "PYTHONDONTWRITEBYTECODE": "1", "PYTHONFAULTHANDLER": "1",
                 "GILKIT_TEST_MODULES": os.pathsep.join(map(str, modules)),
                 "GILKIT_TEST_COMMAND": str(build_folder / "runtime" / "cli" / "gilkit")}
    command = [str(environment.python), "-m", "pytest", "-q", "-c", str(HERE.parent / "python" / "pytest.ini"),
               "--rootdir", str(HERE), *(arguments or [str(HERE / "inside")])]
    title = f"== {environment.tag}: {environment.interpreter}\n"
    try:
        answer = subprocess.run(command, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                timeout=SECONDS)
    except subprocess.TimeoutExpired as late:
        print(title + (late.stdout or b"").decode(errors="replace")[-3000:], flush=True)
        return {"failed": 1}
    lines = answer.stdout.splitlines()
    print(title + "\n".join(lines if answer.returncode else lines[-1:]), flush=True)
    counts = {word.rstrip("s"): int(count) for count, word in re.findall(r"(\d+) (passed|failed|errors?|skipped)",
                                                                         lines[-1] if lines else "")}
    if answer.returncode and not counts.get("failed") and not counts.get("error"):
        counts["failed"] = 1  # it crashed
    return counts


def main(words):
    build_folder, *words = words
    only = ()
    if words[:1] == ["--only"]:
        only, words = tuple(words[1].split(",")), words[2:]
    began = time.monotonic()
    total = {"passed": 0, "failed": 0, "skipped": 0}
    folder = Path(build_folder).resolve()
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:  # most of the time a test waits
        for counts in pool.map(lambda environment: run(environment, folder, words), pythons.environments(only)):
            for word, count in counts.items():
                total["failed" if word == "error" else word] += count
    print(", ".join(f"{count} {word}" for word, count in total.items()) + f" in {time.monotonic() - began:.1f}s")
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
