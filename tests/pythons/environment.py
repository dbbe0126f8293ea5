# SPDX-License-Identifier: MIT
"""An environment: an interpreter with pytest, and with NumPy 1, NumPy 2 or none, in a kept folder of its own."""
import hashlib
import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import keep
from .interpreter import Interpreter
from .keep import Refusal

NUMBER = 1  # goes up when the way of making one changes
NUMPY = {1: "numpy>=1.19,<2", 2: "numpy>=2,<3"}
SECONDS = 900
MEGABYTES = 300
RETRY_DAYS = 7  # a NumPy without a wheel for a new Python is looked for again after so long
# Looked for, not imported: every run asks this of every environment.
QUESTION = """
import importlib.metadata as metadata, importlib.util, json
have = {}
for name in ("pytest", "numpy"):
    if importlib.util.find_spec(name):
        have[name] = metadata.version(name)
print(json.dumps(have))
"""


@dataclass(frozen=True)
class Plan:
    """What an environment is to be."""
    interpreter: Interpreter
    major: int  # of NumPy; 0 for none

    @property
    def tag(self) -> str:
        return f"{self.interpreter.tag}-{f'numpy{self.major}' if self.major else 'bare'}"

    @property
    def requirements(self) -> list:
        return ["pytest", *([NUMPY[self.major]] if self.major else [])]

    @property
    def folder(self) -> Path:
        facts = [NUMBER, str(self.interpreter.executable), self.interpreter.text, self.requirements]
        key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]
        return keep.home() / "environments" / f"{self.tag}-{key}"


@dataclass(frozen=True)
class Environment:
    tag: str  # cp313t-numpy2, cp313-bare; unique among those of one run
    python: Path
    version: str  # "3.13.15"
    free_threaded: bool
    debug: bool
    implementation: str
    numpy: object  # its version as text, None where there is none
    folder: Path
    interpreter: Interpreter

    def variables(self, **more) -> dict:
        """The caller's environment in which `python` and `pytest` are those of this one."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "__PYVENV_LAUNCHER__")}
        return {**kept, "PATH": path, "VIRTUAL_ENV": str(self.folder), "GILKIT_PYTHON": self.tag, **more}

    def branch(self, folder: Path) -> "Environment":
        """An environment in `folder` that sees the packages of this one and may be installed into."""
        folder = Path(folder)
        done = subprocess.run([self.interpreter.executable, "-I", "-m", "venv", "--without-pip", folder],
                              capture_output=True, text=True, env=keep.clean_environment(), timeout=120)
        if done.returncode:
            raise Refusal(f"{folder}: {done.stderr.strip() or done.stdout.strip()}")
        packages = [site_packages(self.python), site_packages(folder / "bin" / "python")]
        (packages[1] / "kept.pth").write_text(f"{packages[0]}\n")
        return Environment(**{**self.__dict__, "folder": folder, "python": folder / "bin" / "python"})


def site_packages(python: Path) -> Path:
    done = subprocess.run([python, "-I", "-c", "import sysconfig; print(sysconfig.get_path('platlib'))"],
                          capture_output=True, text=True, check=True, env=keep.clean_environment(), timeout=60)
    return Path(done.stdout.strip())


def plans(interpreters) -> list:
    """Which NumPy for whom. NumPy 1 has wheels up to 3.12: the newest of those gets one environment with each, the
    others take turns; the newest release of all gets one without."""
    release = [one for one in interpreters
               if one.implementation == "cpython" and not one.debug and not one.free_threaded]
    both = max((one for one in release if one.version < (3, 13)), key=lambda one: one.version, default=None)
    result = []
    for one in interpreters:
        if one.implementation != "cpython":
            majors = [0]
        elif one is both:
            majors = [1, 2]
        elif one.version < (3, 13):
            majors = [1 if one.version[1] % 2 else 2]
        else:
            majors = [2]
        if release and one is max(release, key=lambda one: one.version):
            majors.append(0)
        result += [Plan(one, major) for major in majors]
    return result


def existing(plan: Plan):
    """The finished environment, run once; None when it has to be made (anew)."""
    mark = keep.read_mark(plan.folder)
    if not mark:
        return None
    try:
        have = ask(plan.folder / "bin" / "python")
    except Refusal:
        return None
    return described(plan, have) if all(have.get(name) == mark.get(name) for name in ("pytest", "numpy")) else None


def ask(python: Path) -> dict:
    try:
        done = subprocess.run([python, "-I", "-c", QUESTION], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, env=keep.clean_environment())
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError) as error:
        raise Refusal(f"{python} does not work") from error


def described(plan: Plan, have: dict) -> Environment:
    one, numpy = plan.interpreter, have.get("numpy")
    return Environment(tag=plan.tag, python=plan.folder / "bin" / "python",
                       version=one.text, free_threaded=one.free_threaded, debug=one.debug,
                       implementation=one.implementation, numpy=numpy, folder=plan.folder, interpreter=one)


def make(plan: Plan, say=keep.say) -> Environment:
    """The environment, made when it is missing, unfinished or broken. Refused with the reason when it cannot be."""
    folder = plan.folder
    log = folder.with_name(folder.name + ".log")
    with keep.Lock(folder.with_name(folder.name + ".lock")) as lock:
        ready = existing(plan)
        if ready:
            return look_again(plan, ready, lock, log)
        keep.remove(folder)
        keep.need_room(folder.parent, MEGABYTES)
        say(f"making {plan.tag} of {plan.interpreter.executable}")
        log.write_text("")
        try:
            create(plan, folder, lock, log)
            install(plan, folder, lock, log, say)
            have = mark(plan)
        except OSError as error:
            raise Refusal(f"{error.strerror or error}: {error.filename or folder}") from error
        except BaseException:
            keep.remove(folder)
            raise
    return described(plan, have)


def mark(plan: Plan) -> dict:
    """Write down that it is finished; what it has."""
    have = ask(plan.folder / "bin" / "python")
    keep.write_mark(plan.folder, tag=plan.tag, python=str(plan.interpreter.executable), version=plan.interpreter.text,
                    time=time.time(), **have)
    return have


def look_again(plan: Plan, ready: Environment, lock, log: Path) -> Environment:
    """A finished environment, in which a NumPy that had no wheel when it was made is looked for from time to time."""
    age = time.time() - keep.read_mark(plan.folder).get("time", 0)
    if not plan.major or ready.numpy or age < RETRY_DAYS * 86400:
        return ready
    try:
        pip(plan.folder, plan.requirements, lock, log)
    except Refusal:
        pass  # it stays as it was
    return described(plan, mark(plan))


def create(plan: Plan, folder: Path, lock, log: Path):
    """The interpreter's own pip when it has one; else any wheel of pip that lies on the machine."""
    venv = [plan.interpreter.executable, "-I", "-m", "venv"]
    wheels = pip_wheels(plan.interpreter)
    if plan.interpreter.ensurepip:
        try:
            return lock.run([*venv, folder], log, SECONDS)
        except Refusal:
            if not wheels:
                raise
            keep.remove(folder)
    if not wheels:
        raise Refusal(f"{plan.interpreter.executable} has no ensurepip and no wheel of pip lies on this machine "
                      "(Debian: install python3-venv)")
    lock.run([*venv, "--without-pip", folder], log, SECONDS)
    for wheel in wheels:
        try:
            return pip(folder, ["pip"], lock, log, program=wheel / "pip")
        except Refusal as refusal:
            reason = refusal
    raise reason


