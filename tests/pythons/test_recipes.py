# SPDX-License-Identifier: MIT
"""Recipes: which are needed, and that the making of one survives interruption, company and failure."""
import signal
import time
from dataclasses import dataclass, replace

import pytest

from pythons import debs, keep, recipes, search
from pythons.recipes import all_recipes, needed

from .conftest import SYSTEM, stand_in

# A recipe whose interpreter is quickly made: a script that starts the distribution's. It counts how often it is made.
QUICK = f'''
from pathlib import Path
import sys
from pythons import keep, recipes

class Quick:
    name, number, extra = "python3.quick", 1, False
    def __init__(self, count, pause=0):
        self.count, self.pause = Path(count), pause
    def covers(self, interpreter):
        return True
    def check(self):
        pass
    def executable(self, folder):
        return folder / "bin" / "python3"
    def make(self, work, final, lock, roots):
        with open(self.count, "a") as file:
            file.write("made\\n")
        tree = work / "tree"
        (tree / "bin").mkdir(parents=True)
        self.executable(tree).write_text("#!/bin/sh\\nexec {SYSTEM} \\"$@\\"\\n")
        self.executable(tree).chmod(0o755)
        lock.run(["sleep", str(self.pause)], final.with_suffix(".log"), 100)
        return tree
'''
MAKE = QUICK + "\nprint(recipes.make(Quick(sys.argv[1], float(sys.argv[2]))).executable)"


@pytest.fixture
def quick(tmp_path):
    space = {}
    exec(QUICK, space)
    return space["Quick"](tmp_path / "count")


def names(chosen):
    return [recipe.name for recipe in chosen]


def test_what_no_machine_has_is_made_and_what_it_has_is_not(user, tmp_path):
    assert names(needed([], own=(3, 11))) == ["python3.13t", "python3.14t", "python3.15t", "python3.11d", "python3.15",
                                              "python3.14", "python3.13", "python3.9"]
    [own] = search.find([("", SYSTEM.parent)]).interpreters[:1]
    have = [replace(own, version=(3, 13, 1), free_threaded=True), replace(own, version=(3, 15, 0)),
            replace(own, version=(3, 9, 2)), replace(own, version=(3, 11, 2))]
    assert names(needed(have, own=(3, 11))) == ["python3.14t", "python3.15t", "python3.11d", "python3.14", "python3.13"]


def test_a_recipe_covers_its_kind_only(user):
    [own] = [one for one in search.find([("", SYSTEM.parent)]).interpreters if one.executable == SYSTEM.resolve()]
    recipe = debs.Debs("x", own.version[:2], "", ())
    assert recipe.covers(own)
    assert not debs.Debs("x", own.version[:2], "", (), debug=True).covers(own)
    assert not debs.Debs("x", (3, 8), "", ()).covers(own)
    assert not debs.Debs("x", (), "", (), implementation="pypy").covers(own)


def test_an_extra_is_made_when_it_is_named(user):
    assert names(needed([], ["pypy3", "python3.13td"], own=(3, 11))) == ["pypy3", "python3.13td"]


def test_a_name_without_a_recipe_is_refused_with_those_there_are(user):
    with pytest.raises(keep.Refusal, match=r"there is no recipe for python3\.8; there are python3\.13t, .*pypy3"):
        needed([], ["python3.8"])


def test_names_of_recipes_are_unique():
    assert len(set(names(all_recipes((3, 11))))) == len(all_recipes((3, 11)))


def test_an_interpreter_is_made_once_and_found_the_next_time(user, quick):
    made = recipes.make(quick)
    assert made.executable == SYSTEM.resolve()
    assert recipes.is_made(quick) and not list(user.glob("*.making"))
    recipes.make(quick)
    assert quick.count.read_text() == "made\n"
    assert ("made here", user / quick.name / "bin") in list(search.places())


def test_a_changed_recipe_is_made_again(user, quick):
    recipes.make(quick)
    quick.number = 2
    recipes.make(quick)
    assert quick.count.read_text() == "made\nmade\n"


