# SPDX-License-Identifier: MIT
"""The search: what is found on a machine, once each, and what is left out for which reason."""
import json
import os
import subprocess

import pytest

from pythons import interpreter, search

from .conftest import SYSTEM, stand_in


def pretends(version, **more):
    """What a stand-in for CPython of that version says."""
    text = ".".join(map(str, version))
    answer = {"version": version, "text": text, "implementation": "cpython", "free_threaded": False, "debug": False,
              "executable": f"/made/up/{text}/bin/python3", "prefix": f"/made/up/{text}", "venv": True,
              "ensurepip": True, "headers": True, **more}
    return f"echo '{json.dumps(answer)}'"


def found_in(*folders):
    return search.find([("PATH", folder) for folder in folders])


def why(found, path):
    return dict(found.left_out)[str(path)]


def test_an_interpreter_is_found_through_links_and_says_what_it_is(tmp_path):
    (tmp_path / "python3").symlink_to(SYSTEM)
    found = found_in(tmp_path)
    [one] = found.interpreters
    said = subprocess.run([SYSTEM, "-c", "import platform; print(platform.python_version())"], capture_output=True,
                          text=True)
    assert one.text == said.stdout.strip()
    assert one.executable == SYSTEM.resolve()
    assert one.origin == "PATH"
    assert one.tag == f"cp{one.version[0]}{one.version[1]}"
    assert not found.left_out


