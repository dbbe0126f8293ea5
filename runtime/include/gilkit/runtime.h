/* SPDX-License-Identifier: MIT
 *
 * The native runtime, for C programs that load modules: a GIL of its own, objects, and no Python. Link with
 * pkg-config gilkit-runtime.
 *
 *     #include <gilkit/runtime.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         gil_error error = {0}, cause;
 *         double value = 0.0;
 *         gil_runtime *runtime = gil_runtime_new(NULL, &error);
 *         gil_env *env = runtime ? gil_attach(runtime, &error) : NULL; // now this thread holds the GIL
 *         if (env) {
 *             gil_obj vecmath = gil_load(env, "./vecmath.so");
 *             gil_obj dot = gil_attr_get(env, vecmath, "dot"); // of GIL_NULL it fails with what is pending
 *             gil_obj x = gil_tuple_new(env, 2, (gil_obj[]){gil_float_new(env, 3.0), gil_float_new(env, 4.0)});
 *             gil_obj result = gil_call(env, dot, (gil_obj[]){x, x}, 2, NULL, 0);
 *             if (!gil_is_null(result) && gil_float_get(env, result, &value))
 *                 printf("dot = %g\n", value);
 *             for (size_t depth = 1; gil_error_cause(env, depth, &cause); depth++)
 *                 fprintf(stderr, "because of %s: %s\n", gil_error_name(cause.kind), cause.message);
 *             gil_error_take(env, &error);
 *             gil_detach(env); // ends every handle that this thread has
 *         }
 *         gil_runtime_free(runtime, NULL);
 *         if (error.message[0])
 *             fprintf(stderr, "%s: %s\n", gil_error_name(error.kind), error.message);
 *         return error.message[0] ? 1 : 0;
 *     }
 *
 * Objects are those of <gilkit/object.h>, with its rules. A handle that a function here returns is valid until
 * the thread's outermost gil_detach, or the end of a GIL_SCOPE. The header may be included from C++, where GIL_SCOPE and
 * the released sections work too.
 */
#ifndef GILKIT_RUNTIME_H
#define GILKIT_RUNTIME_H

#include <gilkit/function.h>
#include <gilkit/gil.h>
#include <gilkit/mutex.h>
#include <gilkit/object.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What libgilkit exports; nothing else of it is visible. */
#define GIL_PUBLIC __attribute__((visibility("default")))

/* How a runtime should be; zeros are the defaults. */
typedef struct gil_runtime_options {
    uint64_t switch_interval_us; /* how long holders that compete keep the GIL; 0: 5000 */
    bool measure;                /* measure every time and not only some; costs two clock readings for each release */
    uint64_t shutdown_ms; /* how long gil_runtime_free waits for threads; 0: 10000; UINT64_MAX: as long as it must */
} gil_runtime_options;

/* A runtime with a GIL of its own. Several may live in one process.
 *   options may be NULL
 *   owner:  the caller; gil_runtime_free
 *   errors: NULL, and *error: MemoryError */
GIL_PUBLIC gil_runtime *gil_runtime_new(const gil_runtime_options *options, gil_error *error);

/* Refuse new attaches and those that wait, refuse new calls, tell running kernels to stop, wait for every thread to
 * detach, unload every module, free the runtime. NULL does nothing. A thread that has not detached after
 * options.shutdown_ms is named in *error and left alone: whatever it asks the runtime for from then on fails, and the
 * last such thread unloads the modules and frees the memory when it detaches or ends.
 *   gil:    this thread is not attached
 *   owner:  nobody may use the runtime once this has begun, but for attaching, which fails
 *   errors: false, and *error: RuntimeError: this thread is attached, or another one frees it; MemoryError; nothing
 *           was freed. TimeoutError: threads are still attached; the runtime is closed all the same */
GIL_PUBLIC bool gil_runtime_free(gil_runtime *runtime, gil_error *error);

/* Change the switch interval, also for threads that wait now.
 *   gil:    any
 *   units:  microseconds; 0: 5000 */
GIL_PUBLIC void gil_runtime_set_switch_interval(gil_runtime *runtime, uint64_t switch_interval_us);

/* Load a module: a path with a slash, or a name that is looked up in GILKIT_PATH and the folder of installed
 * modules. Loading it again gives the same module.
 *   gil:    held; released while the file is read
 *   errors: ImportError with what to do; what the module's init raised; nothing of it stays behind */
GIL_PUBLIC gil_obj gil_load(gil_env *env, const char *name);

