/* SPDX-License-Identifier: MIT
 *
 * One thread works 100 us without the lock, again and again, and needs it for a moment in between; another holds it all
 * the time and lets others run every so often. How long does the first take for a round, and what is left to the other?
 * With gilkit's GIL, with no lock, with a mutex that the holder unlocks and locks, and, as an extension, with CPython's GIL.
 *
 *     convoy [ROUNDS]
 */
#include "peer.h"

#include <gilkit/runtime.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "sample.h"

enum { WORK_NS = 100000, NEED_NS = 1000, CHUNK_NS = 500, SAMPLE_MS = 150, MOST = 4096 };

/* One way to lock. Each runs until `stop` is set. */
typedef struct way {
    const char *name;
    void (*work)(void);           /* the thread that needs the lock for moments */
    void (*hold)(uint64_t until); /* the one that holds it: counts `chunks` */
} way;

static gil_runtime *runtime;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool stop, begun;
static uint64_t chunks, needed_ns, n_rounds;
static double round_us[MOST];
static int sample; /* which one of each way this is */

static void spin_ns(uint64_t ns)
{
    for (uint64_t until = now_ns() + ns; now_ns() < until;)
        ;
}

static uint64_t begin_round(void)
{
    begun = true;
    return now_ns();
}

/* A round of work ended now; the lock is had. */
static void note(uint64_t began)
{
    if (n_rounds < MOST)
        round_us[n_rounds++] = (double)(now_ns() - began) / 1e3;
}

static void need_it(void)
{
    uint64_t began = now_ns();
    spin_ns(NEED_NS);
    needed_ns += now_ns() - began;
}

static void work_gil(void)
{
    gil_error error;
    gil_env *env = gil_attach(runtime, &error);
    if (!env)
        die(error.message);
    while (!stop) {
        uint64_t began = begin_round();
        GIL_BEGIN_ALLOW_THREADS(env)
        spin_ns(WORK_NS);
        GIL_END_ALLOW_THREADS(env)
        note(began);
        need_it();
    }
    gil_detach(env);
}

static void hold_gil(uint64_t until)
{
    gil_env *env = gil_attach(runtime, NULL);
    if (!env)
        die("convoy: no attach");
    for (; now_ns() < until; chunks++) {
        spin_ns(CHUNK_NS);
        gil_checkpoint(env);
    }
    gil_detach(env);
}

static void work_mutex(void)
{
    pthread_mutex_lock(&mutex);
    while (!stop) {
        uint64_t began = begin_round();
        pthread_mutex_unlock(&mutex);
        spin_ns(WORK_NS);
        pthread_mutex_lock(&mutex);
        note(began);
        need_it();
    }
    pthread_mutex_unlock(&mutex);
}

static void hold_mutex(uint64_t until)
{
    pthread_mutex_lock(&mutex);
    for (; now_ns() < until; chunks++) {
        spin_ns(CHUNK_NS);
        pthread_mutex_unlock(&mutex);
        pthread_mutex_lock(&mutex);
    }
    pthread_mutex_unlock(&mutex);
}

/* What the machine can give: the same two threads with nothing between them. */
static void work_free(void)
{
    while (!stop) {
        uint64_t began = begin_round();
        spin_ns(WORK_NS);
        note(began);
        need_it();
    }
}

static void hold_free(uint64_t until)
{
    for (; now_ns() < until; chunks++)
        spin_ns(CHUNK_NS);
}

#ifdef GIL_BENCH_CPYTHON
static void work_cpython(void)
{
    PyGILState_STATE gil = PyGILState_Ensure();
    while (!stop) {
        uint64_t began = begin_round();
        PyThreadState *state = PyEval_SaveThread();
        spin_ns(WORK_NS);
        PyEval_RestoreThread(state);
        note(began);
        need_it();
    }
    PyGILState_Release(gil);
}

