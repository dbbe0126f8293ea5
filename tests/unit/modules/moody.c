/* SPDX-License-Identifier: MIT
 *
 * A module whose init does what GILKIT_TEST_MOOD says.
 */
#include <gilkit/module.h>
#include <stdlib.h>
#include <string.h>

static int inits;

static int init(gil_env *env, void *state)
{
    const char *mood = getenv("GILKIT_TEST_MOOD");
    ++inits;
    *(int64_t *)state = inits;
    if (!mood)
        return 0;
    if (strcmp(mood, "silent") != 0)
        gil_raise(env, GIL_VALUE_ERROR, "moody: %s", mood);
    return strcmp(mood, "forgotten") == 0 ? 0 : -1;
}

GIL_MODULE(moody, .state_size = 64, .init = init);

GIL_FUNCTION(int64_t, tries, (gil_env * env))
{
    return *(int64_t *)gil_module_state(env);
}
