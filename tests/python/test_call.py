# SPDX-License-Identifier: MIT
"""gilkit call: plain C libraries of the system, compared with what Python says of the same."""
import cmath
import json
import math
import os
import random
import sqlite3
import zlib

import numpy as np
import pytest


@pytest.mark.parametrize("prototype, args, printed", [
    ("double cos(double x)", ["0.5"], repr(math.cos(0.5))),
    ("double cos(double)", ["0.5"], repr(math.cos(0.5))),
    ("extern double atan2(double y, double x);", ["x=-1", "y=1"], repr(math.atan2(1, -1))),
    ("double frexp(double x, GIL_OUT int *exponent)", ["48"], "0.75\n6"),
    ("double modf(double x, GIL_OUT double *whole)", ["-2.5"], "-0.5\n-2.0"),
    ("void sincos(double x, GIL_OUT double *s, GIL_OUT double *c)", ["1"], f"{math.sin(1)!r}\n{math.cos(1)!r}"),
    ("double ldexp(double x, int exponent)", ["0.75", "6"], "48.0"),
    ("float fmaf(float x, float y, float z)", ["2", "3", "4"], "10.0"),
    ("float sqrtf(float x)", ["2"], repr(float(np.sqrt(np.float32(2))))),
    ("long double sqrtl(long double x)", ["2"], repr(math.sqrt(2))),
    ("long double powl(long double x, long double y)", ["2", "0.5"], repr(math.sqrt(2))),
    ("double cabs(double complex z)", ['{"real": 3, "imag": 4}'], "5.0"),
    ("float cabsf(float _Complex z)", ['{"real": 3, "imag": 4}'], "5.0"),
    ("double complex csqrt(double complex z)", ["-4"], "(0.0+2.0j)"),
    ("float complex csqrtf(float complex z)", ["-4"], "(0.0+2.0j)"),
    ("long double complex csqrtl(long double complex z)", ["-4"], "(0.0+2.0j)"),
    ("long lround(double x)", ["-2.5"], "-3"),
    ("long long llround(double x)", ["2.5"], "3"),
    ("int ilogb(double x)", ["1024"], "10"),
    ("double fmod(double x, double y)", ["7.5", "2"], "1.5"),
    ("double nan(const char *tag)", ['""'], "NaN"),
])
def test_functions_of_libm_of_every_shape_are_called(gilkit, prototype, args, printed):
    assert gilkit.text("call", "libm", prototype, *args) == printed


@pytest.mark.parametrize("name", ["m", "libm", "libm.so.6"])
def test_a_library_has_several_names(gilkit, name):
    assert gilkit.text("call", name, "double sqrt(double x)", "9") == "3.0"


def test_a_library_may_be_a_path(gilkit, installation, module):
    path = module("plain", "int add(int a, int b) { return a + b; }")
    assert gilkit.text("call", path, "int add(int a, int b)", "1", "2") == "3"
    assert gilkit.text("call", "./plain.so", "int add(int a, int b)", "1", "2", cwd=path.parent) == "3"


def test_many_arguments_pass_through_the_stack(gilkit, module):
    path = module("many", """
        double mix(int8_t a, double b, uint16_t c, float d, int64_t e, double f, uint8_t g, float h, int i, double j,
                   long k, double l, short m, double n, int64_t o, double p, float q, int32_t r)
        { return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h + 9*i + 10*j + 11*k + 12*l + 13*m + 14*n + 15*o + 16*p
               + 17*q + 18*r; }""")
    prototype = ("double mix(int8_t a, double b, uint16_t c, float d, int64_t e, double f, uint8_t g, float h, int i,"
                 " double j, long k, double l, short m, double n, int64_t o, double p, float q, int32_t r)")
    numbers = [-3, 0.5, 40000, 1.5, -2**40, 2.25, 200, 0.125, -7, 1.0, 2**35, 3.5, -300, 4.0, 9, 5.5, 6.75, -8]
    assert float(gilkit.text("call", path, prototype, *map(str, numbers))) == sum(
        factor * number for factor, number in enumerate(numbers, 1))


@pytest.mark.parametrize("function", ["crc32", "adler32"])
@pytest.mark.parametrize("size", [0, 1, 4096, 3_000_001])
def test_a_checksum_of_a_file_is_what_python_says(gilkit, tmp_path, function, size):
    data = random.Random(size).randbytes(size)
    (tmp_path / "data").write_bytes(data)
    start = 1 if function == "adler32" else 0
    prototype = f"unsigned long {function}(unsigned long start, const unsigned char data[n], unsigned n)"
    said = gilkit.text("call", "libz", prototype, str(start), f"@{tmp_path}/data")
    assert int(said) == getattr(zlib, function)(data)