@pytest.mark.parametrize("remains", ["", ".making"])
def test_what_an_interrupted_run_left_is_cleared_away(user, quick, remains):
    left = user / f"{quick.name}{remains}" / "bin"
    left.mkdir(parents=True)
    stand_in(left / "python3", "exit 1")
    recipes.make(quick)
    assert recipes.is_made(quick) and not list(user.glob("*.making"))


def test_a_run_killed_while_it_made_one_does_no_harm(user, quick, run):
    killed = run(MAKE, quick.count, 1, wait=False)
    while not (user / "python3.quick.making" / "tree" / "bin" / "python3").exists():
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not recipes.is_made(quick)
    assert recipes.make(quick).executable == SYSTEM.resolve()
    assert quick.count.read_text() == "made\nmade\n"


def test_two_runs_at_once_make_it_once(user, quick, run):
    runs = [run(MAKE, quick.count, 0.5, wait=False) for _ in range(2)]
    for one in runs:
        out, err = one.communicate(timeout=30)
        assert (one.returncode, out) == (0, f"{SYSTEM.resolve()}\n"), err
    assert quick.count.read_text() == "made\n"


@pytest.mark.parametrize("error, reason", [
    (keep.Refusal("no such package"), "no such package"),
    (OSError(28, "No space left on device", "/disk/file"), "No space left on device: /disk/file"),
])
def test_a_making_that_fails_leaves_nothing_and_says_why(user, quick, error, reason):
    class Failing(type(quick)):
        def make(self, work, final, lock, roots):
            super().make(work, final, lock, roots)
            raise error

    with pytest.raises(keep.Refusal, match=reason):
        recipes.make(Failing(quick.count))
    assert not list(user.glob("python3.quick*/")) and not recipes.is_made(quick)


@pytest.mark.parametrize("says, reason", [
    ("exit 9", "it does not work"),
    ("exec {python} \"$@\"", "which is not python3.quick"),
])
def test_what_comes_out_is_run_before_it_is_kept(user, quick, says, reason):
    class Wrong(type(quick)):
        def covers(self, interpreter):
            return False

        def make(self, work, final, lock, roots):
            tree = super().make(work, final, lock, roots)
            stand_in(self.executable(tree), says.format(python=SYSTEM))
            return tree

    with pytest.raises(keep.Refusal, match=reason):
        recipes.make(Wrong(quick.count))
    assert not (user / quick.name).exists()


def test_too_little_room_is_said_before_anything_is_made(user, quick, monkeypatch):
    monkeypatch.setattr(debs, "MEGABYTES", 10**9)
    with pytest.raises(keep.Refusal, match="it needs 1000000000 MB in"):
        recipes.make(quick)
    assert not quick.count.exists()


@dataclass
class Deb:
    name: str


def test_the_c_library_of_packages_is_taken_only_when_it_is_newer():
    assert debs.is_newer([Deb("libc6_99.1-1_amd64.deb")])
    assert not debs.is_newer([Deb("libc6_2.5-1_amd64.deb")])
    assert not debs.is_newer([])


def test_of_unpacked_programs_only_the_bound_one_passes_for_an_interpreter(tmp_path):
    for name in ("python3.11", "python3.11d", "python3.11-config", "other"):
        stand_in(tmp_path / name, "exit 0")
    debs.drop_others(tmp_path / "python3.11d")
    assert {path.name for path in tmp_path.iterdir()} == {"python3.11d", "other"}


def test_the_packages_pyconfig_is_the_one_of_the_architecture(tmp_path):
    general = tmp_path / "usr/include/python3.14/pyconfig.h"
    special = tmp_path / "usr/include/x86_64-linux-gnu/python3.14/pyconfig.h"
    for path, text in ((general, "#include <x86_64-linux-gnu/python3.14/pyconfig.h>"), (special, "#define HAVE 1")):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    debs.mend_headers(tmp_path)
    assert general.read_text() == "#define HAVE 1"
