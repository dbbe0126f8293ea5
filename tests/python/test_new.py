# SPDX-License-Identifier: MIT
"""gilkit new: a module from a template, whole or not at all."""
import json
import keyword
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

import pytest
from conftest import Command, clean_environment

FILES = {"{name}.c", "README.md", "meson.build", "test_{name}.py"}


def files_of(name):
    return {file.format(name=name) for file in FILES}


def written(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_every_file_is_written_and_nothing_else(gilkit, tmp_path):
    said = gilkit.text("new", "vecmath", cwd=tmp_path)
    assert os.listdir(tmp_path) == ["vecmath"]
    assert written(tmp_path / "vecmath") == files_of("vecmath")
    assert {line for line in said.split("\n") if line.startswith("vecmath/")} == {
        f"vecmath/{file}" for file in files_of("vecmath")}


def test_every_placeholder_is_replaced(gilkit, tmp_path):
    gilkit.text("new", "vecmath", cwd=tmp_path)
    for path in (tmp_path / "vecmath").iterdir():
        text = path.read_text()
        assert not re.search("@[A-Z_]+@", text) and "NAME" not in text.replace("FILENAME", ""), path
        assert text.endswith("\n")


def test_the_build_file_is_short(gilkit, tmp_path):
    gilkit.text("new", "vecmath", cwd=tmp_path)
    text = (tmp_path / "vecmath" / "meson.build").read_text()
    assert len(text.splitlines()) < 40 and "dependency('gilkit')" in text


def test_the_files_have_the_rights_of_any_new_file(gilkit, tmp_path):
    gilkit.text("new", "vecmath", cwd=tmp_path, umask=0o022)
    assert (tmp_path / "vecmath").stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "vecmath").iterdir()} == {0o644}


@pytest.mark.parametrize("name", ["vecmath", "entropy", "m" * 50], ids=["usual", "of its function", "longest"])
def test_what_it_writes_builds_and_passes_its_own_tests(installation, tmp_path, name):
    """By the very steps that it prints."""
    said = installation.run("gilkit", "new", name, cwd=tmp_path)
    steps = said.split("Next:\n")[1].strip().split("\n")
    assert [step.split()[0] for step in steps] == ["cd", "meson", "gilkit"]
    said = installation.run("sh", "-e", "-c", "\n".join(steps), cwd=tmp_path)
    assert "Ok:                 1" in said and f"{name}: Statistics of bytes and numbers." in said


def test_what_it_writes_installs_where_it_is_found_by_name(installation, tmp_path):
    installation.run("gilkit", "new", "vecmath", cwd=tmp_path)
    installation.run("meson", "setup", "build", cwd=tmp_path / "vecmath")
    installation.run("meson", "install", "-C", "build", "--destdir", tmp_path / "root", cwd=tmp_path / "vecmath")
    [module] = (tmp_path / "root").rglob("vecmath.so")
    assert module.parent.parts[-2:] == ("gilkit", "modules")
    (tmp_path / "data").write_bytes(bytes(range(256)))
    installed = Command(installation.command)
    assert installed.text("run", "vecmath", "entropy", f"@{tmp_path}/data", env={"GILKIT_PATH": module.parent}) == "8.0"


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_what_it_writes_compiles_without_a_warning(gilkit, installation, tmp_path, compiler):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    gilkit.text("new", "vecmath", cwd=tmp_path)
    installation.compile(tmp_path / "vecmath.so", tmp_path / "vecmath/vecmath.c", compiler=compiler, flags=["-Wshadow"])


# ---- Names


@pytest.mark.parametrize("name, reason", [
    ("Vecmath", "must begin with a lower-case letter"),
    ("vecMath", "lower-case letters, digits and _ only"),
    ("1vector", "must begin with a lower-case letter"),
    ("_vector", "must begin with a lower-case letter"),
    ("vec-math", "lower-case letters, digits and _ only"),
    ("vec.math", "lower-case letters, digits and _ only"),
    ("vec math", "lower-case letters, digits and _ only"),
    ("gr\u00fcn", "lower-case letters, digits and _ only"),
    ("", "empty"),
    ("/", "empty"),
    (".", "lower-case letter"),
    ("..", "lower-case letter"),
    ("@NAME@", "lower-case letter"),
    ("a" * 51, "longer than 50"),
    ("a" * 5000, "longer than 50"),
    ("for", "word of C"),
    ("double", "word of C"),
    ("class", "word of Python"),
    ("json", "Python has a module"),
    ("install", "target of every meson build"),
    ("gil_x", "gilkit's own"),
    ("gilkit", "gilkit's own"),
], ids=lambda text: text[:20])
def test_a_bad_name_is_refused_with_the_reason_and_a_name_that_works(gilkit, tmp_path, name, reason):
    said = gilkit.refusal(2, "new", name, cwd=tmp_path)
    assert reason in said
    better = said.rsplit("for example ", 1)[1]
    assert gilkit("new", better, "--dry-run", cwd=tmp_path).code == 0, f"{better} does not work either"
    assert list(tmp_path.iterdir()) == []


def taken(gilkit, tmp_path, names):
    return [name for name in names if gilkit("new", name, "--dry-run", cwd=tmp_path).code == 0]


