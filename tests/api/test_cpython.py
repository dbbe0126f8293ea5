# SPDX-License-Identifier: MIT
"""Every test of every module in every CPython: the very files that the native host loads, imported with `import`.

One process runs all tests of a module: plainly; with the checks of GILKIT_CHECK, which must have nothing to say; again
and again, looking for what is left behind; in one interpreter inside the process after another; in two of them at once,
beside the main one.
"""
import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import pythons  # noqa: E402
from conftest import environment as clean, modules, names_of  # noqa: E402
from package.run import build  # noqa: E402

SECONDS = 110  # the worker says after 100 where it is
# What the worker does, in which environment, and how many answers it gives.
HOWS = {"plainly": ("plainly", {}, 1), "checked": ("plainly", {"GILKIT_CHECK": "1"}, 1), "again": ("again", {}, 1),
        "nested": ("nested", {}, 2), "beside": ("beside", {}, 3)}

# What a Python cannot do for reasons of its own, by interpreter and how; the other tests of the module run.
CLEARED_KEYS = "an assertion of CPython's dictobject.c (unicode_get_hash), which takes cleared keys for those before"
KEPT_TYPES = "CPython 3.13 without a GIL never frees a type that was made at run time"
OWN_BUGS = {
    ("cp311d", how): {"a_dict_that_is_cleared_while_it_is_shown_or_taken_over_is_no_crash": CLEARED_KEYS} for how in HOWS
}
OWN_BUGS["cp313t", "again"] = dict.fromkeys(["a_type_of_ones_own_is_below_its_base",
                                             "types_of_ones_own_stand_one_below_another",
                                             "the_name_of_a_type_is_copied",
                                             "an_exception_goes_through_a_call_as_it_is"], KEPT_TYPES)


@functools.lru_cache(maxsize=None)
def interpreters():
    """By name, one environment for each; NumPy is for other tests."""
    try:
        ready = pythons.environments()
    except pythons.Refusal as refusal:
        raise pytest.UsageError(str(refusal))
    return {environment.interpreter.tag: environment for environment in reversed(ready)}


@functools.lru_cache(maxsize=None)
def package(tag):
    folder = Path(os.environ["GILKIT_BUILD"])
    return build(interpreters()[tag], folder, folder / "tests" / "package" / "sites" / interpreters()[tag].tag)


def names_for(tag, how, module):
    return [name for name in names_of(module) if name not in OWN_BUGS.get((tag, how), ())]


@functools.lru_cache(maxsize=None)
def answers(tag, how, module):
    """What the worker said of each test, as often as it ran it, and what is on stderr."""
    word, more, _ = HOWS[how]
    variables = clean(PYTHONPATH=f"{package(tag)}:{module.parent}", PYTHONDONTWRITEBYTECODE="1", **more)
    try:
        answer = subprocess.run([interpreters()[tag].python, HERE / "worker.py", module.stem, word, *names_for(tag, how, module)],
                                env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS)
    except subprocess.TimeoutExpired as late:
        return {}, f"it did not end: {late.stderr}"
    problem = f"code {answer.returncode}\n{answer.stderr}" if answer.returncode else answer.stderr
    said = {}
    for line in answer.stdout.splitlines():
        name, what = json.loads(line)
        said.setdefault(name, []).append(what)
    return said, problem


def hows_of(tag):
    """Plainly and checked in every Python. The rest, which takes minutes, where it differs: the oldest and the newest, the
    first whose interpreters have a GIL each, those that count references or have no GIL; with GILKIT_TEST_ALL=1 everywhere."""
    gilded = [one for one, it in interpreters().items() if not it.debug and not it.free_threaded]
    ends = {min(gilded, key=number_of), max(gilded, key=number_of)} if gilded else set()
    every = os.environ.get("GILKIT_TEST_ALL") == "1"
    counts = interpreters()[tag].debug or interpreters()[tag].free_threaded
    return [how for how in HOWS if how in ("plainly", "checked") or every or tag in ends or
            (how == "again" and counts) or (how != "again" and tag == "cp312")]


def number_of(tag):
    return int(tag.removeprefix("cp"))


def pytest_generate_tests(metafunc):
    cases = [pytest.param(tag, how, module, id=f"{tag}-{how}-{module.stem}")
             for tag in sorted(interpreters()) for how in hows_of(tag) for module in modules()]
    if "function" in metafunc.fixturenames:
        cases = [pytest.param(*case.values, name, id=f"{case.id}-{name}")
                 for case in cases for name in names_for(*case.values)]
        metafunc.parametrize("tag, how, module, function", cases)
    else:
        metafunc.parametrize("tag, how, module", cases)


def test_it_is_fine(tag, how, module, function):
    said, problem = answers(tag, how, module)
    assert function in said, f"it was not reached: {problem}"
    assert said[function] == [None] * HOWS[how][2], problem


def test_nothing_else_is_said(tag, how, module):
    _, problem = answers(tag, how, module)
    told = [line for line in problem.splitlines() if not is_wanted(module, line)]
    assert told == []


def is_wanted(module, line):
    """Some tests have a function with a bug, for a host to tell of it; the checks do so too."""
    return line.startswith("gilkit: check") and any(f"{name}()" in line for name in culprits(module))


def culprits(module):
    return ("returns_nothing", "returns_and_raises") if module.stem == "about_calls" else ()
