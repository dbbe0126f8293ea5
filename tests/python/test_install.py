# SPDX-License-Identifier: MIT
"""What an installation holds, used as somebody uses it who has nothing else."""
import os
import re
import shutil
import subprocess

import pytest
from conftest import HERE, Command

PUBLIC = {"abi.h", "api.def", "function.h", "gil.h", "module.h", "mutex.h", "object.h", "resource.h", "runtime.h", "task.h"}


def names(path, *options):
    said = subprocess.run(["nm", "-D", *options, path], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {line.split()[-1].split("@")[0] for line in said.splitlines()}


def needed(path):
    said = subprocess.run(["readelf", "-d", path], check=True, stdout=subprocess.PIPE, text=True).stdout
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", said))


def test_every_public_header_is_installed_and_no_other(installation):
    [folder] = installation.root.rglob("include/gilkit")
    assert {path.name for path in folder.iterdir()} == PUBLIC


def test_the_installed_command_runs(installation, probe):
    assert Command(installation.command).text("run", probe, "same_f8", "1.5") == "1.5"


def test_pkg_config_and_the_command_agree_about_the_version(installation, gilkit):
    version = re.match(r"gilkit (\S+) \(ABI (\S+)\)", gilkit.text("--version"))
    assert installation.pkg_config("--modversion", "gilkit") == [version[1]]
    assert installation.pkg_config("--modversion", "gilkit-runtime") == [version[1]]
    assert installation.pkg_config("--variable=abi", "gilkit") == [version[2]]


def test_a_module_needs_nothing_to_link(installation):
    assert installation.pkg_config("--libs", "gilkit") == []


def test_a_module_depends_on_nothing_of_gilkit(probe):
    assert {name for name in needed(probe) if "gilkit" in name} == set()
    assert {name for name in names(probe, "--undefined-only") if name.startswith("gil")} == set()


def test_a_module_that_names_a_macro_keeps_its_name(gilkit, module):
    path = module("linux", "GIL_MODULE(linux);\nGIL_FUNCTION(double, twice, (double x)) { return 2 * x; }")
    assert gilkit.json("inspect", path)["name"] == "linux"


def test_the_folder_for_modules_is_inside_the_prefix(installation):
    [folder] = installation.pkg_config("--variable=moduledir", "gilkit")
    [libdir] = installation.pkg_config("--variable=libdir", "gilkit")
    assert folder == f"{libdir}/gilkit/modules"


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("header", sorted(PUBLIC - {"api.def"}))
def test_every_header_compiles_alone_without_a_warning(installation, tmp_path, compiler, header):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    (tmp_path / "alone.c").write_text(f"#include <gilkit/{header}>\n#include <gilkit/{header}>\n")
    installation.run(compiler, "-std=gnu11", "-Wall", "-Wextra", "-Wshadow", "-Wstrict-prototypes", "-Werror",
                     *installation.pkg_config("--cflags", "gilkit"), "-fsyntax-only", tmp_path / "alone.c")


def test_the_library_shows_public_names_only(installation):
    shown = names(installation.library, "--defined-only")
    assert shown and {name for name in shown if not re.match("gil_[a-z]", name)} == set()
    [header] = installation.root.rglob("include/gilkit/runtime.h")
    declared = set(re.findall(r"^GIL_PUBLIC .*?(gil_\w+)\(", header.read_text(), re.MULTILINE))
    assert declared <= shown


def test_an_installation_does_not_remember_where_it_was_built(installation):
    for path in [installation.pc_file, installation.pc_file.with_name("gilkit-runtime.pc")]:
        text = path.read_text()
        assert os.environ["GILKIT_BUILD"] not in text and str(HERE) not in text and str(installation.root) not in text


@pytest.fixture(scope="module")
def host(installation, tmp_path_factory):
    program = tmp_path_factory.mktemp("host") / "host"
    flags = installation.pkg_config("--cflags", "--libs", "gilkit-runtime")
    sanitizers = {f"-fsanitize={name}" for symbol, name in (("__asan_init", "address"), ("__tsan_init", "thread"))
                  if symbol in names(installation.library)}
    if not sanitizers and "__ubsan_handle_add_overflow" in names(installation.library):
        sanitizers = {"-fsanitize=undefined"}
    installation.run("cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", *sanitizers, "-o", program,
                     HERE / "programs" / "host.c", *flags, "-pthread")
    return program


def test_a_program_embeds_the_runtime(installation, host, work):
    said = installation.run(host, work, env={"LD_LIBRARY_PATH": str(installation.library.parent)}).split("\n")
    assert said[:2] == ["0.2 0.2 released 1", "cos 1"]
    assert said[2].startswith("TypeError: ") and "takes 1 argument (x), got 2" in said[2]
    assert "attached" in said[3]


def test_a_program_is_told_why_a_module_is_refused(installation, host, tmp_path):
    (tmp_path / "work.so").write_text("no module")
    answer = subprocess.run([host, tmp_path / "work.so"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={"LD_LIBRARY_PATH": str(installation.library.parent)}, timeout=20, check=False)
    assert "ImportError" in answer.stderr and "no shared library" in answer.stderr


def test_the_library_has_a_version_that_programs_keep(installation, host):
    said = subprocess.run(["readelf", "-d", installation.library], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert re.search(r"SONAME.*\[libgilkit\.so\.\d+\]", said)
    assert any(re.fullmatch(r"libgilkit\.so\.\d+", name) for name in needed(host))