/* CPython looks whether somebody wants the GIL where a loop of Python code goes round. */
static void hold_cpython(uint64_t until)
{
    static const char loop[] = "from time import monotonic_ns\n"
                               "def hold(until):\n"
                               "    n = 0\n"
                               "    while monotonic_ns() < until:\n"
                               "        n += 1\n"
                               "    return n\n";
    PyObject *names = PyDict_New();
    PyObject *defined = names ? PyRun_String(loop, Py_file_input, names, names) : NULL;
    PyObject *hold = defined ? PyDict_GetItemString(names, "hold") : NULL;
    PyObject *n = hold ? PyObject_CallFunction(hold, "K", (unsigned long long)until) : NULL;
    if (!n)
        die("convoy: the loop in Python failed");
    chunks += PyLong_AsUnsignedLongLong(n);
    Py_DECREF(n);
    Py_DECREF(defined);
    Py_DECREF(names);
}
#endif

static void *work(void *one)
{
    ((const way *)one)->work();
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(double q)
{
    return round_us[(size_t)(q * (double)(n_rounds - 1))];
}

static void wait_for(const atomic_bool *flag, uint64_t until)
{
#ifdef GIL_BENCH_CPYTHON
    Py_BEGIN_ALLOW_THREADS
#endif
        while (flag ? !*flag : now_ns() < until) nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
#ifdef GIL_BENCH_CPYTHON
    Py_END_ALLOW_THREADS
#endif
}

static void join(pthread_t thread)
{
#ifdef GIL_BENCH_CPYTHON
    Py_BEGIN_ALLOW_THREADS
#endif
        pthread_join(thread, NULL);
#ifdef GIL_BENCH_CPYTHON
    Py_END_ALLOW_THREADS
#endif
}

static void print_rounds(const char *name, const char *where)
{
    char variant[64];
    qsort(round_us, n_rounds, sizeof *round_us, by_size);
    snprintf(variant, sizeof variant, "%s p50", where);
    print_sample(name, variant, quantile(0.5));
    snprintf(variant, sizeof variant, "%s p99", where);
    print_sample(name, variant, quantile(0.99));
    snprintf(variant, sizeof variant, "%s us %d", where, sample);
    for (size_t i = 0; i < n_rounds; i++)
        print_sample(name, variant, round_us[i]);
}

/* Both threads, or one of them. Prints how long rounds took; returns chunks a second. */
static double run_for(const way *one, bool works, bool holds)
{
    pthread_t worker;
    stop = begun = false;
    chunks = needed_ns = n_rounds = 0;
    if (works && pthread_create(&worker, NULL, work, (void *)one) != 0)
        die("convoy: no thread");
    if (works)
        wait_for(&begun, 0);
    uint64_t began = now_ns(), until = began + SAMPLE_MS * UINT64_C(1000000);
    if (holds)
        one->hold(until);
    uint64_t ended = now_ns();
    wait_for(NULL, until);
    stop = true;
    if (works)
        join(worker);
    if (works)
        print_rounds(one->name, holds ? "beside" : "alone");
    return (double)chunks * 1e9 / (double)(ended - began);
}

static void measure(int rounds)
{
    static const way ways[] = {{"gilkit", work_gil, hold_gil},
                               {"free", work_free, hold_free},
                               {"mutex", work_mutex, hold_mutex},
#ifdef GIL_BENCH_CPYTHON
                               {"cpython", work_cpython, hold_cpython}
#endif
    };
    gil_error error;
    runtime = gil_runtime_new(NULL, &error);
    if (!runtime)
        die(error.message);
    for (sample = 0; sample < rounds; sample++)
        for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
            run_for(&ways[w], true, false);
            double alone = run_for(&ways[w], false, true);
            double beside = run_for(&ways[w], true, true);
            double remainder = 1 - (double)needed_ns / (SAMPLE_MS * 1e6);
            print_sample(ways[w].name, "kept", beside / (alone * remainder));
        }
    if (!gil_runtime_free(runtime, &error))
        die(error.message);
}

BENCH_MAIN(convoy, measure)
