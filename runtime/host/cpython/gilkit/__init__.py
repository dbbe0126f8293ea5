# SPDX-License-Identifier: MIT
"""gilkit: native modules in C that release the GIL, one file for every Python.

A module file NAME.so on sys.path is imported with ``import NAME``; one anywhere else is loaded with ``gilkit.load(path)``.
A plain C library is opened with ``gilkit.library(name)``, and its functions are bound by their C prototypes.
"""
import atexit as _atexit

from gilkit import _host
from gilkit._host import Array, Function, Library, Resource
from gilkit._paths import get_include, get_pkgconfig_dir, get_tool, path_or_name as _path_or_name
from gilkit._loader import load

__all__ = ["Array", "ArrayLike", "ArrayResult", "Function", "Library", "Resource", "get_include", "get_pkgconfig_dir",
           "get_tool", "library", "load"]
__version__ = _host.version

_atexit.register(_host.close)


def library(name):
    """Open a plain C library by path or by name, as "libm.so.6".

    Returns a Library; ``.bind(prototype, gil="release")`` makes a function of it. A library that is open already is the
    same one. Raises ImportError: no such file, or not one to load.
    """
    return _host.library(_path_or_name(name, "name"))


def __getattr__(name):
    """ArrayLike and ArrayResult, when somebody asks."""
    if name not in ("ArrayLike", "ArrayResult"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from gilkit import _types
    value = globals()[name] = getattr(_types, name)
    return value
