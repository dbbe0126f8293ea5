# SPDX-License-Identifier: MIT
"""Functions of modules, types and libraries are callables as Python's own are."""
import copy
import functools
import gc
import inspect
import os
import pickle
import pydoc
import shutil
import sys
import threading
import traceback
import weakref

import gilkit
import pk_calls
import pk_kernels
import pk_shelves
import pytest

add = pk_kernels.add


@pytest.fixture
def cos():
    return gilkit.library("libm.so.6").bind("double cos(double x)")


# ---- Called


@pytest.mark.parametrize("call", [
    lambda: add(1.0, 2.0), lambda: add(1.0, b=2.0), lambda: add(a=1.0, b=2.0), lambda: add(b=2.0, a=1.0),
    lambda: add(*[1.0], **{"b": 2.0}), lambda: add(*(1.0, 2.0), **{}), lambda: pk_kernels.add_held(b=2.0, a=1.0),
    lambda: functools.partial(add, 1.0)(2.0), lambda: functools.partial(add, b=2.0)(1.0),
    lambda: list(map(add, [1.0], [2.0]))[0], lambda: functools.reduce(add, [1.0, 2.0]),
])
def test_a_function_takes_its_arguments_by_position_and_by_name(call):
    assert call() == 3.0


@pytest.mark.parametrize("call, message", [
    (lambda: add(), r"add\(\): takes 2 arguments \(a and b\), got 0"),
    (lambda: add(1), r"add\(\): takes 2 arguments \(a and b\), got 1"),
    (lambda: add(1, 2, 3), r"add\(\): takes 2 arguments \(a and b\), got 3"),
    (lambda: add(1, 2, b=3), r"add\(\): argument b is given twice"),
    (lambda: add(1, b=3, c=4), r"add\(\): no argument is named c; it takes a and b"),
    (lambda: add(b=3), r"add\(\): argument a is missing"),
    (lambda: add(1, c=3), r"add\(\): no argument is named c; it takes a and b"),
    (lambda: add(1, 2, 3, c=4), r"add\(\): takes 2 arguments \(a and b\), got 4"),
    (lambda: pk_kernels.dot([1], [2], n=1), r"dot\(\): argument n follows from the arrays; leave it out"),
    (lambda: pk_kernels.scale([1], 2, y=1), r"scale\(\): y is a result; leave it out"),
    (lambda: pk_calls.count(1), r"count\(\): takes 0 arguments, got 1"),
    (lambda: pk_calls.count(x=1), r"count\(\): no argument is named x; it takes none"),
    (lambda: pk_calls.count(env=1), r"count\(\): no argument is named env"),
    (lambda: add(None, 1), r"add\(\): argument a is NoneType, wanted a float"),
    (lambda: add(1, b="2"), r"add\(\): argument b is str, wanted a float"),
])
def test_a_wrong_call_says_what_is_wanted(call, message):
    with pytest.raises(TypeError, match=message) as caught:
        call()
    assert caught.value.__context__ is None and caught.value.__cause__ is None


def test_a_keyword_that_goes_on_behind_a_nul_is_not_cut():
    with pytest.raises(TypeError, match="no argument is named"):
        add(1, **{"b\0c": 2})


def test_a_keyword_that_is_no_utf8_is_no_argument():
    with pytest.raises((TypeError, UnicodeError)):
        add(1, **{"\udc80": 2})


def test_more_keywords_than_fit_on_the_stack_are_counted_all_the_same():
    many = {f"k{i}": i for i in range(100)}
    with pytest.raises(TypeError, match="no argument is named k0"):
        add(1, 2, **many)
    with pytest.raises(TypeError):
        add(**many)


def test_names_that_are_keywords_are_given_through_a_dict_or_by_position():
    assert pk_kernels.__dict__["lambda"](1, 2) is None
    assert pk_kernels.__dict__["lambda"](**{"from": 1, "x": 2}) is None
    assert str(inspect.signature(pk_kernels.__dict__["lambda"])) == "(from_, /, x)"
    with pytest.raises(TypeError, match="argument from is str"):
        pk_kernels.__dict__["lambda"]("a", 2)


