# SPDX-License-Identifier: MIT
"""gilkit run: values in, values out."""
import io
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest

LARGE = 2**63 - 1


@pytest.mark.parametrize("function, word, printed", [
    ("same_f8", "0.1", "0.1"),
    ("same_f8", "-1.5", "-1.5"),
    ("same_f8", "3", "3.0"),
    ("same_f8", "1e300", "1e+300"),
    ("same_f8", "NaN", "NaN"),
    ("same_f8", "Infinity", "Infinity"),
    ("same_f8", "-Infinity", "-Infinity"),
    ("same_f8", "-0.0", "-0.0"),
    ("same_f4", "0.5", "0.5"),
    ("same_f16", "0.1", "0.1"),
    ("same_bool", "true", "true"),
    ("same_i1", "-128", "-128"),
    ("same_u1", "255", "255"),
    ("same_i8", str(-2**63), str(-2**63)),
    ("same_u8", str(LARGE), str(LARGE)),
    ("same_c16", '{"real": 1, "imag": -2}', "(1.0-2.0j)"),
    ("same_c8", "7", "(7.0+0.0j)"),
    ("same_text", '"a \\"b\\" \\u00e9 \\n"', '"a \\"b\\" \u00e9 \\n"'),
    ("same", "null", ""),
    ("same", "[1, [2.5, \"x\"], []]", '[1, [2.5, "x"], []]'),
])
def test_a_json_value_goes_in_and_is_printed(gilkit, probe, function, word, printed):
    assert gilkit.text("run", probe, function, word) == printed


@pytest.mark.parametrize("function", ["same_f8", "same_f16", "same"])
@pytest.mark.parametrize("value", [0.1, -1.5, 1e-300, 5e-324, 1.7976931348623157e308, math.pi])
def test_a_float_comes_back_to_the_last_bit(gilkit, probe, function, value):
    assert float(gilkit.text("run", probe, function, repr(value))) == value
    assert gilkit.result(probe, function, repr(value)) == value


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_json_cannot_say_is_null_in_json(gilkit, probe, word):
    assert gilkit.result(probe, "same_f8", word) is None


@pytest.mark.parametrize("value", [7, -7, 0.5, True, None, "text \u20ac", [1, [2, 3]], [], ""])
def test_an_object_comes_back_as_json(gilkit, probe, value):
    assert gilkit.result(probe, "same", json.dumps(value)) == value


def test_a_complex_number_comes_back_as_json(gilkit, probe):
    value = {"real": 0.1, "imag": -3.0}
    assert gilkit.result(probe, "same_c32", json.dumps(value)) == value


def test_lists_are_arrays(gilkit, probe):
    assert gilkit.text("run", probe, "dot", "[1, 2, 3]", "[4, 5, 6]") == "32.0"


def test_nested_lists_are_matrices(gilkit, probe):
    assert gilkit.text("run", probe, "transpose", "[[1, 2, 3], [4, 5, 6]]") == "[[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]"


def test_an_empty_list_is_an_array_of_nothing(gilkit, probe):
    assert gilkit.text("run", probe, "dot", "[]", "[]") == "0.0"


def test_nothing_is_returned_as_nothing(gilkit, probe):
    assert gilkit.text("run", probe, "nothing") == ""
    assert gilkit.result(probe, "nothing") is None


def test_a_named_argument_may_stand_anywhere(gilkit, probe):
    assert gilkit.text("run", probe, "line", "offset=-1.5", "x=2", "slope=10") == "18.5"
    assert gilkit.text("run", probe, "line", "2", "offset=1", "slope=10") == "21.0"


def test_options_may_stand_before_and_behind_the_arguments(gilkit, probe):
    assert gilkit.json("run", "--json", probe, "dot", "[1]", "--gil=hold", "[2]")["result"] == 2


def test_a_file_is_its_bytes(gilkit, probe, tmp_path):
    data = bytes(range(256)) * 5000
    (tmp_path / "data").write_bytes(data)
    assert int(gilkit.text("run", probe, "add_bytes", f"@{tmp_path}/data")) == sum(data)
    assert int(gilkit.text("run", probe, "add_bytes", f"data=@{tmp_path}/data")) == sum(data)


def test_an_empty_file_is_no_bytes(gilkit, probe, tmp_path):
    (tmp_path / "empty").touch()
    assert gilkit.text("run", probe, "add_bytes", f"@{tmp_path}/empty") == "0"


def test_a_file_is_text_where_text_is_wanted(gilkit, probe, tmp_path):
    (tmp_path / "note").write_text("gr\u00fc\u00df dich\n")
    assert gilkit.result(probe, "same_text", f"@{tmp_path}/note") == "gr\u00fc\u00df dich\n"


def test_a_file_that_is_no_utf8_is_refused_as_text(gilkit, probe, tmp_path):
    (tmp_path / "note").write_bytes(b"ab\xff")
    assert "UTF-8" in gilkit.refusal(1, "run", probe, "same_text", f"@{tmp_path}/note")


