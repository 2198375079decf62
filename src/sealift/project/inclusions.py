"""Files that are included with something else: packages, directories, listed dependencies."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from sealift.findings import Severity
from sealift.model import Reason, ReasonKind, ResolutionKind
from sealift.project import messages, path_messages
from sealift.project.boundary import Asker
from sealift.project.builtin_modules import is_builtin
from sealift.project.diagnostics import first_of
from sealift.project.filesystem import PathKind
from sealift.project.left_out import LeftOut
from sealift.project.manifest_lists import listed_texts
from sealift.project.mentioned_names import joined_names, mentioned_names, mentions_package
from sealift.project.module_search import Resolved
from sealift.project.needs import Need
from sealift.project.package_contents import (
    PackageFilter,
    TreeItem,
    is_packaged_executable,
    is_program,
    keep_all,
    keep_all_but_secrets,
    walk_tree,
)
from sealift.project.package_exports import ResolutionError
from sealift.project.package_owners import Owner
from sealift.project.project_extent import contains
from sealift.project.roles import is_script
from sealift.project.secrets import is_secret
from sealift.project.specifiers import package_name_of
from sealift.project.tasks import Inclusion, ListedDependency, TracedFile
from sealift.project.trace import Trace
from sealift.project.traced_output import TracedOutput
from sealift.project.workspace_members import UsedMembers

# Scripts and directories of scripts, at a package's top, that only its authors run.
_OF_AUTHORS = re.compile(
    r"(?:build|scripts?|tools?|tasks?)$|(?:bench(?:mark)?s?|tests?|examples?)(?:$|\.)"
    r"|(?:gulp|grunt|make|jake)file\.|(?:rollup|webpack|karma|jest)\."
    r"|.*\.(?:config|conf)\.[cm]?js$|\..*rc\.",
    re.IGNORECASE,
)
# Names in paths that say nothing about the files of the package.
_NOT_READ = frozenset({".", "package.json", "types", "typings", "@types"})


def filter_of(trace: Trace, owner: Owner, read: frozenset[str] = frozenset()) -> PackageFilter:
    """Return what decides which files of a package are included with all of it.

    ``read``: names of the files and directories that the package may read.
    """
    data = owner.package.data if owner.package is not None else {}
    types = data.get("types") or data.get("typings")
    types = types if isinstance(types, str) else ""
    return PackageFilter(trace.filesystem, owner.directory, types, read)


def _names_read(trace: Trace, owner: Owner) -> frozenset[str]:
    """Return the names of files that a filter would leave out and the package's code may read."""
    package_filter = filter_of(trace, owner)
    items = list(walk_tree(trace.filesystem, owner.directory, package_filter.keep))
    if not package_filter.left_out:
        return frozenset()
    loaded = {
        part
        for item in items
        if (file := trace.files.get(item.path)) is not None
        and file.script
        and file.need is not Need.INCLUDED
        for part in _parts(owner, item.path)
    }
    scripts = [
        item.path
        for item in items
        if is_script(item.path, as_module=False) and not _is_of_authors(owner, item.path, loaded)
    ]
    # A directory of code is no directory of data.
    names = frozenset(package_filter.left_out - loaded - _NOT_READ)
    found = mentioned_names(trace.filesystem, scripts, names)
    if owner.directory in trace.located and found != names:
        found |= names & _names_joined_by_others(trace, owner)
    return found


def _names_joined_by_others(trace: Trace, owner: Owner) -> frozenset[str]:
    """Return the names that code of other packages joins to directories that it is given."""
    found: set[str] = set()
    for file in list(trace.files.values()):
        if file.script and file.owner is not owner and file.need is not Need.INCLUDED:
            if file.path not in trace.joined:
                trace.joined[file.path] = joined_names(trace.filesystem, file.path)
            found |= trace.joined[file.path]
    return frozenset(found)


def _is_of_authors(owner: Owner, path: str, loaded: set[str]) -> bool:
    """Return True for a script that only the package's authors run: nothing of its kind is loaded.

    ``loaded``: the names of the files and directories that hold loaded scripts.
    """
    top = _parts(owner, path)[0]
    return top not in loaded and _OF_AUTHORS.match(top) is not None


def _parts(owner: Owner, path: str) -> list[str]:
    """Return the names in the path of a package's file, from the package's directory."""
    return os.path.relpath(path, owner.directory).split(os.sep)


