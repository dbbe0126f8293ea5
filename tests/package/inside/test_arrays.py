# SPDX-License-Identifier: MIT
"""Arrays in: whatever has the buffer protocol. Out: gilkit.Array, or NumPy's. The numbers are those of the catalogue of
failures that others had."""
import array
import copy
import ctypes
import gc
import math
import mmap
import pickle
import struct
import sys
import threading
import time

import gilkit
import pk_calls
import pk_kernels
import pk_shelves
import pytest

DTYPES = {"bool": "?", "int8": "b", "int16": "h", "int32": "i", "int64": "q", "uint8": "B", "uint16": "H", "uint32": "I",
          "uint64": "Q", "float32": "f", "float64": "d", "longdouble": "g", "complex64": "Zf", "complex128": "Zd"}
SINGLE = [name for name, letter in DTYPES.items() if letter in "?bhiqBHIQfd"]


def made(*numbers):
    """A gilkit.Array of float64."""
    return pk_kernels.scale([float(n) for n in numbers], 1.0)


def matrix(rows):
    """A gilkit.Array of two dimensions."""
    n = len(rows[0])
    return pk_kernels.multiply(rows, [[float(i == k) for k in range(n)] for i in range(n)])


class View(ctypes.Structure):
    _fields_ = [("buf", ctypes.c_void_p), ("obj", ctypes.py_object), ("len", ctypes.c_ssize_t),
                ("itemsize", ctypes.c_ssize_t), ("readonly", ctypes.c_int), ("ndim", ctypes.c_int),
                ("format", ctypes.c_char_p), ("shape", ctypes.POINTER(ctypes.c_ssize_t)),
                ("strides", ctypes.POINTER(ctypes.c_ssize_t)), ("suboffsets", ctypes.POINTER(ctypes.c_ssize_t)),
                ("internal", ctypes.c_void_p)]


SIMPLE, WRITABLE, FORMAT, ND, STRIDES = 0, 1, 4, 8, 0x18
C_ORDER, F_ORDER, ANY_ORDER, INDIRECT = 0x38, 0x58, 0x98, 0x118


def ask(exporter, flags):
    """(readonly, len, itemsize, ndim, format, shape, strides) as the buffer protocol gives them for these flags."""
    view = View()
    get = ctypes.pythonapi.PyObject_GetBuffer
    get.argtypes = [ctypes.py_object, ctypes.POINTER(View), ctypes.c_int]
    get(exporter, ctypes.byref(view), flags)
    answer = (bool(view.readonly), view.len, view.itemsize, view.ndim, view.format,
              tuple(view.shape[:view.ndim]) if view.shape else None,
              tuple(view.strides[:view.ndim]) if view.strides else None)
    release = ctypes.pythonapi.PyBuffer_Release
    release.argtypes = [ctypes.POINTER(View)]
    release(ctypes.byref(view))
    return answer


# ---- gilkit.Array: items


def test_an_array_has_items_and_a_length():
    a = made(1, 2, 3, 4)
    assert type(a) is gilkit.Array and len(a) == 4
    assert [a[0], a[3], a[-1], a[-4]] == [1, 4, 4, 1] and type(a[0]) is float
    assert list(a) == a.tolist() == [1, 2, 3, 4] and 3.0 in a and 9.0 not in a
    assert list(reversed(a)) == [4, 3, 2, 1]


def test_a_matrix_is_an_array_of_rows():
    m = matrix([[1, 2, 3], [4, 5, 6]])
    assert (m.shape, m.strides, m.ndim, m.dtype, m.nbytes, len(m)) == ((2, 3), (24, 8), 2, "float64", 48, 2)
    assert m[1, 2] == m[1][2] == m[-1, -1] == 6 and m[1].tolist() == [4, 5, 6]
    assert m[:, 1].tolist() == [2, 5] and m[..., 0].tolist() == [1, 4] and m[1, ...].tolist() == [4, 5, 6]
    assert m[...].tolist() == m[()].tolist() == m[:].tolist() == m.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert m[::-1, ::-2].tolist() == [[6, 4], [3, 1]] and [row.tolist() for row in m] == m.tolist()
    assert m[0, 1:, ...].tolist() == [2, 3] and m[..., 1, 2] == 6 and m[0:0].tolist() == [] and m[0:0].shape == (0, 3)


SLICES = [slice(start, stop, step) for start in (None, -9, -4, -1, 0, 1, 3, 4, 9) for stop in (None, -9, -3, 0, 2, 4, 9)
          for step in (None, -3, -2, -1, 1, 2, 3, 9, -9, sys.maxsize, -sys.maxsize)]