def test_several_results_are_printed_one_a_line_and_are_a_list_in_json(gilkit, probe):
    assert gilkit.text("run", probe, "divide", "17", "5") == "3\n2"
    assert gilkit.result(probe, "divide", "17", "5") == [3, 2]


def test_an_array_that_is_written_in_place_is_printed_by_name(gilkit, probe):
    assert gilkit.text("run", probe, "scale", "[1, 2]", "by=10") == "20.0\nx = [10.0, 20.0]"
    answer = gilkit.json("run", probe, "scale", "[1, 2]", "10")
    assert (answer["result"], answer["written"]) == (20, {"x": [10, 20]})


def test_a_long_array_is_printed_short_and_is_whole_in_json(gilkit, probe):
    assert gilkit.text("run", probe, "count", "1000") == "[0, 1, 2, ... 994 more, 997, 998, 999]"
    assert gilkit.result(probe, "count", "1000") == list(range(1000))


def test_a_file_that_is_written_in_place_stays_as_it_was(gilkit, probe, npy):
    word = npy("x", np.array([1.0, 2.0]))
    before = Path(word[1:]).read_bytes()
    assert gilkit.text("run", probe, "scale", word, "10").endswith("x = [10.0, 20.0]")
    assert Path(word[1:]).read_bytes() == before


@pytest.mark.parametrize("kind", ["x.npy", "data"])
def test_a_file_that_nobody_may_write_can_still_be_written_in_place(gilkit, probe, tmp_path, kind):
    path = tmp_path / kind
    np.save(tmp_path / "x.npy", np.array([1, 2, 3], "u1"))
    (tmp_path / "data").write_bytes(b"\1\2\3")
    path.chmod(0o444)
    assert gilkit.text("run", probe, "reverse_u1", f"@{path}") == "x = [3, 2, 1]"


@pytest.mark.parametrize("args, code, words", [
    (("dot", "[1, 2]", "[1, 2, 3]"), 1, ["ValueError", "y has 3 elements", "x has 2", "[n]"]),
    (("dot", "[1]"), 1, ["TypeError", "takes 2 arguments (x and y), got 1"]),
    (("dot", "[1]", "[1]", "[1]"), 1, ["takes 2 arguments", "got 3"]),
    (("dot", "[1]", "z=[1]"), 1, ["no argument is named z", "x and y"]),
    (("dot", "[1]", "x=[1]"), 1, ["x is given twice"]),
    (("dot", "[1]", "[1]", "n=1"), 1, ["n follows from the arrays; leave it out"]),
    (("dot", "[1]", '["a"]'), 1, ["TypeError", "y[0] is str", "wanted a float"]),
    (("dot", "[1]", "[[1]]"), 1, ["y[0] is list"]),
    (("transpose", "[[1, 2], [3]]"), 1, ["a[1] has 1 item ", "has 2"]),
    (("same_i1", "128"), 1, ["OverflowError", "x is int 128", "-128 to 127"]),
    (("same_u1", "-1"), 1, ["OverflowError", "0 to 255"]),
    (("same_u8", "-1"), 1, ["OverflowError", "at least 0"]),
    (("same_i4", "NaN"), 1, ["TypeError", "x is float"]),
    (("same_i4", "1.0"), 1, ["TypeError", "x is float"]),
    (("same_f4", "1e39"), 1, ["OverflowError", "fits 32 bits"]),
    (("same_text", '"a\\u0000b"'), 1, ["NUL at byte 1"]),
    (("same_text", "5"), 1, ["text is int, wanted str"]),
    (("same_f8", '{"a": 1}'), 1, ["complex", '"real"', "gil_obj"]),
    (("fail", '"no luck"'), 1, ["ValueError: ", "no luck"]),
    (("raise", '"no luck"'), 1, ["KeyError: ", "no luck"]),
    (("silent",), 1, ["SystemError", "silent", "probe"]),
    (("same_i8", str(2**63)), 2, [str(2**63), "64 bits with a sign", ".npy"]),
    (("same_text", "hello"), 2, ["hello is no JSON value", "'\"hello\"'", "@hello"]),
    (("same_text", '"half'), 2, ["no JSON value"]),
    (("same_f8", ""), 2, ["no JSON value"]),
    (("same_f8", "@"), 2, ["@ needs a file's name"]),
    (("line", "x=1", "2", "3"), 2, ["2 stands behind a named argument; give it a name too"]),
    (("add_bytes", "@/nowhere/file"), 1, ["/nowhere/file", "No such file"]),
    (("add_bytes", "@/tmp"), 1, ["/tmp", "no file on a disk"]),
    (("add_bytes", "@/dev/zero"), 1, ["/dev/zero"]),
    (("copy_f8", "@/nowhere/x.npy"), 1, ["/nowhere/x.npy", "No such file"]),
    (("absent",), 3, ["probe", "absent"]),
])
def test_a_wrong_argument_is_refused_with_what_was_got_and_wanted(gilkit, probe, args, code, words):
    said = gilkit.refusal(code, "run", probe, *args)
    for word in words:
        assert word in said


