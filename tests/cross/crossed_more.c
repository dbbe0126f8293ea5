/* SPDX-License-Identifier: MIT */
#include <gilkit/module.h>

/* With a gil_env, from the module's second file; the state is the module's. */
GIL_FUNCTION(gil_obj, count, (gil_env * env), .doc = "How often it was called.")
{
    int64_t *calls = gil_module_state(env);
    GIL_BEGIN_ALLOW_THREADS(env)
    __asm__ volatile("" ::: "memory");
    GIL_END_ALLOW_THREADS(env)
    ++*calls;
    return gil_int_new(env, *calls);
}
