// SPDX-License-Identifier: MIT
// a handle that a GIL_SCOPE has ended is returned
// report: handle_returned_after_scope: broken\(\) on thread 0: the result is: a handle, made by gil_int_new in broken\(\), whose GIL_SCOPE has ended
// raises: SystemError
#include <gilkit/module.h>

GIL_MODULE(handle_returned_after_scope);

GIL_FUNCTION(gil_obj, broken, (gil_env *env))
{
    GIL_SCOPE(env)
        return gil_int_new(env, 12);
    return GIL_NULL;
}
