// SPDX-License-Identifier: MIT
// The same through nanobind.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "kernels.h"

namespace nb = nanobind;
using vector = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

static double dot_arrays(vector x, vector y)
{
    if (x.shape(0) != y.shape(0))
        throw nb::value_error("dot expected arrays of one length");
    return dot(x.shape(0), x.data(), y.data());
}

NB_MODULE(by_nanobind, m)
{
    m.def("add_held", add);
    m.def("add_released", add, nb::call_guard<nb::gil_scoped_release>());
    m.def("dot", dot_arrays);
}