def include_package(trace: Trace, inclusion: Inclusion) -> None:
    """Package all files of a package."""
    owner = inclusion.owner
    package_filter = filter_of(trace, owner, _names_read(trace, owner))
    asker = Asker(owner, owner.directory)
    members = UsedMembers(trace, owner, package_filter.keep)
    _include_tree(trace, owner.directory, members.keep, inclusion.reason, asker)
    if members.left_out:
        names = first_of(sorted(members.left_out))
        trace.diagnostics.add(Severity.NOTE, path_messages.MEMBERS_LEFT_OUT, names=names)
    for path in package_filter.secrets:
        if path not in trace.files and owner.is_app:
            trace.diagnostics.add(Severity.NOTE, messages.SECRET_LEFT_OUT, path)


def include_directory(trace: Trace, directory: str, reason: Reason, asker: Asker) -> None:
    """Package all files of a directory that a file refers to."""
    found = trace.real_path(directory, Need.INCLUDED)
    if found is not None:
        trace.add_symlinks(found.symlinks)
        _include_tree(trace, found.real, keep_all, reason, asker)


def leave_out_output(trace: Trace, file: TracedFile) -> bool:
    """Leave out a file that is an earlier build's executable and only included; True if it is."""
    is_included = file.need is Need.INCLUDED
    if not is_included or not is_packaged_executable(trace.filesystem, file.path, file.size):
        return False
    del trace.files[file.path]
    trace.filesystem.disregard_executable(file.path)
    return True


def include_beside_program(trace: Trace, program: TracedFile) -> None:
    """Package what a program that is named may read beside itself: its package, or directory.

    Any other file needs nothing.
    """
    reason, owner = program.read, program.owner
    if reason is None or not is_program(trace.filesystem, program.path, program.mode):
        return
    because = f"the program {os.path.basename(program.path)} may read files beside itself"
    if not owner.is_app:
        trace.require_whole(owner, reason.parent, reason.line, because)
        return
    directory, name = os.path.split(program.path)
    beside = Reason(ReasonKind.DIRECTORY_REFERENCE, reason.parent, reason.line, because)
    if directory != owner.directory:
        include_directory(trace, directory, beside, trace.app)
        return
    # Not all of the project: the modules of ``main.py``.
    extension = os.path.splitext(name)[1]
    for entry in trace.filesystem.entries(directory):
        if extension and entry.kind is PathKind.FILE and entry.name.endswith(extension):
            path = os.path.join(directory, entry.name)
            trace.add(path, beside, Need.INCLUDED, asker=trace.app)


def include_output(trace: Trace, output: TracedOutput) -> None:
    """Package all files of a traced output."""
    reason = Reason(ReasonKind.TRACED_OUTPUT, "", 0, trace.diagnostics.shown(output.evidence))
    if not output.files:
        trace.boundary.extend(output.top)
        _include_tree(
            trace, output.top, keep_all_but_secrets, reason, trace.app, with_packages=True
        )
    for path in sorted(output.files):
        if trace.filesystem.kind(path) is PathKind.FILE and not is_secret(
            trace.filesystem, path, output.top
        ):
            trace.add_path(path, reason, Need.INCLUDED, named=True)  # by the list


def _include_tree(
    trace: Trace,
    directory: str,
    keep: Callable[[str, str, PathKind], bool],
    reason: Reason,
    asker: Asker,
    *,
    with_packages: bool = False,
) -> None:
    """Package everything below a directory, and the directories that links lead to from there."""
    pending = [
        (directory, walk_tree(trace.filesystem, directory, keep, with_packages=with_packages))
    ]
    while pending:
        top, items = pending[-1]
        item = next(items, None)
        if item is None:
            pending.pop()
            continue
        linked = _include_item(trace, item, reason, top, asker)
        if linked:
            pending.append((linked, walk_tree(trace.filesystem, linked, keep_all)))


def _include_item(trace: Trace, item: TreeItem, reason: Reason, top: str, asker: Asker) -> str:
    """Package one item below ``top``; return the directory to include if a link leads there."""
    if item.is_link:
        return _include_link(trace, item, reason, top, asker)
    if item.kind is PathKind.DIRECTORY:
        trace.directories.add(item.path)
    elif item.kind is PathKind.FILE:
        trace.add(item.path, reason, Need.INCLUDED, asker=asker)
    else:
        trace.diagnostics.add(Severity.NOTE, messages.SPECIAL_FILE, item.path)
    return ""


