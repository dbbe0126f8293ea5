// SPDX-License-Identifier: MIT
// a reference is used after it was dropped
// report: ref_after_drop: broken\(\) on thread 0: gil_ref_get: a reference that was dropped; it was made at .*ref_after_drop.c:[0-9]+
// raises: SystemError
#include <gilkit/module.h>

GIL_MODULE(ref_after_drop);

GIL_FUNCTION(void, broken, (gil_env *env))
{
    gil_ref *ref = gil_ref_new(env, gil_list_new(env));
    gil_ref_drop(ref);
    gil_ref_get(env, ref);
}
