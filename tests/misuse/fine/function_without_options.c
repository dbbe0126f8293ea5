// SPDX-License-Identifier: MIT
// A function without options, one with each, and no parameters.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

GIL_FUNCTION(int, plain, (int x))
{
    return x;
}

GIL_FUNCTION(int, held, (int x), .doc = "Held.", .gil = GIL_HOLD)
{
    return x;
}

GIL_FUNCTION(int, released, (int x), .gil = GIL_RELEASE)
{
    return x;
}

GIL_FUNCTION(int, automatic, (int x), .gil = GIL_AUTO, .doc = "As without the option.")
{
    return x;
}

GIL_FUNCTION(void, nothing, (void))
{
}