def test_no_module_of_pythons_own_can_be_named(gilkit, tmp_path):
    names = [name for name in sorted(sys.stdlib_module_names) if re.fullmatch("[a-z][a-z0-9_]*", name)]
    assert taken(gilkit, tmp_path, names) == []


def test_no_word_of_python_or_c_can_be_named(gilkit, tmp_path):
    words = [word for word in keyword.kwlist if word.islower()]
    words += """auto break case char const continue default do double else enum extern float for goto if inline int
                long register restrict return short signed sizeof static struct switch typedef union unsigned void
                volatile while typeof asm bool main""".split()
    assert taken(gilkit, tmp_path, words) == []


@pytest.mark.parametrize("name", ["linux", "unix"])
def test_a_name_that_the_compiler_replaces_is_refused(gilkit, tmp_path, name):
    """Both are macros of gnu11, so that the module's note would say 1."""
    assert "word of C" in gilkit.refusal(2, "new", name, cwd=tmp_path)


# ---- Places


@pytest.mark.parametrize("name", ["sub/vecmath", "./vecmath", "sub/../vecmath", "sub//vecmath", "vecmath/",
                                  "vecmath//"])
def test_a_path_may_stand_in_front_of_the_name(gilkit, tmp_path, name):
    (tmp_path / "sub").mkdir()
    assert gilkit.json("new", name, cwd=tmp_path)["name"] == "vecmath"
    assert written((tmp_path / name).resolve()) == files_of("vecmath")


@pytest.mark.parametrize("kind", ["folder", "full folder", "file", "link", "broken link"])
def test_what_exists_is_left_as_it_is(gilkit, tmp_path, kind):
    place = tmp_path / "vecmath"
    if "link" in kind:
        place.symlink_to("/absent" if "broken" in kind else tmp_path)
    elif "folder" in kind:
        place.mkdir()
        if "full" in kind:
            (place / "mine").touch()
    else:
        place.write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    said = gilkit.refusal(4, "new", "vecmath", cwd=tmp_path)
    assert "vecmath exists already; choose another name, or remove it" in said
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("place", ["absent/vecmath", "file/vecmath", "/proc/self/vecmath", "/dev/null/vecmath"])
def test_a_place_that_cannot_be_written_is_refused(gilkit, tmp_path, place):
    (tmp_path / "file").touch()
    said = gilkit.refusal(4, "new", place, cwd=tmp_path)
    assert f"{place} cannot be written: " in said
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_without_the_right_to_write_is_refused(gilkit, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o555)
    if os.access(tmp_path / "locked", os.W_OK):
        pytest.skip("root may write everywhere")
    assert "Permission denied" in gilkit.refusal(4, "new", "locked/vecmath", cwd=tmp_path)


def test_a_full_disk_leaves_nothing_behind(gilkit, tmp_path):
    said = gilkit.refusal(4, "new", "vecmath", cwd=tmp_path, preexec_fn=lambda: (
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))))
    assert "nothing was left behind" in said
    assert list(tmp_path.iterdir()) == []


# ---- Without writing, and as data


def test_a_dry_run_lists_the_files_and_writes_nothing(gilkit, tmp_path):
    lines = gilkit.text("new", "sub/vecmath", "--dry-run", cwd=tmp_path).split("\n")
    assert set(lines) == {f"sub/vecmath/{file}" for file in files_of("vecmath")}
    assert list(tmp_path.iterdir()) == []


def test_json_says_whether_it_was_written(gilkit, tmp_path):
    for option, is_written in (("--dry-run", False), ("--template=kernel", True)):
        answer = gilkit.json("new", "vecmath", option, cwd=tmp_path)
        assert answer["written"] is is_written is (tmp_path / "vecmath").exists()
        assert (answer["name"], answer["template"], answer["path"]) == ("vecmath", "kernel", "vecmath")
        assert set(answer["files"]) == files_of("vecmath")


# ---- Interruptions


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_a_signal_at_any_time_leaves_the_whole_module_or_nothing(gilkit, tmp_path, number):
    ends, chance, start = set(), random.Random(number), time.perf_counter()
    for round_ in range(5):
        gilkit.text("new", f"warm{round_}", cwd=tmp_path)
    usual = (time.perf_counter() - start) / 5
    for round_ in range(120):
        folder = tmp_path / str(round_)
        folder.mkdir()
        process = subprocess.Popen([gilkit.path, "new", "vecmath"], cwd=folder, env=clean_environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        limit = time.perf_counter() + chance.random() * usual * 1.2
        while time.perf_counter() < limit:
            pass
        for _ in range(3):
            process.send_signal(number)
        _, err = process.communicate(timeout=20)
        left = os.listdir(folder)
        ends.add(process.returncode)
        if process.returncode == 0:
            assert left == ["vecmath"] and written(folder / "vecmath") == files_of("vecmath")
        else:
            assert process.returncode in (130, -number), err
            assert left == [], f"{process.returncode}: {left}"
    assert len(ends) > 1, f"always {ends}: the signals came at one time only"


def test_an_answer_as_json_is_never_half(gilkit, tmp_path):
    for round_ in range(20):
        process = gilkit.start("new", f"vecmath{round_}", "--json", cwd=tmp_path)
        time.sleep(0.0005 * (round_ % 5))
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
        assert out == "" or json.loads(out)["written"]
