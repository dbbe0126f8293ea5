/* SPDX-License-Identifier: MIT
 *
 * How much information is in a file: statistics of its bytes.
 *
 * Functions without gil_env run without the GIL. What they get is memory and numbers, never objects.
 */
#include <gilkit/module.h>
#include <math.h>

GIL_MODULE(entropy, .doc = "Statistics and likeness of files, byte by byte.");

/* Bits in each of `total` bytes that are distributed like this. */
static double bits_of(const uint64_t counts[256], uint64_t total)
{
    double bits = 0.0;
    for (int value = 0; value < 256; value++)
        if (counts[value] > 0) {
            double share = (double)counts[value] / (double)total;
            bits -= share * log2(share);
        }
    return bits;
}

GIL_FUNCTION(void, histogram, (size_t n, const uint8_t data[n], GIL_OUT uint64_t counts[256]),
             .doc = "How often each byte occurs.")
{
    for (size_t i = 0; i < n; i++)
        counts[data[i]]++; /* results are zeroed before the call */
}

GIL_FUNCTION(double, entropy, (size_t n, const uint8_t data[n]),
             .doc = "Bits of information in each byte: 0 for one value only, 8 for noise.")
{
    uint64_t counts[256] = {0};
    for (size_t i = 0; i < n; i++)
        counts[data[i]]++;
    return bits_of(counts, n);
}

/* `blocks` stands in a result only, so no array determines it: the caller gives it. */
GIL_FUNCTION(void, profile,
             (gil_task * task, size_t n, const uint8_t data[n], size_t blocks, GIL_OUT double bits[blocks]),
             .doc = "The entropy of `blocks` equal pieces of the data, one after the other.")
{
    if (blocks > n) {
        gil_fail(task, GIL_VALUE_ERROR, "%zu blocks of %zu bytes; ask for at most one block a byte", blocks, n);
        return;
    }
    size_t from = 0;
    for (size_t block = 0; block < blocks && !gil_stopped(task); block++) {
        uint64_t counts[256] = {0};
        size_t size = n / blocks + (block < n % blocks); /* the first ones take what is left over */
        for (size_t i = from; i < from + size; i++)
            counts[data[i]]++;
        bits[block] = bits_of(counts, size);
        from += size;
        gil_progress(task, from, n);
    }
}
