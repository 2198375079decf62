"""Where regular expression literals end, in time in proportion to the source.

Trying a pattern at every ``/`` takes quadratic time where none of them is closed (``/a[/a[/a[``).
But where a literal ends depends only on what follows: inside or outside a class (``[...]``), the
same position has the same answer for every ``/`` before it. So each position is looked at once.

Source: ECMA-262, 12.9.5 (RegularExpressionLiteral).
"""

from __future__ import annotations

import re

# What neither ends a literal nor begins a class; an escaped character never does.
_BODY = re.compile(rb"(?:[^\\/\[\n\r]++|\\[^\n\r])*+")
_CLASS = re.compile(rb"(?:[^\]\\\n\r]++|\\[^\n\r])*+")
_FLAGS = re.compile(rb"[A-Za-z]*+")
_SLASH, _OPEN, _CLOSE = b"/[]"
_NONE = -1


class RegexLiterals:
    """The regular expression literals of one source.

    Attributes:
        steps: the bytes looked at so far.
    """

    __slots__ = ("_class_end", "_class_start", "_class_stop", "_ends", "_source", "steps")

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._ends: dict[int, int] = {}  # by the offset after a class
        # The class that was looked at last: its contents, and the offset after its ``]``.
        self._class_start, self._class_stop, self._class_end = 0, _NONE, _NONE
        self.steps = 0

    def end(self, start: int) -> int:
        """Return the offset after the literal that begins at ``start``, flags included, or -1.

        ``start`` is the offset of a ``/``; offsets must be asked for in ascending order.
        """
        position = start + 1
        if self._source[position : position + 1] in (b"*", b"/"):
            return _NONE
        passed: list[int] = []
        while True:
            known = self._ends.get(position) if passed else None
            if known is not None:
                end = known
                break
            position = self._skip(_BODY, position)
            byte = self._source[position] if position < len(self._source) else 0
            if byte == _SLASH:
                flags = _FLAGS.match(self._source, position + 1)
                end = flags.end() if flags is not None else position + 1
                break
            closed = self._end_of_class(position + 1) if byte == _OPEN else _NONE
            if closed == _NONE:
                end = _NONE
                break
            position = closed
            passed.append(position)
        self._ends.update(dict.fromkeys(passed, end))
        return end

    def _end_of_class(self, position: int) -> int:
        """Return the offset after the class whose contents begin at ``position``, or -1."""
        if not self._class_start <= position <= self._class_stop:
            stop = self._skip(_CLASS, position)
            closes = stop < len(self._source) and self._source[stop] == _CLOSE
            self._class_start, self._class_stop = position, stop
            self._class_end = stop + 1 if closes else _NONE
        return self._class_end

    def _skip(self, pattern: re.Pattern[bytes], position: int) -> int:
        match = pattern.match(self._source, position)
        end = match.end() if match is not None else position
        self.steps += end - position + 1
        return end
