/* SPDX-License-Identifier: MIT
 *
 * How alike two files are. A second file of the same module: it only includes the header. */
#include <gilkit/module.h>
#include <math.h>
#include <stdlib.h>

enum { PAIRS = 65536, SLICE = 1 << 20 };

/* Count each pair of neighbouring bytes. false: told to stop. */
static bool count_pairs(const gil_task *task, size_t n, const uint8_t data[n], uint64_t counts[PAIRS])
{
    for (size_t i = 1; i < n; i++) {
        counts[data[i - 1] << 8 | data[i]]++;
        if (i % SLICE == 0 && gil_stopped(task))
            return false;
    }
    return true;
}

static double cosine(const uint64_t x[PAIRS], const uint64_t y[PAIRS])
{
    double xx = 0.0, yy = 0.0, xy = 0.0;
    for (int pair = 0; pair < PAIRS; pair++) {
        xx += (double)x[pair] * (double)x[pair];
        yy += (double)y[pair] * (double)y[pair];
        xy += (double)x[pair] * (double)y[pair];
    }
    return xy / sqrt(xx * yy);
}

GIL_FUNCTION(double, likeness, (gil_task * task, size_t n, const uint8_t a[n], size_t m, const uint8_t b[m]),
             .doc = "1 when pairs of bytes are distributed alike in a and b, 0 when they share none.")
{
    if (n < 2 || m < 2) {
        gil_fail(task, GIL_VALUE_ERROR, "a has %zu bytes and b has %zu; each needs 2, because pairs are compared", n,
                 m);
        return 0.0;
    }
    double result = 0.0;
    uint64_t *counts = calloc(2 * PAIRS, sizeof *counts);
    if (!counts)
        gil_fail(task, GIL_MEMORY_ERROR, "no memory for two tables of %d counts", PAIRS);
    else if (count_pairs(task, n, a, counts) && count_pairs(task, m, b, counts + PAIRS))
        result = cosine(counts, counts + PAIRS);
    free(counts);
    return result; /* dropped when the task failed or was stopped */
}
