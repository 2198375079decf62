r"""Glob patterns of the settings, matched against files of the project.

Patterns are relative to the project's root, with ``/`` or ``\\``; ``!`` takes back what an earlier
pattern gave; a name starting with a dot matches like any other; a pattern that names a directory
means all of it. ``node_modules`` is only entered by a pattern that names it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator

from sealift.project.filesystem import FileSystem, PathKind

_MAGIC = re.compile(r"[*?\[\]{}()!|+@]")


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """A test for paths with ``/`` against any of the patterns."""
    # Imported here: most projects have no patterns.
    from wcmatch import glob

    flags = glob.GLOBSTAR | glob.DOTGLOB | glob.BRACE | glob.EXTGLOB | glob.FORCEUNIX
    compiled = glob.compile(list(patterns), flags=flags)
    return lambda path: bool(compiled.match(path))


def _normal(pattern: str) -> str:
    return pattern.replace("\\", "/").removeprefix("./")


def find_files(
    filesystem: FileSystem, root: str, patterns: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """The files under (or beside) ``root`` that the patterns name, each with its pattern."""
    given = [_normal(pattern) for pattern in patterns]
    takes_back = [pattern[1:].removeprefix("./") for pattern in given if pattern.startswith("!")]
    refused = matcher([*takes_back, *(p.rstrip("/") + "/**" for p in takes_back)])
    seen = set()
    for pattern in given:
        if pattern.startswith("!") or not pattern:
            continue
        for path in _matches(filesystem, root, pattern):
            relative = os.path.relpath(path, root).replace(os.sep, "/")
            if path not in seen and not (takes_back and refused(relative)):
                seen.add(path)
                yield path, pattern


def _matches(filesystem: FileSystem, root: str, pattern: str) -> Iterator[str]:
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
    test = matcher([rest, rest.rstrip("/") + "/**"])
    for path in _files_below(filesystem, start, into_modules=into_modules):
        if test(os.path.relpath(path, start).replace(os.sep, "/")):
            yield path


def _files_below(filesystem: FileSystem, directory: str, *, into_modules: bool) -> Iterator[str]:
    for entry in filesystem.entries(directory):
        path = os.path.join(directory, entry.name)
        if entry.kind is PathKind.DIRECTORY and not entry.is_link:
            if entry.name != ".git" and (into_modules or entry.name != "node_modules"):
                yield from _files_below(filesystem, path, into_modules=into_modules)
        elif filesystem.kind(path) is PathKind.FILE:
            yield path
