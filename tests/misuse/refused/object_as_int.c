// SPDX-License-Identifier: MIT
// A handle is opaque: it is no number.
// error gcc: incompatible types when initializing type 'long int' using type 'gil_obj'
// error clang: initializing 'long' with an expression of incompatible type 'gil_obj'
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, gil_obj a, gil_obj b))
{
    (void)env;
    (void)b;
    long p = a;
    (void)p;
    return a;
}
