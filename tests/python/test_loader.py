# SPDX-License-Identifier: MIT
"""Files that must not be loaded: each is refused with the reason and the mend, and nothing of it runs."""
import os
import shutil
import struct

import pytest

VECTOR = """
GIL_MODULE(vector, .doc = "One function.");
GIL_FUNCTION(double, twice, (double x)) { return 2 * x; }
"""


@pytest.fixture
def vector(module):
    return module("vector", VECTOR)


def patched(path, at, data):
    whole = bytearray(path.read_bytes())
    whole[at:at + len(data)] = data
    path.write_bytes(whole)
    return path


def note_of(path):
    """Where the gilkit note's words are: ABI major, ABI minor, SDK major, minor, patch, 0."""
    return path.read_bytes().index(b"gilkit\0\0", path.read_bytes().index(struct.pack("<I", 7))) + 8


def test_a_module_is_loaded_from_its_path(gilkit, vector):
    assert gilkit.text("run", vector, "twice", "4") == "8.0"


# ---- Row 34: cut files


@pytest.mark.parametrize("verb", [("run", "twice", "4"), ("inspect",)])
def test_a_file_that_is_cut_anywhere_is_refused_and_kills_nobody(gilkit, vector, tmp_path, verb):
    whole = vector.read_bytes()
    cut = tmp_path / "cut.so"
    sizes = [0, 1, 3, 4, 16, 63, 64, 65, 120, 500, 1000, 4095, 4096, 4097, 8192, 12288, len(whole) // 2,
             len(whole) - 64, len(whole) - 1]
    for size in sizes:
        cut.write_bytes(whole[:size])
        said = gilkit.refusal(3, verb[0], cut, *verb[1:])
        assert str(cut) in said
        assert "is cut" in said or size < 4, said
        if size >= 1000:
            assert f"{size} of {len(whole)} bytes; copy or build it again" in said


