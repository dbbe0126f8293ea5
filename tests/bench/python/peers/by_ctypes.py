# SPDX-License-Identifier: MIT
"""The same through ctypes: CDLL releases the GIL, PyDLL holds it."""
import ctypes
import os


def bind(library, name, *arguments):
    function = getattr(library, name)
    function.restype, function.argtypes = ctypes.c_double, arguments
    return function


PATH = os.path.join(os.path.dirname(__file__), "libplain.so")
releasing, holding = ctypes.CDLL(PATH), ctypes.PyDLL(PATH)

add_held = bind(holding, "add", ctypes.c_double, ctypes.c_double)
add_released = bind(releasing, "add", ctypes.c_double, ctypes.c_double)


def dot_of(numpy):
    """Apart, because an import of NumPy is no part of what ctypes costs."""
    vector = numpy.ctypeslib.ndpointer(numpy.double, ndim=1, flags="C")
    return bind(releasing, "dot", ctypes.c_size_t, vector, vector)
