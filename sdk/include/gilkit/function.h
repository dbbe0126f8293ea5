/* SPDX-License-Identifier: MIT
 *
 * Functions of a module. The prototype is the interface: GIL_FUNCTION defines the C function and keeps the
 * text of its own prototype, which the host reads.
 */
#ifndef GILKIT_FUNCTION_H
#define GILKIT_FUNCTION_H

#include <gilkit/abi.h>

/* Who runs beside a function that takes no gil_env. */
typedef enum gil_policy {
    GIL_AUTO,    /* the host decides; today it releases */
    GIL_RELEASE, /* always without the GIL: what may block must say so */
    GIL_HOLD     /* always with the GIL: for what is shorter than a release, or not thread-safe */
} gil_policy;

/* Between GIL_OUT and the next comma stands what the host allocates and returns: an array `double y[n]`, or
 * one value `int *exponent`. The compiler sees nothing. */
#define GIL_OUT

typedef struct gil_function_def {
    uint32_t size;
    uint32_t gil; /* a gil_policy */
    const char *name;
    const char *prototype;
    const char *doc;
    void (*code)(void);
    const char *gil__reserved[3];
} gil_function_def;

_Static_assert(offsetof(gil_function_def, name) == 8 && offsetof(gil_function_def, prototype) == 16 &&
                   offsetof(gil_function_def, doc) == 24 && offsetof(gil_function_def, code) == 32 &&
                   sizeof(gil_function_def) == 64,
               "gil_function_def is frozen");

#define GIL__HIDDEN __attribute__((visibility("hidden")))

/* Define a function of this module:
 *
 *     GIL_FUNCTION(double, dot, (size_t n, const double x[n], const double y[n]),
 *                  .doc = "Inner product of x and y.")
 *     {
 *         ...
 *     }
 *
 * parameters  gil_env *env      first: the function is called with the GIL held; without it, released
 *             gil_task *task    hidden from the caller; see task.h
 *             numbers, bool, complex, const char *, gil_obj (with env only)
 *             const T x[n]      an array that is read
 *             T a[m][k]         an array that is written in place
 *             GIL_OUT T y[n+1]  an array that the host makes and returns; GIL_OUT T *v is one value
 *             An integer that an array's dimensions determine is not asked of the caller. Dimensions
 *             may be 0.
 * result      void, a number, bool, complex, const char * (copied, UTF-8, NULL is none), gil_obj (with env)
 * options     .doc = "text", .gil = GIL_AUTO | GIL_RELEASE | GIL_HOLD
 *
 * The function is visible in the module's other files, and nowhere else. Functions may stand in as many files
 * as you like; exactly one of them has GIL_MODULE. */
#define GIL_FUNCTION(result, name_, parameters, ...) \
    GIL__HIDDEN result name_ parameters; \
    static const gil_function_def gil__function_##name_ = {.size = sizeof(gil_function_def), \
                                                           .name = #name_, \
                                                           .prototype = #result " " #name_ #parameters, \
                                                           .code = (void (*)(void))name_, \
                                                           __VA_ARGS__}; \
    static const gil_function_def *const gil__entry_##name_ __attribute__((section("gilkit_functions"), used)) = \
        &gil__function_##name_; \
    result name_ parameters

#endif
