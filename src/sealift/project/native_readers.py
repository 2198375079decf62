"""Packages whose native code gets paths of packaged files, which no disk has.

The runtime shows packaged files to `node:fs` only. An addon (sharp, better-sqlite3) that opens a
file by itself does not find it.
"""

from __future__ import annotations

import os

from sealift.findings import Severity
from sealift.model import ResolutionKind, Role
from sealift.project import messages
from sealift.project.file_trace import joined
from sealift.project.package_owners import Owner
from sealift.project.trace import Trace


def report_native_readers(trace: Trace) -> None:
    """Add a finding for each path of the project that a package with an addon gets."""
    if not trace.taken:
        return
    with_addons = {file.owner.directory for file in trace.files.values() if file.role is Role.ADDON}
    for file, reference in trace.taken:
        owner = _owner(trace, file.resolutions, reference.taker)
        if owner is not None and _has_addon(trace, owner, with_addons):
            trace.diagnostics.add(
                Severity.WARNING,
                messages.NATIVE_PATH,
                file.path,
                reference.line,
                package=owner.label,
                path=joined(reference.parts),
            )


def _owner(
    trace: Trace, resolutions: dict[tuple[ResolutionKind, str], str], specifier: str
) -> Owner | None:
    """Return the package that a specifier of a file resolves to."""
    for kind in ResolutionKind:
        path = resolutions.get((kind, specifier))
        if path:
            return trace.owners.of(path)
    return None


def _has_addon(trace: Trace, owner: Owner, with_addons: set[str]) -> bool:
    """Return True if a package has an addon, itself or in a package for one platform."""
    if owner.directory in with_addons:
        return True
    for name in owner.names("optionalDependencies"):
        directory = trace.resolver.package_directory(name, owner.directory)
        if directory is not None and os.path.realpath(directory) in with_addons:
            return True
    return False
