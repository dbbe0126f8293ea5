/* SPDX-License-Identifier: MIT
 *
 * A program of somebody who embeds the runtime: loads a module, calls it from two threads, calls a plain library. */
#include <gilkit/runtime.h>
#include <pthread.h>
#include <stdio.h>

typedef struct job {
    gil_runtime *runtime;
    const char *path;
    double result;
} job;

static int fail(gil_env *env, const char *what)
{
    gil_error error;
    if (gil_error_take(env, &error))
        fprintf(stderr, "%s: %s: %s\n", what, gil_error_name(error.kind), error.message);
    return 1;
}

static void *call(void *argument)
{
    job *j = argument;
    gil_error error;
    gil_env *env = gil_attach(j->runtime, &error);
    if (!env)
        return NULL;
    gil_obj module = gil_load(env, j->path);
    gil_obj rest = gil_is_null(module) ? module : gil_attr_get(env, module, "rest");
    gil_obj seconds = gil_float_new(env, 0.2);
    gil_obj result = gil_is_null(rest) ? rest : gil_call(env, rest, &seconds, 1, NULL, 0);
    if (gil_is_null(result) || !gil_float_get(env, result, &j->result))
        fail(env, "rest");
    gil_detach(env);
    return NULL;
}

int main(int argc, char **argv)
{
    gil_error error;
    gil_stats stats;
    gil_runtime_options options = {.measure = true};
    if (argc != 2)
        return 2;
    gil_runtime *runtime = gil_runtime_new(&options, &error), *other = gil_runtime_new(NULL, &error);
    if (!runtime || !other) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    job jobs[2] = {{runtime, argv[1], 0}, {runtime, argv[1], 0}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, call, &jobs[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    gil_runtime_stats(runtime, &stats);
    printf("%g %g released %d\n", jobs[0].result, jobs[1].result, stats.released >= 400000000);

    gil_env *env = gil_attach(other, &error);
    gil_obj x = gil_float_new(env, 0.0), half = gil_float_new(env, 0.5);
    gil_obj library = gil_library(env, "libm");
    gil_obj cosine = gil_is_null(library) ? library : gil_bind(env, library, "double cos(double x)", GIL_AUTO);
    double value = 0;
    gil_obj result = gil_is_null(cosine) ? cosine : gil_call(env, cosine, &x, 1, NULL, 0);
    if (gil_is_null(result) || !gil_float_get(env, result, &value))
        return fail(env, "cos");
    printf("cos %g\n", value);

    gil_obj both[2] = {x, half};
    if (!gil_is_null(gil_call(env, cosine, both, 2, NULL, 0)) || !gil_error_take(env, &error))
        return 1;
    printf("%s: %s\n", gil_error_name(error.kind), error.message);
    if (gil_runtime_free(other, &error))
        return 1;
    printf("%s\n", error.message);
    gil_detach(env);
    return gil_runtime_free(runtime, &error) && gil_runtime_free(other, &error) ? 0 : 1;
}
