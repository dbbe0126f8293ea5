/* SPDX-License-Identifier: MIT
 *
 * What every program here does: take samples and print them, one a line, for bench.py to sum up.
 */
#ifndef GILKIT_BENCH_SAMPLE_H
#define GILKIT_BENCH_SAMPLE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* WHAT, VARIANT, VALUE, with tabs between. bench.py pairs the samples of two variants by their order: the
 * first of each, the second of each, ... were taken one right after the other. */
static inline void print_sample(const char *what, const char *variant, double value)
{
    printf("%s\t%s\t%.6g\n", what, variant, value);
}

/* A loop that does one thing `count` times. */
typedef void (*sample_loop)(size_t count);

static inline double time_loop(sample_loop loop, size_t count)
{
    uint64_t start = now_ns();
    loop(count);
    return (double)(now_ns() - start) / (double)count;
}

/* How often to do it so that one sample takes some milliseconds; this also warms up. */
static inline size_t count_for_ms(sample_loop loop, double ms)
{
    size_t count = 64;
    for (;;) {
        double ns = time_loop(loop, count) * (double)count;
        if (ns >= ms * 1e6 / 4)
            return (size_t)((double)count * ms * 1e6 / ns) + 1;
        count *= 2;
    }
}

/* One way of doing what is measured. */
typedef struct sample_variant {
    const char *name;
    sample_loop loop;
} sample_variant;

/* Take turns: one sample of each variant, then the next round. */
static inline void sample_in_turns(const char *what, const sample_variant *variants, size_t n, int rounds, double ms)
{
    size_t counts[8];
    for (size_t v = 0; v < n; v++)
        counts[v] = count_for_ms(variants[v].loop, ms);
    for (int round = 0; round < rounds; round++)
        for (size_t v = 0; v < n; v++)
            print_sample(what, variants[v].name, time_loop(variants[v].loop, counts[v]));
}

/* Megabytes of memory that is this process's own: a file that was copied is in it, one that is mapped is not.
 * (Peak resident memory would count what is mapped of the page cache, in pages of up to 2 MB.) */
static inline double own_megabytes(void)
{
    char line[128];
    double kilobytes = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "RssAnon: %lf kB", &kilobytes) == 1)
            break;
    if (status)
        fclose(status);
    return kilobytes / 1024;
}

static inline void die(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

#endif
