// SPDX-License-Identifier: MIT
// The second file of several_files.c.
#include <gilkit/module.h>

GIL_FUNCTION(double, shared_twice, (double x), .doc = "In the second file.")
{
    return 2 * x;
}
