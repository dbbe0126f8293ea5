# SPDX-License-Identifier: MIT
"""--threads, --repeat, --gil, --timeline and --progress: what each thread got, and who held the GIL."""
import re
import time
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

SVG = "{http://www.w3.org/2000/svg}"


def measured(gilkit, *args):
    """The report as JSON, its sums checked."""
    answer = gilkit.json("run", *args)
    assert answer["calls"] == sum(thread["calls"] for thread in answer["threads"])
    for thread in answer["threads"]:
        assert all(value >= 0 for value in thread["gil"].values())
        spent = sum(thread["gil"][part] for part in ("held_ns", "waited_ns", "released_ns")) / 1e9
        assert spent <= answer["seconds"] * 1.05 + 0.01
    return answer


@pytest.mark.parametrize("threads, repeat", [(1, 2), (2, 1), (2, 3), (7, 5), (64, 2)])
def test_each_thread_gets_its_result_as_often_as_asked(gilkit, probe, threads, repeat):
    answer = measured(gilkit, probe, "dot", "[1, 2]", "[3, 4]", f"--threads={threads}", f"--repeat={repeat}")
    assert [(t["result"], t["calls"]) for t in answer["threads"]] == [(11, repeat)] * threads


def test_each_thread_has_arguments_of_its_own(gilkit, probe, npy, tmp_path):
    """Else what one writes in place another would see."""
    for word in ("[1, 2]", npy("x", np.array([1.0, 2.0]))):
        answer = measured(gilkit, probe, "scale", word, "2", "--threads=4", "--repeat=10")
        assert [t["written"]["x"] for t in answer["threads"]] == [[1024, 2048]] * 4


def test_with_the_gil_held_nothing_runs_without_it(gilkit, work):
    answer = measured(gilkit, work, "rest", "0.05", "--threads=2", "--repeat=2", "--gil=hold")
    assert answer["side_by_side"] < 0.1
    assert answer["seconds"] >= 0.2
    for thread in answer["threads"]:
        assert thread["gil"]["held_ns"] >= 100e6
        assert thread["gil"]["released_ns"] < 10e6
    assert sum(thread["gil"]["waited_ns"] for thread in answer["threads"]) >= 100e6


@pytest.mark.parametrize("gil", [("--gil=release",), ("--gil=auto",), ()])
def test_with_the_gil_released_kernels_run_side_by_side(gilkit, work, gil):
    answer = measured(gilkit, work, "rest", "0.05", "--threads=4", "--repeat=2", *gil)
    assert answer["side_by_side"] > 2
    assert answer["seconds"] < 0.35
    for thread in answer["threads"]:
        assert thread["gil"]["released_ns"] >= 100e6
        assert thread["gil"]["held_ns"] < 50e6


def test_a_function_that_says_hold_is_held_and_may_be_released_by_hand(gilkit, work):
    held = measured(gilkit, work, "rest_holding", "0.05", "--threads=2")
    released = measured(gilkit, work, "rest_holding", "0.05", "--threads=2", "--gil=release")
    assert held["side_by_side"] < 0.1 and released["side_by_side"] > 1


@pytest.mark.parametrize("gil", ["auto", "hold", "release"])
def test_a_function_that_takes_an_env_keeps_the_gil_whatever_is_said(gilkit, work, gil):
    answer = measured(gilkit, work, "rest_with_env", "0.05", "--threads=2", f"--gil={gil}")
    assert answer["side_by_side"] < 0.1 and answer["seconds"] >= 0.1


def test_a_function_that_gives_up_the_gil_inside_lets_the_others_run(gilkit, work):
    answer = measured(gilkit, work, "rest_inside", "0.1", "--threads=4")
    assert answer["side_by_side"] > 2 and answer["seconds"] < 0.35


def test_a_single_call_has_no_table(gilkit, work):
    assert gilkit.text("run", work, "rest", "0") == "0.0"
    assert "threads" not in gilkit.json("run", work, "rest", "0")


