// SPDX-License-Identifier: MIT
// A finaliser takes the struct of its own type. No flag is needed for this to be an error.
// error: incompatible.*pointer type
#include <gilkit/module.h>

GIL_MODULE(finalize_of_another_struct);

typedef struct one {
    int x;
} one;

typedef struct another {
    int x;
} another;

static void end(gil_env *env, another *self)
{
    (void)env;
    (void)self;
}

GIL_RESOURCE(one, .finalize = end);
