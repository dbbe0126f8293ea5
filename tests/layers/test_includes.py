# SPDX-License-Identifier: MIT
"""Inclusion runs one way only: sdk <- base <- core <- { proto <- call, load, offload } <- host <- cli."""
import os
import re
import subprocess
from pathlib import Path

import pytest

from api import ROOT, without_comments

RUNTIME = ROOT / "runtime"

# What each layer may include beside itself. `api` is <gilkit/runtime.h>: hosts fill it, the command uses it.
BELOW = {
    "api": {"sdk"},
    "base": {"sdk"},
    "core": {"sdk", "base"},
    "proto": {"sdk", "base"},
    "call": {"sdk", "base", "core", "proto"},
    "load": {"sdk", "base", "core", "proto", "call"},
    "offload": {"sdk", "base", "core", "proto", "call"},
    "host/check": {"sdk", "base", "core"},
    "host": {"sdk", "api", "base", "core", "proto", "call", "load", "offload", "host/check"},
    "cli": {"sdk", "api", "base", "core", "proto", "call", "load", "offload", "host"},
}

# Headers that belong to one place.
ONLY_IN = {
    "ffi.h": "call/",
    "dlfcn.h": "load/gate.c",
    "Python.h": "host/cpython/",
    "jansson.h": "cli/",
    "argp.h": "cli/",
}

LIBC = {"assert.h", "complex.h", "errno.h", "limits.h", "math.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h",
        "stdio.h", "stdlib.h", "string.h"}


def sources(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in (".c", ".h", ".def"))


def includes(path):
    return re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)', without_comments(path.read_text()), re.M)


def layer_of(name):
    """Of a path inside runtime/; each host is a layer of its own."""
    parts = Path(name).parts
    if parts[:2] == ("include", "gilkit"):
        return "api"
    return "/".join(parts[:2]) if parts[0] == "host" else parts[0]


def may_include(layer, other):
    """The checked table stands below the other hosts: it is around any of them, and knows none."""
    below = BELOW.get(layer, BELOW.get(layer.split("/")[0], set()))
    return other == layer or other in below or not other.startswith("host/") and other.split("/")[0] in below or \
        other.startswith("host/") and "host" in below


def runtime_sources():
    return [pytest.param(path, id=str(path.relative_to(RUNTIME))) for path in sources(RUNTIME)]


@pytest.mark.parametrize("path", runtime_sources())
def test_a_layer_includes_only_those_below(path):
    layer = layer_of(path.relative_to(RUNTIME))
    assert layer.split("/")[0] in BELOW, f"{layer} is no layer"
    for mark, name in includes(path):
        if name.startswith("gilkit/"):
            assert mark == "<", f'{name}: public headers are included with <>'
            other = "api" if name == "gilkit/runtime.h" else "sdk"
        elif mark == '"':
            assert (RUNTIME / name).is_file(), f'"{name}" is no file; write its path from runtime/'
            other = layer_of(name)
        else:
            continue
        assert may_include(layer, other), f"{layer} includes {name}, which is not below it"


@pytest.mark.parametrize("path", runtime_sources())
def test_a_header_of_one_place_stays_there(path):
    name = str(path.relative_to(RUNTIME))
    for _, header in includes(path):
        place = ONLY_IN.get(header, "")
        assert name == place or name.startswith(place), f"<{header}> belongs to runtime/{place}"


@pytest.mark.parametrize("path", runtime_sources())
def test_only_the_gate_loads_libraries(path):
    if path == RUNTIME / "load/gate.c":
        return
    calls = re.findall(r"\b(dlopen|dlmopen|fdlopen|dlsym|dlvsym|dlclose)\s*\(", without_comments(path.read_text()))
    assert not calls, f"{calls[0]} belongs to runtime/load/gate.c"


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in sources(ROOT / "sdk")])
def test_the_sdk_includes_only_libc_and_itself(path):
    for mark, name in includes(path):
        assert mark == "<"
        assert name in LIBC or (ROOT / "sdk/include" / name).is_file(), f"<{name}> is not of the C library"


def objects():
    """The built runtime's objects: file -> (symbols it defines, symbols it needs)."""
    archive = os.environ.get("GILKIT_INSIDE")
    if not archive or not Path(archive).exists():
        pytest.skip("GILKIT_INSIDE does not name the built runtime (libgilkit-inside.a)")
    listing = subprocess.run(["nm", "-A", archive], stdout=subprocess.PIPE, check=True, text=True).stdout
    found = {}
    for line in listing.splitlines():
        match = re.match(r".*?([\w.-]+\.o):\s*[0-9a-f]*\s+(\w) (gil_\w+)$", line)
        if match:
            defined, needed = found.setdefault(match[1], (set(), set()))
            (needed if match[2] == "U" else defined).add(match[3])
    assert found, listing[:500]
    return found


def test_a_layer_links_only_to_those_below():
    """A declaration by hand can cross layers where no include does."""
    layers = {name: layer_of(name.replace("_", "/")) for name in objects()}
    home = {symbol: name for name, (defined, _) in objects().items() for symbol in defined}
    wrong = [f"{name} needs {symbol} of {home[symbol]}"
             for name, (_, needed) in sorted(objects().items()) for symbol in sorted(needed)
             if symbol in home and not may_include(layers[name], layers[home[symbol]])]
    assert not wrong, "\n".join(wrong)
