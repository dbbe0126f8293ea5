# SPDX-License-Identifier: MIT
"""Every test of every module through the command, as a user meets the native host: plainly, and with the checks of
GILKIT_CHECK, which must have nothing to say about a test that does nothing wrong."""
import json
from pathlib import Path

import pytest

from conftest import gilkit, modules, names_of


def run(module, function, **more):
    answer = gilkit("run", module, function, **more)
    assert answer.returncode == 0, f"code {answer.returncode}\n{answer.stderr}"
    return answer


def test_it_is_fine(module, function):
    assert run(module, function).stderr == ""


def test_it_is_fine_when_every_call_is_checked(module, function):
    said = run(module, function, GILKIT_CHECK="1").stderr
    # Some tests have a function with a bug, for a host to tell of it; the checks do so too.
    assert function.endswith("_is_told_of") or "gilkit: check" not in said


@pytest.mark.parametrize("module", modules(), ids=lambda path: path.stem)
def test_inspect_lists_the_names_of_a_module(module):
    answer = gilkit("inspect", "--json", module)
    assert answer.returncode == 0, answer.stderr
    functions = json.loads(answer.stdout)["functions"]
    assert {f["name"] for f in functions if f["doc"] == "A test."} == set(names_of(module)) != set()


def test_every_module_is_built():
    sources = (Path(__file__).parent / "modules").glob("about_*.c")
    assert [module.stem for module in modules()] == sorted(source.stem for source in sources)
