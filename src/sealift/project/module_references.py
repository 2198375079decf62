"""From a constant specifier in a file to the module that it resolves to."""

from __future__ import annotations

import os
import re

from sealift.findings import FindingMessage, Severity
from sealift.model import ReasonKind, ResolutionKind
from sealift.project import messages
from sealift.project.boundary import Asker
from sealift.project.builtin_modules import is_builtin
from sealift.project.diagnostics import printable
from sealift.project.file_trace import FileTrace
from sealift.project.filesystem import PathKind
from sealift.project.module_aliases import aliased, changes_resolution
from sealift.project.module_search import Resolved
from sealift.project.needs import Need
from sealift.project.package_exports import ResolutionError
from sealift.project.references import RESOLVING, ModuleReference, ReferenceKind
from sealift.project.roles import TYPESCRIPT_EXTENSIONS, extension_of
from sealift.project.specifiers import package_name_of
from sealift.project.typescript_specifiers import alias_config, exact_name
from sealift.record import replace

_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
_JSX = (".tsx", ".jsx")

_OF_OTHER_RUNTIME = re.compile(r"(?!node:|file:|data:)[a-z][a-z0-9+.-]+:", re.IGNORECASE)
"""Specifiers with a scheme that Node cannot load: ``bun:sqlite``, ``npm:x``, ``https://x``."""


def trace_module(context: FileTrace, reference: ModuleReference) -> None:
    """Package the module that a reference names, or report that it is missing."""
    if reference.of_entry and not context.file.owner.is_app:
        reference = replace(reference, guarded=True)  # other programs may have such a file
    kind = reference.kind.resolution_kind
    resolutions = context.file.resolutions
    # A specifier that is resolved from another place than this file is none of its resolutions.
    stored = not reference.base and not reference.paths and not reference.of_entry
    key = (kind, reference.specifier)
    if reference.excluded:
        if stored:
            resolutions.setdefault(key, "")
        return
    if stored and resolutions.get(key) and reference.guarded and not reference.located:
        return  # nothing new: the module is known, and this reference is no stronger reason
    name = package_name_of(reference.specifier)
    if is_only_for_development(context, name):
        if stored:
            resolutions[key] = ""
        return
    try:
        resolved, asker = _resolve_with_aliases(context, kind, reference)
    except ResolutionError as error:
        # `import.meta.resolve` also resolves to files that do not exist.
        if stored and reference.kind is not ReferenceKind.IMPORT_META_RESOLVE:
            resolutions[key] = ""
        _report_unresolved(context, reference, name, error)
        return
    if not resolved.path:
        return
    output = context.trace.output
    if output is not None and not output.has(resolved.path):
        context.trace.pruned[reference.specifier] = None
        if stored:
            resolutions[key] = ""
        return
    if _add_resolved(context, resolved, reference, asker):
        if stored:
            resolutions[key] = resolved.path
    elif stored and not os.path.isabs(reference.specifier):
        resolutions[key] = ""  # an absolute path names a file of the machine that runs the program


def is_only_for_development(context: FileTrace, name: str) -> bool:
    """Return True if a file that is only included uses the package ``name`` for development.

    Build scripts and the like would otherwise package whole tool chains.
    """
    if context.file.need is not Need.INCLUDED or not name:
        return False
    owner = context.owner
    if owner.develops_with(name):
        return True
    declared = owner.names("dependencies", "optionalDependencies", "peerDependencies")
    return name not in declared and context.trace.owners.app().develops_with(name)


def _resolve_with_aliases(
    context: FileTrace, kind: ResolutionKind, reference: ModuleReference
) -> tuple[Resolved, Asker]:
    """Return what a reference resolves to, and who takes it: the project has the aliases."""
    try:
        asker = replace(context.asker, name=package_name_of(reference.specifier))
        return _resolve(context, kind, reference), asker
    except ResolutionError:
        app = context.trace.owners.app()
        path = aliased(app, reference.specifier)
        if not path or kind is ResolutionKind.IMPORT:
            raise
        resolved = context.trace.resolver.resolve(kind, path, context.directory)
        return resolved, Asker(app, app.directory)


def _resolve(context: FileTrace, kind: ResolutionKind, reference: ModuleReference) -> Resolved:
    resolver = context.trace.resolver
    directory = context.directory
    if reference.base:
        base = os.path.normpath(os.path.join(directory, reference.base))
        directory = base if reference.base.endswith("/") else os.path.dirname(base)
    if not reference.paths:
        return resolver.resolve(kind, reference.specifier, directory)
    problem: ResolutionError | None = None
    for path in reference.paths:
        start = os.path.normpath(os.path.join(directory, path))
        try:
            return resolver.resolve(kind, reference.specifier, start)
        except ResolutionError as error:
            problem = error
    assert problem is not None
    raise problem


