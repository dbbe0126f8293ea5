// SPDX-License-Identifier: MIT
// A handle is opaque: it has no arithmetic.
// error gcc: invalid operands to binary \+
// error clang: invalid operands to binary expression
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, gil_obj a, gil_obj b))
{
    (void)env;
    (void)b;
    (void)(a + 1);
    return a;
}
