// SPDX-License-Identifier: MIT
// .init is int (*)(gil_env *, void *). Compilers before gcc 14 and clang 16 only warn.
// error: incompatible.*pointer type
// flags: -Werror
#include <gilkit/module.h>

static void start(gil_env *env, void *state)
{
    (void)env;
    (void)state;
}

GIL_MODULE(m, .init = start);
