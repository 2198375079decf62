"""The words that can start a request or a path."""

from __future__ import annotations

import re

_STARTING = (
    b"require",
    b"import",
    b"__dirname",
    b"__filename",
    b"getBuiltinModule",
    b"__non_webpack_require__",
    b"createRequire",
    b"createRequireFromPath",
    b"module.filename",
    b"module.path",
)
_NAME_BYTES = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$"
) | frozenset(range(0x80, 0x100))

# What is stored in a name, as far as it shows before a word on its line.
_STORED = re.compile(rb"(?<![\w$.])([A-Za-z_$][\w$]*)\s*=(?![=>])[^;\n=]{0,120}$")
_HELD = re.compile(
    rb"__dirname|__filename|import\s*\.\s*meta|createRequire"
    rb"|require\s*(?:[;,\n]|\(['\"](?:node:)?(?:worker_threads|child_process|cluster|module)['\"])"
)
_LOOK_BACK = 160
_ASSIGNED = re.compile(rb"\s*(?:=(?![=>])|[-+*/%&|^?<>]{1,3}=(?!=)|\+\+|--)")


def starting_words(source: bytes, module: bool | None) -> list[int]:
    """Where in the source such words begin, in order."""
    found: list[int] = []
    for word in _STARTING:
        found.extend(_places(source, word))
    if module is not False:
        found.extend(_places(source, b"export"))
    if found and b"worker_threads" in source:
        found.extend(_places(source, b"Worker"))
    found.sort()
    return found


def _places(source: bytes, word: bytes) -> list[int]:
    """Where a word begins that is not part of a longer one; regular expressions are slower."""
    found: list[int] = []
    at = source.find(word)
    length = len(source)
    while at >= 0:
        end = at + len(word)
        is_head = at == 0 or source[at - 1] not in _NAME_BYTES
        if is_head and (end == length or source[end] not in _NAME_BYTES):
            found.append(at)
        at = source.find(word, end)
    return found


def likely_names(source: bytes, words: list[int]) -> set[str]:
    """Names that are given a path or a way to load modules; neither complete nor exact."""
    found = set()
    for position in words:
        if _HELD.match(source, position):
            before = _STORED.search(source[max(0, position - _LOOK_BACK) : position])
            if before is not None:
                found.add(before.group(1).decode())
    return found


def occurrences(source: bytes, names: set[str]) -> list[int]:
    """Where any of the names stands in the source."""
    return [at for name in names for at in _places(source, name.encode())]


def assignments(source: bytes, names: set[str]) -> list[int]:
    """Where any of the names is given another value, as far as its text tells."""
    return [
        at
        for name in names
        for at in _places(source, name.encode())
        if _ASSIGNED.match(source, at + len(name.encode()))
        or source[max(0, at - 3) : at].rstrip()[-2:] in (b"++", b"--")
    ]
