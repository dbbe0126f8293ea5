# SPDX-License-Identifier: MIT
"""What must not compile does not, with a message that names the rule; what is correct compiles without a word.

refused/NAME.c begins with the rule it breaks, then lines of these:

    // error: REGEX           the compiler's (or the linker's) message; `// error gcc:` for one compiler
    // flags: FLAG...         what else the compiler is told
    // link: FILE             the case is a module of two files, and the linker refuses it
    // gap COMPILER: REASON   a compiler that is known to accept it

fine/NAME.c is a module of one file, or of two (`// link: FILE`).
"""
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
INCLUDE = HERE.parent.parent / "sdk" / "include"
COMPILERS = ["gcc", "clang"]
BASE = ["-std=gnu11", f"-I{INCLUDE}"]


def heads(path):
    """The `// key: value` lines at a file's beginning."""
    found = {}
    for line in path.read_text().splitlines():
        if not line.startswith("//"):
            break
        match = re.match(r"// (error|flags|link|gap)( gcc| clang)?: (.*)", line)
        if match:
            found[match[1] + (match[2] or "")] = match[3]
    return found


def cases(folder):
    """Every file of a folder that is not the second of another."""
    paths = sorted((HERE / folder).glob("*.c"))
    seconds = {heads(path).get("link") for path in paths}
    return [path for path in paths if path.name not in seconds]


def compile_c(compiler, arguments):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler} here")
    return subprocess.run([compiler, *BASE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=60, env=dict(os.environ, LC_ALL="C"))


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("path", cases("refused"), ids=lambda path: path.stem)
def test_refused(path, compiler, request, tmp_path):
    case = heads(path)
    wanted = case.get(f"error {compiler}", case.get("error"))
    assert wanted, f"{path.name} has no // error: line for {compiler}"
    if f"gap {compiler}" in case:
        request.applymarker(pytest.mark.xfail(reason=case[f"gap {compiler}"], strict=True))
    flags = shlex.split(case.get("flags", ""))
    if "link" in case:
        done = compile_c(compiler, [*flags, "-fPIC", "-shared", "-o", tmp_path / "case.so", path,
                                    path.with_name(case["link"])])
    else:
        done = compile_c(compiler, [*flags, "-fsyntax-only", path])
    assert done.returncode != 0, f"{compiler} accepts it\n{done.stdout}"
    said = [line for line in done.stdout.splitlines() if re.search(r"error:|note:|multiple definition", line)]
    assert any(re.search(wanted, line) for line in said), f"no message matches {wanted!r}\n{done.stdout}"


FINE = ["-Wall", "-Wextra", "-Wshadow", "-Werror", "-fPIC"]


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("path", cases("fine"), ids=lambda path: path.stem)
def test_fine(path, compiler, tmp_path):
    files = [path] + ([path.with_name(heads(path)["link"])] if "link" in heads(path) else [])
    for file in files:
        done = compile_c(compiler, [*FINE, "-O0", "-c", "-o", tmp_path / "module.o", file])
        assert done.returncode == 0 and not done.stdout, done.stdout
    done = compile_c(compiler, [*FINE, "-O2", "-shared", "-Wl,-z,defs", "-o", tmp_path / "module.so", *files])
    assert done.returncode == 0 and not done.stdout, done.stdout
