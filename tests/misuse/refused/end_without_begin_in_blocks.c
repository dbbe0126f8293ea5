// SPDX-License-Identifier: MIT
// GIL_END_ALLOW_THREADS needs its GIL_BEGIN_ALLOW_THREADS, even where the braces happen to fit.
// error: gil__section_is_open|gil_env_is_released_until_GIL_END_ALLOW_THREADS|undeclared
#include <gilkit/module.h>

static int busy;

GIL_FUNCTION(gil_obj, f, (gil_env *env))
{
    if (busy) {
        if (busy > 1) {
            busy = 0;
            GIL_END_ALLOW_THREADS(env)
    return gil_none_new(env);
}
