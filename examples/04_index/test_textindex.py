# SPDX-License-Identifier: MIT
"""Tests on texts of this machine: python3 test_textindex.py PROGRAM MODULE

Every result is computed a second time in Python.
"""
import ast
import collections
import glob
import os
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM, MODULE = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))


def texts():
    """The licences and the documentation that every Debian has; elsewhere Python's own sources."""
    found = glob.glob("/usr/share/common-licenses/*") + glob.glob("/usr/share/doc/*/copyright")
    found = found or glob.glob(os.path.dirname(os.__file__) + "/*.py")
    return sorted(path for path in found if os.path.isfile(path))[:200]


def search(words, *files, expect=0):
    done = subprocess.run([PROGRAM, MODULE, words, *files], capture_output=True, text=True)
    assert done.returncode == expect, (done.returncode, done.stderr)
    if expect:
        return done.stderr
    return {word: ast.literal_eval(found) for word, found in (line.split(": ", 1) for line in done.stdout.splitlines())}


def lines_of(word, path):
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    return [number for number, line in enumerate(lines, 1)
            for found in re.findall(rb"[a-zA-Z\x80-\xff]+", line) if found.lower() == word.encode()]


class Test(unittest.TestCase):
    def test_words_stand_where_python_finds_them(self):
        files = texts()
        for _ in range(3):  # threads take the files in another order each time
            got = search("software,the,warranty", *files)
            for word in ("software", "the", "warranty"):
                wanted = {path: lines for path in files if (lines := lines_of(word, path))}
                self.assertEqual(got[word], wanted)

    def test_a_word_that_stands_nowhere_is_found_nowhere(self):
        self.assertEqual(search("qwertzuiop", *texts()), {"qwertzuiop": {}})

    def test_the_most_common_words_are_those_that_python_counts(self):
        files, counts = texts()[:20], collections.Counter()
        for path in files:
            with open(path, "rb") as file:
                counts.update(re.findall("[a-z\x80-\U0010ffff]+", file.read().lower().decode()))
        wanted = sorted(((count, word) for word, count in counts.items()), reverse=True)
        self.assertEqual(search("5", *files)["5"], wanted[:5])

    def test_what_is_asked_for_may_be_in_capitals(self):
        path = texts()[0]
        self.assertEqual(search("THE", path)["THE"], search("the", path)["the"])

    def test_an_empty_file_has_no_words(self):
        with tempfile.NamedTemporaryFile() as file:
            self.assertEqual(search("the", file.name), {"the": {}})

    def test_a_missing_file_and_a_missing_module_are_told(self):
        self.assertIn("FileNotFoundError: ", search("the", "/nothing", expect=1))
        done = subprocess.run([PROGRAM, "./nothing.so", "the", "/nothing"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("ImportError: ", done.stderr)


unittest.main()
