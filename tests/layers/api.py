# SPDX-License-Identifier: MIT
"""api.def as data. Run by itself it prints the lines of api.frozen:

    python3 tests/layers/api.py > tests/layers/api.frozen      at a release that adds entries
"""
import re
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SDK = ROOT / "sdk" / "include" / "gilkit"

Entry = namedtuple("Entry", "id result name parameters arguments gil since")


def without_comments(text):
    """C without its comments, lines kept."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", lambda match: "\n" * match[0].count("\n"), text, flags=re.S)


def split(text):
    """At commas that stand in no parentheses."""
    parts, depth = [""], 0
    for c in text:
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return [" ".join(part.split()) for part in parts]


def entries():
    found = []
    text = without_comments((SDK / "api.def").read_text())
    for match in re.finditer(r"\bGIL_API\(", text):
        depth, end = 1, match.end()
        while depth:
            depth += (text[end] == "(") - (text[end] == ")")
            end += 1
        fields = split(text[match.end():end - 1])
        assert len(fields) == len(Entry._fields), fields
        parameters, arguments = (split(field.strip()[1:-1]) for field in fields[3:5])
        found.append(Entry(int(fields[0]), fields[1], fields[2], parameters, arguments, fields[5],
                           fields[6].strip('"')))
    return found


def frozen_line(entry):
    return f"{entry.id} {entry.result} {entry.name}({', '.join(entry.parameters)}) {entry.gil} {entry.since}"


if __name__ == "__main__":
    print("# The entries of api.def that modules in the world may use. Append only; see api.py.")
    print(*map(frozen_line, entries()), sep="\n")
