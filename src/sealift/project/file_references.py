"""From a path in a file to the files and directories that it names."""

from __future__ import annotations

import os

from sealift.errors import UsageError
from sealift.findings import Severity
from sealift.model import Reason, ReasonKind, ResolutionKind
from sealift.project import messages, path_messages
from sealift.project.file_trace import FileTrace
from sealift.project.filesystem import PathKind
from sealift.project.globs import find_files
from sealift.project.inclusions import filter_of, include_directory
from sealift.project.needs import Need
from sealift.project.package_exports import ResolutionError
from sealift.project.path_patterns import template_parts
from sealift.project.project_extent import contains
from sealift.project.references import FileReference, UseKind, WorkingDirectoryReference
from sealift.project.roles import SCRIPT_EXTENSIONS, is_script
from sealift.record import replace

# Packages that read the source of the modules that they load, to change it.
_READ_MODULES = frozenset({"rewire"})
# Packages that run the scripts whose paths they get, in threads or processes.
_RUN_SCRIPTS = frozenset({
    "bree", "bull", "bullmq", "jest-worker", "node-worker-threads-pool", "piscina", "poolifier",
    "tinypool", "workerpool",
})  # fmt: skip


def trace_file(context: FileTrace, reference: FileReference) -> None:
    """Package what a path relative to the file names."""
    if reference.use is UseKind.LOADED:
        _trace_loaded(context, reference)
        return
    if reference.use is UseKind.SERVED:
        context.trace.served.add(_directory_of(context, reference.parts))
    if reference.taker and context.owner.is_app:
        context.trace.taken.append((context.file, reference))
    if len(reference.parts) > 1:
        certain = reference.certain and context.file.need is Need.REQUIRED
        context.add_path_pattern(
            reference.parts,
            reference.line,
            as_module=False,
            reads=reference.reads,
            certain=certain,
            looked_at=reference.looked_at,
        )
        return
    path = os.path.normpath(os.path.join(context.directory, reference.parts[0]))
    kind = context.trace.filesystem.kind(path)
    if kind is PathKind.DIRECTORY:
        _trace_directory(context, path, reference)
    elif kind is PathKind.FILE:
        _trace_existing(context, path, reference)
    elif kind is PathKind.LOOP:
        context.trace.add_loop(path, context.file.need)
    elif kind is PathKind.MISSING:
        _trace_missing(context, path, reference)


def trace_from_working_directory(context: FileTrace, reference: WorkingDirectoryReference) -> None:
    """Package the script of ``new Worker('./w.js')``, if the project has it.

    Node takes it from the working directory; people start the program in the project.
    """
    if reference.use is UseKind.SERVED:
        _trace_served(context, reference)
        return
    if reference.use is UseKind.READ:
        _warn_if_read(context, reference)
        return
    trace, file = context.trace, context.file
    for directory in (trace.root, context.directory, context.owner.directory):
        named = os.path.normpath(os.path.join(directory, reference.path))
        # The package threads takes the path from its caller, and adds the extension.
        for path in (named, *(named + extension for extension in SCRIPT_EXTENSIONS)):
            if trace.filesystem.kind(path) is PathKind.FILE and context.may_enter(path):
                reason = context.reason(ReasonKind.WORKER, reference.line, reference.path)
                trace.add_path(path, reason, file.need, as_module=True, asker=context.asker)
                return
    if context.is_required_of_app:
        trace.diagnostics.add(
            Severity.NOTE,
            messages.REFERENCE_MISSING_AT_START,
            file.path,
            reference.line,
            path=reference.path,
        )


def _directory_of(context: FileTrace, parts: tuple[str, ...]) -> str:
    """Return the path that a reference names, or the directory of all that it can name."""
    known = parts[0] if len(parts) == 1 else os.path.dirname(parts[0])
    path = os.path.normpath(os.path.join(context.directory, known))
    found = context.trace.real_path(path, Need.INCLUDED)
    return found.real if found is not None else path


def _warn_if_read(context: FileTrace, reference: WorkingDirectoryReference) -> None:
    """Say where the scripts are looked up that a pattern names, if the project has any."""
    trace = context.trace
    patterns = (reference.path.removeprefix("./"),)
    try:
        found = find_files(
            trace.filesystem, trace.root, patterns, "apis", context.may_enter, skip_outside=True
        )
        has_any = any(found)
    except UsageError:  # a pattern that exceeds a limit
        return
    if has_any:
        trace.diagnostics.add(
            Severity.WARNING,
            path_messages.READ_FROM_WORKING_DIRECTORY,
            context.file.path,
            reference.line,
            path=reference.path,
        )


