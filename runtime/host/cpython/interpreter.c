/* SPDX-License-Identifier: MIT
 *
 * Python's threads and interpreters, as the runtime knows them: one runtime for each interpreter, whose GIL is that of
 * the interpreter (or, where Python has none, being attached to it).
 */
#include "host/cpython/object.h"

#include <errno.h>
#include <time.h>

/* ---- Visits: Python calls ------------------------------------------------------------------------------------- */

bool gil__visit_begin(gil__visit *visit, gil__python *python)
{
    gil__thread *thread = gil__thread_step_in(python->runtime);
    if (!thread) {
        PyErr_NoMemory();
        return false;
    }
    visit->thread = thread;
    visit->pending = thread->error;
    visit->outside = thread->outside; /* the section that it is in may have others inside it */
    thread->error = NULL;
    visit->scope = gil__scope_open(&thread->handles);
    return true;
}

PyObject *gil__visit_end_with_nothing(gil__visit *visit)
{
    gil__thread *thread = visit->thread;
    gil__scope_close(&thread->handles, thread->runtime->host, visit->scope);
    gil__thread_set_error(thread, visit->pending);
    thread->outside = visit->outside;
    gil__thread_step_out(thread);
    return NULL;
}

PyObject *gil__visit_end(gil__visit *visit, gil_obj result)
{
    gil__thread *thread = visit->thread;
    PyObject *object = Py_XNewRef(gil__py(result));
    gil__scope_close(&thread->handles, thread->runtime->host, visit->scope);
    if (object && thread->error) /* what ended with the scope raised; it is nobody's */
        gil__thread_set_error(thread, NULL);
    if (!object)
        gil__python_raise(thread);
    thread->error = visit->pending;
    thread->outside = visit->outside;
    gil__thread_step_out(thread);
    return object;
}

/* ---- The door ------------------------------------------------------------------------------------------------- */

/* How a thread that attached got in, while it is; thread->outside_how. */
enum { MADE = 1, FOUND = 2, INSIDE = 3 };

/* Before 3.12 a fork may come while a thread without the GIL makes its state, and the child finds Python's list of states
 * half changed; so a fork waits for it. Later Pythons keep it out by themselves. */
static PyThreadState *make_state(gil__python *python)
{
#if PY_VERSION_HEX < 0x030C0000
    gil__lock_take(&gil__lists);
    PyThreadState *state = PyThreadState_New(python->interpreter);
    gil__lock_give(&gil__lists);
    return state;
#else
    return PyThreadState_New(python->interpreter);
#endif
}

/* From 3.15 on Python does not end while somebody comes in (PEP 788); afterwards the runtime itself waits, for a while, for
 * who is attached. Before, that wait is all there is. false: Python is ending. */
static bool hold_open(gil__python *python, void **guard)
{
#if PY_VERSION_HEX >= 0x030F0000
    *guard = PyInterpreterGuard_FromView(python->view);
    return *guard != NULL;
#else
    (void)python;
    *guard = NULL;
    return true;
#endif
}

static void let_close(void *guard)
{
#if PY_VERSION_HEX >= 0x030F0000
    PyInterpreterGuard_Close(guard);
#else
    (void)guard;
#endif
}

/* With a state of Python's own, found or made. */
static bool enter(gil__thread *thread)
{
    gil__python *python = thread->runtime->hosted;
    PyThreadState *known = PyGILState_GetThisThreadState();
    bool found = known && PyThreadState_GetInterpreter(known) == python->interpreter;
    PyThreadState *state = found ? known : make_state(python);
    if (!state)
        return false;
    PyEval_RestoreThread(state);
    thread->outside_how = found ? FOUND : MADE;
    return true;
}

/* A thread that Python may not know attaches. One that it knows uses the state that Python gave it. */
static bool come_in(gil__thread *thread)
{
    gil__python *python = thread->runtime->hosted;
    void *guard;
    PyThreadState *current = gil__py_current();
    if (current && PyThreadState_GetInterpreter(current) == python->interpreter) {
        thread->outside_how = INSIDE;
        return true;
    }
    if (!hold_open(python, &guard))
        return false;
    bool entered = enter(thread);
    let_close(guard);
    return entered;
}

static void go_out(gil__thread *thread)
{
    unsigned how = thread->outside_how;
    thread->outside_how = 0;
    if (how == MADE) {
        PyThreadState_Clear(PyThreadState_Get());
        PyThreadState_DeleteCurrent();
    } else if (how == FOUND) {
        PyEval_SaveThread();
    }
}

static bool take(gil__thread *thread, bool outermost)
{
    if (outermost)
        return come_in(thread);
    PyThreadState *state = thread->outside;
    thread->outside = NULL;
    PyEval_RestoreThread(state);
    return true;
}

static void give(gil__thread *thread, bool outermost)
{
    if (outermost)
        go_out(thread);
    else
        thread->outside = PyEval_SaveThread();
}

enum { YIELD_EVERY_MS = 8, YIELD_FOR_NS = 20000 };

static void let_others_run(void)
{
    PyThreadState *state = PyEval_SaveThread();
#ifndef Py_GIL_DISABLED
    /* Who waits is told now, and needs a moment to come: a loop that took the GIL back at once would win every time. */
    nanosleep(&(struct timespec){.tv_nsec = YIELD_FOR_NS}, NULL);
#endif
    PyEval_RestoreThread(state);
}

/* Python has no cheap question whether somebody waits. So a coarse clock says when to give the GIL up for a moment: less
 * often than Python's switch interval, within which a waiter asks for it, because each time begins that wait anew. */
static void yield(gil__thread *thread)
{
    static _Thread_local uint64_t last_ms;
    struct timespec now;
    (void)thread;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    if (ms - last_ms < YIELD_EVERY_MS)
        return;
    int saved = errno;
    let_others_run();
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    last_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    errno = saved;
}

const gil__door gil__cpython_door = {.take = take, .give = give, .yield = yield};
