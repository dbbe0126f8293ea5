# SPDX-License-Identifier: MIT
"""Help, versions, and what is said to wrong words."""
import re
import shlex

import pytest

VERBS = {
    "new": [0, 2, 4, 130],
    "run": [0, 1, 2, 3, 4, 130],
    "call": [0, 1, 2, 3, 4, 130],
    "inspect": [0, 2, 3],
    "doctor": [0, 2, 5],
}


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_lists_every_verb(gilkit, word):
    said = gilkit.text(word)
    assert said.startswith("usage: gilkit VERB")
    assert re.findall(r"^  (\w+) ", said, re.MULTILINE) == list(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_says_usage_and_exit_codes(gilkit, verb):
    said = gilkit.text(verb, "--help")
    assert said.startswith(f"Usage: gilkit {verb} ")
    codes = re.sub(r"\s+", " ", said).split("Exit codes: ")[1]
    assert [int(code) for code in re.findall(r"\b(\d+) [a-z]", codes)] == VERBS[verb]
    assert all(len(line) <= 80 for line in said.split("\n")), "it fits a terminal"


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_of_a_verb_that_answers_with_data_includes_json(gilkit, verb):
    assert "--json" in gilkit.text(verb, "--help")


def test_the_examples_in_the_help_of_call_work_as_they_stand(gilkit):
    said = gilkit.text("call", "--help").split("Examples:\n")[1].split("\n\n")[0]
    examples = re.sub(r"\n(?!  gilkit)", " ", said).strip().split("\n")
    assert len(examples) >= 3
    for example in examples:
        command, *words = shlex.split(re.sub(r"\s+", " ", example))
        assert command == "gilkit"
        gilkit.text(*words)


@pytest.mark.parametrize("word", ["--version", "-V"])
def test_the_version_is_one_line(gilkit, word):
    assert re.fullmatch(r"gilkit \d+\.\d+\.\d+ \(ABI \d+\.\d+\)", gilkit.text(word))


@pytest.mark.parametrize("word, said", [
    ("rnu", "no verb rnu; `gilkit --help` lists them"),
    ("ruin", "did you mean `gilkit run`?"),
    ("inspct", "did you mean `gilkit inspect`?"),
    ("cal", "did you mean `gilkit call`?"),
    ("", "`gilkit --help`"),
    ("--json", "`gilkit --help`"),
])
def test_a_verb_that_is_none_is_answered_with_one_that_is(gilkit, word, said):
    assert said in gilkit.refusal(2, word)


def test_no_verb_at_all_is_answered_with_the_list_on_stderr(gilkit):
    answer = gilkit(code=2)
    assert answer.out == "" and "usage: gilkit VERB" in answer.err


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_option_is_answered_with_where_help_is(gilkit, verb):
    said = gilkit.refusal(2, verb, "--nothing")
    assert "nothing" in said and f"gilkit {verb} --help" in said


@pytest.mark.parametrize("verb, words, missing", [
    ("run", [], "MODULE FUNCTION is missing"),
    ("run", ["./x.so"], "FUNCTION (`gilkit inspect MODULE` lists them) is missing"),
    ("call", [], "LIBRARY PROTOTYPE is missing"),
    ("call", ["libm"], "PROTOTYPE, as 'double cos(double x)' is missing"),
    ("new", [], "NAME is missing"),
    ("new", ["a", "b"], "one NAME at a time; b is a second"),
    ("new", ["a", "--template=none"], "no template none; there is: embed, kernel, objects"),
])
def test_a_missing_word_is_named(gilkit, verb, words, missing):
    assert missing in gilkit.refusal(2, verb, *words)
