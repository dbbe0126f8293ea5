"""Tests of @NAME@, as it is installed."""
import math
import pathlib
import sys
from array import array
from concurrent.futures import ThreadPoolExecutor

import pytest

import @NAME@


def test_distance_is_that_of_pythagoras():
    assert @NAME@.distance(array("d", [1, 2]), array("d", [4, 6])) == 5


def test_distance_refuses_points_of_different_spaces():
    with pytest.raises(ValueError, match="argument y has 1 element"):
        @NAME@.distance(array("d", [1, 2]), array("d", [4]))


def test_smooth_takes_the_mean_of_neighbours():
    assert list(@NAME@.smooth(array("d", [0, 3, 6, 3]), width=3)) == [1.5, 3, 4, 4.5]


def test_smooth_refuses_an_even_width():
    with pytest.raises(ValueError, match="width is 2; it must be odd"):
        @NAME@.smooth(array("d", [1, 2]), 2)


def test_smooth_returns_an_array_of_numpy_for_one_of_numpy():
    numpy = pytest.importorskip("numpy")
    got = @NAME@.smooth(numpy.array([0.0, 3.0, 6.0, 3.0]), 3)
    assert isinstance(got, numpy.ndarray) and got.tolist() == [1.5, 3, 4, 4.5]


def test_extremes_are_a_tuple():
    assert @NAME@.extremes(array("d", [2, -1, math.pi])) == (-1, math.pi)


def test_extremes_of_nothing_do_not_exist():
    with pytest.raises(ValueError, match="there are no numbers"):
        @NAME@.extremes(array("d"))


def test_threads_get_what_one_thread_gets():
    points = [array("d", range(n, n + 1000)) for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(@NAME@.distance, points, reversed(points))) == [
            @NAME@.distance(x, y) for x, y in zip(points, reversed(points))]


def test_the_stub_and_the_marker_for_type_checkers_are_installed():
    folder = pathlib.Path(@NAME@._@NAME@.__file__).parent
    assert "def distance(" in (folder / "_@NAME@.pyi").read_text()
    assert (folder / "py.typed").exists()


@pytest.mark.skipif(getattr(sys, "_is_gil_enabled", lambda: True)(), reason="a Python that runs with its GIL")
def test_a_python_without_a_gil_stays_without():
    @NAME@.distance(array("d"), array("d"))
    assert not sys._is_gil_enabled()
