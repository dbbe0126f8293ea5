# SPDX-License-Identifier: MIT
"""Plain libraries, which nobody wrote for gilkit, by the prototypes of their functions."""
import array
import gc
import inspect
import math
import pydoc
import sys
import threading
import time
import weakref
import zlib
from pathlib import Path

import gilkit
import pytest

libm = gilkit.library("libm.so.6")


def open_or_skip(name):
    try:
        return gilkit.library(name)
    except ImportError:
        pytest.skip(f"no {name} here")


@pytest.fixture(scope="module")
def libz():
    return open_or_skip("libz.so.1")


@pytest.fixture(scope="module")
def libc():
    return gilkit.library("libc.so.6")


# ---- Opened


def test_a_library_says_where_it_is():
    assert Path(libm.path).is_file() and Path(libm.path).name.startswith("libm")
    assert repr(libm) == f"<gilkit library '{libm.path}'>" and isinstance(libm, gilkit.Library)
    assert gilkit.library(libm.path).bind("double cos(double x)")(0.0) == 1.0
    assert gilkit.library(Path(libm.path)).path == libm.path
    with pytest.raises(AttributeError):
        libm.path = "x"
    with pytest.raises(TypeError, match="cannot create"):
        gilkit.Library()


@pytest.mark.parametrize("name", ["libnothing-of-that-name.so.7", "/no/such/folder/lib.so"])
def test_a_library_that_is_not_there_is_named(name):
    with pytest.raises((ImportError, FileNotFoundError), match=name.rpartition("/")[2].split(".")[0]):
        gilkit.library(name)


def test_a_file_that_is_no_library_is_refused(tmp_path):
    file = tmp_path / "text.so"
    file.write_text("not a library")
    with pytest.raises(ImportError, match="text.so"):
        gilkit.library(file)
    with pytest.raises((ImportError, OSError), match=tmp_path.name):
        gilkit.library(tmp_path)
    file.write_bytes(Path(libm.path).read_bytes()[:5000])
    with pytest.raises(ImportError, match="text.so"):
        gilkit.library(file)


@pytest.mark.parametrize("name", [b"libm.so.6", 1, None, ["libm.so.6"], bytearray(b"libm.so.6")])
def test_a_name_is_text_or_a_path(name):
    with pytest.raises(TypeError):
        gilkit.library(name)


def test_a_name_with_a_nul_is_not_cut():
    for name in ("libm.so.6\0x", "\0"):
        with pytest.raises((ValueError, ImportError)):
            gilkit.library(name)
    with pytest.raises((UnicodeError, ImportError)):
        gilkit.library("lib\ud800.so")


# ---- Bound


def test_bind_documents_itself():
    assert str(inspect.signature(libm.bind)) == "(prototype, gil='release')"
    assert "under a C prototype" in pydoc.render_doc(libm.bind, renderer=pydoc.plaintext)


@pytest.mark.parametrize("prototype, arguments, result", [
    ("double cos(double x)", (0.0,), 1.0), ("double pow(double x, double y)", (2, 10), 1024.0),
    ("float sqrtf(float x)", (9,), 3.0), ("double fma(double x, double y, double z)", (2, 3, 4), 10.0),
    ("double ldexp(double x, int exponent)", (1.5, 4), 24.0), ("long lround(double x)", (2.5,), 3),
    ("long long int llrint(double x)", (-3.0,), -3), ("int ilogb(double x)", (8.0,), 3),
    ("double frexp(double x, GIL_OUT int *exponent)", (8.0,), (0.5, 4)),
    ("double modf(double x, GIL_OUT double *whole)", (2.25,), (0.25, 2.0)),
    ("long double sqrtl(long double x)", (16,), 4.0), ("double cabs(double _Complex z)", (3 + 4j,), 5.0),
])
def test_functions_of_the_mathematics_library(prototype, arguments, result):
    for gil in ("release", "hold", "auto"):
        f = libm.bind(prototype, gil=gil)
        assert f(*arguments) == result and type(f(*arguments)) is type(result) and f.gil == gil
        names = list(inspect.signature(f).parameters)
        assert f(**dict(zip(names, arguments))) == result and len(names) == len(arguments)


