# SPDX-License-Identifier: MIT
"""Tests on measurements of this machine: python3 test_embed.py PROGRAM MODULE

The numbers in /proc, read for a while, and what Python makes of them.
"""
import math
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM, MODULE = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
SOURCES = ("/proc/stat", "/proc/meminfo", "/proc/uptime", "/proc/loadavg", "/proc/vmstat")


def sample(rounds=50, pause=0.01):
    text = b""
    for _ in range(rounds):
        for source in SOURCES:
            with open(source, "rb") as file:
                text += file.read()
        time.sleep(pause)
    return text


def embed(*args, expect=0):
    done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, text=True)
    assert done.returncode == expect, (done.returncode, done.stderr)
    return done.stderr if expect else dict(line.split() for line in done.stdout.splitlines())


class Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.text = sample()
        cls.log = cls.write("proc.log", cls.text)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def write(cls, name, data):
        path = os.path.join(cls.folder.name, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def test_measurements_are_what_python_reads(self):
        numbers = [float(number) for number in re.findall(rb"\d+(?:\.\d+)?", self.text)]
        for threads in ((), (1,), (2,), (7,)):
            got = embed(MODULE, self.log, *threads)
            self.assertEqual(int(got["numbers"]), len(numbers))
            self.assertEqual(float(got["lowest"]), min(numbers))
            self.assertTrue(math.isclose(float(got["highest"]), max(numbers), rel_tol=1e-14))
            self.assertTrue(math.isclose(float(got["mean"]), math.fsum(numbers) / len(numbers), rel_tol=1e-9))

    def test_eight_threads_share_the_runtime_unless_another_number_is_said(self):
        done = subprocess.run([PROGRAM, MODULE, self.log], capture_output=True, text=True)
        self.assertTrue(done.stderr.startswith("8 threads: GIL held "), done.stderr)

    def test_files_of_proc_are_read_although_they_have_no_size(self):
        self.assertGreater(int(embed(MODULE, "/proc/stat")["numbers"]), 10)

    def test_nothing_has_no_numbers(self):
        self.assertEqual(embed(MODULE, self.write("empty", b""), 3), {"numbers": "0"})

    def test_more_threads_than_lines(self):
        got = embed(MODULE, self.write("short", b"1 22\n3.5"), 64)
        self.assertEqual((got["numbers"], got["lowest"], got["highest"]), ("3", "1", "22"))

    def test_bad_input_is_refused(self):
        self.assertIn("ValueError: byte 3 is NUL; this is no text", embed(MODULE, self.write("nul", b"12\n\0"), 1, expect=1))
        self.assertIn("No such file", embed(MODULE, "/nothing", expect=1))
        self.assertIn("ImportError: ", embed("./nothing.so", self.log, expect=1))
        self.assertIn("THREADS is 1 to 64", embed(MODULE, self.log, "0", expect=2))
        self.assertIn("THREADS is 1 to 64", embed(MODULE, self.log, "2x", expect=2))


unittest.main()
