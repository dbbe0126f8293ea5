#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Add up what `meson test` found: summary.py BUILD_FOLDER...

Reads meson-logs/testlog.json of each folder, prints the tests that failed, and closes with the line
"N passed, N failed, N skipped". A program of cmocka or a run of pytest counts as the tests in it; one that failed
counts at least one failure, whatever it printed. A folder without a log is a failure: its tests did not run.
"""
import json
import pathlib
import re
import sys

FINE = {"OK", "EXPECTEDFAIL"}


def counts_of(output: str) -> tuple[int, int, int]:
    """Passed, failed and skipped tests inside one program; zeros when its output does not say."""
    pytest = [line for line in output.splitlines() if re.search(r"\d+ (passed|failed|errors?)\b.* in [\d.]+s", line)]
    if pytest:
        found = {word.rstrip("s"): int(count) for count, word in re.findall(r"(\d+) (\w+)", pytest[-1])}
        return (found.get("passed", 0), found.get("failed", 0) + found.get("error", 0),
                found.get("skipped", 0) + found.get("xfailed", 0))
    passed = len(re.findall(r"^ok \d+", output, re.M))
    return passed, len(re.findall(r"^not ok \d+", output, re.M)), 0


def main() -> int:
    passed = failed = skipped = 0
    for folder in map(pathlib.Path, sys.argv[1:]):
        log = folder / "meson-logs" / "testlog.json"
        if not log.is_file():
            print(f"failed: {folder}: its tests did not run")
            failed += 1
            continue
        for test in map(json.loads, log.read_text().splitlines()):
            inside = counts_of(test.get("stdout", ""))
            if test["result"] == "SKIP":
                inside = (0, 0, 1)
            elif test["result"] in FINE and inside == (0, 0, 0):
                inside = (1, 0, 0)
            elif test["result"] not in FINE:
                inside = (inside[0], max(inside[1], 1), inside[2])
                print(f"failed: {folder}: {test['name']} ({test['result']})")
            passed, failed, skipped = (a + b for a, b in zip((passed, failed, skipped), inside))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main())
