# SPDX-License-Identifier: MIT
"""Tests on files of this machine: python3 test_entropy.py GILKIT MODULE

Every result is computed a second time with Python's standard library.
"""
import collections
import json
import math
import os
import subprocess
import sys
import unittest

GILKIT, MODULE = sys.argv.pop(1), sys.argv.pop(1)


def mapped_files():
    """The files that this very Python runs from, the largest first: libraries of some megabytes."""
    with open("/proc/self/maps") as maps:
        paths = {line.split(maxsplit=5)[-1].strip() for line in maps if "/" in line}
    files = [path for path in paths if os.path.isfile(path) and os.path.getsize(path) < 4 << 20]
    return sorted(files, key=os.path.getsize, reverse=True)


def run(*args, expect=0):
    done = subprocess.run([GILKIT, "run", "--json", MODULE, *args], capture_output=True, text=True)
    assert done.returncode == expect, done.stderr
    return done.stderr if expect else json.loads(done.stdout)


def entropy(data):
    shares = [count / len(data) for count in collections.Counter(data).values()]
    return -sum(share * math.log2(share) for share in shares)


def likeness(a, b):
    x, y = collections.Counter(zip(a, a[1:])), collections.Counter(zip(b, b[1:]))
    dot = sum(count * y[pair] for pair, count in x.items())
    return dot / math.sqrt(sum(c * c for c in x.values()) * sum(c * c for c in y.values()))


class Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.large, cls.other = mapped_files()[:2]
        with open(cls.large, "rb") as large, open(cls.other, "rb") as other:
            cls.data, cls.other_data = large.read(), other.read()

    def test_histogram_counts_what_python_counts(self):
        counts = collections.Counter(self.data)
        self.assertEqual(run("histogram", "@" + self.large)["result"], [counts[value] for value in range(256)])

    def test_entropy_is_what_python_computes(self):
        self.assertAlmostEqual(run("entropy", "@" + self.large)["result"], entropy(self.data), places=9)

    def test_profile_is_the_entropy_of_each_piece(self):
        bits = run("profile", "@" + self.large, "blocks=7")["result"]
        each, more = divmod(len(self.data), 7)
        ends = [0]
        for block in range(7):
            ends.append(ends[-1] + each + (block < more))
        for block in range(7):
            self.assertAlmostEqual(bits[block], entropy(self.data[ends[block] : ends[block + 1]]), places=9)

    def test_likeness_of_two_files_is_what_python_computes(self):
        got = run("likeness", "@" + self.large, "@" + self.other)["result"]
        self.assertAlmostEqual(got, likeness(self.data, self.other_data), places=9)

    def test_likeness_of_a_file_and_itself_is_one(self):
        self.assertAlmostEqual(run("likeness", "@" + self.large, "@" + self.large)["result"], 1.0, places=12)

    def test_nothing_has_no_information(self):
        self.assertEqual(run("entropy", "[]")["result"], 0)
        self.assertEqual(run("histogram", "[]")["result"], [0] * 256)
        self.assertEqual(run("profile", "[]", "blocks=0")["result"], [])

    def test_bad_input_is_refused(self):
        self.assertIn("ask for at most one block a byte", run("profile", "[1, 2]", "3", expect=1))
        self.assertIn("each needs 2", run("likeness", "[1]", "[1, 2, 3]", expect=1))

    def test_two_threads_run_side_by_side(self):
        report = run("entropy", "@" + self.large, "--threads", "2", "--repeat", "20")
        self.assertEqual([thread["calls"] for thread in report["threads"]], [20, 20])
        self.assertGreater(report["side_by_side"], 1.2)


unittest.main()
