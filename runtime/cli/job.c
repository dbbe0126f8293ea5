/* SPDX-License-Identifier: MIT */
#include "cli/job.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/futex.h"
#include "base/memory.h"
#include "base/text.h"
#include "call/element.h"
#include "cli/npy.h"
#include "host/native/object.h"

/* ---- One thread's work --------------------------------------------------------------------------------------- */

typedef struct crew {
    gil__job *job;
    gil_runtime *runtime; /* NULL once it is freed; under `lock` for the waiter for interrupts */
    gil__lock lock;
    pthread_barrier_t ready; /* everybody has arguments */
    atomic_uint failed;      /* somebody has none, so nobody starts */
    atomic_uint interrupted;
} crew;

typedef struct worker {
    crew *crew;
    unsigned number;
    pthread_t thread;
    gil__report *report;
    gil_obj function;
    gil_obj values[GIL__MAX_PARAMS];
    gil_keyword keywords[GIL__MAX_PARAMS];
    size_t n_values, n_keywords;
    const gil__signature *signature;
    bool makes; /* the function is a type, and the signature its init's, whose struct nobody gives */
    gil_obj by_param[GIL__MAX_PARAMS];
} worker;

static bool give_up(worker *w, gil_env *env, int code)
{
    w->report->code = code;
    if (!gil_error_take(env, &w->report->error))
        return false;
    if (w->report->error.kind == GIL_KEYBOARD_INTERRUPT)
        w->report->code = GIL__EXIT_INTERRUPTED;
    return false;
}

/* The init of a resource type; NULL: it is none, or has none. */
static const gil__function *init_of(gil_env *env, gil_obj object)
{
    const gil__type *type = (const gil__type *)gil__object_at(object);
    bool is_resource = gil_type_of(env, object) == GIL_OBJ_TYPE && type->resource;
    return is_resource ? type->resource->slots[GIL_ROLE_INIT] : NULL;
}

/* What the module has by that name; GIL_NULL: nothing that can be called from here. */
static gil_obj find_callable(gil_env *env, const gil__job *job)
{
    gil_obj module = gil_load(env, job->module);
    gil_obj found = gil_is_null(module) ? module : gil_attr_get(env, module, job->function);
    if (gil_is_null(found))
        return found;
    if (gil_type_of(env, found) == GIL_OBJ_FUNCTION || (init_of(env, found) && job->policy == GIL_AUTO))
        return found;
    if (init_of(env, found))
        return gil_raise(env, GIL_TYPE_ERROR,
                         "--gil: %s is a type; its objects are made as its init says, leave --gil out", job->function);
    return gil_raise(env, GIL_IMPORT_ERROR,
                     "%s of %s is a %s, no function and no type with an init; `gilkit inspect %s` lists them",
                     job->function, job->module, gil_type_name(env, found), job->module);
}

static gil_obj find_function(gil_env *env, const gil__job *job)
{
    if (job->library) {
        gil_obj library = gil_library(env, job->library);
        return gil_is_null(library) ? library : gil_bind(env, library, job->prototype, job->policy);
    }
    gil_obj function = find_callable(env, job);
    if (gil_is_null(function) || job->policy == GIL_AUTO)
        return function;
    return gil_function_with_policy(env, function, job->policy);
}

/* The parameter that an ARG is for; NULL when there is none, which the call will say. */
static const gil__param *param_of(const worker *w, const gil__arg *arg, size_t position)
{
    const gil__signature *s = w->signature;
    for (uint16_t p = 0; p < s->n_params; p++) {
        if (!s->params[p].asked || (w->makes && p == s->has_env))
            continue;
        if (arg->name ? strcmp(arg->name, s->params[p].name) == 0 : position-- == 0)
            return &s->params[p];
    }
    return NULL;
}

