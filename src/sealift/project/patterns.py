"""Files and packages that a partly computed path may mean.

A pattern is a tuple of constant pieces, between two of which anything may stand (also a ``/``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sealift.project.filesystem import FileSystem, PathKind
from sealift.project.package_contents import walk_tree
from sealift.project.resolve import module_directories
from sealift.project.roles import LOADABLE_EXTENSIONS

_COMPLETIONS = r"(?:\.[cm]?js|\.json|\.node|/index\.js|/index\.json|/index\.node)?"

# What a program puts something else for: globs, and the templates of loaders of translations
# (``{{lng}}/{{ns}}.json``, ``{locale}.json``, ``%s.txt``, ``:name``, ``[name]``).
_PLACEHOLDER = re.compile(
    r"""
    (?:^|(?<=/)) \*\*/ | [*?]+
    | \{\{ [^/{}]* \}\} | \$? \{ [^/{}]* \} | \[ [^/\[\]]+ \]
    | %[sd] | (?:^|(?<=/)) :\w+
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A pattern anchored at a directory of the host.

    Attributes:
        start: the directory below which every match stands.
        test: matches the path below ``start``, with ``/``.
        anything: the pattern says nothing but ``start``.
    """

    start: str
    test: re.Pattern[str]
    anything: bool


def path_pattern(directory: str, parts: tuple[str, ...], *, module: bool) -> PathPattern:
    """The pattern ``parts``, relative to ``directory``.

    ``module``: Node would load the result, so extensions may be missing from it.
    """
    head, slash, rest = parts[0].rpartition("/")
    start = os.path.normpath(os.path.join(directory, head + slash))
    tail = parts[-1]
    expression = ".*".join(re.escape(part) for part in (rest, *parts[1:]))
    if module and tail:
        expression += _COMPLETIONS
    # "./" + x + "/../y" cannot be matched as text; the constant head still can.
    if any(".." in part.split("/") for part in parts[1:]):
        expression = re.escape(rest) + ".*"
    anything = not rest and not any(parts[1:])
    return PathPattern(start, re.compile(expression, re.DOTALL), anything)


def template_parts(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The constant pieces of a path that is a glob or a template; ``parts`` if it is neither."""
    head, *rest = (piece for part in parts for piece in _PLACEHOLDER.split(part))
    return (head, *filter(None, rest[:-1]), *rest[-1:])


def matching_files(
    filesystem: FileSystem,
    pattern: PathPattern,
    keep: Callable[[str, str, PathKind], bool],
    *,
    module: bool,
) -> Iterator[str]:
    """The files that ``pattern`` may mean, symbolic links to files included."""
    if not filesystem.is_directory(pattern.start):
        return
    cut = len(pattern.start.rstrip(os.sep)) + 1
    for found in walk_tree(filesystem, pattern.start, keep):
        if found.kind is not PathKind.FILE:
            continue
        if module and not found.path.endswith(LOADABLE_EXTENSIONS):
            continue
        if pattern.test.fullmatch(found.path[cut:].replace(os.sep, "/")):
            yield found.path


def installed_packages(filesystem: FileSystem, directory: str, head: str) -> Iterator[str]:
    """Names of the packages visible from ``directory`` that begin with ``head``."""
    seen = set()
    scope, slash, _ = head.partition("/")
    for modules in module_directories(directory):
        for entry in filesystem.entries(modules):
            if not entry.name.startswith("@"):
                names = [entry.name]
            elif entry.name.startswith(scope) and (not slash or entry.name == scope):
                inner = filesystem.entries(os.path.join(modules, entry.name))
                names = [f"{entry.name}/{package.name}" for package in inner]
            else:
                names = []
            for name in names:
                if name.startswith(head) and not name.startswith(".") and name not in seen:
                    seen.add(name)
                    yield name
