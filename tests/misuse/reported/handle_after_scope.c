// SPDX-License-Identifier: MIT
// a handle is used after its GIL_SCOPE has ended
// report: handle_after_scope: broken\(\) on thread 0: gil_list_append: a handle, made by gil_list_new in broken\(\), whose GIL_SCOPE has ended; gil_escape lets one live on
// raises: SystemError
#include <gilkit/module.h>

GIL_MODULE(handle_after_scope);

GIL_FUNCTION(gil_obj, broken, (gil_env *env))
{
    gil_obj list = GIL_NULL;
    GIL_SCOPE(env)
        list = gil_list_new(env);
    if (!gil_list_append(env, list, gil_none_new(env)))
        return GIL_NULL;
    return gil_none_new(env);
}
