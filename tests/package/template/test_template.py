# SPDX-License-Identifier: MIT
"""The template `package`: one wheel, built once, that every Python installs and tests."""
import re
import shutil
import sysconfig
import zipfile

import pytest
from conftest import CHOSEN

FREE = [one.tag for one in CHOSEN if one.free_threaded]
TAGS = [one.tag for one in CHOSEN]


def read(wheel, name):
    with zipfile.ZipFile(wheel) as file:
        [found] = [entry for entry in file.namelist() if re.fullmatch(name, entry)]
        return file.read(found)


def test_there_are_pythons_enough_to_say_anything():
    assert len(TAGS) >= 3, f"only {TAGS}; python3 tests/pythons make"


def test_one_wheel_is_made_for_every_python(wheel):
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    assert wheel.name == f"sample-0.1.0-py3-none-{platform}.whl"
    said = read(wheel, r".*\.dist-info/WHEEL").decode()
    assert re.findall("^Tag: (.*)$", said, re.M) == [f"py3-none-{platform}"] and "Root-Is-Purelib: false" in said


def test_the_wheel_holds_a_bare_module_its_stub_and_the_marker(wheel):
    with zipfile.ZipFile(wheel) as file:
        names = {name for name in file.namelist() if ".dist-info/" not in name}
    assert names == {"sample/__init__.py", "sample/_sample.so", "sample/_sample.pyi", "sample/py.typed"}
    assert b"def smooth(" in read(wheel, "sample/_sample.pyi")


def test_the_wheel_asks_for_gilkit(wheel):
    assert re.search(rb"^Requires-Dist: gilkit *>= ?0\.2", read(wheel, r".*/METADATA"), re.M)


@pytest.mark.parametrize("tag", TAGS)
def test_the_wheel_passes_its_tests_in_every_python(places, wheel, source, tmp_path, tag):
    """pip finds the gilkit that it asks for; only the tests stand beside it, so that they test what is installed."""
    place = places[tag]
    place.pip("install", "--quiet", "--force-reinstall", "sample")
    for name in ("tests", "pyproject.toml"):
        shutil.copytree(source / name, tmp_path / name) if (source / name).is_dir() else shutil.copy(source / name, tmp_path)
    said = place.run("-m", "pytest", "-p", "no:cacheprovider", cwd=tmp_path)
    assert re.search(r"\d+ passed", said) and "failed" not in said
    where = place.run("-c", "import sample._sample as m; print(m.__file__)", cwd=tmp_path).strip()
    with open(where, "rb") as file:
        assert file.read() == read(wheel, "sample/_sample.so")


@pytest.mark.skipif(not FREE, reason="no Python without a GIL here")
@pytest.mark.parametrize("tag", FREE or ["none"])
def test_a_python_without_a_gil_stays_without(places, wheel, tmp_path, tag):
    places[tag].pip("install", "--quiet", "--force-reinstall", "sample")
    code = "import sys, array, sample; sample.extremes(array.array('d', [1])); print(sys._is_gil_enabled())"
    assert places[tag].run("-W", "error", "-c", code, cwd=tmp_path) == "False\n"


def test_it_builds_where_there_is_no_pkg_config(places, source, tmp_path):
    place = places[TAGS[-1]]
    place.pip("install", "--quiet", "--force-reinstall", "gilkit")
    place.pip("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, source,
              env={"PKG_CONFIG": "/bin/false"})
    assert [path.name.split("-")[2] for path in tmp_path.glob("sample-*.whl")] == ["py3"]


def test_the_headers_of_pips_gilkit_go_before_those_of_the_system(places, source, tmp_path):
    """A gilkit.pc that stands on the path already has no headers; who took it could not compile."""
    (tmp_path / "gilkit.pc").write_text("Name: gilkit\nDescription: another\nVersion: 9.9\nCflags: -I/nowhere\n")
    place = places[TAGS[-1]]
    place.pip("install", "--quiet", "--force-reinstall", "gilkit")
    place.pip("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, source,
              env={"PKG_CONFIG_PATH": str(tmp_path)})
    assert list(tmp_path.glob("sample-*.whl"))


def test_a_change_counts_at_the_next_import_where_it_is_installed_to_be_worked_on(places, source, tmp_path):
    place, copy = places[TAGS[len(TAGS) // 2]], tmp_path / "sample"
    shutil.copytree(source, copy)
    place.pip("install", "--quiet", "--force-reinstall", "gilkit")
    place.pip("install", "--quiet", "--no-deps", "--no-build-isolation", "--force-reinstall", "--editable", copy)
    code = "import sample; print(sample.distance.__doc__)"
    assert place.run("-c", code, cwd=tmp_path / "sample" / "tests") == "How far apart two points are.\n"
    kernels = copy / "src" / "_sample.c"
    kernels.write_text(kernels.read_text().replace("How far apart two points are.", "Changed."))
    assert place.run("-c", code, cwd=tmp_path / "sample" / "tests") == "Changed.\n"
    place.run("-m", "pip", "uninstall", "--quiet", "--yes", "sample")
