# SPDX-License-Identifier: MIT
"""What the guide and the README show is what happens."""
import os

import snippets
import pytest
from conftest import SOURCE

GUIDE = sorted((SOURCE / "docs" / "guide").glob("*.md"))
FILES = [path for path in [SOURCE / "README.md", *GUIDE] if path.exists()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_snippets__do_what_is_shown(path, tmp_path, python, monkeypatch):
    monkeypatch.setenv("PATH", f"{python}:{os.environ['PATH']}")
    snippets.check(path, tmp_path)


@pytest.mark.skipif(not (SOURCE / "README.md").exists(), reason="no README.md")
def test_readme__begins_with_a_module_that_compiles_as_it_stands(tmp_path):
    first = next(block for block in snippets.blocks_of((SOURCE / "README.md").read_text()) if block.language == "c")
    assert snippets.file_name(first) == "vecmath.c"
    snippets.compile_block(first, tmp_path)
    assert (tmp_path / "vecmath.so").exists()


@pytest.mark.parametrize("path", GUIDE, ids=lambda path: path.name)
def test_guide__shows_no_program_that_is_not_built_or_run(path):
    blocks = snippets.blocks_of(path.read_text())
    run = " ".join(line for block in blocks if block.language == "console" for line in block.lines if line.startswith("$ "))
    for block in blocks:
        assert block.language in ("c", "python", "console", "text"), f"{path.name}:{block.line}"
        assert block.language != "python" or block.options["name"] in run, f"{path.name}:{block.line}"


# ---- The extractor itself


def write(folder, text):
    (folder / "doc.md").write_text(text)
    return folder / "doc.md"


def test_check__finds_output_that_differs(tmp_path):
    doc = write(tmp_path, "```console\n$ gilkit call libm 'double cos(double x)' 0\n2.0\n```\n")
    with pytest.raises(AssertionError, match="doc.md: line 2: .*printed\n1.0\ninstead of\n2.0"):
        snippets.check(doc, tmp_path)


def test_check__finds_c_that_does_not_compile(tmp_path):
    with pytest.raises(AssertionError, match="line 1: wrong.c does not compile"):
        snippets.check(write(tmp_path, "```c name=wrong.c\nint x = y;\n```\n"), tmp_path)


def test_check__finds_c_that_compiles_but_must_not(tmp_path):
    with pytest.raises(AssertionError, match="compiles, but must not"):
        snippets.check(write(tmp_path, '```c name=fine.c refused="no"\nint x = 1;\n```\n'), tmp_path)


def test_check__takes_dots_for_anything_and_skips_other_commands(tmp_path):
    doc = write(tmp_path, "```console\n$ gilkit --version\ngilkit ... (ABI ...)\n$ sudo rm -r everything\n```\n")
    assert snippets.check(doc, tmp_path) == 1


def test_check__names_a_module_without_a_name_by_its_macro(tmp_path):
    doc = write(tmp_path, "```c\n#include <gilkit/module.h>\nGIL_MODULE(tiny);\nGIL_FUNCTION(int, one, (void)) { return 1; }\n"
                          "```\n```console\n$ gilkit run ./tiny.so one\n1\n```\n")
    assert snippets.check(doc, tmp_path) == 1
