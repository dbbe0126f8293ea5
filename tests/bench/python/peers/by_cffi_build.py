# SPDX-License-Identifier: MIT
"""by_cffi_build.py OUT.c: write the C source of cffi's API mode, which by_cffi_api.py uses."""
import sys

import cffi

ffi = cffi.FFI()
ffi.cdef("double add(double a, double b); double dot(size_t n, const double *x, const double *y);")
ffi.set_source("_by_cffi", '#include "kernels.h"')
ffi.emit_c_code(sys.argv[1])
