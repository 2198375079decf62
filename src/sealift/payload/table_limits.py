"""Limits that keep time and memory of reading a table in proportion to its bytes.

Records may share names and contents. In a table that sealift did not write, a million records could
have the same long name, or contents that overlap.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

MOST_SHARED = 16
"""Times that names and locations together may exceed the table, beyond `FREE`."""

FREE = 16 << 20
"""Bytes of names and locations that a table of any size may have."""


class TooMuchError(Exception):
    """A table has more text than its size allows."""


class TextBudget:
    """Counts the bytes of names and locations.

    Args:
        table_size: length of the table, in bytes.
    """

    def __init__(self, table_size: int) -> None:
        self._left = FREE + MOST_SHARED * table_size

    def spend(self, size: int) -> None:
        """Count a text. Raise `TooMuchError` if that is too much."""
        self._left -= size
        if self._left < 0:
            raise TooMuchError


def do_overlap(places: Iterable[tuple[int, int]]) -> bool:
    """Return True if two places (offset, length) overlap without being equal."""
    distinct = sorted({place for place in places if place[1]})
    return any(start + size > following for (start, size), (following, _) in pairwise(distinct))
