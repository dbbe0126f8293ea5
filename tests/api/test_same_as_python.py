# SPDX-License-Identifier: MIT
"""dict, list, tuple, str and numbers beside Python's own: random operations, the same results.

Each operation is played by the module `mirror` (which says what an operation is) and by Python, and every result is
compared. What differs on purpose, and is kept out or expected here:

- An int has 64 bits on the native host: what does not fit is an OverflowError there.
- Text of a number is ASCII on the native host: int() and float() of Python take every script's digits, and strip every
  white space that Unicode has, and the separators 0x1c to 0x1f.
- Whether repr shows a code point as itself is Unicode's decision, and changes with its version: the alphabet below has
  assigned ones only.
- A sort that fails leaves the items in some order: what was sorted is not looked at again.
- update takes dicts, put and join take lists and tuples; Python takes whatever iterates.

Set GILKIT_SEED to play one seed.
"""
import json
import math
import os
import random
import struct

import pytest

from conftest import gilkit, modules

REGISTERS = 6
OPERATIONS = 400
INT_MIN, INT_MAX = -2**63, 2**63 - 1
SEEDS = [int(os.environ["GILKIT_SEED"])] if os.environ.get("GILKIT_SEED") else range(30)

ALPHABET = ["a", "b", "A", " ", "'", '"', "\\", "\n", "\t", "\x00", "\x1f", "\x7f", "0", "9", "_", ",", "é", "ß", "€",
            "Ω", "漢", "\u00a0", "\u2003", "\u200b", "\u00ad", "\ufeff", "\U0001f600", "\U0001d11e", "\U0010ffff",
            "\u0301", "\x85", "\x1c", "\ue000"]


# ---- What an operation does in Python --------------------------------------------------------------------------------

def changing(call):
    """A verb that gives what it changed."""
    def verb(target, *operands):
        call(target, *operands)
        return target
    return verb


def put(target, start, stop, items):
    target[start:stop] = items


def cut(target, start, stop):
    del target[start:stop]


def set_item(target, key, value):
    target[key] = value


def delete_item(target, key):
    del target[key]


VERBS = {
    "is": lambda x: x,
    "dict": dict,
    "list": list,
    "tuple": tuple,
    "get": lambda c, k: c[k],
    "set": changing(set_item),
    "delete": changing(delete_item),
    "in": lambda c, x: x in c,
    "length": len,
    "truth": bool,
    "iterate": lambda c: [x for x in c],
    "find": lambda d, k: d.get(k, "missing"),
    "default": lambda d, k, v: (d.setdefault(k, v), d),
    "update": changing(dict.update),
    "keys": lambda d: list(d.keys()),
    "values": lambda d: list(d.values()),
    "items": lambda d: list(d.items()),
    "walk": lambda d: list(d.items()),
    "copy": dict.copy,
    "clear": changing(dict.clear),
    "append": changing(list.append),
    "insert": changing(list.insert),
    "extend": changing(list.extend),
    "sort": changing(list.sort),
    "reverse": changing(list.reverse),
    "slice": lambda s, a, b, c: s[a:b:c],
    "put": changing(put),
    "cut": changing(cut),
    "concat": lambda a, b: a + b,
    "repeat": lambda s, n: s * n,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "split": lambda s, at: s.split(at),
    "join": lambda s, parts: s.join(parts),
    "int": int,
    "float": float,
    "parse": int,
    "str": str,
    "repr": repr,
}


def decode(registers, operand):
    if not isinstance(operand, list):
        return operand
    tag, *rest = operand
    if tag == "$":
        return registers[rest[0]]
    items = [decode(registers, item) for item in rest]
    return tuple(items) if tag == "(" else items


def perform(registers, operation):
    """What Python gives, as text, in the words of the module."""
    to, verb, *operands = operation
    try:
        result = VERBS[verb](*(decode(registers, operand) for operand in operands))
        if verb in ("int", "parse") and not INT_MIN <= result <= INT_MAX:
            return "!OverflowError"
    except Exception as error:
        return f"!{type(error).__name__}"
    if to is not None:
        registers[to] = result
    return repr(result)


# ---- Random values ---------------------------------------------------------------------------------------------------

