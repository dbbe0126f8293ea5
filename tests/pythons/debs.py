# SPDX-License-Identifier: MIT
"""An interpreter unpacked from the distribution's binary packages into a folder of its own.

Nothing is installed. Where the packages need a newer C library than the machine has, theirs is unpacked with them and
the interpreter is bound to it: its loader and its search path are written into the file. A module that was built here
still loads there, because a C library serves programs built for an older one; the other way round it does not, so for
packages older than the machine the machine's own library is kept.
"""
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import apt
from .keep import Lock, Refusal, clean_environment

MEGABYTES = 500
LEFT_IN = ("*.a", "./usr/share/doc*", "./usr/share/man*", "./usr/share/locale*", "./usr/lib/debug*",
           "./usr/share/lintian*", "./usr/share/zoneinfo*", "./var/*")
LIBC = re.compile(r"(libc6|libc-gconv-modules-extra|libgcc-s1|gcc-\d+-base|libstdc\+\+6)_")


@dataclass(frozen=True)
class Debs:
    """python3.14, unpacked from packages of a suite; "" is the machine's own."""
    name: str
    version: tuple
    suite: str
    packages: tuple
    alone: tuple = ()  # packages of which only the files are wanted, not what they depend on
    program: str = ""
    implementation: str = "cpython"
    debug: bool = False
    free_threaded: bool = False
    extra: bool = False
    number: int = 1

    def covers(self, interpreter) -> bool:
        version = self.version or interpreter.version[:2]
        return interpreter.kind == (self.implementation, version, self.free_threaded, self.debug)

    def executable(self, folder: Path) -> Path:
        return folder / "usr" / "bin" / (self.program or self.name)

    def check(self):
        missing = [package for package in ("dpkg", "apt") if not apt.installed(package)]
        if missing:
            raise Refusal(f"unpacking it needs packages that are not installed: {' '.join(missing)}")

    def make(self, work: Path, final: Path, lock, roots: Path) -> Path:
        mirror, fetched, tree = apt.machine_mirror(), work / "fetched", work / "tree"
        for folder in (fetched, tree):
            folder.mkdir()
        log = final.with_suffix(final.suffix + ".log")
        log.write_text("")
        with Lock(roots.with_suffix(".lock")) as apt_lock:
            suite = self.suite or mirror.codename
            root = apt.Root(roots / suite, mirror, "deb", suite, apt_lock)
            root.update()
            debs = root.packages(self.packages, self.alone, fetched)
            patchelf = find_patchelf(mirror, apt_lock, roots, log)
        own_libc = is_newer([deb for deb in debs if deb.name.startswith("libc6_")])
        for deb in debs:
            if own_libc or not LIBC.match(deb.name):
                unpack(deb, tree, lock, log)
        mend_headers(tree)
        drop_others(self.executable(tree))
        bind(self.executable(tree), tree, final, own_libc, patchelf, lock, log)
        return tree


def unpack(deb: Path, tree: Path, lock, log: Path):
    script = 'set -o pipefail; deb=$1 tree=$2; shift 2; dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$tree" "$@"'
    left_in = [f"--exclude={pattern}" for pattern in LEFT_IN]
    lock.run(["bash", "-c", script, "unpack", deb, tree, *left_in], log, 300)


def is_newer(libc) -> bool:
    """Whether the C library that came along is newer than the machine's."""
    if not libc:
        return False
    theirs = re.match(r"libc6_(\d+)\.(\d+)", libc[0].name)
    ours = re.match(r"glibc (\d+)\.(\d+)", os.confstr("CS_GNU_LIBC_VERSION") or "")
    if not theirs or not ours:
        raise Refusal(f"the versions of the C libraries cannot be compared: {libc[0].name}")
    return tuple(map(int, theirs.groups())) > tuple(map(int, ours.groups()))


def mend_headers(tree: Path):
    """Debian's pyconfig.h includes that of the architecture from the system's folder; here it takes its place."""
    for general in tree.glob("usr/include/python3*/pyconfig.h"):
        for special in tree.glob(f"usr/include/*-linux-*/{general.parent.name}/pyconfig.h"):
            general.unlink()
            shutil.copyfile(special, general)


def drop_others(program: Path):
    """Remove what else would pass for an interpreter: a debug package brings the plain one, which is not bound."""
    kept = {program.name, Path(os.path.realpath(program)).name}
    for other in program.parent.iterdir():
        if other.name.startswith(("python", "pypy", "pydoc", "idle")) and other.name not in kept:
            other.unlink()


def find_patchelf(mirror, lock, roots: Path, log: Path) -> Path:
    """The machine's patchelf, or that of its own suite, unpacked."""
    here = shutil.which("patchelf")
    if here:
        return Path(here)
    tool = roots / "patchelf"
    if not (tool / "usr/bin/patchelf").is_file():
        root = apt.Root(roots / mirror.codename, mirror, "deb", mirror.codename, lock)
        root.update()
        tool.mkdir(exist_ok=True)
        for deb in root.packages((), ("patchelf",), tool):
            unpack(deb, tool, lock, log)
            deb.unlink()
    return tool / "usr/bin/patchelf"


def bind(program: Path, tree: Path, final: Path, own_libc: bool, patchelf: Path, lock, log: Path):
    """Write into the program where its libraries are, and with a C library of its own the loader too."""
    if not program.exists():
        raise Refusal(f"the packages have no {program.relative_to(tree)}")
    program = Path(os.path.realpath(program))
    loaders = [path for path in tree.glob("**/ld-linux*.so.*") if path.is_file()]
    folders = {path.parent for path in tree.glob("**/*-linux-*/*.so.*")}
    folders = sorted(f"{final / folder.relative_to(tree)}" for folder in folders if "gconv" not in str(folder)
                     and "engines" not in str(folder))
    # The program's old-fashioned path holds for all that it loads; RUNPATH would hold for its direct needs only.
    words = [patchelf, "--force-rpath", "--set-rpath", ":".join(folders)]
    if own_libc:
        if not loaders:
            raise Refusal("the packages have a newer C library but no loader for it")
        words += ["--set-interpreter", final / loaders[0].relative_to(tree)]
    lock.run([*words, program], log, 60, env=clean_environment())