def test_slices_are_those_of_lists():
    numbers = [1.0, 2.0, 3.0, 4.0]
    a = made(*numbers)
    for first in SLICES:
        part = a[first]
        assert part.tolist() == list(part) == numbers[first] and len(part) == len(numbers[first])
        for second in SLICES[::37]:
            assert part[second].tolist() == numbers[first][second]
    with pytest.raises(ValueError, match="slice step cannot be zero"):
        a[::0]


def test_slices_show_the_same_memory():
    a = made(1, 2, 3, 4)
    part = a[::-2]
    part[0] = 40
    a[1] = 20
    assert a.tolist() == [1, 20, 3, 40] and part.tolist() == [40, 20]
    del a
    gc.collect()
    assert part.tolist() == [40, 20]


@pytest.mark.parametrize("key, error, message", [
    (4, IndexError, "index 4 is out of range for dimension 0 of 4"), (-5, IndexError, "index -5 is out of range"),
    (10**30, IndexError, "cannot fit"), ((0, 0), IndexError, "2 indices for an array of 1 dimension"),
    ("a", TypeError, "an array is indexed by ints, slices and ..., not by str"), (1.0, TypeError, "not by float"),
    (None, TypeError, "not by NoneType"), ([1], TypeError, "not by list"), ((..., ...), IndexError, "indices"),
    (slice("a"), TypeError, "slice indices"),
])
def test_a_wrong_index_is_refused(key, error, message):
    a = made(1, 2, 3, 4)
    with pytest.raises(error, match=message):
        a[key]
    with pytest.raises((error, TypeError)):
        a[key] = 1
    assert a.tolist() == [1, 2, 3, 4]


def test_items_are_set_one_at_a_time():
    a, m = made(1, 2), matrix([[1, 2], [3, 4]])
    a[-1], m[1, 0] = 7, True
    assert a.tolist() == [1, 7] and m.tolist() == [[1, 2], [1, 4]]
    for key in (slice(None), ...):
        with pytest.raises(TypeError, match="one element at a time"):
            a[key] = 1
    with pytest.raises(TypeError, match="one element at a time"):
        m[0] = 1
    with pytest.raises(TypeError, match="cannot be deleted"):
        del a[0]
    for value in ("1", None, 1j, [1]):
        with pytest.raises(TypeError, match="the element is .*, wanted a float"):
            a[0] = value
    with pytest.raises(IndexError):
        a[2] = 1
    assert a.tolist() == [1, 7]


@pytest.mark.parametrize("name, low, high", [("int8", -2**7, 2**7 - 1), ("int64", -2**63, 2**63 - 1), ("uint16", 0, 2**16 - 1),
                                             ("uint64", 0, 2**64 - 1)])
def test_items_are_set_within_their_range(name, low, high):
    a = getattr(pk_kernels, "copy_" + name)([1, 2])
    assert a.dtype == name
    a[0], a[1] = low, high
    assert a.tolist() == [low, high]
    for value in (low - 1, high + 1, 10**40):
        with pytest.raises(OverflowError, match="the element is .*, wanted an int"):
            a[0] = value
    with pytest.raises(TypeError, match="the element is float 1.0"):
        a[0] = 1.0
    assert a.tolist() == [low, high]


def test_an_array_shows_itself():
    assert repr(made(1, 2.5)) == str(made(1, 2.5)) == "gilkit.Array([1.0, 2.5], float64)"
    assert repr(matrix([[1, 2], [3, 4]])) == "gilkit.Array([[1.0, 2.0], [3.0, 4.0]], float64)"
    assert repr(made(*range(1000))) == "<gilkit.Array of shape (1000,), float64>"
    assert repr(pk_kernels.copy_int8([])) == "gilkit.Array([], int8)"


