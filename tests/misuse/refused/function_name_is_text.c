// SPDX-License-Identifier: MIT
// A function's name is a C identifier, not a string.
// error: expected identifier
#include <gilkit/module.h>

GIL_FUNCTION(int, "f", (int x))
{
    return x;
}
