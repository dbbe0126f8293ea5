# SPDX-License-Identifier: MIT
"""The command and the modules of this suite, as the build made them."""
import os
import re
import subprocess
from pathlib import Path

import pytest

SECONDS = 60


def environment(**more):
    """The user's environment without what would steer gilkit, and with the modules where it finds them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GILKIT")}
    return {**kept, "LC_ALL": "C.UTF-8", "GILKIT_PATH": os.environ["GILKIT_API_MODULES"], **more}


def gilkit(*words, **more):
    """Run the command; its answer."""
    return subprocess.run([os.environ["GILKIT"], *map(str, words)], env=environment(**more), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS)


def modules():
    return sorted(Path(os.environ["GILKIT_API_MODULES"]).glob("about_*.so"))


def names_of(module):
    """The names of its tests, as its source has them."""
    source = Path(__file__).parent / "modules" / f"{module.stem}.c"
    return re.findall(r"^TEST\((\w+)\)", source.read_text(), re.MULTILINE)


def pytest_configure(config):
    for name in ("GILKIT", "GILKIT_API_MODULES"):
        if not os.environ.get(name):
            raise pytest.UsageError(f"{name} is not set; run: meson test -C BUILD --suite api")


def pytest_generate_tests(metafunc):
    """A test that takes a module and a function runs for every test of every module; test_cpython.py has more to say."""
    if {"module", "function"} <= set(metafunc.fixturenames) and "tag" not in metafunc.fixturenames:
        cases = [pytest.param(module, name, id=f"{module.stem}-{name}")
                 for module in modules() for name in names_of(module)]
        metafunc.parametrize("module, function", cases)
