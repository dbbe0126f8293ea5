# SPDX-License-Identifier: MIT
"""A C++ program embeds the installed runtime."""
import shutil
from pathlib import Path

import pytest
from conftest import run

PROGRAM = Path(__file__).parent / "programs" / "embed.cpp"
OUTPUT = """\
dot = 32
elsewhere = 11
ValueError: cannot start, because of KeyError: no setting depth
Exception: its own
thrown, and 1
caught ValueError: dot(): argument y has 2 elements where x has 1 (both are [n])
"""


@pytest.mark.parametrize("standard", ["c++17", "gnu++20"])
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_cpp__embeds_the_runtime(compiler, standard, vecmath, tmp_path):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler} here")
    flags = run("pkg-config", "--cflags", "--libs", "gilkit-runtime").stdout.split()
    run(compiler, f"-std={standard}", "-O1", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-pthread", PROGRAM, "-o",
        tmp_path / "embed", *flags)
    assert run(tmp_path / "embed", vecmath).stdout == OUTPUT
