// SPDX-License-Identifier: MIT
// The same through pybind11.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "kernels.h"

namespace py = pybind11;
using vector = py::array_t<double, py::array::c_style | py::array::forcecast>;

static double dot_arrays(const vector &x, const vector &y)
{
    if (x.ndim() != 1 || y.ndim() != 1 || x.shape(0) != y.shape(0))
        throw py::value_error("dot expected one-dimensional arrays of one length");
    return dot((size_t)x.shape(0), x.data(), y.data());
}

PYBIND11_MODULE(by_pybind11, m, py::mod_gil_not_used())
{
    m.def("add_held", add);
    m.def("add_released", add, py::call_guard<py::gil_scoped_release>());
    m.def("dot", dot_arrays);
}
