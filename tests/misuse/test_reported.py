# SPDX-License-Identifier: MIT
"""What the compiler cannot refuse, GILKIT_CHECK=1 reports, over the same binary, and the process goes on.

reported/NAME.c is a module whose function `broken` breaks one rule. It begins with the rule, then lines of these:

    // report: REGEX     a report, behind "gilkit: check: "; one for each line, in this order, and no other
    // raises: KIND      the call fails with this exception; without it, it does not fail
    // times: N          how often the function is called in one process, each call reporting; 2 without it, so that the
                         second shows that the process went on
"""
import os
import re
import subprocess
from pathlib import Path

import pytest

from test_misuse import INCLUDE

HERE = Path(__file__).resolve().parent
GILKIT = os.environ.get("GILKIT_COMMAND")


def heads(path, key):
    return re.findall(rf"^// {key}: (.*)", path.read_text(), re.M)


def build(path, folder):
    module = folder / f"{path.stem}.so"
    subprocess.run(["gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-shared", "-fPIC",
                    f"-I{INCLUDE}", "-o", module, path], check=True)
    return module


def run(module, check, times):
    environment = dict(os.environ, LC_ALL="C", GILKIT_CHECK=check)
    return subprocess.run([GILKIT, "run", module, "broken", "--repeat", str(times)], env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)


@pytest.mark.skipif(not GILKIT, reason="GILKIT_COMMAND does not name the command")
@pytest.mark.parametrize("path", sorted((HERE / "reported").glob("*.c")), ids=lambda path: path.stem)
def test_reported(path, tmp_path):
    wanted, times = heads(path, "report"), int((heads(path, "times") or ["2"])[0])
    raises = heads(path, "raises")
    assert wanted, "no // report: line"
    done = run(build(path, tmp_path), "1", times)
    reports = re.findall(r"^gilkit: check: (.*)", done.stderr, re.M)
    assert reports and len(reports) % len(wanted) == 0, done.stderr
    for i, report in enumerate(reports):
        assert re.match(wanted[i % len(wanted)], report), done.stderr
    assert done.returncode == (1 if raises else 0), done.stderr
    assert all(kind in done.stderr for kind in raises), done.stderr
    if not raises:
        assert len(reports) == times * len(wanted), f"the process did not go on\n{done.stderr}"


@pytest.mark.skipif(not GILKIT, reason="GILKIT_COMMAND does not name the command")
@pytest.mark.parametrize("name", ["text_written", "ref_leaked", "failure_without_error"])
def test_nothing_is_reported_unless_asked(name, tmp_path):
    done = run(build(HERE / "reported" / f"{name}.c", tmp_path), "0", 1)
    assert "gilkit: check:" not in done.stderr
