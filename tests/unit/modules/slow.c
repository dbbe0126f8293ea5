/* SPDX-License-Identifier: MIT
 *
 * A module that takes its time to load, and counts its inits.
 */
#include <gilkit/module.h>
#include <time.h>

static int64_t inits;

__attribute__((constructor)) static void dawdle(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
}

static int init(gil_env *env, void *state)
{
    (void)env, (void)state;
    ++inits;
    return 0;
}

GIL_MODULE(slow, .init = init);

GIL_FUNCTION(int64_t, count_inits, (gil_env * env))
{
    (void)env;
    return inits;
}
