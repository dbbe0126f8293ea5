# SPDX-License-Identifier: MIT
"""What the tests share: the command, an installation in a folder of its own, and modules built against it."""
import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

HERE = Path(__file__).parent
SECONDS = 60  # no command may take longer


def clean_environment(**more):
    """The user's environment without what would steer gilkit."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GILKIT")}
    kept["LC_ALL"] = "C.UTF-8"
    # The thread sanitizer else sleeps for a second at every end.
    kept["TSAN_OPTIONS"] = kept.get("TSAN_OPTIONS", "") + " atexit_sleep_ms=0"
    return {**kept, **{name: str(value) for name, value in more.items()}}


class Command:
    """The gilkit command. Every run is held to this: it ends, and no signal ends it."""

    def __init__(self, path):
        self.path = str(path)

    def __call__(self, *args, code=None, env=None, **options):
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "timeout": SECONDS, **options}
        words = [self.path, *(a if isinstance(a, bytes) else str(a) for a in args)]
        answer = subprocess.run(words, env=clean_environment(**(env or {})), **options)
        typed = " ".join(shlex.quote(str(word)) for word in words)
        said = f"{typed}\ncode {answer.returncode}\n{answer.stdout}\n{answer.stderr}"
        assert answer.returncode >= 0, f"a signal ended it: {said}"
        assert "Sanitizer" not in str(answer.stderr), said
        if code is not None:
            assert answer.returncode == code, said
        return SimpleNamespace(code=answer.returncode, out=answer.stdout, err=answer.stderr)

    def text(self, *args, **options):
        """What it prints when all is well."""
        answer = self(*args, code=0, **options)
        assert answer.err == ""
        return answer.out.rstrip("\n")

    def json(self, *args, code=0, **options):
        """What it answers as JSON: strict JSON, in which there is no NaN."""
        answer = json.loads(self(*args, "--json", code=code, **options).out, parse_constant=pytest.fail)
        assert answer["schema"] == 1
        return answer

    def result(self, *args, **options):
        return self.json("run", *args, **options)["result"]

    def refusal(self, code, *args, **options):
        """What it says on stderr, and nowhere else, when it refuses."""
        answer = self(*args, code=code, **options)
        assert answer.out == ""
        assert answer.err.startswith("gilkit"), answer.err
        return answer.err.rstrip("\n")

    def start(self, *args, env=None, **options):
        # Whoever started the tests may ignore a signal (nohup does); a user's shell does not.
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True,
                   "preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL), **options}
        return subprocess.Popen([self.path, *map(str, args)], env=clean_environment(**(env or {})), **options)


class Installation:
    """gilkit in a folder of its own, as a packager stages it."""

    def __init__(self, build, root):
        self.root = root
        words = ["meson", "install", "-C", build, "--destdir", str(root), "--no-rebuild"]
        subprocess.run(words, check=True, stdout=subprocess.PIPE, timeout=SECONDS)
        [self.command] = root.rglob("bin/gilkit")
        [self.pc_file] = root.rglob("pkgconfig/gilkit.pc")
        [self.library] = root.rglob("libgilkit.so")
        self.environment = {
            "PATH": f"{self.command.parent}:{os.environ['PATH']}",
            "PKG_CONFIG_PATH": str(self.pc_file.parent),
            "PKG_CONFIG_SYSROOT_DIR": str(root),
        }

    def run(self, *words, **options):
        """A command of somebody who has this gilkit; what it printed."""
        env = clean_environment(**{**self.environment, **options.pop("env", {})})
        answer = subprocess.run([str(w) for w in words], env=env, text=True, timeout=SECONDS,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        assert answer.returncode == 0, answer.stdout
        return answer.stdout

    def pkg_config(self, *words):
        return shlex.split(self.run("pkg-config", *words))

    def compile(self, to, *sources, flags=(), compiler="cc"):
        """A module, as somebody builds it who has the headers and a compiler only."""
        words = [*compiler.split(), "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-std=gnu11"]
        self.run(*words, *self.pkg_config("--cflags", "gilkit"), "-o", to, *sources, *flags, "-lm")
        return to


def pytest_configure(config):
    for name in ("GILKIT", "GILKIT_BUILD"):
        if not os.environ.get(name):
            raise pytest.UsageError(f"{name} is not set; run: meson test -C BUILD --suite python")


@pytest.fixture(scope="session")
def gilkit():
    return Command(os.environ["GILKIT"])


@pytest.fixture(scope="session")
def sanitized(gilkit):
    """Does the command carry a sanitizer, which takes time and memory of its own?"""
    return any(mark in Path(gilkit.path).read_bytes() for mark in (b"__asan_init", b"__tsan_init"))


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    return Installation(os.environ["GILKIT_BUILD"], tmp_path_factory.mktemp("root"))


@pytest.fixture(scope="session")
def modules(installation, tmp_path_factory):
    """A folder with the modules of modules/, built once."""
    folder = tmp_path_factory.mktemp("modules")
    for source in sorted((HERE / "modules").glob("*.c")):
        installation.compile(folder / f"{source.stem}.so", source)
    return folder


@pytest.fixture(scope="session")
def probe(modules):
    """A module whose functions give back what they get, in every shape that a prototype has."""
    return modules / "probe.so"


@pytest.fixture(scope="session")
def work(modules):
    """A module whose functions take their time."""
    return modules / "work.so"


@pytest.fixture
def module(installation, tmp_path):
    """Build a module out of a text: module('vecmath', '''...''') -> its path."""

    def build(name, text, **options):
        source = tmp_path / f"{name}.c"
        source.write_text(f"#include <gilkit/module.h>\n{text}")
        return installation.compile(tmp_path / f"{name}.so", source, **options)

    return build


@pytest.fixture
def npy(tmp_path):
    """Save an array: npy('x', a) -> '@.../x.npy', the word for the command."""

    def save(name, array, version=None):
        path = tmp_path / f"{name}.npy"
        with open(path, "wb") as file:
            np.lib.format.write_array(file, np.asanyarray(array), version=version)
        return f"@{path}"

    return save


@pytest.fixture(scope="session")
def few_tools(tmp_path_factory):
    """A folder for PATH with what doctor asks for, but without meson, which takes its time to answer."""
    folder = tmp_path_factory.mktemp("tools")
    for name in ("sh", "cc", "pkg-config"):
        (folder / name).symlink_to(shutil.which(name))
    return folder


@pytest.fixture
def quick_doctor(few_tools, monkeypatch):
    monkeypatch.setenv("PATH", str(few_tools))


def wait_until(what, seconds=10.0):
    """Ask until it says yes."""
    limit = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < limit, "it did not come"
        time.sleep(0.005)


def minds_signal(process, number=signal.SIGINT):
    """Does a thread of this process block the signal, to wait for it? Then it is past its start."""
    bit = 1 << (number - 1)
    for status in Path(f"/proc/{process.pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("SigBlk:") and int(line.split()[1], 16) & bit:
                return True
    return False
