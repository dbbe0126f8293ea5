/* SPDX-License-Identifier: MIT */
/* The plain library, which knows nothing of Python: what ctypes, cffi's ABI mode and gilkit's bind call. */
#define KERNEL __attribute__((visibility("default")))
#include "kernels.h"