static bool make_values(worker *w, gil_env *env)
{
    gil__job *job = w->crew->job;
    if (job->n_args > GIL__MAX_PARAMS) {
        gil_raise(env, GIL_TYPE_ERROR, "%zu arguments; at most %d", job->n_args, GIL__MAX_PARAMS);
        return false;
    }
    for (size_t i = 0; i < job->n_args; i++) {
        const gil__arg *arg = &job->args[i];
        const gil__param *param = param_of(w, arg, i);
        gil_obj value = gil__arg_object(env, arg, param);
        if (gil_is_null(value))
            return false;
        if (arg->name)
            w->keywords[w->n_keywords++] = (gil_keyword){arg->name, value};
        else
            w->values[w->n_values++] = value;
        if (param)
            w->by_param[param - w->signature->params] = value;
    }
    return true;
}

static bool prepare(worker *w, gil_env *env)
{
    w->function = find_function(env, w->crew->job);
    if (gil_is_null(w->function))
        return give_up(w, env, GIL__EXIT_REFUSED);
    const gil__function *init = init_of(env, w->function);
    w->makes = init != NULL;
    w->signature = (init ? init : ((gil__callable *)gil__object_at(w->function))->function)->signature;
    return make_values(w, env) || give_up(w, env, GIL__EXIT_RAISED);
}

static gil_stats stats_since(gil_stats now, const gil_stats *before)
{
    now.held -= before->held;
    now.waited -= before->waited;
    now.released -= before->released;
    now.acquisitions -= before->acquisitions;
    now.contended -= before->contended;
    return now;
}

static gil_obj call_once(worker *w, gil_env *env)
{
    if (atomic_load(&w->crew->interrupted))
        return gil_raise(env, GIL_KEYBOARD_INTERRUPT, "interrupted after %u calls", w->report->calls);
    gil_obj result = gil_call(env, w->function, w->values, w->n_values, w->keywords, w->n_keywords);
    w->report->calls += !gil_is_null(result);
    return result;
}

/* All calls but the last leave nothing behind. */
static gil_obj call_repeatedly(worker *w, gil_env *env)
{
    bool fine = true;
    while (fine && w->report->calls + 1 < w->crew->job->repeat)
        GIL_SCOPE(env) {
            fine = !gil_is_null(call_once(w, env));
        }
    return fine ? call_once(w, env) : GIL_NULL;
}

/* ---- Results ------------------------------------------------------------------------------------------------- */

/* The results of a call one by one: what it returned, then what it wrote in place. */
static size_t list_results(worker *w, gil_env *env, gil_obj result, gil_obj *results, const char **names)
{
    size_t count = 0, length;
    gil_type type = gil_type_of(env, result);
    bool returned_tuple = type == GIL_OBJ_TUPLE && w->signature->result.class != GIL__OBJECT;
    if (returned_tuple && gil_sequence_length(env, result, &length)) {
        for (size_t i = 0; i < length; i++)
            results[count++] = gil_sequence_item(env, result, i);
    } else if (type != GIL_OBJ_NONE) {
        results[count++] = result;
    }
    for (size_t i = 0; i < count; i++)
        names[i] = NULL;
    for (uint16_t p = 0; p < w->signature->n_params; p++) {
        const gil__param *param = &w->signature->params[p];
        if (param->direction != GIL__INOUT || param->ndim == 0)
            continue;
        names[count] = param->name;
        results[count++] = w->by_param[p];
    }
    return count;
}

/* A number as an array without dimensions, of the type that keeps all of it; GIL_NULL: it is no number. */
static gil_obj array_of_number(gil_env *env, gil_obj object, const char *path)
{
    static const gil_dtype dtypes[] = {[GIL_OBJ_BOOL] = GIL_BOOL,
                                       [GIL_OBJ_INT] = GIL_INT64,
                                       [GIL_OBJ_FLOAT] = GIL_FLOAT64,
                                       [GIL_OBJ_COMPLEX] = GIL_COMPLEX128};
    gil_buffer buffer;
    gil_type type = gil_type_of(env, object);
    if (type < GIL_OBJ_BOOL || type > GIL_OBJ_COMPLEX)
        return gil_raise(env, GIL_TYPE_ERROR, "--out %s: the result is %s; only arrays and numbers go in a .npy file",
                         path, gil_type_name(env, object));
    gil_obj array = gil_array_new(env, dtypes[type], 0, NULL);
    if (gil_is_null(array) || !gil_buffer_pin(env, array, &buffer))
        return GIL_NULL;
    bool fits = gil__element_write(env, object, dtypes[type], buffer.data) == GIL__FITS;
    gil_buffer_release(env, &buffer);
    return fits ? array : GIL_NULL;
}

