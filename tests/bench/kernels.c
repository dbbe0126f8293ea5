/* SPDX-License-Identifier: MIT
 *
 * The module that the benchmarks load.
 */
#include <gilkit/module.h>

#include "sample.h"

GIL_MODULE(kernels, .doc = "What the benchmarks call.");

GIL_FUNCTION(void, nothing, (void), .doc = "Nothing.")
{
}

GIL_FUNCTION(double, add, (double a, double b), .doc = "Sum.")
{
    return a + b;
}

GIL_FUNCTION(double, dot, (size_t n, const double x[n], const double y[n]), .doc = "Inner product.")
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* Arithmetic in registers, no memory: two threads share nothing. threads.c has the same loop. */
GIL_FUNCTION(int64_t, spin, (int64_t rounds), .doc = "Steps of a xorshift generator.")
{
    uint64_t x = 88172645463325252u;
    for (int64_t i = 0; i < rounds; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    return (int64_t)(x >> 1);
}

GIL_FUNCTION(double, probe, (size_t n, const double x[n]),
             .doc = "Read one element in each 4 MB; then the process's own memory in MB.")
{
    for (size_t i = 0; i < n; i += (4u << 20) / sizeof x[0])
        (void)*(const volatile double *)&x[i];
    return own_megabytes();
}

/* ---- Objects: each function does a thing so often; see handles.c ---------------------------------------------- */

GIL_FUNCTION(void, steps, (gil_env * env, size_t n), .doc = "The loop alone.")
{
    for (size_t i = 0; i < n; i++)
        __asm__ volatile("" : : "r"(env) : "memory");
}

GIL_FUNCTION(void, handles, (gil_env * env, size_t n), .doc = "A handle of an object that is there, 64 in a scope.")
{
    for (size_t i = 0; i < n; i += 64)
        GIL_SCOPE(env)
            for (size_t k = i; k < n && k < i + 64; k++)
                gil_none_new(env);
}

GIL_FUNCTION(void, scopes, (gil_env * env, size_t n), .doc = "An empty scope.")
{
    for (size_t i = 0; i < n; i++)
        GIL_SCOPE(env)
            __asm__ volatile("" : : : "memory");
}

GIL_FUNCTION(void, references, (gil_env * env, size_t n), .doc = "A reference made and dropped.")
{
    gil_obj none = gil_none_new(env);
    for (size_t i = 0; i < n; i++)
        gil_ref_drop(gil_ref_new(env, none));
}

GIL_FUNCTION(void, objects, (gil_env * env, size_t n), .doc = "A scope, six calls on objects, four handles.")
{
    for (size_t i = 0; i < n; i++)
        GIL_SCOPE(env) {
            int64_t value;
            size_t length;
            gil_obj list = gil_list_new(env), number = gil_int_new(env, (int64_t)i);
            gil_list_append(env, list, number);
            gil_length(env, list, &length);
            gil_int_get(env, gil_sequence_item(env, list, 0), &value);
        }
}
