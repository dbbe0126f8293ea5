# SPDX-License-Identifier: MIT
"""gilkit inspect: what a module file says of itself, and nothing of it runs."""
import shutil

import pytest

LOUD = """
#include <fcntl.h>
#include <unistd.h>
static void trace(void) { close(open("%s", O_CREAT | O_WRONLY, 0600)); }
__attribute__((constructor)) static void begin(void) { trace(); }
__attribute__((destructor)) static void end(void) { trace(); }
static int start(gil_env *env, void *state) { (void)env; (void)state; trace(); return 0; }
GIL_MODULE(loud, .doc = "It leaves a trace.", .init = start);
GIL_FUNCTION(double, twice, (double x)) { return 2 * x; }
"""


def function(gilkit, module, name):
    [found] = [f for f in gilkit.json("inspect", module)["functions"] if f["name"] == name]
    return found


def test_the_text_says_what_a_caller_needs(gilkit, probe):
    said = gilkit.text("inspect", probe)
    assert said.startswith("probe: What goes in comes out.\n")
    assert f"file {probe}, built with gilkit 0.2.0, ABI 1.1, " in said
    assert "dot(x, y) -> float64\n    double dot(size_t n, const double x[n], const double y[n])\n" in said
    assert "    Inner product of x and y.\n" in said
    assert "transpose(a) -> float64 b[n][m]\n" in said
    assert "divide(a, b) -> int32, int32 rest\n" in said
    assert "same_text(text) -> str\n" in said
    assert "nothing() -> none\n" in said


def test_json_has_every_function_by_name_in_order(gilkit, probe):
    answer = gilkit.json("inspect", probe)
    names = [f["name"] for f in answer["functions"]]
    assert (answer["name"], answer["abi"], answer["sdk"], answer["loadable"]) == ("probe", "1.1", "0.2.0", True)
    assert names == sorted(names) and len(names) == len(set(names)) > 60
    assert answer["file"] == str(probe)


def test_json_has_the_parameters(gilkit, probe):
    scale = function(gilkit, probe, "scale")
    assert scale["parameters"] == [
        {"name": "n", "type": "uint64", "direction": "in", "dims": [], "asked": False},
        {"name": "x", "type": "float64", "direction": "inout", "dims": ["n"], "asked": True},
        {"name": "by", "type": "float64", "direction": "in", "dims": [], "asked": True},
    ]
    assert scale["result"] == "float64"
    assert function(gilkit, probe, "count")["parameters"][0]["asked"] is True
    assert function(gilkit, probe, "transpose")["parameters"][3]["direction"] == "out"
    assert function(gilkit, probe, "same")["parameters"] == [
        {"name": "x", "type": "object", "direction": "in", "dims": [], "asked": True}]
    assert function(gilkit, probe, "fail")["parameters"][0]["name"] == "text", "the task is hidden"


@pytest.mark.parametrize("name, gil", [("rest", "auto"), ("rest_holding", "hold"), ("rest_with_env", "hold")])
def test_it_says_who_keeps_the_gil(gilkit, work, name, gil):
    assert function(gilkit, work, name)["gil"] == gil


def test_a_function_without_documentation_says_so_by_silence(gilkit, probe):
    assert function(gilkit, probe, "nothing")["doc"] is None


def test_nothing_of_the_module_runs(gilkit, module, tmp_path):
    trace = tmp_path / "ran"
    path = module("loud", LOUD % trace)
    gilkit.text("inspect", path)
    gilkit.json("inspect", path)
    assert not trace.exists()
    assert gilkit.text("run", path, "twice", "4") == "8.0"
    assert trace.exists(), "the test itself works"


def test_it_asks_for_as_many_arguments_as_run_does(gilkit, probe):
    for found in gilkit.json("inspect", probe)["functions"]:
        asked = sum(parameter["asked"] for parameter in found["parameters"])
        said = gilkit.refusal(1, "run", probe, found["name"], *["null"] * 9)
        assert f"{found['name']}(): takes {asked} argument" in said


def test_functions_of_several_files_are_one_module(gilkit, installation, tmp_path):
    for number in range(3):
        start = "GIL_MODULE(parts);" if number == 1 else ""
        (tmp_path / f"part{number}.c").write_text(
            f"#include <gilkit/module.h>\n{start}\nGIL_FUNCTION(int, part{number}, (int x)) {{ return x + {number}; }}")
    path = installation.compile(tmp_path / "parts.so", *sorted(tmp_path.glob("part*.c")))
    assert [f["name"] for f in gilkit.json("inspect", path)["functions"]] == ["part0", "part1", "part2"]
    assert [gilkit.text("run", path, f"part{number}", "10") for number in range(3)] == ["10", "11", "12"]


