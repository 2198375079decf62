r"""The glob patterns of the settings, matched against the project's files.

Patterns are relative to the project's root or absolute, with ``/`` or ``\\``; ``./x``, ``x``,
``../root/x`` and the absolute path mean the same. ``!`` excludes what an earlier pattern included.
A name that starts with a dot matches like any other. A pattern that names a directory means
everything in it. ``node_modules`` is entered only by a pattern that names it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from sealift.project.diagnostics import printable, shortened
from sealift.project.filesystem import FileSystem, PathKind
from sealift.project.glob_names import MAGIC, NamePattern
from sealift.project.package_contents import MAX_DEPTH
from sealift.project.project_extent import contains
from sealift.project.settings import messages

MAX_LENGTH = 1000
"""Characters of one pattern."""

MAX_EXPANSIONS = 1000
"""Patterns that the braces of one pattern stand for (``{a,b}`` stands for two)."""

_SHOWN = 60
_ANY_DEPTH = "**"

_GROUP_OF_PATHS = re.compile(r"([@?])\(([^()]*/[^()]*)\)")
"""A group of alternatives that are paths, which braces can express."""


class Glob(Struct, frozen=True):
    """One pattern without braces.

    Attributes:
        start: the directory, or the file, that the names before the first wildcard lead to.
        rest: the patterns of the names below it; None stands for ``**``.
        into_modules: directories ``node_modules`` below ``start`` are entered.
    """

    start: str
    rest: tuple[NamePattern | None, ...]
    into_modules: bool

    def matches(self, names: list[str], *, in_directory: bool) -> bool:
        """Return True if the path of ``names`` below ``start`` matches.

        ``in_directory``: it also matches if a directory around it does. The steps are the product
        of the numbers of names and patterns.
        """
        places = self._after_any_depth({0})
        for name in names:
            if in_directory and len(self.rest) in places:
                return True
            following = set()
            for place in places:
                if place < len(self.rest):
                    pattern = self.rest[place]
                    if pattern is None:
                        following.add(place)
                    elif pattern.matches(name):
                        following.add(place + 1)
            places = self._after_any_depth(following)
        return len(self.rest) in places

    def is_anywhere(self, root: str) -> bool:
        """Return True if the pattern begins with ``**`` and so holds for every path."""
        return self.start == root and bool(self.rest) and self.rest[0] is None

    def _after_any_depth(self, places: set[int]) -> set[int]:
        """Add the places that ``**`` leads to without a name."""
        found = set(places)
        for place in places:
            after = place
            while after < len(self.rest) and self.rest[after] is None:
                after += 1
                found.add(after)
        return found


def _globs(filesystem: FileSystem, root: str, pattern: str, setting: str) -> list[Glob]:
    """Return the patterns without braces that ``pattern`` stands for.

    Raise UsageError if it exceeds a limit.
    """
    # Imported here: most projects have no patterns.
    import bracex

    shown = printable(shortened(pattern, _SHOWN))
    if len(pattern) > MAX_LENGTH:
        raise messages.PATTERN_TOO_LONG.error(
            setting=setting, length=len(pattern), limit=MAX_LENGTH, pattern=shown
        )
    try:
        braces = _GROUP_OF_PATHS.sub(_as_braces, pattern)
        expanded = bracex.expand(braces, keep_escapes=True, limit=MAX_EXPANSIONS)
    except bracex.ExpansionLimitException as error:
        raise messages.PATTERN_TOO_MANY.error(
            setting=setting, limit=MAX_EXPANSIONS, pattern=shown
        ) from error
    return [_glob(filesystem, root, text) for text in dict.fromkeys(expanded)]


def _as_braces(group: re.Match[str]) -> str:
    empty = "," if group[1] == "?" else ""
    return "{" + empty + group[2].replace("|", ",") + "}"


def _glob(filesystem: FileSystem, root: str, text: str) -> Glob:
    names = text.split("/")
    constant = []
    while names and not MAGIC.search(names[0]):
        constant.append(names.pop(0))
    prefix = "/".join(constant) or os.sep if constant else ""
    start = os.path.normpath(os.path.join(root, prefix))
    if os.path.isabs(prefix) and not contains(root, start):
        real = filesystem.resolved(start)  # the root has no symbolic links
        start = real if contains(root, real) else start
    if names and names[-1] == "":  # with the slash it is a directory
        names[-1:] = [_ANY_DEPTH, "*"]
    rest = tuple(
        None if name == _ANY_DEPTH else NamePattern(name) for name in names if name not in ("", ".")
    )
    return Glob(start, rest, into_modules=bool(rest) and "node_modules" in text)


def _slashed(pattern: str) -> str:
    return pattern.replace("\\", "/")


def matcher(
    filesystem: FileSystem,
    root: str,
    patterns: Iterable[str],
    setting: str,
    *,
    in_directory: bool,
) -> Callable[[str], bool]:
    """Return a test for absolute paths against any of the patterns of ``setting``.

    ``in_directory``: a pattern that matches a directory means everything in it.

    Raise UsageError for a pattern that exceeds a limit.
    """
    globs = [
        glob for text in patterns for glob in _globs(filesystem, root, _slashed(text), setting)
    ]
    return lambda path: any(
        glob.matches(_names_below(glob.start, path), in_directory=in_directory)
        for glob in globs
        if contains(glob.start, path) or glob.is_anywhere(root)
    )


def _names_below(start: str, path: str) -> list[str]:
    """Return the names from ``start`` to ``path``; all of its names if it is elsewhere."""
    if contains(start, path):
        path = path[len(start.rstrip(os.sep)) + 1 :]
    return path.split(os.sep) if path else []


def find_files(
    filesystem: FileSystem,
    root: str,
    patterns: Iterable[str],
    setting: str,
    may_enter: Callable[[str], bool],
    *,
    skip_outside: bool = False,
) -> Iterator[tuple[str, str, bool]]:
    """Yield the files that the patterns match, each with its pattern.

    The third value is True if the pattern is the file's own name. ``may_enter`` decides about the
    directories that a pattern starts at.

    Raise UsageError for a pattern that exceeds a limit, or that starts where it may not, unless
    ``skip_outside``.
    """
    given = [pattern for pattern in patterns if pattern]
    excluding = [pattern[1:] for pattern in given if pattern.startswith("!")]
    excluded = matcher(filesystem, root, excluding, setting, in_directory=True)
    seen = set()
    for pattern in given:
        if pattern.startswith("!"):
            continue
        for glob in _globs(filesystem, root, _slashed(pattern), setting):
            kind = filesystem.kind(glob.start)
            if kind is PathKind.MISSING:
                continue  # settings of a package that was written in another place
            is_file = not glob.rest and kind is not PathKind.DIRECTORY
            if not is_file and not may_enter(glob.start):
                if skip_outside:
                    continue
                raise messages.PATTERN_OUTSIDE.error(
                    setting=setting, pattern=printable(shortened(pattern, _SHOWN)), root=root
                )
            for path in _matches(filesystem, glob):
                if (path not in seen or is_file) and not (excluding and excluded(path)):
                    seen.add(path)
                    yield path, pattern, is_file


def _matches(filesystem: FileSystem, glob: Glob) -> Iterator[str]:
    if not glob.rest and filesystem.kind(glob.start) is not PathKind.DIRECTORY:
        if filesystem.kind(glob.start) is not PathKind.MISSING:
            yield glob.start
        return
    cut = len(glob.start.rstrip(os.sep)) + 1
    for path in _files_below(filesystem, glob.start, into_modules=glob.into_modules):
        if not glob.rest or glob.matches(path[cut:].split(os.sep), in_directory=True):
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
