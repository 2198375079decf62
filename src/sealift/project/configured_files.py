"""The files that package.json names: ``pkg.scripts``, ``pkg.assets``, ``files``, own fields."""

from __future__ import annotations

import os

from sealift.findings import Severity
from sealift.model import Reason, ReasonKind
from sealift.project.diagnostics import first_of
from sealift.project.filesystem import PathKind
from sealift.project.globs import find_files
from sealift.project.inclusions import include_directory
from sealift.project.manifest import Manifest
from sealift.project.manifest_lists import listed_texts
from sealift.project.needs import Need
from sealift.project.package_json import Package
from sealift.project.project_extent import contains, is_installed
from sealift.project.roles import LOADABLE_EXTENSIONS, TYPESCRIPT_EXTENSIONS, extension_of
from sealift.project.settings import messages
from sealift.project.trace import Trace
from sealift.project.typescript import is_typescript

_LOADED = ("", *LOADABLE_EXTENSIONS, *TYPESCRIPT_EXTENSIONS)  # "": a script with a #! line


def add_configured_files(trace: Trace, manifest: Manifest) -> None:
    """Package the files that the settings name. Raise UsageError for an impossible pattern.

    package.json's ``files`` apply if the settings name none.
    """
    settings = manifest.settings
    package = None if manifest.is_part else manifest.package
    if package is not None:
        _add_listed(trace, package)
    _add_matches(trace, settings.scripts, "pkg.scripts", Need.REQUIRED)
    _add_matches(trace, settings.assets, "pkg.assets", Need.INCLUDED, data=True)
    if settings.scripts or settings.assets or package is None:
        return
    listed = package.data.get("files")
    if isinstance(listed, list):
        patterns = tuple(
            item.removeprefix("/") for item in listed if isinstance(item, str) and item
        )
        _add_matches(trace, patterns, "files", Need.INCLUDED, may_match_nothing=True)


def _add_listed(trace: Trace, package: Package) -> None:
    """Package the files and directories in fields that the project's own code may read."""
    for text in sorted(listed_texts(package)):
        if not text.startswith("./"):
            continue
        path = os.path.normpath(os.path.join(package.directory, text))
        reason = Reason(ReasonKind.CONFIGURED, "", 0, text)
        kind = trace.filesystem.kind(path)
        if path == trace.root or not contains(trace.root, path):
            continue
        if kind is PathKind.DIRECTORY:
            include_directory(trace, path, reason, trace.app)
        elif kind is PathKind.FILE:
            trace.add_path(path, reason, Need.INCLUDED)


def _add_matches(
    trace: Trace,
    patterns: tuple[str, ...],
    setting: str,
    need: Need,
    *,
    data: bool = False,
    may_match_nothing: bool = False,
) -> None:
    def may_enter(directory: str) -> bool:
        found = trace.real_path(directory, Need.INCLUDED)
        return found is not None and trace.boundary.allows(trace.app, found.real)

    matched = set()
    others: dict[str, list[str]] = {}
    found = find_files(
        trace.filesystem,
        trace.root,
        patterns,
        setting,
        may_enter,
        # npm publishes nothing from there, and its package was written in another place.
        skip_outside=may_match_nothing or is_installed(trace.root),
    )
    for path, pattern, is_named in found:
        matched.add(pattern)
        detail = pattern.replace("\\", "/").removeprefix("./")
        reason = Reason(ReasonKind.CONFIGURED, "", 0, detail)
        # `pkg.scripts` are loaded as modules; other TypeScript may be data.
        as_module = need is Need.REQUIRED and is_typescript(path)
        if need is Need.REQUIRED and extension_of(path) not in _LOADED:
            others.setdefault(pattern, []).append(trace.diagnostics.shown(path))
        # Not every script that a pattern matches must run: some are for development.
        certain = need if is_named else max(need, Need.CONDITIONAL)
        trace.add_path(path, reason, certain, as_module=as_module, data=data, named=is_named)
    for pattern, names in others.items():
        trace.diagnostics.add(
            Severity.NOTE, messages.NOT_A_SCRIPT, pattern=pattern, files=first_of(names)
        )
    for pattern in patterns:
        if not may_match_nothing and pattern not in matched and not pattern.startswith("!"):
            trace.diagnostics.add(
                Severity.WARNING,
                messages.PATTERN_WITHOUT_MATCH,
                pattern=pattern,
                setting=setting,
                root=trace.root,
            )
