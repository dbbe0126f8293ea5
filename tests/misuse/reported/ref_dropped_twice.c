// SPDX-License-Identifier: MIT
// a reference is dropped twice
// report: gil_ref_drop: a reference that was dropped already; broken\(\) of ref_dropped_twice made it on thread 0 at .*ref_dropped_twice.c:[0-9]+
#include <gilkit/module.h>

GIL_MODULE(ref_dropped_twice);

GIL_FUNCTION(void, broken, (gil_env *env))
{
    gil_ref *ref = gil_ref_new(env, gil_list_new(env));
    gil_ref_drop(ref);
    gil_ref_drop(ref);
}