def test_a_plain_library_that_is_cut_is_refused_and_kills_nobody(gilkit, tmp_path):
    library = next(p for p in ("/lib/x86_64-linux-gnu/libz.so.1", "/lib/aarch64-linux-gnu/libz.so.1")
                   if os.path.exists(p))
    with open(library, "rb") as file:
        whole = file.read()
    for size in range(64, len(whole), len(whole) // 15):
        (tmp_path / "libz.so").write_bytes(whole[:size])
        said = gilkit.refusal(3, "call", tmp_path / "libz.so", "const char *zlibVersion(void)")
        assert "is cut" in said


# ---- Row 35: other machines, and what is no library at all


def test_a_file_for_another_machine_is_refused_by_name(gilkit, installation, module, tmp_path):
    other = "x86_64" if os.uname().machine == "aarch64" else "aarch64"
    compiler = f"{other.replace('_', '-')}-linux-gnu-gcc"
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    said = gilkit.refusal(3, "run", module("vector", VECTOR, compiler=compiler), "twice", "4")
    assert f"built for {other}, this machine is {os.uname().machine}; rebuild it here" in said


@pytest.mark.parametrize("at, data, words", [
    (18, struct.pack("<H", 243), ["built for riscv", "rebuild it here"]),
    (18, struct.pack("<H", 0x9999), ["built for machine 39321"]),
    (4, b"\1", ["32 bits"]),
    (5, b"\2", ["big-endian"]),
    (16, struct.pack("<H", 2), ["no shared library", "-shared"]),
    (0, b"MZ", ["no shared library"]),
    (54, struct.pack("<H", 55), ["program headers are damaged"]),
    (56, struct.pack("<H", 0), ["program headers are damaged"]),
    (56, struct.pack("<H", 65535), ["is cut"]),
    (32, struct.pack("<Q", 2**64 - 8), ["is cut"]),
])
def test_a_damaged_or_foreign_elf_header_is_refused(gilkit, vector, at, data, words):
    said = gilkit.refusal(3, "run", patched(vector, at, data), "twice", "4")
    for word in words:
        assert word in said


def test_what_is_no_library_is_refused(gilkit, tmp_path):
    (tmp_path / "text.so").write_text("#!/bin/sh\necho ran\n")
    assert "no shared library" in gilkit.refusal(3, "run", tmp_path / "text.so", "f")
    assert "is not a file" in gilkit.refusal(3, "run", f"{tmp_path}/", "f")
    assert "No such file" in gilkit.refusal(3, "run", tmp_path / "absent.so", "f")
    os.mkfifo(tmp_path / "pipe.so")
    assert "is not a file" in gilkit.refusal(3, "run", tmp_path / "pipe.so", "f")
    assert "is not a file" in gilkit.refusal(3, "run", "/dev/null", "f")


# ---- Row 36: the note, before anything runs

CONSTRUCTOR = """
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void run(void) { close(open("%s", O_CREAT | O_WRONLY, 0600)); }
"""


def test_a_library_without_a_note_is_refused_and_its_constructors_do_not_run(gilkit, module, tmp_path):
    trace = tmp_path / "ran"
    said = gilkit.refusal(3, "run", module("plain", CONSTRUCTOR % trace), "f")
    assert "no gilkit module" in said and "GIL_MODULE(name)" in said and "gilkit call" in said
    assert not trace.exists()


@pytest.mark.parametrize("word, value, mend", [
    (0, 2, "install a newer gilkit, or rebuild the module here"),
    (1, 99, "install a newer gilkit, or rebuild the module here"),
    (0, 0, "rebuild the module here"),
])
def test_another_abi_is_refused_with_both_versions_and_nothing_runs(gilkit, module, tmp_path, word, value, mend):
    trace = tmp_path / "ran"
    path = module("vector", VECTOR + CONSTRUCTOR % trace)
    patched(path, note_of(path) + 4 * word, struct.pack("<I", value))
    said = gilkit.refusal(3, "run", path, "twice", "4")
    abi = "{}.{}".format(*(value if i == word else old for i, old in enumerate((1, 1))))
    assert f"(ABI {abi})" in said and "this is gilkit 0.2.0 (ABI 1.1)" in said and said.endswith(mend)
    assert not trace.exists()
    assert mend in gilkit("inspect", path, code=3).err
    assert not trace.exists()


def test_a_damaged_note_is_refused(gilkit, vector):
    note = note_of(vector)
    for at, data in [(24, struct.pack("<q", 2**62)), (24, struct.pack("<q", -(2**62))), (-12, struct.pack("<I", 20))]:
        before = vector.read_bytes()
        assert "damaged" in gilkit.refusal(3, "run", patched(vector, note + at, data), "twice", "4")
        vector.write_bytes(before)


def test_any_single_damaged_byte_kills_nobody_in_inspect(gilkit, vector):
    whole = vector.read_bytes()
    for at in [*range(0, 64, 2), *range(64, len(whole), len(whole) // 120)]:
        vector.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1:])
        assert gilkit("inspect", vector).code in (0, 3)


# ---- Row 37: places that others may write


def test_a_file_that_everybody_may_write_is_refused_with_the_command_that_mends_it(gilkit, vector):
    vector.chmod(0o666)
    said = gilkit.refusal(3, "run", vector, "twice", "4")
    assert f"{vector} may be written by everybody; run: chmod o-w '{vector}'" in said
    vector.chmod(0o644)
    assert gilkit.text("run", vector, "twice", "4") == "8.0"


def test_a_folder_that_everybody_may_write_is_refused_unless_it_is_sticky(gilkit, vector, tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    shutil.copy(vector, folder)
    folder.chmod(0o777)
    assert f"{folder} may be written by everybody" in gilkit.refusal(3, "run", folder / "vector.so", "twice", "4")
    folder.chmod(0o1777)
    assert gilkit.text("run", folder / "vector.so", "twice", "4") == "8.0"


def test_a_link_is_as_safe_as_the_folder_it_leads_to(gilkit, vector, tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    shutil.copy(vector, folder)
    folder.chmod(0o777)
    link = tmp_path / "link.so"
    link.symlink_to(folder / "vector.so")
    assert "may be written by everybody" in gilkit.refusal(3, "run", link, "twice", "4")
    folder.chmod(0o755)
    assert gilkit.text("run", link, "twice", "4") == "8.0"


@pytest.mark.parametrize("what", ["file", "folder"])
def test_strict_mode_refuses_what_a_group_may_write(gilkit, vector, tmp_path, what):
    folder = tmp_path / "strict"
    folder.mkdir()
    path = folder / "vector.so"
    shutil.copy(vector, path)
    (path if what == "file" else folder).chmod(0o775)
    assert gilkit.text("run", path, "twice", "4") == "8.0"
    said = gilkit.refusal(3, "run", path, "twice", "4", env={"GILKIT_STRICT": "1"})
    assert "may be written by its group" in said and "chmod g-w" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_strict_mode_refuses_what_belongs_to_somebody_else(gilkit, vector):
    os.chown(vector, 12345, 12345)
    assert gilkit.text("run", vector, "twice", "4") == "8.0"
    said = gilkit.refusal(3, "run", vector, "twice", "4", env={"GILKIT_STRICT": "1"})
    assert "belongs to user 12345" in said and "strict mode" in said


# ---- Row 38: where modules are looked for


def test_the_current_folder_is_never_searched(gilkit, vector):
    said = gilkit.refusal(3, "run", "vector", "twice", "4", cwd=vector.parent)
    assert "no module vector" in said and "./vector.so" in said and "GILKIT_PATH (not set)" in said
    assert gilkit.text("run", "./vector.so", "twice", "4", cwd=vector.parent) == "8.0"


def test_a_bare_file_name_is_refused_with_what_to_write(gilkit, vector):
    said = gilkit.refusal(3, "run", "vector.so", "twice", "4", cwd=vector.parent)
    assert "write ./vector.so for the file here, or vector to search" in said


def test_a_name_is_looked_up_in_gilkit_path_in_its_order(gilkit, vector, module, tmp_path):
    for name, factor in [("first", 10), ("second", 100)]:
        path = module("vector", VECTOR.replace("2 * x", f"{factor} * x"))
        (tmp_path / name).mkdir()
        path.rename(tmp_path / name / "vector.so")
    folders = f"{tmp_path}/absent::{tmp_path}/first:{tmp_path}/second"
    assert gilkit.text("run", "vector", "twice", "4", env={"GILKIT_PATH": folders}) == "40.0"
    assert f"file {tmp_path}/first/vector.so" in gilkit.text("inspect", "vector", env={"GILKIT_PATH": folders})


@pytest.mark.parametrize("folders", [".", "", ":", "./", "::.:", "tests/..", "~"])
def test_a_relative_folder_in_gilkit_path_is_ignored(gilkit, vector, folders):
    said = gilkit.refusal(3, "run", "vector", "twice", "4", cwd=vector.parent, env={"GILKIT_PATH": folders})
    assert "no module vector" in said


def test_a_plain_library_is_not_looked_up_in_the_current_folder(gilkit, vector):
    said = gilkit.refusal(3, "call", "vector", "double twice(double x)", "4", cwd=vector.parent,
                          env={"GILKIT_PATH": vector.parent, "LD_LIBRARY_PATH": vector.parent})
    assert "no library vector" in said and "slash" in said


@pytest.mark.parametrize("name", ["", "a b", "a-b", "1a", "..", "*", "a\nb"])
def test_what_is_no_name_is_refused(gilkit, name):
    assert "no module's name" in gilkit.refusal(3, "run", name, "f")


# ---- Row 39: symbols


def test_an_undefined_symbol_is_named_before_anything_runs(gilkit, module, tmp_path):
    trace = tmp_path / "ran"
    text = VECTOR.replace("2 * x", "absent_function(x)").replace(
        "GIL_FUNCTION", "double absent_function(double);\nGIL_FUNCTION")
    said = gilkit.refusal(3, "run", module("vector", text + CONSTRUCTOR % trace), "twice", "4")
    assert "undefined symbol: absent_function" in said and "link the library that defines it" in said
    assert not trace.exists()


def test_two_modules_may_have_functions_of_one_name_beside_libraries_that_do(gilkit, module):
    path = module("clash", """
        GIL_MODULE(clash);
        GIL_FUNCTION(int, json_dumps, (int x)) { return x + 1; }
        GIL_FUNCTION(int, ffi_call, (int x)) { return json_dumps(x) + 1; }""")
    assert gilkit.text("run", path, "ffi_call", "1", "--json").count("3") == 1


# ---- init


def test_a_module_whose_init_fails_says_why(gilkit, module):
    path = module("vector", """
        static int start(gil_env *env, void *state) {
            (void)state; gil_raise(env, GIL_OS_ERROR, "no device"); return -1; }
        GIL_MODULE(vector, .init = start);
        GIL_FUNCTION(double, twice, (double x)) { return 2 * x; }""")
    assert "no device" in gilkit.refusal(3, "run", path, "twice", "4")


def test_a_prototype_that_cannot_be_called_is_shown_with_its_column(gilkit, module):
    path = module("vector", "GIL_MODULE(vector);\nGIL_FUNCTION(int, f, (int *x)) { return *x; }")
    said = gilkit.refusal(3, "run", path, "f", "4")
    assert "column" in said and "^" in said and "GIL_OUT" in said
