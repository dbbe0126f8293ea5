# SPDX-License-Identifier: MIT
"""DLPack in, from capsules made here as its specification says, and out."""
import ctypes
import gc
import struct
import sys
import threading
import weakref

import gilkit
import pk_kernels
import pytest

CPU, CUDA, CUDA_HOST = 1, 2, 3
INT, UINT, FLOAT, BFLOAT, COMPLEX, BOOL = 0, 1, 2, 4, 5, 6
READ_ONLY, COPIED = 1, 2


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("device", ctypes.c_int32), ("device_id", ctypes.c_int32),
                ("ndim", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16),
                ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64)),
                ("byte_offset", ctypes.c_uint64)]


DELETER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Old(ctypes.Structure):
    _fields_ = [("tensor", Tensor), ("context", ctypes.c_void_p), ("deleter", DELETER)]


class New(ctypes.Structure):
    _fields_ = [("major", ctypes.c_uint32), ("minor", ctypes.c_uint32), ("context", ctypes.c_void_p), ("deleter", DELETER),
                ("flags", ctypes.c_uint64), ("tensor", Tensor)]


api = ctypes.pythonapi
new_capsule = api.PyCapsule_New
new_capsule.restype, new_capsule.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
pointer_in = api.PyCapsule_GetPointer
pointer_in.restype, pointer_in.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
name_of = api.PyCapsule_GetName
name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
rename = api.PyCapsule_SetName
rename.restype, rename.argtypes = ctypes.c_int, [ctypes.py_object, ctypes.c_char_p]


class Producer:
    """Doubles behind __dlpack__, with whatever is to be wrong about them. `deleted` counts the deleter's calls."""

    def __init__(self, numbers=(1.0, 2.0, 3.0), shape=None, strides=None, new=True, code=FLOAT, bits=64, lanes=1,
                 device=CPU, byte_offset=0, flags=0, version=(1, 0), ndim=None, name=None, data=True, deleter=True):
        self.memory = (ctypes.c_double * len(numbers))(*numbers)
        shape = (len(numbers),) if shape is None else shape
        self.shape = (ctypes.c_int64 * max(len(shape), 1))(*shape)
        self.strides = (ctypes.c_int64 * max(len(shape), 1))(*strides) if strides is not None else None
        self.deleted, self.asked = 0, []
        self.deleter = DELETER(self.delete)
        tensor = Tensor(ctypes.addressof(self.memory) if data else None, device, 0, len(shape) if ndim is None else ndim,
                        code, bits, lanes, ctypes.cast(self.shape, ctypes.POINTER(ctypes.c_int64)),
                        ctypes.cast(self.strides, ctypes.POINTER(ctypes.c_int64)) if self.strides else None, byte_offset)
        deleter = self.deleter if deleter else DELETER()
        self.new = new
        self.managed = New(*version, None, deleter, flags, tensor) if new else Old(tensor, None, deleter)
        self.name = name or (b"dltensor_versioned" if new else b"dltensor")

    def delete(self, _):
        self.deleted += 1

    def __dlpack__(self, **keywords):
        self.asked.append(keywords)
        return new_capsule(ctypes.addressof(self.managed), self.name, None)

    def __dlpack_device__(self):
        return (CPU, 0)


# ---- In


@pytest.mark.parametrize("new", [True, False])
def test_a_tensor_is_read_and_written_where_it_is(new):
    it = Producer(new=new)
    assert pk_kernels.dot([1, 1, 1], it) == 6 and pk_kernels.dot(x=[1, 1, 1], y=it) == 6
    pk_kernels.fill_float64(it, 7)
    assert list(it.memory) == [7, 7, 7]
    assert it.deleted == len(it.asked) == 3 and it.asked[0] == {"max_version": (1, 1)}


def test_who_does_not_know_versions_is_asked_without():
    class Older(Producer):
        def __dlpack__(self, stream=None):
            self.asked.append(stream)
            return new_capsule(ctypes.addressof(self.managed), self.name, None)

    it = Older(new=False)
    assert pk_kernels.first_float64(it) == 1 and it.asked == [None] and it.deleted == 1


