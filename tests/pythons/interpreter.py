# SPDX-License-Identifier: MIT
"""An interpreter: one executable, and what it says of itself when it is run."""
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .keep import Refusal, clean_environment

OLDEST = (3, 9)
SECONDS = 30

# It is run by Pythons of any age: a Python 2 must be able to say that it is one, and knows no -I.
QUESTION = r"""
import sys, json
me = {"version": list(sys.version_info[:3]), "text": "%d.%d.%d" % tuple(sys.version_info[:3])}
if sys.version_info >= (3, 9):
    import importlib.util, os, platform, sysconfig
    real = getattr(sys, "_base_executable", None) or sys.executable
    me.update(
        text=platform.python_version(),
        implementation=sys.implementation.name,
        free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        debug=hasattr(sys, "gettotalrefcount"),
        executable=os.path.realpath(real),
        prefix=os.path.realpath(sys.base_prefix),
        venv=importlib.util.find_spec("venv") is not None,
        ensurepip=importlib.util.find_spec("ensurepip") is not None,
        headers=os.path.isfile(os.path.join(sysconfig.get_path("include"), "Python.h")),
    )
print(json.dumps(me))
"""


@dataclass(frozen=True)
class Interpreter:
    executable: Path
    version: tuple  # (3, 13, 15)
    text: str  # "3.13.15", or "3.15.0rc1"
    implementation: str  # "cpython", "pypy"
    free_threaded: bool
    debug: bool
    prefix: str
    venv: bool
    ensurepip: bool
    headers: bool  # Python.h is there
    origin: str  # who put it there: "pyenv", "the distribution", "made here"

    @property
    def kind(self):
        """What makes an interpreter another one for a test: all but its patch and its place."""
        return self.implementation, self.version[:2], self.free_threaded, self.debug

    @property
    def tag(self) -> str:
        """As in the name of a wheel: cp313t, cp311d, pp311."""
        short = {"cpython": "cp", "pypy": "pp"}.get(self.implementation, self.implementation)
        return f"{short}{self.version[0]}{self.version[1]}{'t' * self.free_threaded}{'d' * self.debug}"

    def __str__(self):
        words = [self.implementation.replace("cpython", "CPython").replace("pypy", "PyPy"), self.text]
        words += ["free-threaded"] * self.free_threaded + ["debug"] * self.debug
        return " ".join(words)


def identify(path, origin="") -> Interpreter:
    """Run an executable and ask it what it is; refused with the reason when it is nothing to test in."""
    try:
        done = subprocess.run([os.fspath(path), "-E", "-s", "-c", QUESTION], cwd="/", stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", timeout=SECONDS,
                              env=clean_environment())
    except OSError as error:
        raise Refusal(f"it cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise Refusal(f"it did not answer in {SECONDS} s") from None
    try:
        answer = json.loads(done.stdout.strip().splitlines()[-1]) if done.returncode == 0 else None
    except (IndexError, ValueError):
        answer = None
    if not isinstance(answer, dict) or "version" not in answer:
        said = (done.stderr.strip() or done.stdout.strip() or f"it ended with code {done.returncode}").splitlines()[-1]
        raise Refusal(f"it does not work: {said[:200]}")
    if tuple(answer["version"]) < OLDEST:
        raise Refusal(f"{answer['text']} is older than {OLDEST[0]}.{OLDEST[1]}")
    if answer["implementation"] not in ("cpython", "pypy"):
        raise Refusal(f"{answer['implementation']} is neither CPython nor PyPy")
    if not answer["venv"]:
        raise Refusal(f"{answer['text']} has no module venv to make an environment with (Debian: install python3-venv)")
    answer["version"] = tuple(answer["version"])
    answer["executable"] = Path(answer["executable"])
    return Interpreter(origin=origin, **answer)
