# SPDX-License-Identifier: MIT
"""What happens when nobody can read the answer: exit 4, said on stderr."""
import os
import signal

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("quick_doctor")

ANSWERS = {
    "a result": ("run", "{probe}", "same_f8", "1"),
    "a result as JSON": ("run", "{probe}", "same_f8", "1", "--json"),
    "a table": ("run", "{probe}", "same_f8", "1", "--threads=2"),
    "a large result": ("run", "{probe}", "count", "100000", "--json"),
    "a call": ("call", "libm", "double cos(double x)", "0"),
    "a description": ("inspect", "{probe}"),
    "a description as JSON": ("inspect", "{probe}", "--json"),
    "a stub": ("inspect", "{probe}", "--stubs"),
    "a list of files": ("new", "--dry-run", "some_name"),
    "a list of files as JSON": ("new", "--dry-run", "some_name", "--json"),
    "a diagnosis": ("doctor",),
    "a diagnosis as JSON": ("doctor", "--json"),
    "the verbs": ("--help",),
    "the version": ("--version",),
    "help": ("run", "--help"),
}


@pytest.fixture(params=ANSWERS)
def words(request, probe):
    return [word.format(probe=probe) for word in ANSWERS[request.param]]


def test_a_full_disk_is_told_and_not_overlooked(gilkit, words):
    with open("/dev/full", "w") as full:
        answer = gilkit(*words, stdout=full, code=4)
    assert "output cannot be written" in answer.err


def test_a_closed_stdout_is_told_and_not_overlooked(gilkit, words):
    answer = gilkit(*words, stdout=None, preexec_fn=lambda: os.close(1), code=4)
    assert "output cannot be written" in answer.err


def test_a_reader_that_left_ends_it_as_it_ends_any_filter(gilkit, words):
    """SIGPIPE is how a shell expects it; exit 4 is as good."""
    reader, writer = os.pipe()
    os.close(reader)
    process = gilkit.start(*words, stdout=writer, restore_signals=True)
    os.close(writer)
    process.communicate(timeout=20)
    assert process.returncode in (-signal.SIGPIPE, 4)


def test_with_sigpipe_ignored_a_reader_that_left_is_told(gilkit, words):
    reader, writer = os.pipe()
    os.close(reader)
    process = gilkit.start(*words, stdout=writer, restore_signals=False)
    os.close(writer)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 4 and "output cannot be written" in err


def test_files_are_not_harmed_when_stdout_and_stderr_are_closed(gilkit, probe, npy, tmp_path):
    """The first file opened then gets number 1 or 2, and messages must not go into it."""
    word, out = npy("x", np.arange(3.0)), tmp_path / "y.npy"

    def close_all():
        for number in (0, 1, 2):
            os.close(number)

    gilkit("run", probe, "copy_f8", word, "--out", out, "--timeline", tmp_path / "t.svg",
           stdin=None, stdout=None, stderr=None, preexec_fn=close_all)
    assert np.load(word[1:]).tolist() == np.load(out).tolist() == [0, 1, 2]


def test_errors_go_to_stderr_only_and_results_to_stdout_only(gilkit, probe):
    assert gilkit("run", probe, "fail", '"x"', code=1).out == ""
    assert gilkit("run", probe, "same_f8", "1", code=0).err == ""
    assert gilkit("--nothing", code=2).out == ""
    assert gilkit(code=2).out == ""
