"""meson-python, with two things more; pyproject.toml names it.

A module of gilkit's fits every Python, but meson-python takes all compiled code for code of the one Python that builds it,
and no setting says otherwise. So the wheel gets the tag py3-none, by the command that is made for it: `wheel tags`. And
gilkit's headers come from the gilkit that pip installed for the build, not from another one of the system.
"""
import os
import subprocess
import sys

import gilkit
import mesonpy
from mesonpy import (build_editable, build_sdist, get_requires_for_build_editable,  # noqa: F401
                     get_requires_for_build_sdist, get_requires_for_build_wheel)

os.environ["PKG_CONFIG_PATH"] = os.pathsep.join(
    [gilkit.get_pkgconfig_dir(), *filter(None, [os.environ.get("PKG_CONFIG_PATH")])])


def build_wheel(folder, settings=None, metadata=None):
    name = mesonpy.build_wheel(folder, settings, metadata)
    words = [sys.executable, "-m", "wheel", "tags", "--remove", "--python-tag=py3", "--abi-tag=none", name]
    return subprocess.run(words, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1]