static bool save(worker *w, gil_env *env, gil_obj object, const char *path)
{
    gil_buffer buffer;
    if (gil_type_of(env, object) != GIL_OBJ_ARRAY)
        object = array_of_number(env, object, path);
    if (gil_is_null(object) || !gil_buffer_pin(env, object, &buffer))
        return give_up(w, env, GIL__EXIT_OUTPUT);
    bool fine = gil__npy_save(&buffer, path);
    if (!fine)
        gil_raise(env, GIL_OS_ERROR, "--out %s: %s", path, strerror(errno));
    gil_buffer_release(env, &buffer);
    return fine || give_up(w, env, GIL__EXIT_OUTPUT);
}

static bool save_all(worker *w, gil_env *env, const gil_obj *results, size_t count)
{
    const gil__job *job = w->crew->job;
    if (job->n_outs > count) {
        gil_raise(env, GIL_VALUE_ERROR, "%u --out, but the function gives %zu result%s", job->n_outs, count,
                  count == 1 ? "" : "s");
        return give_up(w, env, GIL__EXIT_OUTPUT);
    }
    for (unsigned i = 0; i < job->n_outs; i++)
        if (!save(w, env, results[i], job->outs[i]))
            return false;
    return true;
}

static bool show_text(worker *w, gil_env *env, const gil_obj *results, const char **names, size_t count)
{
    size_t size;
    FILE *text = open_memstream(&w->report->text, &size);
    if (!text)
        return false;
    unsigned hidden = w->crew->job->n_outs; /* went to files */
    for (size_t i = hidden; i < count; i++) {
        if (names[i])
            fprintf(text, "%s = ", names[i]);
        gil__value_print(env, results[i], text);
        fputc('\n', text);
    }
    bool fine = fclose(text) == 0;
    return fine && !gil_error_pending(env);
}

/* What went to files is named, not shown. */
static json_t *files_json(const gil__job *job)
{
    json_t *files = json_array();
    for (unsigned i = 0; i < job->n_outs; i++)
        json_array_append_new(files, gil__cli_text_json(job->outs[i]));
    return files;
}

static bool show_json(worker *w, gil_env *env, gil_obj result, const gil_obj *results, const char **names, size_t count)
{
    const gil__job *job = w->crew->job;
    json_t *json = json_object(), *written = json_object();
    bool fine = true;
    if (job->n_outs)
        json_object_set_new(json, "files", files_json(job));
    else
        fine = json_object_set_new(json, "result", gil__value_json(env, result)) == 0;
    for (size_t i = job->n_outs; i < count && fine; i++)
        if (names[i])
            fine = json_object_set_new(written, names[i], gil__value_json(env, results[i])) == 0;
    if (json_object_size(written))
        json_object_set(json, "written", written);
    json_decref(written);
    w->report->json = json;
    return fine;
}

static bool show(worker *w, gil_env *env, gil_obj result)
{
    gil_obj results[GIL__MAX_PARAMS + 1];
    const char *names[GIL__MAX_PARAMS + 1];
    size_t count = list_results(w, env, result, results, names);
    if (w->number == 0 && !save_all(w, env, results, count))
        return false;
    bool fine = w->crew->job->json ? show_json(w, env, result, results, names, count)
                                   : show_text(w, env, results, names, count);
    if (!fine && !gil_error_pending(env))
        gil_raise(env, GIL_MEMORY_ERROR, "no memory for the result's text");
    return fine || give_up(w, env, GIL__EXIT_RAISED);
}

