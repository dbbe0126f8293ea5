# SPDX-License-Identifier: MIT
"""What type checkers are told: the package's own stubs, and those that the command makes of modules."""
import importlib.util
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import SimpleNamespace

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

import run as package  # noqa: E402

BUILD = Path(os.environ["GILKIT_BUILD"])
SECONDS = 300  # mypy that is not compiled, on a busy machine
MODULES = BUILD / "tests" / "package"

# Type checkers ask for __buffer__ in every version of Python (PEP 688); at run time 3.12 has it.
ALLOWED = "" if sys.version_info >= (3, 12) else r".*\.__buffer__" + "\n"
# Python's own names in our files, which its stubs and it disagree about; a property that every class has too; and no
# stub can have a function whose name is a keyword.
ALLOWED += r"gilkit\._[a-z]+\.(Parameter|Signature|RLock|Protocol|Sequence|PathLike|join)(\..*)?" + "\n"
ALLOWED += r"gilkit\.(_host\.)?Function\.__text_signature__" + "\n" + r"pk_kernels\.lambda" + "\n"


@pytest.fixture(scope="module")
def site():
    """The package, built for the Python that runs this."""
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("no mypy for this Python; Debian has python3-mypy")
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        pytest.skip("no Python.h for this Python; Debian has python3-dev")
    environment = SimpleNamespace(python=sys.executable, tag="stubs")
    return package.build(environment, BUILD, MODULES / "sites" / "stubs")


@pytest.fixture
def tool(site, tmp_path):
    """Run a module of mypy's beside the package and the modules; (exit code, what it said)."""

    def run(name, *words, folder=tmp_path):
        env = {**os.environ, "MYPYPATH": f"{folder}{os.pathsep}{site}", "LC_ALL": "C.UTF-8",
               "PYTHONPATH": os.pathsep.join(map(str, [site, MODULES]))}
        done = subprocess.run([sys.executable, "-m", name, *words], cwd=folder, env=env, text=True, timeout=SECONDS,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    return run


def stubtest(tool, folder, *names):
    (folder / "allowed").write_text(ALLOWED)
    return tool("mypy.stubtest", "--allowlist", "allowed", "--ignore-unused-allowlist", *names)


def test_the_package_is_as_its_stubs_say(tool, tmp_path):
    code, said = stubtest(tool, tmp_path, "gilkit")
    assert code == 0, said


def test_modules_are_as_the_stubs_of_the_command_say(tool, tmp_path):
    names = ("pk_kernels", "pk_shelves", "pk_calls")
    for name in names:
        text = subprocess.run([BUILD / "runtime" / "cli" / "gilkit", "inspect", MODULES / f"{name}.so", "--stubs"], check=True,
                              text=True, stdout=subprocess.PIPE, timeout=60).stdout
        (tmp_path / f"{name}.pyi").write_text(text)
    code, said = stubtest(tool, tmp_path, *names)
    assert code == 0, said


def test_the_commands_own_cases_hold_too(site):
    """tests/python/test_stubs.py leaves its stubtest case out where the package is not."""
    env = {**os.environ, "PYTHONPATH": str(site), "GILKIT": str(BUILD / "runtime" / "cli" / "gilkit")}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-c", ROOT / "tests" / "python" / "pytest.ini", "-k", "stubtest",
                           ROOT / "tests" / "python" / "test_stubs.py"], env=env, text=True, timeout=SECONDS,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout


PROGRAM = """
import array
from pathlib import Path

import gilkit


def total(values: gilkit.ArrayLike) -> float:
    cos = gilkit.library("libm.so.6").bind("double cos(double x)", gil="hold")
    x: float = cos(1.0)
    return x


def scaled(values: gilkit.ArrayLike) -> gilkit.ArrayResult:
    module = gilkit.load(Path("x.so"))
    result: gilkit.ArrayResult = module.scale(values, 2.0)
    return result


def look(a: gilkit.Array, f: gilkit.Function, library: gilkit.Library) -> None:
    name: str = a.dtype
    part: gilkit.Array = a[1:]
    shape: tuple[int, ...] = a.shape
    first: float = a[0]
    a[0, 1] = 2
    for item in a:
        first += item
    text: str = f.prototype + f.gil + library.path
    print(name, part, shape, len(a), first, text, f.__name__, gilkit.__version__, gilkit.get_include())
    print(scaled(a).tolist(), scaled(a)[0], scaled(a).shape)


total([1, 2.5])
total([[1, 2], [3, 4]])
total((1, 2))
total(b"12")
total(bytearray(8))
total(memoryview(b"1"))
total(array.array("d", [1]))
"""

WRONG = """
import gilkit

lib = gilkit.library("libm.so.6")
lib.bind(b"double cos(double x)")
lib.bind("double cos(double x)", gil="never")
lib.path = "x"
gilkit.library(1)
gilkit.load(b"x.so")
gilkit.Array().shape = (1,)
gilkit.no_such_name


def take(values: gilkit.ArrayLike) -> None:
    ...


take(1)
take(None)
take("text")
take({1: 2})
"""


def test_a_program_with_types_is_accepted(tool, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    code, said = tool("mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "program.py")
    assert code == 0, said


def test_wrong_uses_are_found(tool, tmp_path):
    (tmp_path / "wrong.py").write_text(WRONG)
    _, said = tool("mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "wrong.py")
    found = {int(line) for line in re.findall(r"^wrong\.py:(\d+): error", said, re.MULTILINE)}
    wanted = {number for number, line in enumerate(WRONG.splitlines(), 1)
              if line.startswith(("lib.", "gilkit.", "take("))}
    assert found == wanted, said


def test_the_names_of_types_are_there_at_run_time(site):
    code = ("import sys, gilkit; before = 'typing' in sys.modules; print(gilkit.ArrayLike is gilkit._types.ArrayLike, "
            "gilkit.Array in gilkit.ArrayResult.__args__, sorted(set(gilkit.__all__) - set(dir(gilkit))), before)\n"
            "from gilkit import *\n"
            "try: gilkit.no_such_name\n"
            "except AttributeError as error: print(error)")
    answer = subprocess.run([sys.executable, "-S", "-c", code], env={**os.environ, "PYTHONPATH": str(site)}, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    assert answer.stdout.splitlines() == ["True True [] False", "module 'gilkit' has no attribute 'no_such_name'"], \
        answer.stderr
