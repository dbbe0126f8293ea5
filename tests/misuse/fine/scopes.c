// SPDX-License-Identifier: MIT
// Scopes: nested, in loops, left by break, continue, return and goto.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

GIL_FUNCTION(gil_obj, f, (gil_env *env, int n))
{
    gil_obj list = gil_list_new(env);
    for (int i = 0; i < n; i++)
        GIL_SCOPE(env) {
            gil_obj item = gil_int_new(env, i);
            if (i == 2)
                continue;
            if (i == 4)
                break;
            if (gil_is_null(item) || !gil_list_append(env, list, item))
                return GIL_NULL;
            if (i == 6)
                goto out;
            GIL_SCOPE(env)
                gil_float_new(env, 1.0);
            GIL_BEGIN_ALLOW_THREADS(env)
            n--;
            GIL_END_ALLOW_THREADS(env)
        }
out:
    return list;
}
