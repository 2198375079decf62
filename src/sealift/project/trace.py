"""The walk: from the entry point to every file that the program may need.

Files are visited in the order of how sure it is that they are needed: first what is asked for by
name, starting at the entry; then what is asked for where its absence is expected; then the
dependencies that package.json lists but no file names (a view engine, a plugin); then what comes
with packages that are taken whole. So a file's reason is always its strongest one, and what is
missing is an error only where the program asks for it.
"""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum

from sealift.findings import Severity
from sealift.model import Reason, ReasonKind, ResolutionKind, Role, WholePackage
from sealift.project.builtins import is_builtin
from sealift.project.diagnostics import Diagnostics
from sealift.project.filesystem import FileSystem, PathKind, Symlink
from sealift.project.globs import matcher
from sealift.project.package_contents import (
    PackageFilter,
    TreeItem,
    is_packaged_executable,
    keep_all,
    walk_tree,
)
from sealift.project.package_exports import ResolutionError
from sealift.project.package_json import Package, Packages
from sealift.project.package_owners import Owner, Owners
from sealift.project.resolve import Resolved, Resolver, package_name_of
from sealift.project.roles import extension_of, is_script


class Need(IntEnum):
    """How sure it is that a file is needed."""

    REQUIRED = 0
    OPTIONAL = 1  # of a package that the program is prepared to miss: it may be broken
    INCLUDED = 2


@dataclass(slots=True)
class TracedFile:
    """One file to package, as far as it is known.

    ``resolutions`` hold real paths; "" stands for a specifier that does not resolve. ``data``: the
    settings ask for it as data, whatever else it may be. ``named``: by its path, as data are.
    """

    path: str
    reason: Reason
    need: Need
    script: bool
    owner: Owner
    role: Role = Role.ASSET
    size: int = 0
    mtime_ns: int = 0
    mode: int = 0
    data: bool = False
    named: bool = False
    resolutions: dict[tuple[ResolutionKind, str], str] = field(default_factory=dict)
    visited: bool = False


@dataclass(frozen=True, slots=True)
class _Inclusion:
    owner: Owner
    because: Reason


@dataclass(frozen=True, slots=True)
class _Dependency:
    name: str
    owner: Owner
    package: Package
    required: bool


