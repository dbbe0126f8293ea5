# SPDX-License-Identifier: MIT
"""The public headers as data: sections, groups of declarations, and the comment that stands above each group.

A comment belongs to the declaration below it and to those that follow without a blank line. Functions with a body, and
the GIL_END of a GIL_BEGIN, share it over a blank line. Names with two underscores are nobody's business.
"""
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SDK = ROOT / "sdk/include/gilkit"
HEADERS = [SDK / f"{noun}.h" for noun in ("abi", "object", "resource", "gil", "task", "mutex", "function", "module")]
HEADERS.append(ROOT / "runtime/include/gilkit/runtime.h")

PUBLIC = re.compile(r"\b(?:gil_(?!_)\w+|GIL_(?!_)[A-Z0-9_]+)\b")


@dataclass
class Declaration:
    kind: str  # function, macro, enum, struct, type
    names: list  # what it declares; of an enum the type first, when it has one
    text: str  # as a page shows it
    values: list = field(default_factory=list)  # of an enum: (constant, number, words)


@dataclass
class Group:
    comment: str  # without its stars
    declarations: list = field(default_factory=list)

    @property
    def names(self):
        return list(dict.fromkeys(name for declaration in self.declarations for name in declaration.names))


@dataclass
class Section:
    title: str
    groups: list = field(default_factory=list)


@dataclass
class Header:
    noun: str
    comment: str
    sections: list

    @property
    def groups(self):
        return [group for section in self.sections for group in section.groups]


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def without_stars(comment):
    """What a comment says, line by line."""
    lines = comment.removeprefix("/*").removesuffix("*/").strip().splitlines()
    return "\n".join(re.sub(r"^ \* ?", "", line).rstrip() for line in lines).strip()


# ---- From text to pieces


def end_of_directive(text, at):
    while True:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        if text[end - 1] != "\\":
            return end
        at = end + 1


def end_of_declaration(text, at):
    """Behind its semicolon, or behind the body of a function."""
    depth, has_body, begin = 0, False, at
    while at < len(text):
        if text.startswith("/*", at):
            at = text.index("*/", at) + 2
            continue
        if text[at] == "#" and text[at - 1] == "\n":
            at = end_of_directive(text, at)
            continue
        if text[at] == "{" and depth == 0:
            has_body = not re.match(r"(typedef|struct|enum)\b", text[begin:at])
        depth += (text[at] in "({[") - (text[at] in ")}]")
        at += 1
        if depth == 0 and (text[at - 1] == ";" or (text[at - 1] == "}" and has_body)):
            return at
    raise ValueError(f"no end: {text[begin:begin + 80]}")


def for_c(text):
    """The header as a C compiler sees it, and without the guards."""
    text = re.sub(r"^#ifdef __cplusplus\n((?:(?!^#(?:else|endif)).*\n)*)(?:#else\n((?:(?!^#endif).*\n)*))?#endif\n",
                  lambda match: match[2] or "", text, flags=re.M)
    text = re.sub(r"^#(ifndef GILKIT_\w+|endif|include .*)$", "", text, flags=re.M)
    return re.sub(r"^#define GILKIT_\w+_H$", "", text, flags=re.M)


def pieces_of(text):
    """(kind, text, blank line before?) for comments, directives and declarations, in order."""
    at = 0
    while at < len(text):
        space = re.compile(r"\s*").match(text, at)
        at = space.end()
        if at == len(text):
            return
        blank = space[0].count("\n") > 1
        if text.startswith("/*", at):
            kind, end = "comment", text.index("*/", at) + 2
        elif text[at] == "#":
            kind, end = "directive", end_of_directive(text, at)
        elif re.match(r"[A-Z_]+\(|GIL__\w+\(", text[at:]):
            kind, end = "other", end_of_declaration(text, at)
        else:
            kind, end = "declaration", end_of_declaration(text, at)
        yield kind, text[at:end], blank
        at = end


# ---- From pieces to declarations


def macro_of(text):
    """What a macro is used as; its value too, when that is a short one."""
    match = re.match(r"#define (\w+)(\([^)]*\))?[ \t]*(.*)", text, re.S)
    name, parameters, value = match[1], match[2], match[3]
    if not re.match(PUBLIC, name) or name == "GIL_API":  # that one makes the table, and is undefined again
        return None
    short = "\n" not in value and "GIL__" not in value and not parameters
    shown = f"#define {name}{parameters or ''}" + (f" {value}" if short and value else "")
    return Declaration("macro", [name], re.sub(r"(\w)_(?=[,)])", r"\1", shown))


def error_kinds():
    text = (SDK / "abi.h").read_text()
    return [(f"GIL_{name}", int(number), word)
            for number, name, word in re.findall(r'X\((\d+), (\w+), "(\w+)"\)', text)]


def roles():
    text = (SDK / "function.h").read_text()
    return [(f"GIL_ROLE_{name}", int(number), word.replace("_", " "))
            for number, name, word in re.findall(r"X\((\d+), (\w+), (\w+)\)", text)]


LISTS = {"GIL__KIND": error_kinds, "GIL__ROLE": roles}  # enums that an X-macro fills


