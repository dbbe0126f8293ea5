# SPDX-License-Identifier: MIT
"""python -m gilkit: what compilers need to know, and the command's verbs."""
import os
import sys

import gilkit

USAGE = """usage: python -m gilkit --includes | --cflags | --pkgconfigdir | --tool | --version
       python -m gilkit new | run | call | inspect | doctor ...

  --includes      -I and the folder of the headers
  --cflags        how a module is compiled: cc $(python -m gilkit --cflags) vecmath.c -o vecmath.so
  --pkgconfigdir  the folder of gilkit.pc, for PKG_CONFIG_PATH
  --tool          the path of the command gilkit, which does the rest: python -m gilkit new --help
"""


def main(words):
    answers = {
        "--includes": lambda: f"-I{gilkit.get_include()}",
        "--cflags": lambda: f"-shared -fPIC -O2 -I{gilkit.get_include()}",
        "--pkgconfigdir": gilkit.get_pkgconfig_dir,
        "--tool": gilkit.get_tool,
        "--version": lambda: f"gilkit {gilkit.__version__}",
    }
    if len(words) == 1 and words[0] in answers:
        print(answers[words[0]]())
        return 0
    if not words or words[0] in ("-h", "--help"):
        print(USAGE, end="")
        return 0 if words else 2
    if words[0].startswith("-"):
        print(f"python -m gilkit: {words[0]} is no option\n{USAGE}", end="", file=sys.stderr)
        return 2
    return become_tool(words)


def become_tool(words):
    try:
        os.execv(gilkit.get_tool(), ["gilkit", *words])
    except OSError as error:
        print(f"gilkit: {gilkit.get_tool()}: {error.strerror}; reinstall gilkit", file=sys.stderr)
        return 1


def run_tool():
    """What pip installs as the command `gilkit`."""
    return become_tool(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
