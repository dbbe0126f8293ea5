# SPDX-License-Identifier: MIT
"""Interpreters inside a process, with a GIL of their own where Python has that."""
import os
import subprocess
import sys

import pytest

SUB = """
import sys, threading
try:
    import _interpreters as interpreters
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        import _interpreters as interpreters

def create():
    if sys.version_info >= (3, 13):
        return interpreters.create("isolated")
    return interpreters.create()  # its own GIL from 3.12 on

def run(one, code):
    if sys.version_info >= (3, 13):
        failed = interpreters.run_string(one, code)
        assert failed is None, failed.formatted
    else:
        interpreters.run_string(one, code)
"""


def answer_of(code):
    answer = subprocess.run([sys.executable, "-X", "faulthandler", "-c", SUB + code], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=60, env=os.environ)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_a_module_has_a_state_in_each():
    code = """
import pk_calls
print(pk_calls.count(), flush=True)
one, two = create(), create()
run(one, "import pk_calls; pk_calls.count(); print(pk_calls.count(), flush=True)")
run(two, "import pk_calls; print(pk_calls.count(), flush=True)")
run(one, "import pk_calls; print(pk_calls.count(), flush=True)")
print(pk_calls.count(), flush=True)
interpreters.destroy(one)
interpreters.destroy(two)
print(pk_calls.count(), flush=True)
"""
    assert answer_of(code).split() == ["101", "102", "101", "103", "102", "103"]


def test_resources_arrays_and_functions_work_in_one():
    code = """
one = create()
run(one, '''
import pk_shelves, pk_kernels, gilkit, pk_calls
shelf = pk_shelves.shelf([1, 2, 3])
assert list(shelf) == [1, 2, 3] and shelf.sum() == 6
assert isinstance(shelf, gilkit.Resource)
assert pk_kernels.scale([1.0, 2.0], 2).tolist() == [2.0, 4.0]
assert pk_calls.from_thread(lambda n: n, 3) == 0
assert gilkit.library("libm.so.6").bind("double cos(double x)")(0) == 1
assert pk_calls.call(len, "abc") == 3
pk_calls.keep([1])
''')
interpreters.destroy(one)
print("fine")
"""
    assert answer_of(code) == "fine\n"


def test_several_at_once_on_threads_of_their_own():
    code = """
def work(one, ok):
    run(one, '''
import pk_calls, pk_kernels, pk_shelves
for i in range(300):
    pk_calls.count(); pk_kernels.add(1.0, 2.0); pk_kernels.dot([1.0, 2.0], [3.0, 4.0])
    pk_shelves.shelf([i]).sum()
    pk_kernels.busy(0)
assert pk_calls.count() == 401
assert pk_calls.from_thread(lambda n: n, 20) == 0
''')
    ok.append(1)

ok, all_of_them = [], [create() for _ in range(4)]
threads = [threading.Thread(target=work, args=(one, ok)) for one in all_of_them]
for thread in threads: thread.start()
for thread in threads: thread.join()
for one in all_of_them: interpreters.destroy(one)
print(len(ok))
"""
    assert answer_of(code) == "4\n"


def test_made_and_ended_many_times():
    code = """
for _ in range(20):
    one = create()
    run(one, "import pk_calls, pk_kernels, pk_shelves; pk_calls.keep([pk_shelves.shelf([1])]); pk_kernels.add(1, 2)")
    interpreters.destroy(one)
print("fine")
"""
    assert answer_of(code) == "fine\n"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="interpreters share one GIL before 3.12")
def test_one_computes_with_its_own_gil_held_beside_another():
    code = """
import time, pk_kernels
one = create()
run(one, "import pk_kernels")
thread = threading.Thread(target=run, args=(one, "import pk_kernels; pk_kernels.busy_held(600)"))
thread.start()
time.sleep(0.1)
began = time.monotonic()
ticks = 0
while thread.is_alive():
    ticks += 1
    time.sleep(0.001)
thread.join()
print(ticks > 20)
interpreters.destroy(one)
"""
    assert answer_of(code) == "True\n"