static void work(worker *w, gil_env *env)
{
    crew *c = w->crew;
    gil_stats before;
    bool ready = prepare(w, env);
    if (!ready)
        atomic_store(&c->failed, 1);
    GIL_BEGIN_ALLOW_THREADS(env)
    pthread_barrier_wait(&c->ready); /* all have arguments, or have failed */
    pthread_barrier_wait(&c->ready); /* the clock runs */
    GIL_END_ALLOW_THREADS(env)
    if (atomic_load(&c->failed))
        return;
    gil_thread_stats(env, &before);
    gil_obj result = call_repeatedly(w, env);
    gil_thread_stats(env, &w->report->stats);
    w->report->stats = stats_since(w->report->stats, &before);
    if (!w->makes)
        gil_function_stats(env, w->function, &w->report->function_calls, &w->report->function_stats);
    if (gil_is_null(result))
        give_up(w, env, GIL__EXIT_RAISED);
    else
        show(w, env, result);
}

static void *worker_main(void *argument)
{
    worker *w = argument;
    gil__cli_use_c_locale();
    gil_env *env = gil_attach(w->crew->runtime, &w->report->error);
    if (env) {
        work(w, env);
        gil_detach(env);
        return NULL;
    }
    w->report->code = GIL__EXIT_RAISED;
    atomic_store(&w->crew->failed, 1);
    pthread_barrier_wait(&w->crew->ready);
    pthread_barrier_wait(&w->crew->ready);
    return NULL;
}

/* ---- The crew ------------------------------------------------------------------------------------------------ */

static void interrupt(crew *c)
{
    gil__lock_take(&c->lock);
    if (c->runtime)
        gil_runtime_interrupt(c->runtime);
    gil__lock_give(&c->lock);
}

/* Ctrl-C arrives here, on a thread of its own, because what it must do is nothing for a signal handler. Kernels are
 * told again and again: one may have begun just after. */
static void *wait_for_interrupt(void *argument)
{
    crew *c = argument;
    const struct timespec again = {.tv_nsec = 20000000};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    for (;;) {
        bool told = atomic_load(&c->interrupted);
        int got = told ? sigtimedwait(&set, NULL, &again) : sigwaitinfo(&set, NULL);
        if (got == SIGINT && told)
            _exit(GIL__EXIT_INTERRUPTED);
        if (got == SIGINT) {
            fprintf(stderr, "gilkit: interrupted; waiting for the kernel (Ctrl-C again to leave)\n");
            atomic_store(&c->interrupted, 1);
        }
        if (atomic_load(&c->interrupted))
            interrupt(c);
    }
}

static void show_progress(gil_runtime *runtime)
{
    uint64_t done, total;
    gil_runtime_progress(runtime, &done, &total);
    if (total)
        fprintf(stderr, "\r%3.0f %%", 100.0 * (double)done / (double)total);
}

static void join(const crew *c, worker *workers)
{
    for (unsigned i = 0; i < c->job->threads; i++) {
        struct timespec limit;
        if (!c->job->progress) {
            pthread_join(workers[i].thread, NULL);
            continue;
        }
        do {
            show_progress(c->runtime);
            clock_gettime(CLOCK_REALTIME, &limit);
            limit.tv_nsec += 100000000;
            limit.tv_sec += limit.tv_nsec / 1000000000;
            limit.tv_nsec %= 1000000000;
        } while (pthread_timedjoin_np(workers[i].thread, NULL, &limit) == ETIMEDOUT);
    }
    if (c->job->progress)
        fputs("\r     \r", stderr);
}

static int save_timeline(const gil__job *job, const gil__timeline *timeline, uint64_t from, uint64_t to)
{
    char title[200];
    const char *gil = job->policy == GIL_HOLD ? ", GIL held" : job->policy == GIL_RELEASE ? ", GIL released" : "";
    snprintf(title, sizeof title, "%s: %u thread%s, %u call%s each%s", job->function ? job->function : job->prototype,
             job->threads, job->threads == 1 ? "" : "s", job->repeat, job->repeat == 1 ? "" : "s", gil);
    if (gil__timeline_save(timeline, from, to, title, job->timeline))
        return GIL__EXIT_FINE;
    return gil__cli_fail(GIL__EXIT_OUTPUT, "--timeline %s: %s", job->timeline, strerror(errno));
}

