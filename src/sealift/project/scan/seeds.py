"""The words that can start a request or a path."""

from __future__ import annotations

import re

from sealift.project.scan.identifier_index import places

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
    b"mainModule",
)

# What is stored in a name, as far as it shows before a word on its line.
_STORED = re.compile(rb"(?<![\w$.])([A-Za-z_$][\w$]*)\s*=(?![=>])[^;\n=]{0,120}$")
_HELD = re.compile(
    rb"__dirname|__filename|import\s*\.\s*meta|createRequire"
    rb"|require\s*(?:[;,\n]|\(['\"](?:node:)?(?:worker_threads|child_process|cluster|module)['\"])"
)
_LOOK_BACK = 160
_MINIFIED = 2  # bytes: a name this short stands for something else in every function
_WRITTEN = re.compile(rb"\s*(?:=(?![=>])|[-+*/%&|^?<>]{1,3}=(?!=)|\+\+|--)")


def seed_positions(source: bytes, module: bool | None) -> list[int]:
    """Where in the source such words begin, in order."""
    found: list[int] = []
    for word in _STARTING:
        found.extend(places(source, word))
    if module is not False:
        found.extend(places(source, b"export"))
    if found and b"worker_threads" in source:
        found.extend(places(source, b"Worker"))
    found.sort()
    return found


def likely_names(source: bytes, words: list[int]) -> set[bytes]:
    """Names that are given a path or a way to load modules; neither complete nor exact."""
    found = set()
    for position in words:
        if _HELD.match(source, position):
            before = _STORED.search(source[max(0, position - _LOOK_BACK) : position])
            if before is not None and len(before.group(1)) > _MINIFIED:
                found.add(before.group(1))
    return found


def is_written(source: bytes, name: bytes, position: int) -> bool:
    """Whether a name that stands here is given another value, as far as its text tells."""
    return (
        _WRITTEN.match(source, position + len(name)) is not None
        or source[max(0, position - 3) : position].rstrip()[-2:] in (b"++", b"--")
    )  # fmt: skip


def awaits(source: bytes) -> list[int]:
    """Where ``await`` may stand as a keyword, in order."""
    return [
        at
        for at in places(source, b"await")
        if source[at - 1 : at] != b"." and source[at + 5 : at + 6] != b":"
    ]
