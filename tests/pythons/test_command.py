# SPDX-License-Identifier: MIT
"""The command as `dev` and people use it."""
import json
import subprocess
import sys

import pytest

from .conftest import HERE


@pytest.fixture
def command():
    def run(*words, code=0):
        done = subprocess.run([sys.executable, HERE, *words], capture_output=True, text=True, timeout=120)
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        return done
    return run


def test_list_tells_what_runs_and_what_is_left_out(command, made, plans):
    answer = json.loads(command("list", "--json").stdout)
    [one] = [one for one in answer["environments"] if one["tag"] == made.tag]
    assert one["python"] == str(made.python) and one["numpy"] is None and one["origin"] == "the distribution"
    assert plans[2].tag in answer["not_made"] and "python3.13t" in answer["not_made"]
    text = command("list").stdout
    assert f"{made.tag} " in text and "python3.13t      not made yet: python3 tests/pythons make" in text


def test_each_runs_a_command_in_the_environment(command, made):
    done = command("each", "--", "python", "-c", "import sys; print(sys.prefix, sys.argv[1])", "{tag}")
    assert f"{made.folder} {made.tag}\n" in done.stdout
    assert done.stdout.endswith("1 of 1 well\n")


def test_each_fails_when_the_command_does_in_one_environment(command, made):
    done = command("each", "--", "python", "-c", "raise SystemExit(3)", code=1)
    assert done.stdout.endswith(f"0 of 1 well; failed: {made.tag}\n")
    answer = command("--json", "each", "--", "python", "-c", "print('noise'); raise SystemExit(3)", code=1)
    assert json.loads(answer.stdout) == {"results": [{"tag": made.tag, "code": 3}]}
    assert "noise" in answer.stderr


def test_each_refuses_what_cannot_be_run(command, made):
    assert command("each", "--", "no-such-command", code=2).stderr.splitlines()[-1] == \
        "pythons: no-such-command cannot be run: No such file or directory"
    assert "cp399-bare: not made yet" in command("each", "--only", "cp399-bare", "--", "true", code=2).stderr


def test_each_without_an_environment_says_how_to_make_them(user, command):
    assert command("each", "--", "true", code=2).stderr == \
        "pythons: no environment: not made yet; run `python3 tests/pythons make`\n"


def test_make_refuses_a_name_it_does_not_know(user, command):
    assert "pythons: there is no recipe for perl" in command("make", "perl", code=2).stderr


def test_packages_names_what_a_build_needs(user, command):
    assert {"gcc", "libssl-dev", "libffi-dev"} <= set(command("packages").stdout.split())
