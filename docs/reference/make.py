# SPDX-License-Identifier: MIT
"""The pages of this folder, made from the comments of the headers.

    python3 docs/reference/make.py            writes them
    python3 docs/reference/make.py --names    prints the public names, for names.VERSION at a release

What a page says is said in the header: write it there, then run this.
"""
import re
import sys
from pathlib import Path

import headers

FOLDER = Path(__file__).resolve().parent
MADE = "<!-- Made from the headers by docs/reference/make.py; write in the header instead. -->"
TITLES = {
    "abi": "types and the table",
    "object": "objects",
    "resource": "resource types",
    "gil": "the GIL",
    "task": "a kernel's voice",
    "mutex": "locks of a module's own",
    "function": "functions",
    "module": "modules",
    "runtime": "embedding",
}


# ---- Since when


def number(version):
    return tuple(map(int, version.split(".")))


def release():
    text = (headers.SDK / "abi.h").read_text()
    return re.search(r'GIL_VERSION_TEXT\s+"(\d+\.\d+)', text)[1]


def abi_of(since):
    """The ABI that came with a release: each that added to the table raised its minor version."""
    releases = sorted({entry[2] for entry in headers.api_entries().values()}, key=number)
    return f"1.{max(i for i, other in enumerate(releases) if number(other) <= number(since))}"


def since_when(names):
    """name -> the release that had it first. api.def says so of its functions, names.VERSION of the others."""
    found = dict.fromkeys(names, release())
    for path in sorted(FOLDER.glob("names.*"), key=lambda path: number(path.name[6:]), reverse=True):
        found.update((name, path.name[6:]) for name in path.read_text().split() if name in found)
    found.update((name, entry[2]) for name, entry in headers.api_entries().items() if name in found)
    return found


# ---- Words to Markdown


class Links:
    """Names in a text become links to where they are explained."""

    def __init__(self, pages):
        self.page_of = {name: page.noun for page in pages for group in page.groups for name in group.names}
        self.here = None

    def link(self, match):
        if match[0] not in self.page_of:
            return f"`{match[0]}`"
        page = "" if self.page_of[match[0]] == self.here else f"{self.page_of[match[0]]}.md"
        return f"[`{match[0]}`]({page}#{match[0]})"

    def words(self, text):
        """Prose: code stays code, names are links, and Markdown's own signs are only signs."""
        parts = re.split(r"(`[^`]+`|" + headers.PUBLIC.pattern + ")", text)
        for i, part in enumerate(parts):
            if i % 2 == 0:
                parts[i] = re.sub(r"([*|]|(?<![^\W_])_|_(?![^\W_]))", r"\\\1", part).replace("<", "&lt;")
            elif not part.startswith("`"):
                parts[i] = headers.PUBLIC.sub(self.link, part)
        return "".join(parts)


TERM = re.compile(r"^ {2}((?:\w+, )*\w+)(:?) +(\S.*)$")  # `  errors: none`, `  base    a type`
TABLE = re.compile(r"^\w+ {2,}\S|^options \.")  # columns of the header's own


def blocks_of(comment):
    """A comment as ("code" | "table" | "terms" | "prose", lines)."""
    blocks, paragraph = [], True
    for line in comment.splitlines():
        kind = blocks[-1][0] if blocks and not paragraph else None
        if not line.strip():
            if kind == "code" or (blocks and blocks[-1][0] == "code"):
                blocks[-1][1].append("")
            paragraph = True
            continue
        if paragraph and blocks and blocks[-1][0] == "code" and line.startswith("    "):
            kind = "code"
        elif paragraph and line.startswith("    "):
            kind = "new code"
        elif kind == "code" and not line.startswith("    "):
            kind = None
        if kind == "terms" or (kind in (None, "prose") and TERM.match(line)):
            kind = "terms" if kind == "terms" else "new terms"
        elif kind is None or (kind == "prose" and TABLE.match(line)):
            kind = "new table" if TABLE.match(line) else "new prose"
        if kind.startswith("new "):
            blocks.append((kind[4:], []))
        blocks[-1][1].append(line)
        paragraph = False
    return blocks


def terms_of(lines, links):
    items = []
    for line in lines:
        term = TERM.match(line)
        if term:
            items.append((term[1], [term[3]]))
        else:
            items[-1][1].append(line.strip())
    for name, words in items:
        mark = f"**{name}**" if name in ("gil", "units", "owner", "errors") else f"`{name}`"
        yield f"* {mark}: {links.words(' '.join(words))}"


def markdown(comment, links):
    for kind, lines in blocks_of(comment):
        lines = "\n".join(lines).rstrip().splitlines()
        if kind == "code":
            yield from ["```c", *(line[4:] for line in lines), "```", ""]
        elif kind == "table":
            yield from ["```text", *lines, "```", ""]
        elif kind == "terms":
            yield from [*terms_of(lines, links), ""]
        else:
            yield from [links.words(" ".join(line.strip() for line in lines)), ""]


