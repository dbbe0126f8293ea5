# SPDX-License-Identifier: MIT
# cython: language_level=3, freethreading_compatible=True
# The same through Cython.
cdef extern from "kernels.h" nogil:
    double add(double a, double b)
    double c_dot "dot"(size_t n, const double *x, const double *y)


def add_held(double a, double b):
    return add(a, b)


def add_released(double a, double b):
    cdef double total
    with nogil:
        total = add(a, b)
    return total


def dot(const double[::1] x, const double[::1] y):
    if x.shape[0] != y.shape[0]:
        raise ValueError("dot expected arrays of one length")
    return c_dot(x.shape[0], &x[0] if x.shape[0] else NULL, &y[0] if y.shape[0] else NULL)
