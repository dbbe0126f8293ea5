# SPDX-License-Identifier: MIT
"""What Python code can do to the package against its intent: it may raise, and never crash."""
import _thread
import gc
import importlib
import sys
import threading
import time
import types

import gilkit
import pk_calls
import pk_kernels
import pk_shelves
import pytest
from gilkit import _host

shelf = pk_shelves.shelf
MANY_CUTS = 200000


# ---- Modules that do not begin


@pytest.fixture
def begin(monkeypatch):
    """Import pk_broken anew; what its init shows the module to."""
    watch = types.ModuleType("pk_watch")
    monkeypatch.setitem(sys.modules, "pk_watch", watch)

    def run(look):
        sys.modules.pop("pk_broken", None)
        watch.look = look
        return importlib.import_module("pk_broken")

    yield run
    sys.modules.pop("pk_broken", None)


def test_what_a_module_lets_out_before_its_init_fails_works_on(begin):
    kept = []

    def look(module):
        kept.append((module.twice, module.same, module.thing, module.thing(5)))
        raise ValueError("not today")

    for _ in range(3):
        with pytest.raises(ValueError, match="not today"):
            begin(look)
    gc.collect()
    filler = [bytes(200) for _ in range(2000)]
    for twice, same, thing, one in kept:
        assert twice(2.0) == 4 and same("x") == "x" and twice.__name__ == "twice"
        assert one.value == 5 and thing(3).value == 3 and repr(one) == "<thing>"
    del filler


def test_a_module_is_executed_once(begin):
    calls = []
    module = begin(calls.append)
    for again in (_host.execute, module.__spec__.loader.exec_module, importlib.reload):
        twice = module.twice
        again(module)
        assert module.twice is twice
    assert len(calls) == 1 and twice(1.0) == 2


def test_a_module_is_not_executed_again_by_its_own_init_or_after_it_failed(begin):
    def look(module):
        with pytest.raises(ImportError, match="the init of pk_broken runs, or failed; import it anew"):
            _host.execute(module)
        kept.append(module)
        raise ValueError("no")

    kept = []
    with pytest.raises(ValueError, match="no"):
        begin(look)
    with pytest.raises(ImportError, match="import it anew"):
        _host.execute(kept[0])
    assert kept[0].twice(1.0) == 2


# ---- Objects that are not made as they should be


@pytest.mark.parametrize("cls", [shelf, gilkit.Array, gilkit.Library, type(pk_kernels.add)])
def test_a_class_whose_new_was_replaced_makes_no_empty_objects(cls, script):
    where = {shelf: "pk_shelves.shelf", gilkit.Array: "gilkit.Array", gilkit.Library: "gilkit.Library"}
    script(f"""
import gilkit, pk_shelves, pk_kernels
cls = {where.get(cls, "type(pk_kernels.add)")}
try:
    cls.__new__ = lambda cls: None
except TypeError:
    pass  # it cannot be changed
try:
    it = object.__new__(cls)
except TypeError:
    pass
else:
    repr(it)
    raise SystemExit("it was made")
""")


def test_a_class_shows_nothing_of_what_it_needs():
    assert not [name for name in vars(shelf) if "gilkit" in name]
    assert shelf([1, 2]).count == 2


@pytest.mark.parametrize("target", ["type", "object"])
def test_keywords_that_are_changed_while_they_are_read_stay_what_they_were(target):
    it = shelf([1, 2])
    results = []

    class Number:
        def __index__(self):
            keywords.clear()
            gc.collect()
            results.append([bytes(64) for _ in range(100)])
            return 7

        def __float__(self):
            return float(self.__index__())

    if target == "type":
        function, keywords = shelf, {"items": [Number(), 8, 9]}
    else:
        function, keywords = it, {"factor": Number()}
    _thread.start_new_thread(function, (), keywords)  # it hands the dict itself over
    until = time.monotonic() + 10
    while not results and time.monotonic() < until:
        time.sleep(0.001)
    assert results and keywords == {}
    time.sleep(0.05)
    assert shelf([7, 8]).sum() == 15


# ---- Memory


def test_many_cuts_in_a_row_end_without_a_chain_of_calls():
    array = pk_kernels.copy_float64([1, 2, 3])
    cut = array
    for _ in range(MANY_CUTS):
        cut = cut[:]
    del array
    gc.collect()
    assert cut.tolist() == [1, 2, 3]
    del cut


def test_a_cut_of_a_cut_keeps_the_memory():
    cut = pk_kernels.copy_int64(range_of(10))[2:][1:][::2][1:]
    filler = [pk_kernels.copy_int64(range_of(10)) for _ in range(100)]
    gc.collect()
    assert cut.tolist() == [5, 7, 9] and len(filler) == 100
    view = memoryview(shelf([1, 2, 3]))
    assert view.tolist() == [1, 2, 3]


def range_of(n):
    return list(range(n))


def test_one_capsule_is_taken_by_one_thread_alone():
    class Shared:
        def __dlpack__(self, **how):
            return capsule

    for _ in range(50):
        capsule = pk_kernels.copy_float64([1, 2, 3]).__dlpack__()
        done, start = [], threading.Barrier(4)

        def take():
            start.wait()
            try:
                done.append(pk_kernels.dot(Shared(), [1, 1, 1]))
            except TypeError as error:
                assert "no DLPack capsule" in str(error)

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert done == [6]


@pytest.mark.parametrize("length", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("lead", [0, 1, 2, 5])
def test_a_ring_of_causes_is_gone_through_once(length, lead):
    ring = [ValueError(i) for i in range(length)]
    for i, error in enumerate(ring):
        error.__cause__ = ring[(i + 1) % length]
    first = ring[0]
    for _ in range(lead):
        behind, first = first, KeyError()
        first.__cause__ = behind
    other = OSError("other")
    assert pk_calls.because(other, first) is other and other.__cause__ is first
    for error in (*ring, first):
        with pytest.raises(ValueError, match="its own cause"):
            pk_calls.because(error, first)
    for error in ring:
        error.__cause__ = None
