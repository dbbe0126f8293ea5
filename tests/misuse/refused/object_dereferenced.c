// SPDX-License-Identifier: MIT
// A handle is opaque: it has nothing to point to.
// error gcc: invalid type argument of .->. \(have .gil_obj.\)
// error clang: member reference type 'gil_obj' .*is not a pointer
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, gil_obj a, gil_obj b))
{
    (void)env;
    (void)b;
    (void)a->ob_refcnt;
    return a;
}
