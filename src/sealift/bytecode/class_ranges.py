"""Where the classes of a script are in its source, for the filler that stands for the source.

`Function.prototype.toString` gives the text of a class; Node (``getFunctionBase`` in
lib/internal/util/inspect.js) and programs tell classes from functions by its beginning and its last
bracket. Where it is, is in the code cache; what it looks like, in the source.

Layout, behind the lines (``packLines`` of ``bytecode/wrapper.js``): nothing if there are none; else
a byte 0, then two LEB128 numbers for each class, in the order of where they begin: how far from the
beginning of the one before (at first, of the text) it begins, in UTF-16 units; and four times its
length, plus its `Look`.
"""

from __future__ import annotations

import re
import sys
from array import array
from enum import IntEnum

from sealift.bytecode.compiler_process import MODULE
from sealift.formats.v8.code_cache import CacheReferences
from sealift.formats.v8.code_cache_header import source_length

_WORD = 8
_BEGINNING, _END = "class", "}"
_TAIL = len("\n})")
_COMMENTS = re.compile(r"//[^\n]*\n|/\*.*?\*/", re.DOTALL)


class Look(IntEnum):
    """What the text of a class begins with, as far as it matters."""

    SPACED = 0
    """``class X {``"""
    CLOSE = 1
    """``class{``"""
    CALLING = 2
    """``class X extends y() {``, which Node prints like a function."""


def pack_classes(cache: bytes, references: CacheReferences, kind: int, source: bytes) -> bytes:
    """Give where the classes are of a source of this kind; nothing if there are none."""
    if not references.classes:
        return b""
    units = _units(source)
    # The head of the wrapper that a CommonJS module is compiled with.
    head = 0 if kind & MODULE else source_length(cache) - len(units) - _TAIL
    packed = bytearray()
    last = 0
    for start, end in sorted(_ranges(cache, references)):
        text = units[start - head : end - head]
        if text.startswith(_BEGINNING) and text.endswith(_END):
            packed += _leb128(start - last) + _leb128((end - start) * 4 + _look(text))
            last = start
    return b"\0" + packed if packed else b""


def _units(source: bytes) -> str:
    """Give the text of a source, each UTF-16 unit of it one character."""
    text = source.decode(errors="replace").removeprefix("\ufeff")
    if text.isascii() or max(text) <= "\uffff":
        return text
    return "".join(map(chr, array("H", text.encode(f"utf-16-{sys.byteorder[0]}e"))))


def _ranges(cache: bytes, references: CacheReferences) -> list[tuple[int, int]]:
    return [(_integer(cache, at), _integer(cache, at + _WORD)) for at in references.classes]


def _integer(cache: bytes, at: int) -> int:
    """Read one of V8's small integers, which are in the upper half of their words."""
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
