"""JSON that others wrote: parsed within explicit limits, with the place of what is wrong."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

MAX_DEPTH = 100
"""Arrays and objects within one another. The deepest package.json in use has about ten."""

MAX_SIZE = 16 << 20
"""Bytes of one file. npm's own limit for the metadata of a package is far below."""

_BRACKET = re.compile(rb'"(?:[^"\\]++|\\[\s\S])*+(?:"|\\?\Z)|[\[\]{}]')


class JsonError(ValueError):
    """A file is not JSON, or exceeds a limit; ``line`` and ``column`` are 1-based."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def parse_json(raw: bytes) -> Any:
    """Return the value of a JSON text, which may begin with a byte order mark.

    Raise `JsonError` if it is not JSON, or too large or too deep.
    """
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if len(raw) > MAX_SIZE:
        raise JsonError(f"it is larger than {MAX_SIZE >> 20} MiB", 1, 1)
    _check_depth(raw)
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    # msgspec is fast but does not report the place; the standard library does.
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonError("it is not UTF-8", *_place(raw, error.start)) from error
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, error.lineno, error.colno) from error
    except ValueError as error:
        raise JsonError(str(error), 1, 1) from error


def _check_depth(raw: bytes) -> None:
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKET.finditer(raw):
        if bracket[0] in (b"[", b"{"):
            depth += 1
            if depth > MAX_DEPTH:
                place = _place(raw, bracket.start())
                raise JsonError(f"it is nested more than {MAX_DEPTH} levels deep", *place)
        elif bracket[0] in (b"]", b"}"):
            depth -= 1


def _place(raw: bytes, position: int) -> tuple[int, int]:
    line = raw.count(b"\n", 0, position) + 1
    return line, position - raw.rfind(b"\n", 0, position)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
