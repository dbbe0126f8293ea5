# SPDX-License-Identifier: MIT
"""The project, installed once into a folder of its own, as a stranger would have it."""
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2]


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def build_installed(work, prefix):
    """Build what is installed, and nothing else; what an earlier run built is kept."""
    wipe = ["--reconfigure"] if (work / "build.ninja").exists() else []
    run("meson", "setup", *wipe, "-Dtests=disabled", "--prefix", prefix, "--libdir", "lib", work, SOURCE)
    targets = json.loads(run("meson", "introspect", "--targets", work).stdout)
    files = [os.path.relpath(name, work) for t in targets if t["installed"] for name in t["filename"]]
    run("ninja", "-C", work, *files)
    run("meson", "install", "-C", work, "--no-rebuild")


@pytest.fixture(scope="session")
def prefix(tmp_path_factory):
    """Where gilkit is installed. Its command and its pkg-config files come first for every test."""
    build = os.environ.get("GILKIT_BUILD")
    work = Path(build) / "docs-install" if build else tmp_path_factory.mktemp("install")
    folder = work / "usr"
    shutil.rmtree(folder, ignore_errors=True)
    build_installed(work / "build", folder)
    os.environ["PATH"] = f"{folder / 'bin'}:{os.environ['PATH']}"
    os.environ["PKG_CONFIG_PATH"] = str(folder / "lib" / "pkgconfig")
    os.environ["LD_LIBRARY_PATH"] = str(folder / "lib")
    os.environ.pop("GILKIT_PATH", None)
    os.environ.pop("GILKIT_STRICT", None)
    return folder


@pytest.fixture(scope="session", autouse=True)
def installed(prefix):
    return prefix


@pytest.fixture(scope="session")
def python(tmp_path_factory):
    """The folder of a `python3` with gilkit: the newest of those that tests run in, with NumPy and a GIL."""
    sys.path.insert(0, str(SOURCE / "tests"))
    import pythons
    spec = importlib.util.spec_from_file_location("package_run", SOURCE / "tests" / "package" / "run.py")
    package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    build = Path(os.environ["GILKIT_BUILD"])
    newest = max((one for one in pythons.environments() if one.numpy and not one.free_threaded and not one.debug),
                 key=lambda one: one.interpreter.version)
    place = newest.branch(tmp_path_factory.mktemp("python") / "venv")
    site = package.build(newest, build, build / "tests" / "package" / "sites" / newest.tag)
    packages = run(place.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip()
    (Path(packages) / "gilkit.pth").write_text(f"{site}\n")
    return place.folder / "bin"


@pytest.fixture(scope="session")
def gilkit(prefix):
    """Run the installed command; it must succeed."""
    return lambda *args, **more: run(prefix / "bin" / "gilkit", *args, **more)


@pytest.fixture(scope="session")
def verbs(gilkit):
    return re.findall(r"^  (\w+) ", gilkit("--help").stdout, re.M)


@pytest.fixture(scope="session")
def options_of(gilkit):
    """verb -> the options that its --help shows."""
    def options(verb):
        lines = re.findall(r"^ {2,6}(-.*?)(?:   .*)?$", gilkit(verb, "--help").stdout, re.M)
        return {option for line in lines for option in re.findall(r"(?<![\w-])--?[\w?][\w-]*", line)}

    return options


@pytest.fixture(scope="session")
def build_module(prefix):
    """Compile a module as a stranger would; warnings are errors."""
    def build(source, target):
        flags = run("pkg-config", "--cflags", "gilkit").stdout.split()
        run("cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-fPIC", "-shared", *flags, source, "-o", target, "-lm")
        return target

    return build


@pytest.fixture(scope="session")
def vecmath(build_module, tmp_path_factory):
    folder = tmp_path_factory.mktemp("vecmath")
    (folder / "vecmath.c").write_text("""
        #include <gilkit/module.h>
        GIL_MODULE(vecmath, .doc = "Vectors.");
        GIL_FUNCTION(double, dot, (size_t n, const double x[n], const double y[n]), .doc = "Inner product.")
        {
            double sum = 0.0;
            for (size_t i = 0; i < n; i++)
                sum += x[i] * y[i];
            return sum;
        }
        GIL_FUNCTION(void, scaled, (size_t n, const double x[n], double factor, GIL_OUT double y[n]), .doc = "x times factor.")
        {
            for (size_t i = 0; i < n; i++)
                y[i] = factor * x[i];
        }
    """)
    return build_module(folder / "vecmath.c", folder / "vecmath.so")
