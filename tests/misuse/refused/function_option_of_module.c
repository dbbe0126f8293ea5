// SPDX-License-Identifier: MIT
// An option of GIL_MODULE does not belong to a function.
// error gcc: 'gil_function_def' has no member named 'state_size'
// error clang: field designator 'state_size' does not refer
#include <gilkit/module.h>

GIL_FUNCTION(int, f, (int x), .state_size = 8)
{
    return x;
}
