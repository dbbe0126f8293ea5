# SPDX-License-Identifier: MIT
"""What an import costs: time and memory, each sample in a process of its own, the peers in turns."""
import random

from python.environment import call

# argv: the folder, what is imported before (or ""), what is measured. Memory is read once before it counts, so that
# what reading takes for itself is there already.
CODE = """
import sys, time
sys.path.insert(0, sys.argv[1])

def memory():
    found = {"Pss:": 0, "Rss:": 0}
    with open("/proc/self/smaps_rollup", "rb") as file:
        for line in file:
            words = line.decode().split()
            if words[0] in found:
                found[words[0]] = int(words[1])
    return found

for name in sys.argv[2].split():
    __import__(name)
memory()
before = memory()
wall, processor = time.perf_counter_ns(), time.process_time_ns()
__import__(sys.argv[3])
processor, wall = time.process_time_ns() - processor, time.perf_counter_ns() - wall
after = memory()
print(processor / 1e3, wall / 1e3, (after["Rss:"] - before["Rss:"]) / 1e3, (after["Pss:"] - before["Pss:"]) / 1e3)
"""
KINDS = ("us", "wall us", "rss", "pss")  # us: of the processor
# Of a gilkit module: a program imports gilkit once, its modules each.
BEFORE = {"by_gilkit": "gilkit", "by_gilkit_bind": "gilkit"}
PACKAGES = {"by_ctypes": "ctypes", "by_cffi_abi": "cffi", "by_gilkit": "gilkit"}


def imports_of(built):
    """{label: (imported before, imported)}: each peer's module, and what the packages add that peers stand on."""
    found = {}
    for peer in built:
        # What the first module of a folder and the first extension of a process cost is no matter of who made them.
        other = "by_hand" if peer.module == "by_hand_again" else "by_hand_again"
        found[peer.module] = (f"{other} {BEFORE.get(peer.module, '')}", peer.module)
    packages = [PACKAGES[peer.module] for peer in built if peer.module in PACKAGES]
    found.update({f"package {name}": ("", name) for name in packages})
    return found


def measure(environment, built, rounds, seed):
    """{label: {kind: [...] for kind in KINDS}}; the first round only warms the caches of files."""
    imports, order = imports_of(built), random.Random(seed)
    samples = {label: {kind: [] for kind in KINDS} for label in imports}
    for count in range(rounds + 1):
        for label, (before, name) in order.sample(list(imports.items()), len(imports)):
            command = [environment.python, "-I", "-c", CODE, environment.modules, before, name]
            values = call(command, f"import {name}").split()
            if count:
                for kind, value in zip(KINDS, values):
                    samples[label][kind].append(float(value))
    return samples
