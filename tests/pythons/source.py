# SPDX-License-Identifier: MIT
"""An interpreter built from the distribution's own source package.

The tarball is its authors', without the distribution's patches: those move folders about to fit a system, and this
interpreter lives in a folder of its own. No profile-guided build and no test modules: it takes minutes less.
"""
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import apt
from .keep import Lock, Refusal, clean_environment

# Without the first six pip cannot install NumPy, or the standard library lacks what tests use.
NEEDED = ("gcc", "make", "libssl-dev", "zlib1g-dev", "libffi-dev", "libsqlite3-dev", "libbz2-dev", "liblzma-dev",
          "xz-utils")
MEGABYTES = 1200
SECONDS = 3600
MODULES = "ssl, zlib, ctypes, sqlite3, bz2, lzma, hashlib, venv, ensurepip"


@dataclass(frozen=True)
class Source:
    """python3.13t, to be built without a GIL from the package python3.13 of the first suite that has it."""
    name: str
    version: tuple
    suites: tuple
    free_threaded: bool = True
    debug: bool = False
    extra: bool = False  # made only when it is asked for by name
    number: int = 1  # goes up when the way of building changes

    def covers(self, interpreter) -> bool:
        return interpreter.kind == ("cpython", self.version, self.free_threaded, self.debug)

    def executable(self, folder: Path) -> Path:
        return folder / "bin" / f"python{self.version[0]}.{self.version[1]}{'t' * self.free_threaded}{'d' * self.debug}"

    def check(self):
        missing = [package for package in NEEDED if not apt.installed(package)]
        if missing:
            raise Refusal(f"building it needs packages that are not installed: apt-get install {' '.join(missing)}")

    def make(self, work: Path, final: Path, lock, roots: Path) -> Path:
        """Build it in a folder; the folder in there that is to become `final`."""
        tree, stage, fetched = work / "source", work / "stage", work / "fetched"
        for folder in (tree, fetched):
            folder.mkdir()
        with Lock(roots.with_suffix(".lock")) as apt_lock:
            tarball = self.fetch(fetched, apt_lock, roots)
        log = final.with_suffix(final.suffix + ".log")
        log.write_text("")
        lock.run(["tar", "-xf", tarball, "-C", tree, "--strip-components=1"], log, 300)
        options = ["--disable-gil"] * self.free_threaded + ["--with-pydebug"] * self.debug
        env = clean_environment(OPT="-g -Og -Wall" if self.debug else "-DNDEBUG -g1 -O2 -fwrapv -Wall")
        env.pop("CC", None)
        lock.run(["./configure", "-q", f"--prefix={final}", "--disable-test-modules", "--without-static-libpython",
                  "--with-ensurepip=install", *options], log, 600, cwd=tree, env=env)
        lock.run(["make", f"-j{os.cpu_count() or 2}"], log, SECONDS, cwd=tree, env=env)
        lock.run(["make", "install", f"DESTDIR={stage}"], log, 600, cwd=tree, env=env)
        built = stage / final.relative_to("/")
        for unused in built.glob("lib/python*/idlelib"):
            shutil.rmtree(unused, ignore_errors=True)
        lock.run([self.executable(built), "-I", "-c", f"import {MODULES}"], log, 60)
        return built

    def fetch(self, folder: Path, lock, roots: Path) -> Path:
        mirror, reasons = apt.machine_mirror(), []
        for suite in self.suites:
            root = apt.Root(roots / f"{suite}-source", mirror, "deb-src", suite, lock)
            try:
                root.update()
                return root.source(f"python{self.version[0]}.{self.version[1]}", folder)
            except Refusal as refusal:
                reasons.append(str(refusal))
                if "cannot be reached" in str(refusal):
                    break
        raise Refusal("; ".join(reasons))
