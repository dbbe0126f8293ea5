# SPDX-License-Identifier: MIT
"""Every template of gilkit new: rendered, built by the steps that it prints, and run."""
import os
import re
import shutil
import subprocess

import pytest
from conftest import HERE, clean_environment

TEMPLATES = HERE.parents[1] / "templates"
NAMES = sorted(path.parent.name for path in TEMPLATES.glob("*/about"))
PACKAGES = ["package"]  # built by pip, with a Python that has gilkit: tests/package/template


def written(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def files_of(template, name):
    found = written(TEMPLATES / template) - {"about"}
    return {path.replace("NAME", name) for path in found}


@pytest.fixture
def rendered(gilkit, tmp_path):
    """Write a template: rendered('objects') -> its folder."""

    def render(template, name="sample"):
        gilkit.text("new", name, "--template", template, cwd=tmp_path)
        return tmp_path / name

    return render


def test_every_template_is_offered(gilkit, tmp_path):
    said = gilkit.refusal(2, "new", "sample", "--template", "nothing", cwd=tmp_path)
    assert f"no template nothing; there is: {', '.join(NAMES)}" in said
    said = gilkit("new", "--help", code=0).out
    for name in NAMES:
        assert re.search(rf"\b{name}\b", said), name


@pytest.mark.parametrize("template", NAMES)
def test_every_file_of_a_template_is_written_and_nothing_else(rendered, template):
    assert written(rendered(template)) == files_of(template, "sample")


@pytest.mark.parametrize("template", NAMES)
def test_a_dry_run_of_a_template_lists_the_files_and_writes_nothing(gilkit, tmp_path, template):
    lines = gilkit.text("new", "sample", "--dry-run", "-t", template, cwd=tmp_path).split("\n")
    assert set(lines) == {f"sample/{file}" for file in files_of(template, "sample")}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("template", NAMES)
def test_every_placeholder_of_a_template_is_replaced(rendered, template):
    for path in rendered(template).rglob("*"):
        text = path.read_text() if path.is_file() else "\n"
        assert not re.search("@[A-Z_]+@", text) and "NAME" not in text, path
        assert text.endswith("\n") or path.name == "py.typed"


@pytest.mark.parametrize("template", NAMES)
def test_the_build_file_of_a_template_is_short(rendered, template):
    text = (rendered(template) / "meson.build").read_text()
    assert len(text.splitlines()) < 40 and "dependency('gilkit" in text


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("template", [name for name in NAMES if name not in PACKAGES])
def test_a_template_builds_without_a_warning_and_passes_its_own_tests(installation, sanitized, tmp_path, template,
                                                                      compiler):
    """By the very steps that it prints."""
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    if sanitized and template == "embed":
        pytest.skip("a program needs the sanitizer of the library too")
    said = installation.run("gilkit", "new", "sample", "--template", template, cwd=tmp_path)
    steps = said.split("Next:\n")[1].strip().split("\n")
    warnings = "-Wall -Wextra -Wshadow -Wstrict-prototypes -Werror"
    env = {"CC": compiler, "CFLAGS": warnings, "LD_LIBRARY_PATH": installation.library.parent}
    said = installation.run("sh", "-e", "-c", "\n".join(step.strip() for step in steps), cwd=tmp_path, env=env)
    assert re.search(r"Ok: +1\b", said) and re.search(r"Fail: +0\b", said), said


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_module_of_a_package_compiles_without_a_warning(gilkit, installation, rendered, tmp_path, compiler):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    module = installation.compile(tmp_path / "_sample.so", rendered("package") / "src/_sample.c", compiler=compiler,
                                  flags=["-Wshadow", "-Wstrict-prototypes"])
    assert gilkit.text("run", module, "smooth", "[0, 3, 6, 3]", "width=3") == "[1.5, 3.0, 4.0, 4.5]"


@pytest.mark.parametrize("template", NAMES)
def test_the_steps_that_a_template_prints_begin_in_its_folder(gilkit, tmp_path, template):
    said = gilkit.text("new", "sample", "--template", template, cwd=tmp_path)
    steps = said.split("Next:\n")[1].splitlines()
    assert steps[0] == "  cd sample" and len(steps) == 3 and all(re.match(r"  \S", step) for step in steps)


# ---- What the template `objects` promises

FAIL = """
#include <stdio.h>
#include <stdlib.h>
static long fail_left = -1, fail_live;
static void *fail_at(void *made) { fail_live += made != NULL; return made; }
static int fail_now(void) { return fail_left >= 0 && fail_left-- == 0; }
static void *fail_malloc(size_t n) { return fail_now() ? NULL : fail_at(malloc(n)); }
static void *fail_calloc(size_t n, size_t m) { return fail_now() ? NULL : fail_at(calloc(n, m)); }
static void *fail_realloc(void *p, size_t n) { return fail_now() ? NULL : p ? realloc(p, n) : fail_at(realloc(p, n)); }
static void fail_free(void *p) { fail_live -= p != NULL; free(p); }
__attribute__((constructor)) static void fail_begin(void)
{ const char *at = getenv("FAIL_AT"); fail_left = at ? atol(at) : -1; }
__attribute__((destructor)) static void fail_end(void) { if (fail_live) fprintf(stderr, "%ld leaked\\n", fail_live); }
#define malloc fail_malloc
#define calloc fail_calloc
#define realloc fail_realloc
#define free fail_free
"""


@pytest.mark.parametrize("function, args", [("count", ['"a b c a"']), ("count_all", ['["a b", "c a"]'])])
def test_objects__raises_memory_error_wherever_memory_ends_and_leaks_nothing(gilkit, installation, rendered, tmp_path,
                                                                             function, args):
    (tmp_path / "fail.h").write_text(FAIL)
    module = installation.compile(tmp_path / "sample.so", rendered("objects") / "sample.c",
                                  flags=["-include", tmp_path / "fail.h"])
    failures = 0
    for at in range(100):
        answer = gilkit("run", module, function, *args, env={"FAIL_AT": at})
        assert "leaked" not in answer.err
        if answer.code == 0:
            break
        assert answer.code == 1 and answer.err == "gilkit: MemoryError: no memory for the words\n"
        failures += 1
    assert failures >= 5


def test_objects__counts_the_words_of_a_real_text_beside_another_thread(gilkit, installation, rendered, tmp_path):
    module = installation.compile(tmp_path / "sample.so", rendered("objects") / "sample.c")
    text = tmp_path / "text"
    text.write_text("the quick brown fox jumps over the lazy dog\n" * 20000)
    answer = gilkit.json("run", module, "count", f"@{text}", "--threads", 2, "--repeat", 5)
    assert [thread["result"]["the"] for thread in answer["threads"]] == [40000, 40000]
    for thread in answer["threads"]:
        assert thread["gil"]["released_ns"] > 5 * thread["gil"]["held_ns"]


def test_objects__does_all_that_a_counter_promises(installation, rendered, sanitized, tmp_path):
    """Methods, properties and slots, through a program that embeds the runtime."""
    if sanitized:
        pytest.skip("a program needs the sanitizer of the library too")
    installation.compile(tmp_path / "sample.so", rendered("objects") / "sample.c")
    flags = installation.pkg_config("--cflags", "--libs", "gilkit-runtime")
    installation.run("cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", tmp_path / "drive",
                     HERE / "programs" / "drive_counter.c", *flags)
    env = {**clean_environment(), "LD_LIBRARY_PATH": str(installation.library.parent)}
    done = subprocess.run([tmp_path / "drive", tmp_path / "sample.so"], env=env, capture_output=True, text=True,
                          timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "total 4", "length 3", "get_item 2", "KeyError: zebra does not occur", "count 0", "contains b: 1", "label 'x'",
        "label 7", "words ['a', 'b', 'c']", "counter(4 words, 3 different)", "ValueError: counter.add(): the counter is closed"]
