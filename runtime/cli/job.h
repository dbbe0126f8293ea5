/* SPDX-License-Identifier: MIT
 *
 * What `gilkit run` and `gilkit call` have in common: one function, called from some threads some
 * times, and what each of them got.
 */
#ifndef GILKIT_CLI_JOB_H
#define GILKIT_CLI_JOB_H

#include "cli/cli.h"
#include "cli/timeline.h"
#include "cli/value.h"

enum { GIL__MAX_THREADS = 1024, GIL__MAX_OUTS = 16 };

typedef struct gil__job {
    const char *module;    /* gilkit run: name or path */
    const char *function;  /* its function */
    const char *library;   /* gilkit call: name or path */
    const char *prototype; /* of its function */
    gil_policy policy;
    unsigned threads;
    unsigned repeat;
    bool json;
    bool progress;
    bool stats;
    const char *timeline; /* a file; NULL: none */
    const char *outs[GIL__MAX_OUTS];
    unsigned n_outs;
    gil__arg *args;
    size_t n_args;
} gil__job;

/* What one thread got. */
typedef struct gil__report {
    unsigned calls;
    gil_stats stats;          /* of the calls alone */
    uint64_t function_calls;  /* of the function that it called, by then */
    gil_stats function_stats; /* by all threads, or of a plain library by this one */
    char *text;               /* the last result for people; malloc'd */
    json_t *json;             /* the last result as data */
    int code;                 /* an exit code */
    gil_error error;          /* when code is not fine */
} gil__report;

/* What tells the two verbs apart. */
typedef struct gil__job_verb {
    bool is_library;
    const char *words;  /* of the usage line */
    const char *first;  /* what is missing when nothing is given */
    const char *second; /* when only the first word is */
    const char *about;
} gil__job_verb;

/* Read the command line, do the job. Returns the exit code. */
int gil__job_main(int argc, char **argv, const gil__job_verb *verb);

/* Do it and print everything. Returns the exit code. */
int gil__job_run(gil__job *job);

/* report.c: print what the threads got. Returns an exit code.
 *   runtime  what all threads did with the GIL */
int gil__report_print(const gil__job *job, const gil__report *reports, const gil_stats *runtime, double seconds);

#endif
