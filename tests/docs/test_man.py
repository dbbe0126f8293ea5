# SPDX-License-Identifier: MIT
"""The man page says what the command says, and renders."""
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "man" / "gilkit.1"


@pytest.fixture(scope="module")
def page():
    """The page as text, without fonts and escapes."""
    text = re.sub(r"\\f[BIRP]", "", PAGE.read_text()).replace("\\-", "-").replace("\\&", "")
    return text


def section(page, verb):
    return re.search(rf"^\.SS {verb}$(.*?)(?=^\.S[SH] )", page, re.M | re.S)[1]


def words(text):
    return set(re.findall(r"(?<![\w-])--?[\w?][\w-]*", text))


def test_man__has_a_section_for_every_verb(page, verbs):
    assert re.findall(r"^\.SS (\w+)$", page, re.M) == verbs


def test_man__has_every_option_of_every_verb(page, verbs, options_of):
    common = words(re.search(r"^\.SS Every verb$(.*?)^\.SH ", page, re.M | re.S)[1])
    for verb in verbs:
        assert options_of(verb) <= words(section(page, verb)) | common, verb


def test_man__has_no_option_that_the_command_lacks(page, verbs, options_of):
    for verb in verbs:
        assert words(section(page, verb)) <= options_of(verb), verb


def test_man__has_every_exit_code(page, gilkit):
    text = gilkit("--help").stdout
    codes = re.findall(r"(?:Exit codes: |, |,\n)(\d+) ", text)
    assert codes == re.findall(r"^\.B (\d+)$", page, re.M)


def test_man__has_the_environment(page):
    for name in ("GILKIT_PATH", "GILKIT_STRICT"):
        assert f".B {name}" in page


def test_man__has_the_version(page, gilkit):
    version = gilkit("--version").stdout.split()[1]
    assert f'"gilkit {version}"' in page


@pytest.mark.parametrize("command", [
    ["groff", "-man", "-ww", "-Tutf8", "-z"],
    ["man", "--warnings", "-E", "UTF-8", "-Tutf8", "-Z", "-l"],
    ["mandoc", "-Tlint", "-Wwarning"],
], ids=lambda command: command[0])
def test_man__renders_without_warnings(command):
    if not shutil.which(command[0]):
        pytest.skip(f"no {command[0]}")
    done = subprocess.run([*command, PAGE], capture_output=True, text=True)
    complaints = done.stderr + (done.stdout if command[0] == "mandoc" else "")
    assert done.returncode == 0 and complaints == ""
