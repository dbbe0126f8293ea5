# SPDX-License-Identifier: MIT
"""Where the parts of the installed package are."""
from os.path import dirname, join

_HERE = dirname(__file__)


def get_include():
    """The folder of the headers: what -I takes."""
    return join(_HERE, "include")


def get_pkgconfig_dir():
    """The folder of gilkit.pc: what PKG_CONFIG_PATH takes."""
    return join(_HERE, "pkgconfig")


def get_tool():
    """The path of the command `gilkit`."""
    return join(_HERE, "bin", "gilkit")
