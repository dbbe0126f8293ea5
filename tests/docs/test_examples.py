# SPDX-License-Identifier: MIT
"""Every example, copied out of the project and built by its own meson.build, as a stranger would."""
import re
import shutil

import pytest
from conftest import SOURCE, run

EXAMPLES = sorted(path.parent for path in (SOURCE / "examples").glob("*/meson.build"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example__passes_its_own_tests_on_real_files(example, tmp_path):
    copy = tmp_path / example.name
    shutil.copytree(example, copy, ignore=shutil.ignore_patterns("build", "__pycache__"))
    run("meson", "setup", "--werror", copy / "build", copy)
    run("meson", "test", "-C", copy / "build", "--print-errorlogs", "-t", "4")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example__is_small_and_stands_alone(example):
    lines = (example / "meson.build").read_text().splitlines()
    assert len(lines) < 40
    assert (example / "README.md").exists()
    for path in example.iterdir():
        if path.is_file():
            assert not re.search(r"\.\./", path.read_text()), path
