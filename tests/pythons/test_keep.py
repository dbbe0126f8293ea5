# SPDX-License-Identifier: MIT
"""The kept folder: marks, locks over processes, and commands that fail."""
import os
import signal
import time
from pathlib import Path

import pytest

from pythons import keep

HOLD = """
import sys, time
from pathlib import Path
from pythons import keep
with keep.Lock(Path(sys.argv[1])) as lock:
    print("held", flush=True)
    {body}
    open(sys.argv[2], "a").write("first\\n")
"""


@pytest.fixture
def lock(tmp_path):
    with keep.Lock(tmp_path / "thing.lock") as held:
        yield held


def test_the_kept_folder_is_where_the_user_wants_caches(tmp_path):
    assert keep.home({"XDG_CACHE_HOME": str(tmp_path), "HOME": "/h"}) == tmp_path / "gilkit" / "pythons"
    assert keep.home({"HOME": "/h"}) == Path("/h/.cache/gilkit/pythons")
    assert keep.home({"XDG_CACHE_HOME": "not/absolute", "HOME": "/h"}) == Path("/h/.cache/gilkit/pythons")


def test_a_mark_is_read_back_and_half_a_mark_is_none(tmp_path):
    assert keep.read_mark(tmp_path) is None
    keep.write_mark(tmp_path, name="thing", number=1)
    assert keep.read_mark(tmp_path) == {"name": "thing", "number": 1}
    text = (tmp_path / keep.MARK).read_text()
    (tmp_path / keep.MARK).write_text(text[:-4])
    assert keep.read_mark(tmp_path) is None
    (tmp_path / keep.MARK).write_text("[]")
    assert keep.read_mark(tmp_path) is None


def test_what_is_in_the_way_and_cannot_be_removed_is_named(tmp_path):
    (tmp_path / "thing").write_text("a file, where a folder is expected")
    with pytest.raises(keep.Refusal, match="thing is in the way and cannot be removed"):
        keep.remove(tmp_path / "thing")


def test_another_process_waits_for_the_lock(tmp_path, run, capfd):
    order = tmp_path / "order"
    holder = run(HOLD.format(body="time.sleep(0.5)"), tmp_path / "thing.lock", order, wait=False)
    assert holder.stdout.readline() == "held\n"
    with keep.Lock(tmp_path / "thing.lock"):
        assert order.read_text() == "first\n"
    holder.communicate()
    assert "waiting for another run that makes thing" in capfd.readouterr().err


def test_patience_with_the_lock_ends(tmp_path, run):
    holder = run(HOLD.format(body="time.sleep(60)"), tmp_path / "thing.lock", tmp_path / "order", wait=False)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(keep.Refusal, match="another run has held .*thing.lock for 1 s; end it and try again"):
        with keep.Lock(tmp_path / "thing.lock", patience=1):
            pass
    holder.kill()
    holder.communicate()


def test_a_killed_run_leaves_the_lock_to_its_children_until_they_end(tmp_path, run):
    script = f"touch {tmp_path}/begun; sleep 1; touch {tmp_path}/ended"
    body = f"lock.run(['sh', '-c', '{script}'], Path('{tmp_path}/log'), 60)"
    holder = run(HOLD.format(body=body), tmp_path / "thing.lock", tmp_path / "order", wait=False)
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with keep.Lock(tmp_path / "thing.lock"):
        assert (tmp_path / "ended").exists()
    assert not (tmp_path / "order").exists()


def test_a_folder_that_cannot_be_written_is_named_with_the_mend(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(keep.Refusal, match="file/thing.lock cannot be written .*set XDG_CACHE_HOME"):
        with keep.Lock(tmp_path / "file" / "thing.lock"):
            pass


def test_a_command_answers_its_output_and_leaves_it_in_the_log(tmp_path, lock):
    for word in ("one", "two"):
        assert lock.run(["echo", word], tmp_path / "log", 10) == f"{word}\n"
    assert (tmp_path / "log").read_text() == "$ echo one\none\n$ echo two\ntwo\n"


@pytest.mark.parametrize("script, reason", [
    ("echo fine; echo 'x.c:3:1: error: bad'; echo 'make: *** [x] Error 1'; exit 2", "sh: x.c:3:1: error: bad"),
    ("echo 'E: Unable to lock'; echo more; exit 100", "sh: E: Unable to lock"),
    ("exit 7", "sh: ended with code 7"),
    ("cat /etc/os-release > /dev/full", "sh found no space left on the disk"),
])
def test_a_command_that_fails_is_refused_with_what_went_wrong(tmp_path, lock, script, reason):
    with pytest.raises(keep.Refusal) as caught:
        lock.run(["sh", "-c", script], tmp_path / "log", 10)
    assert str(caught.value) == f"{reason} (the whole story: {tmp_path / 'log'})"


def test_a_command_that_is_not_there_is_refused(tmp_path, lock):
    with pytest.raises(keep.Refusal, match="no-such-command: .*No such file"):
        lock.run(["no-such-command"], tmp_path / "log", 10)


def test_a_command_that_does_not_end_is_ended_with_all_it_started(tmp_path, lock):
    script = f"sleep 61 & echo $! > {tmp_path}/child; wait"
    with pytest.raises(keep.Refusal, match="sh did not end in 1 s"):
        lock.run(["sh", "-c", script], tmp_path / "log", 1)
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not is_running(child):
            return
        time.sleep(0.05)
    pytest.fail("its child still runs")


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_too_little_room_is_said_before_it_is_used(tmp_path):
    keep.need_room(tmp_path, 1)
    with pytest.raises(keep.Refusal, match="it needs 1000000000 MB in .*, of which [0-9]+ MB are free; make room"):
        keep.need_room(tmp_path, 10**9)


def test_variables_that_steer_a_build_are_not_handed_on(monkeypatch):
    for name in ("PYTHONPATH", "CFLAGS", "DESTDIR", "PIP_TARGET"):
        monkeypatch.setenv(name, "x")
    kept = keep.clean_environment(OPT="-O2")
    assert not {"PYTHONPATH", "CFLAGS", "DESTDIR", "PIP_TARGET"} & set(kept)
    assert kept["OPT"] == "-O2" and kept["PATH"] == os.environ["PATH"]
