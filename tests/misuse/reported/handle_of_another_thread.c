// SPDX-License-Identifier: MIT
// a handle is used by a thread that it does not belong to
// report: handle_of_another_thread: broken\(\) on thread [12]: gil_list_append: a handle of thread 0, made by gil_list_new in broken\(\); gil_ref_new keeps an object for other threads
#include <gilkit/module.h>
#include <pthread.h>

GIL_MODULE(handle_of_another_thread);

typedef struct shared {
    gil_runtime *runtime;
    gil_obj list;
} shared;

static void *append(void *context)
{
    shared *all = context;
    gil_env *env = gil_attach(all->runtime, NULL);
    if (env) {
        gil_list_append(env, all->list, gil_none_new(env));
        gil_detach(env);
    }
    return NULL;
}

GIL_FUNCTION(void, broken, (gil_env *env))
{
    pthread_t thread;
    shared all = {gil_env_runtime(env), gil_list_new(env)};
    if (pthread_create(&thread, NULL, append, &all) != 0)
        return;
    GIL_BEGIN_ALLOW_THREADS(env)
    pthread_join(thread, NULL);
    GIL_END_ALLOW_THREADS(env)
}
