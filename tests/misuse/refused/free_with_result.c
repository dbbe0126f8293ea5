// SPDX-License-Identifier: MIT
// .free is void (*)(gil_env *, void *). Compilers before gcc 14 and clang 16 only warn.
// error: incompatible.*pointer type
// flags: -Werror
#include <gilkit/module.h>

static int stop(gil_env *env, void *state)
{
    (void)env;
    (void)state;
    return 0;
}

GIL_MODULE(m, .free = stop);
