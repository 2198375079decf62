r"""The glob patterns of the settings, matched against the project's files.

Patterns are relative to the project's root, with ``/`` or ``\\``. ``!`` excludes what an earlier
pattern included. A name that starts with a dot matches like any other. A pattern that names a
directory means everything in it. ``node_modules`` is entered only by a pattern that names it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator

from sealift.project import messages
from sealift.project.diagnostics import printable, shortened
from sealift.project.filesystem import FileSystem, PathKind
from sealift.project.package_contents import MAX_DEPTH

MAX_LENGTH = 1000
"""Characters of one pattern."""

MAX_EXPANSIONS = 1000
"""Patterns that the braces of one pattern stand for (``{a,b}`` stands for two)."""

_MAGIC = re.compile(r"[*?\[\]{}()!|+@]")
_SHOWN = 60


def matcher(patterns: Iterable[str], setting: str) -> Callable[[str], bool]:
    """Return a test for paths with ``/`` against any of the patterns of ``setting``.

    Raise UsageError for a pattern that exceeds a limit.
    """
    # Imported here: most projects have no patterns.
    import bracex
    from wcmatch import glob

    flags = glob.GLOBSTAR | glob.DOTGLOB | glob.EXTGLOB | glob.FORCEUNIX
    tests = []
    for pattern in patterns:
        shown = printable(shortened(pattern, _SHOWN))
        if len(pattern) > MAX_LENGTH:
            raise messages.PATTERN_TOO_LONG.error(
                setting=setting, length=len(pattern), limit=MAX_LENGTH, pattern=shown
            )
        try:
            expanded = bracex.expand(pattern, keep_escapes=True, limit=MAX_EXPANSIONS)
        except bracex.ExpansionLimitException as error:
            raise messages.PATTERN_TOO_MANY.error(
                setting=setting, limit=MAX_EXPANSIONS, pattern=shown
            ) from error
        tests.append(glob.compile(expanded, flags=flags, limit=MAX_EXPANSIONS))
    return lambda path: any(test.match(path) for test in tests)


def _normal(pattern: str) -> str:
    return pattern.replace("\\", "/").removeprefix("./")


def find_files(
    filesystem: FileSystem, root: str, patterns: Iterable[str], setting: str
) -> Iterator[tuple[str, str]]:
    """Yield the files below or beside ``root`` that the patterns match, each with its pattern.

    Raise UsageError for a pattern that exceeds a limit.
    """
    given = [_normal(pattern) for pattern in patterns]
    excluding = [pattern[1:].removeprefix("./") for pattern in given if pattern.startswith("!")]
    excluded = matcher([*excluding, *(p.rstrip("/") + "/**" for p in excluding)], setting)
    seen = set()
    for pattern in given:
        if pattern.startswith("!") or not pattern:
            continue
        for path in _matches(filesystem, root, pattern, setting):
            relative = os.path.relpath(path, root).replace(os.sep, "/")
            if path not in seen and not (excluding and excluded(relative)):
                seen.add(path)
                yield path, pattern


def _matches(filesystem: FileSystem, root: str, pattern: str, setting: str) -> Iterator[str]:
    pieces = pattern.split("/")
    constant = []
    while pieces and not _MAGIC.search(pieces[0]):
        constant.append(pieces.pop(0))
    start = os.path.normpath(os.path.join(root, *constant) if constant != [""] else os.sep)
    if not pieces:
        if filesystem.kind(start) is PathKind.DIRECTORY:
            yield from _files_below(filesystem, start, into_modules=False)
        elif filesystem.kind(start) is not PathKind.MISSING:
            yield start
        return
    into_modules = "node_modules" in pattern
    rest = "/".join(pieces)
    test = matcher([rest, rest.rstrip("/") + "/**"], setting)
    for path in _files_below(filesystem, start, into_modules=into_modules):
        if test(os.path.relpath(path, start).replace(os.sep, "/")):
            yield path


def _files_below(filesystem: FileSystem, directory: str, *, into_modules: bool) -> Iterator[str]:
    skipped = (".git",) if into_modules else (".git", "node_modules")
    pending = [(directory, iter(filesystem.entries(directory)))]
    while pending:
        above, entries = pending[-1]
        entry = next(entries, None)
        if entry is None:
            pending.pop()
            continue
        path = os.path.join(above, entry.name)
        if entry.kind is PathKind.DIRECTORY and not entry.is_link:
            if entry.name in skipped:
                continue
            if len(pending) > MAX_DEPTH:
                filesystem.too_deep.add(path)
                continue
            pending.append((path, iter(filesystem.entries(path))))
        elif filesystem.kind(path) is PathKind.FILE:
            yield path