def test_a_module_without_functions_is_one(gilkit, module):
    path = module("empty", "GIL_MODULE(empty);")
    assert gilkit.json("inspect", path)["functions"] == []
    assert "0 functions" in gilkit.text("inspect", path)
    assert "twice" in gilkit.refusal(3, "run", path, "twice", "4")


@pytest.mark.parametrize("flags", [
    ("-Wl,-z,pack-relative-relocs",), ("-Wl,-z,norelro",), ("-Wl,-z,noseparate-code",), ("-Wl,--build-id=none",),
    ("-O0", "-g3"), ("-flto",), ("-fvisibility=hidden",), ("-s",), ("-Wl,--gc-sections", "-ffunction-sections"),
    ("-Wl,-z,max-page-size=65536",), ("-Wl,--hash-style=sysv",)], ids=" ".join)
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_however_it_was_linked_it_is_described_and_runs(gilkit, module, compiler, flags):
    if not shutil.which(compiler) or compiler == "clang" and flags == ("-flto",) and not shutil.which("ld.lld"):
        pytest.skip(f"no {compiler} for it")
    path = module("vector", """
        GIL_MODULE(vector, .doc = "One function.");
        GIL_FUNCTION(double, twice, (double x), .doc = "x + x") { return 2 * x; }""", flags=flags, compiler=compiler)
    answer = gilkit.json("inspect", path)
    assert (answer["doc"], [f["doc"] for f in answer["functions"]]) == ("One function.", ["x + x"])
    assert gilkit.text("run", path, "twice", "4") == "8.0"


def test_a_prototype_that_cannot_be_called_is_described_with_its_fault(gilkit, module):
    path = module("vector", "GIL_MODULE(vector);\nGIL_FUNCTION(int, f, (int *x)) { return *x; }")
    [fault] = [f["error"] for f in gilkit.json("inspect", path, code=3)["functions"]]
    assert fault["column"] > 0 and "GIL_OUT" in fault["message"]
    assert f"in the prototype of f, column {fault['column']}" in gilkit("inspect", path, code=3).err


def test_a_file_of_another_name_is_noted(gilkit, module):
    path = module("vector", "GIL_MODULE(matrix);")
    assert "only a file matrix.so is found by that name" in gilkit("inspect", path, code=0).err


@pytest.mark.parametrize("args, said", [((), "MODULE is missing"), (("a", "b"), "b is a second")])
def test_one_module_at_a_time(gilkit, args, said):
    assert said in gilkit.refusal(2, "inspect", *args)


def test_a_file_that_is_no_module_is_refused(gilkit, tmp_path):
    (tmp_path / "notes.txt").write_text("no module")
    assert "no shared library" in gilkit.refusal(3, "inspect", tmp_path / "notes.txt")
    gilkit.refusal(3, "inspect", tmp_path / "notes.txt", "--json")


# ---- Types and constants

COUNTER = """
GIL_MODULE(count, .doc = "Counters.");
typedef struct counter { int64_t n; } counter;
GIL_RESOURCE(counter, .doc = "It counts.");
typedef struct other { int x; } other;
GIL_RESOURCE(other);
GIL_SLOT(counter, void, init, (counter *self, int64_t start), .doc = "From start on.") { self->n = start; }
GIL_METHOD(counter, int64_t, add, (gil_env *env, counter *self, int64_t by), .doc = "Count on.")
{ (void)env; return self->n += by; }
GIL_METHOD(counter, void, join, (counter *self, const counter *with)) { self->n += with->n; }
GIL_GETTER(counter, int64_t, n, (const counter *self), .doc = "So far.") { return self->n; }
GIL_SETTER(counter, n, (counter *self, int64_t value)) { self->n = value; }
GIL_GETTER(counter, bool, odd, (const counter *self)) { return self->n % 2; }
GIL_SLOT(counter, int64_t, length, (const counter *self), .gil = GIL_HOLD) { return self->n; }
GIL_FUNCTION(int64_t, both, (const counter *a, const counter *b), .doc = "The sum.") { return a->n + b->n; }
GIL_CONSTANT(LIMIT, 4096, .doc = "No more.");
GIL_CONSTANT(HUGE_ONE, 18446744073709551615u);
GIL_CONSTANT(HALF, 0.5);
GIL_CONSTANT(NAME, "count");
GIL_CONSTANT(LOUD, (bool)1);
"""


