# SPDX-License-Identifier: MIT
"""The types of the Python package that stubs speak of, for a Python that does not have the package."""

from array import array
from collections.abc import Sequence
from typing import Any, Protocol, SupportsFloat, SupportsIndex, Union

class _Buffer(Protocol):
    def __buffer__(self, flags: int, /) -> memoryview: ...

_Number = Union[complex, SupportsFloat, SupportsIndex]
_Numbers = Union[Sequence[_Number], Sequence[Sequence[_Number]]]

ArrayLike = Union[bytes, bytearray, memoryview, array[Any], _Buffer, _Numbers]

class Array:
    def __len__(self) -> int: ...
    def __getitem__(self, key: SupportsIndex, /) -> Any: ...

ArrayResult = Array
