/* _@NAME@: the compiled half of @NAME@. One file for every Python; the prototypes are the interface.
 *
 * Of the same file, src/@NAME@/_@NAME@.pyi is made at build, for type checkers and editors.
 */
#include <gilkit/module.h>
#include <math.h>

/* GIL_SAFE: functions share nothing, so a Python without a GIL may run them beside one another. */
GIL_MODULE(_@NAME@, .doc = "Kernels of @NAME@.", .threads = GIL_SAFE);

/* No gil_env in the prototype: it runs without the GIL, beside everything else. */
GIL_FUNCTION(double, distance, (size_t n, const double x[n], const double y[n]),
             .doc = "How far apart two points are.")
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    return sqrt(sum);
}

/* GIL_OUT is an array that gilkit makes and returns: NumPy's when the caller gave one, else a gilkit.Array. The task is
 * how a kernel fails, without the GIL; callers do not see it. */
GIL_FUNCTION(void, smooth, (gil_task *task, size_t n, const double x[n], size_t width, GIL_OUT double y[n]),
             .doc = "Mean of the `width` numbers around each number.")
{
    if (width % 2 == 0) {
        gil_fail(task, GIL_VALUE_ERROR, "width is %zu; it must be odd", width);
        return;
    }
    for (size_t i = 0; i < n && !gil_stopped(task); i++) {
        size_t from = i > width / 2 ? i - width / 2 : 0;
        size_t to = width / 2 < n - i ? i + width / 2 : n - 1;
        double sum = 0.0;
        for (size_t k = from; k <= to; k++)
            sum += x[k];
        y[i] = sum / (double)(to - from + 1);
    }
}

/* With a gil_env it holds the GIL, so it may make objects. The long part gives it up; `env` does not compile in
 * there. */
GIL_FUNCTION(gil_obj, extremes, (gil_env *env, size_t n, const double x[n]),
             .doc = "The smallest and the largest number, as a tuple.")
{
    double least = INFINITY, most = -INFINITY;
    if (n == 0)
        return gil_raise(env, GIL_VALUE_ERROR, "there are no numbers");
    GIL_BEGIN_ALLOW_THREADS(env)
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, x[i]);
        most = fmax(most, x[i]);
    }
    GIL_END_ALLOW_THREADS(env)
    gil_obj both[] = {gil_float_new(env, least), gil_float_new(env, most)};
    return gil_tuple_new(env, 2, both);
}
