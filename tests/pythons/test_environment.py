# SPDX-License-Identifier: MIT
"""Environments: who gets which NumPy, and that one which broke, was interrupted or has no network is dealt with."""
import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from pythons import environment, keep, room
from pythons.interpreter import Interpreter


def interpreter(minor, implementation="cpython", free_threaded=False, debug=False):
    return Interpreter(Path(f"/made/up/3.{minor}"), (3, minor, 1), f"3.{minor}.1", implementation, free_threaded, debug,
                       "/made/up", True, True, True, "PATH")


def tags(*interpreters):
    return [plan.tag for plan in environment.plans(interpreters)]


def test_both_majors_of_numpy_and_none_at_all_are_tested():
    assert tags(*map(interpreter, (9, 10, 11, 12, 13)), interpreter(13, free_threaded=True)) == [
        "cp39-numpy1", "cp310-numpy2", "cp311-numpy1", "cp312-numpy1", "cp312-numpy2", "cp313-numpy2", "cp313-bare",
        "cp313t-numpy2"]


def test_with_one_interpreter_it_has_all_three_environments():
    assert tags(interpreter(11)) == ["cp311-numpy1", "cp311-numpy2", "cp311-bare"]


def test_debug_builds_and_pypy_do_not_stand_in_for_a_release():
    assert tags(interpreter(11, debug=True), interpreter(11, "pypy")) == ["cp311d-numpy1", "pp311-bare"]


def test_environments_of_other_interpreters_have_other_folders(user):
    interpreters = [interpreter(11), interpreter(12), interpreter(13, free_threaded=True)]
    folders = {plan.folder for plan in environment.plans(interpreters)}
    assert len(folders) == 5
    assert all(folder.parent == user / "environments" for folder in folders)


def test_an_environment_has_pytest_and_is_kept(plans, made):
    assert (made.tag, made.numpy, made.free_threaded) == (plans[0].tag, None, False)
    said = subprocess.run(["python", "-c", "import pytest, sys; print(sys.prefix)"], env=made.variables(),
                          capture_output=True, text=True)
    assert said.stdout.strip() == str(made.folder)
    before = (made.folder / keep.MARK).stat().st_mtime_ns
    assert environment.make(plans[0]) == made
    assert (made.folder / keep.MARK).stat().st_mtime_ns == before


@pytest.mark.parametrize("part", [keep.MARK, "bin/python", "pyvenv.cfg", "lib/python3*/site-packages/pytest"])
def test_an_unfinished_or_broken_environment_is_not_taken_for_one(plans, made, part):
    [path] = made.folder.glob(part)
    path.rename(path.with_name("moved"))
    assert environment.existing(plans[0]) is None
    path.with_name("moved").rename(path)
    assert environment.existing(plans[0]) == made


def test_a_broken_environment_is_made_anew_by_one_of_two_threads(plans, made, capfd):
    (made.folder / "old").touch()
    (made.folder / "bin" / "python").unlink()
    again = []
    threads = [threading.Thread(target=lambda: again.append(environment.make(plans[0]))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert again == [made, made] and environment.existing(plans[0]) == made
    assert capfd.readouterr().err.count("making ") == 1
    assert not (made.folder / "old").exists()


def test_without_a_network_it_says_so_and_leaves_nothing(plans, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(keep.Refusal, match="the package index cannot be reached to install pytest and numpy>=2,<3; "
                                           "with a network, run `python3 tests/pythons make` again"):
        environment.make(plans[2])
    assert not plans[2].folder.exists()


def test_where_numpy_has_no_wheel_the_environment_goes_without_and_says_so(plans, capfd, monkeypatch):
    made = environment.make(plans[2])
    assert made.numpy is None
    assert "no wheel of numpy>=2,<3" in capfd.readouterr().err
    assert environment.existing(plans[2]) == made
    before = keep.read_mark(made.folder)["time"]
    assert environment.make(plans[2]) == made and keep.read_mark(made.folder)["time"] == before
    monkeypatch.setattr(environment, "RETRY_DAYS", 0)
    assert environment.make(plans[2]) == made, "it is looked for again, and what there is stays"
    assert keep.read_mark(made.folder)["time"] > before


def test_a_branch_is_installed_into_and_the_kept_one_is_not(plans, made, tmp_path):
    wheel = tmp_path / "thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("thing.py", "answer = 42\n")
        file.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        file.writestr("thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr("thing-1.0.dist-info/RECORD", "thing.py,,\n")
    branch = made.branch(tmp_path / "branch")
    subprocess.run([branch.python, "-m", "pip", "install", "-q", "--no-index", wheel], check=True, capture_output=True)
    has = [subprocess.run([one.python, "-c", "import pytest, thing"], capture_output=True).returncode
           for one in (branch, made)]
    assert has == [0, 1]
    assert environment.existing(plans[0]) == made


def test_tests_that_find_no_environment_say_how_to_make_them(user):
    with pytest.raises(keep.Refusal, match="no environment: not made yet; run `python3 tests/pythons make`"):
        room.environments()
    with pytest.raises(keep.Refusal, match="cp399-bare: not made yet"):
        room.environments(["cp399-bare"])
