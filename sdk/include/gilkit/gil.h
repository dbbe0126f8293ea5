/* SPDX-License-Identifier: MIT
 *
 * The GIL, as a module meets it: give it up for a long computation, take it back, let others run.
 */
#ifndef GILKIT_GIL_H
#define GILKIT_GIL_H

#include <gilkit/abi.h>

/* What `env` is while the GIL is released: a struct, so that using it as a gil_env is a hard error in every
 * C compiler. Its name is the message. */
struct gil_env_is_released_until_GIL_END_ALLOW_THREADS {
    char no_objects_in_here;
};

typedef struct gil__section {
    gil_env *env;
    uint64_t token;
} gil__section;

static inline gil__section gil__section_begin(gil_env *env, const char *file, int line)
{
    return (gil__section){env, gil_env_release(env, file, line)};
}

static inline void gil__section_end(gil__section *section)
{
    gil_env_reacquire(section->env, section->token);
}

static inline void gil__section_is_open(struct gil_env_is_released_until_GIL_END_ALLOW_THREADS env)
{
    (void)env;
}

/* A goto or a case that jumps over this declaration, and so over the release before it, does not compile: C forbids
 * jumping into the scope of what has a variably modified type. It costs nothing. */
#define GIL__NO_JUMP_INTO(pointer) char(*gil__no_jump)[(pointer) ? 1 : 2] __attribute__((unused)) = 0

#define GIL__ALLOW_SHADOW  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wshadow\"")
#define GIL__FORBID_SHADOW _Pragma("GCC diagnostic pop")

/* Run the statements between the two without the GIL, beside every other thread. `env` does not compile in
 * there. However the block is left (its end, return, break, goto), the GIL is taken back first; errno survives
 * both ways. A block inside a block does not compile.
 *   gil:    held before BEGIN and after END
 *   errors: none; taking the GIL back waits for as long as it must */
#define GIL_BEGIN_ALLOW_THREADS(env_) \
    { \
        GIL__ALLOW_SHADOW \
        gil__section gil__released __attribute__((unused, cleanup(gil__section_end))) = \
            gil__section_begin((env_), __FILE__, __LINE__); \
        GIL__NO_JUMP_INTO(gil__released.env); \
        struct gil_env_is_released_until_GIL_END_ALLOW_THREADS env_ = {0}; \
        (void)env_; \
        GIL__FORBID_SHADOW \
        {

#define GIL_END_ALLOW_THREADS(env_) \
    } \
    gil__section_is_open(env_); \
    }

/* Let others run if somebody waits: for loops that hold the GIL for long. One load when nobody does.
 *   gil:    held; perhaps released and taken back in between, so other threads may have run
 *   errors: none */
static inline void gil_checkpoint(gil_env *env)
{
    if (__builtin_expect(__atomic_load_n(env->gil__wanted, __ATOMIC_RELAXED) != 0, 0))
        gil_env_yield(env);
}

typedef struct gil__scope {
    gil_env *env;
    size_t mark;
    bool done;
} gil__scope;

static inline gil__scope gil__scope_begin(gil_env *env)
{
    return (gil__scope){env, gil_scope_open(env), false};
}

static inline void gil__scope_end(gil__scope *scope)
{
    gil_scope_close(scope->env, scope->mark);
}

/* Handles made in the block that follows end with it: for loops that make many. Nested scopes end in
 * reverse order. A handle that ended must not be used; gil_escape lets one live on. The scope is a loop to the
 * compiler: `break` and `continue` inside leave the scope, not the loop around it.
 *
 *     for (size_t i = 0; i < n; i++)
 *         GIL_SCOPE(env) { ... }
 */
#define GIL_SCOPE(env_)          GIL__SCOPE(env_, GIL__JOIN(gil__scope_, __COUNTER__))
#define GIL__JOIN(a, b)          GIL__JOIN_EXPANDED(a, b)
#define GIL__JOIN_EXPANDED(a, b) a##b
#define GIL__SCOPE(env_, scope_) \
    for (gil__scope scope_ __attribute__((cleanup(gil__scope_end))) = gil__scope_begin(env_); !scope_.done; \
         scope_.done = true)

/* Let an object live on when the innermost GIL_SCOPE ends, until the one around it does, or the function: for the one
 * result of a scope. As best = gil_escape(env, best), or return gil_escape(env, result). The handle that it returns
 * takes the place of the old one.
 *   errors: GIL_NULL: MemoryError; or the object was GIL_NULL */
static inline gil_obj gil_escape(gil_env *env, gil_obj object);

/* The runtime that this env belongs to: for a thread that the module starts, which attaches to it.
 *   owner:  the runtime lives as long as the module is loaded
 *   errors: none */
static inline gil_runtime *gil_env_runtime(gil_env *env);

/* Make this thread one of the runtime's, holding the GIL. Attaching again is cheap and counted. A thread that holds
 * one runtime's GIL releases it before it attaches to another, or two threads may wait for each other.
 *   gil:    any; waits for it; held on return
 *   owner:  undo with gil_detach on the same thread
 *   errors: NULL, and *error (which may be NULL): RuntimeError: the runtime is shutting down, also while this thread
 *           waits, or it was freed not long ago, or it is NULL; MemoryError */
static inline gil_env *gil_attach(gil_runtime *runtime, gil_error *error);

static inline gil_env *gil__attach(gil_runtime *runtime, gil_error *error)
{
    static const char text[] = "gil_attach to NULL: there is no runtime yet; make one with gil_runtime_new";
    if (__builtin_expect(runtime != 0, 1))
        return gil_attach(runtime, error);
    if (error) {
        error->kind = GIL_RUNTIME_ERROR;
        __builtin_memcpy(error->message, text, sizeof text);
    }
    return 0;
}

#define gil_attach(runtime, error) gil__attach((runtime), (error))

/* Undo one gil_attach. The outermost one ends this thread's handles, drops a pending exception and gives the GIL up.
 *   gil:    held on entry, and on return unless this was the outermost
 *   errors: detaching what is not attached stops the process: it is a bug that would corrupt objects */
static inline void gil_detach(gil_env *env);

/* What the functions that the macros call promise:
 *
 * gil_env_release: give the GIL up; returns a token for gil_env_reacquire.
 *   gil:    held on entry, released on return; errno is kept
 *   errors: releasing what is not held stops the process with the file and line of the call: it is a bug
 *           in the module that would otherwise corrupt objects
 * gil_env_reacquire: take the GIL back; `token` is what gil_env_release returned.
 *   gil:    released on entry, held on return; errno is kept
 *   errors: taking back what is held stops the process, as above
 * gil_env_yield: let a waiter run, then take the GIL back.
 *   gil:    held on entry and on return, not in between; errno is kept
 * gil_scope_open, gil_scope_close: everything made since `mark` ends. A mark is used once. */

#endif