def pip_wheels(interpreter) -> list:
    """Wheels of pip: of the interpreter's own packages, of what was made here, of the system."""
    folders = [Path(interpreter.prefix) / "share/python-wheels",
               *sorted(keep.home().glob("*/lib/python3*/ensurepip/_bundled")),
               *sorted(keep.home().glob("*/usr/share/python-wheels")), Path("/usr/share/python-wheels")]
    return [wheel for folder in folders for wheel in sorted(folder.glob("pip-*.whl"))]


def pip(folder: Path, packages, lock, log: Path, program=None):
    start = ["-I", program] if program else ["-I", "-m", "pip"]
    # Of a connection that failed pip speaks only when it tries again.
    options = ["--quiet", "--disable-pip-version-check", "--retries", "2", "--only-binary", ":all:"]
    lock.run([folder / "bin" / "python", *start, "install", *options, *packages], log, SECONDS,
             env=keep.clean_environment(PIP_ROOT_USER_ACTION="ignore"))


def install(plan: Plan, folder: Path, lock, log: Path, say):
    try:
        pip(folder, plan.requirements, lock, log)
    except Refusal:
        said = log.read_text(errors="replace")
        if unreachable(said):
            raise Refusal(f"the package index cannot be reached to install {' and '.join(plan.requirements)}; with a "
                          f"network, run `python3 tests/pythons make` again (the whole story: {log})") from None
        if not plan.major or "No matching distribution found for numpy" not in said:
            raise
        say(f"{plan.tag}: no wheel of {plan.requirements[1]} for {plan.interpreter}: it goes without")
        pip(folder, plan.requirements[:1], lock, log)


def unreachable(said: str) -> bool:
    """Whether pip failed for want of a network. It then says last that no version was found, as for a missing wheel."""
    words = ("NewConnectionError", "NameResolutionError", "Failed to establish a new connection", "ConnectTimeoutError",
             "Temporary failure in name resolution", "ProxyError", "Connection refused", "Network is unreachable")
    return any(word in said for word in words)
