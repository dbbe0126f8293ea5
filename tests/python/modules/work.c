/* SPDX-License-Identifier: MIT
 *
 * Takes its time. */
#include <gilkit/module.h>
#include <stdio.h>
#include <time.h>

GIL_MODULE(work, .doc = "Work of known length.");

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Without looking whether to stop; signals wake nothing. */
static void sleep_for(double seconds)
{
    double end = now() + seconds;
    for (double left = seconds; left > 0; left = end - now()) {
        struct timespec time = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
        nanosleep(&time, NULL);
    }
}

GIL_FUNCTION(double, rest, (double seconds), .doc = "Sleeps, and looks at nothing.")
{
    sleep_for(seconds);
    return seconds;
}

GIL_FUNCTION(double, rest_holding, (double seconds), .doc = "Sleeps with the GIL.", .gil = GIL_HOLD)
{
    sleep_for(seconds);
    return seconds;
}

GIL_FUNCTION(gil_obj, rest_with_env, (gil_env *env, double seconds), .doc = "Sleeps with a gil_env.")
{
    sleep_for(seconds);
    return gil_float_new(env, seconds);
}

GIL_FUNCTION(gil_obj, rest_inside, (gil_env *env, double seconds), .doc = "Sleeps where it gives up the GIL.")
{
    GIL_BEGIN_ALLOW_THREADS(env)
    sleep_for(seconds);
    GIL_END_ALLOW_THREADS(env)
    return gil_float_new(env, seconds);
}

GIL_FUNCTION(int64_t, listen, (gil_task *task, int64_t steps), .doc = "Steps of 10 ms; stops when it is told to.")
{
    int64_t i = 0;
    for (; i < steps && !gil_stopped(task); i++) {
        gil_progress(task, (uint64_t)i, (uint64_t)steps);
        sleep_for(0.01);
    }
    return i;
}

/* The most memory that this process ever had, in kB; -1 when the system does not say. */
static int64_t peak_memory(void)
{
    char line[200];
    long long peak = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %lld", &peak) == 1)
            break;
    if (status)
        fclose(status);
    return peak;
}

GIL_FUNCTION(int64_t, touch_and_measure, (size_t n, double x[n], GIL_OUT double *ends),
             .doc = "Changes the middle of x, reads its ends; the peak memory in kB.")
{
    x[n / 2] = 7;
    *ends = x[0] + x[n - 1];
    return peak_memory();
}

GIL_FUNCTION(int64_t, read_and_measure, (size_t n, const double x[n], GIL_OUT double *ends),
             .doc = "Reads the ends of x; the peak memory in kB.")
{
    *ends = x[0] + x[n - 1];
    return peak_memory();
}