def test_the_capsule_is_marked_as_taken_and_a_taken_one_is_refused():
    class Keeps(Producer):
        def __dlpack__(self, **keywords):
            if not hasattr(self, "capsule"):
                self.capsule = super().__dlpack__(**keywords)
            return self.capsule

    for new, used in ((True, b"used_dltensor_versioned"), (False, b"used_dltensor")):
        it = Keeps(new=new)
        assert pk_kernels.first_float64(it) == 1 and name_of(it.capsule) == used and it.deleted == 1
        with pytest.raises(TypeError, match=r"argument x: its __dlpack__ returned no DLPack capsule"):
            pk_kernels.first_float64(it)
        assert it.deleted == 1


def test_a_read_only_tensor_is_read_and_not_written():
    it = Producer(flags=READ_ONLY)
    assert pk_kernels.first_float64(it) == 1
    with pytest.raises(BufferError, match="argument x is read only and is written in place"):
        pk_kernels.fill_float64(it, 0)
    assert list(it.memory) == [1, 2, 3] and it.deleted == 2
    pk_kernels.fill_float64(Producer(flags=COPIED), 0)


@pytest.mark.parametrize("more, error, message", [
    ({"device": CUDA}, BufferError, "its memory is on another device .DLPack type 2.; copy it to the CPU first"),
    ({"bits": 16}, TypeError, "type code 2 with 16 bits"), ({"code": BFLOAT, "bits": 16}, TypeError, "type code 4"),
    ({"code": INT, "bits": 4}, TypeError, "type code 0 with 4 bits"), ({"lanes": 2}, TypeError, "its elements are"),
    ({"lanes": 0}, TypeError, "its elements are"), ({"code": 77}, TypeError, "type code 77"),
    ({"code": INT}, TypeError, "argument x holds int64, wanted float64"),
    ({"version": (2, 0)}, BufferError, "its DLPack version is 2.0; 1.x is taken"),
    ({"version": (0, 8)}, BufferError, "its DLPack version is 0.8"),
    ({"ndim": -1}, TypeError, "it has -1 dimensions"), ({"ndim": 1000}, TypeError, "it has 1000 dimensions"),
    ({"shape": (-1,)}, TypeError, "dimension 0 is -1 long"),
    ({"shape": (1 << 62, 4)}, TypeError, "do not fit memory"), ({"shape": (1 << 61,)}, TypeError, "do not fit memory"),
    ({"shape": (1 << 32, 1 << 32)}, TypeError, "do not fit memory"),
    ({"shape": (3,), "strides": (1 << 61,)}, (TypeError, ValueError), "strides"),
    ({"shape": (3,), "strides": (-(1 << 62),)}, (TypeError, ValueError), "strides"),
    ({"data": False}, (TypeError, BufferError), "its memory is at NULL"),
    ({"name": b"tensor"}, TypeError, "returned no DLPack capsule"),
])
def test_a_tensor_that_is_not_to_be_taken_is_refused_and_given_back(more, error, message):
    it = Producer(**more)
    with pytest.raises(error, match=r"first_float64\(\): argument x") as caught:
        pk_kernels.first_float64(it)
    assert caught.match(message)
    taken = "version" not in more and "name" not in more  # these stay the capsule's
    assert it.deleted == taken
    with pytest.raises(error):
        pk_kernels.first_float64(x=Producer(**more))


def test_memory_of_the_host_that_a_device_can_reach_is_taken():
    assert pk_kernels.first_float64(Producer(device=CUDA_HOST)) == 1


def test_a_tensor_without_a_deleter_is_taken_too():
    for new in (True, False):
        it = Producer(new=new, deleter=False)
        assert pk_kernels.first_float64(it) == 1 and it.deleted == 0


