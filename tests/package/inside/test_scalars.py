# SPDX-License-Identifier: MIT
"""Numbers and text as arguments and results: exact, or refused; the same by position and by name."""
import array
import decimal
import fractions
import gc
import math
import struct
import warnings

import gilkit
import pk_kernels
import pk_calls
import pytest

INTS = {"int8": (-2**7, 2**7 - 1), "int16": (-2**15, 2**15 - 1), "int32": (-2**31, 2**31 - 1),
        "int64": (-2**63, 2**63 - 1), "uint8": (0, 2**8 - 1), "uint16": (0, 2**16 - 1), "uint32": (0, 2**32 - 1),
        "uint64": (0, 2**64 - 1)}
FLOATS = ("float32", "float64", "longdouble")
COMPLEX = ("complex64", "complex128")
ALL = (*INTS, *FLOATS, *COMPLEX, "bool")


class Int(int):
    pass


class Float(float):
    pass


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


class Real:
    def __init__(self, value):
        self.value = value

    def __float__(self):
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


class Complex:
    def __init__(self, value):
        self.value = value

    def __complex__(self):
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def bits(value):
    """What tells two results apart, NaN and signs of zeros among them."""
    if isinstance(value, float):
        return float, "nan" if math.isnan(value) else struct.pack("d", value)
    if isinstance(value, complex):
        return complex, bits(value.real), bits(value.imag)
    return type(value), value


def outcome(call):
    try:
        return bits(call())
    except Exception as error:  # noqa: BLE001
        return type(error), str(error)


def give(kind, value):
    """The result, which is the same on the quick way and on the general one, to which a keyword leads."""
    function = getattr(pk_kernels, "echo_" + kind)
    by_position, by_name = outcome(lambda: function(value)), outcome(lambda: function(value=value))
    assert by_position == by_name
    return function(value)


def refused(kind, value, error, message):
    function = getattr(pk_kernels, "echo_" + kind)
    assert outcome(lambda: function(value)) == outcome(lambda: function(value=value))
    with pytest.raises(error, match=message) as caught:
        function(value)
    assert f"echo_{kind}(): argument value " in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return caught.value


# ---- Integers


