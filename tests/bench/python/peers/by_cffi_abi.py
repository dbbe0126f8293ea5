# SPDX-License-Identifier: MIT
"""The same through cffi's ABI mode: no compiler, and the GIL always released."""
import os

import cffi

ffi = cffi.FFI()
ffi.cdef("double add(double a, double b); double dot(size_t n, const double *x, const double *y);")
lib = ffi.dlopen(os.path.join(os.path.dirname(__file__), "libplain.so"))

add_released = lib.add
dot = lib.dot
DOUBLES = ffi.typeof("double[]")
from_buffer = ffi.from_buffer
