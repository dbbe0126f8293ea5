// SPDX-License-Identifier: MIT
// A handle is opaque: GIL_NULL is the null of it, NULL is not.
// error gcc: incompatible types when returning|invalid initializer
// error clang: incompatible result type 'gil_obj'
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, gil_obj a, gil_obj b))
{
    (void)env;
    (void)b;
    if (gil_is_null(b))
        return NULL;
    return a;
}