def test_strides_are_in_elements_and_may_be_left_out():
    numbers = [float(n) for n in range(6)]
    assert pk_kernels.copy_float64(Producer(numbers, (3,), (2,))).tolist() == [0, 2, 4]
    assert pk_kernels.copy_float64(Producer(numbers, (3,), (-1,), byte_offset=40)).tolist() == [5, 4, 3]
    assert pk_kernels.copy_float64(Producer(numbers, (4,), (0,), byte_offset=8)).tolist() == [1] * 4
    assert pk_kernels.copy_float64(Producer(numbers, (2,), byte_offset=32)).tolist() == [4, 5]
    assert pk_kernels.multiply(Producer(numbers, (2, 3)), [[1], [1], [1]]).tolist() == [[3], [12]]
    assert pk_kernels.multiply(Producer(numbers, (3, 2), (1, 3)), [[1], [10]]).tolist() == [[30], [41], [52]]
    with pytest.raises(BufferError, match="argument x is not in C order"):
        pk_kernels.fill_float64(Producer(numbers, (3,), (2,)), 0)


def test_dimensions_of_tensors_are_held_to_the_prototype():
    for shape, dimensions in (((), "0 dimensions"), ((1, 3), "2 dimensions")):
        it = Producer(shape=shape)
        with pytest.raises(ValueError, match=f"argument x has {dimensions}, wanted 1"):
            pk_kernels.first_float64(it)
        assert it.deleted == 1
    assert pk_kernels.copy_float64(Producer((), (0,), data=False)).tolist() == []
    assert pk_kernels.copy_float64(Producer((), (0,))).tolist() == []


def test_each_element_type_of_a_tensor_is_known():
    for code, bits, name in ((BOOL, 8, "bool"), (INT, 8, "int8"), (INT, 16, "int16"), (INT, 32, "int32"),
                             (INT, 64, "int64"), (UINT, 8, "uint8"), (UINT, 16, "uint16"), (UINT, 32, "uint32"),
                             (UINT, 64, "uint64"), (FLOAT, 32, "float32"), (COMPLEX, 64, "complex64"),
                             (COMPLEX, 128, "complex128")):
        it = Producer((0.0, 0.0), (1,), code=code, bits=bits)
        assert getattr(pk_kernels, "copy_" + name)(it).tolist() == [0]


def test_what_dlpack_raises_passes_through():
    class Own(Exception):
        pass

    class Raises:
        def __init__(self, error):
            self.error = error

        def __dlpack__(self, **keywords):
            raise self.error

    for error in (Own("mine"), BufferError("mine"), TypeError("mine"), KeyboardInterrupt("mine")):
        with pytest.raises(type(error), match="mine") as caught:
            pk_kernels.first_float64(Raises(error))
        assert caught.value is error

    class Returns:
        def __dlpack__(self, **keywords):
            return None

    with pytest.raises(TypeError, match="argument x: its __dlpack__ returned no DLPack capsule"):
        pk_kernels.first_float64(Returns())


def test_a_deleter_that_runs_code_does_not_lose_the_error():
    class Runs(Producer):
        def delete(self, _):
            super().delete(_)
            try:
                raise KeyError("inside")
            except KeyError:
                pass

    it = Runs(device=CUDA)
    with pytest.raises(BufferError, match="argument x: its memory is on another device"):
        pk_kernels.first_float64(it)
    assert it.deleted == 1


def test_a_tensor_is_kept_while_the_kernel_runs():
    it = Producer((0.0,) * 8, (64,), code=UINT, bits=8)
    thread = threading.Thread(target=pk_kernels.work_on, args=(it, 200))
    thread.start()
    while bytes(it.memory)[0] == 0:
        pass
    assert it.deleted == 0
    thread.join()
    assert it.deleted == 1 and bytes(it.memory) == b"\2" * 64


# ---- Out


def made(*numbers):
    return pk_kernels.scale([float(n) for n in numbers], 1.0)


def tensor_in(capsule):
    name = name_of(capsule)
    kind = New if name == b"dltensor_versioned" else Old
    return kind.from_address(pointer_in(capsule, name))


