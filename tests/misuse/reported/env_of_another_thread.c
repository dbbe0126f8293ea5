// SPDX-License-Identifier: MIT
// an env is used by a thread that is not attached
// report: env_of_another_thread: broken\(\) on thread 0: gil_list_new with the env of thread 0 is called by a thread that is not attached
#include <gilkit/module.h>
#include <pthread.h>

GIL_MODULE(env_of_another_thread);

static void *make(void *env)
{
    gil_list_new(env);
    return NULL;
}

GIL_FUNCTION(void, broken, (gil_env *env))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, make, env) == 0) {
        GIL_BEGIN_ALLOW_THREADS(env)
        pthread_join(thread, NULL);
        GIL_END_ALLOW_THREADS(env)
    }
}
