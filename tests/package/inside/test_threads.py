# SPDX-License-Identifier: MIT
"""Threads: who runs beside whom, with a GIL and without one."""
import gc
import queue
import sys
import sysconfig
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import gilkit
import pk_calls
import pk_kernels
import pytest

FREE = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def together(*functions):
    """Run each on a thread of its own; what they raised, and how long it all took."""
    raised = []

    def guarded(function):
        try:
            function()
        except BaseException as error:  # noqa: B036: told to the caller
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(function,), daemon=True) for function in functions]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "it hangs"
    assert not raised, raised
    return time.monotonic() - began


def test_python_runs_while_a_kernel_computes():
    ticks = []

    def tick():
        while not done.wait(0.001):
            ticks.append(1)

    done = threading.Event()
    ticker = threading.Thread(target=tick)
    ticker.start()
    pk_kernels.busy(500)
    seen = len(ticks)
    done.set()
    ticker.join()
    assert seen > 0


def test_a_function_that_holds_the_gil_runs_beside_nobody_where_there_is_one():
    if FREE:
        pytest.skip("this Python has no GIL")
    seen = []
    started = threading.Event()

    def tick():
        started.set()
        for _ in range(3):
            seen.append(time.monotonic())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.1)
    try:
        thread.start()
        started.wait()
        began = time.monotonic()
        pk_kernels.busy_held(100)
        ended = time.monotonic()
        thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len([at for at in seen if began + 0.01 < at < ended - 0.01]) <= 1


def test_sleeping_threads_sleep_together():
    passed = together(*[lambda: pk_calls.sleep_released(200)] * 8)
    assert passed < 1.2


def test_what_holds_the_gil_or_the_lock_of_its_module_is_exclusive():
    together(*[lambda: [pk_calls.stay(2000) for _ in range(200)]] * 4)
    assert pk_calls.most() == 1


def test_functions_of_doubles_that_hold_it_are_exclusive_too():
    def work():
        assert not any(pk_calls.others(1000.0) or pk_calls.others_of_two(500.0, 500.0) for _ in range(500))

    together(*[work] * 4)


def test_a_counter_under_the_lock_loses_nothing():
    before = pk_calls.count()
    together(*[lambda: [pk_calls.count() for _ in range(5000)]] * 4)
    assert pk_calls.count() == before + 20001


@pytest.mark.parametrize("gil", ["hold", "release"])
def test_a_float_that_only_another_thread_has_does_not_change(gil):
    same = gilkit.library("libm.so.6").bind("double fabs(double x)", gil=gil)
    box, taken, called, seen = [same(1.0)], threading.Event(), threading.Event(), []

    def take():
        mine = box[0]
        taken.set()
        assert called.wait(60)
        seen.append(mine)

    other = threading.Thread(target=take, daemon=True)
    other.start()
    assert taken.wait(60)
    box.clear()
    assert [same(n + 0.5) for n in range(10)] == [n + 0.5 for n in range(10)] and same(2.0) == 2.0
    called.set()
    other.join(60)
    assert seen == [1.0]


@pytest.mark.parametrize("gil", ["hold", "release"])
def test_many_threads_keep_the_floats_of_one_function(gil):
    same = gilkit.library("libm.so.6").bind("double fabs(double x)", gil=gil)
    passed = queue.SimpleQueue()

    def work(first):
        kept = []
        for n in range(first, first + 20000):
            passed.put((same(float(n)), n))
            kept = kept[-(n % 7):] + [(same(n + 0.5), n + 0.5), passed.get()]
            assert all(got == wanted for got, wanted in kept)

    firsts = (100000, 200000, 300000)
    together(*(lambda first=first: work(first) for first in firsts))
    with ThreadPoolExecutor(3) as pool:  # beside the thread that made the function
        others = [pool.submit(work, first) for first in firsts]
        work(0)
        assert [other.result(60) for other in others] == [None] * 3


def test_a_checkpoint_lets_python_run():
    stop = threading.Event()
    ticks = []

    def tick():
        while not stop.wait(0.001):
            ticks.append(1)

    thread = threading.Thread(target=tick)
    thread.start()
    began = time.monotonic()
    while not ticks and time.monotonic() - began < 20:
        pk_calls.add_up(1000000)
    stop.set()
    thread.join()
    assert ticks


def test_a_thread_that_python_did_not_make_calls_python():
    seen = []
    assert pk_calls.from_thread(lambda number: seen.append((number, threading.get_ident())), 3) == 0
    assert [number for number, _ in seen] == [0, 1, 2]
    assert all(ident != threading.get_ident() for _, ident in seen)


def test_many_such_threads_at_once():
    seen = []
    together(*[lambda: [pk_calls.from_thread(seen.append, 20) for _ in range(10)]] * 6)
    assert len(seen) == 6 * 10 * 20


def test_what_such_a_thread_raises_stays_there():
    def fail(number):
        raise ValueError(number)

    assert pk_calls.from_thread(fail, 4) == 4


def test_a_reference_that_another_thread_drops_ends_its_object():
    class Thing:
        pass

    thing = Thing()
    seen = weakref.ref(thing)
    pk_calls.drop_elsewhere(thing)
    del thing
    pk_calls.count()
    gc.collect()
    assert seen() is None


def test_references_are_kept_and_dropped_by_many_threads():
    def work():
        for i in range(300):
            pk_calls.keep([i])
            pk_calls.kept()
            pk_calls.drop_elsewhere([i])

    together(*[work] * 4)
    pk_calls.keep(None)


def test_calls_inside_calls_across_threads():
    def inner(n):
        return pk_calls.call(inner, n - 1) if n else pk_kernels.add(1, 2)

    def work():
        for _ in range(50):
            assert pk_calls.call(inner, 20) == 3

    together(*[work] * 4)


def test_a_kernel_inside_a_call_releases_too():
    passed = together(*[lambda: pk_calls.call(pk_kernels.busy, 150)] * 2, lambda: pk_calls.call(time.sleep, 0.3))
    assert passed < 2


def test_a_function_that_waits_for_another_thread_does_not_block_its_module():
    """As under a GIL: while a call waits inside Python, others may call the same module."""
    from queue import Queue
    queue = Queue()

    def wait(_):
        return queue.get(timeout=20)

    def produce():
        time.sleep(0.05)
        pk_calls.count()
        queue.put(pk_calls.pair(1, 2))

    together(lambda: pk_calls.call(wait, None), produce)


def test_threads_that_end_leave_no_state_behind():
    def once():
        pk_calls.count()
        pk_kernels.add(1, 2)

    for _ in range(300):
        thread = threading.Thread(target=once)
        thread.start()
        thread.join()


def test_the_collector_is_not_held_up_by_a_kernel():
    passed = []

    def collect():
        began = time.monotonic()
        gc.collect()
        passed.append(time.monotonic() - began)

    together(lambda: pk_kernels.busy(3000), lambda: (time.sleep(0.1), collect()))
    assert passed[0] < 2.5
