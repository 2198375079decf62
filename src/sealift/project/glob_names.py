"""Glob patterns for one name: ``*``, ``?``, ``[a-z]``, ``[!a]``, ``@(a|b)``, ``!(a)`` and the like.

A set of positions in the name is one integer, bit by bit. Each part of a pattern maps the positions
where it may start to those where it may end, so nothing is tried twice. For a pattern of ``m``
parts and a name of ``n`` characters this takes ``m`` steps, and ``m * n * n`` at most if groups are
nested; a step is one operation on such integers.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct, field

MAX_NESTING = 8
"""Groups within one another; a deeper one is text."""

MAGIC = re.compile(r"[*?\[\]{}()!|+@]")
"""What makes a text a pattern."""

_GROUPS = "?*+@!"
_CLASSES: dict[str, Callable[[str], bool]] = {
    "alnum": str.isalnum,
    "alpha": str.isalpha,
    "digit": str.isdigit,
    "lower": str.islower,
    "space": str.isspace,
    "upper": str.isupper,
    "word": lambda character: character.isalnum() or character == "_",
    "xdigit": lambda character: character in "0123456789abcdefABCDEF",
}


class _Any(Struct, frozen=True):
    """``?``, or ``*`` if ``many``."""

    many: bool = False


class _Class(Struct, frozen=True):
    """``[a-z]``: one character of ``ranges`` or ``classes``, or one of no such, if ``negated``."""

    ranges: tuple[tuple[str, str], ...]
    classes: tuple[str, ...]
    negated: bool

    def matches(self, character: str) -> bool:
        found = any(low <= character <= high for low, high in self.ranges) or any(
            _CLASSES[name](character) for name in self.classes
        )
        return found is not self.negated


class _Group(Struct, frozen=True):
    """``@(a|b)``; ``kind`` is the character before the parenthesis."""

    kind: str
    alternatives: tuple[tuple[_Part, ...], ...]


_Part = str | _Any | _Class | _Group


class NamePattern:
    """A pattern for one name.

    Attributes:
        steps: taken by all matches so far, as a measure of the time.
    """

    __slots__ = ("_known", "_parts", "_text", "steps")

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts = _parse(text) if MAGIC.search(text) else None
        self._known: dict[str, bool] = {}
        self.steps = 0

    def matches(self, name: str) -> bool:
        """Return True if the whole ``name`` matches. ``..`` matches no pattern but itself."""
        if self._parts is None or name == "..":
            return name == self._text
        known = self._known.get(name)
        if known is None:
            match = _Match(name)
            known = bool(match.ends(self._parts, 1) >> len(name))
            self.steps += match.steps
            self._known[name] = known
        return known


class _Match(Struct):
    """One name to compare with a pattern; bit ``i`` is the place before ``name[i]``."""

    name: str
    steps: int = 0
    _masks: dict[_Part, int] = field(default_factory=dict)
    _repeats: dict[tuple[int, int], int] = field(default_factory=dict)

    def ends(self, parts: tuple[_Part, ...], starts: int) -> int:
        """Return where ``parts`` may end if they begin at one of ``starts``."""
        for part in parts:
            if not starts:
                break
            self.steps += 1
            starts = self._part_ends(part, starts)
        return starts

    def _part_ends(self, part: _Part, starts: int) -> int:
        everywhere = (1 << (len(self.name) + 1)) - 1
        if isinstance(part, _Any):
            return everywhere & -(starts & -starts) if part.many else (starts << 1) & everywhere
        if not isinstance(part, _Group):
            return (starts & self._mask(part)) << 1
        if part.kind in "@?":
            once = self._each_end(part, starts)
            return once | starts if part.kind == "?" else once
        if part.kind == "!":
            found = 0
            for start in _bits(starts):
                found |= everywhere & -start & ~self._once(part, start)
            return found
        reached, new = 0, starts
        while new:
            new = self._each_end(part, new) & ~reached
            reached |= new
        return reached | starts if part.kind == "*" else reached

    def _each_end(self, group: _Group, starts: int) -> int:
        found = 0
        for start in _bits(starts):
            found |= self._once(group, start)
        return found

    def _once(self, group: _Group, start: int) -> int:
        """Return where one of the alternatives may end if it begins at ``start``."""
        key = (id(group), start)
        if key not in self._repeats:
            found = 0
            for alternative in group.alternatives:
                found |= self.ends(alternative, start)
            self._repeats[key] = found
        self.steps += 1
        return self._repeats[key]

    def _mask(self, part: str | _Class) -> int:
        """Return the places before the characters that ``part`` matches."""
        known = self._masks.get(part)
        if known is None:
            known = 0
            for index, character in enumerate(self.name):
                if part == character if isinstance(part, str) else part.matches(character):
                    known |= 1 << index
            self._masks[part] = known
        return known


def _bits(positions: int) -> list[int]:
    found = []
    while positions:
        lowest = positions & -positions
        found.append(lowest)
        positions ^= lowest
    return found


def _parse(text: str) -> tuple[_Part, ...]:
    return _Parser(text, _closing_parentheses(text)).sequence(0, len(text), 0)


def _closing_parentheses(text: str) -> dict[int, int]:
    """Return the place of the closing parenthesis of each opening one that has one."""
    opened: list[int] = []
    closing = {}
    for index, character in enumerate(text):
        if character == "(":
            opened.append(index)
        elif character == ")" and opened:
            closing[opened.pop()] = index
    return closing


class _Parser(Struct, frozen=True):
    text: str
    closing: dict[int, int]

    def sequence(self, start: int, end: int, depth: int) -> tuple[_Part, ...]:
        parts: list[_Part] = []
        index = start
        while index < end:
            character = self.text[index]
            close = self.closing.get(index + 1, end)
            if character in _GROUPS and close < end and depth < MAX_NESTING:
                parts.append(self._group(index, close, depth))
                index = close + 1
            elif character == "*":
                if not parts or parts[-1] != _Any(many=True):
                    parts.append(_Any(many=True))
                index += 1
            elif character == "?":
                parts.append(_Any())
                index += 1
            elif character == "[" and (found := _class(self.text, index, end)):
                part, index = found
                parts.append(part)
            else:
                parts.append(character)
                index += 1
        return tuple(parts)

    def _group(self, start: int, close: int, depth: int) -> _Group:
        alternatives, begin, index = [], start + 2, start + 2
        while index <= close:
            if self.text[index] == "(" and self.closing.get(index, close) < close:
                index = self.closing[index]
            elif self.text[index] == "|" or index == close:
                alternatives.append(self.sequence(begin, index, depth + 1))
                begin = index + 1
            index += 1
        return _Group(self.text[start], tuple(alternatives))


_CLASS = re.compile(r"\[([!^]?)((?:\]|\[:\w+:\]|[^\]])(?:\[:\w+:\]|[^\]])*)\]")
_MEMBER = re.compile(r"\[:(\w+):\]|(.)-(.)|(.)", re.DOTALL)


def _class(text: str, start: int, end: int) -> tuple[_Class, int] | None:
    match = _CLASS.match(text, start, end)
    if match is None:
        return None
    ranges, classes = [], []
    for member in _MEMBER.finditer(match[2]):
        if member[1] is not None:
            if member[1] not in _CLASSES:
                return None
            classes.append(member[1])
        else:
            ranges.append((member[2] or member[4], member[3] or member[4]))
    return _Class(tuple(ranges), tuple(classes), match[1] != ""), match.end()
