# SPDX-License-Identifier: MIT
"""Resource types as classes: slots, properties, their end, their memory, their threads."""
import gc
import inspect
import operator
import sys
import threading
import time
import weakref

import gilkit
import pk_kernels
import pk_shelves
import pytest

shelf = pk_shelves.shelf


@pytest.fixture(autouse=True)
def nothing_is_left():
    gc.collect()
    before = pk_shelves.alive()
    yield
    gc.collect()
    assert pk_shelves.alive() == before


# ---- The class


def test_it_is_a_class_of_its_module():
    assert (shelf.__name__, shelf.__qualname__, shelf.__module__) == ("shelf", "shelf", "pk_shelves")
    assert shelf.__doc__ == "A shelf of numbers." and isinstance(shelf, type) and issubclass(shelf, gilkit.Resource)
    it = shelf([1])
    assert type(it) is shelf and isinstance(it, gilkit.Resource) and not isinstance(1, gilkit.Resource)
    assert repr(it) == "<shelf>" and str(it) == "shelf of 1"
    assert shelf.first.__doc__ == "The first item." and shelf.sum.__doc__ == "Without the GIL."


def test_it_is_not_derived_from():
    for base in (shelf, type(pk_shelves.up_to(1))):
        with pytest.raises(TypeError, match="not an acceptable base type"):
            type("Own", (base,), {})


def test_objects_have_no_attributes_but_the_types():
    it = shelf([1])
    with pytest.raises(AttributeError):
        it.other = 1
    with pytest.raises(AttributeError):
        it.other
    assert not hasattr(it, "__dict__")


def test_a_type_without_an_init_makes_no_objects():
    with pytest.raises(TypeError, match="walk cannot be called; functions of its module make its objects"):
        type(pk_shelves.up_to(1))()


def test_what_is_no_object_of_the_type_is_refused():
    for value in (1, None, pk_shelves.up_to(1), shelf, object()):
        with pytest.raises(TypeError, match=r"sum_of_two\(\): argument a is .*, wanted shelf"):
            pk_shelves.sum_of_two(value, shelf([1]))
    one = shelf([1])
    assert pk_shelves.sum_of_two(one, one) == pk_shelves.sum_of_two(b=one, a=one) == 2
    assert pk_shelves.sum_of_two(one, shelf([2])) == 3


# ---- Made


def test_init_takes_what_its_prototype_says():
    assert shelf([1, 2]).sum() == shelf(items=(1, 2)).sum() == shelf(pk_kernels.copy_int64([1, 2])).sum() == 3
    assert shelf([]).count == 0
    for call, message in ((lambda: shelf(), "takes 1 argument .items., got 0"), (lambda: shelf([1], [2]), "got 2"),
                          (lambda: shelf([1], items=[1]), "given twice"), (lambda: shelf(other=1), "named other"),
                          (lambda: shelf(["1"]), r"argument items\[0\] is str"), (lambda: shelf(1), "argument items is int")):
        with pytest.raises(TypeError, match=message):
            call()


def test_an_init_that_fails_leaves_nothing():
    before = pk_shelves.alive()
    for _ in range(100):
        with pytest.raises(ValueError, match="a shelf has room for 64, not 65"):
            shelf([0] * 65)
        with pytest.raises(TypeError):
            shelf("no")
    gc.collect()
    assert pk_shelves.alive() == before


def test_an_object_that_was_never_made_is_no_shelf():
    with pytest.raises(TypeError):
        object.__new__(shelf)
    with pytest.raises(TypeError):
        shelf.__new__(int)


# ---- Slots


def test_items_length_and_membership():
    it = shelf([1, 2, 3])
    assert len(it) == it.count == 3 and [it[0], it[2], it[-1], it[-3]] == [1, 3, 3, 1]
    for key in (3, -4, 10**10):
        with pytest.raises(IndexError, match="no item there"):
            it[key]
    for key in ("a", None, slice(None), 1.0):
        with pytest.raises(TypeError, match=r"get_item\(\): argument index is"):
            it[key]
    with pytest.raises(OverflowError, match="argument index"):
        it[2**63]
    it[1] = 9
    assert list(it) == [1, 9, 3] and 9 in it and 2 not in it
    with pytest.raises(TypeError, match="argument item is str"):
        "a" in it
    with pytest.raises(TypeError, match="argument value is float"):
        it[0] = 1.5
    with pytest.raises(IndexError):
        it[3] = 1
    del it[0]
    assert list(it) == [9, 3]
    with pytest.raises(IndexError):
        del it[5]
    assert operator.length_hint(it) == 2 and bool(it) and not shelf([])


