# SPDX-License-Identifier: MIT
"""Recipes: the interpreters that are made where the machine has none of their kind, and the making of one."""
from . import debs, keep, source
from .debs import Debs
from .interpreter import identify
from .keep import Refusal
from .source import Source


def distribution_python(find=None) -> tuple:
    """The version of the distribution's own interpreter, which its debug packages match."""
    try:
        return identify(find or "/usr/bin/python3").version[:2]
    except Refusal:
        return ()


def unpacked(minor: int, suite: str, wheel="python3-pip-whl", alone=(), **more) -> Debs:
    name = f"python3.{minor}"
    return Debs(name, (3, minor), suite, (name, wheel), (f"lib{name}-dev", *alone), **more)


def all_recipes(own=None) -> list:
    """Free-threaded ones first: they are what no machine has."""
    own = distribution_python() if own is None else own
    recipes = [Source("python3.13t", (3, 13), ("testing", "unstable", "trixie")),
               Source("python3.14t", (3, 14), ("testing", "unstable")),
               Source("python3.15t", (3, 15), ("testing", "unstable"))]
    if own:
        name = f"python{own[0]}.{own[1]}"
        recipes.append(Debs(f"{name}d", own, "", (f"{name}-dbg", "python3-pip-whl"), (f"lib{name}-dev",), debug=True))
    recipes += [unpacked(15, "testing"), unpacked(14, "testing"), unpacked(13, "trixie"),
                # pip of that age, which installs the one of today, wants distutils.
                unpacked(9, "bullseye", "python-pip-whl", ("python3-distutils",)),
                Debs("pypy3", (), "testing", ("pypy3", "python3-pip-whl"), ("pypy3-dev",), implementation="pypy",
                     extra=True),
                Source("python3.13td", (3, 13), ("testing", "unstable", "trixie"), debug=True, extra=True)]
    return recipes


def is_made(recipe, home=None) -> bool:
    folder = (home or keep.home()) / recipe.name
    mark = keep.read_mark(folder)
    return bool(mark) and mark.get("number") == recipe.number and recipe.executable(folder).is_file()


def needed(interpreters, names=(), own=None) -> list:
    """Recipes of which nothing on the machine is, and those asked for by name."""
    chosen = []
    for recipe in all_recipes(own):
        if is_made(recipe):
            continue
        found = any(recipe.covers(interpreter) for interpreter in interpreters)
        if recipe.name in names or not (names or found or recipe.extra):
            chosen.append(recipe)
    unknown = set(names) - {recipe.name for recipe in all_recipes(own)}
    if unknown:
        raise Refusal(f"there is no recipe for {', '.join(sorted(unknown))}; there are "
                      f"{', '.join(recipe.name for recipe in all_recipes(own))}")
    return chosen


def make(recipe, say=keep.say):
    """Make one interpreter, or wait for another run that does. Refused with the reason when it cannot be had.

    Built in a folder beside and then moved, so that there is never half of it; the mark comes after it was run.
    """
    home = keep.home()
    final, work = home / recipe.name, home / f"{recipe.name}.making"
    with keep.Lock(home / f"{recipe.name}.lock") as lock:
        if is_made(recipe):
            return identify(recipe.executable(final), "made here")
        recipe.check()
        for left in (work, final):
            keep.remove(left)
        keep.need_room(home, source.MEGABYTES if isinstance(recipe, Source) else debs.MEGABYTES)
        say(f"making {recipe.name} in {final}")
        try:
            work.mkdir()
            built = recipe.make(work, final, lock, home / "apt")
            built.rename(final)
            interpreter = check(recipe, final)
            keep.write_mark(final, name=recipe.name, number=recipe.number, version=interpreter.text)
        except OSError as error:
            keep.remove(final)
            raise Refusal(f"{error.strerror or error}: {error.filename or home}") from error
        except BaseException:
            keep.remove(final)
            raise
        finally:
            keep.remove(work)
    return interpreter


def check(recipe, folder):
    """It runs, and is what was wanted."""
    interpreter = identify(recipe.executable(folder), "made here")
    if not recipe.covers(interpreter):
        raise Refusal(f"{interpreter} came out, which is not {recipe.name}")
    return interpreter
