# SPDX-License-Identifier: MIT
"""Dicts, resources and types on the command line: in as arguments, out as results."""
import pytest

BOX = """
static int add_error(gil_env *env, void *state)
{
    (void)state;
    gil_obj type = gil_exception_type_new(env, "box.Error", GIL_NULL, NULL);
    return gil_attr_set(env, gil_module_self(env), "Error", type) ? 0 : -1;
}
GIL_MODULE(box, .doc = "Objects of every kind.", .init = add_error);

typedef struct cell { double x[2]; } cell;
GIL_RESOURCE(cell, .doc = "Two numbers.");
GIL_SLOT(cell, void, init, (cell *self, double a, const double b[1])) { self->x[0] = a; self->x[1] = b[0]; }
GIL_SLOT(cell, gil_obj, repr, (gil_env *env, const cell *self))
{
    return gil_str_format(env, "cell(%g, %g)", self->x[0], self->x[1]);
}

typedef struct sealed { int x; } sealed;
GIL_RESOURCE(sealed);

GIL_FUNCTION(gil_obj, same, (gil_env *env, gil_obj x)) { (void)env; return x; }
GIL_FUNCTION(gil_obj, pairs, (gil_env *env, gil_obj items))
{
    gil_obj dict = gil_dict_new(env), item, all = gil_iter(env, items);
    while (gil_iter_next(env, all, &item) && !gil_is_null(item)) {
        gil_obj key = gil_sequence_item(env, item, 0);
        if (gil_type_of(env, key) == GIL_OBJ_LIST)
            key = gil_tuple_from(env, key);
        gil_item_set(env, dict, key, gil_sequence_item(env, item, 1));
    }
    return dict;
}
GIL_FUNCTION(gil_obj, itself, (gil_env *env))
{
    gil_obj dict = gil_dict_new(env);
    gil_dict_set_text(env, dict, "me", dict);
    return dict;
}
GIL_FUNCTION(gil_obj, type_of, (gil_env *env, gil_obj x))
{
    return gil_str_format(env, "%s", gil_type_name(env, x));
}
GIL_FUNCTION(gil_obj, get, (gil_env *env, const char *name)) { return gil_attr_get(env, gil_module_self(env), name); }
GIL_FUNCTION(gil_obj, seal, (gil_env *env)) { sealed *self; return GIL_RESOURCE_NEW(env, sealed, &self); }
GIL_FUNCTION(double, first, (const cell *c)) { return c->x[0]; }
"""


@pytest.fixture
def box(module):
    return module("box", BOX)


# ---- Dicts


@pytest.mark.parametrize("word", ['{}', '{"a": 1}', '{"b": [1, {"c": null}], "a": {"d": true}}', '{"": "\u00fc"}'])
def test_an_object_comes_in_as_a_dict_and_back_as_it_was(gilkit, box, word):
    assert gilkit.text("run", box, "same", word) == word
    assert gilkit.text("run", box, "type_of", word) == '"dict"'


def test_a_dict_is_an_object_in_json_in_the_order_of_its_keys(gilkit, box):
    assert list(gilkit.result(box, "same", '{"b": 1, "a": {"c": [2]}}').items()) == [("b", 1), ("a", {"c": [2]})]


def test_a_dict_whose_keys_are_no_text_is_a_list_of_pairs_in_json(gilkit, box):
    assert gilkit.result(box, "pairs", '[[1, "a"], ["1", "b"]]') == [[1, "a"], ["1", "b"]]
    assert gilkit.result(box, "pairs", "[[[1, 2], 3]]") == [[[1, 2], 3]]
    assert gilkit.text("run", box, "pairs", '[[1, "a"], [null, 2.5], [[1, 2], true]]') == (
        '{1: "a", null: 2.5, (1, 2): true}')


def test_a_key_with_a_nul_stays_whole(gilkit, box):
    assert gilkit.result(box, "pairs", '[["a\\u0000b", 1]]') == {"a\0b": 1}


def test_a_long_dict_is_shortened_for_people_and_whole_in_json(gilkit, box):
    word = "{%s}" % ", ".join(f'"k{i}": {i}' for i in range(100))
    assert gilkit.text("run", box, "same", word) == (
        '{"k0": 0, "k1": 1, "k2": 2, ... 94 more, "k97": 97, "k98": 98, "k99": 99}')
    assert gilkit.result(box, "same", word) == {f"k{i}": i for i in range(100)}


def test_a_dict_that_holds_itself_has_an_end(gilkit, box):
    env = {"ASAN_OPTIONS": "detect_leaks=0"}  # nobody lets go of a circle
    assert "..." in gilkit.text("run", box, "itself", env=env)
    assert "nested more than 1000 deep" in gilkit.refusal(1, "run", box, "itself", "--json", env=env)


def test_real_and_imag_are_a_complex_number_for_an_object_too(gilkit, box):
    assert gilkit.text("run", box, "type_of", '{"real": 1, "imag": 2}') == '"complex"'
    assert gilkit.text("run", box, "type_of", '{"real": 1, "imag": "2"}') == '"dict"'
    assert gilkit.text("run", box, "type_of", '{"real": 1}') == '"dict"'


def test_an_object_for_what_is_no_object_is_refused(gilkit, box):
    said = gilkit.refusal(1, "run", box, "cell", '{"a": 1}', "[1]")
    assert "only read as a complex number" in said and "dict where a gil_obj is asked for" in said


# ---- What JSON has no form for


@pytest.mark.parametrize("name", ["same", "cell", "Error"])
def test_functions_and_types_show_their_repr(gilkit, box, name):
    said = gilkit.text("run", box, "get", f'"{name}"')
    assert said.startswith("<") and name in said
    assert gilkit.result(box, "get", f'"{name}"') == said


def test_a_resource_without_a_repr_of_its_own_says_what_it_is(gilkit, box):
    assert "sealed" in gilkit.text("run", box, "seal")


def test_a_type_makes_an_object(gilkit, box):
    assert gilkit.text("run", box, "cell", "1", "[2.5]") == "cell(1, 2.5)"
    assert gilkit.text("run", box, "cell", "b=[2.5]", "a=1") == "cell(1, 2.5)"
    assert gilkit.result(box, "cell", "1", "[2.5]") == "cell(1, 2.5)"
    assert gilkit.json("run", box, "cell", "1", "[2]", "--threads=2")["threads"][1]["result"] == "cell(1, 2)"


def test_the_arguments_of_a_type_are_checked(gilkit, box):
    assert "takes 2 arguments (a and b), got 0" in gilkit.refusal(1, "run", box, "cell")
    assert "argument b" in gilkit.refusal(1, "run", box, "cell", "1", '["x"]')


def test_a_type_takes_no_policy(gilkit, box):
    assert "--gil: cell is a type" in gilkit.refusal(3, "run", box, "cell", "1", "[2]", "--gil=hold")


@pytest.mark.parametrize("name", ["sealed", "Error", "__doc__"])
def test_what_cannot_be_called_from_here_is_refused(gilkit, box, name):
    said = gilkit.refusal(3, "run", box, name)
    assert f"{name} of {box} is a " in said and "no function and no type with an init; `gilkit inspect" in said


def test_a_struct_cannot_be_given_from_here(gilkit, box):
    said = gilkit.refusal(1, "run", box, "first", "1")
    assert "argument c" in said and "cell" in said
