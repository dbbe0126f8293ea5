# SPDX-License-Identifier: MIT
"""From a fresh clone in an empty environment: pip install, new, build, import; and the same file in other Pythons."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import pythons  # noqa: E402
import run as package  # noqa: E402

BUILD = Path(os.environ["GILKIT_BUILD"])
SECONDS = 400
CHECK = ("import {0}, gilkit; print({0}.entropy(bytes(range(256))), {0}.smooth([1.0, 2.0, 6.0], 3).tolist(), "
         "{0}.histogram(b'aab')[97], {0}.__file__)")
SAID = "8.0 [1.5, 3.0, 4.0] 2 "
OTHERS = 5


def environments():
    return pythons.environments()


def say(*words, **options):
    done = subprocess.run(list(map(str, words)), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS,
                          **options)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def clean(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GILKIT", "PYTHON", "PKG_CONFIG"))}
    return {**kept, "LC_ALL": "C.UTF-8", **more}


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """What a fresh clone holds: what git knows of this one, and nothing that was built."""
    folder = tmp_path_factory.mktemp("clone") / "gilkit"
    names = say("git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module", params=["with a GIL", "without a GIL"])
def installed(request, clone, tmp_path_factory):
    """An empty environment into which the clone was installed by pip; its Python."""
    wanted = [one for one in environments() if not one.debug and one.free_threaded == (request.param == "without a GIL")]
    if not wanted:
        pytest.skip(f"no Python {request.param} here")
    folder = tmp_path_factory.mktemp("environment") / "venv"
    interpreter = wanted[0].interpreter.executable
    say(interpreter, "-m", "venv", folder, env=clean())
    python = folder / "bin" / "python"
    said = say(python, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", "install", clone, env=clean())
    assert "Successfully installed gilkit-" in said
    return python


def test_the_installed_package_is_whole(installed, tmp_path):
    code = ("import gilkit, os; from pathlib import Path; print(gilkit.__version__, os.access(gilkit.get_tool(), os.X_OK), "
            "(Path(gilkit.get_include()) / 'gilkit' / 'module.h').is_file(), "
            "(Path(gilkit.get_pkgconfig_dir()) / 'gilkit.pc').is_file(), "
            "sorted(p.name for p in Path(gilkit.__file__).parent.iterdir() if p.suffix in ('.py', '.pyi', '.typed') "
            "or p.name == 'py.typed'))")
    said = say(installed, "-c", code, cwd=tmp_path, env=clean())
    names = sorted(p.name for p in (ROOT / "runtime" / "host" / "cpython" / "gilkit").iterdir() if p.is_file())
    assert said.split(" ", 1)[1] == f"True True True {names}\n"
    assert say(installed, "-m", "gilkit", "--version", env=clean()).startswith("gilkit ")
    assert say(installed.parent / "gilkit", "--version", env=clean()).startswith("gilkit ")
    assert "double cos(double x)" in say(installed, "-c", "import gilkit; "
                                         "print(gilkit.library('libm.so.6').bind('double cos(double x)').prototype)", env=clean())


def test_a_new_module_is_built_and_imported_and_the_same_file_in_other_pythons(installed, tmp_path):
    env = clean(PATH=f"{installed.parent}{os.pathsep}{os.environ['PATH']}")
    say(installed, "-m", "gilkit", "new", "fresh", cwd=tmp_path, env=env)
    folder = tmp_path / "fresh"
    flags = say(installed, "-m", "gilkit", "--cflags", env=env).split()
    say("cc", *flags, folder / "fresh.c", "-o", folder / "fresh.so", "-lm", env=env)
    assert say(installed, "-c", CHECK.format("fresh"), cwd=folder, env=env) == f"{SAID}{folder / 'fresh.so'}\n"
    others = []
    for environment in environments():
        if len(others) == OTHERS:
            break
        place = tmp_path / environment.tag
        place.mkdir()
        shutil.copy2(folder / "fresh.so", place / "fresh.so")
        site = package.build(environment, BUILD, BUILD / "tests" / "package" / "sites" / environment.tag)
        said = say(environment.python, "-c", CHECK.format("fresh"), env=clean(PYTHONPATH=f"{site}{os.pathsep}{place}"))
        assert said == f"{SAID}{place / 'fresh.so'}\n", environment.tag
        others.append(environment.tag)
    assert len(others) == min(OTHERS, len(list(environments())))


def test_a_new_module_is_built_as_its_own_file_says(installed, tmp_path):
    if shutil.which("meson") is None:
        pytest.skip("no meson here")
    env = clean(PATH=f"{installed.parent}{os.pathsep}{os.environ['PATH']}")
    steps = say("gilkit", "new", "built", cwd=tmp_path, env=env).split("Next:\n")[1]
    place = say(installed, "-m", "gilkit", "--pkgconfigdir", env=env).strip()
    assert f"  export PKG_CONFIG_PATH={place}\n" in steps
    assert f"run: export PKG_CONFIG_PATH={place}\n" in say("gilkit", "doctor", env=env)
    env["PKG_CONFIG_PATH"] = place
    folder = tmp_path / "built"
    say("meson", "setup", "build", cwd=folder, env=env)
    say("meson", "compile", "-C", "build", cwd=folder, env=env)
    said = say(installed, "-c", CHECK.format("built"), cwd=folder / "build", env=env)
    assert said == f"{SAID}{folder / 'build' / 'built.so'}\n"
    tool = say(installed, "-m", "gilkit", "--tool", env=env).strip()
    (folder / "data").write_bytes(bytes(range(256)))
    assert say(tool, "run", folder / "build" / "built.so", "entropy", "@data", cwd=folder, env=env) == "8.0\n"
    say("meson", "install", "-C", "build", cwd=folder, env=env)
    said = say(installed, "-c", CHECK.format("built"), cwd=tmp_path, env=env)
    assert said.startswith(SAID) and Path(said[len(SAID):].strip()).resolve().parent.name == "site-packages"