def test_types_and_constants_are_described_for_people(gilkit, module):
    said = gilkit.text("inspect", module("count", COUNTER))
    assert ", 1 function, 2 types, 5 constants\n" in said
    assert "both(a, b) -> int64\n    int64_t both(const counter *a, const counter *b)\n" in said
    assert "\ntype counter\n    It counts.\n\ncounter(start) -> counter\n" in said
    assert "counter.add(by) -> int64\n    int64_t add(gil_env *env, counter *self, int64_t by)\n    GIL: held\n" in said
    assert "counter.join(with) -> none\n" in said
    assert "counter.n -> int64\n" in said and "counter.n = ...\n" in said and "counter.odd -> bool\n" in said
    assert "slot counter.length() -> int64\n" in said
    assert "type other\n    It has no init: functions make its objects.\n" in said
    assert said.endswith('constant NAME\n    "count"') and "constant LIMIT\n    4096\n    No more.\n" in said
    assert "constant HUGE_ONE\n    18446744073709551615" in said
    assert "constant HALF\n    0.5" in said and "constant LOUD\n    true" in said


def test_json_has_types_with_what_belongs_to_them(gilkit, module):
    answer = gilkit.json("inspect", module("count", COUNTER))
    assert [f["name"] for f in answer["functions"]] == ["both"]
    assert [p["type"] for p in answer["functions"][0]["parameters"]] == ["counter", "counter"]
    [counter, other] = answer["types"]
    assert (counter["name"], counter["doc"]) == ("counter", "It counts.")
    assert [p["name"] for p in counter["init"]["parameters"]] == ["start"]
    assert [m["name"] for m in counter["methods"]] == ["add", "join"]
    assert counter["methods"][1]["parameters"] == [
        {"name": "with", "type": "counter", "direction": "in", "dims": [], "asked": True}]
    assert [m["gil"] for m in counter["methods"]] == ["hold", "auto"]
    assert [(p["name"], p["getter"] is None, p["setter"] is None) for p in counter["properties"]] == [
        ("n", False, False), ("odd", False, True)]
    assert [s["name"] for s in counter["slots"]] == ["length"]
    assert other == {"name": "other", "doc": None, "init": None, "methods": [], "properties": [], "slots": []}


def test_json_has_constants_with_their_values(gilkit, module):
    constants = gilkit.json("inspect", module("count", COUNTER))["constants"]
    assert {c["name"]: c["value"] for c in constants} == {
        "LIMIT": 4096, "HUGE_ONE": "18446744073709551615", "HALF": 0.5, "NAME": "count", "LOUD": True}
    assert [c["doc"] for c in constants if c["doc"]] == ["No more."]


@pytest.mark.parametrize("code, said", [
    ("GIL_METHOD(t, int, f, (int x)) { return x; }", "f: the first parameter must be t *self or const t *self"),
    ("GIL_SLOT(t, void, init, (const t *self)) { (void)self; }", "init changes its struct: write t *self"),
    ("GIL_SLOT(t, double, length, (const t *self)) { return self->x; }",
     "length of t takes its struct, no more and returns an integer"),
    ("GIL_METHOD(u, int, f, (const t *self)) { return self->x; }", "resource type"),
    ("GIL_FUNCTION(int, f, (gil_env *env), .gil = GIL_RELEASE) { (void)env; return 1; }",
     "it takes a gil_env, so it runs with the GIL"),
])
def test_inspect_and_run_refuse_the_same_functions_for_the_same_reason(gilkit, module, code, said):
    path = module("wrong", f"""
        GIL_MODULE(wrong);
        typedef struct t {{ int x; }} t;
        GIL_RESOURCE(t);
        {code}""")
    refusal = gilkit("inspect", path, code=3).err
    assert said in refusal
    assert gilkit.refusal(3, "run", path, "f") == refusal.rstrip("\n")
    found = gilkit.json("inspect", path, code=3)
    everything = found["functions"] + [f for t in found["types"] for f in [t["init"], *t["methods"], *t["slots"]] if f]
    assert all(f["error"]["column"] is None and f["error"]["message"] for f in everything)
