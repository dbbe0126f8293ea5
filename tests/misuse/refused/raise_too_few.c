// SPDX-License-Identifier: MIT
// The message of gil_raise is checked against its arguments.
// error gcc: format '%d' expects a matching 'int' argument
// error clang: more '%' conversions than data arguments
// flags: -Werror=format
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    return gil_raise(env, GIL_VALUE_ERROR, "x is %d");
}
