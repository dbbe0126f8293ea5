/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *about;
} verbs[] = {
    {"new", gil__cli_new, "write a module from a template"},
    {"run", gil__cli_run, "load a module and call one of its functions"},
    {"call", gil__cli_call, "call a function of a plain C library under a prototype"},
    {"inspect", gil__cli_inspect, "show what a module file says of itself, without running it"},
    {"doctor", gil__cli_doctor, "look for what is missing on this machine"},
};

enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

void gil__cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    argp_err_exit_status = GIL__EXIT_USAGE;
    argp_parse(argp, argc, argv, 0, NULL, input);
}

static int help(FILE *to)
{
    fputs("usage: gilkit VERB [OPTION...] [ARG...]\n\n", to);
    for (size_t i = 0; i < N_VERBS; i++)
        fprintf(to, "  %-9s%s\n", verbs[i].name, verbs[i].about);
    fputs("\n`gilkit VERB --help` says more of each. Exit codes: 0 fine, 1 the function raised,\n"
          "2 wrong usage, 3 the module was refused, 4 output could not be written, 5 doctor found\n"
          "something to mend, 130 interrupted.\n",
          to);
    return GIL__EXIT_FINE;
}

/* A verb that begins alike, for a mistyped one. */
static const char *nearest(const char *word)
{
    for (size_t i = 0; i < N_VERBS; i++)
        if (*word && strncmp(word, verbs[i].name, strlen(word) < 2 ? 1 : 2) == 0)
            return verbs[i].name;
    return NULL;
}

int main(int argc, char **argv)
{
    gil__cli_watch_output();
    gil__cli_watch_signals();
    gil__cli_use_c_locale();
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
        return help(stdout);
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        printf("gilkit %s (ABI %d.%d)\n", GIL_VERSION_TEXT, GIL_ABI_MAJOR, GIL_ABI_MINOR);
        return GIL__EXIT_FINE;
    }
    for (size_t i = 0; i < N_VERBS; i++)
        if (strcmp(word, verbs[i].name) == 0) {
            static char name[32];
            snprintf(name, sizeof name, "gilkit %s", word);
            argv[1] = name;
            return verbs[i].run(argc - 1, argv + 1);
        }
    if (argc < 2) {
        help(stderr);
        return GIL__EXIT_USAGE;
    }
    if (strchr(word, '/') || strstr(word, ".so"))
        return gil__cli_fail(GIL__EXIT_USAGE, "no verb %s; did you mean `gilkit run %s`?", word, word);
    const char *guess = nearest(word);
    if (guess)
        return gil__cli_fail(GIL__EXIT_USAGE, "no verb %s; did you mean `gilkit %s`?", word, guess);
    return gil__cli_fail(GIL__EXIT_USAGE, "no verb %s; `gilkit --help` lists them", word);
}
