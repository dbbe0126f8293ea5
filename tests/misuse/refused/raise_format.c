// SPDX-License-Identifier: MIT
// The message of gil_raise is checked against its arguments.
// error gcc: format '%s' expects argument of type
// error clang: format specifies type 'char \*' but the argument has type 'int'
// flags: -Werror=format
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, int x))
{
    return gil_raise(env, GIL_VALUE_ERROR, "x is %s", x);
}