def test_a_failure_leaves_stdout_empty_in_json_too(gilkit, probe):
    gilkit.refusal(1, "run", probe, "fail", '"x"', "--json")


@pytest.mark.parametrize("count", [31, 32, 33, 200])
def test_any_number_of_arguments_is_answered(gilkit, probe, count):
    assert "argument" in gilkit.refusal(1, "run", probe, "line", *["1"] * count)


@pytest.mark.parametrize("name", ["__name__", "__doc__"])
def test_an_attribute_that_is_no_function_is_refused(gilkit, probe, name):
    for args in ([], ["1"], ["--gil=release"], ["--json"]):
        assert name in gilkit.refusal(3, "run", probe, name, *args)


# ---- --out


def test_out_writes_what_numpy_reads(gilkit, probe, tmp_path):
    out = tmp_path / "y.npy"
    assert gilkit.text("run", probe, "transpose", "[[1, 2, 3], [4, 5, 6]]", "--out", out) == ""
    assert np.array_equal(np.load(out), np.array([[1.0, 4], [2, 5], [3, 6]]))


def test_each_out_takes_the_next_result(gilkit, probe, tmp_path):
    half, twice = tmp_path / "half.npy", tmp_path / "twice.npy"
    assert gilkit.text("run", probe, "parts", "[1, 2]", "--out", half, "-o", twice) == ""
    assert (np.load(half).tolist(), np.load(twice).tolist()) == ([0.5, 1.0], [2.0, 4.0])


def test_results_without_an_out_are_printed(gilkit, probe, tmp_path):
    assert gilkit.text("run", probe, "parts", "[1, 2]", "--out", tmp_path / "half.npy") == "[2.0, 4.0]"


def test_out_takes_what_was_written_in_place(gilkit, probe, tmp_path):
    last, x = tmp_path / "last.npy", tmp_path / "x.npy"
    gilkit.text("run", probe, "scale", "[1, 2]", "10", "--out", last, "--out", x)
    assert (np.load(last).item(), np.load(x).tolist()) == (20.0, [10.0, 20.0])


def test_out_may_be_the_file_that_was_read(gilkit, probe, npy):
    word = npy("x", np.arange(100000.0))
    gilkit.text("run", probe, "copy_f8", word, "--out", word[1:])
    assert np.array_equal(np.load(word[1:]), np.arange(100000.0))


@pytest.mark.parametrize("function, value", [
    ("same_f8", 0.1), ("same_i8", LARGE), ("same_i8", 2**53 + 1), ("same_c16", 1 - 2j), ("same_bool", True)])
def test_out_of_a_number_holds_that_number(gilkit, probe, tmp_path, function, value):
    out = tmp_path / "y.npy"
    word = json.dumps({"real": value.real, "imag": value.imag} if isinstance(value, complex) else value)
    gilkit.text("run", probe, function, word, "--out", out)
    assert np.load(out).shape == ()
    assert np.load(out).item() == value


def test_out_of_what_is_no_number_is_refused(gilkit, probe, tmp_path):
    said = gilkit.refusal(4, "run", probe, "same_text", '"x"', "--out", tmp_path / "y.npy")
    assert "str" in said and "only arrays and numbers" in said
    assert list(tmp_path.iterdir()) == []


def test_more_outs_than_results_are_refused_and_nothing_is_written(gilkit, probe, tmp_path):
    said = gilkit.refusal(4, "run", probe, "same_f8", "1", "--out", tmp_path / "a.npy", "--out", tmp_path / "b.npy")
    assert "2 --out" in said and "1 result" in said
    assert list(tmp_path.iterdir()) == []


def test_an_out_that_cannot_be_written_is_named_and_leaves_nothing(gilkit, probe, tmp_path):
    said = gilkit.refusal(4, "run", probe, "same_f8", "1", "--out", tmp_path / "no" / "y.npy")
    assert f"{tmp_path}/no/y.npy" in said and "No such file" in said
    assert list(tmp_path.iterdir()) == []


def test_out_onto_a_folder_is_refused(gilkit, probe, tmp_path):
    assert "directory" in gilkit.refusal(4, "run", probe, "same_f8", "1", "--out", tmp_path)
    assert list(tmp_path.parent.glob(f"{tmp_path.name}.*")) == []


def test_out_through_a_link_writes_where_it_leads(gilkit, probe, tmp_path):
    (tmp_path / "link.npy").symlink_to("real.npy")
    for value in (1.0, 2.0):
        gilkit.text("run", probe, "same_f8", value, "--out", tmp_path / "link.npy")
        assert (tmp_path / "link.npy").is_symlink() and np.load(tmp_path / "real.npy") == value


def test_out_into_a_pipe_is_written_into_it(gilkit, probe, tmp_path):
    """As into any special file: --out /dev/null must not replace /dev/null."""
    pipe = tmp_path / "pipe.npy"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        gilkit("run", probe, "same_f8", "1.5", "--out", pipe, code=0)
        assert pipe.is_fifo()
        assert np.load(io.BytesIO(os.read(reader, 65536))) == 1.5
    finally:
        os.close(reader)
