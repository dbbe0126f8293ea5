# SPDX-License-Identifier: MIT
"""The same through gilkit from the plain library: no compiler."""
import os

import gilkit

library = gilkit.library(os.path.join(os.path.dirname(os.path.abspath(__file__)), "libplain.so"))
add_held = library.bind("double add(double a, double b)", gil="hold")
add_released = library.bind("double add(double a, double b)", gil="release")
dot = library.bind("double dot(size_t n, const double x[n], const double y[n])", gil="auto")
