/* SPDX-License-Identifier: MIT
 *
 * The same program twice: as a program, and as an extension of CPython that bench.py builds with GIL_BENCH_CPYTHON, for the
 * Python that runs it. Then CPython's GIL takes turns with the others in one process.
 */
#ifndef GILKIT_BENCH_PEER_H
#define GILKIT_BENCH_PEER_H

#ifdef GIL_BENCH_CPYTHON
#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* BENCH_MAIN(name, measure): measure(rounds) is what is run. NAME.run(rounds) in Python. */
#define BENCH_MAIN(name, measure) \
    static PyObject *run(PyObject *self, PyObject *argument) \
    { \
        (void)self; \
        long rounds = PyLong_AsLong(argument); \
        if (rounds < 0) \
            return NULL; \
        measure((int)rounds); \
        fflush(stdout); \
        Py_RETURN_NONE; \
    } \
    static PyMethodDef methods[] = {{"run", run, METH_O, NULL}, {0}}; \
    static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, #name, NULL, -1, methods, NULL, NULL, NULL, NULL}; \
    PyMODINIT_FUNC PyInit_##name(void); \
    PyMODINIT_FUNC PyInit_##name(void) \
    { \
        return PyModule_Create(&definition); \
    }
#else
#include <stdlib.h>
#define BENCH_MAIN(name, measure) \
    int main(int argc, char **argv) \
    { \
        measure(argc > 1 ? atoi(argv[1]) : 9); \
        return 0; \
    }
#endif

#endif
