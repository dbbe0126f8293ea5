// SPDX-License-Identifier: MIT
// A handle is opaque: a number becomes one by gil_float_new.
// error gcc: incompatible types when returning type 'double' but 'gil_obj' was expected
// error clang: incompatible result type 'gil_obj'
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, gil_obj a, gil_obj b))
{
    (void)env;
    (void)b;
    if (gil_is_null(b))
        return 1.0;
    return a;
}
