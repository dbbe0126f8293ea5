"""Tests of @NAME@: python3 test_@NAME@.py PROGRAM MODULE"""
import subprocess
import sys
import unittest

PROGRAM, MODULE = sys.argv.pop(1), sys.argv.pop(1)


def run(*args):
    return subprocess.run([PROGRAM, *args], capture_output=True, text=True)


class Test(unittest.TestCase):
    def test_a_module_answers(self):
        done = run("1 2 3", MODULE)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, f"{MODULE}: 6\n", ""))

    def test_eight_threads_share_the_runtime(self):
        done = run("40 2", *[MODULE] * 8)
        self.assertEqual((done.returncode, done.stdout), (0, f"{MODULE}: 42\n" * 8))

    def test_an_error_is_told_with_its_cause(self):
        done = run("1 two 3", MODULE)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "ValueError: two cannot be added, because of ValueError: ")

    def test_a_module_that_is_not_there_does_not_stop_the_others(self):
        done = run("1 2", "./nothing.so", MODULE)
        self.assertEqual((done.returncode, done.stdout), (1, f"{MODULE}: 3\n"))
        self.assertIn("ImportError: ./nothing.so", done.stderr)

    def test_a_missing_module_is_wrong_usage(self):
        self.assertEqual(run("1 2").returncode, 2)


unittest.main()
