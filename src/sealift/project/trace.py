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

from sealift.model import Reason, ReasonKind, ResolutionKind, Role, Severity, WholePackage
from sealift.project.builtins import is_builtin
from sealift.project.diagnostics import Observations
from sealift.project.filesystem import Disk, Kind, Symlink
from sealift.project.globs import matcher
from sealift.project.package_contents import (
    PackagePolicy,
    Swept,
    is_packaged_executable,
    keep_all,
    sweep,
)
from sealift.project.package_exports import ResolutionError
from sealift.project.package_json import Package, Packages
from sealift.project.package_owners import Owner, Owners
from sealift.project.resolve import Resolved, Resolver, package_name_of
from sealift.project.roles import extension_of, is_script


class Level(IntEnum):
    """How sure it is that a file is needed."""

    NEEDED = 0
    HOPED = 1  # of a package that the program is prepared to miss: it may be broken
    SWEPT = 2


@dataclass(slots=True)
class Found:
    """One file to package, as far as it is known.

    ``resolutions`` hold real paths; "" stands for a specifier that does not resolve. ``data``: the
    settings ask for it as data, whatever else it may be. ``named``: by its path, as data are.
    """

    path: str
    reason: Reason
    level: Level
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
class _Sweep:
    owner: Owner
    because: Reason


@dataclass(frozen=True, slots=True)
class _Dependency:
    name: str
    owner: Owner
    package: Package
    required: bool


