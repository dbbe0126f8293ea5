/* SPDX-License-Identifier: MIT
 *
 * gilkit new NAME
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/place.h"
#include "cli/template.h"
#include "cli/words.h"

typedef struct input {
    const char *path; /* where to write; its last part is the name */
    char name[64];
    const gil__template *template;
    bool dry_run;
    bool json;
} input;

/* ---- Names --------------------------------------------------------------------------------------------------- */

static bool is_among(const char *name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return false;
}

#define IS_AMONG(name, words) is_among(name, words, sizeof words / sizeof words[0])

/* NULL: the name is fine. */
static const char *name_fault(const char *name)
{
    size_t length = strlen(name);
    if (length == 0)
        return "it is empty";
    if (length > 50)
        return "it is longer than 50 characters";
    if (!islower((unsigned char)name[0]))
        return "it must begin with a lower-case letter";
    for (size_t i = 0; i < length; i++)
        if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) && name[i] != '_')
            return "it may have lower-case letters, digits and _ only, because it becomes a C "
                   "name, a file "
                   "name and a Python module";
    if (strncmp(name, "gil_", 4) == 0 || strcmp(name, "gilkit") == 0)
        return "gil_ and gilkit are gilkit's own";
    if (IS_AMONG(name, c_words))
        return "it is a word of C";
    if (IS_AMONG(name, python_words))
        return "it is a word of Python";
    if (IS_AMONG(name, meson_words))
        return "it is a target of every meson build";
    if (IS_AMONG(name, python_modules))
        return "Python has a module of that name";
    return NULL;
}

/* A name that would do, out of one that does not: "My-Filter" -> "my_filter". */
static void suggest(const char *name, char *better, size_t size)
{
    size_t length = 0;
    if (strncmp(name, "gil_", 4) == 0)
        name += 4;
    if (!isalpha((unsigned char)*name))
        better[length++] = 'm';
    for (; *name && length < 40; name++)
        better[length++] = isalnum((unsigned char)*name) ? (char)tolower((unsigned char)*name) : '_';
    better[length] = '\0';
    if (name_fault(better))
        strcpy(better + length, "_mod");
    if (name_fault(better))
        snprintf(better, size, "my_module");
}

/* ---- Writing ------------------------------------------------------------------------------------------------- */

/* The folder that is being written; removed when the command is interrupted. */
static char draft[PATH_MAX];

static const char *file_name(const input *in, const gil__template_file *file, char *path, size_t size)
{
    const char *mark = strstr(file->path, "NAME");
    if (mark)
        snprintf(path, size, "%.*s%s%s", (int)(mark - file->path), file->path, in->name, mark + 4);
    else
        snprintf(path, size, "%s", file->path);
    return path;
}

/* A text with @NAME@ replaced. */
static bool write_text(FILE *to, const input *in, const char *at, size_t length)
{
    static const char mark[] = "@NAME@";
    const char *end = at + length;
    while (at < end) {
        const char *next = memmem(at, (size_t)(end - at), mark, sizeof mark - 1);
        size_t plain = (size_t)((next ? next : end) - at);
        if (fwrite(at, 1, plain, to) != plain || (next && fputs(in->name, to) == EOF))
            return false;
        at += plain + (next ? sizeof mark - 1 : 0);
    }
    return true;
}

/* Make the folders above a path inside the draft. */
static bool make_folders(char *path)
{
    for (char *slash = path + strlen(draft) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        bool fine = mkdir(path, 0777) == 0 || errno == EEXIST;
        *slash = '/';
        if (!fine)
            return false;
    }
    return true;
}

static bool write_file(const input *in, const gil__template_file *file)
{
    char path[PATH_MAX], name[300];
    int length = snprintf(path, sizeof path, "%s/%s", draft, file_name(in, file, name, sizeof name));
    if (length >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return false;
    }
    FILE *to = make_folders(path) ? fopen(path, "wxe") : NULL;
    if (!to)
        return false;
    bool fine = write_text(to, in, file->text, file->length);
    return (fclose(to) == 0) & fine;
}

/* Remove what was written, and only that: every file of the template, then the folders. */
static void remove_draft(const input *in)
{
    char path[PATH_MAX + 400], name[300];
    for (size_t i = 0; i < in->template->n_files; i++) {
        snprintf(path, sizeof path, "%s/%s", draft, file_name(in, &in->template->files[i], name, sizeof name));
        unlink(path);
        for (char *slash = strrchr(path, '/'); slash > path + strlen(draft); slash = strrchr(path, '/')) {
            *slash = '\0';
            rmdir(path);
        }
    }
    rmdir(draft);
}

/* Signals are blocked while the draft exists; one that waits means that the user wants it gone. */
static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGQUIT);
    return set;
}

static bool is_stopped(void)
{
    sigset_t waiting, asked = stop_signals();
    sigpending(&waiting);
    return sigandset(&waiting, &waiting, &asked) == 0 && !sigisemptyset(&waiting);
}

static int give_up(const input *in, int code)
{
    remove_draft(in);
    if (code == EEXIST)
        return gil__cli_fail(GIL__EXIT_OUTPUT, "%s exists already; choose another name, or remove it", in->path);
    return gil__cli_fail(GIL__EXIT_OUTPUT, "%s cannot be written: %s; nothing was left behind", in->path,
                         strerror(code));
}