class Maker:
    """Makes operations that suit what the registers hold, or do not."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.registers = [None] * REGISTERS

    def of(self, *choices):
        """One of these, called when it can be."""
        choice = self.random.choice(choices)
        return choice() if callable(choice) else choice

    def text(self, most=8):
        return "".join(self.random.choices(ALPHABET, k=self.random.randint(0, most)))

    def int(self):
        edge = self.random.choice([0, 0, 0, 2**31, 2**53, 2**62, INT_MAX, INT_MIN])
        return max(INT_MIN, min(INT_MAX, self.random.choice([1, -1]) * edge + self.random.randint(-3, 3)))

    def float(self):
        return self.of(lambda: float(self.int()), lambda: self.int() / 2, lambda: self.random.uniform(-10, 10),
                       lambda: 10.0 ** self.random.randint(-320, 308), self.bits, 0.0, -0.0, 1e16, 1e-4, 1e-5,
                       9007199254740993.0, 5e-324, 1.7976931348623157e308)

    def bits(self):
        """Any double that JSON has a word for."""
        while True:
            [value] = struct.unpack("<d", self.random.randbytes(8))
            if math.isfinite(value):
                return value

    def scalar(self):
        return self.of(self.int, self.int, self.float, self.text, None, True, False)

    def key(self):
        """Few of them, so that they come again; some equal, some without a hash."""
        small = self.random.randint(0, 3)
        return self.of(small, float(small), str(small), self.scalar, None, True, ["(", small, "x"], ["[", small],
                       ["(", ["[", small]])

    def value(self, depth=2):
        if depth == 0:
            return self.scalar()
        items = [self.value(depth - 1) for _ in range(self.random.randint(0, 3))]
        return self.of(self.scalar, self.scalar, ["[", *items], ["(", *items])

    def index(self):
        return self.of(lambda: self.random.randint(-6, 6), lambda: self.random.randint(-6, 6), self.int, INT_MIN,
                       INT_MAX)

    def step(self):
        return self.of(1, 1, 2, 3, -1, -2, 0, self.index)

    # ---- Operations: each makes one for the register r ----

    def fresh(self, r):
        numbers = [self.of(self.int, self.float) for _ in range(self.random.randint(0, 8))]
        few = [self.random.randint(0, 3) for _ in range(self.random.randint(0, 40))]
        return self.of(lambda: [r, "dict"], lambda: [r, "is", self.value(3)], lambda: [r, "is", self.text(20)],
                       lambda: [r, "is", ["[", *numbers]], lambda: [r, "is", ["(", *numbers]],
                       lambda: [r, "is", ["[", *few]],
                       lambda: [r, "is", ["[", *(self.text(3) for _ in range(5))]])

    def on_dict(self, r):
        me = ["$", r]
        return self.of(lambda: [None, "set", me, self.key(), self.value()],
                       lambda: [None, "set", me, self.key(), self.value()], lambda: [None, "get", me, self.key()],
                       lambda: [None, "delete", me, self.key()], lambda: [None, "in", me, self.key()],
                       lambda: [None, "find", me, self.key()],
                       lambda: [None, "default", me, self.key(), self.scalar()], [None, "keys", me],
                       [None, "values", me], [None, "items", me], [None, "walk", me], [None, "copy", me],
                       lambda: self.with_dict(r), lambda: self.with_dict(r), lambda: self.random.random() < 0.2 and [None, "clear", me] or
                       [None, "iterate", me])

    def with_dict(self, r):
        dicts = [i for i, x in enumerate(self.registers) if isinstance(x, dict)]
        other = self.random.choice(dicts)
        return self.of([None, "update", ["$", r], ["$", other]], [None, "eq", ["$", r], ["$", other]],
                       [None, "lt", ["$", r], ["$", other]], [other, "copy", ["$", r]])

    def on_list(self, r):
        me = ["$", r]
        return self.of(lambda: [None, "append", me, self.value()],
                       lambda: [None, "insert", me, self.index(), self.value()],
                       lambda: [None, "extend", me, self.of(self.value, self.text, ["$", r])],
                       lambda: [None, "set", me, self.of(self.index, self.key), self.scalar()],
                       lambda: [None, "delete", me, self.of(self.index, self.key)], [None, "sort", me],
                       [None, "reverse", me],
                       lambda: [None, "put", me, self.index(), self.index(), self.few()],
                       lambda: [None, "cut", me, self.index(), self.index()], lambda: self.on_sequence(r))

    def few(self):
        items = [self.value(1) for _ in range(self.random.randint(0, 3))]
        return self.of(["[", *items], ["(", *items])

    def on_sequence(self, r):
        me = ["$", r]
        return self.of(lambda: [None, "get", me, self.of(self.index, self.key)],
                       lambda: [self.of(None, r), "slice", me, self.index(), self.index(), self.step()],
                       lambda: [None, "slice", me, self.index(), self.index(), self.step()],
                       lambda: [None, "slice", me, self.index(), self.index(), self.step()],
                       lambda: [None, "in", me, self.of(self.value, self.key)], [None, "length", me],
                       [None, "truth", me], [None, "iterate", me], [None, "str", me],
                       lambda: [r, "concat", me, self.of(self.few, lambda: self.text(3))],
                       lambda: [None, "repeat", me, self.random.randint(0, 3)],
                       lambda: [self.random.randrange(REGISTERS), self.of("list", "tuple"), me],
                       lambda: [None, self.order(), me, ["$", self.random.randrange(REGISTERS)]],
                       lambda: [None, self.order(), me, self.few()],
                       lambda: [None, "set", me, self.index(), 1] if self.is_(r, str, tuple) else [None, "repr", me])

    def on_text(self, r):
        me = ["$", r]
        return self.of(lambda: [None, "split", me, self.of(None, None, lambda: self.text(2), 1)],
                       lambda: [None, "split", me, self.part(r)], lambda: [None, "in", me, self.part(r)],
                       lambda: [None, "join", me, self.of(self.few, ["[", self.text(), self.text()], ["(", "x", "y"])],
                       lambda: [None, self.order(), me, self.of(self.text, self.part(r))],
                       lambda: self.on_sequence(r), [None, "repr", me])

    def part(self, r):
        text = self.registers[r]
        start = self.random.randint(0, len(text))
        return text[start:start + self.random.randint(0, 2)]

    def order(self):
        return self.random.choice(["lt", "le", "eq", "ne", "gt", "ge"])

    def number_text(self):
        """What may be a number."""
        parts = ["0", "1", "7", "9", "12", "_", "+", "-", ".", "e", "E", "x", "0x", "0o", "0b", "f", "z", " ", "\t", "\n",
                 "inf", "nan", "infinity", "NaN", "9223372036854775807", "9223372036854775808", "e308", "e-400", "\0"]
        return "".join(self.random.choices(parts, k=self.random.randint(0, 5)))

    def any(self):
        """What needs no register."""
        number = lambda: self.of(self.int, self.float, True, False)  # noqa: E731
        near = self.int()
        return self.of(lambda: [None, self.order(), number(), number()],
                       lambda: [None, self.order(), near, self.of(float(near), near, math.nextafter(near, math.inf))],
                       lambda: [None, self.order(), self.scalar(), self.scalar()],
                       lambda: [None, "repr", self.float()], lambda: [None, "repr", self.bits()],
                       lambda: [None, "repr", self.value(3)], lambda: [None, "str", self.float()],
                       lambda: [None, "int", self.of(self.number_text, self.float, self.int, None, self.few)],
                       lambda: [None, "float", self.of(self.number_text, self.number_text, self.int, None, self.few)],
                       lambda: [None, "parse", self.number_text(), self.of(0, 0, 10, 16, 2, 8, 36, 1, 37, -1)],
                       lambda: [None, "truth", self.scalar()], lambda: [None, "length", self.scalar()],
                       lambda: [None, "get", self.scalar(), self.key()],
                       lambda: [None, "iterate", self.of(None, 1, 1.5)])

    def is_(self, r, *types):
        return isinstance(self.registers[r], types)

    def operation(self):
        r = self.random.randrange(REGISTERS)
        large = self.is_(r, str, list, tuple) and len(self.registers[r]) > 60
        if large or self.random.random() < 0.08:
            return self.fresh(r)
        if self.random.random() < 0.25:
            return self.any()
        for kind, make in ((dict, self.on_dict), (list, self.on_list), (tuple, self.on_sequence), (str, self.on_text)):
            if self.is_(r, kind):
                return make(r)
        return self.fresh(r)

    def play(self, count):
        """That many operations, what each gives in Python, and what the registers held before it."""
        operations, results, before = [], [], []
        while len(operations) < count:
            operation = self.operation()
            operations.append(operation)
            before.append(repr(self.registers))
            results.append(perform(self.registers, operation))
            if operation[1] == "sort" and results[-1].startswith("!"):
                operations.append([operation[2][1], "is", None])
                before.append("a list that could not be sorted")
                results.append(perform(self.registers, operations[-1]))
        return operations, results, before


# ---- Beside each other -----------------------------------------------------------------------------------------------

def play(operations):
    mirror = modules()[0].parent / "mirror.so"
    answer = gilkit("run", "--json", mirror, "play", json.dumps(operations))
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)["result"]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_operation_gives_what_python_gives(seed):
    operations, wanted, before = Maker(seed).play(OPERATIONS)
    got = play(operations)
    assert len(got) == len(wanted)
    for operation, ours, theirs, registers in zip(operations, got, wanted, before):
        assert ours == theirs, (f"seed {seed}: {json.dumps(operation)}\n  with {registers}\n"
                                f"  here   {ours}\n  Python {theirs}")


def test_the_verbs_are_all_played():
    played = {operation[1] for seed in range(30) for operation in Maker(seed).play(OPERATIONS)[0]}
    assert played == set(VERBS)


def test_what_does_not_fit_64_bits_is_an_overflow():
    assert play([[None, "int", "9223372036854775807"], [None, "int", "9223372036854775808"],
                 [None, "int", 9.3e18], [None, "parse", "-8000000000000000", 16],
                 [None, "parse", "-8000000000000001", 16]]) == [
        "9223372036854775807", "!OverflowError", "!OverflowError", "-9223372036854775808", "!OverflowError"]


def test_a_difference_is_seen():
    """The comparison can fail: a wrong expectation does not pass."""
    assert play([[0, "is", ["[", 2, 1]], [None, "sort", ["$", 0]]]) == ["[2, 1]", "[1, 2]"]
    assert play([[None, "get", ["[", 1], 5]]) == ["!IndexError"]
