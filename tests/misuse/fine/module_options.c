// SPDX-License-Identifier: MIT
// Every option of GIL_MODULE.
#include <gilkit/module.h>

typedef struct state {
    int64_t calls;
} state;

static int start(gil_env *env, void *memory)
{
    state *mine = memory;
    mine->calls = 1;
    return gil_error_pending(env) ? -1 : 0;
}

static void stop(gil_env *env, void *memory)
{
    (void)env;
    (void)memory;
}

GIL_MODULE(m, .doc = "Fine.", .state_size = sizeof(state), .init = start, .free = stop);

GIL_FUNCTION(int64_t, calls, (gil_env *env))
{
    state *mine = gil_module_state(env);
    return mine->calls++;
}
