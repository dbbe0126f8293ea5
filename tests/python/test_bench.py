# SPDX-License-Identifier: MIT
"""The bench in Python: what it samples, what it leaves out, how it judges and draws."""
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[1] / "bench"


@pytest.fixture(autouse=True)
def bench_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))


def sample(folder, *peers, rounds=2):
    command = [sys.executable, "-I", BENCH / "python" / "sample.py", folder, 1, rounds, 0.1, *peers]
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path):
    add, dot = "def add_held(a, b):\n    return a + b\n", "def dot(x, y):\n    return x @ y\n"
    (tmp_path / "by_right.py").write_text(add + dot)
    (tmp_path / "by_wrong.py").write_text("def add_held(a, b):\n    return a - b\n")
    (tmp_path / "by_broken.py").write_text("raise OSError('not for this machine')\n")
    return tmp_path


def test_a_peer_is_sampled_once_a_round_in_each_thing_that_it_has(folder):
    found = sample(folder, "by_right", rounds=3)
    assert found["refused"] == {}
    assert {what: len(by["by_right"]) for what, by in found["samples"].items() if "by_right" in by} == {
        "add_held": 3, "dot": 3}
    processor, wall = found["samples"]["add_held"]["by_right"][0]
    assert 1 < processor < 1e5 and 1 < wall < 1e6


def test_the_loop_around_nothing_is_sampled_beside_the_peers_and_is_faster(folder):
    samples = sample(folder, "by_right", rounds=5)["samples"]
    assert min(samples["empty"]["empty"]) < min(samples["add_held"]["by_right"])


def test_a_peer_that_answers_wrong_is_left_out_with_its_answer(folder):
    found = sample(folder, "by_wrong", "by_right")
    assert found["refused"] == {"by_wrong": "ValueError: f(x, y) is -0.75, not 3.75"}
    assert list(found["samples"]["add_held"]) == ["by_right"]


def test_a_peer_that_cannot_be_imported_is_left_out_with_the_reason(folder):
    found = sample(folder, "by_broken", "by_none", "by_right")
    assert found["refused"]["by_broken"] == "OSError: not for this machine"
    assert "No module named 'by_none'" in found["refused"]["by_none"]
    assert "by_right" in found["samples"]["add_held"]


def test_this_interpreter_is_found_and_named(tmp_path):
    from python import interpreter

    one = interpreter.probe(sys.executable)
    assert one.file == Path(os.path.realpath(sys.executable)) and one.version == sys.version_info[:3]
    assert " " not in one.tag


def test_what_is_no_python_is_left_out_with_a_sentence():
    from python import interpreter

    found, left_out = interpreter.discover(["/bin/true", "/does/not/exist"])
    assert found == []
    assert left_out == ["/bin/true: not a CPython of 3.9 or newer", "/does/not/exist: not a CPython of 3.9 or newer"]


def calls(**times):
    return {"add_held": {who: [[ns, ns + 1]] * 5 for who, ns in times.items()}}


def rows(samples):
    from python import part
    from table import Table

    table = Table("CPython")
    part.add_calls(table, samples)
    return {(row["what"].split(": ")[1], row["peer"]):
            (row["ratio"] and row["ratio"]["median"], row["target"], row["met"]) for row in table.rows}


def test_a_target_is_met_up_to_its_bound_and_missed_beyond():
    found = rows(calls(by_hand=20, by_nanobind=22, by_gilkit=23, by_gilkit_bind=25, by_ctypes=99))
    hand = "hand-written METH_FASTCALL"
    assert found[(hand, "")] == (None, None, None)
    assert found[("nanobind", hand)] == (1.1, None, None)
    assert found[("gilkit module", hand)] == (1.15, "at most 1.15", True)
    assert found[("gilkit module", "nanobind")] == (23 / 22, "ahead of it", False)
    assert found[("gilkit bind", hand)] == (1.25, "at most 1.2", False)
    assert found[("gilkit bind", "ctypes")] == (99 / 25, "at least 4", False)


def test_a_target_against_a_peer_that_is_not_there_is_not_judged():
    found = rows(calls(by_hand=20, by_gilkit=21))
    assert [peer for who, peer in found if who == "gilkit module"] == ["hand-written METH_FASTCALL"]


def test_the_picture_is_well_formed_and_faster_lies_to_the_left():
    from python import part, plot

    times = {"by_hand": [20.0] * 5, "by_hand_again": [20.0] * 5, "by_gilkit": [10.0] * 5, "by_ctypes": [400.0] * 5}
    points = part.points_of(times, "by_hand", {"by_gilkit": 1.15}, str)
    root = xml.fromstring(plot.svg("a < b", "", [("add & co", points)]))
    at = [float(node.get("cx")) for node in root.iter() if node.tag.endswith("circle")]
    assert len(at) == 3 and at == sorted(at)
    named = [node.text for node in root.iter() if node.tag.endswith("text")]
    assert named.index("gilkit module") < named.index("hand-written METH_FASTCALL") < named.index("ctypes")
    assert "a < b" in named and "add & co" in named
