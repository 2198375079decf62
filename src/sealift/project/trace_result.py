"""The result of a finished trace, as a `Project`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sealift.deployment import DeployFile
from sealift.findings import Excerpt, Severity
from sealift.model import (
    Project,
    ProjectFile,
    ProjectSymlink,
    Reason,
    ReasonKind,
    Resolution,
    WholePackage,
)
from sealift.project import messages
from sealift.project.diagnostics import first_of, printable
from sealift.project.disclosure import Disclosure
from sealift.project.handled_files import mark_handled
from sealift.project.locations import Layout
from sealift.project.manifest import Manifest
from sealift.project.native_readers import find_native_readers
from sealift.project.needs import Need
from sealift.project.package_contents import MAX_DEPTH
from sealift.project.read_scripts import mark_read
from sealift.project.run_scripts import mark_started
from sealift.project.tasks import TracedFile
from sealift.project.trace import Trace
from sealift.record import replace

# Directories whose scripts are loaded, not read, by a package that gets their path.
_OF_CODE = re.compile(
    r"(?:command|cmd|controller|entity|event|handler|hook|job|listener|loader|middleware|migration"
    r"|model|module|plugin|resolver|route|seed|seeder|service|subscriber|task|worker)s?/?$"
    r"|entities/?$",
    re.IGNORECASE,
)


def project_of(
    trace: Trace,
    manifest: Manifest,
    disclosure: Disclosure,
    deploy_files: tuple[DeployFile, ...] = (),
) -> Project:
    """Return the traced project, its files in the order of their locations.

    ``disclosure`` decides whose source may ship; ``deploy_files`` must be beside the executable.
    """
    mark_handled(trace)
    mark_started(trace)
    mark_read(trace)
    native_readers = find_native_readers(trace)
    _add_findings(trace)
    layout = Layout(trace.root, {os.path.dirname(path) for path in (*trace.files, *trace.symlinks)})
    reasons: dict[Reason, Reason] = {}
    files = [_file(trace, file, layout, disclosure, reasons) for file in trace.files.values()]
    files.sort(key=lambda file: file.location)
    locations = {file.location for file in files}
    symlinks = [
        link
        for path, target in sorted(trace.symlinks.items())
        if (link := _symlink(layout, path, target)) and link.location not in locations
    ]
    whole = [
        WholePackage(
            item.package, layout.location(item.location), item.because, item.file, item.line
        )
        for item in trace.whole.values()
    ]
    return Project(
        name=manifest.name,
        version=manifest.version,
        root=manifest.root,
        entry=layout.location(os.fspath(manifest.entry)),
        files=tuple(files),
        symlinks=tuple(sorted(symlinks, key=lambda link: link.location)),
        directories=_empty_directories(trace, layout, locations),
        findings=(*manifest.findings, *trace.diagnostics.findings()),
        whole_packages=tuple(sorted(whole, key=lambda item: item.location)),
        deploy_files=deploy_files,
        is_traced_output=trace.output is not None,
        native_readers=native_readers,
    )


def is_utf8(path: str) -> bool:
    """Return True if ``path`` can be encoded as UTF-8."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _add_findings(trace: Trace) -> None:
    """Add what is known only at the end of the trace."""
    for directory, problem in trace.filesystem.unlistable.items():
        trace.diagnostics.add(
            Severity.WARNING, messages.DIRECTORY_UNREADABLE, directory, problem=problem
        )
    for directory in sorted(trace.filesystem.too_deep):
        if not trace.is_ignored(directory):
            trace.diagnostics.add(
                Severity.ERROR, messages.DIRECTORY_TOO_DEEP, directory, limit=MAX_DEPTH
            )
    if trace.output is not None and trace.pruned:
        specifiers = first_of(list(trace.pruned))
        evidence = trace.output.evidence
        trace.diagnostics.add(
            Severity.NOTE, messages.TRACED_OUTPUT, evidence, specifiers=specifiers
        )
    if trace.whole:
        names = sorted({item.package for item in trace.whole.values()})
        trace.diagnostics.add(Severity.NOTE, messages.WHOLE_PACKAGES, packages=first_of(names))


def _file(
    trace: Trace,
    file: TracedFile,
    layout: Layout,
    disclosure: Disclosure,
    reasons: dict[Reason, Reason],
) -> ProjectFile:
    """Return a traced file as it is packaged; of equal ``reasons`` one is used for all files."""
    reason, read = _located(file.reason, layout), _read(file, layout)
    return ProjectFile(
        source=Path(file.path),
        replacement=file.javascript,
        location=layout.location(file.path),
        role=file.role,
        size=file.size,
        mtime_ns=file.mtime_ns,
        mode=file.mode,
        reason=reasons.setdefault(reason, reason),
        resolutions=tuple(
            Resolution(kind, specifier, layout.location(target) if target in trace.files else None)
            for (kind, specifier), target in file.resolutions.items()
            if is_utf8(specifier)
        ),
        package=printable(file.owner.label) if file.owner.package is not None else "",
        of_app=file.owner.is_app,
        public=file.data
        or disclosure.allows(file.owner)
        or (disclosure.named_scripts and _is_named(file)),
        read=reasons.setdefault(read, read) if read is not None else None,
        texts=_texts(file),
        included=file.need is Need.INCLUDED,
    )


def _is_named(file: TracedFile) -> bool:
    """Return True if the program names a file by its whole path, as it names data."""
    return file.read is not None and file.read.kind is ReasonKind.FILE_REFERENCE


def _texts(file: TracedFile) -> tuple[Excerpt, ...]:
    """Return where a file uses the text of functions; that is certain only in a loaded file."""
    loaded = file.need is Need.REQUIRED
    return tuple(replace(use, certain=use.certain and loaded) for use in file.texts)


def _read(file: TracedFile, layout: Layout) -> Reason | None:
    """Return where the program names a file, or its directory, as data; None if it does not."""
    reason = file.read
    if reason is None and file.reason.kind is ReasonKind.DIRECTORY_REFERENCE:
        reason = None if _OF_CODE.search(file.reason.detail) else file.reason
    if reason is None:
        return None
    return replace(_located(reason, layout), certain=reason.certain, reader=reason.reader)


def _located(reason: Reason, layout: Layout) -> Reason:
    """Return a reason with the location of its parent, without what is said of reading only."""
    parent = layout.location(reason.parent) if reason.parent else ""
    return Reason(reason.kind, parent, reason.line, printable(reason.detail))


def _symlink(layout: Layout, path: str, target: str) -> ProjectSymlink | None:
    if not is_utf8(path) or not is_utf8(target):
        return None
    relative = os.path.relpath(layout.location(target), os.path.dirname(layout.location(path)))
    return ProjectSymlink(layout.location(path), relative.replace(os.sep, "/"))


def _empty_directories(trace: Trace, layout: Layout, locations: set[str]) -> tuple[str, ...]:
    if not trace.directories:
        return ()
    filled = set()
    for location in locations:
        parent = location
        while (parent := os.path.dirname(parent)) and parent not in filled:
            filled.add(parent)
    empty = {layout.location(path) for path in trace.directories if is_utf8(path)}
    return tuple(sorted(empty - filled))
