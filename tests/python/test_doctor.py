# SPDX-License-Identifier: MIT
"""gilkit doctor: what is missing, and what to do."""
import os
import re

import pytest
from conftest import Command

pytestmark = pytest.mark.usefixtures("quick_doctor")


def findings(gilkit, code=0, **env):
    answer = gilkit.json("doctor", code=code, env=env)
    assert answer["healthy"] == (code == 0) == all(f["state"] != "mend" for f in answer["findings"])
    found = {}
    for finding in answer["findings"]:
        found.setdefault(finding["what"], []).append((finding["state"], finding["text"]))
    return found


def test_all_is_well_where_gilkit_is_installed(gilkit, installation):
    found = findings(gilkit, **installation.environment)
    assert {state for [(state, _)] in found.values()} <= {"fine", "note"}
    assert found["headers"] == [("fine", "pkg-config finds gilkit 0.2.0")]
    assert re.fullmatch(r"release and reacquire take \d+ ns", found["GIL"][0][1])


def test_the_installed_command_finds_itself(installation):
    found = findings(Command(installation.command), **installation.environment)
    assert found["command"] == [("fine", str(installation.command))]


def test_another_command_in_front_of_it_is_noted(gilkit, installation):
    [(state, text)] = findings(gilkit, **installation.environment)["command"]
    assert state == "note" and str(installation.command) in text and gilkit.path in text


def test_the_text_has_a_line_for_each_finding(gilkit):
    lines = gilkit.text("doctor").split("\n")
    assert len(lines) == len(gilkit.json("doctor")["findings"])
    assert all(re.match(r"(fine|note|mend) +\S+ +\S", line) for line in lines)


def test_folders_of_gilkit_path_are_looked_at_one_by_one(gilkit, tmp_path):
    good, open_, sticky = (tmp_path / name for name in ("good", "open", "sticky"))
    for folder, mode in ((good, 0o755), (open_, 0o777), (sticky, 0o1777)):
        folder.mkdir()
        folder.chmod(mode)
    (tmp_path / "file").touch()
    path = f"{good}::relative:{open_}:{tmp_path}/absent:{sticky}:{tmp_path}/file"
    said = findings(gilkit, code=5, GILKIT_PATH=path)["GILKIT_PATH"]
    assert said == [
        ("fine", f"{good}"),
        ("mend", "relative is ignored: it does not begin with a slash"),
        ("mend", f"{open_} may be written by everybody; run: chmod o-w '{open_}'"),
        ("mend", f"{tmp_path}/absent is no folder"),
        ("fine", f"{sticky}"),
        ("mend", f"{tmp_path}/file is no folder"),
    ]


@pytest.mark.parametrize("path", ["relative", "/absent"])
def test_a_fault_is_exit_5_in_text_too(gilkit, path):
    answer = gilkit("doctor", code=5, env={"GILKIT_PATH": path})
    assert re.search(f"^mend +GILKIT_PATH +{path}", answer.out, re.MULTILINE)


def test_a_fault_behind_many_folders_is_not_overlooked(gilkit, tmp_path):
    folders = [str(tmp_path)] * 40 + ["/absent"]
    said = findings(gilkit, code=5, GILKIT_PATH=":".join(folders))
    assert ("mend", "/absent is no folder") in said["GILKIT_PATH"]
    assert "GIL" in said and "modules" in said


def test_a_path_without_measure_kills_nobody(gilkit):
    findings(gilkit, code=5, GILKIT_PATH="/" + "x" * 100000)


def test_what_is_not_on_path_is_named_with_the_command_that_installs_it(gilkit, tmp_path):
    (tmp_path / "sh").symlink_to("/bin/sh")
    found = findings(gilkit, code=5, PATH=tmp_path)
    assert found["compiler"] == [("mend", "not found; run: apt-get install gcc")]
    assert found["meson"][0] == ("note", "not found; run: apt-get install meson ninja-build")
    assert found["pkg-config"][0] == ("note", "not found; run: apt-get install pkg-config")
    assert found["headers"][0][0] == "note" and "pkg-config does not find gilkit" in found["headers"][0][1]


def test_headers_of_another_version_are_a_fault(gilkit, installation, tmp_path):
    text = installation.pc_file.read_text()
    (tmp_path / "gilkit.pc").write_text(re.sub("(?m)^Version:.*", "Version: 9.9.9", text))
    [(state, text)] = findings(gilkit, code=5, PKG_CONFIG_PATH=tmp_path)["headers"]
    assert state == "mend" and "finds gilkit 9.9.9, this is 0.2.0" in text


def test_one_core_is_noted(gilkit):
    core = min(os.sched_getaffinity(0))
    answer = gilkit.json("doctor", preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    [cores] = [f for f in answer["findings"] if f["what"] == "cores"]
    assert cores["state"] == "note" and "only one" in cores["text"]


def test_the_folder_of_installed_modules_is_the_one_that_pkg_config_names(gilkit, installation):
    [folder] = installation.pkg_config("--variable=moduledir", "gilkit")
    said = findings(gilkit)["modules"][0][1]
    assert said.split()[-1] == folder.replace(str(installation.root), "")


def test_it_takes_no_arguments(gilkit):
    assert "takes no arguments" in gilkit.refusal(2, "doctor", "me")
