# SPDX-License-Identifier: MIT
"""A virtual environment for each interpreter, with the peers' packages from PyPI; made once."""
import hashlib
import json
import shutil
import subprocess
import sys
import time

# The newest that the interpreter can have, of the major versions that the peers here are written for.
PACKAGES = {
    "nanobind": "nanobind>=2.12,<4",
    "pybind11": "pybind11>=3.0,<4",
    "cython": "Cython>=3.1,<4",
    "cffi": "cffi>=2.0,<3",
    "numpy": "numpy>=2.0,<3",
}
NUMBER = 1  # goes up when the way of making an environment changes
RETRY_DAYS = 7  # a package without a file for a new interpreter is looked for again after so long
WHERE = """
import importlib.metadata, importlib.util, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


class Failure(Exception):
    """One thing could not be made; the text says which and why, and the bench goes on without it."""


def call(command, what, **options):
    """Output of a command; Failure with the last lines that it said."""
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=900, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(f"{what}: {error}") from error
    if done.returncode:
        lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        errors = [line for line in lines if "error" in line.lower()] or lines[-1:]
        raise Failure(f"{what}: {errors[0][:300] if errors else f'exit code {done.returncode}'}")
    return done.stdout


def digest(*parts):
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()[:16]


class Environment:
    """folder/venv, and folder/modules for what is built for it. `missing`: {package: why}."""

    def __init__(self, interpreter, cache):
        self.interpreter = interpreter
        self.folder = cache / f"{interpreter.tag}-{digest(interpreter.file)[:6]}"
        self.python = self.folder / "venv" / "bin" / "python"
        self.modules = self.folder / "modules"
        self.stamp = self.folder / "made.json"
        self.lender = cache / "pip" / "bin" / "python"
        self.borrows = False  # a pip
        self.missing = {}

    @property
    def pip(self):
        start = [self.lender, "-m", "pip", "--python", self.python] if self.borrows else [self.python, "-m", "pip"]
        return [*start, "install", "-q", "--disable-pip-version-check"]

    def make(self):
        key = digest(NUMBER, self.interpreter, *PACKAGES.values())
        try:
            made = json.loads(self.stamp.read_text())
        except (OSError, ValueError):
            made = {}
        stale = bool(made.get("missing")) and time.time() - made.get("time", 0) > RETRY_DAYS * 86400
        if made.get("key") != key or stale or not self.python.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self.create()
            self.install()
            made = {"key": key, "borrows": self.borrows, "missing": self.missing, "time": time.time()}
            self.stamp.write_text(json.dumps(made))
        self.borrows, self.missing = made["borrows"], made["missing"]
        self.modules.mkdir(exist_ok=True)
        self.versions = json.loads(call([self.python, "-I", "-c", WHERE, *PACKAGES, "gilkit"], "versions"))
        return self

    def create(self):
        """With the interpreter's own pip, else it borrows one of this program's interpreter."""
        venv, what = [self.interpreter.file, "-I", "-m", "venv"], "no virtual environment (Debian: python3-venv)"
        try:
            call([*venv, self.folder / "venv"], what)
        except Failure:
            shutil.rmtree(self.folder / "venv", ignore_errors=True)
            call([*venv, "--without-pip", self.folder / "venv"], what)
            self.borrows = True
            if not self.lender.exists():
                call([sys.executable, "-I", "-m", "venv", self.lender.parents[1]], what)
            # A pip as old as the lender may not know a Python as new as the borrower.
            call([self.lender, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--upgrade", "pip"], "pip")

    def install(self):
        """All at once, else each, so that one that has no file for this interpreter costs no other."""
        # No builds from source: NumPy's takes longer than the whole bench.
        pip = [*self.pip, "--only-binary", ":all:"]
        try:
            call([*pip, *PACKAGES.values()], "pip")
            return
        except Failure:
            pass
        for name, requirement in PACKAGES.items():
            try:
                call([*pip, requirement], f"no {requirement} for {self.interpreter.text}")
            except Failure as failure:
                self.missing[name] = str(failure)
        if len(self.missing) == len(PACKAGES):
            raise Failure("no package could be installed; is there a network? " + self.missing["numpy"])

    def install_gilkit(self, root):
        """The package of this source tree, again when what it is made of changed."""
        if not (root / "pyproject.toml").exists():
            raise Failure("gilkit is left out: this source tree has no Python package yet")
        made_of = [root / "pyproject.toml", root / "meson.build", *sorted((root / "sdk").rglob("*")),
                   *sorted((root / "runtime").rglob("*"))]
        key = digest(*(f"{path}:{path.read_bytes()!r}" for path in made_of
                       if path.is_file() and "__pycache__" not in path.parts))
        stamp = self.folder / "gilkit.key"
        if "gilkit" not in self.versions or not stamp.exists() or stamp.read_text() != key:
            call([*self.pip, "--no-deps", "--force-reinstall", root],
                 "gilkit is left out: pip install of this source tree failed")
            stamp.write_text(key)
            self.versions.update(json.loads(call([self.python, "-I", "-c", WHERE, "gilkit"], "versions")))
        call([self.python, "-I", "-c", "import gilkit"], "gilkit is left out: it cannot be imported")

    def ask(self, code):
        """What this code prints in the environment."""
        return call([self.python, "-I", "-c", code], "environment").strip()