def _include_link(trace: Trace, item: TreeItem, reason: Reason, top: str, asker: Asker) -> str:
    if item.kind is PathKind.LOOP:
        trace.add_loop(item.path, Need.INCLUDED)
        return ""
    found = trace.real_path(item.path, Need.INCLUDED)
    if found is None or item.kind not in (PathKind.FILE, PathKind.DIRECTORY):
        return ""
    inside = contains(top, found.real)
    is_outside = not trace.boundary.allows(asker, found.real) or contains(found.real, top)
    if not inside and is_outside and found.real not in trace.files:
        trace.left_out.add_link(item.path, found.real)
        return ""
    if item.kind is PathKind.FILE:
        trace.add(found.real, reason, Need.INCLUDED, symlinks=found.symlinks, asker=asker)
        return ""
    if found.real in trace.linked:
        return ""
    trace.add_symlinks(found.symlinks)
    if inside:
        return ""
    trace.linked.add(found.real)  # so that links between two such directories end
    return found.real


def include_dependency(trace: Trace, dependency: ListedDependency) -> None:
    """Package a dependency that package.json lists, if no file refers to it."""
    name, owner = dependency.name, dependency.owner
    if name.startswith("@types/") or package_name_of(name) != name:
        return
    place = trace.resolver.package_directory(name, owner.directory)
    if place is None:
        if owner.is_app and dependency.required:
            path = dependency.package.path
            trace.diagnostics.add(Severity.NOTE, messages.DEPENDENCY_MISSING, path, name=name)
        return
    found = trace.real_path(place, Need.INCLUDED)
    asker = Asker(owner, owner.directory, name)
    if found is None:
        return
    reason = Reason(ReasonKind.DEPENDENCY, dependency.package.path, 0, name)
    if not trace.boundary.allows(asker, found.real):
        trace.left_out.add_outside(LeftOut(found.real, reason, Need.INCLUDED, owner))
        return
    reached = trace.is_reached(found.real)
    lookup = trace.lookups.get(owner.directory)
    if lookup is not None and not reached:
        trace.add_symlinks(found.symlinks)
        target = trace.owners.of_directory(found.real)
        trace.require_whole(target, lookup.parent, lookup.line, lookup.detail)
        return
    if _is_plugin(trace, dependency):
        trace.add_symlinks(found.symlinks)
        trace.queue_inclusion(trace.owners.of_directory(found.real), reason)
    main = _main_files(trace, name, owner.directory)
    for_one_platform = not dependency.required and _is_for_one_platform(trace, found.real)
    only_data = all(resolved.path.endswith(".json") for resolved in main)
    if for_one_platform or not main or (only_data and not reached):
        # Data, a library for other programs, or the package for one platform of another package:
        # nothing shows which of its files are used.
        trace.add_symlinks(found.symlinks)
        trace.queue_inclusion(trace.owners.of_directory(found.real), reason)
    elif not reached:
        for resolved in main:
            trace.add(
                resolved.path,
                reason,
                Need.INCLUDED,
                symlinks=resolved.symlinks,
                as_module=True,
                asker=asker,
            )
        if _is_located(trace, dependency):
            target = trace.owners.of_directory(found.real)
            because = f"the package {name} is only named in a text"
            trace.require_whole(target, dependency.package.path, 0, because)


def _is_located(trace: Trace, dependency: ListedDependency) -> bool:
    """Return True if a script of the package names the dependency in a text, to locate it."""
    scripts = (
        file.path
        for file in trace.files.values()
        if file.script and file.owner is dependency.owner and file.need is not Need.INCLUDED
    )
    return mentions_package(trace.filesystem, scripts, dependency.name)


def _is_plugin(trace: Trace, dependency: ListedDependency) -> bool:
    """Return True if package.json lists a dependency for the code of its package, too."""
    owner = dependency.owner
    is_used = owner.is_app or trace.is_reached(owner.directory)
    return is_used and dependency.name in listed_texts(dependency.package)


def _is_for_one_platform(trace: Trace, directory: str) -> bool:
    package = trace.packages.at(directory)
    return package is not None and ("os" in package.data or "cpu" in package.data)


def _main_files(trace: Trace, name: str, directory: str) -> list[Resolved]:
    """What a package's bare name resolves to, by ``require`` and by ``import``."""
    # With the slash, Node looks for the package also if it has a built-in module of that name.
    specifier = name + "/" if is_builtin(name) else name
    found = []
    for kind in ResolutionKind:
        try:
            found.append(trace.resolver.resolve(kind, specifier, directory))
        except ResolutionError:
            continue
    return found
