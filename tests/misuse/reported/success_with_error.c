// SPDX-License-Identifier: MIT
// a function returns an object and raises
// report: success_with_error: broken\(\) on thread 0: broken\(\) returned an object although it raised ValueError: no; that is a bug in success_with_error
// raises: SystemError
#include <gilkit/module.h>

GIL_MODULE(success_with_error);

GIL_FUNCTION(gil_obj, broken, (gil_env *env))
{
    gil_raise(env, GIL_VALUE_ERROR, "no");
    return gil_none_new(env);
}