@pytest.mark.parametrize("kind", INTS)
def test_an_int_is_exact_to_its_bounds_and_refused_beyond(kind):
    low, high = INTS[kind]
    for value in {low, low + 1, 0, 1, high - 1, high, high // 2, low // 2}:
        for given in (value, Int(value), Index(value)):
            assert give(kind, given) == value and type(give(kind, given)) is int
    for value in (low - 1, high + 1, low * 2 - 5, high * 2, 2**64, 2**64 + 1, -2**63 - 1, 10**30, -10**30, 2**200):
        if not low <= value <= high:
            for given in (value, Int(value), Index(value)):
                refused(kind, given, OverflowError, "wanted an int")


@pytest.mark.parametrize("kind", INTS)
def test_a_number_that_is_out_of_range_says_the_bounds_of_small_types(kind):
    low, high = INTS[kind]
    error = refused(kind, high + 1, OverflowError, "wanted an int")
    if high < 2**32:
        assert f"is int {high + 1}, wanted an int from {low} to {high}" in str(error)


@pytest.mark.parametrize("kind", INTS)
def test_a_bool_is_an_int_and_a_float_is_none(kind):
    assert give(kind, True) == 1 and give(kind, False) == 0 and type(give(kind, True)) is int
    for value in (1.0, 1.5, math.nan, math.inf, -math.inf, Float(1), 1j, decimal.Decimal(1), fractions.Fraction(1),
                  Real(1.0)):
        refused(kind, value, TypeError, f"is .*, wanted an int")


@pytest.mark.parametrize("kind", ALL)
def test_what_is_no_number_is_refused(kind):
    for value in ("1", b"1", bytearray(b"1"), None, [1], (1,), {}, object(), int, ...):
        refused(kind, value, TypeError, "wanted a")


@pytest.mark.parametrize("kind", INTS)
def test_what_index_raises_passes_through(kind):
    for raised in (ValueError("mine"), TypeError("mine"), OverflowError("mine"), KeyError("mine"), OSError("mine")):
        for call in (lambda: getattr(pk_kernels, "echo_" + kind)(Index(raised)),
                     lambda: getattr(pk_kernels, "echo_" + kind)(value=Index(raised))):
            with pytest.raises(type(raised), match="mine") as caught:
                call()
            assert caught.value is raised


@pytest.mark.parametrize("kind", INTS)
def test_an_index_that_is_no_int_is_refused(kind):
    for value in (1.0, "1", None):
        refused(kind, Index(value), TypeError, "is Index, wanted an int")


def test_ints_of_many_values_are_the_same_both_ways():
    values = sorted({sign * (2**shift + more) for shift in range(0, 70) for more in (-2, -1, 0, 1, 2) for sign in (1, -1)})
    for kind, (low, high) in INTS.items():
        for value in values:
            if low <= value <= high:
                assert give(kind, value) == value
            else:
                refused(kind, value, OverflowError, "wanted an int")


# ---- Floats


SPECIAL = (0.0, -0.0, 1.5, math.pi, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, math.inf, -math.inf,
           math.nan, 1e-45, 1.1754943508222875e-38, 3.4028234663852886e38)


@pytest.mark.parametrize("kind", ("float64", "longdouble"))
def test_a_float_of_64_bits_is_what_it_was(kind):
    for value in (*SPECIAL, *(-v for v in SPECIAL)):
        for given in (value, Float(value), Real(value)):
            assert bits(give(kind, given)) == bits(value)


def test_a_float_of_32_bits_is_the_nearest_one_or_refused():
    for value in (*SPECIAL, *(-v for v in SPECIAL)):
        if math.isfinite(value) and abs(value) > 3.4028235677973366e38:
            for given in (value, Float(value), Real(value)):
                refused("float32", given, OverflowError, "wanted a float that fits 32 bits")
        else:
            nearest = struct.unpack("f", struct.pack("f", value))[0]
            for given in (value, Float(value), Real(value)):
                assert bits(give("float32", given)) == bits(nearest)
    for value in (3.4028235677973366e38, -3.4028235677973366e38, 1e39, 10**39):
        refused("float32", value, OverflowError, "wanted a float that fits 32 bits")
    assert give("float32", 3.4028235677973362e38) == 3.4028234663852886e38


@pytest.mark.parametrize("kind", FLOATS)
def test_an_int_is_a_float_as_python_rounds_it(kind):
    for value in (0, 1, -1, 2**24, 2**24 + 1, 2**53, 2**53 + 1, -2**53 - 1, 2**63, 2**64 + 1, 10**22):
        wanted = struct.unpack("f", struct.pack("f", float(value)))[0] if kind == "float32" else float(value)
        for given in (value, Int(value), Index(value)):
            assert bits(give(kind, given)) == bits(wanted)
    assert give(kind, True) == 1.0 and type(give(kind, False)) is float
    for value in (10**400, -10**400):
        refused(kind, value, OverflowError, "wanted a float")


@pytest.mark.parametrize("kind", FLOATS)
def test_numbers_of_the_standard_library_are_floats(kind):
    assert give(kind, decimal.Decimal("0.5")) == 0.5 and give(kind, fractions.Fraction(1, 4)) == 0.25
    refused(kind, 1j, TypeError, "is complex, wanted a float")


@pytest.mark.parametrize("kind", FLOATS)
def test_what_float_raises_passes_through(kind):
    for raised in (ValueError("mine"), TypeError("mine"), OverflowError("mine"), ZeroDivisionError("mine")):
        with pytest.raises(type(raised), match="mine") as caught:
            getattr(pk_kernels, "echo_" + kind)(Real(raised))
        assert caught.value is raised
    refused(kind, Real("1"), TypeError, "is Real, wanted a float")
    refused(kind, Real(None), TypeError, "is Real, wanted a float")


libm = gilkit.library("libm.so.6")
SAME = {  # functions of a float, which they return
    "one": libm.bind("double fabs(double x)", gil="release"),
    "one, held": libm.bind("double fabs(double x)", gil="hold"),
    "one, of a module": pk_kernels.echo_float64,
    "32 bits": pk_kernels.echo_float32,
    "two": lambda x, f=pk_kernels.add: f(x, 0.0),
    "two, held": lambda x, f=pk_kernels.add_held: f(x, 0.0),
    "two of a library": lambda x, f=libm.bind("double fdim(double x, double y)", gil="release"): f(x, 0.0),
    "two of a library, held": lambda x, f=libm.bind("double fdim(double x, double y)", gil="hold"): f(x, 0.0),
    "memory": lambda x: pk_kernels.dot(array.array("d", [x]), array.array("d", [1.0])),
    "arrays": lambda x, own=pk_kernels.copy_float64: pk_kernels.dot(own([x]), own([1.0])),
}


@pytest.mark.parametrize("how", SAME)
def test_a_float_that_somebody_has_does_not_change(how):
    same = SAME[how]
    results = [same(float(n)) for n in range(100)]
    assert results == list(range(100)) and len({id(result) for result in results}) == 100
    for most in range(5):  # of the last few one is let go of at a time
        kept = []
        for n in range(100):
            kept.append((same(n + 0.5), n + 0.5))
            kept = kept[-most:] if most else []
            assert all(got == wanted and type(got) is float for got, wanted in kept)
    assert (same(same(1.0) + same(2.0)), same(4.0) - same(1.0)) == (3.0, 3.0)
    by_result = {same(float(n)): n for n in range(100)}
    assert all(by_result[float(n)] == n for n in range(100))


def test_a_float_outlives_the_function_that_returned_it():
    results = [libm.bind("double fabs(double x)", gil=gil)(-n - 0.5) for n in range(50) for gil in ("hold", "release")]
    gc.collect()
    assert results == [n + 0.5 for n in range(50) for _ in range(2)]


# ---- Complex


@pytest.mark.parametrize("kind", COMPLEX)
def test_a_complex_is_what_it_was(kind):
    class Own(complex):
        pass

    for value in (0j, 1.5 + 2j, complex(-0.0, 0.0), complex(0.0, -0.0), complex(math.inf, -math.inf),
                  complex(math.nan, 1)):
        for given in (value, Own(value), Complex(value)):
            assert bits(give(kind, given)) == bits(value)
    for value in (1, 1.5, True, Index(2), Real(0.25)):
        assert type(give(kind, value)) is complex
    assert give(kind, Index(2)) == 2 and give(kind, Real(0.25)) == 0.25
    for raised in (ValueError("mine"), TypeError("mine")):
        with pytest.raises(type(raised), match="mine") as caught:
            getattr(pk_kernels, "echo_" + kind)(Complex(raised))
        assert caught.value is raised
    refused(kind, Complex("1"), TypeError, "is Complex, wanted a complex")
    refused(kind, 10**400, OverflowError, "wanted a complex")


def test_a_part_that_does_not_fit_32_bits_is_refused():
    for value in (1e39, 1e39j, complex(1, -1e39)):
        refused("complex64", value, OverflowError, "wanted a complex that fits 64 bits")
        assert give("complex128", value) == value


# ---- Bool


def test_a_bool_is_true_or_false_or_their_numbers():
    assert give("bool", True) is True and give("bool", False) is False
    assert give("bool", 1) is True and give("bool", 0) is False and give("bool", Index(1)) is True
    for value in (2, -1, 10**30, Int(2), Index(2)):
        refused("bool", value, OverflowError, "wanted a bool")
    for value in (1.0, 0.0, math.nan, 1j):
        refused("bool", value, TypeError, "wanted a bool")
    raised = ValueError("mine")
    with pytest.raises(ValueError) as caught:
        pk_kernels.echo_bool(Index(raised))
    assert caught.value is raised


# ---- NumPy's scalars


@pytest.mark.parametrize("kind", ALL)
def test_scalars_of_numpy_are_numbers_of_their_kind(np, kind):
    names = ("bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "intc", "longlong",
             "float16", "float32", "float64", "complex64", "complex128")
    takes = {"b": ("b",), "i": ("i", "u"),  # as operator.index(numpy.bool_(1)) is refused
             "f": ("b", "i", "u", "f"), "c": ("b", "i", "u", "f", "c")}
    wanted = {"bool": "b", **dict.fromkeys(INTS, "i"), **dict.fromkeys(FLOATS, "f"), **dict.fromkeys(COMPLEX, "c")}[kind]
    for name in names:
        for number in (0, 1):
            value = getattr(np, name)(number)
            is_bool_from_int = kind == "bool" and value.dtype.kind in "iu"
            if value.dtype.kind in takes[wanted] or is_bool_from_int:
                assert give(kind, value) == number
                assert type(give(kind, value)) in (bool, int, float, complex)
            else:
                refused(kind, value, TypeError, "wanted a")


def test_bounds_of_numpys_scalars_are_held(np):
    for kind, (low, high) in INTS.items():
        for name in INTS:
            info = np.iinfo(name)
            for value in (int(info.min), int(info.max)):
                if low <= value <= high:
                    assert give(kind, np.dtype(name).type(value)) == value
                else:
                    refused(kind, np.dtype(name).type(value), OverflowError, "wanted an int")


def test_a_complex_of_numpy_does_not_lose_its_imaginary_part(np):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("complex64", "complex128", "clongdouble"):
            for kind in FLOATS:
                refused(kind, getattr(np, name)(1 + 2j), TypeError, "wanted a float")
        assert give("complex128", np.complex64(1 + 2j)) == 1 + 2j
        assert give("complex128", np.clongdouble(1 + 2j)) == 1 + 2j


def test_special_values_of_numpy_stay(np):
    for value in SPECIAL:
        assert bits(give("float64", np.float64(value))) == bits(value)
        assert bits(give("longdouble", np.longdouble(value))) == bits(value)
    refused("float32", np.float64(1e39), OverflowError, "fits 32 bits")
    assert bits(give("float32", np.float32(-0.0))) == bits(-0.0)
    refused("int64", np.float64(1), TypeError, "wanted an int")
    refused("int64", np.datetime64("2020-01-01"), TypeError, "wanted an int")
    refused("float64", np.str_("1"), TypeError, "wanted a float")


def test_an_array_is_no_number(np):
    for value in (np.ones(1), np.ones(2), np.ones((1, 1), dtype="i8")):
        refused("float64", value, TypeError, "is ndarray, wanted a float")
        refused("int64", value, TypeError, "is ndarray, wanted an int")


# ---- Text


class Text(str):
    pass


def test_text_is_its_utf8():
    for text in ("", "a", "gr\u00fc\u00dfe", "\U0001f600" * 1000, "\u0800", "\uffff"):
        assert pk_kernels.length_of(text) == pk_kernels.length_of(text=text) == len(text.encode())
        assert pk_kernels.length_of(Text(text)) == len(text.encode())


@pytest.mark.parametrize("text, error, message", [
    ("a\0b", ValueError, r"argument text has a NUL at byte 1, .*pass bytes"),
    ("\0", ValueError, r"argument text has a NUL at byte 0"),
    (Text("\u00fc\0"), ValueError, r"argument text has a NUL at byte 2"),
    (b"a", TypeError, r"argument text is bytes, wanted str"),
    (None, TypeError, r"argument text is NoneType, wanted str"),
    (1, TypeError, r"argument text is int, wanted str"),
    ("a\ud800", UnicodeError, r"length_of\(\): argument text"),
    ("\udcff", UnicodeError, r"length_of\(\): argument text"),
])
def test_what_is_no_text_for_c_is_refused(text, error, message):
    assert outcome(lambda: pk_kernels.length_of(text)) == outcome(lambda: pk_kernels.length_of(text=text))
    with pytest.raises(error, match=message):
        pk_kernels.length_of(text)


def test_text_that_c_returns_is_text_or_none():
    assert pk_kernels.greeting(True) == pk_kernels.greeting(give=True) == "gr\u00fc\u00dfe"
    assert pk_kernels.greeting(False) is None and pk_kernels.greeting(give=False) is None


def test_text_that_c_returns_and_is_no_utf8_is_an_error():
    with pytest.raises(UnicodeError, match=r"latin\(\): byte 2 of the text is not UTF-8"):
        pk_kernels.latin(0)
    assert outcome(lambda: pk_kernels.latin(0)) == outcome(lambda: pk_kernels.latin(unused=0))


def test_text_that_is_counted_may_hold_nul():
    assert pk_kernels.count_bytes("a\0b") == 97 + 98
    assert pk_kernels.count_bytes(b"a\0b") == pk_kernels.count_bytes(bytearray(b"a\0b")) == 97 + 98
    assert pk_kernels.count_bytes(memoryview(b"a\0b")) == pk_kernels.count_bytes(text=b"\xff") - 60
    with pytest.raises(UnicodeError, match=r"count_bytes\(\): argument text"):
        pk_kernels.count_bytes("\ud800")


# ---- Results, and no change on refusal


def test_results_beside_the_returned_one_come_in_a_tuple():
    assert pk_kernels.split(8.0) == pk_kernels.split(value=8.0) == (0.5, 4)


def test_case_32_a_number_that_is_refused_leaves_the_array_as_it_was():
    memory = bytearray(b"\x07" * 8)
    for value in (256, -1, 10**30, 1.5, math.nan, "1", None):
        with pytest.raises((OverflowError, TypeError), match=r"fill_uint8\(\): argument value "):
            pk_kernels.fill_uint8(memory, value)
    assert memory == b"\x07" * 8
    pk_kernels.fill_uint8(memory, 255)
    assert memory == b"\xff" * 8


def test_case_32_nan_and_infinity_are_no_ints_in_lists_either():
    for value in (math.nan, math.inf, -math.inf, 1.0):
        with pytest.raises(TypeError, match=r"first_int32\(\): argument x\[1\] is float .*, wanted an int"):
            pk_kernels.first_int32([1, value])
    with pytest.raises(OverflowError, match=r"first_int8\(\): argument x\[2\] is int 128, wanted an int from -128 to 127"):
        pk_kernels.first_int8([1, 2, 128])


def test_objects_pass_through_functions_that_take_any():
    for value in (None, object(), 10**100, math.nan, "\ud800", b"\0"):
        assert pk_calls.pair(value, 1)[0] is value
