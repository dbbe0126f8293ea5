# SPDX-License-Identifier: MIT
"""The peers: what each is called, which packages it takes, and how its module is built for an environment."""
import concurrent.futures
import dataclasses
import os
import pathlib
import shutil

from python.environment import Failure, call, digest

HERE = pathlib.Path(__file__).resolve().parent / "peers"
ROOT = HERE.parents[3]
# One compiler, one optimisation for all. A tool's own further options are those of its own build system.
FLAGS = ["-O2", "-DNDEBUG", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{HERE}"]
CXX_FLAGS = [*FLAGS, "-std=c++17"]


@dataclasses.dataclass(frozen=True)
class Peer:
    module: str  # what is imported
    name: str  # what it is called in tables
    packages: tuple = ()
    build: object = None  # (environment) -> {file in modules/: [command that makes it, ...]}


def compilers():
    return os.environ.get("CC", "gcc"), os.environ.get("CXX", "g++")


def python_flags(environment):
    return [f"-I{environment.interpreter.include}"]


def package_folder(environment, name):
    return pathlib.Path(environment.ask(f"import {name}, os; print(os.path.dirname({name}.__file__))"))


def hand(name):
    def build(environment):
        out = environment.modules / f"{name}{environment.interpreter.suffix}"
        command = [compilers()[0], *FLAGS, *python_flags(environment), f"-DNAME={name}", HERE / "by_hand.c", "-o", out]
        return {out: [command]}

    return build


def build_nanobind(environment):
    """As its nanobind_add_module(... NB_STATIC NOMINSIZE) does: fast thread-local storage, no error texts of
    assertions, its sources as one."""
    package = package_folder(environment, "nanobind")
    out = environment.modules / f"by_nanobind{environment.interpreter.suffix}"
    flags = ["-fno-strict-aliasing", "-DNB_COMPACT_ASSERTIONS", "-ffunction-sections", "-fdata-sections",
             "-Wl,--gc-sections", "-Wl,-s", f"-I{package}/include", f"-I{package}/ext/robin_map/include"]
    if os.uname().machine == "x86_64":
        flags.append("-mtls-dialect=gnu2")
    if environment.interpreter.free_threaded:
        flags.append("-DNB_FREE_THREADED")
    return {out: [[compilers()[1], *CXX_FLAGS, *python_flags(environment), *flags, HERE / "by_nanobind.cpp",
                   package / "src" / "nb_combined.cpp", "-o", out]]}


def build_pybind11(environment):
    """As its pybind11_add_module does."""
    package = package_folder(environment, "pybind11")
    out = environment.modules / f"by_pybind11{environment.interpreter.suffix}"
    return {out: [[compilers()[1], *CXX_FLAGS, *python_flags(environment), "-flto", "-fno-fat-lto-objects", "-Wl,-s",
                   f"-I{package}/include", HERE / "by_pybind11.cpp", "-o", out]]}


def build_cython(environment):
    out = environment.modules / f"by_cython{environment.interpreter.suffix}"
    source = environment.folder / "by_cython.c"
    return {out: [[environment.python, "-I", "-m", "cython", "-3", HERE / "by_cython.pyx", "-o", source],
                  [compilers()[0], *FLAGS, *python_flags(environment), source, "-o", out]]}


def build_cffi_api(environment):
    out = environment.modules / f"_by_cffi{environment.interpreter.suffix}"
    source = environment.folder / "_by_cffi.c"
    return {out: [[environment.python, "-I", HERE / "by_cffi_build.py", source],
                  [compilers()[0], *FLAGS, *python_flags(environment), source, "-o", out]]}


def build_plain(environment):
    out = environment.modules / "libplain.so"
    return {out: [[compilers()[0], *FLAGS, HERE / "plain.c", "-o", out]]}


def build_gilkit(environment):
    """The bare suffix: nothing in this command knows the interpreter."""
    out = environment.modules / "by_gilkit.so"
    return {out: [[compilers()[0], *FLAGS, f"-I{ROOT}/sdk/include", HERE / "by_gilkit.c", "-o", out]]}


HAND = Peer("by_hand", "hand-written METH_FASTCALL", (), hand("by_hand"))
PEERS = [
    HAND,
    Peer("by_hand_again", "the same file built again", (), hand("by_hand_again")),
    Peer("by_gilkit", "gilkit module", ("gilkit",), build_gilkit),
    Peer("by_gilkit_bind", "gilkit bind", ("gilkit",), build_plain),
    Peer("by_nanobind", "nanobind", ("nanobind",), build_nanobind),
    Peer("by_cython", "Cython", ("cython",), build_cython),
    Peer("by_pybind11", "pybind11", ("pybind11",), build_pybind11),
    Peer("by_cffi_api", "cffi API mode", ("cffi",), build_cffi_api),
    Peer("by_cffi_abi", "cffi ABI mode", ("cffi",), build_plain),
    Peer("by_ctypes", "ctypes", (), build_plain),
]
NAMES = {peer.module: peer.name for peer in PEERS}


def build_one(peer, environment, compiler):
    """Make what is not there or was made of something else."""
    lacking = [environment.missing.get(name, f"{name} is not installed") for name in peer.packages
               if name not in environment.versions]
    if lacking:
        raise Failure(f"{peer.name} is left out: {'; '.join(lacking)}")
    sources = [path.read_bytes() for path in sorted(HERE.iterdir()) if path.is_file()]
    versions = [environment.versions.get(name) for name in peer.packages]
    # The headers that a gilkit module is built from are this tree's.
    sources += [path.read_bytes() for path in sorted((ROOT / "sdk").rglob("*.h")) if "gilkit" in peer.packages]
    for out, commands in peer.build(environment).items():
        key, stamp = digest(compiler, commands, versions, sources), out.with_name(out.name + ".key")
        if out.exists() and stamp.exists() and stamp.read_text() == key:
            continue
        for command in commands:
            call(command, f"{peer.name} is left out: its build failed")
        stamp.write_text(key)


def build_all(environment):
    """(peers that are built, sentences about those that are not)."""
    compiler = [call([name, "--version"], "no compiler").splitlines()[:1] for name in compilers()]
    for source in HERE.glob("*.py"):
        shutil.copyfile(source, environment.modules / source.name)

    def attempt(peer):
        try:
            build_one(peer, environment, compiler)
        except Failure as failure:
            return str(failure)

    # Three peers share the plain library: one after the other, beside those that take long.
    plain = [peer for peer in PEERS if peer.build is build_plain]
    rest = [peer for peer in PEERS if peer.build is not build_plain]
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        others = pool.map(attempt, rest)
        why = dict(zip(plain, map(attempt, plain)))
        why.update(zip(rest, others))
    return [peer for peer in PEERS if not why[peer]], list(dict.fromkeys(text for text in why.values() if text))