def test_links_to_one_interpreter_count_once(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for name in ("python", "python3", "python3.11"):
            (tmp_path / folder / name).symlink_to(SYSTEM)
    (tmp_path / "b" / "python3.12").symlink_to(tmp_path / "a" / "python3")
    assert len(found_in(tmp_path / "a", tmp_path / "b", SYSTEM.parent).interpreters) == \
        len(found_in(SYSTEM.parent).interpreters)


def test_a_script_that_starts_an_interpreter_is_that_interpreter(tmp_path):
    stand_in(tmp_path / "python3", f'exec {SYSTEM} "$@"')
    [one] = found_in(tmp_path).interpreters
    assert one.executable == SYSTEM.resolve()
    assert len(found_in(tmp_path, SYSTEM.parent).interpreters) == len(found_in(SYSTEM.parent).interpreters)


def test_an_environment_is_its_interpreter(tmp_path):
    subprocess.run([SYSTEM, "-m", "venv", "--without-pip", "--copies", tmp_path / "env"], check=True, timeout=60)
    [one] = found_in(tmp_path / "env" / "bin").interpreters
    assert one.executable == SYSTEM.resolve()


def test_of_one_minor_version_the_newest_patch_stays(tmp_path):
    for patch in (1, 10, 9):
        stand_in(tmp_path / str(patch) / "python3", pretends([3, 12, patch]))
    found = found_in(*(tmp_path / name for name in ("1", "10", "9")))
    assert [one.text for one in found.interpreters] == ["3.12.10"]
    assert why(found, "/made/up/3.12.1/bin/python3") == \
        "CPython 3.12.1: 3.12.10 at /made/up/3.12.10/bin/python3 is newer"
    assert len(found.left_out) == 2


def test_a_free_threaded_and_a_debug_build_are_interpreters_of_their_own(tmp_path):
    stand_in(tmp_path / "python3.13", pretends([3, 13, 2]))
    stand_in(tmp_path / "python3.13t", pretends([3, 13, 1], free_threaded=True, prefix="/t"))
    stand_in(tmp_path / "python3.13d", pretends([3, 13, 0], debug=True, prefix="/d"))
    found = found_in(tmp_path)
    assert {one.tag for one in found.interpreters} == {"cp313", "cp313t", "cp313d"}
    assert not found.left_out


@pytest.mark.parametrize("says, reason", [
    ("echo 'error: no such library' >&2; exit 3", "it does not work: error: no such library"),
    ("exit 3", "it does not work: it ended with code 3"),
    ("echo hello", "it does not work: hello"),
    ("kill -SEGV $$", "it does not work: it ended with code -11"),
    ("echo '{}'", "it does not work: {}"),
    ("echo '{\"version\": [2, 7, 18], \"text\": \"2.7.18\"}'", "2.7.18 is older than 3.9"),
    (pretends([3, 11, 0], implementation="graalpy"), "graalpy is neither CPython nor PyPy"),
    (pretends([3, 11, 0], venv=False), "3.11.0 has no module venv"),
])
def test_what_nothing_can_be_tested_in_is_left_out_with_the_reason(tmp_path, says, reason):
    path = stand_in(tmp_path / "python3", says)
    found = found_in(tmp_path, SYSTEM.parent)
    assert why(found, path).startswith(reason)
    assert found.interpreters, "and the search goes on"


def test_an_executable_that_does_not_answer_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(interpreter, "SECONDS", 1)
    path = stand_in(tmp_path / "python3", "exec sleep 60")
    assert why(found_in(tmp_path), path) == "it did not answer in 1 s"


def test_a_link_to_nothing_and_a_file_that_cannot_be_run_are_left_out(tmp_path):
    (tmp_path / "python3").symlink_to(tmp_path / "gone")
    stand_in(tmp_path / "python3.12", "exit 0").chmod(0o644)
    found = found_in(tmp_path)
    assert why(found, tmp_path / "python3") == "it cannot be run: No such file or directory"
    assert why(found, tmp_path / "python3.12") == "it cannot be run: Permission denied"


def test_other_names_and_folders_are_not_run(tmp_path):
    for name in ("python3-config", "python3.12-gdb.py", "pythonw", "python3.x"):
        stand_in(tmp_path / name, f"touch {tmp_path}/ran")
    (tmp_path / "python3").mkdir()
    found = found_in(tmp_path, tmp_path / "absent")
    assert not found.interpreters and not found.left_out
    assert not (tmp_path / "ran").exists()


def test_variables_that_steer_an_interpreter_do_not_mislead(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "json.py").write_text("raise SystemExit('misled')")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(SYSTEM)
    assert len(found_in(tmp_path / "bin").interpreters) == 1


@pytest.mark.parametrize("installed, variables", [
    (".pyenv/versions/3.12.1", {}), ("py/versions/3.12.1", {"PYENV_ROOT": "py"}),
    (".asdf/installs/python/3.12.1", {}), (".local/share/mise/installs/python/3.12", {}),
    (".local/share/uv/python/cpython-3.12.1-linux-x86_64-gnu", {}), ("u/cpython-3.12", {"UV_PYTHON_INSTALL_DIR": "u"}),
    ("miniconda3", {}), ("miniforge3/envs/work", {}),
])
def test_version_managers_keep_theirs_in_known_places(tmp_path, installed, variables):
    environ = {"HOME": str(tmp_path), **{name: str(tmp_path / value) for name, value in variables.items()}}
    stand_in(tmp_path / installed / "bin" / "python3", pretends([3, 12, 1]))
    found = search.find(search.places(environ, system=False))
    assert [one.text for one in found.interpreters] == ["3.12.1"]


def test_the_versions_behind_shims_are_found_and_the_shims_are_not_run(tmp_path):
    root = tmp_path / "elsewhere"
    stand_in(root / "shims" / "python3", f"touch {tmp_path}/ran")
    for patch in (1, 2):
        stand_in(root / "versions" / f"3.1{patch}.0" / "bin" / "python3", pretends([3, 10 + patch, 0]))
    environ = {"HOME": str(tmp_path), "PATH": f"{root / 'shims'}{os.pathsep}relative{os.pathsep}"}
    found = search.find(search.places(environ, system=False))
    assert [one.text for one in found.interpreters] == ["3.11.0", "3.12.0"]
    assert {one.origin for one in found.interpreters} == {"pyenv"}
    assert not (tmp_path / "ran").exists()


def test_a_relative_folder_on_path_is_not_searched(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stand_in(tmp_path / "here" / "python3", pretends([3, 12, 1]))
    assert not search.find(search.places({"HOME": str(tmp_path), "PATH": "here::."}, system=False)).interpreters