def test_an_array_is_a_tensor_of_either_form():
    a = made(1, 2, 3)
    assert a.__dlpack_device__() == (CPU, 0)
    for capsule in (a.__dlpack__(), a.__dlpack__(max_version=None), a.__dlpack__(max_version=(0, 8)),
                    a.__dlpack__(stream=None, dl_device=(CPU, 0), copy=False)):
        assert name_of(capsule) == b"dltensor"
    for version in ((1, 0), (1, 1), (2, 0), (99, 99)):
        capsule = a.__dlpack__(max_version=version)
        assert name_of(capsule) == b"dltensor_versioned"
        it = tensor_in(capsule)
        assert (it.major, it.minor, it.flags) == (1, 0, 0)
    t = tensor_in(capsule).tensor
    assert (t.device, t.device_id, t.ndim, t.code, t.bits, t.lanes, t.byte_offset) == (CPU, 0, 1, FLOAT, 64, 1, 0)
    assert t.shape[0] == 3 and t.strides[0] == 1
    assert (ctypes.c_double * 3).from_address(t.data)[:] == [1, 2, 3]
    t = tensor_in(part := a[::-2].__dlpack__()).tensor
    assert t.shape[0] == 2 and t.strides[0] == -2 and ctypes.c_double.from_address(t.data).value == 3 and part


@pytest.mark.parametrize("more, message", [
    ({"stream": 1}, "stream must be None"), ({"dl_device": (CUDA, 0)}, r"\(2, 0\) was asked for"),
    ({"dl_device": (CPU, 1)}, r"\(1, 1\) was asked for")])
def test_what_an_array_cannot_give_is_refused(more, message):
    with pytest.raises(BufferError, match=message):
        made(1).__dlpack__(**more)


@pytest.mark.parametrize("more", [{"max_version": 1}, {"max_version": "ab"}, {"max_version": (1,)}, {"dl_device": 1},
                                  {"nonsense": 1}, {"max_version": (1.5, 0)}])
def test_a_wrong_question_is_refused(more):
    with pytest.raises(TypeError):
        made(1).__dlpack__(**more)
    with pytest.raises(TypeError):
        made(1).__dlpack__(None)


def test_a_copy_is_another_memory_and_says_so():
    a = made(1, 2, 3, 4)
    capsule = a[::2].__dlpack__(max_version=(1, 0), copy=True)
    it = tensor_in(capsule)
    assert it.flags == COPIED and it.tensor.strides[0] == 1
    a[0] = 9
    assert (ctypes.c_double * 2).from_address(it.tensor.data)[:] == [1, 3]


def test_a_capsule_that_nobody_takes_lets_the_array_go():
    a = made(1)
    before = sys.getrefcount(a)
    capsules = [a.__dlpack__(), a.__dlpack__(max_version=(1, 0))]
    assert sys.getrefcount(a) > before or hasattr(sys, "_is_gil_enabled")
    del capsules
    gc.collect()
    assert sys.getrefcount(a) == before


@pytest.mark.parametrize("version", [None, (1, 0)])
def test_a_taken_capsule_keeps_the_array_until_its_deleter_is_called(version):
    a = made(1, 2, 3)
    capsule = a.__dlpack__(max_version=version)
    it = tensor_in(capsule)
    name = b"used_" + name_of(capsule)  # the capsule points to it
    rename(capsule, name)
    before = sys.getrefcount(a)
    del capsule
    gc.collect()
    assert sys.getrefcount(a) == before
    it.deleter(ctypes.addressof(it))
    assert sys.getrefcount(a) == before - 1


def test_a_capsule_goes_around_through_our_own_functions():
    class Again:
        def __init__(self, array):
            self.__dlpack__ = array.__dlpack__

        def __dlpack__(self, **keywords):  # on the class too, where it is looked for
            raise AssertionError

    a = made(1, 2, 3)
    before = sys.getrefcount(a)
    again = Again(a)
    assert pk_kernels.dot(again, again) == 14 and pk_kernels.dot(Again(a[::-1]), a) == 10
    pk_kernels.fill_float64(again, 5)
    del again
    gc.collect()
    assert sys.getrefcount(a) == before
    assert a.tolist() == [5, 5, 5]


