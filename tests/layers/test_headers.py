# SPDX-License-Identifier: MIT
"""Every public header compiles alone, and twice in one file, with both compilers and without a warning."""
import shutil
import subprocess

import pytest

from api import ROOT

FOLDERS = [ROOT / "sdk/include", ROOT / "runtime/include"]
HEADERS = sorted(str(path.relative_to(folder)) for folder in FOLDERS for path in folder.rglob("*.h"))


def compile_text(compiler, language, standard, text):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler} here")
    return subprocess.run([compiler, f"-std={standard}", "-Wall", "-Wextra", "-Wshadow", "-Werror",
                           *(f"-I{folder}" for folder in FOLDERS), "-fsyntax-only", "-x", language, "-"],
                          input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)


@pytest.mark.parametrize("times", [1, 2], ids=["alone", "twice"])
@pytest.mark.parametrize("standard", ["gnu11", "gnu17"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("header", HEADERS)
def test_header_compiles(header, compiler, standard, times):
    done = compile_text(compiler, "c", standard, f"#include <{header}>\n" * times)
    assert done.returncode == 0 and not done.stdout, done.stdout


def test_all_headers_together_in_any_order():
    text = "".join(f"#include <{header}>\n" for header in HEADERS + HEADERS[::-1])
    assert not compile_text("gcc", "c", "gnu11", text).stdout


@pytest.mark.parametrize("standard", ["gnu++11", "c++17", "gnu++20"])
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_runtime_header_is_usable_from_cpp(compiler, standard):
    done = compile_text(compiler, "c++", standard, "#include <gilkit/runtime.h>\n" * 2)
    assert done.returncode == 0 and not done.stdout, done.stdout
