// SPDX-License-Identifier: MIT
// GIL_BEGIN_ACQUIRE in a kernel, in a loop and left early.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

GIL_FUNCTION(double, f, (gil_task *task, size_t n, const double x[n]))
{
    double sum = 0.0;
    for (size_t i = 0; i < n && !gil_stopped(task); i++) {
        sum += x[i];
        gil_progress(task, i, n);
        GIL_BEGIN_ACQUIRE(task, env)
        gil_obj value = gil_float_new(env, sum);
        if (gil_is_null(value))
            return 0.0;
        if (i == 7)
            break;
        GIL_SCOPE(env)
            gil_int_new(env, (int64_t)i);
        gil_checkpoint(env);
        GIL_END_ACQUIRE(env)
    }
    if (sum < 0.0)
        gil_fail(task, GIL_VALUE_ERROR, "the sum is %g, which is less than %d", sum, 0);
    return sum;
}