def test_the_table_has_a_line_for_each_thread_and_a_sum(gilkit, work):
    head, *lines, last = gilkit.text("run", work, "rest", "0.02", "--threads=3", "--repeat=2").split("\n")
    assert head.split() == ["thread", "calls", "GIL", "held", "waited", "released", "result"]
    for number, line in enumerate(lines):
        words = line.split()
        assert words[:2] == [str(number), "2"] and words[-1] == "0.02"
        assert float(words[6]) >= 40, "released for two times 20 ms"
        assert words[3] == words[5] == words[7] == "ms"
    assert len(lines) == 3
    assert re.fullmatch(r"6 calls in \d\.\d{3} s, [\d.]+ a second; [\d.]+ ran without the GIL at a time", last)


def test_a_long_result_does_not_break_the_table(gilkit, probe):
    text = '"' + "x" * 500 + '"'
    lines = gilkit.text("run", probe, "same_text", text, "--threads=2").split("\n")
    assert len(lines) == 4 and all(len(line) < 120 for line in lines)


def test_out_writes_the_result_of_one_thread_in_a_run_of_many(gilkit, probe, tmp_path):
    gilkit.text("run", probe, "count", "5", "--threads=3", "--out", tmp_path / "y.npy")
    assert np.load(tmp_path / "y.npy").tolist() == [0, 1, 2, 3, 4]


def test_a_failure_in_every_thread_is_said_once(gilkit, probe):
    said = gilkit.refusal(1, "run", probe, "fail", '"no luck"', "--threads=4", "--repeat=100")
    assert said == "gilkit: ValueError: no luck" or said.count("no luck") == 1


def test_wrong_arguments_end_a_run_of_many_threads_at_once(gilkit, probe):
    assert "No such file" in gilkit.refusal(1, "run", probe, "copy_f8", "@/absent.npy", "--threads=8")
    gilkit.refusal(3, "run", probe, "absent", "--threads=8")


@pytest.mark.parametrize("option", ["--threads", "--repeat"])
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "", " 2", "0x2", "99999999999999999999", "+1"])
def test_a_count_that_is_none_is_refused(gilkit, probe, option, value):
    said = gilkit.refusal(2, "run", probe, "nothing", f"{option}={value}")
    assert f"{option} is {value}; it must be a number from 1 to" in said


def test_an_unknown_gil_policy_is_refused(gilkit, probe):
    assert "must be auto, hold or release" in gilkit.refusal(2, "run", probe, "nothing", "--gil=keep")


# ---- --timeline


@pytest.mark.parametrize("args, threads", [
    (("rest", "0.02", "--threads=2", "--gil=hold"), 2),
    (("rest", "0.02", "--threads=3", "--repeat=2", "--gil=release"), 3),
    (("rest", "0"), 1),
])
def test_a_timeline_is_a_picture_of_each_thread(gilkit, work, tmp_path, args, threads):
    gilkit.text("run", work, *args, "--timeline", tmp_path / "t.svg")
    root = ElementTree.parse(tmp_path / "t.svg").getroot()
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert root.tag == f"{SVG}svg" and texts[0].startswith(f"rest: {threads} thread")
    assert [text for text in texts if text.startswith("thread ")] == [f"thread {i}" for i in range(threads)]
    assert {"holds the GIL", "runs without the GIL", "waits for the GIL"} <= set(texts)
    width, height = float(root.get("width")), float(root.get("height"))
    for bar in root.iter(f"{SVG}rect"):
        if not bar.get("width").endswith("%"):
            assert 0 <= float(bar.get("x")) and float(bar.get("x")) + float(bar.get("width")) <= width
            assert 0 <= float(bar.get("y")) and float(bar.get("y")) + float(bar.get("height")) <= height


def bars(path, color):
    root = ElementTree.parse(path).getroot()
    return [float(bar.get("width")) for bar in root.iter(f"{SVG}rect")
            if bar.get("fill") == color and bar.get("height") != "14"]


def test_a_timeline_shows_who_waited_and_who_ran_beside(gilkit, work, tmp_path):
    for gil in ("hold", "release"):
        gilkit.text("run", work, "rest", "0.05", "--threads=2", f"--gil={gil}", "--timeline", tmp_path / f"{gil}.svg")
    assert sum(bars(tmp_path / "hold.svg", "#2c6fbb")) > 700, "both hold, one after the other"
    assert sum(bars(tmp_path / "hold.svg", "#d9822b")) > 350, "one waits for the other"
    assert sum(bars(tmp_path / "release.svg", "#3a9b5c")) > 1500, "both run at once"