def _trace_served(context: FileTrace, reference: WorkingDirectoryReference) -> None:
    """Package the directory of ``express.static('public')``, and say where it is looked up."""
    trace = context.trace
    path = os.path.normpath(os.path.join(trace.root, reference.path))
    if path == trace.root or not contains(trace.root, path):
        return
    if trace.filesystem.is_directory(path):
        reason = context.reason(ReasonKind.DIRECTORY_REFERENCE, reference.line, reference.path)
        include_directory(trace, path, reason, trace.app)
        trace.served.add(path)
        trace.diagnostics.add(
            Severity.WARNING,
            path_messages.SERVED_FROM_WORKING_DIRECTORY,
            context.file.path,
            reference.line,
            path=reference.path,
        )


def _trace_loaded(context: FileTrace, reference: FileReference) -> None:
    """Package what a package may load or find for the file, if it is there."""
    trace, (specifier,) = context.trace, reference.parts
    try:
        resolved = trace.resolver.resolve(ResolutionKind.REQUIRE, specifier, context.directory)
    except ResolutionError:
        return
    runs = is_script(resolved.path, as_module=False)
    if resolved.path and (runs or not specifier.startswith(".")):
        trace.add(
            resolved.path,
            context.reason(ReasonKind.REQUIRE, reference.line, specifier),
            max(context.file.need, Need.CONDITIONAL if runs else Need.INCLUDED),
            symlinks=resolved.symlinks,
            as_module=runs,
            read=reference.taker in _READ_MODULES,
            asker=context.asker,
        )


def _trace_directory(context: FileTrace, path: str, reference: FileReference) -> None:
    top = context.owner.directory
    text = reference.parts[0] or "."
    if path == top:
        context.add_unproven(text, reference.line)
    elif contains(path, top) or not context.may_enter(path):
        context.add_outside(path, text, reference.line)
    elif os.path.basename(path) != "node_modules":
        kind = ReasonKind.DIRECTORY_REFERENCE
        include_directory(context.trace, path, _reason(context, kind, reference), context.asker)


def _reason(context: FileTrace, kind: ReasonKind, reference: FileReference) -> Reason:
    """Return the reason of what a reference names; only a file that is loaded surely reads it."""
    reason = context.reason(kind, reference.line, reference.parts[0])
    certain = reference.certain and context.file.need is Need.REQUIRED
    return replace(reason, certain=certain)


def _trace_existing(context: FileTrace, path: str, reference: FileReference) -> None:
    runs = reference.use in (UseKind.WORKER, UseKind.FORK) or reference.taker in _RUN_SCRIPTS
    kind = ReasonKind.WORKER if runs else ReasonKind.FILE_REFERENCE
    reason = _reason(context, kind, reference)
    need = context.file.need if runs else Need.INCLUDED
    read = not (runs or reference.looked_at)
    context.trace.add_path(path, reason, need, as_module=runs, read=read, asker=context.asker)


def _trace_missing(context: FileTrace, path: str, reference: FileReference) -> None:
    """The path may lack its extension, or be created at run time."""
    trace, text = context.trace, reference.parts[0]
    try:
        resolved = trace.resolver.resolve(ResolutionKind.REQUIRE, path, context.directory)
    except ResolutionError:
        resolved = None
    if resolved is not None and resolved.path:
        reason = context.reason(ReasonKind.FILE_REFERENCE, reference.line, text)
        trace.add(
            resolved.path,
            reason,
            Need.INCLUDED,
            symlinks=resolved.symlinks,
            asker=context.asker,
        )
        return
    template = template_parts(reference.parts)
    if len(template) > 1:
        context.add_path_pattern(template, reference.line, as_module=False)
    elif _trace_extended(context, path, reference):
        return
    elif context.is_required_of_app and not reference.looked_at:
        trace.diagnostics.add(
            Severity.NOTE,
            messages.REFERENCE_MISSING,
            context.file.path,
            reference.line,
            path=text,
        )


def _trace_extended(context: FileTrace, path: str, reference: FileReference) -> bool:
    """Package the files whose names are the path's with an extension; return False without any.

    A function in another file may add the extension: ``render(path.join(__dirname, 'home'))``.
    """
    trace = context.trace
    directory, name = os.path.split(path)
    if trace.filesystem.kind(directory) is PathKind.MISSING or not context.may_enter(directory):
        return False
    keep = filter_of(trace, context.owner).keep
    reason = context.reason(ReasonKind.FILE_REFERENCE, reference.line, reference.parts[0])
    found = [
        entry.name
        for entry in trace.filesystem.entries(directory)
        if entry.kind is PathKind.FILE
        and entry.name.startswith(name + ".")
        and keep(directory, entry.name, entry.kind)
    ]
    for extended in found:
        path = os.path.join(directory, extended)
        trace.add_path(path, reason, Need.INCLUDED, asker=context.asker)
    return bool(found)