def test_a_function_calls_python_which_calls_it_again():
    def down(n):
        return n if n == 0 else pk_calls.call(down, n - 1)

    assert pk_calls.call(down, 50) == 0


def test_endless_calls_end_with_a_recursion_error():
    def down(n):
        return pk_calls.call(down, n)

    with pytest.raises(RecursionError):
        pk_calls.call(down, 1)
    assert pk_calls.call(abs, -1) == 1


def test_what_python_raises_passes_through_as_it_is():
    class Own(Exception):
        pass

    def fail(_):
        raise Own("mine")

    with pytest.raises(Own, match="mine") as caught:
        pk_calls.call(fail, 1)
    assert [frame.name for frame in traceback.extract_tb(caught.tb)][-1] == "fail"


def test_a_kernel_that_fails_raises_what_it_says():
    with pytest.raises(ValueError, match="code 7") as caught:
        pk_kernels.fail(7)
    assert traceback.extract_tb(caught.tb)[-1].name == "test_a_kernel_that_fails_raises_what_it_says"


def test_many_threads_call_at_once():
    def work():
        for i in range(2000):
            if add(i, 1.0) != i + 1 or add(a=i, b=1) != i + 1:
                wrong.append(i)

    wrong = []
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# ---- What it says of itself


def test_it_has_what_a_function_of_python_has(cos):
    assert (add.__name__, add.__qualname__, add.__module__) == ("add", "add", "pk_kernels")
    assert add.__doc__ == "The sum of a and b."
    assert add.__text_signature__ == "(a, b)"
    assert add.prototype == "double add(double a, double b)"
    assert repr(add) == "<gilkit function add>"
    assert pk_kernels.add_held.__doc__ is None
    assert (cos.__name__, cos.__qualname__, cos.__module__, cos.__doc__) == ("cos", "cos", None, None)
    assert cos.prototype == "double cos(double x)"
    method = pk_shelves.shelf.add
    assert (method.__name__, method.__qualname__, method.__module__) == ("add", "shelf.add", "pk_shelves")
    assert method.__doc__ == "Put one more on it." and method.__text_signature__ == "($self, /, item)"


@pytest.mark.parametrize("function, gil", [(pk_kernels.add, "auto"), (pk_kernels.add_held, "hold"),
                                           (pk_calls.count, "hold")])
def test_it_says_what_it_does_with_the_gil(function, gil):
    assert function.gil == gil


def test_inspect_knows_what_it_asks():
    assert str(inspect.signature(add)) == "(a, b)"
    assert str(inspect.signature(pk_kernels.dot)) == "(x, y)"
    assert str(inspect.signature(pk_kernels.scale)) == "(x, factor)"
    assert str(inspect.signature(pk_calls.count)) == "()"
    assert str(inspect.signature(pk_shelves.shelf.add)) == "(self, /, item)"
    assert str(inspect.signature(pk_shelves.shelf([1]).add)) == "(item)"
    assert inspect.signature(add).bind(1, b=2).arguments == {"a": 1, "b": 2}
    assert callable(add) and inspect.isroutine(pk_shelves.shelf([1]).add)


def test_help_shows_the_signature_and_the_sentence():
    text = pydoc.render_doc(add, renderer=pydoc.plaintext)
    assert "add(a, b)" in text and "The sum of a and b." in text
    text = pydoc.render_doc(pk_shelves, renderer=pydoc.plaintext)
    assert "Shelves of the tests." in text and "Put one more on it." in text and "alive()" in text
    assert "A shelf of numbers." in pydoc.render_doc(pk_shelves.shelf, renderer=pydoc.plaintext)


def test_it_can_be_told_apart_and_kept_in_sets(cos):
    assert len({add, pk_kernels.add, pk_kernels.add_held, cos}) == 3
    assert add == pk_kernels.add and add != pk_kernels.add_held and hash(add) == hash(pk_kernels.add)


