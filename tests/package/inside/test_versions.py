# SPDX-License-Identifier: MIT
"""A module that was built for another gilkit: refused with both versions and the mend, and nothing of it runs."""
import re
import shutil
import subprocess
import sys
from pathlib import Path

import gilkit
import pytest

SOURCE = """
#include <gilkit/module.h>
static int begin(gil_env *env, void *state) { (void)env; (void)state; __builtin_abort(); }
GIL_MODULE(odd, .init = begin);
GIL_FUNCTION(void, nothing, (void)) {}
"""


def build(folder, **changes):
    """odd.so, with headers that say they are of another version."""
    headers = folder / "include" / "gilkit"
    shutil.copytree(Path(gilkit.get_include()) / "gilkit", headers)
    abi = (headers / "abi.h").read_text()
    for name, value in changes.items():
        abi, count = re.subn(rf"(#define {name}\s+).*", rf"\g<1>{value}", abi)
        assert count == 1
    (headers / "abi.h").write_text(abi)
    (folder / "odd.c").write_text(SOURCE)
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("no C compiler")
    subprocess.run([compiler, "-shared", "-fPIC", f"-I{folder / 'include'}", "odd.c", "-o", "odd.so"], cwd=folder,
                   check=True)


def said_of(folder):
    answer = subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); import odd"],
                            text=True, stderr=subprocess.PIPE, timeout=60)
    assert answer.returncode == 1
    return answer.stderr.splitlines()[-1]


def test_a_module_of_a_newer_gilkit_is_refused_with_both_versions(tmp_path):
    build(tmp_path, GIL_ABI_MINOR="99", GIL_VERSION_TEXT='"0.77.0"')
    said = said_of(tmp_path)
    assert said.startswith("ImportError: odd was built with gilkit 0.77.0 (ABI 1.99), and the installed gilkit "
                           f"{gilkit.__version__} has ABI 1.")
    assert said.endswith("pip install --upgrade gilkit")


def test_a_module_of_another_abi_is_refused_with_both_versions(tmp_path):
    build(tmp_path, GIL_ABI_MAJOR="0", GIL_VERSION_TEXT='"0.0.1"')
    said = said_of(tmp_path)
    assert said.startswith("ImportError: odd was built with gilkit 0.0.1 (ABI 0.")
    assert said.endswith("build the module again with this gilkit")


def test_load_refuses_it_too(tmp_path):
    build(tmp_path, GIL_ABI_MINOR="99", GIL_VERSION_MINOR="77")
    with pytest.raises(ImportError, match=r"was built with gilkit 0\.77\.0 \(ABI 1\.99\)"):
        gilkit.load(tmp_path / "odd.so")
