# SPDX-License-Identifier: MIT
"""The same file, imported by this Python."""
import importlib
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import gilkit
import pk_calls
import pk_kernels
import pytest


def run(code, **more):
    """A fresh interpreter; its answer."""
    return subprocess.run([sys.executable, "-c", code], env={**os.environ, **more}, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)


def test_a_module_is_imported_from_a_bare_so():
    assert pk_kernels.__name__ == "pk_kernels"
    assert pk_kernels.__doc__ == "Kernels of the tests."
    assert Path(pk_kernels.__file__).name == "pk_kernels.so"


def test_constants_are_what_they_are_in_c():
    assert (pk_kernels.ANSWER, pk_kernels.HALF, pk_kernels.NAME) == (42, 0.5, "kernels")
    assert pk_kernels.YES is True and pk_kernels.LARGE == 2**64 - 1


def test_init_ran_once_and_state_is_kept():
    assert pk_calls.count() + 1 == pk_calls.count()


def test_a_module_that_is_imported_anew_has_a_state_of_its_own():
    before = pk_calls.count()
    old = sys.modules.pop("pk_calls")
    try:
        fresh = importlib.import_module("pk_calls")
        assert fresh is not old and fresh.count() == 101
        assert old.count() == before + 1
    finally:
        sys.modules["pk_calls"] = old


def test_without_gilkit_the_import_says_what_to_install():
    folder = os.path.dirname(pk_kernels.__file__)
    answer = run(f"import sys; sys.path[:] = [p for p in sys.path if 'sites' not in p] + [{folder!r}]\n"
                 "import pk_kernels", PYTHONPATH="")
    assert "ImportError: pk_kernels needs the package gilkit: pip install gilkit" in answer.stderr


def test_a_broken_gilkit_is_not_said_to_be_missing(tmp_path):
    (tmp_path / "gilkit").mkdir()
    (tmp_path / "gilkit" / "__init__.py").write_text("raise RuntimeError('half installed')")
    folder = os.path.dirname(pk_kernels.__file__)
    answer = run("import pk_kernels", PYTHONPATH=f"{tmp_path}{os.pathsep}{folder}")
    assert "RuntimeError: half installed" in answer.stderr and "pip install" not in answer.stderr


def test_the_free_threaded_python_keeps_its_gil_off():
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("this Python has a GIL")
    assert run("import sys, pk_kernels, pk_calls, gilkit; print(sys._is_gil_enabled())").stdout == "False\n"


def test_load_takes_a_path_and_returns_what_is_imported_already():
    assert gilkit.load(pk_kernels.__file__) is pk_kernels
    assert gilkit.load(Path(pk_kernels.__file__)) is pk_kernels


def test_load_makes_a_module_of_a_file_that_is_not_on_the_path(tmp_path):
    copy = tmp_path / "elsewhere.so"
    copy.write_bytes(Path(pk_kernels.__file__).read_bytes())
    loaded = gilkit.load(str(copy))
    assert loaded.__name__ == "pk_kernels" and loaded.__file__ == str(copy)
    assert loaded.add(1, 2) == 3
    assert gilkit.load(str(copy)) is loaded


def test_load_refuses_what_everybody_may_write(tmp_path):
    copy = tmp_path / "open.so"
    copy.write_bytes(Path(pk_kernels.__file__).read_bytes())
    copy.chmod(0o666)
    with pytest.raises(ImportError, match="open.so may be written by everybody"):
        gilkit.load(copy)


def test_load_refuses_a_file_that_is_cut(tmp_path):
    copy = tmp_path / "cut.so"
    copy.write_bytes(Path(pk_kernels.__file__).read_bytes()[:4096])
    with pytest.raises(ImportError, match="cut.so"):
        gilkit.load(copy)


def test_load_names_what_is_not_there(tmp_path):
    with pytest.raises((ImportError, FileNotFoundError), match="nothing.so"):
        gilkit.load(tmp_path / "nothing.so")


def test_load_wants_text_or_a_path():
    with pytest.raises(TypeError, match="int"):
        gilkit.load(1)
    with pytest.raises(TypeError, match="path_or_name is bytes, wanted str or a path"):
        gilkit.load(b"pk_kernels.so")
    with pytest.raises(ValueError, match="argument path_or_name has a NUL"):
        gilkit.load(pk_kernels.__file__ + "\0x")


def test_the_package_says_where_its_parts_are():
    assert (Path(gilkit.get_include()) / "gilkit" / "module.h").is_file()
    assert Path(gilkit.get_tool()).is_file()
    answer = subprocess.run([sys.executable, "-m", "gilkit", "--cflags"], text=True, stdout=subprocess.PIPE, timeout=60)
    assert f"-I{gilkit.get_include()}" in answer.stdout
    answer = subprocess.run([sys.executable, "-m", "gilkit", "--nonsense"], text=True, stderr=subprocess.PIPE, timeout=60)
    assert answer.returncode == 2 and "--nonsense is no option" in answer.stderr


def test_the_module_command_runs_the_tool():
    answer = subprocess.run([sys.executable, "-m", "gilkit", "inspect", pk_kernels.__file__], text=True,
                            stdout=subprocess.PIPE, timeout=60)
    assert answer.returncode == 0 and "double add(double a, double b)" in answer.stdout
