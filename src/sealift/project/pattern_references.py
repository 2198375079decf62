"""From a partly computed specifier in a file to the modules that it can name."""

from __future__ import annotations

from sealift.model import ReasonKind
from sealift.project.file_trace import FileTrace, joined
from sealift.project.module_references import is_only_for_development
from sealift.project.needs import Need
from sealift.project.package_exports import ResolutionError
from sealift.project.path_patterns import installed_packages
from sealift.project.references import RESOLVING, ModulePattern
from sealift.project.specifiers import package_name_of
from sealift.record import replace

_SHORTEST_PACKAGE_HEAD = 3  # characters of a package's name; fewer match too many packages


def trace_pattern(context: FileTrace, pattern: ModulePattern) -> None:
    """Package the modules that a partly computed specifier can name."""
    head = pattern.parts[0]
    if head.startswith(("./", "../")):
        context.add_path_pattern(pattern.parts, pattern.line, as_module=True)
    elif head == "":
        _trace_tail(context, pattern)
    elif head.startswith("node:"):
        return
    elif len(head) < _SHORTEST_PACKAGE_HEAD or (not head[0].isalnum() and head[0] != "@"):
        context.add_unproven(joined(pattern.parts), pattern.line)
    else:
        name = package_name_of(head)
        if name and len(head) > len(name):
            _trace_package_files(context, pattern, name)
        else:
            _trace_packages(context, pattern)


def _trace_tail(context: FileTrace, pattern: ModulePattern) -> None:
    """``require(x + '/y.js')``: every file of the package with this end."""
    owner = context.owner
    if pattern.kind in RESOLVING:
        context.add_lookup(joined(pattern.parts), pattern.line)
    if owner.is_app and owner.package is None:
        context.add_unproven(joined(pattern.parts), pattern.line)
    else:
        context.add_matches(owner.directory, pattern.parts, pattern.line, as_module=True)


def _trace_package_files(context: FileTrace, pattern: ModulePattern, name: str) -> None:
    """``require('name/' + x)``: files of one package."""
    trace = context.trace
    place = trace.resolver.package_directory(name, context.directory)
    if place is None:
        return
    head, *others = pattern.parts
    parts = ("." + head[len(name) :], *others)
    matched = context.add_matches(place, parts, pattern.line, as_module=True, name=name)
    if pattern.located or not matched:
        found = trace.real_path(place, Need.INCLUDED)
        if found is not None and context.may_enter(place, name):
            owner = trace.owners.of_directory(found.real)
            trace.require_whole(owner, context.file.path, pattern.line, joined(pattern.parts))


def _trace_packages(context: FileTrace, pattern: ModulePattern) -> None:
    """``require('name-' + x)``: the installed packages whose names begin so."""
    trace = context.trace
    head, *others = pattern.parts
    rest = joined(tuple(others))
    subpath = rest[rest.index("/") :] if "/" in rest else ""
    reason = context.reason(ReasonKind.PATTERN, pattern.line, joined(pattern.parts))
    for package in installed_packages(trace.filesystem, context.directory, head):
        if is_only_for_development(context, package) or (
            not subpath and not package.endswith(pattern.parts[-1])
        ):
            continue
        try:
            resolved = trace.resolver.resolve(
                pattern.kind.resolution_kind, package + subpath, context.directory
            )
        except ResolutionError:
            continue
        if resolved.path:
            asker = replace(context.asker, name=package)
            for consulted in resolved.packages:
                trace.add_package_json(consulted, context.file.path, asker)
            trace.add(
                resolved.path,
                reason,
                Need.INCLUDED,
                symlinks=resolved.symlinks,
                as_module=True,
                asker=asker,
            )
            if pattern.located:
                found = trace.owners.of(resolved.path)
                trace.require_whole(found, context.file.path, pattern.line, joined(pattern.parts))
