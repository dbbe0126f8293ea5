/* SPDX-License-Identifier: MIT
 *
 * What giving the GIL up and taking it back costs when nobody waits, alone and with eight threads that are attached and
 * idle; and a nested attach. Beside them a bare futex word, a mutex and, as an extension, CPython's own pairs.
 *
 *     pair [ROUNDS]
 */
#include "peer.h"

#include <gilkit/runtime.h>
#include <pthread.h>
#include <stdatomic.h>

#include "sample.h"

enum { IDLE = 8 };

static gil_runtime *quiet, *crowded;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint word;
static pthread_mutex_t until = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t idle;

static gil_env *attach(gil_runtime *runtime)
{
    gil_error error;
    gil_env *env = gil_attach(runtime, &error);
    if (!env)
        die(error.message);
    return env;
}

static void pairs_of(gil_runtime *runtime, size_t count)
{
    gil_env *env = attach(runtime);
    for (size_t i = 0; i < count; i++) {
        GIL_BEGIN_ALLOW_THREADS(env)
        __asm__ volatile("" ::: "memory");
        GIL_END_ALLOW_THREADS(env)
    }
    gil_detach(env);
}

static void quiet_pair(size_t count)
{
    pairs_of(quiet, count);
}

static void crowded_pair(size_t count)
{
    pairs_of(crowded, count);
}

/* The least that a lock made of a futex does: three states would want the same two. */
static void word_pair(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (atomic_exchange_explicit(&word, 0, memory_order_release) != 1)
            die("pair: somebody else was at the word");
        unsigned seen = 0;
        if (!atomic_compare_exchange_strong_explicit(&word, &seen, 1, memory_order_acquire, memory_order_relaxed))
            die("pair: somebody else was at the word");
    }
}

static void mutex_pair(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pthread_mutex_unlock(&mutex);
        pthread_mutex_lock(&mutex);
    }
}

static void nested(size_t count)
{
    gil_env *env = attach(quiet);
    for (size_t i = 0; i < count; i++) {
        gil_env *inner = gil_attach(quiet, NULL);
        __asm__ volatile("" ::: "memory");
        gil_detach(inner);
    }
    gil_detach(env);
}

#ifdef GIL_BENCH_CPYTHON
static void cpython_pair(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        PyThreadState *state = PyEval_SaveThread();
        __asm__ volatile("" ::: "memory");
        PyEval_RestoreThread(state);
    }
}

static void cpython_nested(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        PyGILState_STATE state = PyGILState_Ensure();
        __asm__ volatile("" ::: "memory");
        PyGILState_Release(state);
    }
}
#endif

/* Attached, and asleep without the GIL until the end. */
static void *be_idle(void *unused)
{
    gil_env *env = attach(crowded);
    GIL_BEGIN_ALLOW_THREADS(env)
    pthread_barrier_wait(&idle);
    pthread_mutex_lock(&until);
    pthread_mutex_unlock(&until);
    GIL_END_ALLOW_THREADS(env)
    gil_detach(env);
    return unused;
}

static void measure(int rounds)
{
    gil_error error;
    pthread_t threads[IDLE];
    quiet = gil_runtime_new(NULL, &error);
    crowded = quiet ? gil_runtime_new(NULL, &error) : NULL;
    if (!crowded)
        die(error.message);
    pthread_barrier_init(&idle, NULL, IDLE + 1);
    pthread_mutex_lock(&until);
    for (int i = 0; i < IDLE; i++)
        if (pthread_create(&threads[i], NULL, be_idle, NULL) != 0)
            die("pair: no thread");
    pthread_barrier_wait(&idle);

    const sample_variant pairs[] = {{"gil", quiet_pair},
                                    {"idle", crowded_pair},
                                    {"word", word_pair},
                                    {"mutex", mutex_pair},
#ifdef GIL_BENCH_CPYTHON
                                    {"cpython", cpython_pair}
#endif
    };
    const sample_variant attaches[] = {{"gil", nested},
#ifdef GIL_BENCH_CPYTHON
                                       {"cpython", cpython_nested}
#endif
    };
    pthread_mutex_lock(&mutex);
    atomic_store(&word, 1);
    sample_in_turns("pair", pairs, sizeof pairs / sizeof *pairs, rounds, 0.5);
    sample_in_turns("nested attach", attaches, sizeof attaches / sizeof *attaches, rounds, 0.5);
    pthread_mutex_unlock(&mutex);

    pthread_mutex_unlock(&until);
    for (int i = 0; i < IDLE; i++)
        pthread_join(threads[i], NULL);
    if (!gil_runtime_free(quiet, &error) || !gil_runtime_free(crowded, &error))
        die(error.message);
}

BENCH_MAIN(pair, measure)
