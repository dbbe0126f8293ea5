"""Tests of @NAME@ through the command line: python3 test_@NAME@.py GILKIT MODULE"""
import json
import subprocess
import sys
import unittest

GILKIT, MODULE = sys.argv.pop(1), sys.argv.pop(1)


def run(*args):
    return subprocess.run([GILKIT, "run", "--json", MODULE, *args], capture_output=True, text=True)


def result(*args):
    done = run(*args)
    if done.returncode:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)["result"]


class Test(unittest.TestCase):
    def test_entropy_of_one_value_is_nothing(self):
        self.assertEqual(result("entropy", "[7, 7, 7, 7]"), 0)

    def test_entropy_of_four_values_is_two_bits(self):
        self.assertEqual(result("entropy", "[0, 1, 2, 3]"), 2)

    def test_smooth_takes_the_mean_of_neighbours(self):
        got = result("smooth", "[0, 3, 6, 3]", "width=3")
        self.assertEqual(got, [1.5, 3, 4, 4.5])

    def test_smooth_refuses_an_even_width(self):
        self.assertIn("width is 2; it must be odd", run("smooth", "[1, 2]", "2").stderr)

    def test_histogram_counts_each_byte(self):
        got = result("histogram", "[1, 255, 1]")
        self.assertEqual((got[1], got[255], sum(got)), (2, 1, 3))


unittest.main()
