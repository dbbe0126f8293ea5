// SPDX-License-Identifier: MIT
// a reference is not dropped when the module is unloaded
// report: ref_leaked is unloaded and a reference is not dropped; broken\(\) made it on thread 0 at .*ref_leaked.c:[0-9]+
// times: 1
#include <gilkit/module.h>

GIL_MODULE(ref_leaked);

GIL_FUNCTION(bool, broken, (gil_env *env))
{
    return gil_ref_new(env, gil_list_new(env)) != NULL;
}
