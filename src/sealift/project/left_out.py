"""Files that code refers to and that are not packaged: recorded while tracing, reported at the end.

Only at the end it is known which of them are packaged after all, for a better reason.
"""

from __future__ import annotations

from collections.abc import Container

from msgspec import Struct

from sealift.findings import Severity
from sealift.model import Reason, ReasonKind
from sealift.project import messages
from sealift.project.diagnostics import Diagnostics
from sealift.project.needs import Need
from sealift.project.package_owners import Owner
from sealift.project.project_extent import contains

_LOADING = frozenset({ReasonKind.REQUIRE, ReasonKind.IMPORT, ReasonKind.WORKER})
_NAMING = _LOADING | {ReasonKind.FILE_REFERENCE}
"""Reasons of a file that a line of code names; the others concern files that only lie somewhere."""


class LeftOut(Struct, frozen=True):
    """One request for the file at the real path ``path``, by a file of ``owner``."""

    path: str
    reason: Reason
    need: Need
    owner: Owner

    @property
    def setting(self) -> str:
        """The setting that can name the file."""
        return "pkg.scripts" if self.reason.kind in _LOADING else "pkg.assets"


class LeftOutFiles:
    """The requests that were refused."""

    __slots__ = ("_links", "_outside", "_secrets")

    def __init__(self) -> None:
        self._outside: dict[tuple[str, str], LeftOut] = {}
        self._secrets: dict[tuple[str, str], LeftOut] = {}
        self._links: dict[str, str] = {}

    def add_outside(self, request: LeftOut) -> None:
        """Record a request for a file that the package may not take."""
        self._outside.setdefault((request.path, request.reason.parent), request)

    def add_secret(self, request: LeftOut) -> None:
        """Record a request for a file that commonly holds secrets."""
        self._secrets.setdefault((request.path, request.reason.parent), request)

    def add_link(self, path: str, target: str) -> None:
        """Record a symbolic link in an included directory to ``target``, which is outside."""
        self._links[path] = target

    def report(
        self, diagnostics: Diagnostics, packaged: Container[str], *, allow_missing: bool
    ) -> None:
        """Add a finding for each file that was requested and is not ``packaged``."""
        named = {one.path for one in self._outside.values() if one.reason.kind in _NAMING}
        for request in self._outside.values():
            path = request.path
            # What a line of code names is not reported a second time.
            again = request.reason.kind not in _NAMING and any(contains(path, at) for at in named)
            if path not in packaged and not again:
                _report_outside(diagnostics, request, allow_missing=allow_missing)
        for path, target in self._links.items():
            if target not in packaged and not any(contains(target, at) for at in named):
                diagnostics.add(Severity.NOTE, messages.LINK_LEFT_OUT, path)
        for request in self._secrets.values():
            if request.path not in packaged:
                _report_secret(diagnostics, request, allow_missing=allow_missing)


def _report_outside(diagnostics: Diagnostics, request: LeftOut, *, allow_missing: bool) -> None:
    reason, shown = request.reason, diagnostics.shown(request.path)
    if reason.kind not in _NAMING:
        diagnostics.add(
            Severity.WARNING if reason.kind is ReasonKind.CONFIGURED else Severity.NOTE,
            messages.FILE_OUTSIDE,
            reason.parent,
            reason.line,
            package=request.owner.label,
            path=shown,
            setting=request.setting,
        )
        return
    diagnostics.add(
        _severity(request, allow_missing=allow_missing),
        messages.REFERENCE_OUTSIDE if request.owner.is_app else messages.REFERENCE_BEYOND_PACKAGE,
        reason.parent,
        reason.line,
        package=request.owner.label,
        path=reason.detail,
        shown=shown,
        setting=request.setting,
    )


def _report_secret(diagnostics: Diagnostics, request: LeftOut, *, allow_missing: bool) -> None:
    reason, shown = request.reason, diagnostics.shown(request.path)
    if reason.kind in _NAMING:
        diagnostics.add(
            _severity(request, allow_missing=allow_missing),
            messages.SECRET_REFERENCED,
            reason.parent,
            reason.line,
            path=shown,
            setting=request.setting,
        )
    elif reason.kind is ReasonKind.CONFIGURED:
        diagnostics.add(
            Severity.WARNING, messages.SECRET_MATCHED, request.path, pattern=reason.detail
        )
    else:
        diagnostics.add(Severity.NOTE, messages.SECRET_LEFT_OUT, request.path)


def _severity(request: LeftOut, *, allow_missing: bool) -> Severity:
    """Return ERROR if the program fails at its start without the file."""
    fails = request.need is Need.REQUIRED and not request.reason.detail.startswith(("/", "file:"))
    return Severity.ERROR if fails and not allow_missing else Severity.WARNING