def test_case_33_a_deleter_on_a_thread_that_python_does_not_know():
    free = ctypes.CDLL(None)
    a = made(1, 2, 3)
    capsule = a.__dlpack__(max_version=(1, 0))
    it = tensor_in(capsule)
    rename(capsule, b"used_dltensor_versioned")
    before = sys.getrefcount(a)
    deleter = ctypes.cast(it.deleter, ctypes.c_void_p).value
    thread = ctypes.c_ulong()
    free.pthread_create.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    free.pthread_join.argtypes = [ctypes.c_ulong, ctypes.c_void_p]
    assert free.pthread_create(ctypes.byref(thread), None, deleter, ctypes.addressof(it)) == 0
    assert free.pthread_join(thread, None) == 0
    assert sys.getrefcount(a) == before - 1
    assert a.tolist() == [1, 2, 3]


AFTERWARDS = """
import ctypes, sys, pk_kernels
class New(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint64), ("context", ctypes.c_void_p), ("deleter", ctypes.c_void_p)]
capsule = pk_kernels.scale([1.0, 2.0], 2.0).__dlpack__(max_version=(1, 0))
get = ctypes.pythonapi.PyCapsule_GetPointer
get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
address = get(capsule, b"dltensor_versioned")
ctypes.pythonapi.PyCapsule_SetName.argtypes = [ctypes.py_object, ctypes.c_char_p]
ctypes.pythonapi.PyCapsule_SetName(capsule, b"used_dltensor_versioned")
deleter = New.from_address(address).deleter
libc = ctypes.CDLL(None)
libc.__cxa_atexit.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
libc.__cxa_atexit(deleter, address, None)
print("to be deleted when Python is gone", flush=True)
{more}
"""


@pytest.mark.parametrize("more", ["", "del capsule, pk_kernels; sys.modules.clear()", "import gilkit; del sys.modules['gilkit']"])
def test_case_33_a_deleter_after_python_is_gone(script, more):
    assert script(AFTERWARDS.format(more=more)) == "to be deleted when Python is gone\n"


@pytest.mark.parametrize("make", ["global it; it = pk_kernels.scale([1.0], 2.0).__dlpack__()",
                                  "sys.it = memoryview(pk_kernels.scale([1.0], 2.0))",
                                  "sys.it = pk_kernels.scale([1.0], 2.0)[:1]"])
def test_case_33_arrays_and_capsules_that_are_left_when_python_ends(script, make):
    assert script(f"import sys, pk_kernels\ndef f():\n    {make}\nf()\nprint('end')\n") == "end\n"


# ---- With NumPy


def test_numpy_takes_an_array_without_a_copy(np):
    a = made(1, 2, 3)
    taken = np.from_dlpack(a)
    assert taken.tolist() == [1, 2, 3] and taken.dtype == np.float64
    a[0] = 9
    assert taken[0] == 9 and np.from_dlpack(a[::-1]).tolist() == [3, 2, 9]
    before = sys.getrefcount(a)
    del taken
    gc.collect()
    assert sys.getrefcount(a) <= before
    for name in ("bool", "int8", "int64", "uint16", "float32", "complex64", "complex128"):
        values = getattr(pk_kernels, "copy_" + name)([0, 1])
        if name == "bool" and np.__version__ < "1.25":
            continue
        assert np.from_dlpack(values).dtype == np.dtype(name)
    if np.__version__ >= "2.1":
        copied = np.from_dlpack(a, copy=True)
        a[1] = 8
        assert copied.tolist() == [9, 2, 3]


def test_arrays_of_numpy_behind_dlpack_alone_are_taken(np):
    class Only:
        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **keywords):
            return self.array.__dlpack__(**keywords)

        def __dlpack_device__(self):
            return self.array.__dlpack_device__()

    values = np.arange(6.0)
    before = sys.getrefcount(values)
    assert pk_kernels.dot(Only(values), Only(values)) == 55 and pk_kernels.dot(Only(values[::2]), [1, 1, 1]) == 6
    pk_kernels.fill_float64(Only(values), 4)
    gc.collect()
    assert sys.getrefcount(values) == before
    assert values.tolist() == [4] * 6
    values.flags.writeable = False
    if np.__version__ >= "2.1":
        assert pk_kernels.first_float64(Only(values)) == 4
        with pytest.raises(BufferError, match="argument x is read only"):
            pk_kernels.fill_float64(Only(values), 0)