class Trace:
    """The state of one walk: the files so far, and what remains to be looked at."""

    def __init__(
        self,
        root: str,
        ignore: tuple[str, ...],
        *,
        filesystem: FileSystem,
        packages: Packages,
        resolver: Resolver,
        traced_only: bool,
    ) -> None:
        self.root = root
        self.filesystem = filesystem
        self.packages = packages
        self.resolver = resolver
        self.owners = Owners(self.packages, root)
        self.diagnostics = Diagnostics(root)
        self.files: dict[str, TracedFile] = {}
        self.symlinks: dict[str, str] = {}
        self.directories: set[str] = set()
        self.whole: dict[str, WholePackage] = {}
        self.left_out: set[str] = set()
        self._traced_only = traced_only
        self._ignored = matcher(ignore) if ignore else None
        self._base = _project_base(self.filesystem, self.packages, root)
        self._required_files: deque[TracedFile] = deque()
        self._optional_files: deque[TracedFile] = deque()
        self._included_files: deque[TracedFile] = deque()
        self._dependencies: deque[_Dependency] = deque()
        self._inclusions: deque[_Inclusion] = deque()
        self._activated: set[str] = set()
        self._reached: set[str] = set()
        self._linked: set[str] = set()
        self._inclusion_queued: set[str] = set()

    # What remains to be done, in order.

    def next_file(self) -> TracedFile | None:
        """The next file to visit; None when the walk is over."""
        while True:
            queue = self._required_files or self._optional_files
            if not queue and not self._dependencies and not self._inclusions:
                queue = self._included_files
            if queue:
                found = queue.popleft()
                if not found.visited:
                    found.visited = True
                    return found
            elif self._dependencies:
                self._include_dependency(self._dependencies.popleft())
            elif self._inclusions:
                self._include_package(self._inclusions.popleft())
            else:
                return None

    # Adding files.

    def add(
        self,
        path: str,
        reason: Reason,
        need: Need,
        *,
        links: tuple[Symlink, ...] = (),
        asked_for: bool = False,
        data: bool = False,
    ) -> bool:
        """Package the file at the real path ``path``; False if the settings leave it out.

        ``asked_for``: as a module, so that it is a script whatever its extension. ``data``: for
        the program to read.
        """
        if self._is_ignored(path):
            return False
        for link in links:
            self.symlinks[link.path] = link.target
        script = is_script(path, asked_for=asked_for)
        found = self.files.get(path)
        if found is None:
            found = TracedFile(path, reason, need, script, self.owners.of(path))
            self.files[path] = found
            self._activate(found)
            self._enqueue(found)
        elif need < found.need or (script and not found.script):
            if need < found.need and not found.visited:
                found.need, found.reason = need, reason
            if script and not found.script:
                found.script, found.visited = True, False
            self._enqueue(found)
        found.data = found.data or data
        found.named = found.named or reason.kind is ReasonKind.FILE_REFERENCE
        if need is not Need.INCLUDED:
            self._reached.add(found.owner.directory)
        return True

    def _enqueue(self, found: TracedFile) -> None:
        (self._required_files, self._optional_files, self._included_files)[found.need].append(found)

    def add_path(
        self,
        path: str,
        reason: Reason,
        need: Need,
        *,
        asked_for: bool = False,
        data: bool = False,
    ) -> bool:
        """The same for a path that may lead through symbolic links."""
        try:
            traced = self.filesystem.trace(path)
        except OSError:
            self.note_loop(path, need)
            return False
        return self.add(
            traced.real, reason, need, links=traced.links, asked_for=asked_for, data=data
        )

    def _is_ignored(self, path: str) -> bool:
        if self._ignored is None:
            return False
        slashed = path.replace(os.sep, "/")
        relative = os.path.relpath(path, self.root).replace(os.sep, "/")
        if not (self._ignored(slashed) or self._ignored(relative)):
            return False
        self.left_out.add(path)
        return True

    def note_loop(self, path: str, need: Need) -> None:
        """Tell of symbolic links that lead to themselves."""
        self.diagnostics.add(
            Severity.ERROR if need is Need.REQUIRED else Severity.WARNING,
            "symlink-loop",
            "The symbolic link leads to itself.",
            "Remove it, or let it lead to a file.",
            path,
        )

    # Packages.

    def _activate(self, found: TracedFile) -> None:
        """What every file brings along: package.json files, and its package's dependencies."""
        scope = self.packages.nearest(os.path.dirname(found.path))
        if scope is not None:
            self.add_package_json(scope, found.path)
        owner = found.owner
        if extension_of(found.path) == ".node":
            because = "a native addon may load libraries that lie beside it"
            self.include_package(owner, found.path, 0, because)
        if owner.directory in self._activated:
            return
        self._activated.add(owner.directory)
        package = owner.package
        if package is None or package.problem:
            return
        self.add_package_json(package, found.path)
        if self._traced_only:
            return
        keys = ["dependencies", "optionalDependencies"]
        if owner.is_app:
            keys.append("peerDependencies")
        for key in keys:
            for name in package.names(key):
                self._dependencies.append(_Dependency(name, owner, package, key == "dependencies"))

    def add_package_json(self, package: Package, parent: str) -> None:
        """Package a package.json that Node consults for the file ``parent``."""
        if package.problem:
            self.diagnostics.add(
                Severity.WARNING,
                "package-json-broken",
                f"This package.json cannot be used: {package.problem}.",
                "Install the package again.",
                package.path,
                package.line,
            )
        reason = Reason(ReasonKind.PACKAGE_MANIFEST, parent, 0, package.name)
        if package.path not in self.files:
            self.add_path(package.path, reason, Need.INCLUDED)

    def _include_dependency(self, dependency: _Dependency) -> None:
        name, owner = dependency.name, dependency.owner
        if name.startswith("@types/") or package_name_of(name) != name:
            return
        place = self.resolver.package_directory(name, owner.directory)
        if place is None:
            if owner.is_app and dependency.required:
                self.diagnostics.add(
                    Severity.NOTE,
                    "dependency-missing",
                    f"The dependency {name} is not installed; no packaged file names it.",
                    "Run `npm install` if the program needs it.",
                    dependency.package.path,
                )
            return
        try:
            traced = self.filesystem.trace(place)
        except OSError:
            self.note_loop(place, Need.INCLUDED)
            return
        reason = Reason(ReasonKind.DEPENDENCY, dependency.package.path, 0, name)
        main = self._main_files(name, owner.directory)
        of_a_machine = not dependency.required and self._is_of_a_machine(traced.real)
        if main and not of_a_machine and traced.real not in self._reached:
            for resolved in main:
                self.add(resolved.path, reason, Need.INCLUDED, links=resolved.links, asked_for=True)
        elif not main or of_a_machine:
            # Data, a library for other programs, or one machine's part of the package that asks for
            # it: nothing says which of its files are used.
            for link in traced.links:
                self.symlinks[link.path] = link.target
            self._queue_inclusion(self.owners.of_directory(traced.real), reason)

    def _is_of_a_machine(self, directory: str) -> bool:
        package = self.packages.at(directory)
        return package is not None and ("os" in package.data or "cpu" in package.data)

    def _main_files(self, name: str, directory: str) -> list[Resolved]:
        """What a package's bare name stands for, by ``require`` and by ``import``."""
        # The slash asks for the package where Node has a built-in module of the same name.
        specifier = name + "/" if is_builtin(name) else name
        found = []
        for kind in ResolutionKind:
            try:
                found.append(self.resolver.resolve(kind, specifier, directory))
            except ResolutionError:
                continue
        return found

    # Whole packages and directories.

    def include_package(self, owner: Owner, path: str, line: int, because: str) -> None:
        """A package's file accesses cannot be proven (by the file at ``path``): take all of it."""
        if self._traced_only:
            if owner.is_app:
                self.diagnostics.add(
                    Severity.WARNING,
                    "unproven-access",
                    f"What `{because}` means can only be told when the program runs.",
                    "Name the files in pkg.assets or pkg.scripts, or leave --traced-only out.",
                    path,
                    line,
                )
            return
        if owner.directory in self.whole:
            return
        if owner.package is None and os.sep + "node_modules" + os.sep not in owner.directory:
            # Without a package.json nothing says where the project ends: it may be a home.
            self.diagnostics.add(
                Severity.WARNING,
                "unproven-access",
                f"What `{because}` means can only be told when the program runs, and without a "
                "package.json it is not known which files belong to the project.",
                "Make a package.json beside them, so that the project can be taken whole.",
                path,
                line,
            )
            return
        shown = self.diagnostics.shown(path)
        self.whole[owner.directory] = WholePackage(
            owner.label, owner.directory, because, shown, line
        )
        self._queue_inclusion(owner, Reason(ReasonKind.WHOLE_PACKAGE, path, line, because))

    def _queue_inclusion(self, owner: Owner, reason: Reason) -> None:
        if owner.directory not in self._inclusion_queued:
            self._inclusion_queued.add(owner.directory)
            self._inclusions.append(_Inclusion(owner, reason))

    def is_whole(self, owner: Owner) -> bool:
        """Whether all of the package is packaged, or is about to be."""
        return owner.directory in self._inclusion_queued

    def filter_of(self, owner: Owner) -> PackageFilter:
        """What of a package counts when it is taken whole."""
        data = owner.package.data if owner.package is not None else {}
        types = data.get("types") or data.get("typings")
        return PackageFilter(
            self.filesystem, owner.directory, types if isinstance(types, str) else ""
        )

    def _include_package(self, task: _Inclusion) -> None:
        policy = self.filter_of(task.owner)
        for item in walk_tree(self.filesystem, task.owner.directory, policy.keep):
            self._include_item(item, task.because, task.owner.directory)
        for path in policy.secrets:
            if path not in self.files and task.owner.is_app:
                self.diagnostics.add(
                    Severity.NOTE,
                    "secret-left-out",
                    "The file was left out because such files commonly hold secrets.",
                    "Name it in pkg.assets if the program needs it.",
                    path,
                )

    def include_directory(self, directory: str, reason: Reason) -> None:
        """Package a whole directory that a file refers to."""
        try:
            traced = self.filesystem.trace(directory)
        except OSError:
            self.note_loop(directory, Need.INCLUDED)
            return
        for link in traced.links:
            self.symlinks[link.path] = link.target
        for item in walk_tree(self.filesystem, traced.real, keep_all):
            self._include_item(item, reason, traced.real)

    def _include_item(self, item: TreeItem, reason: Reason, top: str) -> None:
        if item.is_link:
            self._include_link(item, reason, top)
        elif item.kind is PathKind.DIRECTORY:
            self.directories.add(item.path)
        elif item.kind is PathKind.FILE:
            self.add(item.path, reason, Need.INCLUDED)
        else:
            self.diagnostics.add(
                Severity.NOTE,
                "special-file",
                "It is neither a file nor a directory, and is left out.",
                path=item.path,
            )

    def _include_link(self, item: TreeItem, reason: Reason, top: str) -> None:
        if item.kind is PathKind.LOOP:
            self.note_loop(item.path, Need.INCLUDED)
            return
        if item.kind not in (PathKind.FILE, PathKind.DIRECTORY):
            return
        traced = self.filesystem.trace(item.path)
        real = traced.real
        if item.kind is PathKind.FILE:
            self.add(real, reason, Need.INCLUDED, links=traced.links)
            return
        if real in self._linked:
            return
        inside = contains(top, real)
        if not inside and (not contains(self._base, real) or contains(real, top)):
            self.diagnostics.add(
                Severity.NOTE,
                "link-left-out",
                "The symbolic link leads out of the project and is left out.",
                path=item.path,
            )
            return
        for link in traced.links:
            self.symlinks[link.path] = link.target
        if not inside:
            self._linked.add(real)  # so that links between two such directories end
            self.include_directory(real, reason)

    def may_include(self, path: str) -> bool:
        """Whether a reference may name ``path``: inside the project or the workspace around it."""
        return contains(self._base, path)

    def is_own_output(self, found: TracedFile) -> bool:
        """Whether a file that merely came along is an executable of an earlier build."""
        return found.need is Need.INCLUDED and is_packaged_executable(found.path, found.size)


def contains(directory: str, path: str) -> bool:
    """Whether ``path`` is ``directory`` or below it."""
    return path == directory or path.startswith(directory.rstrip(os.sep) + os.sep)


def _project_base(filesystem: FileSystem, packages: Packages, root: str) -> str:
    """The directory that references may reach: the workspace's or repository's, or the project."""
    here = root
    home = os.path.realpath(os.path.expanduser("~"))
    while True:
        parent = os.path.dirname(here)
        if parent == here or here == home:  # a home under version control is no workspace
            return root
        package = packages.at(here)
        if (package is not None and "workspaces" in package.data) or any(
            filesystem.kind(os.path.join(here, name)) is not PathKind.MISSING
            for name in (".git", "pnpm-workspace.yaml", "lerna.json", "yarn.lock", "rush.json")
        ):
            return here
        here = parent
