# SPDX-License-Identifier: MIT
"""The kept folder: where interpreters and environments stay for the next run, and how two runs share it.

What is made carries a mark, `made.json`, which is written last: a folder without one was interrupted and is made anew.
Whoever makes something holds its lock; every command it starts holds the lock too, so that a run that was killed
leaves it locked until the last of its children has ended and nobody builds in the folder that they still write to.
"""
import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

MARK = "made.json"
# Variables that would steer an interpreter, a compiler or a package manager that is started here.
STEERING = ("PYTHON", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE", "PIP_CONSTRAINT", "VIRTUAL_ENV",
            "LD_PRELOAD", "LD_LIBRARY_PATH", "LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH", "CFLAGS", "CPPFLAGS", "LDFLAGS",
            "MAKEFLAGS", "DESTDIR", "__PYVENV", "PYENV_VERSION")


class Refusal(Exception):
    """Something that cannot be had; its text is the reason, for the user."""


def home(environ=os.environ) -> Path:
    base = environ.get("XDG_CACHE_HOME", "")
    caches = Path(base) if os.path.isabs(base) else Path(environ.get("HOME") or "~").expanduser() / ".cache"
    return caches / "gilkit" / "pythons"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def clean_environment(**more) -> dict:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(STEERING)}
    return {**kept, "LC_ALL": "C.UTF-8", **{name: str(value) for name, value in more.items()}}


def read_mark(folder: Path):
    """What is known of a finished folder; None when it is not finished."""
    try:
        mark = json.loads((folder / MARK).read_text())
    except (OSError, ValueError):
        return None
    return mark if isinstance(mark, dict) else None


def write_mark(folder: Path, **facts) -> None:
    new = folder / (MARK + ".new")
    with open(new, "w") as file:
        json.dump(facts, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / MARK)


def remove(folder: Path) -> None:
    """Remove a folder. Its mark goes first: whoever is interrupted here must not leave half of it marked as whole."""
    with contextlib.suppress(OSError):
        (folder / MARK).unlink()
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        raise Refusal(f"{folder} is in the way and cannot be removed; remove it by hand")


def need_room(folder: Path, megabytes: int) -> None:
    free = shutil.disk_usage(folder).free // 10**6
    if free < megabytes:
        raise Refusal(f"it needs {megabytes} MB in {folder}, of which {free} MB are free; make room, or set "
                      "XDG_CACHE_HOME to another disk")


class Lock:
    """A lock over one thing that is made, for every process of this user."""

    def __init__(self, path: Path, patience=1800):
        self.path, self.patience = path, patience

    def __enter__(self):
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.file = open(self.path, "a")
        except OSError as error:
            raise Refusal(f"{self.path} cannot be written ({error.strerror}); set XDG_CACHE_HOME to a folder that "
                          "can") from error
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that makes {self.path.stem}")
            self.wait()
        return self

    def wait(self):
        end = time.monotonic() + self.patience
        while time.monotonic() < end:
            with contextlib.suppress(BlockingIOError):
                return fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            time.sleep(0.1)
        self.file.close()
        raise Refusal(f"another run has held {self.path} for {self.patience} s; end it and try again")

    def __exit__(self, *_):
        self.file.close()

    def run(self, command, log: Path, seconds: int, **options) -> str:
        """Run a command whose output goes to the end of a log; what it printed. Refused with what went wrong."""
        words = [os.fspath(word) for word in command]
        with open(log, "a+") as file:
            file.write(f"$ {' '.join(words)}\n")
            file.flush()
            start = file.tell()
            code = self.wait_for(words, file, seconds, options)
            with open(log, errors="replace") as reader:
                reader.seek(start)
                output = reader.read()
        if code:
            raise Refusal(f"{reason_in(output, code, words, seconds)} (the whole story: {log})")
        return output

    def wait_for(self, words, file, seconds, options):
        try:
            child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                                     start_new_session=True, pass_fds=[self.file.fileno()],
                                     **{"env": clean_environment(), **options})
        except OSError as error:
            file.write(f"{error}\n")
            file.flush()
            return 127
        try:
            return child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return 124
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def reason_in(output: str, code: int, words, seconds: int) -> str:
    """The line of a failed command's output that says most."""
    name = os.path.basename(words[0])
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if any("No space left on device" in line or "Disk quota exceeded" in line for line in lines):
        return f"{name} found no space left on the disk"
    if code == 124:
        return f"{name} did not end in {seconds} s"
    telling = [line for line in lines if line.startswith(("E: ", "ERROR", "error:", "configure: error", "Error"))
               or ": error: " in line or ": fatal error: " in line]
    return f"{name}: {(telling or lines or [f'ended with code {code}'])[-1][:300]}"
