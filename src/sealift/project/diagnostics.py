"""What there is to tell the user, collected while a project is read.

The same message is told once; what was swept in is summed up per package.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

from sealift.findings import Finding, Severity

_NAMES_SHOWN = 5


class Diagnostics:
    """The findings of one build."""

    __slots__ = ("_found", "_optional", "_root", "_seen", "_unresolved", "_working_directory")

    def __init__(self, root: str) -> None:
        self._root = root
        self._working_directory = str(Path.cwd())
        self._found: list[Finding] = []
        self._seen: set[tuple[str, str, str]] = set()
        self._unresolved: dict[str, dict[str, None]] = defaultdict(dict)
        self._optional: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)

    def shown(self, path: str) -> str:
        """A path as the user would type it, or relative to the project."""
        for base in (self._working_directory, self._root):
            if path.startswith(base.rstrip(os.sep) + os.sep):
                return path[len(base.rstrip(os.sep)) + 1 :]
        return path

    def add(
        self,
        severity: Severity,
        code: str,
        message: str,
        remedy: str = "",
        path: str = "",
        line: int = 0,
    ) -> None:
        """Note something about the file at ``path``."""
        file = self.shown(path) if path else ""
        # Names that are not UTF-8 would break whoever prints the finding.
        message, file = printable(message), printable(file)
        key = (code, message, file)
        if key not in self._seen:
            self._seen.add(key)
            self._found.append(Finding(severity, code, message, remedy, file, line))

    def unresolved_in_passing(self, package: str, specifier: str) -> None:
        """Note that a file which merely came along asks for something that is not there."""
        self._unresolved[package][specifier] = None

    def unresolved_optional(self, package: str, specifier: str, path: str, line: int) -> None:
        """Note that something is not there which the package is prepared to miss."""
        self._optional[package].setdefault(specifier, (path, line))

    def findings(self) -> tuple[Finding, ...]:
        """Everything noted, errors first."""
        for package, places in self._optional.items():
            path, line = next(iter(places.values()))
            self.add(
                Severity.NOTE,
                "unresolved-optional",
                f"{package} can do without what is not installed: {_some(list(places))}.",
                path=path,
                line=line,
            )
        for package, specifiers in self._unresolved.items():
            self.add(
                Severity.NOTE,
                "unresolved-in-passing",
                f"Files of {package} that are packaged just in case ask for what is not there: "
                f"{_some(list(specifiers))}.",
            )
        self._unresolved.clear()
        self._optional.clear()
        order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
        return tuple(sorted(self._found, key=lambda finding: order[finding.severity]))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(names[:_NAMES_SHOWN]) + more


def printable(text: str) -> str:
    """``text`` with escapes for what is not UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