def first_sentence(comment):
    prose = next((lines for kind, lines in blocks_of(comment) if kind == "prose"), [])
    text = " ".join(line.strip() for line in prose)
    return re.split(r"(?<=[.?])\s+(?=[A-Z`])", text)[0].rstrip(":").rstrip(".") if text else ""


# ---- Pages


def one_line(name, group):
    """What the index says of a name."""
    for declaration in group.declarations:
        for constant, value, words in declaration.values:
            if constant == name:
                type_name = declaration.names[0] if declaration.names[0] != name and \
                    declaration.names[0].startswith("gil_") else None
                of = f"{value}, of {type_name}" if type_name else f"{value}"
                return f"{of}: {words}" if words else f"{of}: {first_sentence(group.comment)}"
    return first_sentence(group.comment)


def title_of(group):
    """An enum goes by its type, or by its first constant."""
    shown = []
    for declaration in group.declarations:
        constants = {value[0] for value in declaration.values}
        named = [name for name in declaration.names if name not in constants]
        shown += named or declaration.names
    return ", ".join(f"`{name}`" for name in dict.fromkeys(shown))


def entry(group, links, since):
    yield "".join(f'<a id="{name}"></a>' for name in group.names)
    yield ""
    yield f"### {title_of(group)}"
    yield ""
    yield "```c"
    for declaration in group.declarations:
        yield from declaration.text.splitlines()
    yield from ["```", ""]
    yield from markdown(group.comment, links)
    for declaration in group.declarations:
        if declaration.values:
            yield from ["| constant | value | |", "|---|---|---|"]
            yield from (f"| `{name}` | {value} | {links.words(words)} |" for name, value, words in declaration.values)
            yield ""
    releases = {since[name] for name in group.names}
    if len(releases) == 1:
        yield from [f"Since {releases.pop()}.", ""]
    else:
        yield from ["Since " + ", ".join(f"{since[name]}: `{name}`" for name in group.names) + ".", ""]


def page(header, links, since):
    links.here = header.noun
    yield from [MADE, "", f"# `<gilkit/{header.noun}.h>`: {TITLES[header.noun]}", ""]
    yield from markdown(header.comment, links)
    for section in header.sections:
        if section.title:
            yield from [f"## {section.title}", ""]
        for group in section.groups:
            yield from entry(group, links, since)


def index(pages, links, since):
    links.here = None
    groups = {name: (header, group) for header in pages for group in header.groups for name in group.names}
    yield from [MADE, "", "# Reference", ""]
    yield ("One page a header; a module includes `<gilkit/module.h>`, which has all but the last. What a page says is "
           "the comment of the header.")
    yield ""
    yield from ["| header | about |", "|---|---|"]
    yield from (f"| [`<gilkit/{header.noun}.h>`]({header.noun}.md) | {TITLES[header.noun]} |" for header in pages)
    yield from ["", "## Contracts", ""]
    yield ("A contract says what a function does, then **gil**: who holds the GIL, **units**, **owner**: who frees what, "
           "**errors**: how it fails; a part that is empty is left out. [`abi.h`](abi.md) has what holds for all.")
    yield ""
    yield from ["## Names", ""]
    releases = sorted(set(since.values()), key=number)
    yield ("*ABI* is the version that a host must have for a module that uses the name (`GIL_ABI_MAJOR`, "
           "`GIL_ABI_MINOR`): " + ", ".join(f"{abi_of(v)} came with release {v}" for v in releases) +
           ". Names of `runtime.h` are functions of libgilkit, for programs; theirs is the release.")
    yield ""
    yield from ["| name | header | ABI | |", "|---|---|---|---|"]
    for name in sorted(groups, key=str.lower):
        header, group = groups[name]
        version = since[name] if header.noun == "runtime" else abi_of(since[name])
        yield (f"| [`{name}`]({header.noun}.md#{name}) | {header.noun} | {version} | "
               f"{links.words(one_line(name, group))} |")


def text(lines):
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def make():
    """file name -> text."""
    pages = headers.read_all()
    links = Links(pages)
    since = since_when([name for header in pages for group in header.groups for name in group.names])
    made = {f"{header.noun}.md": text(page(header, links, since)) for header in pages}
    made["README.md"] = text(index(pages, links, since))
    return made


if __name__ == "__main__":
    if "--names" in sys.argv:
        print("\n".join(sorted({name for header in headers.read_all() for group in header.groups for name in group.names})))
    else:
        for name, content in make().items():
            (FOLDER / name).write_text(content)