/* Everything is written beside the place and renamed, which either happens or does not. */
static int write_all(const input *in)
{
    sigset_t asked = stop_signals();
    sigprocmask(SIG_BLOCK, &asked, NULL);
    int length = snprintf(draft, sizeof draft, "%s.XXXXXX", in->path);
    if (length >= (int)sizeof draft)
        return gil__cli_fail(GIL__EXIT_USAGE, "the path is too long");
    if (!mkdtemp(draft))
        return gil__cli_fail(GIL__EXIT_OUTPUT, "%s cannot be written: %s%s", in->path, strerror(errno),
                             errno == ENOENT ? "; make the folder above it first" : "");
    mode_t mask = umask(0);
    umask(mask);
    chmod(draft, 0777 & ~mask);
    for (size_t i = 0; i < in->template->n_files && !is_stopped(); i++)
        if (!write_file(in, &in->template->files[i]))
            return give_up(in, errno);
    if (is_stopped()) {
        remove_draft(in);
        return gil__cli_fail(GIL__EXIT_INTERRUPTED, "interrupted; nothing was left behind");
    }
    if (renameat2(AT_FDCWD, draft, AT_FDCWD, in->path, RENAME_NOREPLACE) != 0)
        return give_up(in, errno);
    return GIL__EXIT_FINE;
}

/* ---- The verb ------------------------------------------------------------------------------------------------ */

enum { KEY_DRY_RUN = 256, KEY_JSON };

static const struct argp_option options[] = {
    {"template", 't', "TEMPLATE", 0, "Which template; kernel when none is said", 0},
    {"dry-run", KEY_DRY_RUN, NULL, 0, "List the files, write nothing", 0},
    {"json", KEY_JSON, NULL, 0, "Answer with JSON", 0},
    {0}};

static const gil__template *find_template(const char *name)
{
    for (size_t i = 0; i < gil__n_templates; i++)
        if (strcmp(name, gil__templates[i].name) == 0)
            return &gil__templates[i];
    return NULL;
}

static void choose_template(input *in, const char *name, struct argp_state *state)
{
    char names[200] = "";
    in->template = find_template(name);
    for (size_t i = 0; i < gil__n_templates; i++) {
        size_t length = strlen(names);
        snprintf(names + length, sizeof names - length, "%s%s", i ? ", " : "", gil__templates[i].name);
    }
    if (!in->template)
        argp_error(state, "no template %s; there is: %s", name, names);
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    input *in = state->input;
    switch (key) {
    case 't':
        choose_template(in, text, state);
        return 0;
    case KEY_DRY_RUN:
        in->dry_run = true;
        return 0;
    case KEY_JSON:
        in->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (in->path)
            argp_error(state, "one NAME at a time; %s is a second", text);
        in->path = text;
        return 0;
    case ARGP_KEY_END:
        if (!in->path)
            argp_error(state, "NAME is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The name is the path's last part, slashes at the end aside. */
static int take_name(input *in, char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *fault = name_fault(name);
    if (fault) {
        char better[64];
        suggest(name, better, sizeof better);
        return gil__cli_fail(GIL__EXIT_USAGE, "%s cannot name a module: %s; for example %s", name, fault, better);
    }
    strcpy(in->name, name);
    struct stat info;
    if (lstat(path, &info) == 0)
        return gil__cli_fail(GIL__EXIT_OUTPUT, "%s exists already; choose another name, or remove it", path);
    return GIL__EXIT_FINE;
}

static int answer(const input *in)
{
    char name[300];
    json_t *files = json_array();
    for (size_t i = 0; i < in->template->n_files; i++) {
        file_name(in, &in->template->files[i], name, sizeof name);
        if (in->json)
            json_array_append_new(files, json_string(name));
        else
            printf("%s/%s\n", in->path, name);
    }
    if (in->json)
        return gil__cli_print_json(json_pack("{s:i, s:s, s:s, s:o, s:b, s:o}", "schema", 1, "name", in->name,
                                             "template", in->template->name, "path", gil__cli_text_json(in->path),
                                             "written", !in->dry_run, "files", files));
    json_decref(files);
    if (!in->dry_run) {
        char folder[PATH_MAX];
        printf("\nNext:\n  cd %s\n", in->path);
        if (gil__cli_package_pkgconfig(folder))
            printf("  export PKG_CONFIG_PATH=%s\n", folder);
        for (const char *step = in->template->next, *end; *step; step = *end ? end + 1 : end) {
            end = strchrnul(step, '\n');
            fputs("  ", stdout);
            write_text(stdout, in, step, (size_t)(end - step));
            putchar('\n');
        }
    }
    return GIL__EXIT_FINE;
}

static const char about[] =
    "Write a module from a template.\v"
    "NAME becomes a folder, the module's name and its file's; it may have a path in front. It has "
    "lower-case letters, digits and _. An interrupted command leaves nothing behind.\n\n"
    "Exit codes: 0 fine, 2 a bad name or wrong usage, 4 the place exists or cannot be written, 130 "
    "interrupted.";

/* Behind the help: the templates. */
static char *list_templates(int key, const char *text, void *state)
{
    char *list = NULL;
    size_t size;
    (void)state;
    FILE *to = key == ARGP_KEY_HELP_EXTRA ? open_memstream(&list, &size) : NULL;
    if (!to)
        return (char *)text;
    fputs("Templates:\n", to);
    for (size_t i = 0; i < gil__n_templates; i++)
        fprintf(to, "  %-8s %s\n", gil__templates[i].name, gil__templates[i].about);
    return fclose(to) == 0 ? list : NULL;
}

int gil__cli_new(int argc, char **argv)
{
    static const struct argp argp = {options, parse, "NAME", about, NULL, list_templates, NULL};
    input in = {.template = find_template("kernel")};
    gil__cli_parse(&argp, argc, argv, &in);
    int code = take_name(&in, (char *)in.path);
    if (code == GIL__EXIT_FINE && !in.dry_run)
        code = write_all(&in);
    return code == GIL__EXIT_FINE ? answer(&in) : code;
}
