# SPDX-License-Identifier: MIT
"""Where the parts of the installed package are."""
from pathlib import Path

_HERE = Path(__file__).parent


def get_include():
    """The folder of the headers: what -I takes."""
    return str(_HERE / "include")


def get_pkgconfig_dir():
    """The folder of gilkit.pc: what PKG_CONFIG_PATH takes."""
    return str(_HERE / "pkgconfig")


def get_tool():
    """The path of the command `gilkit`."""
    return str(_HERE / "bin" / "gilkit")
