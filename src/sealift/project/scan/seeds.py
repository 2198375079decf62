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
_CALLED = re.compile(rb"import\s*\(")
_IMPORT_META = re.compile(rb"import\s*(?:\.\s*meta\b|/[/*])")  # a comment may precede the dot
_WRAPPER_NAMES = (b"require", b"module", b"exports", b"__dirname", b"__filename")
_BEFORE_DECLARED = (b",", b"{", b"[", b":")
_DECLARING = re.compile(rb"(?<!\w)(?:const|let)\Z")
_LONGEST_DECLARING = 6
"""Bytes that `_DECLARING` looks at."""
_NOT_DECLARED = re.compile(rb"\s*[$.()\[:]")
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


def statement_positions(source: bytes) -> list[int]:
    """Return where ``import`` and ``export`` are no calls, in order."""
    imports = (at for at in positions_of(source, b"import") if not _CALLED.match(source, at))
    return sorted([*imports, *positions_of(source, b"export")])


def is_import_meta(source: bytes, position: int) -> bool:
    """Return True if a word may begin ``import.meta``."""
    return _IMPORT_META.match(source, position) is not None


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


def outer_positions(source: bytes) -> list[int]:
    """Return where there may be what only an ES module has outside functions, in order.

    That is ``await``, or a declaration of a name of CommonJS's wrapper.
    """
    names = (
        at
        for name in _WRAPPER_NAMES
        for at in positions_of(source, name)
        if _may_declare(source, at) and not _NOT_DECLARED.match(source, at + len(name))
    )
    return sorted([*await_positions(source), *names])


def _may_declare(source: bytes, position: int) -> bool:
    """Return True if a name at a position may be declared there by its own name."""
    before = source[max(0, position - _LOOK_BACK) : position]
    text = before.rstrip()
    if text.endswith(_BEFORE_DECLARED):
        return True
    return len(text) < len(before) and _DECLARING.search(text[-_LONGEST_DECLARING:]) is not None


def await_positions(source: bytes) -> list[int]:
    """Return where ``await`` may be a keyword, in order."""
    return [
        at
        for at in positions_of(source, b"await")
        if source[at - 1 : at] != b"." and source[at + 5 : at + 6] != b":"
    ]
