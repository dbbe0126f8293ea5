# SPDX-License-Identifier: MIT
"""The programs here that have CPython's GIL as a peer, built as extensions of the Python that runs this."""
import pathlib
import subprocess
import sys
import sysconfig

from table import samples_of

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def python_name():
    return f"CPython {sys.version_info.major}.{sys.version_info.minor}"


def has_gil():
    return sysconfig.get_config_var("Py_GIL_DISABLED") != 1


def build(name, folder):
    """Build NAME.c as an extension beside the program; the folder it is in, or None: this Python has no headers."""
    include = sysconfig.get_paths()["include"]
    if not has_gil() or not pathlib.Path(include, "Python.h").exists():
        return None
    made = folder / "cpython"
    made.mkdir(exist_ok=True)
    library = folder.parents[1] / "runtime"
    command = ["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O3", "-DNDEBUG", "-fPIC", "-shared", "-pthread", "-w",
               "-DGIL_BENCH_CPYTHON", f"-I{include}", f"-I{ROOT / 'sdk' / 'include'}",
               f"-I{ROOT / 'runtime' / 'include'}", str(HERE / f"{name}.c"), "-o",
               str(made / f"{name}{sysconfig.get_config_var('EXT_SUFFIX')}"), f"-L{library}", "-lgilkit",
               f"-Wl,-rpath,{library}"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return made


def samples_beside_cpython(name, folder, rounds):
    """What the extension prints, or the program where there can be none."""
    made = build(name, folder)
    if not made:
        print(f"{name}: {sys.executable} has no headers or no GIL: measured without it", file=sys.stderr)
        return samples_of([folder / name, rounds])
    code = f"import sys; sys.path.insert(0, sys.argv[1]); import {name}; {name}.run({rounds})"
    return samples_of([sys.executable, "-I", "-c", code, made])
