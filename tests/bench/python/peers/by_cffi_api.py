# SPDX-License-Identifier: MIT
"""The same through cffi's API mode, which always releases the GIL."""
from _by_cffi import ffi, lib

add_released = lib.add
dot = lib.dot
DOUBLES = ffi.typeof("double[]")
from_buffer = ffi.from_buffer
