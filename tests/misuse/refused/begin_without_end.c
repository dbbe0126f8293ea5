// SPDX-License-Identifier: MIT
// GIL_BEGIN_ALLOW_THREADS needs its GIL_END_ALLOW_THREADS.
// error gcc: expected declaration or statement at end of input
// error clang: expected '}'
#include <gilkit/module.h>

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    GIL_BEGIN_ALLOW_THREADS(env)
    return GIL_NULL;
}
