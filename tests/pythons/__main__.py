# SPDX-License-Identifier: MIT
"""python3 tests/pythons list|make|each|packages: the interpreters that tests run in."""
import argparse
import json
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pythons  # noqa: E402
from pythons import keep, room, source  # noqa: E402


def parse(words):
    parser = argparse.ArgumentParser(prog="python3 tests/pythons", description=__doc__)
    parser.add_argument("--json", action="store_true", help="answer in JSON on stdout")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="what will run, what is not made yet, and what is left out and why")
    make = verbs.add_parser("make", help="make the interpreters and environments that are missing, and list all")
    make.add_argument("names", nargs="*", metavar="NAME", help="only these interpreters, such as python3.13t or pypy3")
    verbs.add_parser("packages", help="the distribution's packages that making them needs")
    each = verbs.add_parser("each", help="run a command in every environment that is made")
    each.add_argument("command", nargs="+", metavar="-- COMMAND",
                      help="`python` in it is the environment's; {tag} and {python} are replaced")
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        verb.add_argument("--only", default="", metavar="TAG,TAG",
                          help="only these environments, such as cp313t-numpy2")
    return parser.parse_args(words)


def facts(environment) -> dict:
    one = environment.interpreter
    return {"tag": environment.tag, "python": str(environment.python), "version": environment.version,
            "implementation": environment.implementation, "free_threaded": environment.free_threaded,
            "debug": environment.debug, "numpy": environment.numpy, "headers": one.headers, "origin": one.origin,
            "executable": str(one.executable)}


def show(place, as_json: bool):
    if as_json:
        return print(json.dumps({
            "environments": [facts(environment) for environment in place.environments],
            "not_made": [recipe.name for recipe in place.recipes] + [plan.tag for plan in place.plans],
            "left_out": [{"what": what, "why": why} for what, why in place.left_out]}, indent=1))
    for environment in place.environments:
        one = environment.interpreter
        numpy = f"NumPy {environment.numpy}" if environment.numpy else "no NumPy"
        print(f"  {environment.tag:16} {str(one):32} {numpy:13} {one.executable} ({one.origin})")
    for name in [recipe.name for recipe in place.recipes] + [plan.tag for plan in place.plans]:
        print(f"  {name:16} not made yet: python3 tests/pythons make")
    for what, why in place.left_out:
        print(f"  left out: {what}: {why}")


def each(only, command, as_json: bool) -> int:
    results, noise = [], sys.stderr if as_json else sys.stdout
    for environment in pythons.environments(only):
        words = [word.replace("{tag}", environment.tag).replace("{python}", str(environment.python))
                 for word in command]
        print(f"== {environment.tag}: {environment.interpreter}", file=noise, flush=True)
        try:
            code = subprocess.run(words, env=environment.variables(), stdout=noise).returncode
        except OSError as error:
            raise keep.Refusal(f"{words[0]} cannot be run: {error.strerror}") from error
        results.append({"tag": environment.tag, "code": code})
    failed = [result["tag"] for result in results if result["code"]]
    if as_json:
        print(json.dumps({"results": results}, indent=1))
    else:
        names = f"; failed: {', '.join(failed)}" if failed else ""
        print(f"{len(results) - len(failed)} of {len(results)} well{names}")
    return 1 if failed else 0


def main(words) -> int:
    # So that what was begun is cleared away when a test runner ends it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    asked = parse(words)
    only = [tag for tag in asked.only.split(",") if tag]
    try:
        if asked.verb == "each":
            return each(only, asked.command, asked.json)
        if asked.verb == "packages":
            print(json.dumps(source.NEEDED) if asked.json else "\n".join(source.NEEDED))
            return 0
        place = room.survey(only) if asked.verb == "list" else room.make(asked.names, only)
    except keep.Refusal as refusal:
        print(f"pythons: {refusal}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    show(place, asked.json)
    return 0 if place.environments or asked.verb == "list" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
