# SPDX-License-Identifier: MIT
"""The bash completion, in a real bash."""
import os
import shlex
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "completion" / "gilkit"
BREAKS = " \t\n\"'@><=;|&(:"  # an interactive bash's


def split(line, breaks):
    """Words as bash hands them to a completion: = and @ stand alone, or not, as COMP_WORDBREAKS says."""
    words = []
    for word in line.split(" "):
        part = ""
        parts = []
        for c in word:
            if c in breaks:
                parts += [part, c] if part else [c]
                part = ""
            else:
                part += c
        words += parts + [part] if part or not parts else parts
    return words


def complete(line, folder=None, breaks=BREAKS, env=None):
    words = split(line, breaks)
    code = f"""
        set -u
        COMP_WORDBREAKS={shlex.quote(breaks)}
        source {shlex.quote(str(SCRIPT))}
        COMP_WORDS=({" ".join(map(shlex.quote, words))}) COMP_CWORD={len(words) - 1}
        COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)} COMPREPLY=()
        _gilkit
        (( ${{#COMPREPLY[@]}} == 0 )) || printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "--norc", "-c", code], capture_output=True, text=True, cwd=folder,
                          env={**os.environ, **(env or {})})
    assert done.stderr == "" and done.returncode == 0, done.stderr
    return sorted(done.stdout.splitlines())


@pytest.fixture
def folder(vecmath, tmp_path):
    os.symlink(vecmath, tmp_path / "vecmath.so")
    (tmp_path / "x.npy").touch()
    (tmp_path / "words.txt").touch()
    (tmp_path / "a b.npy").touch()
    (tmp_path / "deep").mkdir()
    return tmp_path


def test_completion__offers_every_verb(verbs):
    assert set(complete("gilkit ")) == {*verbs, "--help", "--version"}
    assert complete("gilkit in") == ["inspect"]


def test_completion__offers_every_option_of_a_verb(verbs, options_of):
    for verb in verbs:
        offered = {option.rstrip("=") for option in complete(f"gilkit {verb} -")}
        assert options_of(verb) <= offered, verb
        assert all(option in options_of(verb) for option in offered), verb


def test_completion__tells_options_with_values_from_those_without(verbs, gilkit):
    for verb in verbs:
        text = gilkit(verb, "--help").stdout
        for option in complete(f"gilkit {verb} --"):
            assert option.endswith("=") == (option.rstrip("=") + "=" in text), (verb, option)


def test_completion__offers_modules_with_a_slash(folder):
    assert complete("gilkit run ./", folder) == ["./deep/", "./vecmath.so"]
    assert complete("gilkit inspect ./v", folder) == ["./vecmath.so"]
    assert "./vecmath.so" in complete("gilkit run ", folder)


def test_completion__offers_the_modules_of_gilkit_path(folder):
    assert "vecmath" in complete("gilkit run vec", env={"GILKIT_PATH": str(folder)})


def test_completion__offers_functions(folder):
    assert complete("gilkit run ./vecmath.so ", folder) == ["dot", "scaled"]
    assert complete("gilkit run --threads 2 ./vecmath.so d", folder) == ["dot"]
    assert complete("gilkit run --threads=2 -n 3 ./vecmath.so d", folder) == ["dot"]
    assert complete("gilkit run ./nothing.so ", folder) == []


def test_completion__offers_what_a_function_asks_for(folder):
    assert complete("gilkit run ./vecmath.so scaled ", folder) == ["factor=", "x="]
    assert complete("gilkit run ./vecmath.so scaled [1] f", folder) == ["factor="]


def test_completion__offers_types_that_can_be_called(build_module, tmp_path):
    (tmp_path / "count.c").write_text("""
        #include <gilkit/module.h>
        GIL_MODULE(count);
        typedef struct counter { double n; } counter;
        GIL_RESOURCE(counter);
        typedef struct sealed { double n; } sealed;
        GIL_RESOURCE(sealed);
        GIL_SLOT(counter, void, init, (counter *self, double start)) { self->n = start; }
        GIL_METHOD(counter, void, add, (counter *self, double more)) { self->n += more; }
        GIL_FUNCTION(double, look, (const counter *at)) { return at->n; }
        GIL_CONSTANT(LIMIT, 3);
    """)
    build_module(tmp_path / "count.c", tmp_path / "count.so")
    assert complete("gilkit run ./count.so ", tmp_path) == ["counter", "look"]
    assert complete("gilkit run ./count.so counter ", tmp_path) == ["start="]
    assert complete("gilkit run ./count.so look ", tmp_path) == ["at="]


@pytest.mark.parametrize("breaks", [BREAKS, BREAKS.replace("@", ""), BREAKS.replace("=", "").replace("@", "")])
def test_completion__offers_files_behind_at(folder, breaks):
    front = "" if "@" in breaks else "@"
    assert complete("gilkit run ./vecmath.so dot @x", folder, breaks) == [front + "x.npy"]
    assert complete("gilkit run ./vecmath.so dot @", folder, breaks) == sorted(
        front + name for name in ("a\\ b.npy", "deep/", "vecmath.so", "words.txt", "x.npy"))
    front = front if "=" in breaks else "y=@"
    assert complete("gilkit run ./vecmath.so dot @x.npy y=@w", folder, breaks) == [front + "words.txt"]


def test_completion__offers_values_of_options(folder):
    assert complete("gilkit run --gil ") == ["auto", "hold", "release"]
    assert complete("gilkit run --gil=h") == ["hold"]
    assert complete("gilkit call -g r") == ["release"]
    assert complete("gilkit run --out=", folder) == ["a\\ b.npy", "deep/", "x.npy"]
    assert complete("gilkit run -o x", folder) == ["x.npy"]
    assert complete("gilkit new --template ") == complete("gilkit new --template=") == [
        "embed", "kernel", "objects", "package"]


def test_completion__offers_libraries(folder):
    assert "libm" in complete("gilkit call libm")
    assert complete("gilkit call ./v", folder) == ["./vecmath.so"]


def test_completion__says_nothing_to_a_wrong_verb():
    assert complete("gilkit nonsense ") == []
