// SPDX-License-Identifier: MIT
// A handle is opaque: gil_is_null asks whether it is null.
// error gcc: wrong type argument to unary exclamation mark
// error clang: invalid argument type 'gil_obj'
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, gil_obj a, gil_obj b))
{
    (void)env;
    (void)b;
    if (!a)
        return b;
    return a;
}