def test_an_array_is_neither_hashed_nor_made_nor_changed_nor_derived_from():
    a = made(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(a)
    with pytest.raises(TypeError, match="cannot create"):
        gilkit.Array()
    with pytest.raises(TypeError):
        type("Own", (gilkit.Array,), {})
    with pytest.raises(AttributeError):
        a.x = 1
    with pytest.raises(AttributeError):
        a.shape = (1, 1)
    assert a == a and a != made(1)  # by identity, as what is not hashed may be compared through numpy.asarray
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot pickle"):
            act(a)


def test_an_empty_array_is_an_array():
    a = pk_kernels.copy_float64([])
    assert (len(a), a.shape, a.strides, a.nbytes, a.tolist(), bytes(a)) == (0, (0,), (8,), 0, [], b"")
    assert pk_kernels.first_float64(a) == 0 and pk_kernels.copy_float64(a[::-1]).tolist() == []
    assert pk_kernels.multiply([[1.0]], gilkit_empty(1, 0)).shape == (1, 0)
    with pytest.raises(IndexError):
        a[0]


def gilkit_empty(rows, columns):
    return matrix([[1.0] * (columns + 1)] * rows)[:, :columns]


# ---- gilkit.Array: the buffer protocol


@pytest.mark.parametrize("name", SINGLE)
def test_its_memory_is_what_memoryview_says(name):
    a = getattr(pk_kernels, "copy_" + name)([0, 1])
    view = memoryview(a)
    assert (view.format, view.itemsize, view.shape, view.strides) == (DTYPES[name], a.nbytes // 2, (2,), a.strides)
    assert not view.readonly and view.c_contiguous and view.tolist() == a.tolist() == [0, 1]
    assert bytes(a) == struct.pack(f"2{DTYPES[name]}", 0, 1) and struct.unpack(f"2{DTYPES[name]}", a) == (0, 1)
    view[0] = view[1]
    assert a.tolist() == [1, 1]
    assert array.array("B", bytes(a)).tobytes() == bytes(a)


@pytest.mark.parametrize("name", ["longdouble", "complex64", "complex128"])
def test_memory_that_memoryview_does_not_read_is_bytes_all_the_same(name):
    a = getattr(pk_kernels, "copy_" + name)([1, 2])
    view = memoryview(a)
    assert view.format == DTYPES[name] and view.nbytes == a.nbytes and a.tolist() == [1, 2]
    assert getattr(pk_kernels, "copy_" + name)(a).tolist() == [1, 2]
    assert view.cast("B").tobytes() == bytes(a)


def test_flags_that_its_layout_does_not_meet_are_refused():
    m = matrix([[1, 2, 3], [4, 5, 6]])
    shape, strides = (2, 3), (24, 8)
    assert ask(m, SIMPLE) == (False, 48, 8, 1, None, None, None)
    assert ask(m, WRITABLE) == (False, 48, 8, 1, None, None, None)
    assert ask(m, ND) == (False, 48, 8, 2, None, shape, None)
    assert ask(m, ND | FORMAT) == (False, 48, 8, 2, b"d", shape, None)
    for flags in (STRIDES, C_ORDER, ANY_ORDER, INDIRECT, STRIDES | WRITABLE):
        assert ask(m, flags) == (False, 48, 8, 2, None, shape, strides)
    with pytest.raises(BufferError, match="not in Fortran order"):
        ask(m, F_ORDER)
    strided = m[:, ::2]
    for flags in (STRIDES, INDIRECT, STRIDES | FORMAT | WRITABLE):
        assert ask(strided, flags)[5:] == ((2, 2), (24, 16))
    for flags in (SIMPLE, WRITABLE, ND, C_ORDER, F_ORDER, ANY_ORDER):
        with pytest.raises(BufferError, match="the array is not in"):
            ask(strided, flags)
    column = m[:, 0]
    with pytest.raises(BufferError):
        ask(column, ANY_ORDER)
    row = m[0]
    for flags in (SIMPLE, ND, C_ORDER, F_ORDER, ANY_ORDER):
        ask(row, flags)
    empty = m[0:0, ::2]
    for flags in (SIMPLE, ND, C_ORDER, F_ORDER, ANY_ORDER):
        assert ask(empty, flags)[1] == 0
    assert ask(m[:1, 1:2], F_ORDER)[5] == (1, 1)


def test_a_strided_part_is_copied_by_bytes_in_order():
    m = matrix([[1, 2, 3], [4, 5, 6]])
    assert memoryview(m[:, ::-2]).tobytes() == struct.pack("4d", 3, 1, 6, 4)
    assert memoryview(m[::-1])[0, 2] == 6.0 and memoryview(m[:, 1]).tolist() == [2, 5]


def test_an_array_lives_as_long_as_a_view_of_it():
    view = memoryview(made(1, 2, 3))
    junk = [made(*range(100)) for _ in range(100)]
    gc.collect()
    assert view.tolist() == [1, 2, 3] and len(junk) == 100
    view.release()


def test_an_array_given_back_is_read_where_it_is_and_written_in_place():
    a = made(1, 2, 3)
    assert pk_kernels.dot(a, a) == pk_kernels.dot(x=a, y=a) == 14
    assert pk_kernels.dot(a[::-1], a) == 10 and pk_kernels.dot(a[::2], [1, 1]) == 4
    pk_kernels.fill_float64(a, 5)
    assert a.tolist() == [5, 5, 5]
    pk_kernels.fill_float64(a[1:], 6)
    assert a.tolist() == [5, 6, 6]
    with pytest.raises(BufferError, match=r"argument x is not in C order \(strides 16 bytes\).*pass a copy in C order"):
        pk_kernels.fill_float64(a[::2], 7)
    assert a.tolist() == [5, 6, 6]


# ---- In: the buffer protocol


@pytest.mark.parametrize("name", SINGLE)
def test_each_element_type_is_taken_from_each_exporter(name):
    letter = DTYPES[name]
    first, copied = getattr(pk_kernels, "first_" + name), getattr(pk_kernels, "copy_" + name)
    fill = getattr(pk_kernels, "fill_" + name)
    memory = bytearray(struct.pack(f"3{letter}", 1, 0, 1))
    native = {"?": ctypes.c_bool, "b": ctypes.c_int8, "h": ctypes.c_int16, "i": ctypes.c_int32, "q": ctypes.c_int64,
              "B": ctypes.c_uint8, "H": ctypes.c_uint16, "I": ctypes.c_uint32, "Q": ctypes.c_uint64,
              "f": ctypes.c_float, "d": ctypes.c_double}[letter]
    for exporter in (memoryview(memory).cast(letter), (native * 3)(1, 0, 1),
                     *([array.array(letter, [1, 0, 1])] if letter != "?" else [])):
        assert first(exporter) == first(x=exporter) == 1 and copied(exporter).tolist() == [1, 0, 1]
        assert copied(memoryview(exporter)[::-1]).tolist() == [1, 0, 1] and first(memoryview(exporter)[1:]) == 0
        fill(exporter, 1)
        assert list(memoryview(exporter).tobytes()) == list(struct.pack(f"3{letter}", 1, 1, 1))
    with pytest.raises(BufferError, match=r"argument x is read only and is written in place; pass a writable copy"):
        fill(memoryview(memory).cast(letter).toreadonly(), 0)


def test_bytes_are_read_and_never_written():
    assert pk_kernels.first_uint8(b"ab") == 97 and pk_kernels.first_int8(b"\xff") == -1
    assert pk_kernels.copy_uint8(b"").tolist() == []
    constant = bytes([1, 2, 3])
    with pytest.raises(BufferError, match="argument x is read only"):
        pk_kernels.fill_uint8(constant, 9)
    assert constant == b"\1\2\3"
    with pytest.raises(TypeError, match="argument x holds uint8, wanted float64; convert it first"):
        pk_kernels.first_float64(b"12345678")


def test_a_mapped_file_is_memory(tmp_path):
    with open(tmp_path / "file", "w+b") as file:
        file.write(b"\7" * 4096)
        file.flush()
        with mmap.mmap(file.fileno(), 4096) as memory:
            assert pk_kernels.first_uint8(memory) == 7
            pk_kernels.fill_uint8(memory, 9)
            assert memory[:] == b"\x09" * 4096
        with mmap.mmap(file.fileno(), 4096, access=mmap.ACCESS_READ) as memory:
            assert pk_kernels.first_uint8(memory) == 9
            with pytest.raises(BufferError, match="argument x is read only"):
                pk_kernels.fill_uint8(memory, 1)
        with pytest.raises(ValueError, match=r"first_uint8\(\): argument x: "):
            pk_kernels.first_uint8(memory)


def test_a_released_view_is_refused_with_the_arguments_name():
    view = memoryview(b"abc")
    view.release()
    with pytest.raises(ValueError, match=r"first_uint8\(\): argument x: operation forbidden on released"):
        pk_kernels.first_uint8(view)
    with pytest.raises(ValueError, match=r"dot\(\): argument y: operation forbidden on released"):
        pk_kernels.dot([1.0], view)


def test_dimensions_are_those_of_the_prototype():
    square = memoryview(bytearray(struct.pack("4d", 1, 2, 3, 4))).cast("d", (2, 2))
    assert pk_kernels.trace(square) == 5 and pk_kernels.multiply(square, square).tolist() == [[7, 10], [15, 22]]
    point = memoryview(bytearray(8)).cast("d", ())
    for value, dimensions in ((square, "2 dimensions"), (point, "0 dimensions")):
        with pytest.raises(ValueError, match=f"argument x has {dimensions}, wanted 1; reshape it"):
            pk_kernels.dot(value, value)
    with pytest.raises(ValueError, match="argument a has 0 dimensions, wanted 2"):
        pk_kernels.trace(ctypes.c_double(1))
    grid = ((ctypes.c_double * 2) * 2)((1, 2), (3, 4))
    assert pk_kernels.trace(grid) == 5 and pk_kernels.multiply(a=square, b=grid).tolist() == [[7, 10], [15, 22]]


def test_lengths_that_disagree_are_refused():
    with pytest.raises(ValueError, match=r"argument y has 2 elements where x has 3 \(both are \[n\]\)"):
        pk_kernels.dot(array.array("d", [1, 2, 3]), array.array("d", [1, 2]))
    with pytest.raises(ValueError, match=r"argument y has 1 elements? where x has 3"):
        pk_kernels.dot(made(1, 2, 3), made(1))
    with pytest.raises(ValueError, match=r"argument a, which is \[n\]\[n\], has 3 in dimension 1"):
        pk_kernels.trace(matrix([[1, 2, 3], [4, 5, 6]]))


def test_lists_and_tuples_are_arrays_of_what_they_hold():
    assert pk_kernels.dot([1, 2.5], (2, True)) == 4.5 and pk_kernels.trace([[1, 2], (3, 4)]) == 5
    for value, message in (([1, "2"], r"argument x\[1\] is str, wanted a float"), ([[1]], r"argument x\[0\] is list"),
                           ([1, None], r"argument x\[1\] is NoneType"), ({1: 2}, "argument x is dict"),
                           (1.0, "argument x is float, wanted an array of float64 with 1 dimension"),
                           (None, "argument x is NoneType, wanted an array"), ("ab", "argument x is str")):
        with pytest.raises(TypeError, match=message):
            pk_kernels.dot(value, value)
    with pytest.raises(ValueError, match=r"argument a\[1\] has 1 item where the first of its kind has 2"):
        pk_kernels.trace([[1, 2], [3]])
    with pytest.raises(TypeError, match="argument x is a list and is written in place; pass an array of float64"):
        pk_kernels.fill_float64([1.0], 2)
    for value in ({1.0}, iter([1.0]), range(3), object()):
        with pytest.raises(TypeError, match=r"first_float64\(\): argument x"):
            pk_kernels.first_float64(value)


# ---- The catalogue


def begin(function, *arguments):
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    return thread


BUSY_MS = 400


@pytest.mark.parametrize("make, change", [
    (lambda: bytearray(8), lambda memory: memory.append(1)), (lambda: bytearray(8), lambda memory: memory.clear()),
    (lambda: bytearray(8), lambda memory: memory.extend(b"abc" * 1000)),
    (lambda: array.array("B", bytes(8)), lambda memory: memory.append(1)),
    (lambda: array.array("B", bytes(8)), lambda memory: memory.pop()),
])
def test_case_25_memory_that_a_kernel_works_on_cannot_be_resized(make, change):
    memory = make()
    thread = begin(pk_kernels.work_on, memory, BUSY_MS)
    until = time.monotonic() + 10
    while memory[0] == 0 and time.monotonic() < until:  # it writes when it has begun
        time.sleep(0.001)
    with pytest.raises(BufferError):
        change(memory)
    assert thread.is_alive() and len(memory) == 8
    thread.join()
    assert bytes(memory) == b"\2" * 8
    change(memory)


def test_case_25_a_mapping_that_a_kernel_works_on_cannot_be_closed():
    with mmap.mmap(-1, 4096) as memory:
        thread = begin(pk_kernels.work_on, memory, BUSY_MS)
        while memory[0] == 0:
            time.sleep(0.001)
        with pytest.raises(BufferError):
            memory.close()
        thread.join()


def test_case_25_memory_is_free_again_after_an_error_too():
    memory = bytearray(8)
    for call in (lambda: pk_kernels.dot(memory, memory), lambda: pk_kernels.first_float64(memory),
                 lambda: pk_kernels.fill_uint8(memory, 256), lambda: pk_kernels.fill_uint8(memory)):
        with pytest.raises((TypeError, OverflowError)):
            call()
        memory.append(0)
    pk_kernels.fill_uint8(memory, 1)
    memory.append(1)
    assert memory == b"\1" * 13


def test_case_25_who_gave_the_memory_lives_until_the_kernel_is_done():
    class Memory(bytearray):
        def __del__(self):
            gone.append(time.monotonic())

    gone = []
    began = time.monotonic()
    begin(lambda: pk_kernels.work_on(Memory(8), BUSY_MS)).join()
    gc.collect()
    assert gone and gone[0] - began >= BUSY_MS / 1000 * 0.9


def test_case_26_an_array_of_numpy_is_not_resized_under_a_kernel(np):
    memory = np.zeros(8, "u1")
    thread = begin(pk_kernels.work_on, memory, BUSY_MS)
    while memory[0] == 0:
        time.sleep(0.001)
    with pytest.raises(ValueError, match="resize"):  # unless it is told not to look: refcheck=False
        memory.resize(1 << 20)
    thread.join()
    assert memory.tolist() == [2] * 8


def test_case_28_views_with_strides_are_read_as_they_are_seen(np):
    base = np.arange(24.0).reshape(4, 6)
    records = np.zeros(5, [("a", "i1"), ("b", "f8"), ("c", "f8")])
    records["b"] = [1, 2, 3, 4, 5]
    aligned = np.zeros(5, np.dtype([("a", "i4"), ("b", "f8")], align=True))
    aligned["b"] = [1, 2, 3, 4, 5]
    complexes = np.array([1 + 10j, 2 + 20j, 3 + 30j])
    for view in (base[1], base[:, 1], base[::2, 3], base[::-1, 0], base[1, ::-2], base[0, :0], base.T[2], base[3, 5:],
                 records["b"], records["b"][::-2], aligned["b"], complexes.real, complexes.imag[::-1],
                 np.broadcast_to(np.array([3.0]), (4,)), np.lib.stride_tricks.as_strided(base, (3,), (56,))):
        assert pk_kernels.copy_float64(view).tolist() == view.tolist()
        assert pk_kernels.dot(view, view) == pytest.approx(float((view * view).sum()))
        assert pk_kernels.dot(x=view, y=view) == pk_kernels.dot(view, view)
    for view in (base[:2, :2], base.T[:2, :2], base[::2, ::3], base[::-2, ::-3][:2, :2], np.asfortranarray(base)[:2, :2]):
        assert pk_kernels.trace(view) == float(np.trace(view))
        assert pk_kernels.multiply(view, np.eye(2)).tolist() == view.tolist()


@pytest.mark.parametrize("cut", [lambda a: a[::2], lambda a: a[::-1], lambda a: a.reshape(2, 4)[:, 1]])
def test_case_28_a_written_view_with_strides_is_refused_with_the_mend(np, cut):
    memory = np.arange(8.0)
    view = cut(memory)
    with pytest.raises(BufferError, match=r"fill_float64\(\): argument x is not in C order \(strides -?\d+ bytes\) and is "
                                          r"written in place; pass a copy in C order"):
        pk_kernels.fill_float64(view, 0)
    assert memory.tolist() == list(range(8))
    packed = np.ascontiguousarray(view)
    pk_kernels.fill_float64(packed, 9)
    assert set(packed.tolist()) == {9.0}


def test_case_28_read_only_memory_is_refused_with_the_mend(np):
    memory = np.arange(4.0)
    memory.flags.writeable = False
    with pytest.raises(BufferError, match="argument x is read only and is written in place; pass a writable copy"):
        pk_kernels.fill_float64(memory, 0)
    with pytest.raises(BufferError, match="argument x is read only"):
        pk_kernels.fill_float64(np.broadcast_to(np.zeros(1), (4,)), 0)
    assert pk_kernels.dot(memory, memory) == 14


def test_case_29_the_other_byte_order_is_refused(np):
    other = ">" if sys.byteorder == "little" else "<"
    for name in DTYPES:
        size = np.dtype(name).itemsize
        values = np.array([1, 0]).astype(np.dtype(name).newbyteorder(other))
        for call in (getattr(pk_kernels, "first_" + name), getattr(pk_kernels, "copy_" + name)):
            if size > 1:
                # NumPy lends no long double in the other order.
                with pytest.raises((TypeError, ValueError), match="argument x.* byte order"):
                    call(values)
            else:
                call(values)
    with pytest.raises(TypeError, match="argument y is in the other byte order"):
        pk_kernels.dot(np.ones(2), np.ones(2, other + "f8"))
    swapped = (ctypes.c_double.__ctype_be__ * 2)(1, 2)
    with pytest.raises(TypeError, match="argument x is in the other byte order"):
        pk_kernels.first_float64(swapped)
    assert pk_kernels.first_float64(np.ones(2, "=f8")) == pk_kernels.first_float64(np.ones(2, "<f8")) == 1


def test_case_29_formats_that_are_no_numbers_are_refused(np):
    for dtype in ("f2", "S4", "U4", "V8", "M8[s]", "m8[s]", "O", [("a", "f8")], "2f8"):
        values = np.zeros(2, dtype)
        if values.ndim == 2:
            continue
        with pytest.raises((TypeError, ValueError), match=r"first_float64\(\): argument x"):
            pk_kernels.first_float64(values)
        with pytest.raises((TypeError, ValueError, BufferError), match=r"fill_float64\(\): argument x"):
            pk_kernels.fill_float64(values, 1.0)

    class Pair(ctypes.Structure):
        _fields_ = [("a", ctypes.c_double)]

    for values in ((Pair * 2)(), (ctypes.c_char_p * 2)(), (ctypes.c_wchar * 2)(), (ctypes.c_void_p * 2)()):
        with pytest.raises(TypeError, match=r"first_float64\(\): argument x: its elements are '.*' of \d+ bytes"):
            pk_kernels.first_float64(values)


def test_case_30_misaligned_memory_is_copied_to_be_read_and_refused_to_be_written(np):
    for name in DTYPES:
        dtype = np.dtype(name)
        memory = np.zeros(dtype.itemsize * 3 + 1, "u1")
        view = memory[1:].view(dtype)
        view[:] = [1, 0, 1]
        aligned = dtype.itemsize == 1
        assert getattr(pk_kernels, "copy_" + name)(view).tolist() == [1, 0, 1]
        assert getattr(pk_kernels, "first_" + name)(x=view) == 1
        fill = getattr(pk_kernels, "fill_" + name)
        if aligned:
            fill(view, 0)
        else:
            with pytest.raises(BufferError, match="argument x starts at an address that is no multiple of .*pass an "
                                                  "aligned copy"):
                fill(view, 0)
            assert view.tolist() == [1, 0, 1]
    memory = bytearray(25)
    assert pk_kernels.dot(memoryview(memory)[1:].cast("d"), [1, 2, 3]) == 0
    with pytest.raises(BufferError, match="argument x starts at an address"):
        pk_kernels.fill_float64(memoryview(memory)[1:].cast("d"), 1)


def test_case_31_sizes_that_overflow_are_refused(np):
    huge = np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 40, 1 << 18), (0, 0))
    with pytest.raises((MemoryError, ValueError, OverflowError), match=r"trace\(\): "):
        pk_kernels.trace(huge)
    with pytest.raises((MemoryError, ValueError), match=r"dot\(\): "):
        pk_kernels.dot(huge[:, 0], huge[:, 0])
    for n in (-1, 1 << 59, 1 << 60, 1 << 61, (1 << 61) + 1, (1 << 63) - 1):
        with pytest.raises((MemoryError, ValueError, OverflowError), match=r"ramp\(\): "):
            pk_kernels.ramp(n)
    for m, n in ((1 << 32, 1 << 32), (1 << 31, 1 << 31), (-1, -1), (-1, 0), (1 << 62, 2)):
        with pytest.raises((MemoryError, ValueError, OverflowError), match=r"grid\(\): "):
            pk_kernels.grid(m, n)
    assert pk_kernels.ramp(3).tolist() == [0, 1, 2] and pk_kernels.grid(0, 1 << 62).shape == (0, 1 << 62)
    assert pk_kernels.grid(2, 0).tolist() == [[], []]
    with pytest.raises(OverflowError, match=r"ramp\(\): argument n is"):
        pk_kernels.ramp(1 << 64)


