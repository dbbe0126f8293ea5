/* SPDX-License-Identifier: MIT
 *
 * gilkit doctor
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cores.h"
#include "base/futex.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/place.h"
#include "load/search.h"

typedef enum health { FINE, NOTE, MEND } health;

typedef struct finding {
    const char *what;
    health state;
    char text[300];
} finding;

typedef struct visit {
    finding *findings;
    size_t count;
} visit;

static void find(visit *v, const char *what, health state, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void find(visit *v, const char *what, health state, const char *format, ...)
{
    finding *grown = gil__realloc(v->findings, v->count + 1, sizeof *grown);
    if (!grown)
        exit(gil__cli_fail(GIL__EXIT_RAISED, "no memory"));
    v->findings = grown;
    finding *f = &v->findings[v->count++];
    gil__text text = gil__text_in(f->text, sizeof f->text);
    va_list arguments;
    va_start(arguments, format);
    gil__text_add_v(&text, format, arguments);
    va_end(arguments);
    f->what = what;
    f->state = state;
}

/* The first line that a command prints; false when it cannot be run or fails. The commands are
 * fixed texts. */
static bool first_line(const char *command, char *line, size_t size)
{
    FILE *pipe = popen(command, "re");
    if (!pipe)
        return false;
    bool got = fgets(line, (int)size, pipe) != NULL;
    char rest[256];
    while (fgets(rest, sizeof rest, pipe))
        continue;
    line[got ? strcspn(line, "\n") : 0] = '\0';
    return pclose(pipe) == 0 && got;
}

static void check_tool(visit *v, const char *what, const char *command, health missing, const char *mend)
{
    char line[160];
    if (first_line(command, line, sizeof line))
        find(v, what, FINE, "%s", line);
    else
        find(v, what, missing, "not found; %s", mend);
}

/* What pkg-config says must be this very gilkit, or modules are built against another one's headers. */
static void check_pkg_config(visit *v)
{
    char line[160], folder[PATH_MAX] = GILKIT_PKGCONFIG_FOLDER, mend[PATH_MAX + 40];
    bool installed = gil__cli_package_pkgconfig(folder) || access(GILKIT_PKGCONFIG_FOLDER "/gilkit.pc", F_OK) == 0;
    snprintf(mend, sizeof mend, "run: export PKG_CONFIG_PATH=%s", folder);
    if (!first_line("pkg-config --modversion gilkit 2>/dev/null", line, sizeof line))
        find(v, "headers", NOTE, "pkg-config does not find gilkit; %s",
             installed ? mend : "install it with meson install");
    else if (strcmp(line, GIL_VERSION_TEXT) != 0)
        find(v, "headers", MEND, "pkg-config finds gilkit %s, this is %s: two are installed; %s", line,
             GIL_VERSION_TEXT, mend);
    else
        find(v, "headers", FINE, "pkg-config finds gilkit %s", line);
}

/* Is another gilkit first on PATH? */
static void check_path(visit *v)
{
    char line[PATH_MAX + 2], here[PATH_MAX], there[PATH_MAX];
    if (!gil__cli_own_file(here)) {
        find(v, "/proc", MEND, "is not mounted; modules are loaded through /proc/self/fd");
        return;
    }
    if (!first_line("command -v gilkit", line, sizeof line) || !realpath(line, there))
        find(v, "command", NOTE, "%s is not on PATH", here);
    else if (strcmp(here, there) != 0)
        find(v, "command", NOTE, "this is %s, but `gilkit` runs %s", here, there);
    else
        find(v, "command", FINE, "%s", here);
}

static void check_folders(visit *v)
{
    const char *folders = secure_getenv("GILKIT_PATH");
    for (const char *at = folders; at && *at;) {
        char folder[PATH_MAX];
        struct stat info;
        size_t span = strcspn(at, ":");
        snprintf(folder, sizeof folder, "%.*s", (int)span, at);
        at += span + (at[span] == ':');
        if (!span)
            continue;
        if (folder[0] != '/')
            find(v, "GILKIT_PATH", MEND, "%s is ignored: it does not begin with a slash", folder);
        else if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode))
            find(v, "GILKIT_PATH", MEND, "%s is no folder", folder);
        else if (info.st_mode & S_IWOTH && !(info.st_mode & S_ISVTX))
            find(v, "GILKIT_PATH", MEND, "%s may be written by everybody; run: chmod o-w '%s'", folder, folder);
        else
            find(v, "GILKIT_PATH", FINE, "%s", folder);
    }
    find(v, "modules", FINE, "installed ones are looked for in %s", gil__module_folder());
}

