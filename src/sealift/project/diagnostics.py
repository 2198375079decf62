"""The findings of one reading of a project.

The same finding is reported once. What concerns files that are only included is summed up per
package.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

from sealift.findings import Finding, FindingMessage, Severity
from sealift.project import messages

_NAMES_SHOWN = 5
_LONGEST_VALUE = 300  # characters
_Key = tuple[str, str, str]
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


class Diagnostics:
    """Collects findings; names and values are shortened and made printable."""

    __slots__ = (
        *("_found", "_hook", "_missing", "_mount", "_optional", "_root", "_unresolved"),
        "_working_directory",
    )

    def __init__(self, root: str) -> None:
        self._root = root
        self._working_directory = str(Path.cwd())
        self._found: dict[_Key, Finding] = {}
        self._mount = self._hook = ""
        self._unresolved: dict[_Key, tuple[bool, dict[str, object]]] = {}
        self._missing: dict[str, dict[str, None]] = defaultdict(dict)
        self._optional: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)

    def shown(self, path: str) -> str:
        """Return a path as the user would type it, or relative to the project."""
        for base in (self._working_directory, self._root):
            if path.startswith(base.rstrip(os.sep) + os.sep):
                return path[len(base.rstrip(os.sep)) + 1 :]
        return path

    def add(
        self,
        severity: Severity,
        message: FindingMessage,
        path: str = "",
        line: int = 0,
        /,
        **values: object,
    ) -> _Key:
        """Add a finding about the file at ``path``, unless the same was added before."""
        file = printable(self.shown(path)) if path else ""
        finding = message.finding(severity, file=file, line=line, **_shown(values))
        key = finding.code, finding.message, file
        self._found.setdefault(key, finding)
        return key

    def add_once(
        self, severity: Severity, message: FindingMessage, path: str, line: int, /
    ) -> None:
        """Add a finding that concerns the whole program, for the first place where it shows."""
        if all(code != message.code for code, _, _ in self._found):
            self.add(severity, message, path, line)

    def add_missing(self, package: str, specifier: str) -> None:
        """Add that a file of ``package`` that is only included refers to a missing module."""
        self._missing[package][specifier] = None

    def add_optional(self, package: str, specifier: str, path: str, line: int) -> None:
        """Add that a module is missing that ``package`` can run without."""
        self._optional[package].setdefault(specifier, (path, line))

    def add_mount(self, path: str, line: int) -> None:
        """Note that a script mounts directories at packaged paths (``process.pkg.mount``)."""
        self._mount = self._mount or f"{printable(self.shown(path))}:{line}"

    def add_resolution_hook(self, path: str, line: int) -> None:
        """Note that a script of the project changes what specifiers resolve to."""
        self._hook = self._hook or f"{printable(self.shown(path))}:{line}"

    def add_unresolved(
        self,
        severity: Severity,
        message: FindingMessage,
        path: str,
        line: int,
        /,
        *,
        is_path: bool,
        **values: object,
    ) -> None:
        """Add that a specifier resolves to no module.

        The project's own hooks may resolve it; if it is a path, a mounted directory may have it.
        """
        self._unresolved[self.add(severity, message, path, line, **values)] = is_path, values

    def findings(self) -> tuple[Finding, ...]:
        """Return all findings, errors first."""
        for key, (is_path, values) in self._unresolved.items():
            if self._hook:
                message, place = messages.UNRESOLVED_HOOKED, self._hook
            elif self._mount and is_path:
                message, place = messages.UNRESOLVED_MOUNTED, self._mount
            else:
                continue
            file, line, shown = self._found[key].file, self._found[key].line, _shown(values)
            self._found[key] = message.finding(
                Severity.WARNING, file=file, line=line, place=place, **shown
            )
        for package, places in self._optional.items():
            path, line = next(iter(places.values()))
            self.add(
                Severity.NOTE,
                messages.UNRESOLVED_OPTIONAL,
                path,
                line,
                package=package,
                specifiers=first_of(list(places)),
            )
        for package, specifiers in self._missing.items():
            self.add(
                Severity.NOTE,
                messages.UNRESOLVED_INCLUDED,
                package=package,
                specifiers=first_of(list(specifiers)),
            )
        self._missing.clear()
        self._optional.clear()
        return tuple(sorted(self._found.values(), key=lambda finding: _ORDER[finding.severity]))


def first_of(names: list[str]) -> str:
    """Return the first names of a list, and the number of the others."""
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(shortened(name, 80) for name in names[:_NAMES_SHOWN]) + more


def _shown(values: dict[str, object]) -> dict[str, str]:
    return {name: printable(shortened(str(value))) for name, value in values.items()}


def shortened(text: str, longest: int = _LONGEST_VALUE) -> str:
    """Return ``text``, cut if it has more than ``longest`` characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def printable(text: str) -> str:
    """Return ``text`` with escapes for NUL and for what is not UTF-8."""
    if text.isascii() and "\0" not in text:
        return text  # no copy: labels are those of many files
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