def test_it_is_gone_through_by_length_and_index():
    it = shelf([1, 2, 3])
    assert [*it] == [1, 2, 3]
    assert list(reversed(it)) == [3, 2, 1] and sum(it) == 6 and sorted(it) == [1, 2, 3]
    assert list(zip(it, it)) == [(1, 1), (2, 2), (3, 3)]
    steps = iter(it)
    assert next(steps) == 1
    it.add(4)
    assert list(steps) == [2, 3, 4]


def test_it_is_gone_through_by_next():
    walk = pk_shelves.up_to(3)
    assert iter(walk) is walk and next(walk) == 0 and list(walk) == [1, 2] and list(walk) == []
    assert next(walk, "end") == "end" and [*pk_shelves.up_to(4)] == [0, 1, 2, 3]
    with pytest.raises(StopIteration):
        next(walk)


def test_comparison_follows_from_equal_and_less():
    a, b, c = shelf([1, 2]), shelf([1, 2]), shelf([1, 2, 3])
    assert a == b and not a != b and a != c and not a == c and a == a
    assert a < c and c > a and a <= b and a >= b and c >= a and not c < a
    assert (a == 1, a != 1, a == None) == (False, True, False)  # noqa: E711
    for other in (1, None, [1, 2]):
        with pytest.raises(TypeError, match="not supported"):
            a < other
    assert sorted([c, a]) == [a, c] and max([a, c]) is c


def test_a_hash_is_the_types():
    a, b = shelf([1, 2]), shelf([1, 2])
    assert hash(a) == hash(b) == 2 and {a: 1}[b] == 1 and len({a, b}) == 1


def test_an_object_is_called():
    it = shelf([1, 2])
    assert it(1.5) == it(factor=1.5) == 3.0 and callable(it)
    with pytest.raises(TypeError, match=r"takes 1 argument \(factor\), got 0"):
        it()
    with pytest.raises(TypeError, match="argument factor is str"):
        it("a")


def test_properties_are_read_and_set():
    it = shelf([1, 2])
    assert it.first == 1 and it.count == 2
    it.first = 7
    assert it.first == it[0] == 7
    for value, error in (("a", TypeError), (1.5, TypeError), (2**63, OverflowError)):
        with pytest.raises(error, match=r"argument value is"):
            it.first = value
    with pytest.raises(AttributeError):
        it.count = 1
    with pytest.raises(AttributeError, match="a property of a shelf cannot be deleted"):
        del it.first
    assert inspect.isdatadescriptor(shelf.first) and it.first == 7


# ---- The end


def test_the_finaliser_runs_once():
    before = pk_shelves.alive()
    it = shelf([1])
    assert pk_shelves.alive() == before + 1
    it.close()
    assert pk_shelves.alive() == before
    it.close()
    assert pk_shelves.alive() == before
    del it
    gc.collect()
    assert pk_shelves.alive() == before


def test_with_closes_it_whatever_happens():
    before = pk_shelves.alive()
    with shelf([1]) as it:
        assert it.sum() == 1
    assert pk_shelves.alive() == before
    with pytest.raises(KeyError, match="mine"):
        with shelf([1]) as it:
            raise KeyError("mine")
    assert pk_shelves.alive() == before


def test_what_is_closed_is_not_used():
    it = shelf([1, 2])
    it.close()
    assert repr(it) == "<closed shelf>"
    for use in (lambda: it.sum(), lambda: it.add(1), lambda: it.first, lambda: it[0], lambda: len(it), lambda: list(it),
                lambda: 1 in it, lambda: it(1.0), lambda: it == shelf([1]), lambda: it < shelf([1]), lambda: hash(it),
                lambda: shelf([1]) == it, lambda: str(it), lambda: memoryview(it), lambda: pk_kernels.first_int64(it),
                lambda: pk_shelves.sum_of_two(it, it), lambda: setattr(it, "first", 1), lambda: operator.setitem(it, 0, 1)):
        with pytest.raises(ValueError, match="shelf is closed"):
            use()
    with pytest.raises(ValueError, match="shelf is closed"):
        with it:
            pass
    assert it == it


def test_weak_references_go_when_it_goes():
    seen = []
    it = shelf([1])
    reference = weakref.ref(it, seen.append)
    assert reference() is it
    it.close()
    assert reference() is it
    del it
    gc.collect()
    assert reference() is None and len(seen) == 1