/* The first thread's failure speaks for all. */
static int failure(const gil__job *job, const gil__report *reports)
{
    for (unsigned i = 0; i < job->threads; i++) {
        const gil__report *r = &reports[i];
        if (r->code == GIL__EXIT_FINE)
            continue;
        if (r->code == GIL__EXIT_REFUSED || r->code == GIL__EXIT_OUTPUT)
            return gil__cli_fail(r->code, "%s", r->error.message);
        return gil__cli_fail(r->code, "%s: %s", gil_error_name(r->error.kind), r->error.message);
    }
    return GIL__EXIT_FINE;
}

/* Start, let all begin at once, wait. Threads that cannot be started end the process: the others
 * wait for them. */
static double run_crew(crew *c, worker *workers, gil__report *reports, uint64_t *began)
{
    pthread_barrier_init(&c->ready, NULL, c->job->threads + 1);
    for (unsigned i = 0; i < c->job->threads; i++) {
        workers[i] = (worker){.crew = c, .number = i, .report = &reports[i]};
        int code = pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]);
        if (code)
            exit(gil__cli_fail(GIL__EXIT_RAISED, "thread %u cannot be started: %s; use fewer --threads", i,
                               strerror(code)));
    }
    pthread_barrier_wait(&c->ready);
    *began = gil__now_ns();
    pthread_barrier_wait(&c->ready);
    join(c, workers);
    double seconds = (double)(gil__now_ns() - *began) / 1e9;
    pthread_barrier_destroy(&c->ready);
    return seconds;
}

static int run_all(crew *c, worker *workers, gil__report *reports)
{
    gil__job *job = c->job;
    gil__timeline *timeline = NULL;
    uint64_t began;
    if (job->timeline && !(timeline = gil__timeline_new(c->runtime, job->threads)))
        return gil__cli_fail(GIL__EXIT_RAISED, "no memory");
    double seconds = run_crew(c, workers, reports, &began);
    int code = failure(job, reports);
    gil_stats all;
    gil_runtime_stats(c->runtime, &all);
    if (code == GIL__EXIT_FINE)
        code = gil__report_print(job, reports, &all, seconds);
    if (code == GIL__EXIT_FINE && timeline)
        code = save_timeline(job, timeline, began, began + (uint64_t)(seconds * 1e9));
    gil_runtime_watch(c->runtime, NULL, NULL);
    gil__timeline_free(timeline);
    return code;
}

/* SIGINT is blocked in every thread but the one that waits for it. */
static void catch_interrupts(crew *c)
{
    sigset_t set;
    pthread_t thread;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (pthread_create(&thread, NULL, wait_for_interrupt, c) == 0)
        pthread_detach(thread);
    else
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* Let the modules' free functions run. */
static void free_runtime(crew *c)
{
    gil_error error;
    gil__lock_take(&c->lock);
    gil_runtime *runtime = c->runtime;
    c->runtime = NULL;
    gil__lock_give(&c->lock);
    if (!gil_runtime_free(runtime, &error))
        gil__cli_fail(GIL__EXIT_RAISED, "the runtime cannot be freed: %s", error.message);
}

int gil__job_run(gil__job *job)
{
    gil_error error;
    gil_runtime_options measured = {.measure = true};
    /* The waiter for interrupts is never joined, so what it sees is never freed. */
    static crew c;
    c = (crew){.job = job, .runtime = gil_runtime_new(&measured, &error)};
    worker *workers = gil__alloc(job->threads, sizeof *workers);
    gil__report *reports = gil__alloc(job->threads, sizeof *reports);
    int code = GIL__EXIT_RAISED;
    if (!c.runtime || !workers || !reports) {
        gil__cli_fail(code, "no memory");
    } else {
        catch_interrupts(&c);
        code = run_all(&c, workers, reports);
    }
    free_runtime(&c);
    for (unsigned i = 0; reports && i < job->threads; i++) {
        free(reports[i].text);
        json_decref(reports[i].json);
    }
    gil__free(workers);
    gil__free(reports);
    return code;
}
