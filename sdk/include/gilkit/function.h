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

/* What a function is to a resource type, as X(number, NAME, name); see resource.h. The numbers are frozen. */
#define GIL_ROLES(X) \
    X(0, FUNCTION, function) \
    X(1, METHOD, method) \
    X(2, GETTER, getter) \
    X(3, SETTER, setter) \
    X(4, INIT, init) \
    X(5, CALL, call) \
    X(6, LENGTH, length) \
    X(7, GET_ITEM, get_item) \
    X(8, SET_ITEM, set_item) \
    X(9, DELETE_ITEM, delete_item) \
    X(10, CONTAINS, contains) \
    X(11, ITER, iter) \
    X(12, NEXT, next) \
    X(13, STR, str) \
    X(14, REPR, repr) \
    X(15, EQUAL, equal) \
    X(16, LESS, less) \
    X(17, HASH, hash)

/* The same as constants: what the macros of resource.h write into a gil_function_def. */
typedef enum gil_role {
#define GIL__ROLE(number, name, slot) GIL_ROLE_##name = number,
    GIL_ROLES(GIL__ROLE)
#undef GIL__ROLE
        GIL__N_ROLES
} gil_role;

/* What GIL_FUNCTION and its like make. The size says which of the later fields a module's compiler knew. */
typedef struct gil_function_def {
    uint32_t size;
    uint32_t gil; /* a gil_policy */
    const char *name;
    const char *prototype;
    const char *doc;
    void (*code)(void);
    const char *gil__reserved[3];
    const char *gil__resource; /* the type whose method it is; NULL: none */
    uint32_t gil__role;
    uint32_t gil__unused;
} gil_function_def;

GIL__ASSERT(offsetof(gil_function_def, name) == 8 && offsetof(gil_function_def, prototype) == 16 &&
                offsetof(gil_function_def, doc) == 24 && offsetof(gil_function_def, code) == 32 &&
                offsetof(gil_function_def, gil__resource) == 64 && sizeof(gil_function_def) == 80,
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
 *             const R *r, R *r  a resource of the type R of this module, to read, to change; see resource.h
 *             An integer that an array's dimensions determine is not asked of the caller. Dimensions
 *             may be 0.
 * result      void, a number, bool, complex, const char * (copied, UTF-8, NULL is none), gil_obj (with env)
 * options     .doc = "text", .gil = GIL_AUTO | GIL_RELEASE | GIL_HOLD
 *
 * The function is visible in the module's other files, and nowhere else. Functions may stand in as many files
 * as you like; exactly one of them has GIL_MODULE. */
#define GIL_FUNCTION(result, name_, parameters, ...) \
    GIL__CODE(result, name_, parameters, #name_, #result " " #name_ #parameters, NULL, GIL_ROLE_FUNCTION, __VA_ARGS__)

/* The code is called `symbol_`; its entry stands in the section that the loader reads. */
#define GIL__CODE(result, symbol_, parameters, name_, prototype_, resource_, role_, ...) \
    GIL__HIDDEN result symbol_ parameters; \
    static const gil_function_def gil__function_##symbol_ = {.size = sizeof(gil_function_def), \
                                                             .name = name_, \
                                                             .prototype = prototype_, \
                                                             .code = (void (*)(void))symbol_, \
                                                             .gil__resource = resource_, \
                                                             .gil__role = role_, \
                                                             __VA_ARGS__}; \
    static const gil_function_def *const gil__entry_##symbol_ __attribute__((section("gilkit_functions"), used)) = \
        &gil__function_##symbol_; \
    result symbol_ parameters

#endif
