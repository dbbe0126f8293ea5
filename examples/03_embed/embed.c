/* SPDX-License-Identifier: MIT
 *
 * A program with a runtime in it: it cuts a file into parts, one for each thread, and has a module read them
 * side by side. The threads are native ones, eight unless another number is said; they share the runtime and its GIL.
 *
 *     embed MODULE FILE [THREADS]
 *
 * Exit codes: 0 fine, 1 something failed, 2 wrong usage.
 */
#include <errno.h>
#include <gilkit/runtime.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_THREADS = 8, MAX_THREADS = 64 };

typedef struct summary {
    int64_t count;
    double low, high, sum;
} summary;

/* One thread's part of the work, and what came of it. */
typedef struct part {
    pthread_t thread;
    gil_runtime *runtime;
    const char *module;
    const char *text;
    size_t size;
    summary found;
    bool fine;
    gil_error error; /* when it is not */
} part;

/* ---- The file ------------------------------------------------------------------------------------------- */

/* All of a file, also of one that does not know its size, as those in /proc. NULL: errno says why. */
static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "re");
    size_t room = 1 << 16, got = 0;
    char *text = file ? malloc(room) : NULL;
    *size = 0;
    while (text && (got = fread(text + *size, 1, room - *size, file)) > 0) {
        *size += got;
        if (*size < room)
            continue;
        char *grown = realloc(text, room *= 2);
        if (!grown)
            free(text);
        text = grown;
    }
    int error = errno;
    if (text && ferror(file)) {
        free(text);
        text = NULL;
    }
    if (file)
        fclose(file);
    errno = error;
    return text;
}

/* Cut the text at ends of lines, so that no number is cut in two. Some parts may be empty. */
static void cut(part *parts, unsigned count, const char *text, size_t size)
{
    size_t from = 0;
    for (unsigned i = 0; i < count; i++) {
        size_t to = size / count * (i + 1);
        if (to < from)
            to = from;
        const char *line_end = i + 1 == count ? NULL : memchr(text + to, '\n', size - to);
        to = line_end ? (size_t)(line_end - text) + 1 : size;
        parts[i].text = text + from;
        parts[i].size = to - from;
        from = to;
    }
}

/* ---- One thread ----------------------------------------------------------------------------------------- */

/* The function's four results: how many, then what its GIL_OUT parameters got. */
static bool read_results(gil_env *env, gil_obj results, summary *found)
{
    return gil_int_get(env, gil_sequence_item(env, results, 0), &found->count) &&
           gil_float_get(env, gil_sequence_item(env, results, 1), &found->low) &&
           gil_float_get(env, gil_sequence_item(env, results, 2), &found->high) &&
           gil_float_get(env, gil_sequence_item(env, results, 3), &found->sum);
}

/* With the GIL. The call gives it up while the module reads, because `summary` takes no gil_env. */
static bool summarize(gil_env *env, part *p)
{
    gil_buffer memory = {.data = (void *)p->text,
                         .dtype = GIL_UINT8,
                         .flags = GIL_BUFFER_READONLY,
                         .ndim = 1,
                         .shape = {p->size},
                         .strides = {1}};
    gil_obj module = gil_load(env, p->module);
    gil_obj function = gil_is_null(module) ? module : gil_attr_get(env, module, "summary");
    gil_obj text = gil_is_null(function) ? function : gil_array_borrow(env, &memory, NULL, NULL); /* no copy */
    gil_obj results = gil_is_null(text) ? text : gil_call(env, function, &text, 1, NULL, 0);
    return !gil_is_null(results) && read_results(env, results, &p->found);
}

static void *work(void *argument)
{
    part *p = argument;
    gil_env *env = gil_attach(p->runtime, &p->error);
    if (!env)
        return NULL;
    p->fine = summarize(env, p);
    if (!p->fine)
        gil_error_take(env, &p->error);
    gil_detach(env);
    return NULL;
}

/* ---- All of them ---------------------------------------------------------------------------------------- */

/* This thread is not attached, so it may wait. false: a thread could not be started, or failed. */
static bool run(part *parts, unsigned count)
{
    unsigned started = 0;
    int code = 0;
    while (started < count && (code = pthread_create(&parts[started].thread, NULL, work, &parts[started])) == 0)
        started++;
    for (unsigned i = 0; i < started; i++)
        pthread_join(parts[i].thread, NULL);
    if (started < count)
        fprintf(stderr, "embed: thread %u cannot be started: %s\n", started, strerror(code));
    bool fine = started == count;
    for (unsigned i = 0; i < count && fine; i++) {
        fine = parts[i].fine;
        if (!fine)
            fprintf(stderr, "embed: part %u: %s: %s\n", i, gil_error_name(parts[i].error.kind), parts[i].error.message);
    }
    return fine;
}

static void print(const part *parts, unsigned count)
{
    summary all = {0};
    for (unsigned i = 0; i < count; i++) {
        const summary *found = &parts[i].found;
        if (found->count == 0)
            continue;
        all.low = all.count == 0 || found->low < all.low ? found->low : all.low;
        all.high = all.count == 0 || found->high > all.high ? found->high : all.high;
        all.sum += found->sum;
        all.count += found->count;
    }
    printf("numbers %lld\n", (long long)all.count);
    if (all.count > 0)
        printf("lowest  %.17g\nhighest %.17g\nmean    %.17g\n", all.low, all.high, all.sum / (double)all.count);
}

static int embed(const char *module, const char *text, size_t size, unsigned count)
{
    gil_error error;
    gil_stats stats;
    part parts[MAX_THREADS] = {0};
    gil_runtime *runtime = gil_runtime_new(&(gil_runtime_options){.measure = true}, &error);
    if (!runtime) {
        fprintf(stderr, "embed: %s\n", error.message);
        return 1;
    }
    for (unsigned i = 0; i < count; i++) {
        parts[i].runtime = runtime;
        parts[i].module = module;
    }
    cut(parts, count, text, size);
    bool fine = run(parts, count);
    if (fine) {
        print(parts, count);
        gil_runtime_stats(runtime, &stats);
        fprintf(stderr, "%u thread%s: GIL held %.3f ms, waited for %.3f ms, released %.3f ms\n", count,
                count == 1 ? "" : "s", (double)stats.held / 1e6, (double)stats.waited / 1e6,
                (double)stats.released / 1e6);
    }
    gil_runtime_free(runtime, &error);
    return fine && fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    char *end = "";
    unsigned long count = argc == 4 ? strtoul(argv[3], &end, 10) : USUAL_THREADS;
    if (argc < 3 || argc > 4 || *end || count < 1 || count > MAX_THREADS) {
        fprintf(stderr, "usage: embed MODULE FILE [THREADS]; THREADS is 1 to %d, usually %d\n", MAX_THREADS,
                USUAL_THREADS);
        return 2;
    }
    size_t size;
    char *text = read_file(argv[2], &size);
    if (!text) {
        fprintf(stderr, "embed: %s: %s\n", argv[2], strerror(errno));
        return 1;
    }
    int code = embed(argv[1], text, size, (unsigned)count);
    free(text);
    return code;
}
