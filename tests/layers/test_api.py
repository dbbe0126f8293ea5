# SPDX-License-Identifier: MIT
"""api.def: numbered, documented, and append only."""
import re

import pytest

from api import ROOT, SDK, entries, frozen_line

ENTRIES = entries()
VERSION = re.search(r'GIL_VERSION_TEXT\s+"([\d.]+)"', (SDK / "abi.h").read_text())[1]

each = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)


def number(version):
    return tuple(map(int, version.split(".")))


HEADERS = ["object.h", "gil.h", "task.h", "mutex.h", "resource.h"]


def documents():
    """What the headers say of each function: name -> comment."""
    found = {}
    text = "".join((SDK / header).read_text() for header in HEADERS)
    for comment, declarations in re.findall(r"/\*((?:(?!\*/).)*)\*/\n((?:static inline [^;{]*;\n)+)", text, re.S):
        for name in re.findall(r"\bgil_(\w+)\((?:const )?gil_", declarations):
            found[name] = comment
    for name in re.findall(r"^static inline [^;{(]*?\bgil_(\w+)\(", text, re.M):
        found.setdefault(name, "")
    for header in HEADERS:
        closing = re.findall(r"/\*(?:(?!\*/).)*\*/", (SDK / header).read_text(), re.S)[-1].replace("/*", " *", 1)
        entry = r"^ \* ((?:gil_\w+(?:, )?)+): ((?:.*\n(?! \* gil_\w+[:,]))*.*)"
        for names, comment in re.findall(entry, closing, re.M):
            for name in names.split(", "):
                found[name.removeprefix("gil_")] = comment
    return found


DOCUMENTS = documents()


def test_ids_count_from_0_without_gaps():
    assert [entry.id for entry in ENTRIES] == list(range(len(ENTRIES)))


def test_names_are_unique():
    names = [entry.name for entry in ENTRIES]
    assert sorted(set(names)) == sorted(names)


@each
def test_since_is_a_release_that_exists(entry):
    assert re.fullmatch(r"\d+\.\d+", entry.since)
    assert number(entry.since) <= number(VERSION)[:2]


def test_since_grows_with_the_ids():
    versions = [number(entry.since) for entry in ENTRIES]
    assert versions == sorted(versions)


@each
def test_arguments_are_the_names_of_the_parameters(entry):
    assert entry.arguments == [re.search(r"(\w+)$", parameter)[1] for parameter in entry.parameters]


@each
def test_gil_column_agrees_with_parameters(entry):
    """HELD and RELEASED are called by who has a gil_env, which is the proof; ANY by who has something else."""
    types = [re.sub(r"\s*\w+$", "", parameter) for parameter in entry.parameters]
    assert entry.gil in ("HELD", "RELEASED", "ANY")
    if entry.gil == "ANY":
        assert types[0] in ("gil_task *", "gil_ref *", "gil_runtime *") and "gil_env *" not in types
    else:
        assert types[0] == "gil_env *" or types[:2] == ["gil_task *", "gil_env *"]


@each
def test_entry_is_documented(entry):
    assert entry.name in DOCUMENTS, f"gil_{entry.name} is in no header comment"


@each
def test_gil_column_agrees_with_the_gil_line_of_the_header(entry):
    lines = re.findall(r"\bgil:\s+(held|released|any)\b", DOCUMENTS.get(entry.name, ""))
    assert not lines or lines[0].upper() == entry.gil


def test_every_documented_function_is_an_entry():
    """A declaration in object.h that no entry backs would compile and never link."""
    text = "".join((SDK / header).read_text() for header in HEADERS)
    declared = set(re.findall(r"^static inline [^;{]*?\bgil_(\w+)\([^;{]*\);", text, re.M))
    assert declared <= {entry.name for entry in ENTRIES}


def test_entries_are_append_only():
    frozen = [line for line in (ROOT / "tests/layers/api.frozen").read_text().splitlines() if not line.startswith("#")]
    present = [frozen_line(entry) for entry in ENTRIES]
    assert present[:len(frozen)] == frozen, "an entry of api.frozen moved, changed or is gone"