def test_a_bound_method_keeps_its_object():
    method = shelf([1, 2]).sum
    gc.collect()
    assert method() == 3


def test_it_ends_with_python(script):
    assert script("import sys, pk_shelves\nit = pk_shelves.shelf([1])\nsys.it = pk_shelves.shelf([2])\n"
                  "walk = pk_shelves.up_to(3)\nnext(walk)\nprint(pk_shelves.alive())\n") == "2\n"


# ---- Its memory


def test_it_lends_its_memory_and_is_pinned_meanwhile():
    it = shelf([1, 2, 3])
    view = memoryview(it)
    assert (view.format, view.shape, view.tolist(), view.readonly) == ("q", (3,), [1, 2, 3], False)
    view[0] = 9
    assert it.first == 9
    with pytest.raises(ValueError, match="the shelf is full, or lent"):
        it.add(4)
    with pytest.raises(BufferError, match="the memory of the shelf is pinned, so it cannot be closed; release it first"):
        it.close()
    view.release()
    assert it.add(4) == 4
    it.close()


def test_a_view_keeps_the_object():
    view = memoryview(shelf([1, 2, 3]))
    part = view[1:]
    gc.collect()
    assert part.tolist() == [2, 3]
    view.release()
    assert part.tolist() == [2, 3]


def test_numpy_shares_its_memory(np):
    it = shelf([1, 2, 3])
    values = np.asarray(it)
    values += 1
    assert it.sum() == 9 and values.dtype == np.int64
    with pytest.raises(BufferError):
        it.close()
    del values
    gc.collect()
    it.close()


# ---- Threads


def at_once(*calls):
    barrier = threading.Barrier(len(calls))
    errors = []

    def work(call):
        barrier.wait()
        try:
            call()
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert not errors
    return time.monotonic() - began


def test_readers_are_together():
    it = shelf([1])
    pk_shelves.most_at_once()
    at_once(*[lambda: it.look(200)] * 4)
    assert 2 <= pk_shelves.most_at_once() <= 4


def test_writers_are_alone():
    it = shelf([1])
    pk_shelves.most_at_once()
    seconds = at_once(*[lambda: it.sort_out(60)] * 3, *[lambda: it.look(60)] * 2)
    assert pk_shelves.most_at_once() == 1000
    assert seconds >= 3 * 0.06 * 0.9


def test_writers_of_two_objects_are_together():
    a, b = shelf([1]), shelf([2])
    pk_shelves.most_at_once()
    at_once(lambda: a.sort_out(300), lambda: b.sort_out(300))
    assert pk_shelves.most_at_once() == 2000


def test_close_waits_for_who_uses_it():
    it = shelf([1])
    thread = threading.Thread(target=it.look, args=(300,))
    pk_shelves.most_at_once()
    thread.start()
    while not pk_shelves.most_at_once():
        time.sleep(0.001)
    began = time.monotonic()
    before = pk_shelves.alive()
    it.close()
    assert time.monotonic() - began > 0.1 and pk_shelves.alive() == before - 1
    thread.join()


def test_only_one_of_many_closes_it():
    for _ in range(50):
        it = shelf([1])
        before = pk_shelves.alive()
        at_once(*[it.close] * 4)
        assert pk_shelves.alive() == before - 1


def test_many_threads_use_one_object():
    it = shelf([0])
    stop = time.monotonic() + 0.5
    counts = []

    def write():
        done = 0
        while time.monotonic() < stop:
            it.first = it.first
            if len(it) < 60:
                it.add(0)
            else:
                try:
                    del it[-1]
                except IndexError:
                    pass
            done += 1
        counts.append(done)

    def read():
        done = 0
        while time.monotonic() < stop:
            assert it.sum() == 0
            done += 1
        counts.append(done)

    def guarded_write():
        try:
            write()
        except ValueError as error:  # another filled it first
            assert "full" in str(error)
            counts.append(1)

    at_once(guarded_write, guarded_write, read, read)
    assert len(counts) == 4 and min(counts) > 0


def test_objects_are_made_and_ended_on_many_threads():
    def work():
        for i in range(300):
            it = shelf([i, i])
            assert it.sum() == 2 * i
            if i % 2:
                it.close()

    at_once(*[work] * 4)


def test_it_runs_on_the_free_threaded_python_without_the_gil():
    if hasattr(sys, "_is_gil_enabled"):
        enabled = sys._is_gil_enabled()
        shelf([1]).sum()
        assert sys._is_gil_enabled() == enabled
