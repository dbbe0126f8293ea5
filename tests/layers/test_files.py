# SPDX-License-Identifier: MIT
"""Files and functions keep to the house's size, say what they are for, and are formatted."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from api import ROOT

MAX_LINES, MAX_FUNCTION = 800, 70
SUFFIXES = (".c", ".h", ".def", ".py")


def files():
    """Sources, without what a build or a tool left, and without templates, which are not C before they are rendered."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "build")) and
                            name not in ("templates", "__pycache__", "out", "corpus", "subprojects"))
        yield from (Path(folder) / name for name in sorted(names) if name.endswith(SUFFIXES))


FILES = list(files())


def first_comment(text):
    match = re.match(r"/\*.*?\*/|(?://.*\n)+", text, re.S)
    return match[0] if match else ""


def long_functions(text):
    """Lines where functions of too many lines begin. Their braces stand first in a line (see .clang-format)."""
    start = None
    for number, line in enumerate(text.splitlines(), 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start - 1 > MAX_FUNCTION:
                yield start
            start = None


def offenders(is_fine, suffixes=SUFFIXES):
    return [str(path.relative_to(ROOT)) for path in FILES if path.suffix in suffixes and
            not is_fine(path.read_text())]


def test_there_are_files():
    assert len(FILES) > 50


def test_files_begin_with_their_licence():
    assert not offenders(lambda text: "SPDX-License-Identifier: MIT" in "".join(text.splitlines()[:2]))


def test_headers_say_what_they_are_for():
    def says(text):
        comment = first_comment(text).replace("SPDX-License-Identifier: MIT", "")
        return len(re.findall(r"[A-Za-z]+", comment)) >= 4

    assert not offenders(says, (".h", ".def"))


def test_files_are_not_too_long():
    assert not offenders(lambda text: len(text.splitlines()) <= MAX_LINES), "look for the second noun"


def test_functions_fit_one_screen():
    long = [f"{path.relative_to(ROOT)}:{line}" for path in FILES if path.suffix in (".c", ".h")
            for line in long_functions(path.read_text())]
    assert not long, f"functions of more than {MAX_FUNCTION} lines"


def test_c_files_are_formatted():
    if not shutil.which("clang-format"):
        pytest.skip("no clang-format here")
    version = subprocess.run(["clang-format", "--version"], stdout=subprocess.PIPE, text=True).stdout
    if "version 14." not in version:
        pytest.skip(f"formatted with clang-format 14, here is {version.strip()}")
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *(p for p in FILES if p.suffix in (".c", ".h"))],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
