// SPDX-License-Identifier: MIT
// A handle is opaque: two of them are not compared with ==.
// error gcc: invalid operands to binary == \(have 'gil_obj' and 'gil_obj'\)
// error clang: invalid operands to binary expression \('gil_obj' .*and 'gil_obj'
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, gil_obj a, gil_obj b))
{
    (void)env;
    (void)b;
    if (a == b)
        return b;
    return a;
}
