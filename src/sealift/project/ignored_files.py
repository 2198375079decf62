"""The files that pkg.ignore leaves out."""

from __future__ import annotations

from sealift.findings import Severity
from sealift.project.diagnostics import Diagnostics
from sealift.project.filesystem import FileSystem
from sealift.project.globs import matcher
from sealift.project.project_extent import contains
from sealift.project.settings import messages

_SETTING = "pkg.ignore"


class IgnoredFiles:
    """The patterns of pkg.ignore, and which of them match a file.

    A pattern that begins with a slash and outside the project is meant to begin in the project
    more often than not, so it is reported if it matches nothing. Other patterns are precautions.
    """

    __slots__ = ("_matches", "_root", "_unused")

    def __init__(self, filesystem: FileSystem, root: str, patterns: tuple[str, ...]) -> None:
        self._root = root
        self._matches = (
            matcher(filesystem, root, patterns, _SETTING, in_directory=False) if patterns else None
        )
        self._unused = {
            pattern: matcher(filesystem, root, (pattern,), _SETTING, in_directory=False)
            for pattern in patterns
            if pattern.startswith("/") and not contains(root, pattern)
        }

    def has(self, path: str) -> bool:
        """Return True if ``path`` matches a pattern."""
        if self._matches is None or not self._matches(path):
            return False
        used = [pattern for pattern, matches in self._unused.items() if matches(path)]
        for pattern in used:
            del self._unused[pattern]
        return True

    def report_unused(self, diagnostics: Diagnostics) -> None:
        """Add a finding for each pattern that begins outside the project and matched nothing."""
        for pattern in self._unused:
            diagnostics.add(
                Severity.WARNING,
                messages.IGNORE_WITHOUT_MATCH,
                pattern=pattern,
                relative=pattern.lstrip("/"),
            )