def test_case_31_a_size_that_its_type_cannot_hold_is_refused():
    assert pk_kernels.narrow(bytes(127)) == 127
    for length in (128, 256, 257, 65536):
        for call in (lambda: pk_kernels.narrow(bytes(length)), lambda: pk_kernels.narrow(x=bytearray(length)),
                     lambda: pk_kernels.narrow(pk_kernels.copy_uint8(bytes(length)))):
            with pytest.raises(OverflowError, match=r"narrow\(\): argument x has \d+ in dimension 0; its size n is .*, "
                                                    r"which holds at most 127"):
                call()


# ---- NumPy


@pytest.mark.parametrize("name", DTYPES)
def test_arrays_of_numpy_are_taken_where_they_are_and_given_back(np, name):
    first, copied = getattr(pk_kernels, "first_" + name), getattr(pk_kernels, "copy_" + name)
    values = np.array([1, 0, 1]).astype(name)
    for call in (lambda: copied(values), lambda: copied(x=values)):
        answer = call()
        assert type(answer) is np.ndarray and answer.dtype == values.dtype and answer.tolist() == values.tolist()
        assert answer.flags.c_contiguous and answer.flags.writeable and answer.flags.aligned
    assert first(values) == first(x=values) == 1
    getattr(pk_kernels, "fill_" + name)(values, 1)
    assert values.tolist() == [1, 1, 1]
    view = values[1:]
    getattr(pk_kernels, "fill_" + name)(view, 0)
    assert values.tolist() == [1, 0, 0]
    for other in DTYPES:
        if np.dtype(other) != np.dtype(name):
            with pytest.raises(TypeError, match="argument x holds .*, wanted .*; convert it first"):
                getattr(pk_kernels, "first_" + other)(values)
    assert copied(values[:0]).shape == (0,)


