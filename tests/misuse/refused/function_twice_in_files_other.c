// SPDX-License-Identifier: MIT
// The second file of function_twice_in_files.c.
#include <gilkit/module.h>

GIL_FUNCTION(int, f, (int x))
{
    return -x;
}
