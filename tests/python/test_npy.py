# SPDX-License-Identifier: MIT
"""Arrays in .npy files: every number type, every version, and headers that lie."""
import struct

import numpy as np
import pytest

NUMBERS = "b1 i1 i2 i4 i8 u1 u2 u4 u8 f4 f8 f16 c8 c16 c32".split()
VERSIONS = [(1, 0), (2, 0), (3, 0)]


def sample(code, shape=(7,)):
    """Numbers that need all of the bits that the type has."""
    kind, bits = code[0], 8 * int(code[1:])
    count = int(np.prod(shape, dtype=int))
    if kind == "b":
        flat = np.arange(count) % 3 == 0
    elif kind in "iu":
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if kind == "i" else (0, 2**bits - 1)
        flat = np.array([low, high, 1, high // 3, low // 3, 0, 2][:count] + [5] * (count - 7), code)
    else:
        flat = np.arange(1, count + 1).astype(code) / 3
        if kind == "c":
            flat = flat - 1j * flat / 7
    return flat.astype(code).reshape(shape)


def raw(header, data=b"", version=1, length=None):
    """A file with this header, true or not."""
    text = header if isinstance(header, bytes) else header.encode()
    size = len(text) if length is None else length
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", size) + text + data


@pytest.fixture
def file(tmp_path):
    def write(data):
        path = tmp_path / "x.npy"
        path.write_bytes(data)
        return f"@{path}"

    return write


# ---- What is read


@pytest.mark.parametrize("code", NUMBERS)
def test_every_number_type_goes_in_and_out_to_the_last_bit(gilkit, probe, npy, tmp_path, code):
    array = sample(code)
    gilkit.text("run", probe, f"copy_{code}", npy("x", array), "--out", tmp_path / "y.npy")
    answer = np.load(tmp_path / "y.npy")
    assert (answer.dtype, answer.tolist()) == (array.dtype, array.tolist())


@pytest.mark.parametrize("code", NUMBERS)
def test_every_number_type_can_be_written_in_place(gilkit, probe, npy, tmp_path, code):
    array = sample(code)
    gilkit.text("run", probe, f"reverse_{code}", npy("x", array), "--out", tmp_path / "y.npy")
    assert np.load(tmp_path / "y.npy").tolist() == array[::-1].tolist()


@pytest.mark.parametrize("code", NUMBERS)
def test_fortran_order_is_read_right(gilkit, probe, npy, tmp_path, code):
    array = np.asfortranarray(sample(code, (2, 5)))
    gilkit.text("run", probe, f"copy2_{code}", npy("x", array), "--out", tmp_path / "y.npy")
    assert np.array_equal(np.load(tmp_path / "y.npy"), array)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("shape", [(0,), (1,), (1000,)])
def test_every_version_is_read(gilkit, probe, npy, tmp_path, version, shape):
    array = np.arange(np.prod(shape))
    gilkit.text("run", probe, "copy_i8", npy("x", array, version), "--out", tmp_path / "y.npy")
    assert np.array_equal(np.load(tmp_path / "y.npy"), array)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
@pytest.mark.parametrize("order", "CF")
def test_an_empty_matrix_keeps_its_shape(gilkit, probe, npy, tmp_path, shape, order):
    gilkit.text("run", probe, "transpose", npy("a", np.zeros(shape, order=order)), "--out", tmp_path / "b.npy")
    assert np.load(tmp_path / "b.npy").shape == shape[::-1]


@pytest.mark.parametrize("order", "CF")
def test_eight_dimensions_are_read_in_the_right_order(gilkit, probe, npy, order):
    array = np.asarray(np.arange(576.0).reshape(2, 3, 1, 4, 2, 3, 1, 4), order=order)
    assert gilkit.result(probe, "weigh8", npy("x", array)) == float(np.sum(np.arange(576.0) ** 2))


def test_nine_dimensions_are_refused(gilkit, probe, npy):
    assert "more than 8 dimensions" in gilkit.refusal(1, "run", probe, "same", npy("x", np.zeros((1,) * 9)))


@pytest.mark.parametrize("code", NUMBERS)
def test_an_array_of_no_dimensions_is_one_number(gilkit, probe, npy, tmp_path, code):
    array = sample(code)[1]
    gilkit.text("run", probe, "same", npy("x", array), "--out", tmp_path / "y.npy")
    answer = np.load(tmp_path / "y.npy")
    assert (answer.shape, answer.dtype, answer.item()) == ((), array.dtype, array.item())


def test_an_array_of_no_dimensions_is_refused_as_a_vector(gilkit, probe, npy):
    said = gilkit.refusal(1, "run", probe, "copy_f8", npy("x", np.float64(3)))
    assert "x has 0 dimensions, wanted 1; reshape it" in said


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_data_at_any_address_is_read_right(gilkit, probe, file, size):
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }" + " " * size + "\n"
    word = file(raw(header, np.array([0.5, 0.25]).tobytes()))
    assert gilkit.text("run", probe, "copy_f8", word) == "[0.5, 0.25]"


@pytest.mark.parametrize("header", [
    "{'shape': (2,), 'fortran_order': False, 'descr': '<f8'}",
    '{"descr": "<f8", "fortran_order": False, "shape": (2,)}',
    "{ 'descr' :'=f8','fortran_order':False , 'shape':( 2 , ) , }\n\n",
    "{'descr': '<f8', 'fortran_order': True, 'shape': (2,), }",
])
def test_a_header_may_be_written_in_any_way_that_python_reads(gilkit, probe, file, header):
    assert gilkit.text("run", probe, "copy_f8", file(raw(header, np.array([0.5, 0.25]).tobytes()))) == "[0.5, 0.25]"


def test_what_is_written_begins_its_data_at_a_multiple_of_64(gilkit, probe, npy, tmp_path):
    out = tmp_path / "y.npy"
    gilkit.text("run", probe, "copy_f8", npy("x", np.arange(3.0)), "--out", out)
    assert (out.stat().st_size - 24) % 64 == 0


def test_what_is_written_has_the_rights_of_any_new_file(gilkit, probe, tmp_path):
    gilkit.text("run", probe, "same_f8", "1", "--out", tmp_path / "y.npy", umask=0o027)
    assert (tmp_path / "y.npy").stat().st_mode & 0o777 == 0o640


# ---- What is refused


def test_fortran_order_is_refused_where_it_would_be_written(gilkit, probe, npy):
    said = gilkit.refusal(1, "run", probe, "negate2", npy("a", np.asfortranarray(np.eye(2, 3))))
    assert "a is not in C order" in said and "written in place" in said and "copy in C order" in said


@pytest.mark.parametrize("code", [c for c in NUMBERS if c[1:] != "1"])
def test_the_other_byte_order_is_refused_with_the_mend(gilkit, probe, npy, code):
    said = gilkit.refusal(1, "run", probe, f"copy_{code}", npy("x", sample(code).astype(">" + code)))
    assert "other byte order" in said and f">{code}" in said and "a.astype(a.dtype.newbyteorder('='))" in said


@pytest.mark.parametrize("array, words", [
    (np.zeros(3, "f2"), ["<f2", "float32"]),
    (np.zeros(3, "U5"), ["<U5", "text"]),
    (np.zeros(3, "S5"), ["|S5", "text"]),
    (np.zeros(3, "M8[s]"), ["<M8[s]", "no numbers"]),
    (np.zeros(3, "m8[s]"), ["<m8[s]", "no numbers"]),
    (np.zeros(3, "V5"), ["|V5", "no numbers"]),
    (np.array([None, {}]), ["|O", "Python objects"]),
    (np.zeros(3, [("a", "f8"), ("b", "i4")]), ["records", "one field"]),
    (np.zeros(3, [("a", "f8", (2, 2))]), ["records"]),
])
def test_what_is_no_number_of_c_is_refused_with_the_mend(gilkit, probe, npy, array, words):
    said = gilkit.refusal(1, "run", probe, "same", npy("x", array))
    for word in words + ["x.npy"]:
        assert word in said


@pytest.mark.parametrize("function, code, words", [
    ("copy_f8", "f4", ["x holds float32, wanted float64"]),
    ("copy_i4", "u4", ["x holds uint32, wanted int32"]),
    ("copy_b1", "u1", ["x holds uint8, wanted bool"]),
    ("copy2_f8", "f8", ["x has 1 dimension, wanted 2; reshape it"]),
])
def test_another_type_or_shape_is_refused_with_what_was_wanted(gilkit, probe, npy, function, code, words):
    said = gilkit.refusal(1, "run", probe, function, npy("x", sample(code)))
    for word in words:
        assert word in said


@pytest.mark.parametrize("shape, bytes_there, words", [
    ("(3,)", 16, ["24 bytes", "16"]),
    ("(3,)", 25, ["24 bytes", "25"]),
    ("(3,)", 0, ["24 bytes", "has 0"]),
    ("(0,)", 8, ["0 bytes", "8"]),
    ("()", 16, ["8 bytes", "16"]),
    ("(-1,)", 8, ["shape"]),
    ("(4294967296, 4294967296)", 0, ["does not fit"]),
    ("(2305843009213693952,)", 0, ["does not fit"]),
    ("(1152921504606846976, 1)", 8, ["does not fit"]),
    ("(18446744073709551616,)", 0, ["does not fit"]),
    ("(18446744073709551617,)", 8, ["does not fit"]),
    ("(99999999999999999999999999999999999999,)", 8, ["does not fit"]),
    ("(1.5,)", 8, ["shape"]),
    ("(1,,)", 8, ["shape"]),
    ("(1 1)", 8, ["shape"]),
    ("(,)", 8, ["shape"]),
    ("[1]", 8, ["shape"]),
    ("1", 8, ["shape"]),
    ("(1,", 8, ["damaged"]),
    ("(True,)", 8, ["shape"]),
])
def test_a_shape_that_lies_is_refused(gilkit, probe, file, shape, bytes_there, words):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    said = gilkit.refusal(1, "run", probe, "same", file(raw(header, bytes(bytes_there))))
    assert "ValueError" in said
    for word in words:
        assert word in said


@pytest.mark.parametrize("header", [
    "", "{", "}", "{}", "{,}", "[]", "\0" * 64, "\xff" * 20, "{'descr'", "{'descr':", "{'descr': '", "None",
    "{'descr': '<f8', 'fortran_order': False}",
    "{'descr': '<f8', 'shape': (1,)}",
    "{'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}",
    "{'descr': '<f8', 'fortran_order': maybe, 'shape': (1,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
    "{'descr': '<f8' 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '?f8', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': 'f8', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': 8, 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} and more",
])
def test_a_damaged_header_is_refused(gilkit, probe, file, header):
    said = gilkit.refusal(1, "run", probe, "same", file(raw(header.encode("latin-1"), bytes(8))))
    assert "ValueError" in said and "x.npy" in said


@pytest.mark.parametrize("data, words", [
    (b"", ["no .npy file"]),
    (b"PK\3\4" + bytes(40), ["no .npy file"]),
    (raw("{}", version=4), ["version 4.0", "1 to 3"]),
    (raw("{}", version=0), ["version 0.0"]),
    (raw("{}", length=60000), ["cut"]),
    (raw("{}", version=2, length=2**32 - 1), ["cut"]),
])
def test_a_file_that_is_no_npy_is_refused(gilkit, probe, file, data, words):
    said = gilkit.refusal(1, "run", probe, "same", file(data))
    for word in words:
        assert word in said


def test_a_file_that_ends_anywhere_early_is_refused(gilkit, probe, npy, file):
    whole = open_bytes(npy("whole", np.arange(4.0))[1:])
    for size in [*range(128), *range(128, len(whole), 7), len(whole) - 1]:
        said = gilkit.refusal(1, "run", probe, "same", file(whole[:size]))
        assert "ValueError" in said and "x.npy" in said


def open_bytes(path):
    with open(path, "rb") as opened:
        return opened.read()


# ---- Large files


@pytest.mark.parametrize("function", ["read_and_measure", "touch_and_measure"])
def test_a_large_file_is_mapped_and_not_copied(gilkit, work, tmp_path, sanitized, function):
    path, count = tmp_path / "large.npy", 50 * 1024 * 1024  # 400 MB
    array = np.lib.format.open_memmap(path, mode="w+", dtype="f8", shape=(count,))
    array[0], array[-1] = 1.5, 2.25
    del array
    assert path.stat().st_blocks * 512 < 1024**2, "the file should have holes"
    peak, ends = map(float, gilkit.text("run", work, function, f"@{path}").split("\n")[:2])
    assert ends == 3.75
    assert 0 < peak < (100 if sanitized else 8) * 1024, f"{peak} kB resident for three elements of a 400 MB file"
    assert path.stat().st_blocks * 512 < 1024**2, "the file was written to"
