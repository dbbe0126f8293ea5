// SPDX-License-Identifier: MIT
// An option of GIL_FUNCTION that does not exist.
// error gcc: 'gil_function_def' has no member named 'dock'
// error clang: field designator 'dock' does not refer to any field in type 'gil_function_def'|field designator 'dock' does not refer
#include <gilkit/module.h>

GIL_FUNCTION(int, f, (int x), .dock = "Harbour.")
{
    return x;
}
