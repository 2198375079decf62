"""Where names occur in a text, in time that does not grow with the number of names asked for."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict

NAME_BYTES = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$"
) | frozenset(range(0x80, 0x100))

_RUN = re.compile(rb"[\w$\x80-\xff]++")

# The cost of an index of all names, in searches of the whole text for a long name; and the cost
# of one search for a short name, which is found within many others.
_COST_OF_INDEX, _COST_OF_SHORT = 200, 60
_SHORT = 2


class IdentifierIndex:
    """The names of one text: searched for one by one at first, later by an index of all."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._searched = 0  # bytes; those searched for short names count more
        self._index: dict[bytes, list[int]] | None = None

    def positions(self, name: bytes, start: int = 0, end: int | None = None) -> list[int]:
        """Return where the name begins between two offsets, also in strings and comments."""
        end = len(self._text) if end is None else end
        if self._index is None:
            self._searched += (end - start) * (_COST_OF_SHORT if len(name) <= _SHORT else 1)
            if self._searched <= len(self._text) * _COST_OF_INDEX:
                return positions_of(self._text, name, start, end)
            self._index = defaultdict(list)
            for run in _RUN.finditer(self._text):
                self._index[run[0]].append(run.start())
        found = self._index.get(name, [])
        return found[bisect_left(found, start) : bisect_left(found, end)]


def positions_of(text: bytes, name: bytes, start: int = 0, end: int | None = None) -> list[int]:
    """Return where a name begins that is not part of a longer one."""
    found: list[int] = []  # by hand: regular expressions are slower
    length = len(text)
    end = length if end is None else end
    at = text.find(name, start, end)
    while at >= 0:
        after = at + len(name)
        is_head = at == 0 or text[at - 1] not in NAME_BYTES
        if is_head and (after == length or text[after] not in NAME_BYTES):
            found.append(at)
        at = text.find(name, after, end)
    return found
