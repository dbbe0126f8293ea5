#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Add up what `meson test` found: summary.py BUILD_FOLDER...

Reads meson-logs/testlog.junit.xml of each folder, prints the tests that failed, and closes with the line
"N passed, N failed, N skipped". A folder without a log counts as a failure: its tests did not run.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


def pytest_counts(output: str) -> dict[str, int]:
    """What pytest's closing line says: a suite that runs under it is one test to meson and many to us."""
    closing = [line for line in output.splitlines() if re.search(r"\d+ (passed|failed|error)", line)]
    found = re.findall(r"(\d+) (passed|failed|error|skipped|xfailed)", closing[-1]) if closing else []
    return {word: int(count) for count, word in found}


def main() -> int:
    passed = failed = skipped = 0
    for folder in map(pathlib.Path, sys.argv[1:]):
        log = folder / "meson-logs" / "testlog.junit.xml"
        if not log.is_file():
            print(f"failed: {folder}: its tests did not run")
            failed += 1
            continue
        for case in ElementTree.parse(log).getroot().iter("testcase"):
            suite_output = case.findtext("system-out") or ""
            counts = pytest_counts(suite_output)
            broken = case.find("failure") is not None or case.find("error") is not None
            if counts:
                passed += counts.get("passed", 0)
                skipped += counts.get("skipped", 0) + counts.get("xfailed", 0)
                failed += max(counts.get("failed", 0) + counts.get("error", 0), int(broken))
            elif broken:
                failed += 1
            elif case.find("skipped") is not None:
                skipped += 1
            else:
                passed += 1
            if broken:
                print(f"failed: {folder}: {case.get('classname')}: {case.get('name')}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main())
