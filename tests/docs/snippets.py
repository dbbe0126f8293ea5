# SPDX-License-Identifier: MIT
"""The C, the Python and the commands in a Markdown file, built and run.

    ```c name=vecmath.c             a module, or a program when it includes <gilkit/runtime.h>; without a name, a
                                    block with GIL_MODULE(vecmath) is vecmath.c
    ```c name=wrong.c refused="text" it must not compile, and the compiler must say this
    ```python name=try.py           a program, for a command to run
    ```console                      lines `$ command`, each followed by what it prints; `...` stands for anything

Commands run in a folder of the document's own, where its modules and programs are; those that are not listed in
COMMANDS are skipped. `python3 snippets.py --update FILE...` writes what the commands print now into the files,
except where `...` stands.
"""
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

COMMANDS = {"gilkit", "cc", "meson", "cat", "chmod", "cp", "mkdir", "python3", "head", "cd", "ls"}
WARNINGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Wshadow", "-Werror"]


@dataclass
class Block:
    line: int  # of its fence, from 1
    language: str
    options: dict
    lines: list = field(default_factory=list)

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"


@dataclass
class Command:
    line: int
    text: str
    output: list


def blocks_of(text):
    """The fenced blocks of a Markdown text."""
    blocks, block, indent = [], None, 0
    for number, line in enumerate(text.splitlines(), 1):
        fence = re.match(r"^( *)```(\S*)\s*(.*)$", line)
        if block is None and fence:
            indent = len(fence[1])
            words = (word.partition("=") for word in shlex.split(fence[3]))
            block = Block(number, fence[2], {key: value for key, _, value in words})
        elif block is not None and fence:
            blocks.append(block)
            block = None
        elif block is not None:
            block.lines.append(line[indent:])
    assert block is None, f"the block of line {block.line} does not end"
    return blocks


def commands_of(block):
    commands = []
    for number, line in enumerate(block.lines, block.line + 1):
        if line.startswith("$ "):
            commands.append(Command(number, line[2:], []))
        elif commands and not commands[-1].output and commands[-1].text.endswith("\\"):
            commands[-1].text = commands[-1].text[:-1] + line.lstrip("> ")
        else:
            assert commands, f"line {number}: a console block begins with `$ command`"
            commands[-1].output.append(line)
    return commands


def file_name(block):
    name = block.options.get("name")
    module = re.search(r"\bGIL_MODULE\((\w+)", block.text)
    assert name or module, f"line {block.line}: a C block needs name=FILE.c"
    return name or module[1] + ".c"


def compile_block(block, folder):
    """Build NAME.so or NAME in the folder."""
    source = Path(folder) / file_name(block)
    source.write_text(block.text)
    is_program = "<gilkit/runtime.h>" in block.text
    package = ["--cflags", "--libs", "gilkit-runtime"] if is_program else ["--cflags", "gilkit"]
    flags = subprocess.run(["pkg-config", *package], check=True, capture_output=True, text=True).stdout.split()
    kind = ["-pthread"] if is_program else ["-fPIC", "-shared"]
    target = source.with_suffix("" if is_program else ".so")
    command = ["cc", *WARNINGS, *kind, str(source), "-o", str(target), *flags, "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    refused = block.options.get("refused")
    if refused is None:
        assert done.returncode == 0, f"line {block.line}: {source.name} does not compile:\n{done.stderr}"
    else:
        assert done.returncode != 0, f"line {block.line}: {source.name} compiles, but must not"
        assert refused in done.stderr, f"line {block.line}: the compiler does not say {refused!r}:\n{done.stderr}"


def is_run(command, folder):
    words = [word for word in command.text.split() if not re.match(r"^\w+=", word)]
    return bool(words) and (words[0] in COMMANDS or (words[0].startswith("./") and (folder / words[0]).exists()))


def matches(wanted, got):
    """`...` in what is wanted stands for anything, several lines too."""
    pattern = ".*".join(re.escape(part) for part in "\n".join(wanted).rstrip().split("..."))
    return re.fullmatch(pattern, "\n".join(got).rstrip(), re.S) is not None


class Document:
    """One file: compiles its C, then runs its commands in order."""

    def __init__(self, path, folder):
        self.path, self.folder, self.here = Path(path), Path(folder), Path(folder)
        self.blocks = blocks_of(self.path.read_text())

    def run_command(self, command):
        if command.text.startswith("cd "):
            self.here = (self.here / command.text[3:].strip()).resolve()
            return []
        done = subprocess.run(["bash", "-c", command.text], cwd=self.here, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120)
        return done.stdout.splitlines()

    def run(self):
        """Yields each command with what it printed."""
        for block in self.blocks:
            if block.language == "c":
                compile_block(block, self.folder)
            elif block.language == "python":
                (self.folder / block.options["name"]).write_text(block.text)
            elif block.language == "console":
                for command in commands_of(block):
                    if is_run(command, self.here):
                        yield command, self.run_command(command)


def check(path, folder):
    """Build and run everything in a file; AssertionError names file and line. Returns how many commands ran."""
    count = 0
    try:
        for command, got in Document(path, folder).run():
            assert matches(command.output, got), (
                f"line {command.line}: `{command.text}` printed\n" + "\n".join(got) + "\ninstead of\n" + "\n".join(command.output))
            count += 1
    except AssertionError as error:
        raise AssertionError(f"{path}: {error}") from None
    return count


def update(path, folder):
    lines = Path(path).read_text().splitlines()
    for command, got in reversed(list(Document(path, folder).run())):
        if not matches(command.output, got) and "..." not in "\n".join(command.output):
            after = command.line
            while lines[after - 1].endswith("\\"):
                after += 1
            lines[after : after + len(command.output)] = got
    Path(path).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    import tempfile

    for name in sys.argv[2:]:
        with tempfile.TemporaryDirectory() as work:
            update(name, work)
