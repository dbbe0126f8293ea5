/* SPDX-License-Identifier: MIT
 *
 * The command line: one file a verb, and what they share.
 *
 * Data goes to stdout, everything said to people about it to stderr. Exit codes:
 */
#ifndef GILKIT_CLI_CLI_H
#define GILKIT_CLI_CLI_H

#include <argp.h>
#include <gilkit/runtime.h>
#include <jansson.h>
#include <stdio.h>

enum {
    GIL__EXIT_FINE = 0,
    GIL__EXIT_RAISED = 1,    /* the function, or reading its arguments, raised an exception */
    GIL__EXIT_USAGE = 2,     /* the command line is wrong */
    GIL__EXIT_REFUSED = 3,   /* the module, library or prototype was refused */
    GIL__EXIT_OUTPUT = 4,    /* a file could not be written */
    GIL__EXIT_UNHEALTHY = 5, /* doctor found something that must be mended */
    GIL__EXIT_INTERRUPTED = 130
};

/* The verbs. argv[0] is "gilkit VERB". */
int gil__cli_new(int argc, char **argv);
int gil__cli_run(int argc, char **argv);
int gil__cli_call(int argc, char **argv);
int gil__cli_inspect(int argc, char **argv);
int gil__cli_doctor(int argc, char **argv);

/* "gilkit: " and a message to stderr. Returns the code, so that `return gil__cli_fail(...)` ends a
 * verb. */
int gil__cli_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Print text that is somebody else's: control characters, which a terminal would obey, become '?'. */
void gil__cli_put(const char *text, FILE *to);

/* Print JSON to stdout, with a newline, and free it. NULL means that there was no memory for it. Returns an exit
 * code. */
int gil__cli_print_json(json_t *json);

/* Any text as a JSON string; what is not UTF-8 in it becomes U+FFFD. NULL: no memory. */
json_t *gil__cli_text_json(const char *text);

/* From now on, output that could not be written makes the process exit with GIL__EXIT_OUTPUT. */
void gil__cli_watch_output(void);

/* Signals that would end the process without a word: a write past RLIMIT_FSIZE fails, and reading a file that was cut
 * after it was mapped says so. */
void gil__cli_watch_signals(void);

/* Let this thread read and write numbers as C does, whatever locale a module sets for the process. */
void gil__cli_use_c_locale(void);

/* Parse options. argp answers --help and --usage itself; a wrong option exits with GIL__EXIT_USAGE.
 */
void gil__cli_parse(const struct argp *argp, int argc, char **argv, void *input);

#endif
