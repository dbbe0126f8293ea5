# SPDX-License-Identifier: MIT
"""What the tests share: a kept folder of their own, on a machine that has the distribution's Python only."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pythons import environment, keep, search

HERE = Path(__file__).parent
SYSTEM = Path("/usr/bin/python3")


def variables(home: Path, **more) -> dict:
    """The environment of a user with nothing but the distribution's Python, whose kept folder is in `home`."""
    managers = ("_ROOT", "_DATA_DIR", "_INSTALL_DIR", "_ROOT_PREFIX")
    kept = {name: value for name, value in os.environ.items()
            if not name.endswith(managers) and not name.startswith("GILKIT")}
    return {**kept, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "PATH": "/usr/bin:/bin",
            "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR") or os.path.expanduser("~/.cache/pip"), **more}


def become(monkeypatch, home: Path) -> Path:
    fresh = variables(home)
    for name in set(os.environ) - set(fresh):
        monkeypatch.delenv(name)
    for name, value in fresh.items():
        monkeypatch.setenv(name, value)
    keep.home().mkdir(parents=True, exist_ok=True)
    return keep.home()


@pytest.fixture
def user(tmp_path, monkeypatch):
    """This process becomes such a user, for whom nothing was made yet. The kept folder."""
    return become(monkeypatch, tmp_path)


@pytest.fixture
def run():
    """Run code that may import `pythons` in a process of its own, or start it."""
    def start(code, *words, wait=True, **more):
        env = {**os.environ, "PYTHONPATH": str(HERE.parent)}
        process = subprocess.Popen([sys.executable, "-c", code, *map(str, words)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env=env, **more)
        if not wait:
            return process
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        return out
    return start


def stand_in(path: Path, says: str) -> Path:
    """An executable that says of itself what is wanted: there is not every Python on every machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """A folder with the wheels of pytest, so that environments are made without a network."""
    folder = tmp_path_factory.mktemp("wheels")
    maker = tmp_path_factory.mktemp("maker") / "venv"
    subprocess.run([SYSTEM, "-m", "venv", maker], check=True, capture_output=True, timeout=120)
    done = subprocess.run([maker / "bin/python", "-m", "pip", "download", "-q", "-d", folder, "--only-binary", ":all:",
                           "pytest"], capture_output=True, text=True, timeout=120)
    if environment.unreachable(done.stdout + done.stderr):
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def settled_home(tmp_path_factory):
    return tmp_path_factory.mktemp("settled")


@pytest.fixture
def settled(settled_home, wheels, monkeypatch):
    """A user whose environments stay from test to test; they are made of the wheels at hand."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return become(monkeypatch, settled_home)


@pytest.fixture
def plans(settled):
    """Plans for the distribution's interpreter: {major of NumPy: plan}."""
    found = search.find([("the distribution", SYSTEM.parent)])
    return {plan.major: plan for plan in environment.plans(found.interpreters)
            if plan.interpreter.implementation == "cpython" and not plan.interpreter.debug}


@pytest.fixture
def made(plans):
    """The environment without NumPy."""
    return environment.make(plans[0])
