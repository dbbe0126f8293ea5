#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write templates/*/ as the C arrays that runtime/cli/template.h declares.

usage: embed.py OUTPUT TEMPLATE_FOLDER...

Of each folder, the first line of the file `about` describes the template, and the others are commands to go on with in the
new folder; every other file is part of it.
"""
import pathlib
import sys


def c_bytes(data: bytes) -> str:
    lines = [", ".join(str(byte) for byte in data[i : i + 24]) for i in range(0, len(data), 24)]
    return ",\n    ".join(lines + ["0"])


def main() -> None:
    output, folders = pathlib.Path(sys.argv[1]), [pathlib.Path(arg) for arg in sys.argv[2:]]
    code = ['#include "cli/template.h"\n']
    rows = []
    for t, folder in enumerate(sorted(folders)):
        about, *steps = (folder / "about").read_text().splitlines()
        following = "\\n".join(step.replace("\\", "\\\\").replace('"', '\\"') for step in steps)
        files = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / "about")
        entries = []
        for f, path in enumerate(files):
            data = path.read_bytes()
            code.append(f"static const char text_{t}_{f}[] = {{\n    {c_bytes(data)}}};")
            entries.append(f'    {{"{path.relative_to(folder)}", text_{t}_{f}, {len(data)}}},')
        code.append(f"static const gil__template_file files_{t}[] = {{\n" + "\n".join(entries) + "\n};")
        rows.append(f'    {{"{folder.name}", "{about}", "{following}", files_{t}, {len(files)}}},')
    code.append("const gil__template gil__templates[] = {\n" + "\n".join(rows) + "\n};")
    code.append(f"const size_t gil__n_templates = {len(rows)};\n")
    output.write_text("\n".join(code))


main()
