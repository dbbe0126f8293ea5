# SPDX-License-Identifier: MIT
import json
import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def np():
    return pytest.importorskip("numpy")


@pytest.fixture
def script(tmp_path):
    """Run a program in an interpreter of its own; what it printed. It must end well."""

    def run(text, **more):
        file = tmp_path / "program.py"
        file.write_text(text)
        answer = subprocess.run([sys.executable, str(file)], env={**os.environ, **more}, text=True, timeout=120,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    return run


@pytest.fixture
def command():
    """Run a function on the command line: its result, from JSON."""

    def run(file, function, *words):
        answer = subprocess.run([os.environ["GILKIT_TEST_COMMAND"], "run", "--json", file, function, *words], text=True,
                                timeout=60, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    return run