/* Unload a module or a plain library: calls are refused from now on, running ones are waited for, its free
 * function runs. Its code stays mapped. Unloading it again does nothing. A plain library that was opened several times
 * is closed by as many.
 *   gil:    held; released while it waits
 *   errors: RuntimeError: called from inside the module; TypeError: not a module */
GIL_PUBLIC bool gil_unload(gil_env *env, gil_obj module);

/* Open a plain C library: a path with a slash, or "libm.so.6", "libm", "m", looked up in the system's library
 * folders.
 *   errors: ImportError */
GIL_PUBLIC gil_obj gil_library(gil_env *env, const char *name);

/* A function of a plain library under a C prototype. A wrong prototype makes a wrong call: nobody can check it.
 *   policy  GIL_AUTO and GIL_RELEASE call it without the GIL
 *   errors: ValueError: the prototype, with column and mend; ImportError: no such function */
GIL_PUBLIC gil_obj gil_bind(gil_env *env, gil_obj library, const char *prototype, gil_policy policy);

/* The same function under another policy. A function that takes a gil_env keeps the GIL whatever is said.
 *   errors: TypeError: not a function */
GIL_PUBLIC gil_obj gil_function_with_policy(gil_env *env, gil_obj function, gil_policy policy);

/* The names of a module's functions, as a list of str.
 *   errors: TypeError: not a module */
GIL_PUBLIC gil_obj gil_module_functions(gil_env *env, gil_obj module);

/* Take the pending exception into *error: afterwards none is pending. false when none was.
 *   units:  a message that is too long is cut, and ends in "..."
 *   errors: false: none was pending */
GIL_PUBLIC bool gil_error_take(gil_env *env, gil_error *error);

/* Why the pending exception was raised: depth 1 is its cause, 2 the cause of that, and so on; 0 is the exception
 * itself. It stays pending, so ask before gil_error_take.
 *   errors: false: the chain is not that long; *error is as before */
GIL_PUBLIC bool gil_error_cause(gil_env *env, size_t depth, gil_error *error);

/* The name of an exception, as "ValueError".
 *   gil:    any
 *   errors: none; "Exception" for what is no kind */
GIL_PUBLIC const char *gil_error_name(gil_error_kind kind);

/* Tell every kernel that runs now to stop: gil_stopped says true, and its call raises KeyboardInterrupt.
 *   gil:    any; any thread; not from a signal handler */
GIL_PUBLIC void gil_runtime_interrupt(gil_runtime *runtime);

/* How far the kernels that run now say they are, added up; total 0: none says.
 *   gil:    any */
GIL_PUBLIC void gil_runtime_progress(gil_runtime *runtime, uint64_t *done, uint64_t *total);

/* Times in nanoseconds, and how often the GIL was taken, `contended` of them after waiting. Counts and waits are exact.
 * Of short stretches with and without the GIL some are measured, and the others shared out as those were, unless
 * options.measure; `longest_held` is of measured ones. */
typedef struct gil_stats {
    uint64_t held, waited, released;
    uint64_t acquisitions, contended;
    uint64_t longest_held, longest_waited;
} gil_stats;

/* Of one thread, and of all threads of a runtime, past ones too.
 *   gil:    any */
GIL_PUBLIC void gil_thread_stats(gil_env *env, gil_stats *stats);
GIL_PUBLIC void gil_runtime_stats(gil_runtime *runtime, gil_stats *stats);

/* What the calls of one function did with the GIL, all of them since it was loaded; of short ones some are measured and
 * stand for the others, unless options.measure. What it called counts as its own.
 *   calls   how many there were; may be NULL
 *   errors: false: TypeError: not a function */
GIL_PUBLIC bool gil_function_stats(gil_env *env, gil_obj function, uint64_t *calls, gil_stats *stats);

/* What a thread does with the GIL: it asks for it, has it, gave it up. */
typedef enum gil_event { GIL_EVENT_WAITING, GIL_EVENT_ACQUIRED, GIL_EVENT_RELEASED } gil_event;

/* Called on the thread that it is about; `thread` counts a runtime's threads from 0. It must not touch objects,
 * take the GIL, nor block. */
typedef void (*gil_watch_fn)(void *context, uint32_t thread, gil_event event, uint64_t now_ns);

/* Call a function at each step from now on; NULL: no longer. While another thread changes it, a step may still reach
 * the one before, or none.
 *   gil:    any
 *   now_ns  CLOCK_MONOTONIC in nanoseconds */
GIL_PUBLIC void gil_runtime_watch(gil_runtime *runtime, gil_watch_fn watch, void *context);

#ifdef __cplusplus
}
#endif

#endif