@pytest.mark.parametrize("prototype", [
    "double cos(double x) /* < & > ' \" ]]> */",
    "double cos(double x) /* \x01\x1b[0m */",
    "double cos(double x) /* gr\u00fc\u00df */",
    b"double cos(double x) /* \xff */",
])
def test_a_timeline_is_well_formed_whatever_its_title_is(gilkit, tmp_path, prototype):
    gilkit("call", "libm", prototype, "0", "--timeline", tmp_path / "t.svg", code=0)
    ElementTree.parse(tmp_path / "t.svg")


def test_a_timeline_of_many_calls_stays_small(gilkit, probe, tmp_path):
    gilkit.text("run", probe, "nothing", "--repeat=50000", "--gil=release", "--timeline", tmp_path / "t.svg")
    ElementTree.parse(tmp_path / "t.svg")
    assert (tmp_path / "t.svg").stat().st_size < 2_000_000


def test_a_timeline_that_cannot_be_written_is_named(gilkit, probe, tmp_path):
    answer = gilkit("run", probe, "nothing", "--timeline", tmp_path / "no" / "t.svg", code=4)
    assert f"--timeline {tmp_path}/no/t.svg: No such file" in answer.err
    assert "--timeline" in gilkit("run", probe, "nothing", "--timeline=/dev/full", code=4).err


# ---- --progress


def test_progress_is_shown_on_stderr_while_the_kernel_runs(gilkit, work):
    answer = gilkit("run", work, "listen", "40", "--progress", code=0)
    assert answer.out == "40\n"
    shown = [int(number) for number in re.findall(r"(\d+) %", answer.err)]
    assert shown and shown == sorted(shown) and max(shown) <= 100


def test_progress_of_a_kernel_that_says_nothing_shows_nothing(gilkit, probe):
    answer = gilkit("run", probe, "nothing", "--progress", code=0)
    assert "%" not in answer.err


def test_progress_does_not_spoil_json(gilkit, work):
    assert gilkit.json("run", work, "listen", "5", "--progress")["result"] == 5


# ---- What one feels


def test_a_small_call_is_over_before_one_notices(gilkit, probe, sanitized):
    times = []
    for _ in range(15):
        start = time.monotonic()
        gilkit.text("run", probe, "line", "1", "2", "3")
        times.append(time.monotonic() - start)
    assert sorted(times)[7] < (0.5 if sanitized else 0.05), "10 ms and what a busy machine and Python add"


@pytest.mark.parametrize("gil", ["hold", "release"])
def test_stats_say_what_the_calls_of_the_function_did(gilkit, work, gil):
    answer = gilkit.json("run", work, "rest", "0.03", "--threads=2", "--repeat=2", "--stats", f"--gil={gil}")
    function, everything = answer["stats"]["function"], answer["stats"]["runtime"]
    assert function["calls"] == 4
    spent = "held_ns" if gil == "hold" else "released_ns"
    assert 0.09e9 <= function[spent] <= everything[spent] * 1.05
    assert function["acquisitions"] == (0 if gil == "hold" else 4)
    assert everything["acquisitions"] >= 4
    if gil == "hold":
        assert 0.03e9 <= function["longest_held_ns"] <= everything["longest_held_ns"] * 1.05
        assert everything["longest_waited_ns"] >= 0.02e9 and everything["contended"] >= 1


def test_stats_stand_on_stderr_and_leave_the_result_alone(gilkit, probe):
    done = gilkit("run", probe, "dot", "[1, 2]", "[3, 4]", "--stats")
    assert done.out == "11.0\n"
    lines = done.err.splitlines()
    assert lines[0].startswith("GIL, all threads: held ") and lines[1].startswith("GIL, 1 call of the function: held ")
    assert gilkit("run", probe, "dot", "[1, 2]", "[3, 4]").err == ""


def test_stats_of_a_plain_library_are_added_up(gilkit):
    answer = gilkit.json("call", "libm", "double cos(double x)", "0", "--threads=3", "--repeat=5", "--stats")
    assert answer["stats"]["function"]["calls"] == 15
