/* SPDX-License-Identifier: MIT
 *
 * The words of `gilkit run` and `gilkit call`.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/job.h"

typedef struct input {
    const gil__job_verb *verb;
    gil__job job;
    char **args;
    size_t n_args;
    unsigned n_words;
} input;

enum { KEY_TIMELINE = 256, KEY_JSON, KEY_PROGRESS, KEY_STATS };

static const struct argp_option options[] = {
    {"threads", 't', "N", 0, "Call from N threads at once, each with arguments of its own", 0},
    {"repeat", 'n', "M", 0, "Call M times from each thread", 0},
    {"gil", 'g', "auto|hold|release", 0,
     "Hold or release the GIL around the function, whatever it asks for; one that takes a gil_env "
     "keeps it",
     0},
    {"out", 'o', "FILE", 0, "Write a result that is an array or a number as .npy; again for the next result", 0},
    {"timeline", KEY_TIMELINE, "FILE", 0, "Draw who held the GIL, waited and ran without it, as SVG", 0},
    {"progress", KEY_PROGRESS, NULL, 0, "Show on stderr how far the kernels say they are", 0},
    {"stats", KEY_STATS, NULL, 0, "Say on stderr how often and for how long the GIL was held, waited for and released",
     0},
    {"json", KEY_JSON, NULL, 0, "Answer with JSON", 0},
    {0}};

static unsigned read_count(struct argp_state *state, const char *what, const char *text, unsigned most)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || errno || value == 0 || value > most)
        argp_error(state, "%s is %s; it must be a number from 1 to %u", what, text, most);
    return (unsigned)value;
}

/* The first two words say what is called, the others are its ARGs. */
static void take_word(input *in, unsigned number, char *text)
{
    if (number == 0)
        *(in->verb->is_library ? &in->job.library : &in->job.module) = text;
    else if (number == 1)
        *(in->verb->is_library ? &in->job.prototype : &in->job.function) = text;
    else
        in->args[in->n_args++] = text;
    in->n_words++;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    input *in = state->input;
    gil__job *job = &in->job;
    switch (key) {
    case 't':
        job->threads = read_count(state, "--threads", text, GIL__MAX_THREADS);
        return 0;
    case 'n':
        job->repeat = read_count(state, "--repeat", text, 1000000000);
        return 0;
    case 'g':
        if (strcmp(text, "hold") == 0)
            job->policy = GIL_HOLD;
        else if (strcmp(text, "release") == 0)
            job->policy = GIL_RELEASE;
        else if (strcmp(text, "auto") == 0)
            job->policy = GIL_AUTO;
        else
            argp_error(state, "--gil is %s; it must be auto, hold or release", text);
        return 0;
    case 'o':
        if (job->n_outs == GIL__MAX_OUTS)
            argp_error(state, "more than %d --out", GIL__MAX_OUTS);
        else
            job->outs[job->n_outs++] = text;
        return 0;
    case KEY_TIMELINE:
        job->timeline = text;
        return 0;
    case KEY_PROGRESS:
        job->progress = true;
        return 0;
    case KEY_STATS:
        job->stats = true;
        return 0;
    case KEY_JSON:
        job->json = true;
        return 0;
    case ARGP_KEY_ARG:
        take_word(in, state->arg_num, text);
        return 0;
    case ARGP_KEY_END:
        if (in->n_words < 2)
            argp_error(state, "%s is missing", in->n_words ? in->verb->second : in->verb->first);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Arguments that look like options but are numbers, as -1.5 or -Infinity, get a blank in front,
 * which JSON ignores and argp does not take for an option. */
static void protect_numbers(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *text = argv[i];
        bool number =
            text[0] == '-' && (isdigit((unsigned char)text[1]) || text[1] == '.' || strcmp(text, "-Infinity") == 0);
        char *spaced = number ? malloc(strlen(text) + 2) : NULL;
        if (!spaced)
            continue;
        spaced[0] = ' ';
        strcpy(spaced + 1, text);
        argv[i] = spaced; /* lives as long as argv does */
    }
}

/* Returns an exit code. */
static int read_args(gil__job *job, char **texts, size_t count)
{
    job->args = gil__alloc(count, sizeof *job->args);
    if (!job->args)
        return gil__cli_fail(GIL__EXIT_RAISED, "no memory");
    for (; job->n_args < count; job->n_args++) {
        char reason[400];
        gil__text why = gil__text_in(reason, sizeof reason);
        if (!gil__arg_read(&job->args[job->n_args], texts[job->n_args], &why))
            return gil__cli_fail(GIL__EXIT_USAGE, "%s", reason);
        bool named = job->args[job->n_args].name != NULL;
        if (!named && job->n_args > 0 && job->args[job->n_args - 1].name) {
            gil__arg_end(&job->args[job->n_args]);
            return gil__cli_fail(GIL__EXIT_USAGE, "%s stands behind a named argument; give it a name too",
                                 texts[job->n_args]);
        }
    }
    return GIL__EXIT_FINE;
}

int gil__job_main(int argc, char **argv, const gil__job_verb *verb)
{
    const struct argp argp = {options, parse_option, verb->words, verb->about, NULL, NULL, NULL};
    char *args[argc];
    input in = {.verb = verb, .job = {.threads = 1, .repeat = 1}, .args = args};
    protect_numbers(argc, argv);
    gil__cli_parse(&argp, argc, argv, &in);
    int code = read_args(&in.job, in.args, in.n_args);
    if (code == GIL__EXIT_FINE)
        code = gil__job_run(&in.job);
    for (size_t i = 0; i < in.job.n_args; i++)
        gil__arg_end(&in.job.args[i]);
    gil__free(in.job.args);
    return code;
}
