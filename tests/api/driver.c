/* SPDX-License-Identifier: MIT
 *
 * The suite on the native host, in one process: api_driver MODULE.so... Each test of a module runs three times over:
 * plainly; with the allocation that fails moving from the first to the last; and again and again, looking for what it
 * leaves behind. The answer is TAP.
 */
#include <dirent.h>
#include <gilkit/runtime.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "host/check/check.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { MOST_TESTS = 256, ROUNDS = 8, CALLS = 3 };

static int tests, failures;
static long points_in_all;

/* ---- Telling -------------------------------------------------------------------------------------------- */

static void __attribute__((noreturn, format(printf, 1, 2))) give_up(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("Bail out! ");
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    exit(1);
}

/* A good module gives the checked table nothing to report. */
static void answer(bool fine, const char *module, const char *test, const char *how)
{
    static unsigned reports;
    if (reports != gil__check_reports())
        printf("# %u reports of the checked table, see stderr\n", gil__check_reports() - reports);
    fine &= reports == gil__check_reports();
    reports = gil__check_reports();
    failures += !fine;
    printf("%sok %d - %s: %s%s\n", fine ? "" : "not ", ++tests, module, test, how);
    fflush(stdout);
}

/* ---- A runtime with the test in it ---------------------------------------------------------------------- */

typedef struct stage {
    gil_runtime *runtime;
    gil_env *env;
    gil_obj function;
    long live; /* before all of it */
} stage;

static gil_obj load(gil_env *env, const char *path)
{
    gil_error error = {GIL_EXCEPTION, ""};
    gil_obj module = gil_load(env, path);
    if (gil_is_null(module) && gil_error_take(env, &error))
        give_up("%s: %s: %s", path, gil_error_name(error.kind), error.message);
    return module;
}

static stage stage_open(void)
{
    gil_error error;
    stage it = {.live = gil__memory_live()};
    it.runtime = gil_runtime_new(NULL, &error);
    it.env = it.runtime ? gil_attach(it.runtime, &error) : NULL;
    if (!it.env)
        give_up("no runtime: %s", error.message);
    return it;
}

/* How many allocations it left. */
static long stage_close(stage *it)
{
    gil_error error;
    gil_detach(it->env);
    if (!gil_runtime_free(it->runtime, &error))
        give_up("the runtime is not free: %s", error.message);
    return gil__memory_live() - it->live;
}

static stage stage_for(const char *path, const char *test)
{
    stage it = stage_open();
    it.function = gil_attr_get(it.env, load(it.env, path), test);
    if (gil_is_null(it.function))
        give_up("%s has no %s", path, test);
    return it;
}

/* Call the test; true: it was fine. Otherwise the error is told, and *error is the exception. */
static bool run(stage *it, gil_error *error)
{
    bool fine = false;
    *error = (gil_error){GIL_EXCEPTION, ""};
    GIL_SCOPE(it->env)
        fine = !gil_is_null(gil_call(it->env, it->function, NULL, 0, NULL, 0));
    bool told = gil_error_take(it->env, error);
    if (fine && told)
        printf("# fine, and yet it raised\n");
    return fine && !told;
}

static bool run_well(stage *it, const char *when)
{
    gil_error error;
    bool fine = run(it, &error);
    if (!fine)
        printf("# %s%s: %s\n", when, gil_error_name(error.kind), error.message);
    return fine;
}

/* ---- Plainly -------------------------------------------------------------------------------------------- */

static bool runs(const char *path, const char *test)
{
    stage it = stage_for(path, test);
    bool fine = run_well(&it, "");
    long left = stage_close(&it);
    if (left)
        printf("# %ld allocations are left when the runtime is free\n", left);
    return fine && !left;
}

/* ---- Without memory ------------------------------------------------------------------------------------- */

/* Was the failure not reached? Only for one that happens once. */
static bool still_armed(void)
{
    for (int i = 0; i < 1000; i++) {
        void *memory = gil__alloc(1, 1);
        if (!memory)
            return true;
        gil__free(memory);
    }
    return false;
}

/* One call with the allocation after `n` failing, and then one that works; *reached: it happened. */
static bool survives(stage *it, long n, bool forever, bool *reached)
{
    char when[80];
    gil_error error;
    snprintf(when, sizeof when, "allocation %ld%s fails: ", n, forever ? " and all behind it" : "");
    gil__memory_fail_after(n, forever);
    bool fine = run(it, &error);
    *reached = forever || !still_armed();
    gil__memory_fail_after(-1, false);
    if (fine)
        return true;
    if (error.kind != GIL_MEMORY_ERROR)
        printf("# %s%s: %s\n", when, gil_error_name(error.kind), error.message);
    strcat(when, "and the next call: ");
    return run_well(it, when) && error.kind == GIL_MEMORY_ERROR;
}

static bool nothing_left(long left, long n, bool forever)
{
    if (left)
        printf("# allocation %ld%s fails: %ld are left\n", n, forever ? " and all behind it" : "", left);
    return left == 0;
}

/* The first call in a runtime may make and grow what later ones find: each time in a new one. */
static bool survives_at_first(const char *path, const char *test, long n, bool forever, bool *reached)
{
    stage it = stage_for(path, test);
    bool fine = survives(&it, n, forever, reached);
    return nothing_left(stage_close(&it), n, forever) && fine;
}

/* Later ones leave what they found. The runtime may keep something for the next call, so that what it has grows once:
 * a leak grows every time. */
