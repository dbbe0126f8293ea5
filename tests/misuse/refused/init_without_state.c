// SPDX-License-Identifier: MIT
// .init is int (*)(gil_env *, void *). Compilers before gcc 14 and clang 16 only warn.
// error: incompatible.*pointer type
// flags: -Werror
#include <gilkit/module.h>

static int start(gil_env *env)
{
    (void)env;
    return 0;
}

GIL_MODULE(m, .init = start);
