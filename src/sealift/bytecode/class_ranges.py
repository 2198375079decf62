"""Where classes, their fields, and async arrow functions are, for the filler of a source.

V8 parses the text of a function again to say what was not callable in it, or undefined
(src/parsing/parser.cc). It ends the process

- if the text of an async arrow function does not begin with `async` (``DoParseFunction``);
- from V8 13 on, if there is no field of an object, or no field of the class or static block, before
  the first error in the text of a function that initialises these
  (``ParseClassForMemberInitialization``);
- before V8 13, if that text, which is the whole class, is without errors, but does not have what
  the function needs.

`Function.prototype.toString` returns the text of a class. Node (``getFunctionBase`` in
lib/internal/util/inspect.js) and programs distinguish classes from functions by the beginning of
that text and its last bracket. The code cache says where the text is, the source how it begins.

Layout, after the lines (``packLines`` of ``bytecode/wrapper.js``): nothing if there are no classes;
otherwise a byte 0, then two LEB128 numbers for each class, in ascending order of their start. The
first is the distance in UTF-16 units from the start of the previous class (for the first class,
from the start of the text); the second is eight times the length of the class, plus its `Look`.
Async arrow functions are among them, and for each function that initialises a class or its objects
the first field or static block.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Iterable, Iterator
from enum import IntEnum

from sealift.bytecode.compiler_process import MODULE
from sealift.formats.v8.code_cache import CacheReferences
from sealift.formats.v8.code_cache_header import source_length

_WORD = 8
_BEGINNING, _END = "class", "}"
_TAIL = len("\n})")  # of the wrapper of a CommonJS module
_PAIRS = re.compile(rb"[\xf0-\xf4]")
"""Where UTF-8 begins a character of two UTF-16 units."""
_COMMENTS = re.compile(r"//[^\n]*\n|/\*.*?\*/", re.DOTALL)


class Look(IntEnum):
    """How the text of a class begins, as far as programs look at it."""

    SPACED = 0
    """``class X {``"""
    CLOSE = 1
    """``class{``"""
    CALLING = 2
    """``class X extends y() {``, which Node prints like a function."""

    ASYNC_ARROW = 3
    """``async (``; no class."""

    FIELD = 4
    """A field of an object; no class."""

    STATIC = 5
    """``static``: a field of a class, or a static block; no class."""


# Async arrow functions; what looks like one, as in a text, does no harm. An expression that begins
# with a fixed text is many times faster, so what may not precede it is looked for after it.
_SPACE = r"(?:[^\S\n\r\u2028\u2029]|/\*.*?\*/)*"
_ASYNC = re.compile(
    rf"async(?<![\w$.#]async){_SPACE}(?:\(|(?<!async)[\w$\\{{}}\u0080-\uffff]+{_SPACE}=>)",
    re.DOTALL,
)
# `[` does not become part of what follows it. V8 takes an error in the name of a field for a field.
_HEADS = {Look.ASYNC_ARROW: "async(", Look.FIELD: "[", Look.STATIC: "static{"}

# `static` may also be the name of a field.
_STATIC = re.compile(
    r"static(?![\w$\\\ud800-\udfff])(?>[\s\ufeff]|//[^\n\r\u2028\u2029]*|/\*.*?\*/)*+[^=;}]",
    re.DOTALL,
)


def pack_classes(cache: bytes, references: CacheReferences, kind: int, source: bytes) -> bytes:
    """Return the packed places of a script's classes and so on, if there are any.

    Args:
        cache: the script's code cache.
        references: of the cache.
        kind: `COMMONJS` or `MODULE`, with or without `WITH_SOURCE`.
        source: the file's content.
    """
    if not (references.classes or references.initializers) and b"async" not in source:
        return b""
    units = _units(source)
    # Length of the head of the wrapper that a CommonJS module is compiled with.
    head = 0 if kind & MODULE else source_length(cache) - len(units) - _TAIL
    places = [_marked(match.start() + head, Look.ASYNC_ARROW) for match in _arrows(units)]
    for start, _ in _ranges(cache, references.initializers):
        look = Look.STATIC if _STATIC.match(units, start - head) else Look.FIELD
        places.append(_marked(start, look))
    for start, end in _ranges(cache, references.classes):
        text = units[start - head : end - head]
        if text.startswith(_BEGINNING) and text.endswith(_END):
            places.append((start, end - start, _look(text)))
    packed = bytearray()
    last = 0
    for start, length, look in sorted(places):
        packed += _leb128(start - last) + _leb128(length * 8 + look)
        last = start
    return b"\0" + packed if packed else b""


def _marked(start: int, look: Look) -> tuple[int, int, Look]:
    return start, len(_HEADS[look]), look


def _arrows(source: str) -> Iterator[re.Match[str]]:
    """Yield where async arrow functions begin."""
    return _ASYNC.finditer(source)


def _units(source: bytes) -> str:
    """Return the text of a source with one character for each of its UTF-16 units."""
    text = source.decode(errors="replace").removeprefix("\ufeff")
    if text.isascii() or _PAIRS.search(source) is None:
        return text
    return "".join(map(chr, array("H", text.encode(f"utf-16-{sys.byteorder[0]}e"))))


def _ranges(cache: bytes, offsets: Iterable[int]) -> list[tuple[int, int]]:
    return [(_integer(cache, at), _integer(cache, at + _WORD)) for at in offsets]


def _integer(cache: bytes, at: int) -> int:
    """Return one of V8's small integers, which are in the upper half of their words."""
    return int.from_bytes(cache[at : at + _WORD], "little") >> 32


def _look(text: str) -> Look:
    inside = text[len(_BEGINNING) : -len(_END)]
    before, _, _ = inside.partition("{")
    if not before:
        return Look.CLOSE
    if "(" in before:
        before, _, _ = _COMMENTS.sub("", inside).partition("{")
        if "(" in before or not before[:1].isspace():
            return Look.CALLING
    return Look.SPACED


def _leb128(number: int) -> bytes:
    packed = bytearray()
    while number >= 0x80:
        packed.append(number & 0x7F | 0x80)
        number >>= 7
    packed.append(number)
    return bytes(packed)