def enum_of(text):
    name = re.match(r"typedef enum (\w+)", text)
    names = [name[1]] if name else []
    values, number = [], 0
    for macro, make in LISTS.items():
        if macro in text:
            values = make()
            text = f"typedef enum {names[0]} {{ /* see below */ }} {names[0]};"
            return Declaration("enum", names + [value[0] for value in values], text, values)
    body = text[text.index("{") + 1:text.rindex("}")]
    for match in re.finditer(r"(\w+)(?:\s*=\s*(\w+))?[ \t]*,?[ \t]*(?:/\*(.*?)\*/)?", body, re.S):
        number = int(match[2]) if (match[2] or "").isdigit() else number
        values.append((match[1], number, " ".join((match[3] or "").split())))
        number += 1
    values = [value for value in values if re.match(PUBLIC, value[0])]
    names += [value[0] for value in values]
    shown = f"typedef enum {name[1]} {{ /* see below */ }} {name[1]};" if name else "enum { /* see below */ };"
    return Declaration("enum", names, shown, values) if names else None


def struct_of(text):
    name = re.match(r"(?:typedef )?struct (\w+)", text)[1]
    if not re.match(PUBLIC, name):
        return None
    lines = [line for line in text.splitlines() if "gil__reserved" not in line and "gil__unused" not in line]
    if name == "gil_api":
        lines = [line for line in lines if line and not line.startswith("#")]
        lines.insert(-1, "    ... /* one pointer for each function of api.def, in its order */")
    return Declaration("struct", [name], "\n".join(lines))


def function_of(text):
    text = re.sub(r"\s*\n\{.*", ";", text, flags=re.S)
    text = re.sub(r"^(static inline|GIL_PUBLIC) ", "", text)
    text = re.sub(r"\s*__attribute__\(\(format\(.*?\)\)\)\s*", " ", text)
    text = " ".join(text.split()).replace("* gil_", "*gil_")
    if text.startswith("typedef"):
        name = re.search(r"\(\*(\w+)\)", text)[1]
        return Declaration("type", [name], text)
    name = re.search(r"(\w+)\(", text)[1]
    return Declaration("function", [name], text) if re.match(PUBLIC, name) else None


def declaration_of(kind, text):
    if kind == "directive":
        return macro_of(text) if text.startswith("#define") else None
    if kind != "declaration":
        return None
    if re.match(r"(typedef )?enum\b", text):
        return enum_of(text)
    if re.match(r"(typedef )?struct\b", text):
        return struct_of(text)
    return function_of(text)


# ---- From declarations to a header


def api_entries():
    """name -> (declaration, GIL, since) of every function in the table."""
    found = {}
    text = without_comments((SDK / "api.def").read_text())
    pattern = r'^GIL_API\(\d+, (.*?), (\w+), (\(.*?\)), \([^()]*\), (\w+), "([\d.]+)"\)$'
    for result, name, parameters, gil, since in re.findall(pattern, text, re.M):
        space = "" if result.endswith("*") else " "
        declaration = Declaration("function", [f"gil_{name}"], f"{result}{space}gil_{name}{parameters};")
        found[f"gil_{name}"] = (declaration, gil, since)
    return found


def closing_groups(comment):
    """Functions of the table that no author calls are described in one comment, as `gil_name, gil_name: text`."""
    entries = api_entries()
    for names, words in re.findall(r"^((?:gil_\w+(?:, )?)+): (.*(?:\n(?!gil_\w+[:,]).*)*)", comment, re.M):
        text = words[0].upper() + words[1:]
        yield Group(text.strip(), [entries[name][0] for name in names.split(", ")])


def is_shared(group, declaration, blank, with_body):
    """Does the comment of a group speak of this declaration too?"""
    if not blank:
        return True
    name = declaration.names[0]
    return with_body or name.replace("GIL_END_", "GIL_BEGIN_") in group.names


def read(path):
    """A header as data."""
    sections, comment, group, had_body, first = [Section("")], None, None, False, None
    later = {}  # struct bodies of types that were declared, and described, before
    for kind, text, blank in pieces_of(for_c(path.read_text())):
        if kind == "comment":
            title = re.match(r"/\* ---- (.*?) -+ \*/$", text)
            group, comment = None, None
            if first is None:
                first = without_stars(text).removeprefix("SPDX-License-Identifier: MIT").strip()
            elif title:
                sections.append(Section(title[1]))
            elif re.match(r"(What the functions that the macros call promise:|gil_\w+[,:])", without_stars(text)):
                sections.append(Section("What the macros call"))
                sections[-1].groups.extend(closing_groups(without_stars(text)))
            else:
                comment = without_stars(text)
            continue
        declaration = declaration_of(kind, text)
        if not declaration:
            if not re.match(r"#(undef|if|endif|else)", text):
                comment = None
            continue
        body = kind == "declaration" and text.rstrip().endswith("}")
        if declaration.names[0] in later and comment is None and declaration.kind == "struct":
            later[declaration.names[0]].declarations.append(declaration)
            continue
        begun = next((g for s in sections for g in s.groups if declaration.names[0].startswith("GIL_END_") and
                      declaration.names[0].replace("_END_", "_BEGIN_") in g.names), None)
        if comment is not None or not (begun or (group and is_shared(group, declaration, blank, body and had_body))):
            group = Group(comment or "")
            sections[-1].groups.append(group)
        (begun or group).declarations.append(declaration)
        later.update({name: begun or group for name in declaration.names})
        comment, had_body = None, body
    return Header(path.stem, first, [section for section in sections if section.groups])


def read_all():
    return [read(path) for path in HEADERS]


def public_names(header):
    """Every public name that a header's code has, however it comes to it: for a check of what `read` found."""
    path = next(path for path in HEADERS if path.stem == header)
    code = without_comments(for_c(path.read_text()))
    defined = set(re.findall(r"^#undef (\w+)", code, re.M))
    code = re.sub(r'"[^"\n]*"|\w+##\w*', "", code)
    return {name for name in re.findall(PUBLIC, code) if name not in defined}
