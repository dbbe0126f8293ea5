# SPDX-License-Identifier: MIT
"""The same file gives the same bytes in every Python and on the command line, whose runtime has no Python in it."""
import json
import os
import random
import struct
import subprocess

import pk_kernels
import pk_shelves
import pytest

COMMAND = os.environ["GILKIT_TEST_COMMAND"]
DTYPES = {"bool": ("?", "|b1"), "int8": ("b", "|i1"), "int16": ("h", "<i2"), "int32": ("i", "<i4"), "int64": ("q", "<i8"),
          "uint8": ("B", "|u1"), "uint16": ("H", "<u2"), "uint32": ("I", "<u4"), "uint64": ("Q", "<u8"),
          "float32": ("f", "<f4"), "float64": ("d", "<f8"), "complex64": ("f", "<c8"), "complex128": ("d", "<c16")}
NUMBERS = (0.0, -0.0, 0.1, 1 / 3, 1e300, 5e-324, 2.5, -7.25, 123456789.123)


def as_bits(value):
    """A result down to the bits of its numbers."""
    if isinstance(value, float):
        return struct.pack("d", value)
    if isinstance(value, (list, tuple)):
        return [as_bits(one) for one in value]
    return value


def here(result):
    """As JSON would have it."""
    if isinstance(result, tuple):
        return [here(one) for one in result]
    return result.tolist() if hasattr(result, "tolist") else result


def write_npy(path, kind, shape, data):
    header = repr({"descr": kind, "fortran_order": False, "shape": shape}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    path.write_bytes(b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + data)
    return f"@{path}"


def read_npy(path):
    """The bytes of its elements."""
    text = path.read_bytes()
    return text[10 + struct.unpack("<H", text[8:10])[0]:]


CALLS = [
    *[("add", [a, b]) for a in NUMBERS for b in NUMBERS[:3]],
    *[("echo_float32", [a]) for a in NUMBERS if a < 1e38],
    *[("split", [a]) for a in NUMBERS],
    *[("echo_" + kind, [n]) for kind in ("int8", "int16", "int32", "int64") for n in (-128, 0, 127)],
    ("echo_int64", [2**63 - 1]), ("echo_int64", [-2**63]), ("echo_bool", [True]),
    ("dot", [list(NUMBERS), [0.5] * len(NUMBERS)]), ("scale", [list(NUMBERS), 0.3]), ("halves", [list(NUMBERS)]),
    ("multiply", [[[0.1, 0.2], [0.3, 0.4]], [[1.5, 2.5], [3.5, 1e-300]]]), ("trace", [[[0.1, 2.0], [3.0, 0.2]]]),
    ("length_of", ["gr\u00fc\u00dfe"]), ("count_bytes", ["gr\u00fc\u00dfe"]), ("greeting", [True]), ("greeting", [False]),
    ("ramp", [5]), ("ramp", [0]), ("grid", [2, 3]),
]


@pytest.mark.parametrize("function, arguments", CALLS)
def test_a_call_gives_the_same_bits(command, function, arguments):
    there = command(pk_kernels.__file__, function, *[json.dumps(argument) for argument in arguments])["result"]
    assert as_bits(here(getattr(pk_kernels, function)(*arguments))) == as_bits(there)


@pytest.mark.parametrize("function, arguments", [
    ("add", [1]), ("add", [1, "2"]), ("echo_int8", [128]), ("echo_int8", [-129]), ("echo_uint8", [-1]), ("echo_int32", [1.5]),
    ("echo_float32", [1e39]), ("dot", [[1, 2, 3], [1, 2]]), ("trace", [[[1, 2], [3]]]), ("trace", [[1]]), ("dot", [[1, "a"], [1]]),
    ("length_of", ["a\0b"]), ("length_of", [1]), ("fail", [7]), ("ramp", [-1]),
])
def test_a_refusal_has_the_same_words(function, arguments):
    words = [COMMAND, "run", pk_kernels.__file__, function, *map(json.dumps, arguments)]
    answer = subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    with pytest.raises(Exception) as caught:  # noqa: B017
        getattr(pk_kernels, function)(*arguments)
    assert answer.returncode == 1
    assert answer.stderr == f"gilkit: {type(caught.value).__name__}: {caught.value}\n"


@pytest.mark.parametrize("name", DTYPES)
def test_arrays_have_the_same_bytes(tmp_path, name):
    letter, kind = DTYPES[name]
    source = random.Random(name)
    size = struct.calcsize(letter) * (2 if name.startswith("complex") else 1)
    data = bytes(source.choice((0, 1)) for _ in range(100)) if name == "bool" else source.randbytes(100 * size)
    argument = write_npy(tmp_path / "in.npy", kind, (100,), data)
    subprocess.run([COMMAND, "run", pk_kernels.__file__, "copy_" + name, argument, "--out", tmp_path / "out.npy"], check=True,
                   timeout=60, stdout=subprocess.PIPE)
    first = getattr(pk_kernels, "copy_" + name)([0] * 100)
    memoryview(first).cast("B")[:] = data
    copied = getattr(pk_kernels, "copy_" + name)(first)
    assert bytes(copied) == data == read_npy(tmp_path / "out.npy")


def test_a_kernel_over_many_numbers_has_the_same_bytes(tmp_path):
    source = random.Random(1)
    numbers = [source.uniform(-1e6, 1e6) for _ in range(10000)]
    argument = write_npy(tmp_path / "in.npy", "<f8", (10000,), struct.pack("10000d", *numbers))
    subprocess.run([COMMAND, "run", pk_kernels.__file__, "scale", argument, "0.1", "--out", tmp_path / "out.npy"], check=True,
                   timeout=60, stdout=subprocess.PIPE)
    assert bytes(pk_kernels.scale(numbers, 0.1)) == read_npy(tmp_path / "out.npy")
    there = subprocess.run([COMMAND, "run", "--json", pk_kernels.__file__, "dot", argument, argument], check=True, timeout=60,
                           stdout=subprocess.PIPE)
    assert as_bits(json.loads(there.stdout)["result"]) == as_bits(pk_kernels.dot(numbers, numbers))


def test_functions_and_their_words_are_what_inspect_says():
    for module in (pk_kernels, pk_shelves):
        answer = subprocess.run([COMMAND, "inspect", "--json", module.__file__], check=True, timeout=60, stdout=subprocess.PIPE)
        said = json.loads(answer.stdout)
        assert said["name"] == module.__name__
        functions = [f for f in said["functions"] if "." not in f["name"] and hasattr(module, f["name"])]
        assert len(functions) >= 4
        for f in functions:
            assert getattr(module, f["name"]).prototype == f["prototype"]
            assert (getattr(module, f["name"]).__doc__ or "") == (f.get("doc") or "")
