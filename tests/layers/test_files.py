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


FILES = [path for path in files() if path != ROOT]
each = pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in FILES])


def first_comment(text):
    match = re.match(r"(?:#!.*\n)?(/\*.*?\*/|(?://.*\n)+|(?:#.*\n)+(?:\s*\"\"\".*?\"\"\")?)", text, re.S)
    return match[1] if match else ""


@each
def test_file_begins_with_its_licence(path):
    assert "SPDX-License-Identifier: MIT" in "".join(path.open().readlines()[:2])


@each
def test_header_says_what_it_is_for(path):
    if path.suffix not in (".h", ".def"):
        return
    words = re.findall(r"[A-Za-z]+", first_comment(path.read_text()).replace("SPDX-License-Identifier: MIT", ""))
    assert len(words) >= 4, "the comment at its top does not say what it is for"


@each
def test_file_is_not_too_long(path):
    assert len(path.read_text().splitlines()) <= MAX_LINES, "look for the second noun"


@each
def test_functions_fit_one_screen(path):
    """A function's braces stand at the beginning of a line (see .clang-format)."""
    if path.suffix not in (".c", ".h"):
        return
    start = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            assert number - start - 1 <= MAX_FUNCTION, f"the function at line {start} has {number - start - 1} lines"
            start = None


def test_c_files_are_formatted():
    if not shutil.which("clang-format"):
        pytest.skip("no clang-format here")
    version = subprocess.run(["clang-format", "--version"], stdout=subprocess.PIPE, text=True).stdout
    if "version 14." not in version:
        pytest.skip(f"formatted with clang-format 14, here is {version.strip()}")
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *(p for p in FILES if p.suffix in (".c", ".h"))],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
