"""From what the scanner found in one file to the files that it needs."""

from __future__ import annotations

import os
import re

from sealift.findings import Severity
from sealift.model import ReasonKind
from sealift.project import path_messages
from sealift.project.file_references import trace_file, trace_from_working_directory
from sealift.project.file_trace import FileTrace
from sealift.project.module_references import trace_module
from sealift.project.needs import Need
from sealift.project.pattern_references import trace_pattern
from sealift.project.references import SELF, SourceReferences
from sealift.record import replace

_OF_PATH = re.compile(r"URL|file:|\.href|[Pp]ath|[Ff]ile|[Dd]ir")
"""In the expression of a module that is a file of the user."""


def trace_references(context: FileTrace, references: SourceReferences) -> None:
    """Package every file that the references name, and report what cannot be proven."""
    for module in references.modules:
        if not module.specifier.endswith(SELF):  # a file that loads itself
            at = context.at(of_entry=module.of_entry)
            (specifier,) = _with_own_name(at, (module.specifier,))
            trace_module(at, replace(module, specifier=specifier))
    for pattern in references.patterns:
        at = context.at(of_entry=pattern.of_entry)
        trace_pattern(at, replace(pattern, parts=_with_own_name(at, pattern.parts)))
    for file in references.files:
        at = context.at(of_entry=file.of_entry)
        trace_file(at, replace(file, parts=_with_own_name(at, file.parts)))
    for script in references.working_directory:
        trace_from_working_directory(context, script)
    context.trace.scripts_read.extend(
        (context.file, replace(scripts, glob=_with_own_name(context, (scripts.glob,))[0]))
        for scripts in references.scripts_read
    )
    for directory in references.packaged_directories:
        if context.file.need <= Need.CONDITIONAL:
            context.trace.diagnostics.add_once(
                Severity.NOTE, path_messages.PACKAGED_DIRECTORY, context.file.path, directory.line
            )
    for command in references.command_paths:
        if context.file.need <= Need.CONDITIONAL:
            context.trace.diagnostics.add(
                Severity.WARNING,
                path_messages.COMMAND_PATH,
                context.file.path,
                command.line,
                path=command.path,
            )
    if references.resolution_hook and context.is_required_of_app:
        context.trace.diagnostics.add_resolution_hook(context.file.path, references.resolution_hook)
        context.trace.hooks.found()
    for handler in references.handlers:
        if context.file.need is Need.REQUIRED:
            reason = context.reason(ReasonKind.REQUIRE, handler.line, handler.extension)
            handled = replace(reason, certain=handler.reads)
            context.trace.handled.setdefault(handler.extension, handled)
    for unproven in references.unproven:
        at = context.at(of_entry=unproven.of_entry)
        at.add_unproven(unproven.what, unproven.line, guarded=unproven.guarded)
        if unproven.located:
            at.add_lookup(unproven.what, unproven.line)
        if unproven.kind == "require" and context.file.need is not Need.INCLUDED:
            reason = context.reason(ReasonKind.REQUIRE, unproven.line, unproven.what)
            context.trace.hidden_requires.setdefault(context.owner.directory, reason)
        names_package = unproven.kind == "import" and not _OF_PATH.search(unproven.what)
        if names_package and context.is_required_of_app:
            reason = context.reason(ReasonKind.IMPORT, unproven.line, unproven.what)
            context.trace.hidden_import = context.trace.hidden_import or reason


def _with_own_name(context: FileTrace, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the parts with the name of the file that they start at in place of `SELF`."""
    name = os.path.basename(context.start.path)
    return tuple(part.replace(SELF, name) for part in parts)
