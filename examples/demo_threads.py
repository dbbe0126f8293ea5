# SPDX-License-Identifier: MIT
"""One thread and two, in pure Python and through a module: threads.py MODULE_FOLDER FILE CALLS

`./dev demo` runs a copy of this; with `--json` it answers with data. MODULE_FOLDER has the bytestats.so that
`gilkit run` ran: the very file is imported.
"""
import json
import math
import sys
from threading import Thread
from time import perf_counter

PART = 200_000  # bytes of the file, for Python's own loop


def entropy(data):
    """What bytestats.entropy computes, in Python."""
    counts = [0] * 256
    for byte in data:
        counts[byte] += 1
    return -sum(n / len(data) * math.log2(n / len(data)) for n in counts if n)


def calls_per_second(function, data, calls, threads):
    """Each thread makes as many calls."""
    def work():
        for _ in range(calls):
            function(data)

    all_of_them = [Thread(target=work) for _ in range(threads)]
    began = perf_counter()
    for thread in all_of_them:
        thread.start()
    for thread in all_of_them:
        thread.join()
    return threads * calls / (perf_counter() - began)


def main(folder, file, calls):
    sys.path.insert(0, folder)
    import bytestats

    with open(file, "rb") as opened:
        data = opened.read()
    assert abs(entropy(data[:PART]) - bytestats.entropy(data[:PART])) < 1e-9
    began = perf_counter()
    entropy(data[:PART])
    calls_in_python = max(3, round(0.7 / (perf_counter() - began)))
    return {
        "python": sys.version.split()[0],
        "has_gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "module": bytestats.__file__,
        "rows": [
            ["in Python", [calls_per_second(entropy, data[:PART], calls_in_python, n) for n in (1, 2)]],
            ["by module", [calls_per_second(bytestats.entropy, data, int(calls), n) for n in (1, 2)]],
        ],
    }


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--json"]
    if len(words) != 3:
        sys.exit(__doc__)
    answer = main(*words)
    if "--json" in sys.argv:
        print(json.dumps(answer))
    else:
        for name, (one, two) in answer["rows"]:
            print(f"{name}: {one:.1f} calls a second from one thread, {two:.1f} from two: {two / one:.2f} times")
