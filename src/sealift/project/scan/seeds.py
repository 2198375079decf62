"""The words from which every reference starts: ``require``, ``import``, ``__dirname``, ..."""

from __future__ import annotations

import re

from sealift.project.scan.conventions import convention_positions
from sealift.project.scan.identifier_index import positions_of

_SEEDS = (
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
    b"module.constructor",
    b"mainModule",
    b"argv[1]",
)

# Where the ``module`` of CommonJS is stored: its members are used under other names.
_STORED_MODULE = (b"= module", b"=module")

# A name that is assigned to, before a seed on the same line.
_ASSIGNED = re.compile(rb"(?<![\w$.])([A-Za-z_$][\w$]*)\s*=(?![=>])[^;\n=]{0,120}$")
_PATH_OR_LOADER = re.compile(
    rb"__dirname|__filename|import\s*\.\s*meta|createRequire"
    rb"|require\s*(?:[;,\n]|\(['\"](?:node:)?(?:worker_threads|child_process|cluster|module)['\"])"
)
_MAX_ARGUMENTS = 1 << 20
"""In larger files, names that ``process.argv`` is stored under are not looked at: bundles use one
short name for many things."""
_LOOK_BACK = 160  # bytes
_MINIFIED = 2  # bytes: so short a name means something else in every function
_WRITTEN = re.compile(rb"\s*(?:=(?![=>])|[-+*/%&|^?<>]{1,3}=(?!=)|\+\+|--)")


def seed_positions(source: bytes, module: bool | None) -> list[int]:
    """Return where the seeds begin, in order."""
    found: list[int] = []
    for word in _SEEDS:
        found.extend(positions_of(source, word))
    if module is not False:
        found.extend(positions_of(source, b"export"))
    if found and b"threads" in source:  # worker_threads, and the package threads
        found.extend(positions_of(source, b"Worker"))
    for text in _STORED_MODULE:
        found.extend(at + len(text) - len(b"module") for at in positions_of(source, text))
    if len(source) <= _MAX_ARGUMENTS:
        found.extend(positions_of(source, b"process.argv"))
    found.extend(convention_positions(source))
    found.sort()
    return found


def likely_names(source: bytes, seeds: list[int]) -> set[bytes]:
    """Return names that are assigned a path or a loader, as a guess from the text."""
    found = set()
    for position in seeds:
        if _PATH_OR_LOADER.match(source, position):
            before = _ASSIGNED.search(source[max(0, position - _LOOK_BACK) : position])
            if before is not None and len(before.group(1)) > _MINIFIED:
                found.add(before.group(1))
    return found


def is_written(source: bytes, name: bytes, position: int) -> bool:
    """Return True if the text around a name looks as if another value is assigned to it."""
    return (
        _WRITTEN.match(source, position + len(name)) is not None
        or source[max(0, position - 3) : position].rstrip()[-2:] in (b"++", b"--")
    )  # fmt: skip


def await_positions(source: bytes) -> list[int]:
    """Return where ``await`` may be a keyword, in order."""
    return [
        at
        for at in positions_of(source, b"await")
        if source[at - 1 : at] != b"." and source[at + 5 : at + 6] != b":"
    ]
