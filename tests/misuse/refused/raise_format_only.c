// SPDX-License-Identifier: MIT
// A message of gil_raise that comes from elsewhere is an argument, never the format.
// error: format( string is)? not a string literal
// flags: -Wformat -Werror=format-security
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env, const char *message))
{
    return gil_raise(env, GIL_VALUE_ERROR, message);
}
