// SPDX-License-Identifier: MIT
// an env that was put aside is used while the GIL is released
// report: env_while_released: broken\(\) on thread 0: gil_list_new while the GIL is released, at .*env_while_released.c:[0-9]+
#include <gilkit/module.h>

GIL_MODULE(env_while_released);

GIL_FUNCTION(void, broken, (gil_env *env))
{
    gil_env *aside = env;
    GIL_BEGIN_ALLOW_THREADS(env)
    gil_list_new(aside);
    GIL_END_ALLOW_THREADS(env)
}
