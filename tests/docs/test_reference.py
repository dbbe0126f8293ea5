# SPDX-License-Identifier: MIT
"""The reference is what its script makes of the headers now, and has every public name."""
import re
import subprocess
import sys

import pytest
import snippets
from conftest import SOURCE

FOLDER = SOURCE / "docs" / "reference"
sys.path.insert(0, str(FOLDER))

import headers  # noqa: E402
import make  # noqa: E402

HEADERS = headers.read_all()
MADE = make.make()
GROUPS = {name: group for header in HEADERS for group in header.groups for name in group.names}
REMEDY = "run: python3 docs/reference/make.py"

each_header = pytest.mark.parametrize("noun", [header.noun for header in HEADERS])


def names_in(text):
    return set(re.findall(headers.PUBLIC, text))


@pytest.mark.parametrize("name", sorted(MADE))
def test_reference__is_what_the_headers_say(name):
    path = FOLDER / name
    assert path.exists() and path.read_text() == MADE[name], f"docs/reference/{name} is not of these headers; {REMEDY}"


def test_reference__has_no_page_without_a_header():
    assert {path.name for path in FOLDER.glob("*.md")} == set(MADE)


def test_reference__has_every_header():
    found = {path for folder in (SOURCE / "sdk/include", SOURCE / "runtime/include") for path in folder.rglob("*.h")}
    assert found == set(headers.HEADERS)


@each_header
def test_reference__has_an_entry_with_text_for_every_public_name(noun):
    missing = {name for name in headers.public_names(noun) if name not in GROUPS or not
               make.first_sentence(GROUPS[name].comment)}
    assert not missing, f"{noun}.h says nothing of {sorted(missing)}; write it there, then {REMEDY}"


@each_header
def test_reference__has_every_macro_that_the_compiler_sees(noun):
    folders = [f"-I{SOURCE / folder}" for folder in ("sdk/include", "runtime/include")]
    done = subprocess.run(["cc", "-E", "-dM", *folders, "-x", "c", "-"], input=f"#include <gilkit/{noun}.h>\n",
                          capture_output=True, text=True, check=True)
    seen = {name for name in re.findall(r"^#define (\w+)", done.stdout, re.M) if re.match(headers.PUBLIC, name)}
    assert seen and seen <= set(GROUPS)


def test_reference__has_every_function_of_the_table():
    assert set(headers.api_entries()) <= set(GROUPS)
    assert len(headers.api_entries()) == len(re.findall(r"^GIL_API\(", (headers.SDK / "api.def").read_text(), re.M))


@pytest.mark.parametrize("name", sorted(MADE))
def test_reference__names_only_what_exists(name):
    unknown = names_in((FOLDER / name).read_text()) - set(GROUPS)
    assert not unknown, f"docs/reference/{name} names {sorted(unknown)}"


def test_guide__names_only_what_exists():
    for path in [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("[gd]*/*.md"))]:
        unknown = names_in(re.sub(r"gil_env_is_released_\w+|\bGIL_\w*\*", "", path.read_text())) - set(GROUPS)
        assert not unknown, f"{path.name} names {sorted(unknown)}"


def test_reference__links_lead_to_an_entry():
    anchors = {name: set(re.findall(r'<a id="(\w+)">', text)) for name, text in MADE.items()}
    for name, text in MADE.items():
        for page, anchor in re.findall(r"\]\((\w+\.md)?#(\w+)\)", text):
            assert anchor in anchors[page or name], f"{name}: {page}#{anchor}"


def test_index__is_alphabetical_and_complete():
    rows = re.findall(r"^\| \[`(\w+)`\]\(\w+\.md#", MADE["README.md"], re.M)
    assert rows == sorted(GROUPS, key=str.lower)


def test_index__says_something_of_each_name():
    rows = re.findall(r"^\| \[`(\w+)`\].*\| ([\d.]+) \| (.*) \|$", MADE["README.md"], re.M)
    assert len(rows) == len(GROUPS)
    assert not [name for name, _, words in rows if len(words) < 3]


def test_since__agrees_with_the_table_and_with_the_abi_of_the_headers():
    since = make.since_when(list(GROUPS))
    assert since["gil_ref_make"] == "0.2" and since["gil_raise"] == "0.1" and since["GIL_RESOURCE"] == "0.2"
    text = (headers.SDK / "abi.h").read_text()
    assert make.abi_of(make.release()) == ".".join(re.findall(r"GIL_ABI_M\w+ +(\d+)", text))


def test_since__what_a_release_had_is_still_there():
    for path in FOLDER.glob("names.*"):
        gone = set(path.read_text().split()) - set(GROUPS)
        assert not gone, f"{sorted(gone)} were public in {path.name.removeprefix('names.')}"


def test_runtime_header__begins_with_the_program_of_the_guide():
    """The guide's is built and run (see test_snippets.py); so the header's is right too."""
    comment = headers.read(SOURCE / "runtime/include/gilkit/runtime.h").comment
    shown = "\n".join(line[4:] for kind, lines in make.blocks_of(comment) if kind == "code" for line in lines)
    first = next(block for block in snippets.blocks_of((SOURCE / "docs/guide/05-embedding.md").read_text())
                 if block.options.get("name") == "once.c")
    assert shown.strip() == first.text.strip()