def test_results_are_arrays_of_numpy_when_an_argument_was_one(np):
    values = np.arange(3.0)
    assert type(pk_kernels.scale(values, 2)) is np.ndarray and type(pk_kernels.scale(x=values, factor=2)) is np.ndarray
    assert type(pk_kernels.scale([1.0], 2)) is type(pk_kernels.scale(array.array("d", [1]), 2)) is gilkit.Array
    assert type(pk_kernels.multiply(np.eye(2), [[1, 2], [3, 4]])) is np.ndarray
    assert type(pk_kernels.multiply([[1.0]], b=np.eye(1))) is np.ndarray
    assert type(pk_kernels.scale(made(1), 2)) is gilkit.Array
    assert type(pk_kernels.scale([1.0], np.float64(2))) is gilkit.Array
    both = pk_kernels.halves(values)
    assert type(both) is tuple and [type(part) for part in both] == [float, np.ndarray, np.ndarray]
    assert [type(part) for part in pk_kernels.halves([1.0])] == [float, gilkit.Array, gilkit.Array]


def test_a_result_in_numpy_keeps_its_memory(np):
    answer = pk_kernels.scale(np.arange(1000.0), 2)
    junk = [pk_kernels.scale(np.zeros(1000), 1) for _ in range(20)]
    gc.collect()
    assert answer.sum() == 999000 and len(junk) == 20
    answer += 1
    assert answer[0] == 1


