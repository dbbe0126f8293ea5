/* SPDX-License-Identifier: MIT
 *
 * A module that reads measurements: every decimal number in a text. */
#include <gilkit/module.h>

GIL_MODULE(numbers, .doc = "Numbers in texts.");

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Digits, perhaps a point and more digits. Moves *at behind them. */
static double read_number(size_t n, const uint8_t text[n], size_t *at)
{
    double value = 0.0, unit = 1.0;
    for (; *at < n && is_digit(text[*at]); ++*at)
        value = value * 10.0 + (text[*at] - '0');
    if (*at + 1 >= n || text[*at] != '.' || !is_digit(text[*at + 1]))
        return value;
    for (++*at; *at < n && is_digit(text[*at]); ++*at) {
        value = value * 10.0 + (text[*at] - '0');
        unit *= 10.0;
    }
    return value / unit;
}

GIL_FUNCTION(size_t, summary,
             (gil_task * task, size_t n, const uint8_t text[n], GIL_OUT double *low, GIL_OUT double *high,
              GIL_OUT double *sum),
             .doc = "How many numbers stand in a text, the lowest, the highest and their sum.")
{
    size_t count = 0;
    for (size_t at = 0; at < n && !gil_stopped(task);) {
        if (text[at] == 0) {
            gil_fail(task, GIL_VALUE_ERROR, "byte %zu is NUL; this is no text", at);
            return 0;
        }
        if (!is_digit(text[at])) {
            at++;
            continue;
        }
        double value = read_number(n, text, &at);
        *low = count == 0 || value < *low ? value : *low;
        *high = count == 0 || value > *high ? value : *high;
        *sum += value;
        count++;
    }
    return count;
}
