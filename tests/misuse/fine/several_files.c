// SPDX-License-Identifier: MIT
// A module whose functions stand in two files and call each other.
// link: several_files_other.c
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

double shared_twice(double x);

GIL_FUNCTION(double, f, (double x), .doc = "In the first file.")
{
    return shared_twice(x);
}
