"""Tests of @NAME@ through the command line: python3 test_@NAME@.py GILKIT MODULE"""
import collections
import json
import re
import subprocess
import sys
import unittest

GILKIT, MODULE = sys.argv.pop(1), sys.argv.pop(1)


def run(*args):
    return subprocess.run([GILKIT, "run", "--json", MODULE, *args], capture_output=True, text=True)


def answer(*args):
    done = run(*args)
    if done.returncode:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


class Test(unittest.TestCase):
    def test_count_gives_each_word_in_the_order_in_which_it_came(self):
        got = answer("count", '"To be, or not to be: that is the question."')["result"]
        self.assertEqual(list(got.items()), [("to", 2), ("be", 2), ("or", 1), ("not", 1), ("that", 1), ("is", 1),
                                             ("the", 1), ("question", 1)])

    def test_count_agrees_with_python_about_a_real_file(self):
        with open(__file__, encoding="utf-8") as file:
            wanted = collections.Counter(re.findall("[a-z\u0080-\uffff]+", file.read().lower()))
        self.assertEqual(answer("count", f"@{__file__}")["result"], wanted)

    def test_words_beyond_ascii_stay_whole(self):
        self.assertEqual(answer("count", '"für über für"')["result"], {"für": 2, "über": 1})

    def test_nothing_has_no_words(self):
        self.assertEqual(answer("count", '""')["result"], {})

    def test_the_gil_is_released_while_it_counts(self):
        [thread, _] = answer("count", f"@{__file__}", "--threads=2", "--repeat=50")["threads"]
        self.assertGreater(thread["gil"]["released_ns"], 0)

    def test_a_counter_begins_empty(self):
        self.assertEqual(answer("counter", '"drafts"')["result"], "counter(0 words, 0 different)")

    def test_count_all_counts_on(self):
        self.assertEqual(answer("count_all", '["a b", "b c"]')["result"], "counter(4 words, 3 different)")

    def test_count_all_refuses_what_is_no_text(self):
        self.assertIn("TypeError", run("count_all", '["a b", {}]').stderr)


unittest.main()