def _add_resolved(
    context: FileTrace, resolved: Resolved, reference: ModuleReference, asker: Asker
) -> bool:
    """Package what a reference resolves to; return False if it is not loaded, or left out."""
    trace, file = context.trace, context.file
    kind = reference.kind.resolution_kind
    reason_kind = ReasonKind.IMPORT if kind is ResolutionKind.IMPORT else ReasonKind.REQUIRE
    reason = context.reason(reason_kind, reference.line, reference.specifier)
    for package in resolved.packages:
        trace.add_package_json(package, file.path, asker)
    need = max(file.need, _need_of(context, reference))
    extension = extension_of(resolved.path)
    # What is only resolved may be read as data. Without an extension it is most likely a script.
    as_module = reference.kind not in RESOLVING or (
        extension in ("", *TYPESCRIPT_EXTENSIONS) and not resolved.path.endswith(_DECLARATIONS)
    )
    if as_module and kind is ResolutionKind.IMPORT and extension in _JSX:
        _report_jsx(context, resolved.path, reference, need)
        return False
    if not trace.add(
        resolved.path,
        reason,
        need,
        symlinks=resolved.symlinks,
        as_module=as_module,
        asker=asker,
    ):
        return False
    if reference.located:
        owner = trace.owners.of(resolved.path)
        because = f"resolve('{reference.specifier}')"
        trace.require_whole(owner, file.path, reference.line, because)
    return True


def _report_jsx(context: FileTrace, path: str, reference: ModuleReference, need: Need) -> None:
    """Add the finding that `import` does not load a file with JSX."""
    context.trace.diagnostics.add(
        Severity.ERROR
        if need is Need.REQUIRED and not (context.allow_missing or reference.guarded)
        else Severity.WARNING,
        messages.EXTENSION_UNKNOWN,
        context.file.path,
        reference.line,
        specifier=reference.specifier,
        extension=extension_of(path),
    )


def _need_of(context: FileTrace, reference: ModuleReference) -> Need:
    """Return the need for a module; a package that may be missing may also fail to load.

    What is only resolved may be read as text.
    """
    name, owner = package_name_of(reference.specifier), context.owner
    guarded = reference.guarded or reference.optional
    if name and (owner.may_lack(name) or (guarded and name not in owner.names("dependencies"))):
        return Need.OPTIONAL
    may_not_run = guarded or reference.conditional or reference.kind in RESOLVING
    return Need.CONDITIONAL if may_not_run else Need.REQUIRED


def _report_unresolved(
    context: FileTrace, reference: ModuleReference, name: str, error: ResolutionError
) -> None:
    diagnostics, owner, file = context.trace.diagnostics, context.owner, context.file
    line = reference.line
    if context.trace.output is not None:
        context.trace.pruned[reference.specifier] = None
        return
    may_not_run = reference.conditional or file.need is not Need.REQUIRED
    expected = (
        reference.guarded
        or (may_not_run and _OF_OTHER_RUNTIME.match(reference.specifier) is not None)
        or reference.optional
        or (reference.one_of and not owner.is_app)
        or file.need is Need.OPTIONAL
        or reference.kind is ReferenceKind.IMPORT_META_RESOLVE
        or (name != "" and owner.may_lack(name))
    )
    if file.need is Need.INCLUDED:
        if not expected:
            diagnostics.add_missing(owner.label, reference.specifier)
        return
    if expected:
        diagnostics.add_optional(owner.label, reference.specifier, file.path, line)
        return
    warned = context.allow_missing or may_not_run or not owner.may_rely_on(name)
    if name and changes_resolution(owner):
        warned = True
        context.add_unproven(reference.specifier, line)
    exact = exact_name(context, reference.specifier) if owner.is_app else None
    config = alias_config(context, reference.specifier) if owner.is_app and name else ""
    if exact is not None:
        message = messages.UNRESOLVED_EXTENSION
    elif config:
        message = messages.UNRESOLVED_ALIAS
    else:
        message = _message(context, reference.specifier, name, warned=warned)
    if name and owner.is_app:
        context.trace.hooks.when_known(lambda: context.add_unproven(reference.specifier, line))
    diagnostics.add_unresolved(
        Severity.WARNING if warned else Severity.ERROR,
        message,
        file.path,
        line,
        specifier=reference.specifier,
        code=error.code,
        reason=error,
        package=name or owner.name,
        path=printable(diagnostics.shown(exact.path if exact is not None else config)),
        exact=exact.specifier if exact is not None else "",
        is_path=not name,
    )


def _message(context: FileTrace, specifier: str, name: str, *, warned: bool) -> FindingMessage:
    trace, owner = context.trace, context.owner
    if trace.filesystem.kind(os.path.join(trace.root, ".pnp.cjs")) is PathKind.FILE:
        return messages.UNRESOLVED_PLUG_AND_PLAY
    missing = name and trace.resolver.package_directory(name, context.directory) is None
    if missing and warned:
        return messages.UNRESOLVED_UNLISTED
    if missing and not is_builtin(name):
        return messages.UNRESOLVED_PACKAGE
    if specifier.endswith(".node") and not owner.is_app:
        return messages.UNRESOLVED_ADDON_CONDITIONAL if warned else messages.UNRESOLVED_ADDON
    return messages.UNRESOLVED_CONDITIONAL if warned else messages.UNRESOLVED
