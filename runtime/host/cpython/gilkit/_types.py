# SPDX-License-Identifier: MIT
"""What functions take for an array and give as one, for annotations. Imported by who asks: `typing` is not for free."""
from array import array
from collections.abc import Sequence
from typing import Any, Protocol, SupportsFloat, SupportsIndex, Union

from gilkit._host import Array


class SupportsBuffer(Protocol):
    """The buffer protocol, as Python 3.12 and type checkers write it."""

    def __buffer__(self, flags: int, /) -> memoryview:
        ...


class SupportsDLPack(Protocol):
    """What array libraries share memory with."""

    def __dlpack__(self) -> Any:
        ...


_Number = Union[complex, SupportsFloat, SupportsIndex]
_Numbers = Union[Sequence[_Number], Sequence[Sequence[_Number]], Sequence[Sequence[Sequence[_Number]]]]

ArrayLike = Union[bytes, bytearray, memoryview, "array[Any]", Array, SupportsBuffer, SupportsDLPack,
                  _Numbers]

# An Array; numpy.ndarray when an argument was one: what only that has is not refused.
ArrayResult = Union[Array, Any]
