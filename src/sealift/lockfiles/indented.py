"""Lockfiles that are written by indentation: pnpm's and Yarn's.

What they hold is a small part of YAML, written by machines: objects by indentation, texts with or
without quotes, short lists and objects in brackets (pnpm), lists of ``- item`` lines. Yarn 1 has
its own notation, in which a text follows its key without a colon. Texts of several lines are passed
over; anchors and tags do not occur.
"""

from __future__ import annotations

import json
import re
from typing import Any

_TOKEN = re.compile(
    r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[{}\[\],]|:(?=[\s,{}\[\]]|$)|[^\s{}\[\],:'"](?:[^{}\[\],:]|:(?!\s))*)"""
)


_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")  # left by a merge


class IndentedError(ValueError):
    """The text is not of this notation; ``line`` is 1-based."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} cannot be read")
        self.line = line


def parse(text: str) -> dict[str, Any]:
    """Read a whole file.

    Raises:
        IndentedError: a line cannot be read.
    """
    root: dict[str, Any] = {}
    # The objects that are open, each with the indentation of its keys.
    stack: list[tuple[int, dict[str, Any]]] = [(0, root)]
    opened: tuple[int, dict[str, Any], str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if not content or content.startswith("#") or content in ("---", "..."):
            continue
        if line.startswith(_CONFLICT):
            raise IndentedError(number)
        indent = len(line) - len(line.lstrip(" "))
        if content == "-" or content.startswith("- "):
            if opened is not None and indent >= opened[0]:
                _append(opened[1], opened[2], content[1:].strip(), number)
            continue  # lists of anything else are of no interest
        if indent > stack[-1][0]:
            if opened is None:
                continue  # a text that goes on
            child: dict[str, Any] = {}
            opened[1][opened[2]] = child
            stack.append((indent, child))
        while indent < stack[-1][0]:
            stack.pop()
        if indent != stack[-1][0]:
            raise IndentedError(number)
        key, rest = _key(content, number)
        owner = stack[-1][1]
        owner[key] = {} if rest is None else _value(rest, number)
        opened = (indent, owner, key) if rest is None else None
    return root


def _append(owner: dict[str, Any], key: str, text: str, number: int) -> None:
    if not isinstance(owner[key], list):
        owner[key] = []
    if text and not text.endswith(":") and ": " not in text:
        owner[key].append(_value(text, number))


def _key(content: str, number: int) -> tuple[str, str | None]:
    """Split a line into its key and what follows; None for an object or a list below it.

    Yarn 1 writes the keys of an entry that has several one by one: here they are one, as in later
    lockfiles.
    """
    if content.endswith(":") and ": " not in content:
        keys = content[:-1]
        return (keys.replace('"', "") if '", "' in keys or ", " in keys else _unquote(keys)), None
    if content[0] in "\"'":
        match = _TOKEN.match(content)
        if match is None:
            raise IndentedError(number)
        key, rest = match[1], content[match.end() :]
    else:
        at = content.find(": ")
        at = at if at >= 0 else content.find(" ")
        if at < 0:
            raise IndentedError(number)
        key, rest = content[:at], content[at:]
    rest = rest.removeprefix(":").strip()
    return _unquote(key), rest or None


def _value(text: str, number: int) -> Any:
    if text[:1] not in "{[" or text in ("{", "["):
        return _unquote(text)
    tokens = [match[1].strip() for match in _TOKEN.finditer(text)]
    try:
        value, _ = _flow(tokens, 0)
    except (IndexError, TypeError):
        raise IndentedError(number) from None
    return value


def _flow(tokens: list[str], at: int) -> tuple[Any, int]:
    if tokens[at] == "[":
        items: list[Any] = []
        at += 1
        while tokens[at] != "]":
            item, at = _flow(tokens, at)
            items.append(item)
            at += tokens[at] == ","
        return items, at + 1
    if tokens[at] == "{":
        found: dict[str, Any] = {}
        at += 1
        while tokens[at] != "}":
            key = _unquote(tokens[at])
            if tokens[at + 1] != ":":
                raise IndexError
            found[key], at = _flow(tokens, at + 2)
            at += tokens[at] == ","
        return found, at + 1
    return _unquote(tokens[at]), at + 1


def _unquote(text: str) -> str:
    if text[:1] == "'" == text[-1:] and len(text) > 1:
        return text[1:-1].replace("''", "'")
    if text[:1] == '"' == text[-1:] and len(text) > 1:
        try:
            return str(json.loads(text))
        except ValueError:
            return text[1:-1]
    return text
