// SPDX-License-Identifier: MIT
// A handle is opaque: GIL_NULL is the null of it, 0 is not.
// error gcc: incompatible types when returning type 'int' but 'gil_obj' was expected
// error clang: incompatible result type 'gil_obj'
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, gil_obj a, gil_obj b))
{
    (void)env;
    (void)b;
    if (gil_is_null(b))
        return 0;
    return a;
}