def test_zlib_compresses_into_a_result(gilkit, tmp_path):
    data = b"again and again " * 1000
    (tmp_path / "data").write_bytes(data)
    prototype = ("int uncompress(GIL_OUT unsigned char out[room], unsigned long room[1], "
                 "const unsigned char data[n], unsigned long n)")
    (tmp_path / "packed").write_bytes(zlib.compress(data))
    said = gilkit.refusal(3, "call", "libz", prototype, "[20000]", f"@{tmp_path}/packed")
    assert "room is not an integer, so it cannot be a size" in said
    prototype = prototype.replace("out[room]", "out[20000]")
    gilkit.text("call", "libz", prototype, "[20000]", f"@{tmp_path}/packed",
                *("--out", tmp_path / "code.npy", "--out", tmp_path / "out.npy", "--out", tmp_path / "room.npy"))
    assert np.load(tmp_path / "code.npy") == 0
    [size] = np.load(tmp_path / "room.npy")
    assert np.load(tmp_path / "out.npy")[:size].tobytes() == data


def test_the_version_of_sqlite_is_what_python_says(gilkit):
    prototype = "const char *sqlite3_libversion(void)"
    assert gilkit.json("call", "sqlite3", prototype)["result"] == sqlite3.sqlite_version
    assert gilkit.text("call", "libsqlite3.so.0", prototype) == json.dumps(sqlite3.sqlite_version)


def test_text_goes_in(gilkit):
    assert gilkit.text("call", "libc.so.6", "size_t strlen(const char *text)", '"gr\u00fc\u00df"') == "6"
    assert gilkit.text("call", "libc.so.6", "long atol(const char *text)", '"-42"') == "-42"


def test_a_null_text_is_nothing(gilkit):
    assert gilkit.json("call", "libc.so.6", "const char *getenv(const char *name)", '"ABSENT_"')["result"] is None


def test_arrays_are_read_written_and_returned(gilkit, module):
    path = module("plain", """
        void prefix(int n, const int64_t x[n], int64_t sums[n + 1])
        { sums[0] = 0; for (int i = 0; i < n; i++) sums[i + 1] = sums[i] + x[i]; }""")
    prototype = "void prefix(int n, const int64_t x[n], GIL_OUT int64_t sums[n + 1])"
    assert gilkit.text("call", path, prototype, "[1, 2, 3]") == "[0, 1, 3, 6]"
    assert gilkit.text("call", path, prototype, "[]") == "[0]"
    inplace = prototype.replace("GIL_OUT ", "")
    assert gilkit.text("call", path, inplace, "[1, 2]", "[9, 9, 9]") == "sums = [0, 1, 3]"
    assert "sums" in gilkit.refusal(1, "call", path, inplace, "[1, 2]", "[9, 9]")


def test_complex_numbers_agree_with_python(gilkit):
    z = complex(0.3, -1.7)
    word = json.dumps({"real": z.real, "imag": z.imag})
    answer = gilkit.json("call", "libm", "double complex cexp(double complex z)", word)["result"]
    assert cmath.isclose(complex(answer["real"], answer["imag"]), cmath.exp(z), rel_tol=1e-15)


def test_a_call_runs_from_many_threads(gilkit):
    answer = gilkit.json("call", "libm", "double cos(double x)", "0.5", "--threads=4", "--repeat=100")
    assert [thread["result"] for thread in answer["threads"]] == [math.cos(0.5)] * 4


# ---- Prototypes that cannot be