def test_it_cannot_be_changed(cos):
    for function in (add, cos, pk_shelves.shelf.add):
        for name in ("x", "__name__", "__doc__", "prototype", "gil"):
            with pytest.raises(AttributeError):
                setattr(function, name, 1)
    if sys.version_info >= (3, 10):
        with pytest.raises(TypeError):
            type(add).add = 1


def test_its_class_makes_none():
    for function in (add, pk_shelves.shelf.add):
        with pytest.raises(TypeError, match="cannot create"):
            type(function)()
        with pytest.raises(TypeError):
            type("Own", (type(function),), {})
        with pytest.raises(TypeError):
            object.__new__(type(function))


def test_weak_references_to_it_work(cos):
    seen = []
    reference = weakref.ref(cos, seen.append)
    assert reference() is cos
    assert weakref.ref(add)() is add
    other = gilkit.library("libm.so.6").bind("double sin(double x)")
    reference = weakref.ref(other, seen.append)
    del other
    gc.collect()
    assert reference() is None and len(seen) == 1


# ---- In classes


def test_a_function_in_a_class_does_not_bind():
    class Own:
        plus = add

    assert Own.plus is add and Own().plus is add and Own().plus(1, 2) == 3


def test_a_method_binds_its_object():
    shelf = pk_shelves.shelf([1, 2])
    assert shelf.add(3) == 3 and pk_shelves.shelf.add(shelf, 4) == 4 and pk_shelves.shelf.add(shelf, item=5) == 5
    bound = shelf.add
    assert bound.__self__ is shelf and bound.__func__ is pk_shelves.shelf.add and bound.__name__ == "add"
    with pytest.raises(TypeError, match=r"add\(\): takes 1 argument \(item\), got 2"):
        shelf.add(1, 2)
    with pytest.raises(TypeError, match="add.. is a method: call it on an object of its type"):
        pk_shelves.shelf.add()
    with pytest.raises(TypeError, match=r"shelf.add\(\): argument self is int, wanted shelf"):
        pk_shelves.shelf.add(1, 2)
    with pytest.raises(TypeError):
        pk_shelves.shelf.add(None, 2)


# ---- Pickled and copied


PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_it_is_pickled_by_module_and_name(protocol):
    assert pickle.loads(pickle.dumps(add, protocol)) is add
    assert pickle.loads(pickle.dumps(pk_calls.count, protocol)) is pk_calls.count


@pytest.mark.parametrize("protocol", [p for p in PROTOCOLS if p >= 4])
def test_a_method_is_pickled_by_its_type(protocol):
    assert pickle.loads(pickle.dumps(pk_shelves.shelf.add, protocol)) is pk_shelves.shelf.add


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_function_of_a_library_is_bound_again(cos, protocol):
    again = pickle.loads(pickle.dumps(cos, protocol))
    assert again(0.0) == 1.0 and again.prototype == cos.prototype and again.gil == "release"
    held = gilkit.library("libm.so.6").bind("double cos(double x)", gil="hold")
    assert pickle.loads(pickle.dumps(held, protocol)).gil == "hold"


def test_what_another_process_cannot_find_is_not_pickled(tmp_path):
    old = sys.modules.pop("pk_kernels")
    try:
        with pytest.raises(pickle.PicklingError, match="sys.modules has no module pk_kernels"):
            pickle.dumps(old.add)
        sys.modules["pk_kernels"] = pk_calls
        with pytest.raises(pickle.PicklingError, match="cannot be pickled"):
            pickle.dumps(old.add)
    finally:
        sys.modules["pk_kernels"] = old


def test_objects_of_modules_and_arrays_say_that_they_are_not_pickled():
    shelf = pk_shelves.shelf([1])
    for it in (shelf, shelf.add, gilkit.library("libm.so.6")):
        with pytest.raises(TypeError, match="cannot pickle"):
            pickle.dumps(it)
    with pytest.raises(TypeError):
        copy.copy(shelf)


