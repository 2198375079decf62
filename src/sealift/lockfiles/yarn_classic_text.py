"""The notation of Yarn 1's ``yarn.lock``, which is not YAML.

A file consists of comments (``#``), objects and properties. Indentation by two spaces puts a line
into the object above it::

    "@a/b@^1.0.0", "@a/b@^1.1.0":
      version "1.1.0"
      dependencies:
        c "^2.0.0"

A key or value is a JSON string, or a text without quotes. Source: ``src/lockfile/parse.js`` and
``stringify.js`` of Yarn 1.22.
"""

from __future__ import annotations

import json
import re
from typing import TypeAlias

MOST_LEVELS = 100

Entry: TypeAlias = "dict[str, str | Entry]"

# The quantifiers are possessive, so that the time grows with the length of a line only.
_TOKEN = re.compile(r'[ \t]*+(?:("(?:[^"\\]++|\\.)*+")|([:,])|(#.*+)|([^\s:,"#][^\s:,]*+))')


class YarnTextError(ValueError):
    """The text cannot be read.

    Attributes:
        line: 1-based.
        reason: a clause.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


class TooDeepError(ValueError):
    """The text is nested deeper than `MOST_LEVELS`."""


def parse_yarn_text(text: str) -> Entry:
    """Return the objects of a file; an object with several keys is there under each of them.

    Raises:
        YarnTextError: the text does not follow the notation.
        TooDeepError: it is nested too deep.
    """
    root: Entry = {}
    # The objects that are open; the number of each is the indentation of its lines, in steps.
    opened: list[Entry] = [root]
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff")), 1):
        tokens = _tokens(line, number)
        if not tokens:
            continue
        spaces = len(line) - len(line.lstrip(" "))
        level = spaces // 2
        if spaces % 2 or level >= len(opened):
            raise YarnTextError(number, "its indentation does not match the lines above")
        del opened[level + 1 :]
        keys, value = _property(tokens, number)
        child: Entry = {}
        for key in keys:
            opened[level][key] = child if value is None else value
        if value is None:
            if len(opened) > MOST_LEVELS:
                raise TooDeepError
            opened.append(child)
    return root


def _property(tokens: list[str], number: int) -> tuple[list[str], str | None]:
    """Return the keys of a line and its value; None for the value of ``key, key:``."""
    if tokens[-1] == ":":
        keys, separators = tokens[:-1:2], tokens[1:-1:2]
        if len(tokens) % 2 == 0 and all(separator == "," for separator in separators):
            return [_unquoted(key, number) for key in keys], None
    elif len(tokens) == 2:
        key, value = (_unquoted(token, number) for token in tokens)
        return [key], value
    raise YarnTextError(number, "it is neither a property nor the head of an object")


def _tokens(line: str, number: int) -> list[str]:
    """Split a line; comments are dropped."""
    tokens: list[str] = []
    at, end = 0, len(line.rstrip())
    while at < end:
        match = _TOKEN.match(line, at)
        if match is None:
            raise YarnTextError(number, "it has a string without an end")
        at = match.end()
        if match[3] is None:
            tokens.append(match[1] or match[2] or match[4])
    return tokens


def _unquoted(token: str, number: int) -> str:
    if token in (":", ","):
        raise YarnTextError(number, f"{token!r} is not expected here")
    if not token.startswith('"'):
        return token
    try:
        text = str(json.loads(token))
        text.encode()  # fails for a lone surrogate, which no name or version has
    except ValueError:
        raise YarnTextError(number, "it has an invalid string") from None
    return text