def test_classes_below_ndarray_are_arrays(np):
    class Own(np.ndarray):
        pass

    own = np.arange(3.0).view(Own)
    assert pk_kernels.dot(own, own) == 5
    masked = np.ma.array([1.0, 2.0])
    assert pk_kernels.dot(masked, masked) == 5
    for value in (own, masked, np.arange(3.0).view(np.recarray)):
        assert isinstance(pk_kernels.scale(value, 2), np.ndarray)
    square = np.ma.array([[1.0, 2.0], [3.0, 4.0]])
    assert isinstance(pk_kernels.multiply(square, [[1, 0], [0, 1]]), np.ndarray)


def test_a_matrix_of_numpy_has_two_dimensions(np):
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        m = np.matrix([[1.0, 2.0], [3.0, 4.0]])
    assert pk_kernels.trace(m) == 5 and isinstance(pk_kernels.multiply(m, m), np.ndarray)
    with pytest.raises(ValueError, match="argument x has 2 dimensions, wanted 1; reshape it"):
        pk_kernels.dot(m[0], m[0])


def test_a_masked_array_is_its_data_as_for_numpy_asarray(np):
    masked = np.ma.array([1.0, 2.0], mask=[0, 1])
    assert pk_kernels.dot(masked, [1, 1]) == np.asarray(masked).sum() == 3