def test_a_copy_of_it_is_itself(cos):
    for function in (add, cos, pk_shelves.shelf.add):
        assert copy.copy(function) is function and copy.deepcopy(function) is function
        assert copy.deepcopy([function])[0] is function


PROCESSES = """
import multiprocessing, gilkit, pk_kernels
if __name__ == "__main__":
    loaded = gilkit.load({path!r})
    cos = gilkit.library("libm.so.6").bind("double cos(double x)")
    with multiprocessing.get_context({how!r}).Pool(1) as pool:
        print(pool.starmap(pk_kernels.add, [(1, 2)]), pool.map(cos, [0.0]), pool.starmap(loaded.count_bytes, [(b"ab",)]))
"""


@pytest.mark.parametrize("how", ["spawn", "forkserver"])
def test_other_processes_get_functions_of_modules_libraries_and_loaded_files(script, tmp_path, how):
    path = tmp_path / "elsewhere" / "pk_loaded.so"
    path.parent.mkdir()
    shutil.copy(pk_kernels.__file__, path)
    # It is not on sys.path, so what is loaded is not what is imported.
    assert script(PROCESSES.format(path=str(path), how=how)) == "[3.0] [1.0] [195]\n"


# ---- What it keeps


def test_a_call_keeps_nothing_of_its_arguments():
    class Number(float):
        pass

    numbers = [Number(1.5), Number(2.5)]
    buffer = bytearray(80)
    text = "".join(["gr", "\u00fc", "n"])
    things = (*numbers, buffer, text)
    before = [sys.getrefcount(thing) for thing in things]
    for _ in range(1000):
        add(*numbers)
        add(a=numbers[0], b=numbers[1])
        pk_kernels.first_uint8(buffer)
        pk_kernels.length_of(text)
        pk_calls.pair(buffer, text)
        for wrong in ((buffer, 1), (1, text)):
            with pytest.raises(TypeError):
                add(*wrong)
    del wrong
    assert [sys.getrefcount(thing) for thing in things] == before


def test_no_object_is_left_by_many_calls():
    def work():
        for i in range(200):
            add(i, 2)
            pk_kernels.scale([1.0, 2.0], i)
            pk_calls.pair(i, str(i))
            gilkit.library("libm.so.6").bind("double cos(double x)")(1.0)
            pk_shelves.shelf([1, 2]).add(3)
            with pytest.raises(TypeError):
                add(i)

    work()
    gc.collect()
    before = len(gc.get_objects())
    blocks = sys.getallocatedblocks()
    work()
    gc.collect()
    assert len(gc.get_objects()) - before < 50
    if not hasattr(sys, "_is_gil_enabled"):
        assert sys.getallocatedblocks() - blocks < 200


COLLECTED = """
import gc, importlib, sys, weakref
import pk_kernels, pk_shelves, pk_calls
names = ("pk_kernels", "pk_shelves", "pk_calls")
shelf = pk_shelves.shelf([1])
seen = [weakref.ref(it) for it in (pk_kernels, pk_calls, pk_kernels.add, pk_shelves, pk_shelves.shelf, pk_shelves.shelf.add)]
for name in names:
    del sys.modules[name], globals()[name]
gc.collect()
print([reference() is None for reference in seen], shelf.sum())  # an object keeps its module
del shelf
gc.collect()
gc.collect()
print([reference() is None for reference in seen])
"""


def test_a_module_that_nobody_has_is_collected(script):
    answer = script(COLLECTED).splitlines()
    assert answer == [str([True] * 3 + [False] * 3) + " 1", str([True] * 6)]


def test_a_function_keeps_its_module_running():
    import importlib
    old = sys.modules.pop("pk_calls")
    try:
        count = importlib.import_module("pk_calls").count
        del sys.modules["pk_calls"]
        gc.collect()
        assert count() == 101 and count() == 102
    finally:
        sys.modules["pk_calls"] = old
