"""The files and packages that a partly computed path can name.

A pattern is a tuple of constant parts; between two of them anything may stand, also a ``/``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from sealift.project.filesystem import FileSystem, PathKind
from sealift.project.package_contents import walk_tree
from sealift.project.roles import LOADABLE_EXTENSIONS
from sealift.project.specifiers import module_directories

_COMPLETIONS = (
    "", ".js", ".cjs", ".mjs", ".json", ".node", "/index.js", "/index.json", "/index.node",
)  # fmt: skip

# What a program replaces at run time: the wildcards of globs, and the placeholders of loaders of
# translations (``{{lng}}/{{ns}}.json``, ``{locale}.json``, ``%s.txt``, ``:name``, ``[name]``).
_PLACEHOLDER = re.compile(
    r"""
    (?:^|(?<=/)) \*\*/ | [*?]+
    | \{\{ [^/{}]* \}\} | \$? \{ [^/{}]* \} | \[ [^/\[\]]+ \]
    | %[sd] | (?:^|(?<=/)) :\w+
    """,
    re.VERBOSE,
)


class PathPattern(Struct, frozen=True):
    """A pattern for the paths below one directory.

    Attributes:
        start: the directory of the host below which every match is.
        parts: the constant parts of a path below ``start``, with ``/``.
        anything: no part says anything about the path, so that every path matches.
        endings: what may follow the last part.
    """

    start: str
    parts: tuple[str, ...]
    anything: bool
    endings: tuple[str, ...] = ("",)

    def matches(self, path: str) -> bool:
        """Return True if ``path``, relative to ``start`` and with ``/``, matches.

        Each part is searched for once, from where the one before it ended, so the time is
        proportional to the length of the path.
        """
        head, *middle = self.parts
        if not middle:
            return any(path == head + ending for ending in self.endings)
        if not path.startswith(head):
            return False
        position = len(head)
        tail = middle.pop()
        for part in middle:
            position = path.find(part, position)
            if position < 0:
                return False
            position += len(part)
        return any(
            path.endswith(tail + ending) and len(path) - len(tail) - len(ending) >= position
            for ending in self.endings
        )


def path_pattern(directory: str, parts: tuple[str, ...], *, module: bool) -> PathPattern:
    """Return the pattern of ``parts``, which are relative to ``directory``.

    ``module``: Node loads the result, so the extension may be missing.
    """
    head, slash, rest = parts[0].rpartition("/")
    start = os.path.normpath(os.path.join(directory, head + slash))
    anything = not rest and not any(parts[1:])
    # "./" + x + "/../y" cannot be matched as text, but its constant head can.
    if any(".." in part.split("/") for part in parts[1:]):
        return PathPattern(start, (rest, ""), anything)
    endings = _COMPLETIONS if module and parts[-1] else ("",)
    return PathPattern(start, (rest, *parts[1:]), anything, endings)


def template_parts(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the constant parts of a path that is a glob or a template; else ``parts``."""
    head, *rest = (piece for part in parts for piece in _PLACEHOLDER.split(part))
    return (head, *filter(None, rest[:-1]), *rest[-1:])


def matching_files(
    filesystem: FileSystem,
    pattern: PathPattern,
    keep: Callable[[str, str, PathKind], bool],
    *,
    module: bool,
) -> Iterator[str]:
    """Yield the files that ``pattern`` can name, symbolic links to files included."""
    if not filesystem.is_directory(pattern.start):
        return
    cut = len(pattern.start.rstrip(os.sep)) + 1
    for item in walk_tree(filesystem, pattern.start, keep):
        if item.kind is not PathKind.FILE:
            continue
        if module and not item.path.endswith(LOADABLE_EXTENSIONS):
            continue
        if pattern.matches(item.path[cut:].replace(os.sep, "/")):
            yield item.path


def installed_packages(filesystem: FileSystem, directory: str, head: str) -> Iterator[str]:
    """Yield the names that begin with ``head``, of the packages visible from ``directory``."""
    seen = set()
    scope, slash, _ = head.partition("/")
    for modules in module_directories(directory):
        for entry in filesystem.entries(modules):
            if not entry.name.startswith("@"):
                names = [entry.name]
            elif entry.name.startswith(scope) and (not slash or entry.name == scope):
                packages = filesystem.entries(os.path.join(modules, entry.name))
                names = [f"{entry.name}/{package.name}" for package in packages]
            else:
                names = []
            for name in names:
                if name.startswith(head) and not name.startswith(".") and name not in seen:
                    seen.add(name)
                    yield name