def test_layouts_of_numpy_agree_on_both_ways(np):
    base = np.arange(16.0).reshape(4, 4)
    for values in (base, base.T, np.asfortranarray(base), base[::-1], base[:, ::-1], base.copy("F").T,
                   base.astype("f8", order="K"), np.ascontiguousarray(base.T), base.reshape(2, 2, 2, 2)[0, 0]):
        for call in (lambda v: pk_kernels.trace(v) if v.shape[0] == v.shape[1] else 0, lambda v: pk_kernels.multiply(v, np.eye(v.shape[1])).tolist()):
            first = call(values)
            assert first == call(np.array(values, order="C")) == call(gilkit_of(values))


def gilkit_of(values):
    return matrix(values.tolist())


def test_arrays_of_no_dimensions_and_no_elements(np):
    with pytest.raises(ValueError, match="argument x has 0 dimensions, wanted 1; reshape it"):
        pk_kernels.dot(np.array(1.0), np.array(1.0))
    assert pk_kernels.dot(np.zeros(0), np.zeros(0)) == 0 and pk_kernels.trace(np.zeros((0, 0))) == 0
    assert pk_kernels.multiply(np.zeros((0, 3)), np.zeros((3, 2))).shape == (0, 2)
    assert pk_kernels.multiply(np.zeros((2, 0)), np.zeros((0, 2))).tolist() == [[0, 0], [0, 0]]
    assert pk_kernels.copy_float64(np.zeros(8)[8:]).tolist() == []


