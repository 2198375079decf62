"""Packages whose native code gets paths of packaged files, which no disk has.

The runtime shows packaged files to `node:fs` only. An addon (sharp, better-sqlite3) that opens a
file by itself gets a copy of it on the disk (`runtime/js/addons/path-arguments.js`).
"""

from __future__ import annotations

import os

from sealift.findings import Severity
from sealift.model import ResolutionKind, Role
from sealift.project import path_messages
from sealift.project.file_trace import joined
from sealift.project.package_owners import Owner
from sealift.project.references import FileReference
from sealift.project.tasks import TracedFile
from sealift.project.trace import Trace


def find_native_readers(trace: Trace) -> tuple[str, ...]:
    """Return the names of the packages with addons that get paths of the project's files.

    Add a finding for each path that names no file, because the runtime copies files only.
    """
    if not trace.taken:
        return ()
    with_addons = {file.owner.directory for file in trace.files.values() if file.role is Role.ADDON}
    names: set[str] = set()
    for file, reference in trace.taken:
        owner = _owner(trace, file.resolutions, reference.taker)
        if owner is None or not _has_addon(trace, owner, with_addons):
            continue
        names.update((owner.name, *owner.names("optionalDependencies")))
        if not _names_file(trace, file, reference):
            trace.diagnostics.add(
                Severity.WARNING,
                path_messages.NATIVE_PATH,
                file.path,
                reference.line,
                package=owner.label,
                path=joined(reference.parts),
            )
    return tuple(sorted(names))


def _names_file(trace: Trace, file: TracedFile, reference: FileReference) -> bool:
    """Return True if a reference names a packaged file."""
    directory = os.path.dirname(file.path)
    path = os.path.normpath(os.path.join(directory, reference.parts[0]))
    return len(reference.parts) == 1 and path in trace.files


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
        if directory is not None and trace.filesystem.resolved(directory) in with_addons:
            return True
    return False
