# SPDX-License-Identifier: MIT
"""The Python interpreters that tests run in: found on the machine or made, each with an environment of its own.

    for environment in pythons.environments():
        subprocess.run([environment.python, "-c", "..."])

An environment is kept for the next run and shared by every clone on the machine, so nothing is installed into it:
put what is tested on PYTHONPATH (`pip install --target`), or take `environment.branch(folder)`, which sees the same
packages and may be written to. `python3 tests/pythons make` makes what is missing; `python3 tests/pythons --help`
says the rest.
"""
from .environment import Environment
from .interpreter import Interpreter
from .keep import Refusal
from .room import environments, make, survey

__all__ = ["Environment", "Interpreter", "Refusal", "environments", "make", "survey"]
