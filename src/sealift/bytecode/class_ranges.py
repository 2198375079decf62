"""Where classes and async arrow functions are in a source, for the filler that replaces it.

V8 parses the text of a function again to say what was not callable in it, or undefined. It ends the
process if the text of an async arrow function does not begin with `async` (``DoParseFunction`` in
src/parsing/parser.cc).

`Function.prototype.toString` returns the text of a class. Node (``getFunctionBase`` in
lib/internal/util/inspect.js) and programs distinguish classes from functions by the beginning of
that text and its last bracket. The code cache says where the text is, the source how it begins.

Layout, after the lines (``packLines`` of ``bytecode/wrapper.js``): nothing if there are no classes;
otherwise a byte 0, then two LEB128 numbers for each class, in ascending order of their start. The
first is the distance in UTF-16 units from the start of the previous class (for the first class,
from the start of the text); the second is four times the length of the class, plus its `Look`.
Async arrow functions are among them.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Iterator
from enum import IntEnum

from sealift.bytecode.compiler_process import MODULE
from sealift.formats.v8.code_cache import CacheReferences
from sealift.formats.v8.code_cache_header import source_length

_WORD = 8
_BEGINNING, _END = "class", "}"
_TAIL = len("\n})")  # of the wrapper of a CommonJS module
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


# Async arrow functions; what looks like one, as in a text, does no harm.
_SPACE = r"(?:[^\S\n\r\u2028\u2029]|/\*.*?\*/)*"
_ASYNC = re.compile(
    rf"(?<![\w$.#])async{_SPACE}(?:\(|(?<!async)[\w$\\{{}}\u0080-\uffff]+{_SPACE}=>)", re.DOTALL
)
_ASYNC_HEAD = len("async(")


def pack_classes(cache: bytes, references: CacheReferences, kind: int, source: bytes) -> bytes:
    """Return the packed places of a script's classes and async arrow functions, if there are any.

    Args:
        cache: the script's code cache.
        references: of the cache.
        kind: `COMMONJS` or `MODULE`, with or without `WITH_SOURCE`.
        source: the file's content.
    """
    if not references.classes and b"async" not in source:
        return b""
    units = _units(source)
    # Length of the head of the wrapper that a CommonJS module is compiled with.
    head = 0 if kind & MODULE else source_length(cache) - len(units) - _TAIL
    places = [(match.start() + head, _ASYNC_HEAD, Look.ASYNC_ARROW) for match in _arrows(units)]
    for start, end in _ranges(cache, references):
        text = units[start - head : end - head]
        if text.startswith(_BEGINNING) and text.endswith(_END):
            places.append((start, end - start, _look(text)))
    packed = bytearray()
    last = 0
    for start, length, look in sorted(places):
        packed += _leb128(start - last) + _leb128(length * 4 + look)
        last = start
    return b"\0" + packed if packed else b""


def _arrows(source: str) -> Iterator[re.Match[str]]:
    """Yield where async arrow functions begin."""
    return _ASYNC.finditer(source)


def _units(source: bytes) -> str:
    """Return the text of a source with one character for each of its UTF-16 units."""
    text = source.decode(errors="replace").removeprefix("\ufeff")
    if text.isascii() or max(text) <= "\uffff":
        return text
    return "".join(map(chr, array("H", text.encode(f"utf-16-{sys.byteorder[0]}e"))))


def _ranges(cache: bytes, references: CacheReferences) -> list[tuple[int, int]]:
    return [(_integer(cache, at), _integer(cache, at + _WORD)) for at in references.classes]


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
