# SPDX-License-Identifier: MIT
"""gilkit inspect --stubs: a Python stub of a module, which type checkers take at its word."""
import ast
import importlib.util
import inspect
import keyword
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PACKAGE = importlib.util.find_spec("gilkit")
HAS_PACKAGE = PACKAGE is not None and PACKAGE.origin is not None  # a folder of that name has none
# What stubs speak of, also where the package is not installed.
TYPES = [str(HERE.parent.parent / "runtime" / "host" / "cpython")]
CHECKER_SECONDS = 300  # mypy that is not compiled, on a busy machine


@pytest.fixture
def stub(gilkit, module, tmp_path):
    """Build a module, write its stub beside it, and give the stub's text: stub('vecmath', '''...''')."""

    def make(name, text, **options):
        text = gilkit.text("inspect", module(name, text, **options), "--stubs") + "\n"
        (tmp_path / f"{name}.pyi").write_text(text)
        return text

    return make


class Checker:
    """mypy. It finds stubs in `folder`."""

    def __init__(self, cache, *options):
        self.words = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", cache, *options]

    def __call__(self, folder, *files):
        """What it complains of: {(file, line): message}."""
        env = {**os.environ, "MYPYPATH": ":".join([str(folder), *TYPES]), "LC_ALL": "C.UTF-8"}
        done = subprocess.run([*self.words, *files], cwd=folder, env=env, text=True, timeout=CHECKER_SECONDS,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        found = re.findall(r"^([^:\n]+):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
        assert done.returncode == bool(found), done.stdout
        return {(Path(name).name, int(line)): message for name, line, message in found}


@pytest.fixture(scope="session")
def mypy(tmp_path_factory):
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("no mypy for this Python; Debian has python3-mypy")
    cache = str(tmp_path_factory.mktemp("mypy"))
    oldest = ("--python-version", "3.9")
    answer = subprocess.run([sys.executable, "-m", "mypy", *oldest, "--cache-dir", cache, "-c", ""],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=CHECKER_SECONDS)
    return Checker(cache, *(oldest if answer.returncode == 0 else ()))


def defs(text):
    """The definitions of a stub, each in one line."""
    return [ast.unparse(node).replace("\n    ...", " ...").split(":\n")[0] for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef)]


# ---- Functions

SCALARS = """
GIL_MODULE(scalars);
GIL_FUNCTION(int, i4, (int x)) { return x; }
GIL_FUNCTION(size_t, u8, (size_t x)) { return x; }
GIL_FUNCTION(unsigned char, u1, (unsigned char x)) { return x; }
GIL_FUNCTION(float, f4, (float x)) { return x; }
GIL_FUNCTION(double, f8, (double x)) { return x; }
GIL_FUNCTION(long double, f16, (long double x)) { return x; }
GIL_FUNCTION(double _Complex, c16, (double _Complex x)) { return x; }
GIL_FUNCTION(bool, b1, (bool x)) { return x; }
GIL_FUNCTION(const char *, text, (const char *x)) { return x; }
GIL_FUNCTION(gil_obj, any, (gil_env *env, gil_obj x)) { (void)env; return x; }
GIL_FUNCTION(void, nothing, (void)) { }
GIL_FUNCTION(int, task, (gil_task *task, int x)) { (void)task; return x; }
"""


def test_each_c_type_has_what_is_taken_and_what_is_given(stub):
    assert stub("scalars", SCALARS) == """\
# Made by gilkit from module scalars (gilkit inspect --stubs); edits are lost.

import typing

_Complex = typing.Union[
    complex,
    typing.SupportsComplex,
    typing.SupportsFloat,
    typing.SupportsIndex,
]

def any(x: object) -> typing.Any: ...
def b1(x: bool) -> bool: ...
def c16(x: _Complex) -> complex: ...
def f16(x: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
def f4(x: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
def f8(x: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
def i4(x: typing.SupportsIndex) -> int: ...
def nothing() -> None: ...
def task(x: typing.SupportsIndex) -> int: ...
def text(x: str) -> str | None: ...
def u1(x: typing.SupportsIndex) -> int: ...
def u8(x: typing.SupportsIndex) -> int: ...
"""


ARRAYS = """
GIL_MODULE(arrays);
GIL_FUNCTION(double, dot, (size_t n, const double x[n], const double y[n])) { (void)x; (void)y; return (double)n; }
GIL_FUNCTION(void, scale, (size_t n, double x[n], double by)) { x[0] *= by; }
GIL_FUNCTION(void, ramp, (size_t n, GIL_OUT double y[n])) { y[0] = (double)n; }
GIL_FUNCTION(int32_t, divide, (int32_t a, int32_t b, GIL_OUT int32_t *rest)) { *rest = a % b; return a / b; }
GIL_FUNCTION(bool, split, (size_t n, const double x[n], GIL_OUT float low[n], GIL_OUT double *sum))
{ low[0] = 0; *sum = x[0]; return true; }
GIL_FUNCTION(void, fill, (size_t m, size_t n, double a[m][n], size_t extra)) { a[0][0] = (double)extra; }
GIL_FUNCTION(size_t, chars, (size_t n, const char text[n])) { (void)text; return n; }
GIL_FUNCTION(size_t, bytes, (size_t n, const unsigned char data[n])) { (void)data; return n; }
GIL_FUNCTION(size_t, rows, (size_t m, size_t n, const char text[m][n])) { (void)text; return m * n; }
GIL_FUNCTION(void, shout, (size_t n, char text[n])) { text[0] = '!'; }
"""


def test_arrays_sizes_and_results_are_as_a_call_has_them(stub):
    assert defs(stub("arrays", ARRAYS)) == [
        "def bytes(data: gilkit.ArrayLike) -> int: ...",
        "def chars(text: str | gilkit.ArrayLike) -> int: ...",
        "def divide(a: typing.SupportsIndex, b: typing.SupportsIndex) -> tuple[int, int]: ...",
        "def dot(x: gilkit.ArrayLike, y: gilkit.ArrayLike) -> float: ...",
        "def fill(a: gilkit.ArrayLike, extra: typing.SupportsIndex) -> None: ...",
        "def ramp(n: typing.SupportsIndex) -> gilkit.ArrayResult: ...",
        "def rows(text: gilkit.ArrayLike) -> int: ...",
        "def scale(x: gilkit.ArrayLike, by: typing.SupportsFloat | typing.SupportsIndex) -> None: ...",
        "def shout(text: gilkit.ArrayLike) -> None: ...",
        "def split(x: gilkit.ArrayLike) -> tuple[bool, gilkit.ArrayResult, float]: ...",
    ]


def test_it_has_the_parameters_and_as_many_results_as_run(gilkit, probe):
    """Of every function of the probe, which has every shape, in the order in which the host counts them."""
    tree = ast.parse(gilkit.text("inspect", probe, "--stubs"))
    written = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    described = [f for f in gilkit.json("inspect", probe)["functions"] if not keyword.iskeyword(f["name"])]
    assert len(described) > 60 and list(written) == [f["name"] for f in described]
    for f in described:
        node = written[f["name"]]
        assert [a.arg for a in node.args.args] == [p["name"] for p in f["parameters"] if p["asked"]]
        results = (f["result"] != "none") + sum(p["direction"] == "out" for p in f["parameters"])
        returns = ast.unparse(node.returns)
        assert len(node.returns.slice.elts) == results if returns.startswith("tuple") else results < 2
        assert (returns == "None") == (results == 0)


def test_sixty_four_parameters_of_long_names_are_one_a_line(stub):
    names = [f"a_name_that_is_rather_long_{'x' * 100}_{number}" for number in range(64)]
    parameters = ", ".join(f"double _Complex {name}" for name in names)
    text = stub("many", f"GIL_MODULE(many);\nGIL_FUNCTION(void, f, ({parameters})) {{ {' '.join(f'(void){n};' for n in names)} }}")
    assert len(re.findall(r"^    a_name\w+_x{100}_\d+: _Complex,$", text, re.MULTILINE)) == 64
    ast.parse(text)


# ---- Types

TILL = """
GIL_MODULE(shop, .doc = "What things cost.");
typedef struct till { double sum; } till;
typedef struct other { int x; } other;
static bool show(gil_env *env, till *self, gil_buffer *buffer) { (void)env; (void)self; (void)buffer; return false; }
GIL_RESOURCE(other);
GIL_RESOURCE(till, .doc = "Adds prices up.", .closable = true, .buffer = show);
GIL_SLOT(till, void, init, (till *self, double start), .doc = "From start on.") { self->sum = start; }
GIL_METHOD(till, double, add, (till *self, size_t n, const double x[n]), .doc = "Add.")
{ (void)x; return self->sum + (double)n; }
GIL_METHOD(till, void, join, (gil_env *env, till *self, const till *with, other *more))
{ (void)env; (void)self; (void)with; (void)more; }
GIL_GETTER(till, double, sum, (const till *self), .doc = "So far.") { return self->sum; }
GIL_SETTER(till, sum, (till *self, double value), .doc = "Not shown.") { self->sum = value; }
GIL_GETTER(till, bool, empty, (const till *self)) { return self->sum == 0; }
GIL_SETTER(till, limit, (till *self, int32_t value)) { self->sum = value; }
GIL_SLOT(till, const char *, repr, (const till *self)) { (void)self; return "till"; }
GIL_SLOT(till, gil_obj, str, (gil_env *env, const till *self)) { (void)self; return gil_str_new(env, "", 0); }
GIL_SLOT(till, bool, equal, (const till *self, const till *to)) { return self->sum == to->sum; }
GIL_SLOT(till, bool, less, (const till *self, const till *to), .doc = "By sum.") { return self->sum < to->sum; }
GIL_SLOT(till, double, call, (const till *self, double rate)) { return self->sum * rate; }
GIL_SLOT(till, int64_t, length, (const till *self)) { (void)self; return 0; }
GIL_SLOT(till, double, get_item, (const till *self, size_t at)) { return self->sum + (double)at; }
GIL_SLOT(till, void, set_item, (till *self, size_t at, double price)) { self->sum = price + (double)at; }
GIL_SLOT(till, void, delete_item, (till *self, size_t at)) { self->sum = (double)at; }
GIL_SLOT(till, bool, contains, (const till *self, const char *name)) { (void)self; return *name; }
GIL_FUNCTION(double, both, (const till *a, const till *b)) { return a->sum + b->sum; }
"""


def test_a_resource_type_is_a_class_with_all_that_it_can(stub):
    assert stub("shop", TILL) == '''\
# Made by gilkit from module shop (gilkit inspect --stubs); edits are lost.
"""What things cost."""

import typing

import gilkit

@typing.final
class other: ...

@typing.final
class till:
    """Adds prices up."""

    __hash__: typing.ClassVar[None]  # type: ignore[assignment]

    def __new__(cls, start: typing.SupportsFloat | typing.SupportsIndex) -> till:
        """From start on."""

    def add(self, x: gilkit.ArrayLike) -> float:
        """Add."""

    def join(
        self,
        # Called "with" in C; by position only.
        with_: till,
        /,
        more: other,
    ) -> None: ...
    def close(self) -> None: ...
    def __enter__(self) -> till: ...
    def __exit__(self, *args: object) -> None: ...
    @property
    def empty(self) -> bool: ...
    @property
    def limit(self) -> typing.SupportsIndex:
        """It can only be set."""

    @limit.setter
    def limit(self, value: typing.SupportsIndex) -> None: ...
    @property
    def sum(self) -> float:
        """So far."""

    @sum.setter
    def sum(self, value: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    def __call__(self, rate: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
    def __len__(self) -> int: ...
    def __getitem__(self, at: typing.SupportsIndex, /) -> float: ...
    def __setitem__(
        self,
        at: typing.SupportsIndex,
        price: typing.SupportsFloat | typing.SupportsIndex,
        /,
    ) -> None: ...
    def __delitem__(self, at: typing.SupportsIndex, /) -> None: ...
    def __contains__(self, name: str, /) -> bool: ...
    def __iter__(self) -> typing.Iterator[float]: ...
    def __str__(self) -> str: ...
    def __repr__(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __lt__(self, to: till, /) -> bool:
        """By sum."""

    def __le__(self, to: till, /) -> bool: ...
    def __gt__(self, to: till, /) -> bool: ...
    def __ge__(self, to: till, /) -> bool: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

def both(a: till, b: till) -> float: ...
'''


@pytest.mark.parametrize("slots, said", [
    ("GIL_SLOT(t, bool, next, (t *self, GIL_OUT int32_t *at, GIL_OUT double *item))"
     "{ *at = self->x; *item = 0; return false; }",
     ["def __iter__(self) -> t: ...", "def __next__(self) -> tuple[int, float]: ..."]),
    ("GIL_SLOT(t, gil_obj, next, (gil_env *env, t *self)) { (void)env; (void)self; return GIL_NULL; }",
     ["def __iter__(self) -> t: ...", "def __next__(self) -> typing.Any: ..."]),
    ("GIL_SLOT(t, gil_obj, iter, (gil_env *env, t *self)) { (void)self; return gil_list_new(env); }",
     ["def __iter__(self) -> typing.Iterator[typing.Any]: ..."]),
    ("""GIL_SLOT(t, size_t, length, (const t *self)) { return (size_t)self->x; }
        GIL_SLOT(t, void, get_item, (const t *self, int at, GIL_OUT int *a, GIL_OUT double y[2]))
        { *a = at; y[0] = self->x; }""",
     ["def __len__(self) -> int: ...",
      "def __getitem__(self, at: typing.SupportsIndex, /) -> tuple[int, gilkit.ArrayResult]: ...",
      "def __iter__(self) -> typing.Iterator[tuple[int, gilkit.ArrayResult]]: ..."]),
    ("GIL_SLOT(t, int, get_item, (const t *self, const char *key)) { (void)key; return self->x; }",
     ["def __getitem__(self, key: str, /) -> int: ..."]),
    ("GIL_SLOT(t, int64_t, hash, (const t *self)) { return self->x; }", ["def __hash__(self) -> int: ..."]),
    ("GIL_METHOD(t, int, close, (t *self, int how)) { return self->x + how; }",
     ["def close(self, how: typing.SupportsIndex) -> int: ..."]),
], ids=["next-with-outputs", "next", "iter", "by-index", "by-key", "hash", "close-of-its-own"])
def test_what_is_not_written_follows_from_what_is(stub, slots, said):
    text = stub("some", f"GIL_MODULE(some);\ntypedef struct t {{ int x; }} t;\nGIL_RESOURCE(t);\n{slots}")
    assert defs(text) == said


def test_a_close_of_its_own_stands_for_gilkit_s(stub):
    text = stub("some", """
        GIL_MODULE(some);
        typedef struct t { int x; } t;
        GIL_RESOURCE(t, .closable = true);
        GIL_METHOD(t, int, close, (t *self)) { return self->x; }""")
    assert defs(text) == ["def close(self) -> int: ...", "def __enter__(self) -> t: ...",
                          "def __exit__(self, *args: object) -> None: ..."]


def test_constants_have_their_types_and_documentation(stub):
    text = stub("fixed", """
        GIL_MODULE(fixed);
        GIL_CONSTANT(LIMIT, 4096, .doc = "No more.");
        GIL_CONSTANT(MOST, 18446744073709551615u);
        GIL_CONSTANT(HALF, 0.5);
        GIL_CONSTANT(LOUD, (bool)1);
        GIL_CONSTANT(NAME, "fixed");""")
    assert text.split("\nimport typing\n\n")[1] == '''\
HALF: typing.Final[float]
LIMIT: typing.Final[int]
"""No more."""
LOUD: typing.Final[bool]
MOST: typing.Final[int]
NAME: typing.Final[str]
'''


# ---- Documentation

DOCS = [
    "One line.", "  blanks around \n", 'It says "no".', '"Yes" it says.', '"""', 'a """b""" c', 'ends in """', '""',
    "a \\ backslash", "ends in \\", "\\n is no newline", "\\u0041 \\N{DIGIT ONE} \\", "First.\n\nSecond.",
    "First.\n\n    x = 1\n        y\n\n    Last.\n", "First.\n  Indented\n\tby a tab\n", "\n\n  Late.\n  Later.\n",
    'First "line"\nlast "line"', '"First" line\nlast\\', "Windows\r\nlines\r\n", "tab\tin it", "Größe 数 🙂",
    "'single'", "{braces} %s %d", "x" * 300, "# no comment", "a\n\n\n\nb", "bell \a and \x7f",
]


def c_text(text):
    """A C string literal, in octal so that nothing can be misread."""
    return '"' + "".join(f"\\{byte:03o}" for byte in text.encode()) + '"'


def test_documentation_is_read_by_python_as_it_was_written(stub):
    functions = [f"GIL_FUNCTION(int, f{i:02}, (int x), .doc = {c_text(doc)}) {{ return x; }}"
                 for i, doc in enumerate(DOCS)]
    types = [f"typedef struct t{i:02} {{ int x; }} t{i:02};\nGIL_RESOURCE(t{i:02}, .doc = {c_text(doc)});\n"
             f"GIL_METHOD(t{i:02}, int, m, (t{i:02} *self), .doc = {c_text(doc)}) {{ return self->x; }}"
             for i, doc in enumerate(DOCS)]
    text = stub("docs", "\n".join(["GIL_MODULE(docs);", *functions, *types]))
    tree = ast.parse(text)
    assert [line for line in text.split("\n") if line != line.rstrip()] == []
    for kind in (ast.FunctionDef, ast.ClassDef):
        nodes = [node for node in tree.body if isinstance(node, kind)]
        assert len(nodes) == len(DOCS)
        for node, doc in zip(nodes, DOCS):
            nodes_of = [node] + [n for n in node.body if isinstance(n, ast.FunctionDef)]
            wanted = inspect.cleandoc("\n".join(line.rstrip() for line in doc.split("\n"))).strip()
            for documented in nodes_of:
                assert ast.get_docstring(documented).strip() == wanted


@pytest.mark.parametrize("doc", ['""', '"  "', r'"\n \t\n"'])
def test_documentation_that_says_nothing_is_none(stub, doc):
    text = stub("docs", f"GIL_MODULE(docs, .doc = {doc});\nGIL_FUNCTION(int, f, (int x), .doc = {doc}) {{ return x; }}")
    assert '"""' not in text and defs(text) == ["def f(x: typing.SupportsIndex) -> int: ..."]


def test_what_is_not_utf_8_in_documentation_is_replaced(stub):
    text = stub("docs", r'GIL_MODULE(docs, .doc = "caf\351, \303, \342\202\254, \355\240\200, \360\237\231");')
    assert ast.get_docstring(ast.parse(text)) == "caf�, �, €, ���, ���"


# ---- Names

def test_names_that_python_cannot_write_are_said_in_comments(stub, mypy, tmp_path):
    text = stub("words", """
        GIL_MODULE(words);
        typedef struct t { int x; } t;
        GIL_RESOURCE(t);
        typedef struct class { int x; } class;
        GIL_RESOURCE(class);
        GIL_CONSTANT(None, 1);
        GIL_FUNCTION(int, lambda, (int x)) { return x; }
        GIL_FUNCTION(int, pass, (int first, int from, int __x, int __, int __1, int from_, class *in))
        { return first + from + __x + __ + __1 + from_ + in->x; }
        GIL_FUNCTION(int, plain, (int first, int from, int __x, int __, int __1, int from_, class *in, int last))
        { return first + from + __x + __ + __1 + from_ + in->x + last; }
        GIL_METHOD(t, int, del, (t *self)) { return self->x; }
        GIL_GETTER(t, int, is, (const t *self)) { return self->x; }
        GIL_SETTER(t, is, (t *self, int value)) { self->x = value; }
        GIL_METHOD(t, int, keep, (t *me, int self)) { return me->x + self; }""")
    assert mypy(tmp_path, "words.pyi") == {}
    for name in ("lambda", "pass", "None"):
        assert f'# Python code cannot write {name}: getattr(words, "{name}") reaches it.\n' in text
    for name in ("del", "is"):
        assert text.count(f'    # Python code cannot write {name}: getattr(object, "{name}") reaches it.\n') == 1
    assert "# Here it is not called class, which Python code cannot write.\n@typing.final\nclass _class: ...\n" in text
    assert "    def keep(_self, self: typing.SupportsIndex) -> int: ...\n" in text
    assert text.endswith("""
def plain(
    first: typing.SupportsIndex,
    # Called "from" in C; by position only.
    from__: typing.SupportsIndex,
    # Called "__x" in C; by position only.
    x_: typing.SupportsIndex,
    # Called "__" in C; by position only.
    p_: typing.SupportsIndex,
    # Called "__1" in C; by position only.
    p1_: typing.SupportsIndex,
    from_: typing.SupportsIndex,
    # Called "in" in C; by position only.
    in_: _class,
    /,
    last: typing.SupportsIndex,
) -> int: ...
""")


def test_names_that_are_none_outside_of_c_are_said_too(stub, mypy, tmp_path):
    text = stub("odd", """
        GIL_MODULE(odd);
        typedef struct a$b { int x; } a$b;
        GIL_RESOURCE(a$b);
        GIL_CONSTANT(c$d, 1);
        GIL_CONSTANT(größe, 1);
        GIL_CONSTANT(LAST, 1);""")
    assert '# Python code cannot write c$d: getattr(odd, "c$d") reaches it.\n' in text
    assert "# Here it is not called a$b, which Python code cannot write.\n@typing.final\nclass _a_b: ...\n" in text
    assert "größe: typing.Final[int]\n" in text
    assert mypy(tmp_path, "odd.pyi") == {}


@pytest.mark.parametrize("byte", [b"\n", b"\xff", b"\x1b", b"\\", b'"', b" "])
def test_a_damaged_name_stays_in_its_comment(gilkit, module, byte):
    path = module("hurt", """
        GIL_MODULE(hurt);
        GIL_CONSTANT(LIMIT_OF_ALL, 1);
        GIL_CONSTANT(LAST, 1);
        typedef struct KIND_OF_ALL { int x; } KIND_OF_ALL;
        GIL_RESOURCE(KIND_OF_ALL);
        GIL_FUNCTION(int, take, (int x)) { return x; }""")
    data = path.read_bytes()
    assert data.count(b"\0LIMIT_OF_ALL\0") == data.count(b"\0KIND_OF_ALL\0") == 1
    path.write_bytes(data.replace(b"\0LIMIT_OF", b"\0LIMIT" + byte + b"OF").replace(b"\0KIND_OF", b"\0KIND" + byte + b"OF"))
    tree = ast.parse(gilkit("inspect", path, "--stubs", code=0).out)
    names = [ast.unparse(node).split("(")[0].split(":")[0].split("\n")[-1] for node in tree.body]
    assert names == ["import typing", "LAST", "class _KIND_OF_ALL", "def take"]


SHADOWS = """
GIL_MODULE(shadows);
typedef struct t { int x; } t;
GIL_RESOURCE(t, .closable = true);
typedef struct hidden { int x; } hidden;
GIL_RESOURCE(hidden);
GIL_CONSTANT(typing, "a constant");
GIL_CONSTANT(_typing, "another");
GIL_FUNCTION(const char *, str, (const char *x)) { return x; }
GIL_FUNCTION(gil_obj, object, (gil_env *env, gil_obj x)) { (void)env; return x; }
GIL_FUNCTION(int, tuple, (int x, GIL_OUT int *y)) { *y = x; return x; }
GIL_FUNCTION(int, builtins, (int x)) { return x; }
GIL_FUNCTION(void, gilkit, (size_t n, const double x[n], GIL_OUT double y[n])) { y[0] = x[0]; }
GIL_SLOT(t, void, init, (t *self, int cls)) { self->x = cls; }
GIL_METHOD(t, int, t, (t *self, const t *other)) { return self->x + other->x; }
GIL_GETTER(t, int, property, (const t *self)) { return self->x; }
GIL_GETTER(t, bool, last, (const t *self)) { return self->x; }
GIL_FUNCTION(int, take, (const t *a, const hidden *b)) { return a->x + b->x; }
GIL_CONSTANT(_Complex, 1);
GIL_CONSTANT(complex, 1);
GIL_FUNCTION(double _Complex, half, (double _Complex x)) { return x / 2; }
"""


def test_a_module_may_use_the_names_that_its_stub_needs(stub, module, mypy, tmp_path):
    (tmp_path / "more.c").write_text("""
        #include <gilkit/module.h>
        GIL_FUNCTION(int, hidden, (int x)) { return x; }""")
    text = stub("shadows", SHADOWS, flags=[str(tmp_path / "more.c")])
    assert "import builtins as _builtins\nimport typing as __typing\n\nimport gilkit as _gilkit\n" in text
    assert "def str(x: _builtins.str) -> _builtins.str | None: ...\n" in text
    assert "    @_builtins.property\n    def last(self) -> bool: ...\n" in text
    assert "    def __new__(_cls, cls: __typing.SupportsIndex) -> _t: ...\n" in text
    assert "    def t(self, other: _t) -> int: ...\n" in text and "\n_t = t\n" in text
    assert "# Here it is not called hidden, as a function is.\n@__typing.final\nclass _hidden: ...\n" in text
    assert "\n__Complex = __typing.Union[\n    _builtins.complex,\n" in text
    assert "def half(x: __Complex) -> _builtins.complex: ...\n" in text
    assert mypy(tmp_path, "shadows.pyi") == {}


# ---- The file

def test_it_is_the_same_however_the_module_was_built_and_wherever_it_is(gilkit, stub, tmp_path):
    text = stub("shop", TILL)
    assert stub("shop", TILL, flags=["-O0", "-g", "-ffunction-sections"]) == text
    (tmp_path / "deep").mkdir()
    shutil.move(tmp_path / "shop.so", tmp_path / "deep" / "shop.so")
    assert gilkit.text("inspect", "--stubs", "shop", env={"GILKIT_PATH": tmp_path / "deep"}) + "\n" == text
    assert str(tmp_path) not in text


def test_nothing_of_the_module_runs(gilkit, module, tmp_path):
    trace = tmp_path / "ran"
    path = module("loud", f"""
        #include <fcntl.h>
        #include <unistd.h>
        static void trace(void) {{ close(open("{trace}", O_CREAT | O_WRONLY, 0600)); }}
        __attribute__((constructor)) static void begin(void) {{ trace(); }}
        GIL_MODULE(loud);
        GIL_FUNCTION(double, twice, (double x)) {{ return 2 * x; }}""")
    assert "def twice(" in gilkit.text("inspect", path, "--stubs")
    assert not trace.exists()
    gilkit.text("run", path, "twice", "1")
    assert trace.exists(), "the test itself works"


def test_an_empty_module_has_a_stub(stub, mypy, tmp_path):
    assert stub("empty", "GIL_MODULE(empty);").count("\n") == 1
    assert mypy(tmp_path, "empty.pyi") == {}


# black of before 2024 has no empty lines inside of classes; what it does with a long result of no arguments is its own.
def test_a_formatter_leaves_it_as_it_is(gilkit, probe, stub, tmp_path):
    if importlib.util.find_spec("black") is None:
        pytest.skip("no black for this Python; Debian has it")
    import black

    texts = [stub(name, text) for name, text in (("scalars", SCALARS), ("arrays", ARRAYS), ("shop", TILL))]
    for text in texts + [gilkit.text("inspect", probe, "--stubs") + "\n"]:
        formatted = black.format_str(text, mode=black.Mode(is_pyi=True))
        if int(black.__version__.split(".")[0]) < 24:
            text, formatted = (re.sub(r"\n+", "\n", each) for each in (text, formatted))
        assert formatted == text
        assert max(map(len, text.split("\n"))) <= 88


@pytest.mark.parametrize("code, said", [
    ("GIL_FUNCTION(int, f, (int *x)) { return *x; }", "in the prototype of f, column 7"),
    ("GIL_METHOD(t, int, f, (int x)) { return x; }", "t.f: the first parameter must be t *self or const t *self"),
])
def test_a_module_that_cannot_be_loaded_has_no_stub(gilkit, module, code, said):
    path = module("wrong", f"GIL_MODULE(wrong);\ntypedef struct t {{ int x; }} t;\nGIL_RESOURCE(t);\n{code}\n"
                           "GIL_FUNCTION(int, fine, (int x)) { return x; }")
    assert said in gilkit.refusal(3, "inspect", path, "--stubs")
    assert gilkit.refusal(3, "inspect", path, "--stubs") == gilkit.refusal(3, "run", path, "fine", "1")


@pytest.mark.parametrize("word", [0, 1], ids=["major", "minor"])
def test_a_module_for_a_newer_gilkit_has_no_stub(gilkit, module, word):
    path = module("late", "GIL_MODULE(late);\nGIL_FUNCTION(int, f, (int x)) { return x; }")
    data = bytearray(path.read_bytes())
    at = data.index(b"gilkit\0\0", data.index(b"\x01\0\0\0gilkit\0")) + 8 + 4 * word
    data[at] += 1
    path.write_bytes(data)
    assert "install a newer gilkit" in gilkit.refusal(3, "inspect", path, "--stubs")


@pytest.mark.parametrize("options", [["--json", "--stubs"], ["--stubs", "--json"]], ids=" ".join)
def test_a_stub_and_json_at_once_are_refused(gilkit, probe, options):
    assert "--json and --stubs are two answers; ask for one" in gilkit.refusal(2, "inspect", probe, *options)


def test_asking_twice_for_the_same_is_fine(gilkit, probe):
    once = gilkit.text("inspect", probe, "--stubs")
    assert gilkit.text("inspect", "--stubs", probe, "--stubs") == once


def test_a_file_that_is_no_module_has_no_stub(gilkit, tmp_path):
    (tmp_path / "notes.so").write_text("no module")
    assert "no shared library" in gilkit.refusal(3, "inspect", tmp_path / "notes.so", "--stubs")


def test_a_module_under_another_name_has_a_stub_of_its_own(gilkit, module, tmp_path):
    path = module("vector", "GIL_MODULE(matrix);")
    answer = gilkit("inspect", path, "--stubs", code=0)
    assert answer.out.startswith("# Made by gilkit from module matrix ")
    assert "only a file matrix.so is found by that name" in answer.err


# ---- What type checkers make of it

def test_mypy_accepts_the_stub_of_every_module_here(gilkit, modules, installation, mypy, tmp_path):
    paths = list(modules.glob("*.so"))
    for source in sorted((HERE.parents[1] / "examples").glob("*/*.c")):
        match = re.search(r"^GIL_MODULE\((\w+)", source.read_text(), re.MULTILINE)
        if match:
            others = [p for p in source.parent.glob("*.c") if "<gilkit/runtime.h>" not in p.read_text()]
            paths.append(installation.compile(tmp_path / f"{match[1]}.so", *others))
    assert len(paths) > 3
    for path in paths:
        (tmp_path / f"{path.stem}.pyi").write_text(gilkit.text("inspect", path, "--stubs") + "\n")
    assert mypy(tmp_path, *sorted(p.name for p in tmp_path.glob("*.pyi"))) == {}


USER = """
import array

import arrays
import fixed
import scalars
import shop

class Index:
    def __index__(self) -> int:
        return 3

class Float:
    def __float__(self) -> float:
        return 0.5

def use(number: int, real: float, text: str, flag: bool, imaginary: complex, till: shop.till, other: shop.other) -> None:
    number = scalars.i4(1) + scalars.i4(x=Index()) + scalars.u8(True)
    scalars.i4(1.5)  # refused
    scalars.i4("1")  # refused
    scalars.i4()  # refused
    scalars.i4(1, 2)  # refused
    scalars.i4(y=1)  # refused
    text = scalars.i4(1)  # refused
    real = scalars.f8(1) + scalars.f4(Float()) + scalars.f16(Index()) + scalars.f8(x=0.5)
    scalars.f8("1")  # refused
    scalars.f8(1j)  # refused
    imaginary = scalars.c16(1j) + scalars.c16(1) + scalars.c16(Float())
    real = scalars.c16(1)  # refused
    flag = scalars.b1(True)
    scalars.b1("yes")  # refused
    text = scalars.text("a") or ""
    text = scalars.text("a")  # refused
    scalars.text(b"a")  # refused
    text = scalars.any(object())
    scalars.nothing(1)  # refused
    number = scalars.task(1)

    real = arrays.dot([1.0, 2.0], y=array.array("d", [3, 4]))
    arrays.dot([1.0])  # refused
    arrays.dot(1.0, 2.0)  # refused
    arrays.dot(2, [1.0, 2.0], [3.0, 4.0])  # refused
    arrays.dot(till, memoryview(b""))
    number = arrays.chars("text") + arrays.chars(b"text") + arrays.bytes(b"text")
    arrays.bytes("text")  # refused
    quotient, rest = arrays.divide(7, 2)
    number = quotient + rest
    quotient, rest, more = arrays.divide(7, 2)  # refused
    flag, low, real = arrays.split([1.0])
    low[0], len(low), arrays.ramp(3)[1]
    arrays.scale([1.0], 2.0).real  # refused

    real = till.add([1.0]) + till.sum + till(0.5) + till[0] + shop.both(till, b=till)
    till.sum = 2.5
    till.sum = "2"  # refused
    till.empty = True  # refused
    till.limit = 3
    till.sun  # refused
    till[0] = 1
    till["a"]  # refused
    del till[0]
    flag = "tea" in till
    flag = till < shop.till(start=1) or till >= till or till == 3
    till < other  # refused
    other < other  # refused
    for price in till:
        real = price
    for price in other:  # refused
        pass
    with shop.till(1) as mine:
        mine.join(till, more=other)
        mine.join(till, till)  # refused
    with other:  # refused
        pass
    till.close()
    shop.till()  # refused
    number = len(till)
    text = str(till) + repr(till)

    number = fixed.LIMIT
    text = fixed.LIMIT  # refused
    fixed.LIMIT = 3  # refused
    fixed.MISSING  # refused

class Better(shop.till):  # refused
    pass
"""


def test_mypy_accepts_what_works_and_refuses_what_does_not(stub, mypy, tmp_path):
    stub("scalars", SCALARS)
    stub("arrays", ARRAYS)
    stub("shop", TILL)
    stub("fixed", "GIL_MODULE(fixed);\nGIL_CONSTANT(LIMIT, 4096);")
    (tmp_path / "user.py").write_text(USER)
    wanted = {("user.py", number) for number, line in enumerate(USER.split("\n"), 1) if line.endswith("# refused")}
    found = mypy(tmp_path, "user.py")
    assert {place: found[place] for place in found.keys() - wanted} == {}, "it should be accepted"
    assert [USER.split("\n")[line - 1] for _, line in sorted(wanted - found.keys())] == [], "it should be refused"


@pytest.mark.skipif(not HAS_PACKAGE, reason="this Python does not have the package gilkit, so it imports no module")
def test_stubtest_finds_the_module_as_its_stub_says(stub, mypy, tmp_path):
    allowed = tmp_path / "allowed"
    # Type checkers ask for __buffer__ in every version of Python (PEP 688); at run time 3.12 has it.
    allowed.write_text(r"shop\.till\.__buffer__" if sys.version_info < (3, 12) else "")
    for name, text in (("scalars", SCALARS), ("arrays", ARRAYS), ("shop", TILL)):
        stub(name, text)
        env = {**os.environ, "MYPYPATH": ":".join([str(tmp_path), *TYPES]), "LC_ALL": "C.UTF-8",
               "PYTHONPATH": ":".join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])}
        words = ["--allowlist", str(allowed), "--ignore-unused-allowlist", name]
        done = subprocess.run([sys.executable, "-m", "mypy.stubtest", *words], cwd=tmp_path, env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=CHECKER_SECONDS)
        assert done.returncode == 0, done.stdout
