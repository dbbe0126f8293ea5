# SPDX-License-Identifier: MIT
"""--json: always JSON, always with its schema, whatever the data is."""
import json
import os

import numpy as np
import pytest


def keys(answer):
    return {key: type(value).__name__ for key, value in answer.items()}


def test_run_answers_with_its_result(gilkit, probe):
    assert gilkit.json("run", probe, "dot", "[1]", "[2]") == {"schema": 1, "result": 2.0}


def test_run_of_many_answers_with_what_each_thread_got(gilkit, probe):
    answer = gilkit.json("run", probe, "dot", "[1]", "[2]", "--threads=2", "--repeat=3")
    assert keys(answer) == {"schema": "int", "threads": "list", "calls": "int", "seconds": "float",
                            "calls_per_second": "float", "side_by_side": "float"}
    for thread in answer["threads"]:
        assert keys(thread) == {"result": "float", "calls": "int", "gil": "dict"}
        assert set(thread["gil"]) == {"held_ns", "waited_ns", "released_ns", "acquisitions", "contended",
                                      "longest_held_ns", "longest_waited_ns"}


def test_inspect_answers_with_the_module(gilkit, probe):
    answer = gilkit.json("inspect", probe)
    assert keys(answer) == {"schema": "int", "name": "str", "doc": "str", "file": "str", "abi": "str", "sdk": "str",
                            "loadable": "bool", "functions": "list", "types": "list", "constants": "list"}
    for function in answer["functions"]:
        assert {"name", "prototype", "doc", "gil", "parameters", "result"} <= set(function)


def test_doctor_answers_with_its_findings(gilkit):
    answer = gilkit.json("doctor")
    assert keys(answer) == {"schema": "int", "version": "str", "healthy": "bool", "findings": "list"}
    for finding in answer["findings"]:
        assert set(finding) == {"what", "state", "text"} and finding["state"] in ("fine", "note", "mend")


def test_new_answers_with_its_files(gilkit, tmp_path):
    answer = gilkit.json("new", tmp_path / "vecmath", "--dry-run")
    assert keys(answer) == {"schema": "int", "name": "str", "template": "str", "path": "str", "written": "bool",
                            "files": "list"}


@pytest.mark.parametrize("text", ["", "\"", "\\", "\u0001\u001f", "\u2028", "\U0001f600", "</script>", "\x7f",
                                  "x" * 100000], ids=ascii)
def test_any_text_comes_back_in_json(gilkit, probe, tmp_path, text):
    (tmp_path / "text").write_text(text)
    assert gilkit.result(probe, "same_text", f"@{tmp_path}/text") == text


def test_a_nul_comes_back_in_json(gilkit, probe):
    assert gilkit.result(probe, "same", '"a\\u0000b"') == "a\0b"


@pytest.mark.parametrize("word, result", [
    ("[NaN]", None),
    ("[1e999]", None),
    ("[-0.0]", [-0.0]),
    ("[1e308, 5e-324]", [1e308, 5e-324]),
])
def test_numbers_at_the_edge_are_json_or_refused(gilkit, probe, word, result):
    answer = gilkit("run", probe, "copy_f8", word, "--json")
    if result is None:
        assert answer.code == 2 and "no JSON value" in answer.err
    else:
        assert json.loads(answer.out)["result"] == result


def test_infinities_in_arrays_are_null_in_json(gilkit, probe, npy):
    word = npy("x", np.array([np.nan, np.inf, -np.inf, 1.5]))
    assert gilkit.result(probe, "copy_f8", word) == [None, None, None, 1.5]
    assert gilkit.text("run", probe, "copy_f8", word) == "[NaN, Infinity, -Infinity, 1.5]"
    word = npy("z", np.array([complex(np.nan, 1)]))
    assert gilkit.result(probe, "copy_c16", word) == [{"real": None, "imag": 1.0}]


def test_a_deep_list_is_answered_or_refused_and_kills_nobody(gilkit, probe):
    for depth in (10, 500, 2000, 3000, 100000 // 2):
        answer = gilkit("run", probe, "same", "[" * depth + "]" * depth, "--json")
        assert answer.code in (0, 1, 2)


@pytest.mark.parametrize("name", [b"gr\xc3\xbc\xc3\x9f dich.so", b"quote\"'.so", b"new\nline.so", b"latin-\xff.so"])
def test_a_file_of_any_name_is_described_in_json(gilkit, probe, tmp_path, name):
    path = bytes(tmp_path) + b"/" + name
    with open(path, "wb") as file:
        file.write(probe.read_bytes())
    answer = gilkit("inspect", path, "--json", code=0, text=False)
    assert json.loads(answer.out)["name"] == "probe"
    gilkit("inspect", path, code=0, text=False)


def test_a_folder_that_is_no_utf8_is_told_in_json(gilkit, tmp_path):
    folder = bytes(tmp_path) + b"/latin-\xff"
    answer = gilkit("new", folder + b"/vecmath", "--dry-run", "--json", code=0)
    assert json.loads(answer.out)["name"] == "vecmath"
    answer = gilkit("doctor", "--json", code=5, env={"GILKIT_PATH": os.fsdecode(folder)})
    assert "is no folder" in answer.out and json.loads(answer.out)["healthy"] is False


def test_documentation_that_is_no_utf8_is_described_in_json(gilkit, module):
    path = module("vector", r"""
        GIL_MODULE(vector, .doc = "gr\xfc" "n");
        GIL_FUNCTION(double, twice, (double x), .doc = "\xff") { return 2 * x; }""")
    assert gilkit.json("inspect", path)["name"] == "vector"
    gilkit.text("inspect", path, text=True, errors="replace")


def test_a_function_that_returns_no_utf8_is_an_error_and_no_broken_json(gilkit, module):
    path = module("vector", r"""
        GIL_MODULE(vector);
        GIL_FUNCTION(const char *, text, (void)) { return "a\xff"; }""")
    assert "UTF-8" in gilkit.refusal(1, "run", path, "text", "--json")
