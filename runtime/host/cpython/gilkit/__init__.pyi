# SPDX-License-Identifier: MIT
from os import PathLike
from types import ModuleType

from gilkit._host import Array as Array, Function as Function, Library as Library, Resource as Resource
from gilkit._paths import get_include as get_include, get_pkgconfig_dir as get_pkgconfig_dir, get_tool as get_tool
from gilkit._types import ArrayLike as ArrayLike, ArrayResult as ArrayResult

__all__ = ["Array", "ArrayLike", "ArrayResult", "Function", "Library", "Resource", "get_include", "get_pkgconfig_dir",
           "get_tool", "library", "load"]
__version__: str

def library(name: str | PathLike[str]) -> Library: ...
def load(path_or_name: str | PathLike[str]) -> ModuleType: ...