def test_an_array_of_gilkit_is_one_of_numpy_without_a_copy(np):
    a = made(1, 2, 3)
    shown = np.asarray(a)
    shown[0] = 7
    assert a[0] == 7 and shown.dtype == np.float64
    assert np.asarray(a[::-1]).tolist() == [3, 2, 7] and np.asarray(matrix([[1, 2], [3, 4]]).__getitem__((slice(None), 1))).tolist() == [2, 4]
    for name in DTYPES:
        values = getattr(pk_kernels, "copy_" + name)([0, 1])
        assert np.asarray(values).dtype == np.dtype(name) and np.asarray(values).tolist() == values.tolist()


def test_many_threads_meet_the_first_array_at_once(script):
    pytest.importorskip("numpy")
    assert script("""
import threading, numpy as np, pk_kernels
barrier = threading.Barrier(4)
wrong = []
def work():
    values = np.arange(4.0)
    barrier.wait()
    for i in range(500):
        if pk_kernels.dot(values, values) != 14.0 or pk_kernels.scale(values, 2)[3] != 6.0:
            wrong.append(i)
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(wrong)
""") == "[]\n"


def test_numpy_is_never_imported_by_gilkit(script):
    assert script("import sys, pk_kernels\nprint(pk_kernels.scale([1.0], 2).tolist(), 'numpy' in sys.modules)\n") == \
        "[2.0] False\n"


# ---- What is pinned by resources


def test_the_memory_of_a_resource_is_an_array_too():
    shelf = pk_shelves.shelf([1, 2, 3])
    assert pk_kernels.copy_int64(shelf).tolist() == [1, 2, 3] and pk_kernels.first_int64(shelf) == 1
    pk_kernels.fill_int64(shelf, 9)
    assert shelf.sum() == 27 and shelf.add(1) == 4


def test_nan_and_signed_zeros_pass_through_arrays():
    values = made(math.nan, -0.0, math.inf)
    assert math.isnan(values[0]) and math.copysign(1, values[1]) == -1 and values[2] == math.inf
    assert pk_calls.pair(values, 1)[0] is values