def test_a_bound_function_is_as_exact_as_pythons():
    cos, exp = libm.bind("double cos(double x)"), libm.bind("double exp(double x)")
    for i in range(-50, 50):
        assert cos(i / 7) == math.cos(i / 7) and exp(i / 3) == math.exp(i / 3)
    assert math.isnan(cos(math.nan)) and math.isnan(cos(math.inf)) and exp(-math.inf) == 0


@pytest.mark.parametrize("prototype, message", [
    ("double cos(double x", "column"), ("double cos(dubble x)", "column 12"), ("", "column"), ("cos", "column"),
    ("double cos(double x) trailing", "column"), ("double cos(double x[m])", "column"),
    ("double cos(double x, double x)", "column"), ("struct point cos(double x)", "column"),
    ("double cos(double x, ...)", "column"), ("void *malloc(size_t n)", "column"),
    ("void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))", "column"),
])
def test_a_wrong_prototype_says_where(prototype, message):
    with pytest.raises(ValueError, match=message):
        libm.bind(prototype)


def test_a_function_that_is_not_there_is_named():
    with pytest.raises((AttributeError, ImportError), match="no_such_function"):
        libm.bind("double no_such_function(double x)")


@pytest.mark.parametrize("arguments, keywords, error, message", [
    ((), {}, TypeError, "prototype|argument"), ((b"double cos(double x)",), {}, TypeError, "str"), ((1,), {}, TypeError, "str"),
    (("double cos(double x)", "never"), {}, ValueError, "gil is 'never', wanted 'release', 'hold' or 'auto'"),
    (("double cos(double x)",), {"gil": ""}, ValueError, "wanted 'release'"),
    (("double cos(double x)",), {"gil": None}, TypeError, "str"), (("double cos(double x)", "hold", 1), {}, TypeError, ""),
    (("double cos(double x)",), {"policy": "hold"}, TypeError, "policy"),
    (("double cos(double x)\0 or so",), {}, ValueError, "null"), (("double cos(double \ud800)",), {}, UnicodeError, ""),
])
def test_a_wrong_bind_is_refused(arguments, keywords, error, message):
    with pytest.raises(error) as caught:
        libm.bind(*arguments, **keywords)
    assert caught.match(message) if message else True


def test_a_function_that_takes_an_env_is_no_plain_one():
    with pytest.raises(ValueError, match="gil_env"):
        libm.bind("double cos(gil_env *env, double x)")


def test_errors_of_calls_name_the_function_and_the_argument():
    cos = libm.bind("double cos(double x)")
    for call, message in ((lambda: cos(), r"cos\(\): takes 1 argument \(x\), got 0"),
                          (lambda: cos("1"), r"cos\(\): argument x is str, wanted a float"),
                          (lambda: cos(y=1), r"cos\(\): no argument is named y; it takes x")):
        with pytest.raises(TypeError, match=message):
            call()


def test_a_function_lives_without_the_name_of_its_library():
    f = gilkit.library("libm.so.6").bind("double sin(double x)")
    gc.collect()
    assert f(0.0) == 0.0
    reference = weakref.ref(f)
    del f
    gc.collect()
    assert reference() is None


# ---- Text, bytes and arrays


def test_text_goes_in_and_out(libc):
    assert libc.bind("size_t strlen(const char *text)")("gr\u00fcn") == 5
    assert libc.bind("int atoi(const char *text)")(" -42") == -42
    assert libc.bind("const char *getenv(const char *name)")("NO_SUCH_VARIABLE") is None
    assert libc.bind("const char *strerror(int number)")(2) == "No such file or directory"
    with pytest.raises(ValueError, match="NUL at byte 1"):
        libc.bind("size_t strlen(const char *text)")("a\0b")