static bool survives_later(stage *it, long n, bool forever, bool *reached)
{
    bool fine = true;
    long left = 1;
    for (int i = 0; i < CALLS && fine && left > 0; i++) {
        long live = gil__memory_live();
        fine = survives(it, n, forever, reached);
        left = gil__memory_live() - live;
    }
    return nothing_left(left > 0 ? left : 0, n, forever) && fine;
}

enum { STEP = SANITIZED ? 5 : 1 }; /* sanitizers are slow: not at every point twice */

/* Every point up to some hundreds. What has thousands does the same again and again: from there on some of them. */
static long next_point(long n, long step)
{
    return n < 400 ? n + step : n + n / 16;
}

static bool survives_without_memory(const char *path, const char *test, long *points)
{
    bool fine = true, reached = true;
    long first = 0, later = 0, tried = 0;
    for (; reached && fine; tried++, first = next_point(first, 1))
        fine = survives_at_first(path, test, first, false, &reached);
    for (long n = 0; n < first && fine; n = next_point(n, STEP))
        fine = survives_at_first(path, test, n, true, &reached);
    stage it = stage_for(path, test);
    if (fine)
        fine = run_well(&it, "warming up: ");
    for (reached = true; reached && fine; tried++, later = next_point(later, 1))
        fine = survives_later(&it, later, false, &reached);
    for (long n = 0; n < later && fine; n = next_point(n, STEP))
        fine = survives_later(&it, n, true, &reached);
    *points = tried;
    return nothing_left(stage_close(&it), later, false) && fine;
}

/* ---- Again and again ------------------------------------------------------------------------------------ */

typedef struct traces {
    long live, files, threads, maps;
} traces;

static long entries(const char *folder)
{
    long count = 0;
    DIR *at = opendir(folder);
    while (at && readdir(at))
        count++;
    if (at)
        closedir(at);
    return count;
}

static long lines(const char *path)
{
    long count = 0;
    FILE *file = fopen(path, "re");
    for (int c; file && (c = getc(file)) != EOF;)
        count += c == '\n';
    if (file)
        fclose(file);
    return count;
}

static traces look(void)
{
    /* A sanitizer maps memory of its own. */
    return (traces){gil__memory_live(), entries("/proc/self/fd"), entries("/proc/self/task"),
                    SANITIZED ? 0 : lines("/proc/self/maps")};
}

/* The C library keeps a stack or an arena for later, and a thread that was joined is still listed for a moment: what
 * grows is what grows every time. */
static bool leaves_nothing(const char *path, const char *test)
{
    bool fine = true, more = true;
    stage it = stage_for(path, test);
    traces before = {0}, after = {0};
    for (int i = 0; i < CALLS && fine; i++)
        fine = run_well(&it, "warming up: ");
    for (int round = 0; round < ROUNDS && fine && more; round++) {
        before = look();
        for (int i = 0; i < CALLS && fine; i++)
            fine = run_well(&it, "again: ");
        after = look();
        more = after.live > before.live || after.files > before.files || after.threads > before.threads ||
               after.maps > before.maps;
    }
    if (fine && more)
        printf("# %d calls leave %ld allocations, %ld files, %ld threads, %ld maps\n", CALLS, after.live - before.live,
               after.files - before.files, after.threads - before.threads, after.maps - before.maps);
    stage_close(&it);
    return fine && !more;
}

/* ---- All of them ---------------------------------------------------------------------------------------- */

/* The names of a module's tests, to be freed; and its name. */
static size_t find_tests(const char *path, char *name, size_t size, char **names)
{
    size_t count = 0, length = 0;
    const char *text = "";
    stage it = stage_open();
    gil_obj module = load(it.env, path), functions = gil_module_functions(it.env, module);
    if (!gil_sequence_length(it.env, functions, &length))
        give_up("%s has no list of functions", path);
    gil_str_get(it.env, gil_attr_get(it.env, module, "__name__"), &text, NULL);
    snprintf(name, size, "%s", text);
    for (size_t i = 0; i < length && count < MOST_TESTS; i++) {
        gil_str_get(it.env, gil_sequence_item(it.env, functions, i), &text, NULL);
        gil_obj function = gil_attr_get(it.env, module, text);
        if (gil_str_is(it.env, gil_attr_get(it.env, function, "__doc__"), "A test."))
            names[count++] = strdup(text);
    }
    stage_close(&it);
    return count;
}

static void test_module(const char *path)
{
    char name[64], how[80];
    char *names[MOST_TESTS];
    size_t count = find_tests(path, name, sizeof name, names);
    if (count == 0)
        give_up("%s has no tests", path);
    for (size_t i = 0; i < count; i++) {
        long points = 0;
        bool well = runs(path, names[i]);
        answer(well, name, names[i], "");
        if (well) {
            bool fine = survives_without_memory(path, names[i], &points);
            snprintf(how, sizeof how, ", where %ld allocations fail", points);
            answer(fine, name, names[i], how);
            answer(leaves_nothing(path, names[i]), name, names[i], ", again and again");
        }
        points_in_all += points;
        free(names[i]);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2)
        give_up("usage: api_driver MODULE.so...");
    /* one of them imports another */
    char *folder = realpath(argv[1], NULL);
    if (!folder)
        give_up("%s: no such module", argv[1]);
    setenv("GILKIT_PATH", dirname(folder), 1);
    free(folder);
    for (int i = 1; i < argc; i++)
        test_module(argv[i]);
    printf("# %ld injection points, each twice\n1..%d\n", points_in_all, tests);
    return failures > 0;
}
