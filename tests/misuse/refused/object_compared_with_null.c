// SPDX-License-Identifier: MIT
// A handle is opaque: gil_is_null asks whether it is null.
// error gcc: invalid operands to binary == \(have 'gil_obj'
// error clang: invalid operands to binary expression \('gil_obj'
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, gil_obj a, gil_obj b))
{
    (void)env;
    (void)b;
    if (a == NULL)
        return b;
    return a;
}