def test_sqlite_says_its_version():
    text = open_or_skip("libsqlite3.so.0").bind("const char *sqlite3_libversion(void)")()
    assert text.count(".") == 2 and text.startswith("3.")


def test_a_checksum_is_the_one_of_pythons_zlib(libz):
    crc32 = libz.bind("unsigned long crc32(unsigned long crc, const unsigned char data[n], unsigned int n)")
    data = bytes(range(256)) * 1000
    for memory in (data, bytearray(data), memoryview(data), array.array("B", data)):
        assert crc32(0, memory) == crc32(crc=0, data=memory) == zlib.crc32(data)
    assert crc32(zlib.crc32(b"a"), b"b") == zlib.crc32(b"ab") and crc32(0, b"") == 0
    assert crc32(0, memoryview(data)[::2]) == zlib.crc32(data[::2])
    with pytest.raises(TypeError, match="argument data holds float64, wanted uint8"):
        crc32(0, array.array("d", [1]))
    with pytest.raises(OverflowError, match="argument crc"):
        crc32(-1, b"")


def test_what_is_compressed_comes_back(libz):
    bound = libz.bind("unsigned long compressBound(unsigned long n)")
    data = b"gilkit " * 5000
    compress = libz.bind(f"int compress2(unsigned char packed[{bound(len(data))}], unsigned long size[1], "
                         f"const unsigned char data[n], unsigned long n, int level)")
    expand = libz.bind(f"int uncompress(unsigned char data[{len(data)}], unsigned long size[1], "
                       f"const unsigned char packed[n], unsigned long n)")
    packed, size = bytearray(bound(len(data))), array.array("L", [bound(len(data))])
    assert compress(packed, size, data, 9) == 0 and 0 < size[0] < 1000
    assert zlib.decompress(packed[:size[0]]) == data
    back, length = bytearray(len(data)), array.array("L", [len(data)])
    assert expand(back, length, packed[:size[0]]) == 0 and length[0] == len(data) and back == data
    with pytest.raises(BufferError, match=r"compress2\(\): argument packed is read only"):
        compress(bytes(packed), size, data, 9)
    with pytest.raises(ValueError, match="argument size"):
        compress(packed, array.array("L", [1, 2]), data, 9)


def test_sums_over_numpy_arrays(np, libz):
    adler32 = libz.bind("unsigned long adler32(unsigned long start, const unsigned char data[n], unsigned int n)")
    data = np.arange(10000).astype("u1")
    assert adler32(1, data) == zlib.adler32(data.tobytes())
    assert adler32(1, data[::3]) == zlib.adler32(data[::3].tobytes())


# ---- Beside everything else


def seconds_of(call, times):
    threads = [threading.Thread(target=call) for _ in range(times)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


@pytest.mark.parametrize("gil", ["release", "auto"])
def test_sleepers_sleep_side_by_side(libc, gil):
    sleep = libc.bind("int usleep(unsigned int us)", gil=gil)
    assert seconds_of(lambda: sleep(300000), 1) >= 0.3
    assert seconds_of(lambda: sleep(300000), 4) < 0.9


def test_python_goes_on_while_a_released_function_runs(libc):
    sleep = libc.bind("int usleep(unsigned int us)")
    thread = threading.Thread(target=sleep, args=(300000,))
    thread.start()
    steps = 0
    while thread.is_alive():
        steps += 1
        time.sleep(0.001)
    assert steps > 20


@pytest.mark.skipif(hasattr(sys, "_is_gil_enabled") and not sys._is_gil_enabled(), reason="there is no GIL to hold")
def test_a_function_that_holds_the_gil_stops_the_others(libc):
    sleep = libc.bind("int usleep(unsigned int us)", gil="hold")
    assert seconds_of(lambda: sleep(100000), 3) >= 0.3


def test_many_threads_bind_and_call():
    wrong = []

    def work():
        for i in range(100):
            if gilkit.library("libm.so.6").bind("double floor(double x)")(i + 0.5) != i:
                wrong.append(i)

    seconds_of(work, 4)
    assert not wrong
