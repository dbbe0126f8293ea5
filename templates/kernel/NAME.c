/* @NAME@: kernels that run without the GIL.
 *
 * The prototype is the interface. `const uint8_t data[n]` is an array that is read, and n is not asked of the
 * caller, because the array determines it. GIL_OUT marks an array that gilkit makes and returns.
 */
#include <gilkit/module.h>
#include <math.h>

GIL_MODULE(@NAME@, .doc = "Statistics of bytes and numbers.");

/* No gil_env in the prototype: it runs without the GIL, beside everything else. */
GIL_FUNCTION(double, entropy, (size_t n, const uint8_t data[n]),
             .doc = "Bits of information in each byte: 0 for one value only, 8 for noise.")
{
    size_t counts[256] = {0};
    double bits = 0.0;
    for (size_t i = 0; i < n; i++)
        counts[data[i]]++;
    for (int value = 0; value < 256; value++)
        if (counts[value] > 0) {
            double share = (double)counts[value] / (double)n;
            bits -= share * log2(share);
        }
    return bits;
}

/* A gil_task is the kernel's voice: it can fail, ask whether to stop, and say how far it is, all without the GIL.
 * Callers do not see it. */
GIL_FUNCTION(void, smooth, (gil_task *task, size_t n, const double x[n], size_t width, GIL_OUT double y[n]),
             .doc = "Mean of the `width` neighbours around each number.")
{
    if (width == 0 || width % 2 == 0) {
        gil_fail(task, GIL_VALUE_ERROR, "width is %zu; it must be odd", width);
        return;
    }
    size_t half = width / 2;
    for (size_t i = 0; i < n; i++) {
        size_t from = i > half ? i - half : 0, to = i + half < n ? i + half : n - 1;
        double sum = 0.0;
        for (size_t k = from; k <= to; k++)
            sum += x[k];
        y[i] = sum / (double)(to - from + 1);
        if (i % 4096 == 0) {
            gil_progress(task, i, n);
            if (gil_stopped(task))
                return;
        }
    }
}

/* With a gil_env it holds the GIL, so it may touch objects. The long part gives it up; `env` does not compile in
 * there. */
GIL_FUNCTION(gil_obj, histogram, (gil_env *env, size_t n, const uint8_t data[n]),
             .doc = "How often each byte occurs, as a list of 256 numbers.")
{
    size_t counts[256] = {0};
    GIL_BEGIN_ALLOW_THREADS(env)
    for (size_t i = 0; i < n; i++)
        counts[data[i]]++;
    GIL_END_ALLOW_THREADS(env)

    gil_obj list = gil_list_new(env);
    for (int value = 0; value < 256; value++) {
        gil_obj count = gil_uint_new(env, counts[value]);
        if (gil_is_null(count) || !gil_list_append(env, list, count))
            return GIL_NULL;
    }
    return list;
}