class Walk:
    """The state of one walk: the files so far, and what remains to be looked at."""

    def __init__(
        self,
        root: str,
        ignore: tuple[str, ...],
        *,
        disk: Disk,
        packages: Packages,
        resolver: Resolver,
        traced_only: bool,
    ) -> None:
        self.root = root
        self.disk = disk
        self.packages = packages
        self.resolver = resolver
        self.owners = Owners(self.packages, root)
        self.observations = Observations(root)
        self.files: dict[str, Found] = {}
        self.symlinks: dict[str, str] = {}
        self.directories: set[str] = set()
        self.whole: dict[str, WholePackage] = {}
        self.left_out: set[str] = set()
        self._traced_only = traced_only
        self._ignored = matcher(ignore) if ignore else None
        self._base = _project_base(self.disk, self.packages, root)
        self._needed: deque[Found] = deque()
        self._hoped: deque[Found] = deque()
        self._swept: deque[Found] = deque()
        self._dependencies: deque[_Dependency] = deque()
        self._sweeps: deque[_Sweep] = deque()
        self._activated: set[str] = set()
        self._reached: set[str] = set()
        self._linked: set[str] = set()
        self._entire: set[str] = set()

    # What remains to be done, in order.

    def next_file(self) -> Found | None:
        """The next file to visit; None when the walk is over."""
        while True:
            queue = self._needed or self._hoped
            if not queue and not self._dependencies and not self._sweeps:
                queue = self._swept
            if queue:
                found = queue.popleft()
                if not found.visited:
                    found.visited = True
                    return found
            elif self._dependencies:
                self._take_dependency(self._dependencies.popleft())
            elif self._sweeps:
                self._take_whole(self._sweeps.popleft())
            else:
                return None

    # Adding files.

    def add(
        self,
        path: str,
        reason: Reason,
        level: Level,
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
            found = Found(path, reason, level, script, self.owners.of(path))
            self.files[path] = found
            self._activate(found)
            self._enqueue(found)
        elif level < found.level or (script and not found.script):
            if level < found.level and not found.visited:
                found.level, found.reason = level, reason
            if script and not found.script:
                found.script, found.visited = True, False
            self._enqueue(found)
        found.data = found.data or data
        found.named = found.named or reason.kind is ReasonKind.FILE_REFERENCE
        if level is not Level.SWEPT:
            self._reached.add(found.owner.directory)
        return True

    def _enqueue(self, found: Found) -> None:
        (self._needed, self._hoped, self._swept)[found.level].append(found)

    def add_linked(
        self,
        path: str,
        reason: Reason,
        level: Level,
        *,
        asked_for: bool = False,
        data: bool = False,
    ) -> bool:
        """The same for a path that may lead through symbolic links."""
        try:
            traced = self.disk.trace(path)
        except OSError:
            self.note_loop(path, level)
            return False
        return self.add(
            traced.real, reason, level, links=traced.links, asked_for=asked_for, data=data
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

    def note_loop(self, path: str, level: Level) -> None:
        """Tell of symbolic links that lead to themselves."""
        self.observations.add(
            Severity.ERROR if level is Level.NEEDED else Severity.WARNING,
            "symlink-loop",
            "The symbolic link leads to itself.",
            "Remove it, or let it lead to a file.",
            path,
        )

    # Packages.

    def _activate(self, found: Found) -> None:
        """What every file brings along: package.json files, and its package's dependencies."""
        scope = self.packages.nearest(os.path.dirname(found.path))
        if scope is not None:
            self.add_package_json(scope, found.path)
        owner = found.owner
        if extension_of(found.path) == ".node":
            because = "a native addon may load libraries that lie beside it"
            self.take_whole(owner, found.path, 0, because)
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
            self.observations.add(
                Severity.WARNING,
                "package-json-broken",
                f"This package.json cannot be used: {package.problem}.",
                "Install the package again.",
                package.path,
                package.line,
            )
        reason = Reason(ReasonKind.PACKAGE_MANIFEST, parent, 0, package.name)
        if package.path not in self.files:
            self.add_linked(package.path, reason, Level.SWEPT)

    def _take_dependency(self, dependency: _Dependency) -> None:
        name, owner = dependency.name, dependency.owner
        if name.startswith("@types/") or package_name_of(name) != name:
            return
        place = self.resolver.package_directory(name, owner.directory)
        if place is None:
            if owner.is_app and dependency.required:
                self.observations.add(
                    Severity.NOTE,
                    "dependency-missing",
                    f"The dependency {name} is not installed; no packaged file names it.",
                    "Run `npm install` if the program needs it.",
                    dependency.package.path,
                )
            return
        try:
            traced = self.disk.trace(place)
        except OSError:
            self.note_loop(place, Level.SWEPT)
            return
        reason = Reason(ReasonKind.DEPENDENCY, dependency.package.path, 0, name)
        main = self._main_files(name, owner.directory)
        of_a_machine = not dependency.required and self._is_of_a_machine(traced.real)
        if main and not of_a_machine and traced.real not in self._reached:
            for resolved in main:
                self.add(resolved.path, reason, Level.SWEPT, links=resolved.links, asked_for=True)
        elif not main or of_a_machine:
            # Data, a library for other programs, or one machine's part of the package that asks for
            # it: nothing says which of its files are used.
            for link in traced.links:
                self.symlinks[link.path] = link.target
            self._queue_whole(self.owners.of_directory(traced.real), reason)

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

    def take_whole(self, owner: Owner, path: str, line: int, because: str) -> None:
        """A package's file accesses cannot be proven (by the file at ``path``): take all of it."""
        if self._traced_only:
            if owner.is_app:
                self.observations.add(
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
            self.observations.add(
                Severity.WARNING,
                "unproven-access",
                f"What `{because}` means can only be told when the program runs, and without a "
                "package.json it is not known which files belong to the project.",
                "Make a package.json beside them, so that the project can be taken whole.",
                path,
                line,
            )
            return
        shown = self.observations.shown(path)
        self.whole[owner.directory] = WholePackage(
            owner.label, owner.directory, because, shown, line
        )
        self._queue_whole(owner, Reason(ReasonKind.WHOLE_PACKAGE, path, line, because))

    def _queue_whole(self, owner: Owner, reason: Reason) -> None:
        if owner.directory not in self._entire:
            self._entire.add(owner.directory)
            self._sweeps.append(_Sweep(owner, reason))

    def is_whole(self, owner: Owner) -> bool:
        """Whether all of the package is packaged, or is about to be."""
        return owner.directory in self._entire

    def policy_of(self, owner: Owner) -> PackagePolicy:
        """What of a package counts when it is taken whole."""
        data = owner.package.data if owner.package is not None else {}
        types = data.get("types") or data.get("typings")
        return PackagePolicy(self.disk, owner.directory, types if isinstance(types, str) else "")

    def _take_whole(self, task: _Sweep) -> None:
        policy = self.policy_of(task.owner)
        for swept in sweep(self.disk, task.owner.directory, policy.keep):
            self._take_swept(swept, task.because, task.owner.directory)
        for path in policy.secrets:
            if path not in self.files and task.owner.is_app:
                self.observations.add(
                    Severity.NOTE,
                    "secret-left-out",
                    "The file was left out because such files commonly hold secrets.",
                    "Name it in pkg.assets if the program needs it.",
                    path,
                )

    def take_directory(self, directory: str, reason: Reason) -> None:
        """Package a whole directory that a file refers to."""
        try:
            traced = self.disk.trace(directory)
        except OSError:
            self.note_loop(directory, Level.SWEPT)
            return
        for link in traced.links:
            self.symlinks[link.path] = link.target
        for swept in sweep(self.disk, traced.real, keep_all):
            self._take_swept(swept, reason, traced.real)

    def _take_swept(self, swept: Swept, reason: Reason, top: str) -> None:
        if swept.is_link:
            self._take_link(swept, reason, top)
        elif swept.kind is Kind.DIRECTORY:
            self.directories.add(swept.path)
        elif swept.kind is Kind.FILE:
            self.add(swept.path, reason, Level.SWEPT)
        else:
            self.observations.add(
                Severity.NOTE,
                "special-file",
                "It is neither a file nor a directory, and is left out.",
                path=swept.path,
            )

    def _take_link(self, swept: Swept, reason: Reason, top: str) -> None:
        if swept.kind is Kind.LOOP:
            self.note_loop(swept.path, Level.SWEPT)
            return
        if swept.kind not in (Kind.FILE, Kind.DIRECTORY):
            return
        traced = self.disk.trace(swept.path)
        real = traced.real
        if swept.kind is Kind.FILE:
            self.add(real, reason, Level.SWEPT, links=traced.links)
            return
        if real in self._linked:
            return
        inside = contains(top, real)
        if not inside and (not contains(self._base, real) or contains(real, top)):
            self.observations.add(
                Severity.NOTE,
                "link-left-out",
                "The symbolic link leads out of the project and is left out.",
                path=swept.path,
            )
            return
        for link in traced.links:
            self.symlinks[link.path] = link.target
        if not inside:
            self._linked.add(real)  # so that links between two such directories end
            self.take_directory(real, reason)

    def may_take(self, path: str) -> bool:
        """Whether a reference may name ``path``: inside the project or the workspace around it."""
        return contains(self._base, path)

    def is_own_output(self, found: Found) -> bool:
        """Whether a file that merely came along is an executable of an earlier build."""
        return found.level is Level.SWEPT and is_packaged_executable(found.path, found.size)


def contains(directory: str, path: str) -> bool:
    """Whether ``path`` is ``directory`` or below it."""
    return path == directory or path.startswith(directory.rstrip(os.sep) + os.sep)


def _project_base(disk: Disk, packages: Packages, root: str) -> str:
    """The directory that references may reach: the workspace's or repository's, or the project."""
    here = root
    home = os.path.realpath(os.path.expanduser("~"))
    while True:
        parent = os.path.dirname(here)
        if parent == here or here == home:  # a home under version control is no workspace
            return root
        package = packages.at(here)
        if (package is not None and "workspaces" in package.data) or any(
            disk.kind(os.path.join(here, name)) is not Kind.MISSING
            for name in (".git", "pnpm-workspace.yaml", "lerna.json", "yarn.lock", "rush.json")
        ):
            return here
        here = parent
