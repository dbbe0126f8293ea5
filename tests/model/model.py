# SPDX-License-Identifier: MIT
"""Run spin on one of the models in docs/design/model/ and say what it found."""
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

MODELS = Path(__file__).parents[2] / "docs" / "design" / "model"
SECONDS = 600  # for one run, on a machine that is busy
DEPTH = 2000000

EXCLUSION, DEADLOCK, WAKE_UP, STARVATION = "mutual exclusion", "no deadlock", "no lost wake-up", "no starvation"
BOTH = "mutual exclusion and no deadlock"  # one search instead of two, which tells only when neither fails


@dataclass(frozen=True)
class Property:
    compile: tuple  # options of the compiler for pan.c
    run: tuple  # options of pan
    error: str  # what pan says when the property does not hold


# A claim switches the search for deadlocks off, hence NOCLAIM; -E and -A look for one kind of error only.
PROPERTIES = {
    EXCLUSION: Property(("-DSAFETY", "-DNOCLAIM"), ("-E",), "assertion violated"),
    DEADLOCK: Property(("-DSAFETY", "-DNOCLAIM"), ("-A",), "invalid end state"),
    BOTH: Property(("-DSAFETY", "-DNOCLAIM"), (), ""),
    WAKE_UP: Property(("-DSAFETY",), ("-N", "no_lost_wake_up"), "assertion violated"),
    STARVATION: Property(("-DNFAIR=3",), ("-a", "-f", "-N", "no_starvation"), "acceptance cycle"),
}


@dataclass(frozen=True)
class Check:
    property: str
    model: str = "gil"
    switches: tuple = ()

    def __str__(self):
        return " ".join([self.property, "of", self.model, *self.switches])


@dataclass(frozen=True)
class Verdict:
    holds: bool
    states: int
    said: str


def check(wanted: Check, folder: Path) -> Verdict:
    """Search every state. folder is empty, and for this check alone."""
    def run(*command):
        return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=SECONDS)

    kind = PROPERTIES[wanted.property]
    defines = [f"-D{switch}" for switch in wanted.switches]
    made = run("spin", "-a", *defines, str(MODELS / f"{wanted.model}.pml"))
    assert (folder / "pan.c").exists() and "rror" not in made.stdout, made.stdout
    # A search that finds what is broken is short, and the compiler the longer part.
    short = wanted.property != STARVATION and any("MUTANT" in switch for switch in wanted.switches)
    built = run("gcc", "-O0" if short else "-O1", "-w", "-DCOLLAPSE", *kind.compile, "-o", "pan", "pan.c")
    assert built.returncode == 0, built.stdout
    said = run("./pan", f"-m{DEPTH}", *kind.run).stdout
    errors = re.search(r"errors: (\d+)", said)
    assert errors and "too small" not in said, f"the search of {wanted} did not end:\n{said}"
    if errors.group(1) == "0":
        assert "Search not completed" not in said, said
    else:
        assert kind.error in said, f"an error of another kind:\n{said}"
    states = int(float(re.search(r"([\d.e+]+) states, stored", said).group(1)))
    return Verdict(errors.group(1) == "0", states, said)
