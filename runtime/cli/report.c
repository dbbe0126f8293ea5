/* SPDX-License-Identifier: MIT
 *
 * What the threads of a job got, for people and as data.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/job.h"

static double ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

static bool is_single(const gil__job *job)
{
    return job->threads == 1 && job->repeat == 1;
}

static unsigned all_calls(const gil__job *job, const gil__report *reports)
{
    unsigned calls = 0;
    for (unsigned i = 0; i < job->threads; i++)
        calls += reports[i].calls;
    return calls;
}

/* How many kernels ran without the GIL at a time, on average. */
static double side_by_side(const gil__job *job, const gil__report *reports, double seconds)
{
    double released = 0;
    for (unsigned i = 0; i < job->threads; i++)
        released += (double)reports[i].stats.released / 1e9;
    return seconds > 0 ? released / seconds : 0;
}

static json_t *stats_json(const gil_stats *stats)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "held_ns", (json_int_t)stats->held, "waited_ns",
                     (json_int_t)stats->waited, "released_ns", (json_int_t)stats->released, "acquisitions",
                     (json_int_t)stats->acquisitions, "contended", (json_int_t)stats->contended, "longest_held_ns",
                     (json_int_t)stats->longest_held, "longest_waited_ns", (json_int_t)stats->longest_waited);
}

/* Of the function that was called: a module's is one for all threads, and who ended last knows all; a plain library's
 * is each thread's own. */
static gil_stats function_stats(const gil__job *job, const gil__report *reports, uint64_t *calls)
{
    gil_stats sum = {0};
    *calls = 0;
    for (unsigned i = 0; i < job->threads; i++) {
        const gil_stats *s = &reports[i].function_stats;
        if (!job->library && reports[i].function_calls < *calls)
            continue;
        if (!job->library) {
            sum = *s;
            *calls = reports[i].function_calls;
            continue;
        }
        *calls += reports[i].function_calls;
        sum.held += s->held;
        sum.waited += s->waited;
        sum.released += s->released;
        sum.acquisitions += s->acquisitions;
        sum.contended += s->contended;
        sum.longest_held = s->longest_held > sum.longest_held ? s->longest_held : sum.longest_held;
        sum.longest_waited = s->longest_waited > sum.longest_waited ? s->longest_waited : sum.longest_waited;
    }
    return sum;
}

static void print_stats_line(const char *who, const gil_stats *s)
{
    fprintf(stderr,
            "%s: held %.3f ms (at most %.3f), waited %.3f ms (at most %.3f), released %.3f ms; taken %" PRIu64
            " times, %" PRIu64 " after a wait\n",
            who, ms(s->held), ms(s->longest_held), ms(s->waited), ms(s->longest_waited), ms(s->released),
            s->acquisitions, s->contended);
}

static void print_stats(const gil__job *job, const gil__report *reports, const gil_stats *runtime)
{
    uint64_t calls;
    gil_stats function = function_stats(job, reports, &calls);
    char who[100];
    print_stats_line("GIL, all threads", runtime);
    snprintf(who, sizeof who, "GIL, %" PRIu64 " call%s of the function", calls, calls == 1 ? "" : "s");
    if (calls)
        print_stats_line(who, &function);
}

static void add_stats_json(json_t *json, const gil__job *job, const gil__report *reports, const gil_stats *runtime)
{
    uint64_t calls;
    gil_stats function = function_stats(job, reports, &calls);
    json_t *stats = json_object(), *of_function = stats_json(&function);
    json_object_set_new(of_function, "calls", json_integer((json_int_t)calls));
    json_object_set_new(stats, "runtime", stats_json(runtime));
    json_object_set_new(stats, "function", of_function);
    json_object_set_new(json, "stats", stats);
}

static json_t *report_json(const gil__report *report)
{
    json_t *json = json_copy(report->json);
    json_object_set_new(json, "calls", json_integer(report->calls));
    json_object_set_new(json, "gil", stats_json(&report->stats));
    return json;
}

static int print_json(const gil__job *job, const gil__report *reports, const gil_stats *runtime, double seconds)
{
    json_t *json = json_pack("{s:i}", "schema", 1);
    if (job->stats)
        add_stats_json(json, job, reports, runtime);
    if (is_single(job)) {
        json_object_update(json, reports[0].json);
        return gil__cli_print_json(json);
    }
    json_t *threads = json_array();
    for (unsigned i = 0; i < job->threads; i++)
        json_array_append_new(threads, report_json(&reports[i]));
    unsigned calls = all_calls(job, reports);
    json_object_set_new(json, "threads", threads);
    json_object_set_new(json, "calls", json_integer(calls));
    json_object_set_new(json, "seconds", json_real(seconds));
    json_object_set_new(json, "calls_per_second", json_real(seconds > 0 ? calls / seconds : 0));
    json_object_set_new(json, "side_by_side", json_real(side_by_side(job, reports, seconds)));
    return gil__cli_print_json(json);
}

/* At most so many columns of the first line. */
static void print_short(const char *text, size_t width)
{
    size_t length = strcspn(text, "\n");
    if (length <= width)
        printf("%.*s\n", (int)length, text);
    else
        printf("%.*s...\n", (int)width - 3, text);
}

static void print_table(const gil__job *job, const gil__report *reports, double seconds)
{
    printf("thread   calls    GIL held      waited    released  result\n");
    for (unsigned i = 0; i < job->threads; i++) {
        const gil__report *r = &reports[i];
        printf("%6u %7u %8.2f ms %8.2f ms %8.2f ms  ", i, r->calls, ms(r->stats.held), ms(r->stats.waited),
               ms(r->stats.released));
        print_short(r->text ? r->text : "", 60);
    }
    unsigned calls = all_calls(job, reports);
    printf("%u calls in %.3f s, %.1f a second; %.2f ran without the GIL at a time\n", calls, seconds,
           seconds > 0 ? calls / seconds : 0, side_by_side(job, reports, seconds));
}

int gil__report_print(const gil__job *job, const gil__report *reports, const gil_stats *runtime, double seconds)
{
    if (job->json)
        return print_json(job, reports, runtime, seconds);
    if (job->stats)
        print_stats(job, reports, runtime);
    if (is_single(job))
        fputs(reports[0].text, stdout);
    else
        print_table(job, reports, seconds);
    return GIL__EXIT_FINE;
}
