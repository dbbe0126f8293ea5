# SPDX-License-Identifier: MIT
"""Ctrl-C."""
import signal
import time

import pytest
from conftest import minds_signal, wait_until


@pytest.fixture
def running(gilkit):
    """Start a run and wait until it minds signals; whatever happens, it does not stay."""
    started = []

    def start(*args):
        process = gilkit.start("run", *args)
        started.append(process)
        wait_until(lambda: minds_signal(process))
        time.sleep(0.15)  # into the kernel
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def interrupt(process):
    process.send_signal(signal.SIGINT)
    return time.monotonic()


def end_of(process, since, seconds):
    """What it said, having ended in time."""
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - since < seconds
    assert process.returncode == 130, err
    assert out == ""
    return err


@pytest.mark.parametrize("options", [(), ("--threads=4",), ("--gil=hold",), ("--threads=2", "--repeat=100"),
                                     ("--json",), ("--progress",)])
def test_a_kernel_that_looks_ends_at_once(running, work, options):
    process = running(work, "listen", "3000", *options)
    err = end_of(process, interrupt(process), 1.0)
    assert "interrupted" in err and "KeyboardInterrupt" in err


def test_a_kernel_that_does_not_look_is_waited_for_and_a_second_interrupt_leaves(running, work):
    process = running(work, "rest", "30")
    interrupt(process)
    time.sleep(0.3)
    assert process.poll() is None
    err = end_of(process, interrupt(process), 1.0)
    assert "Ctrl-C again to leave" in err


@pytest.mark.parametrize("gil", ["hold", "release"])
def test_a_run_of_many_short_calls_ends_after_one_of_them(running, work, gil):
    process = running(work, "rest", "0.02", "--repeat=10000", f"--gil={gil}")
    assert "interrupted" in end_of(process, interrupt(process), 1.0)


def test_a_kernel_that_does_not_look_ends_as_interrupted_when_it_is_done(running, work):
    process = running(work, "rest", "0.6", "--repeat=2")
    end_of(process, interrupt(process), 1.2)


def test_an_interrupted_run_writes_no_file(running, work, tmp_path):
    process = running(work, "listen", "3000", "--out", tmp_path / "y.npy", "--timeline", tmp_path / "t.svg")
    end_of(process, interrupt(process), 1.0)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_while_the_module_starts_is_not_lost(running, module):
    path = module("slow", """
        #include <unistd.h>
        static int start(gil_env *env, void *state) { (void)env; (void)state; usleep(400000); return 0; }
        GIL_MODULE(slow, .init = start);
        GIL_FUNCTION(int, listen, (gil_task *task))
        {
            for (int i = 0; i < 400; i++) {
                usleep(10000);
                if (gil_stopped(task))
                    return i;
            }
            return -1;
        }""")
    process = running(path, "listen")
    assert "interrupted" in end_of(process, interrupt(process), 1.5)


def test_an_interrupt_before_the_kernel_is_answered_too(gilkit, work):
    for pause in range(12):
        process = gilkit.start("run", work, "listen", "3000")
        time.sleep(pause / 1000)
        since = interrupt(process)
        try:
            process.communicate(timeout=2)
        finally:
            process.kill()
            process.communicate()
        assert time.monotonic() - since < 2
        assert process.returncode in (130, -signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_ends_it(running, work, number):
    process = running(work, "rest", "30")
    process.send_signal(number)
    process.communicate(timeout=2)
    assert process.returncode == -number


def test_a_call_of_a_library_is_interrupted_by_a_second_interrupt(gilkit):
    process = gilkit.start("call", "libc.so.6", "unsigned sleep(unsigned seconds)", "30")
    wait_until(lambda: minds_signal(process))
    time.sleep(0.15)
    interrupt(process)
    time.sleep(0.2)
    end_of(process, interrupt(process), 1.0)