static void check_cores(visit *v)
{
    int usable = gil__cores();
    if (usable > 1)
        find(v, "cores", FINE, "%d may be used", usable);
    else
        find(v, "cores", NOTE, "only one may be used; kernels will not run side by side");
}

/* Take and give the GIL, so that one sees it work and what it costs here. */
static void check_gil(visit *v)
{
    enum { ROUNDS = 100000 };
    gil_error error;
    gil_runtime *runtime = gil_runtime_new(NULL, &error);
    gil_env *env = runtime ? gil_attach(runtime, &error) : NULL;
    if (!env) {
        find(v, "GIL", MEND, "%s", error.message);
        return;
    }
    uint64_t start = gil__now_ns();
    for (int i = 0; i < ROUNDS; i++) {
        GIL_BEGIN_ALLOW_THREADS(env)
        GIL_END_ALLOW_THREADS(env)
    }
    double each = (double)(gil__now_ns() - start) / ROUNDS;
    gil_detach(env);
    gil_runtime_free(runtime, &error);
    find(v, "GIL", FINE, "release and reacquire take %.0f ns", each);
}

static void visit_all(visit *v)
{
    check_path(v);
    check_tool(v, "compiler", "cc --version 2>/dev/null", MEND, "run: apt-get install gcc");
    check_tool(v, "meson", "meson --version 2>/dev/null", NOTE, "run: apt-get install meson ninja-build");
    check_tool(v, "pkg-config", "pkg-config --version 2>/dev/null", NOTE, "run: apt-get install pkg-config");
    check_pkg_config(v);
    check_folders(v);
    check_cores(v);
    check_gil(v);
}

static const char *const states[] = {"fine", "note", "mend"};

static int print_json(const visit *v, bool healthy)
{
    json_t *list = json_array();
    for (size_t i = 0; i < v->count; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:o}", "what", v->findings[i].what, "state",
                                        states[v->findings[i].state], "text", gil__cli_text_json(v->findings[i].text)));
    int code = gil__cli_print_json(json_pack("{s:i, s:s, s:b, s:o}", "schema", 1, "version", GIL_VERSION_TEXT,
                                             "healthy", healthy, "findings", list));
    return code == GIL__EXIT_FINE && !healthy ? GIL__EXIT_UNHEALTHY : code;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    (void)text;
    if (key == 'j')
        *(bool *)state->input = true;
    else if (key == ARGP_KEY_ARG)
        argp_error(state, "%s: doctor takes no arguments", text);
    return key == 'j' ? 0 : ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {{"json", 'j', NULL, 0, "Answer with JSON", 0}, {0}};

int gil__cli_doctor(int argc, char **argv)
{
    static const struct argp argp = {
        options,
        parse,
        NULL,
        "Look for what is missing on this machine, and say what to do.\v"
        "Exit codes: 0 fine (notes are fine too), 2 wrong usage, 5 something must be mended.",
        NULL,
        NULL,
        NULL};
    bool json = false, healthy = true;
    visit v = {.count = 0};
    gil__cli_parse(&argp, argc, argv, &json);
    visit_all(&v);
    for (size_t i = 0; i < v.count; i++)
        healthy &= v.findings[i].state != MEND;
    int code = healthy ? GIL__EXIT_FINE : GIL__EXIT_UNHEALTHY;
    if (json)
        code = print_json(&v, healthy);
    for (size_t i = 0; !json && i < v.count; i++)
        printf("%-5s %-12s %s\n", states[v.findings[i].state], v.findings[i].what, v.findings[i].text);
    gil__free(v.findings);
    return code;
}
