"""From what the scanner found in one file to the files that it needs."""

from __future__ import annotations

import os
from dataclasses import replace

from sealift.findings import Severity
from sealift.project import messages
from sealift.project.file_references import trace_file, trace_from_working_directory
from sealift.project.file_trace import FileTrace
from sealift.project.module_references import trace_module
from sealift.project.pattern_references import trace_pattern
from sealift.project.references import SELF, SourceReferences, SyntaxProblem
from sealift.project.trace import Need


def trace_references(context: FileTrace, references: SourceReferences) -> None:
    """Package every file that the references name, and report what cannot be proven."""
    for module in references.modules:
        if not module.specifier.endswith(SELF):  # a file that loads itself
            (specifier,) = _with_own_name(context, (module.specifier,))
            trace_module(context, replace(module, specifier=specifier))
    for pattern in references.patterns:
        trace_pattern(context, replace(pattern, parts=_with_own_name(context, pattern.parts)))
    for file in references.files:
        trace_file(context, replace(file, parts=_with_own_name(context, file.parts)))
    for script in references.working_directory:
        trace_from_working_directory(context, script)
    for unproven in references.unproven:
        context.add_unproven(unproven.what, unproven.line)
    if references.problems and context.file.need <= Need.CONDITIONAL:
        _report_syntax_problem(context, references.problems[0])


def _with_own_name(context: FileTrace, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the parts with the file's own name in place of `SELF`."""
    name = os.path.basename(context.file.path)
    return tuple(part.replace(SELF, name) for part in parts)


def _report_syntax_problem(context: FileTrace, problem: SyntaxProblem) -> None:
    # Published packages are valid: there, the parser does not know the language's latest syntax.
    own = context.owner.is_app
    context.trace.diagnostics.add(
        Severity.WARNING if own else Severity.NOTE,
        messages.SYNTAX_ERROR if own else messages.SYNTAX_ERROR_IN_PACKAGE,
        context.file.path,
        problem.line,
        problem=problem.message,
        column=problem.column,
    )
