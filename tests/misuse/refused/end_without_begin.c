// SPDX-License-Identifier: MIT
// GIL_END_ALLOW_THREADS needs its GIL_BEGIN_ALLOW_THREADS.
// error gcc: expected identifier .* before .}. token
// error clang: extraneous closing brace
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
