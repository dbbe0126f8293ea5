# SPDX-License-Identifier: MIT
"""Where the parts of the installed package are."""
from os import PathLike, fspath
from os.path import dirname, join

_HERE = dirname(__file__)


def path_or_name(value: "str | PathLike[str]", argument: str) -> str:
    """A file as the compiled half takes it: str."""
    name = fspath(value)
    if not isinstance(name, str):
        raise TypeError(f"argument {argument} is {type(name).__name__}, wanted str or a path")
    if "\0" in name:
        raise ValueError(f"argument {argument} has a NUL, which no path has: {name!r}")
    return name


def get_include() -> str:
    """The folder of the headers: what -I takes."""
    return join(_HERE, "include")


def get_pkgconfig_dir() -> str:
    """The folder of gilkit.pc: what PKG_CONFIG_PATH takes."""
    return join(_HERE, "pkgconfig")


def get_tool() -> str:
    """The path of the command `gilkit`."""
    return join(_HERE, "bin", "gilkit")
