# SPDX-License-Identifier: MIT
"""The room that tests run in: every interpreter that can be had, each in its environments."""
from dataclasses import dataclass, field

from . import environment, keep, recipes, search
from .keep import Refusal


@dataclass
class Room:
    environments: list = field(default_factory=list)
    plans: list = field(default_factory=list)  # those not made
    recipes: list = field(default_factory=list)  # those not made
    left_out: list = field(default_factory=list)  # (what, why)


def survey(only=()) -> Room:
    """What there is, made or not; makes nothing. only: tags, of which nothing else is looked at."""
    found = search.find()
    room = Room(left_out=found.left_out, recipes=recipes.needed(found.interpreters))
    for plan in environment.plans(found.interpreters):
        if only and plan.tag not in only:
            continue
        ready = environment.existing(plan)
        (room.environments if ready else room.plans).append(ready or plan)
    return room


def environments(only=()) -> list:
    """The environments that have been made; of CPython, unless `only` names others by their tags.

    Making them takes minutes, so it is a step of its own: `make`.
    """
    ready = [one for one in survey(only).environments if only or one.implementation == "cpython"]
    absent = set(only) - {one.tag for one in ready}
    if absent or not ready:
        what = ", ".join(sorted(absent)) or "no environment"
        raise Refusal(f"{what}: not made yet; run `python3 tests/pythons make`")
    return ready


def make(names=(), only=(), say=keep.say) -> Room:
    """Make all that is missing. What cannot be had is left out with the reason, and the rest goes on."""
    found = search.find()
    failed = []
    for recipe in recipes.needed(found.interpreters, names):
        try:
            recipes.make(recipe, say)
        except Refusal as refusal:
            failed.append((recipe.name, str(refusal)))
            say(f"left out: {recipe.name}: {refusal}")
    found = search.find()
    room = Room(left_out=found.left_out + failed)
    for plan in environment.plans(found.interpreters):
        if only and plan.tag not in only:
            continue
        try:
            room.environments.append(environment.make(plan, say))
        except Refusal as refusal:
            room.left_out.append((plan.tag, str(refusal)))
            say(f"left out: {plan.tag}: {refusal}")
    return room