@pytest.mark.parametrize("prototype, column, words", [
    ("", 1, ["the end"]),
    ("double", 7, ["name is missing"]),
    ("double cos", 11, ["( is missing"]),
    ("double cos(double x", 20, [") is missing"]),
    ("double cos(double x))", 21, [") stands after the prototype"]),
    ("duoble cos(double x)", 1, ["unknown type duoble", "double, int32_t"]),
    ("double cos(duoble x)", 12, ["unknown type duoble"]),
    ("double cos(double *x)", 12, ["GIL_OUT", "x[n]"]),
    ("double cos(double x[])", 20, ["[] says no size", "x[n]"]),
    ("double cos(double x[*])", 21, ["[*] says no size"]),
    ("double cos(const double x[n])", 27, ["n is no parameter", "size_t n"]),
    ("double cos(double n, const double x[n])", 37, ["n is not an integer"]),
    ("double cos(double x, int x)", 26, ["second parameter x"]),
    ("double *cos(double x)", 1, ["returned pointer", "GIL_OUT"]),
    ("double cos(double **x)", 12, ["pointers to pointers"]),
    ("double cos(void *x)", 12, ["void * cannot be passed"]),
    ("double cos(char *x)", 12, ["char x[n]", "const char *"]),
    ("int printf(const char *format, ...)", 32, ["variable number"]),
    ("void qsort(int (*compare)(int a))", 16, ["functions cannot be passed"]),
    ("double cos(unsigned double x)", 12, ["no C type together"]),
    ("double cos(struct point x)", 12, ["unknown type struct"]),
    ("double cos(double x) /* more", 22, ["comment does not end"]),
    ("double cos(double x@)", 20, ["@"]),
    ("double cos(GIL_OUT double x)", 20, ["GIL_OUT T *x"]),
    ("double cos(GIL_OUT const double *x)", 26, ["cannot be const"]),
    ("double cos(gil_obj x)", 1, ["gil_env *env"]),
    ("double cos(int n, const double x[n / 2])", 36, ["+ - *"]),
])
def test_a_prototype_that_cannot_be_is_shown_with_its_column_and_the_mend(gilkit, prototype, column, words):
    said = gilkit.refusal(3, "call", "libm", prototype, "0")
    for word in words:
        assert word in said
    first, text, mark = said.rsplit("\n", 2)
    assert text == f"  {prototype}" and mark.strip() == "^"
    assert (f"column {column}:" in first, mark.index("^")) == (True, column + 1), said


@pytest.mark.parametrize("prototype", [
    pytest.param("double f(" + "double a, " * 1000 + "double b)", id="parameters"),
    pytest.param("x" * 100000, id="name"),
    pytest.param("(" * 5000, id="open"),
    pytest.param("double f(int n, const double x[" + "(" * 2000 + "n" + ")" * 2000 + "])", id="parentheses"),
])
def test_a_prototype_without_measure_is_refused(gilkit, prototype):
    assert "column" in gilkit.refusal(3, "call", "libm", prototype, "0")


def test_env_and_task_are_for_modules(gilkit):
    for parameter in ("gil_env *env", "gil_task *task"):
        assert "are for modules" in gilkit.refusal(3, "call", "libm", f"double cos({parameter}, double x)", "0")


def test_a_symbol_that_a_library_lacks_is_refused_with_what_lists_them(gilkit):
    said = gilkit.refusal(3, "call", "libm", "double cosinus(double x)", "0")
    assert "has no function cosinus" in said and "nm -D" in said


@pytest.mark.parametrize("name", ["absent", "libabsent", "libabsent.so.1", "", "*", "lib*", "?", "[m]",
                                  pytest.param("a" * 5000, id="long")])
def test_a_library_that_is_not_there_is_refused_with_what_to_write(gilkit, name):
    said = gilkit.refusal(3, "call", name, "double cos(double x)", "0")
    assert "no library" in said and "slash" in said and "libm.so.6" in said


def test_a_path_that_is_not_there_is_refused(gilkit):
    assert "No such file" in gilkit.refusal(3, "call", "./libabsent.so", "double cos(double x)", "0")


def test_a_linker_script_is_never_taken_for_a_library(gilkit):
    script = next((f"/usr/lib/{m}-linux-gnu/libm.so" for m in [os.uname().machine]), "")
    if not os.path.exists(script) or b"GROUP" not in open_start(script):
        pytest.skip("libm.so is no linker script here")
    assert "no shared library" in gilkit.refusal(3, "call", script, "double cos(double x)", "0")
    assert gilkit.text("call", "libm", "double cos(double x)", "0") == "1.0"


def open_start(path):
    with open(path, "rb") as file:
        return file.read(200)


@pytest.mark.parametrize("prototype, args, words", [
    ("double cos(double x)", [], ["takes 1 argument (x), got 0"]),
    ("double cos(double x)", ['"a"'], ["argument x is str, wanted a float"]),
    ("int abs(int x)", ["2147483648"], ["OverflowError", "int 2147483648"]),
    ("int abs(int x)", ["NaN"], ["TypeError"]),
    ("double ldexp(double x, int e)", ["1", "1.5"], ["argument e is float", "an int"]),
])
def test_a_wrong_argument_is_refused(gilkit, prototype, args, words):
    said = gilkit.refusal(1, "call", "libm", prototype, *args)
    for word in words:
        assert word in said
