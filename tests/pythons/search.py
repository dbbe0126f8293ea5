# SPDX-License-Identifier: MIT
"""The search: where interpreters lie on a machine, and which of those found are worth a run."""
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from . import keep
from .interpreter import identify

NAME = re.compile(r"(python(3(\.\d+)?)?(td?|d|-dbg)?|pypy(3(\.\d+)?)?)$")

BEHIND_SHIMS = (("pyenv", "versions"), ("asdf or mise", "installs/python"))


@dataclass
class Found:
    interpreters: list = field(default_factory=list)
    left_out: list = field(default_factory=list)  # (what, why)


def managers(environ=os.environ):
    """Folders of version managers in which every folder is an installation: (origin, folder)."""
    user = Path(environ.get("HOME") or "~").expanduser()

    def root(variable, usual):
        return Path(environ.get(variable) or user / usual)

    yield "pyenv", root("PYENV_ROOT", ".pyenv") / "versions"
    yield "asdf", root("ASDF_DATA_DIR", ".asdf") / "installs" / "python"
    yield "mise", root("MISE_DATA_DIR", ".local/share/mise") / "installs" / "python"
    yield "uv", root("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python")
    yield "rye", root("RYE_HOME", ".rye") / "py"
    for name in ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba"):
        yield "conda", user / name / "envs"
    yield "conda", root("MAMBA_ROOT_PREFIX", "micromamba") / "envs"


def places(environ=os.environ, system=True):
    """Folders that may have interpreters: (origin, folder), those that a user chose first."""
    for word in environ.get("PATH", "").split(os.pathsep):
        folder = Path(word)
        # What a manager puts on PATH only starts the version that is chosen now; the versions lie beside it.
        behind = [(origin, folder.parent / name) for origin, name in BEHIND_SHIMS
                  if folder.name == "shims" and (folder.parent / name).is_dir()]
        if behind:
            yield from ((origin, version / "bin")
                        for origin, versions in behind for version in sorted(versions.glob("*")))
        elif os.path.isabs(word) and not (system and word in ("/usr/bin", "/bin")):
            yield "PATH", folder
    for origin, folder in managers(environ):
        yield from ((origin, installed / "bin") for installed in sorted(folder.glob("*")))
    user = Path(environ.get("HOME") or "~").expanduser()
    for name in ("miniconda3", "anaconda3", "miniforge3", "mambaforge"):
        yield "conda", user / name / "bin"
    kept = keep.home(environ)
    for mark in sorted(kept.glob(f"*/{keep.MARK}")):
        yield from (("made here", mark.parent / name) for name in ("bin", "usr/bin"))
    if system:
        yield "the distribution", Path("/usr/bin")
        yield "local", Path("/usr/local/bin")
        for pattern in ("python*/bin", "python/*/bin", "*/bin", "*/envs/*/bin", "pypy*/bin"):
            yield from (("opt", folder) for folder in sorted(Path("/opt").glob(pattern)))
        yield from (("local", folder) for folder in sorted(Path("/usr/local").glob("python*/bin")))


def candidates(folders):
    """Executables with the name of an interpreter: {real path: (origin, path)}, each file once whatever leads to it."""
    files = {}
    for origin, folder in folders:
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        for name in filter(NAME.match, names):
            path = folder / name
            real = os.path.realpath(path)
            if os.path.isdir(real):
                continue
            files.setdefault(real, (origin, path))
    return files


def find(folders=None) -> Found:
    """Run every candidate; of those of one kind the newest patch stays, the first found among equals."""
    found = Found()
    files = candidates(places() if folders is None else folders)

    def ask(item):
        origin, path = item
        try:
            return path, identify(path, origin)
        except keep.Refusal as refusal:
            return path, refusal

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        answers = list(pool.map(ask, files.values()))
    installations, best = {}, {}
    for path, answer in answers:
        if isinstance(answer, keep.Refusal):
            found.left_out.append((str(path), str(answer)))
        else:
            installations.setdefault((answer.prefix, answer.text, answer.kind), answer)
    for interpreter in installations.values():
        other = best.get(interpreter.kind)
        if other is None or interpreter.version > other.version:
            best[interpreter.kind] = interpreter
    for interpreter in installations.values():
        chosen = best[interpreter.kind]
        if chosen is not interpreter:
            newer = "is newer" if chosen.version > interpreter.version else "is the same"
            found.left_out.append((str(interpreter.executable),
                                   f"{interpreter}: {chosen.text} at {chosen.executable} {newer}"))
    found.interpreters = sorted(best.values(), key=lambda one: one.kind)
    return found
