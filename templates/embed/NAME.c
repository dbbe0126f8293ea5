/* @NAME@: a program with a runtime in it, which asks modules for an answer.
 *
 *     @NAME@ TEXT MODULE...
 *
 * Each MODULE is loaded, and its function `answer` is called with TEXT, on a thread of its own. All threads share one
 * runtime and its GIL: they call side by side as far as the modules release it.
 *
 * Exit codes: 0 fine, 1 something failed, 2 wrong usage.
 */
#include <gilkit/runtime.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one thread is to do. */
typedef struct job {
    pthread_t thread;
    gil_runtime *runtime;
    const char *text;
    const char *module;
    bool fine;
} job;

/* ---- With the GIL -------------------------------------------------------------------------------------------- */

/* An exception, and why it was raised. Takes it: afterwards none is pending. */
static void print_error(gil_env *env, const char *module)
{
    const char *before = "";
    gil_obj exception = gil_error_fetch(env);
    fprintf(stderr, "@NAME@: %s: ", module);
    while (!gil_is_null(exception)) {
        const char *message = "?";
        gil_str_get(env, gil_exception_message(env, exception), &message, NULL);
        fprintf(stderr, "%s%s: %s", before, gil_type_name(env, exception), message);
        before = ", because of ";
        exception = gil_exception_cause(env, exception);
    }
    fputc('\n', stderr);
}

/* No check in between: a GIL_NULL fails what it is given to, with the exception that is pending. So the last result
 * speaks for all. */
static bool ask(gil_env *env, const job *j)
{
    const char *answer;
    gil_obj text = gil_str_new(env, j->text, strlen(j->text));
    gil_obj function = gil_attr_get(env, gil_load(env, j->module), "answer");
    gil_obj result = gil_call(env, function, &text, 1, NULL, 0);
    if (!gil_str_get(env, gil_to_str(env, result), &answer, NULL))
        return false;
    printf("%s: %s\n", j->module, answer);
    return true;
}

/* ---- Threads ------------------------------------------------------------------------------------------------- */

static void *work(void *argument)
{
    job *j = argument;
    gil_error error;
    gil_env *env = gil_attach(j->runtime, &error); /* from here on this thread holds the GIL */
    if (!env) {
        fprintf(stderr, "@NAME@: %s\n", error.message);
        return NULL;
    }
    j->fine = ask(env, j);
    if (!j->fine)
        print_error(env, j->module);
    gil_detach(env); /* ends every handle of this thread */
    return NULL;
}

/* This thread is not attached, so it may wait for those that are. */
static bool run(job *jobs, size_t count)
{
    size_t started = 0;
    while (started < count && pthread_create(&jobs[started].thread, NULL, work, &jobs[started]) == 0)
        started++;
    bool fine = started == count;
    if (!fine)
        fprintf(stderr, "@NAME@: no thread for %s\n", jobs[started].module);
    for (size_t i = 0; i < started; i++) {
        pthread_join(jobs[i].thread, NULL);
        fine = fine && jobs[i].fine;
    }
    return fine;
}

int main(int argc, char **argv)
{
    gil_error error = {.message = "no memory"};
    if (argc < 3) {
        fprintf(stderr, "usage: @NAME@ TEXT MODULE...; a MODULE is a path with a slash, or a name\n");
        return 2;
    }
    size_t count = (size_t)argc - 2;
    job *jobs = calloc(count, sizeof *jobs);
    gil_runtime *runtime = jobs ? gil_runtime_new(NULL, &error) : NULL; /* NULL: the usual options */
    if (!runtime) {
        fprintf(stderr, "@NAME@: %s\n", error.message);
        free(jobs);
        return 1;
    }
    for (size_t i = 0; i < count; i++)
        jobs[i] = (job){.runtime = runtime, .text = argv[1], .module = argv[i + 2]};
    bool fine = run(jobs, count);
    free(jobs);
    if (!gil_runtime_free(runtime, &error)) { /* unloads the modules */
        fprintf(stderr, "@NAME@: %s\n", error.message);
        fine = false;
    }
    return fine && fflush(stdout) == 0 ? 0 : 1;
}
