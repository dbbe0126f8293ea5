# SPDX-License-Identifier: MIT
"""Runs in the interpreter that is tested: worker.py MODULE HOW TEST... imports the module and calls its tests.

Each answer is a line of JSON on stdout: the test, and what went wrong or null. HOW is one of the functions of HOWS.
"""
import gc
import importlib
import json
import os
import sys
import traceback

SECONDS = 100
ROUNDS = 8
CALLS = 3


def tell(test, problem):
    os.write(1, json.dumps([test, problem]).encode() + b"\n")


def run(function):
    """None, or what was not as it should be."""
    try:
        answer = function()
    except BaseException as error:
        return "".join(traceback.format_exception_only(type(error), error)).strip()
    return None if answer is None else f"returned {answer!r}"


# ---- Plainly ---------------------------------------------------------------------------------------------------------


def plainly(name, tests):
    module = importlib.import_module(name)
    for test in tests:
        tell(test, run(getattr(module, test)))


# ---- Again and again -------------------------------------------------------------------------------------------------


def traces():
    """What a call may leave behind."""
    # Python keeps the names of attributes that were looked for.
    getattr(sys, "_clear_internal_caches" if sys.version_info >= (3, 13) else "_clear_type_cache")()
    gc.collect()
    found = {"files": len(os.listdir("/proc/self/fd")), "threads": len(os.listdir("/proc/self/task")),
             "blocks": sys.getallocatedblocks()}
    if hasattr(sys, "gettotalrefcount"):
        found["counts"] = sys.gettotalrefcount()
    return found


def leaves_nothing(function):
    """A leak grows every time; what is kept for later calls grows once, and a thread that was joined is still listed for
    a moment."""
    grown = {}
    for _ in range(CALLS):
        problem = run(function)
        if problem:
            return problem
    for _ in range(ROUNDS):
        before = traces()
        for _ in range(CALLS):
            problem = run(function)
            if problem:
                return f"again: {problem}"
        after = traces()
        grown = {what: after[what] - before[what] for what in after if after[what] > before[what]}
        if not grown:
            return None
    return f"{CALLS} calls leave " + ", ".join(f"{count} {what}" for what, count in grown.items())


def again(name, tests):
    module = importlib.import_module(name)
    for test in tests:
        tell(test, leaves_nothing(getattr(module, test)))


# ---- In other interpreters -------------------------------------------------------------------------------------------


def inside(name, tests):
    """What an interpreter of its own runs; two of them at once, each with its module and its state."""
    return (f"import sys; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r})\n"
            f"import worker; worker.plainly({name!r}, {tests!r})\n")


def run_inside(code):
    """Make an interpreter, with a GIL of its own where there can be one; run the code; end it."""
    if sys.version_info >= (3, 13):
        import _interpreters
        one = _interpreters.create()
        problem = _interpreters.exec(one, code)
        _interpreters.destroy(one)
        if problem is not None:
            raise RuntimeError(problem.formatted)
    else:
        import _xxsubinterpreters
        one = _xxsubinterpreters.create()
        _xxsubinterpreters.run_string(one, code)
        _xxsubinterpreters.destroy(one)


def nested(name, tests):
    for _ in range(2):  # the second finds what the first left
        run_inside(inside(name, tests))


def beside(name, tests):
    """Two interpreters in two threads, and this one."""
    import threading
    problems = []

    def body():
        try:
            run_inside(inside(name, tests))
        except BaseException as error:
            problems.append(repr(error))

    threads = [threading.Thread(target=body) for _ in range(2)]
    for thread in threads:
        thread.start()
    plainly(name, tests)
    for thread in threads:
        thread.join()
    if problems:
        sys.exit("; ".join(problems))


HOWS = {function.__name__: function for function in (plainly, again, nested, beside)}


def main(name, how, *tests):
    import faulthandler  # which no interpreter but the main one can have
    faulthandler.enable()
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    HOWS[how](name, tests)


if __name__ == "__main__":
    main(*sys.argv[1:])
