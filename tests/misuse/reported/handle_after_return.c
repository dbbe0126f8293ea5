// SPDX-License-Identifier: MIT
// a handle is kept in a variable, where only a gil_ref may keep an object
// report: handle_after_return: broken\(\) on thread 0: gil_length: a handle, made by gil_list_new in broken\(\), whose function has returned; gil_ref_new keeps an object for longer
// raises: SystemError
// times: 2
#include <gilkit/module.h>

GIL_MODULE(handle_after_return);

static gil_obj kept;

GIL_FUNCTION(void, broken, (gil_env *env))
{
    size_t length;
    if (!gil_is_null(kept))
        gil_length(env, kept, &length);
    else
        kept = gil_list_new(env);
}
