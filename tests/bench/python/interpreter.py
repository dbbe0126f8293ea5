# SPDX-License-Identifier: MIT
"""The CPythons of this machine that the bench can measure."""
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[2]
OLDEST = (3, 9)
PROBE = """
import json, os, platform, sys, sysconfig
name = sysconfig.get_config_var("LDVERSION") or ""
include = sysconfig.get_path("include")
print(json.dumps({
    "implementation": platform.python_implementation(),
    "version": list(sys.version_info[:3]),
    "text": platform.python_version(),
    "file": os.path.realpath(sys.executable),
    "include": include,
    "headers": os.path.exists(os.path.join(include, "Python.h")),
    "suffix": sysconfig.get_config_var("EXT_SUFFIX"),
    "debug": bool(sysconfig.get_config_var("Py_DEBUG")),
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
}))
"""


@dataclasses.dataclass(frozen=True)
class Interpreter:
    file: pathlib.Path
    version: tuple
    text: str  # "3.11.7", "3.13.1 free-threaded"
    include: pathlib.Path
    suffix: str
    free_threaded: bool
    headers: bool

    @property
    def tag(self):
        """A word for file names."""
        return self.text.replace(" ", "-")

    @property
    def title(self):
        return f"CPython {self.text}, {self.file}"


def probe(file):
    """The interpreter of this file, or None: it does not start, is no CPython, or is too old."""
    try:
        # Isolated and away from here, so that nothing of the caller's is imported.
        done = subprocess.run([file, "-I", "-c", PROBE], capture_output=True, text=True, timeout=30, cwd="/")
        found = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    if found["implementation"] != "CPython" or tuple(found["version"][:2]) < OLDEST:
        return None
    words = [found["text"], "free-threaded" * found["free_threaded"], "debug" * found["debug"]]
    return Interpreter(
        file=pathlib.Path(found["file"]),
        version=tuple(found["version"]),
        text=" ".join(word for word in words if word),
        include=pathlib.Path(found["include"]),
        suffix=found["suffix"],
        free_threaded=found["free_threaded"],
        headers=found["headers"],
    )


def candidates():
    """Those that the tests run in, but for the debug builds. The one that runs this is always among them: it is the
    distribution's, optimised as few others are."""
    sys.path.insert(0, str(TESTS))
    try:
        import pythons
    finally:
        sys.path.remove(str(TESTS))
    room = pythons.survey()
    return [*(one.interpreter.executable for one in room.environments + room.plans if not one.interpreter.debug),
            sys.executable]


def located(name):
    """A file for what somebody typed: a path, or a name on PATH."""
    return os.path.abspath(name) if os.sep in name else shutil.which(name) or name


def discover(chosen=()):
    """(interpreters, sentences about what was left out): those chosen, else all that are found, oldest first."""
    found, left_out = {}, []
    for file in [located(name) for name in chosen] or candidates():
        interpreter = probe(file)
        if interpreter is None:
            if chosen:
                left_out.append(f"{file}: not a CPython of {OLDEST[0]}.{OLDEST[1]} or newer")
        elif not interpreter.headers:
            left_out.append(f"{file}: no Python.h in {interpreter.include}; Debian has it in python3-dev")
        else:
            found.setdefault(interpreter.file, interpreter)
    return sorted(found.values(), key=lambda one: (one.version, one.text)), list(dict.fromkeys(left_out))
