// SPDX-License-Identifier: MIT
// A name is defined once.
// error: redefinition of
#include <gilkit/module.h>

GIL_FUNCTION(int, f, (int x))
{
    return x;
}

GIL_FUNCTION(int, f, (int x))
{
    return x + 1;
}
