"""The state of a trace from the entry point: the files found so far, and what is still to do.

Files are visited in the order of how certain the need for them is: first what code loads by name,
starting at the entry point; then what it loads only under some condition; then what it expects may
be missing; then the dependencies that
package.json lists but no file refers to (a view engine, a plugin); then the rest of packages that
are included completely. So the reason of a file is always its strongest one, and a missing file is
an error only if the program requires it.
"""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from sealift.findings import Excerpt, Severity
from sealift.model import Reason, ReasonKind, ResolutionKind, Role, WholePackage
from sealift.project import messages
from sealift.project.diagnostics import Diagnostics
from sealift.project.filesystem import FileSystem, RealPath, Symlink
from sealift.project.globs import matcher
from sealift.project.package_json import Package, Packages
from sealift.project.package_owners import Owner, Owners
from sealift.project.project_extent import contains, project_base
from sealift.project.references import FileReference
from sealift.project.resolve import Resolver
from sealift.project.roles import extension_of, is_script
from sealift.project.traced_output import TracedOutput


class Need(IntEnum):
    """How certain the need for a file is."""

    REQUIRED = 0
    CONDITIONAL = 1  # code loads it by name, but may never run: a branch, a function
    OPTIONAL = 2  # of a package that the program can run without: it may be broken
    INCLUDED = 3  # it belongs to something that is packaged, and may not be used


@dataclass(slots=True)
class TracedFile:
    """One file to package, as far as it is known.

    Attributes:
        path: real path on the host.
        reason, need: the strongest so far.
        script: it holds JavaScript.
        owner: the package that it belongs to.
        role, size, mtime_ns, mode: known once the file is visited.
        javascript: for TypeScript that is stripped, the file that holds its JavaScript.
        data: the settings name it as data, or it is served, whatever else it may be.
        read: why a file refers to it by its path, as to data; None if none does.
        texts: where it uses the text of functions whose source may not ship.
        holds_data: it is a script that only holds data.
        resolutions: real paths by specifier; "" if a specifier does not resolve.
        visited: its references have been traced.
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
    javascript: Path | None = None
    data: bool = False
    read: Reason | None = None
    texts: tuple[Excerpt, ...] = ()
    holds_data: bool = False
    resolutions: dict[tuple[ResolutionKind, str], str] = field(default_factory=dict)
    visited: bool = False


@dataclass(frozen=True, slots=True)
class ListedDependency:
    """A dependency in the package.json ``package`` of ``owner``."""

    name: str
    owner: Owner
    package: Package
    required: bool


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A package that is to be included completely."""

    owner: Owner
    reason: Reason


Task = TracedFile | ListedDependency | Inclusion


class Trace:
    """The state of one trace.

    Attributes:
        root: the project's directory.
        filesystem, packages, resolver, owners: views of the host.
        diagnostics: the findings so far.
        files: the files to package, by real path.
        symlinks: the symbolic links to package, and where each leads.
        directories: empty directories to package.
        whole: the packages that are included completely because of a file, by directory.
        linked: the directories outside an included package that its links led to.
        output: the traced output that the project is, or None.
        pruned: the specifiers that it leaves out.
        served: the directories and files that static handlers get.
        taken: the references whose paths functions of packages get, each with its file.
        hidden_requires: where code of a package requires something unproven, by its directory.
        lookups: why the packages that an owner lists may be looked up by computed names, by its
            directory.
    """

    def __init__(
        self,
        root: str,
        ignore: tuple[str, ...],
        *,
        filesystem: FileSystem,
        packages: Packages,
        resolver: Resolver,
        traced_only: bool,
        output: TracedOutput | None = None,
        larger: Package | None = None,
    ) -> None:
        """Start a trace.

        Args:
            root: the project's directory.
            ignore: the patterns of files to leave out.
            filesystem, packages, resolver: views of the host.
            traced_only: package only files whose use is proven.
            output: the traced output that the project is, if it is one.
            larger: the package.json of the larger whole that the project is a part of.
        """
        self.root = root
        self.filesystem = filesystem
        self.packages = packages
        self.resolver = resolver
        self.owners = Owners(packages, root, larger)
        self.diagnostics = Diagnostics(root)
        self.files: dict[str, TracedFile] = {}
        self.symlinks: dict[str, str] = {}
        self.directories: set[str] = set()
        self.whole: dict[str, WholePackage] = {}
        self.linked: set[str] = set()
        self.pruned: dict[str, None] = {}
        self.served: set[str] = set()
        self.taken: list[tuple[TracedFile, FileReference]] = []
        self.hidden_requires: dict[str, Reason] = {}
        self.lookups: dict[str, Reason] = {}
        self.output = output
        self._traced_only = traced_only
        self._ignored = matcher(ignore, "pkg.ignore") if ignore else None
        self._base = project_base(filesystem, packages, root)
        self._queues: tuple[deque[TracedFile], ...] = tuple(deque() for _ in Need)
        self._dependencies: deque[ListedDependency] = deque()
        self._listed: dict[str, list[ListedDependency]] = {}
        self._inclusions: deque[Inclusion] = deque()
        self._activated: set[str] = set()
        self._reached: set[str] = set()
        self._included: set[str] = set()

    def next_task(self) -> Task | None:
        """Return what is to be done next; None at the end of the trace."""
        required, conditional, optional, included = self._queues
        while True:
            queue = required or conditional or optional
            if not queue and not self._dependencies and not self._inclusions:
                queue = included
            if queue:
                file = queue.popleft()
                if not file.visited:
                    file.visited = True
                    return file
            elif self._dependencies:
                return self._dependencies.popleft()
            elif self._inclusions:
                return self._inclusions.popleft()
            else:
                return None

    # ------------------------------------------------------------------ files

    def add(
        self,
        path: str,
        reason: Reason,
        need: Need,
        *,
        symlinks: tuple[Symlink, ...] = (),
        as_module: bool = False,
        data: bool = False,
        read: bool = False,
    ) -> bool:
        """Package the file at the real path ``path``.

        Args:
            path: of the file.
            reason, need: why it is packaged.
            symlinks: the links that were followed to it, which are packaged too.
            as_module: it is loaded as a module, so it is a script whatever its extension.
            data: the settings name it as data.
            read: it is named as data is; known for a `ReasonKind.FILE_REFERENCE`.

        Return False if the settings leave it out.
        """
        if self.is_ignored(path):
            return False
        self.add_symlinks(symlinks)
        script = is_script(path, as_module=as_module)
        file = self.files.get(path)
        if file is None:
            file = TracedFile(path, reason, need, script, self.owners.of(path))
            self.files[path] = file
            self._activate(file)
            self._queues[file.need].append(file)
        elif need < file.need or (script and not file.script):
            if need < file.need and not file.visited:
                file.need, file.reason = need, reason
            if script and not file.script:
                file.script, file.visited = True, False
            self._queues[file.need].append(file)
        file.data = file.data or data
        if file.read is None and (read or reason.kind is ReasonKind.FILE_REFERENCE):
            file.read = reason
        if need is not Need.INCLUDED:
            self._reached.add(file.owner.directory)
        return True

    def add_path(
        self,
        path: str,
        reason: Reason,
        need: Need,
        *,
        as_module: bool = False,
        data: bool = False,
        read: bool = False,
    ) -> bool:
        """Package the file at ``path``, which may lead through symbolic links; see `add`."""
        found = self.real_path(path, need)
        if found is None:
            return False
        return self.add(
            found.real,
            reason,
            need,
            symlinks=found.symlinks,
            as_module=as_module,
            data=data,
            read=read,
        )

    def add_symlinks(self, symlinks: tuple[Symlink, ...]) -> None:
        """Package symbolic links."""
        for link in symlinks:
            self.symlinks[link.path] = link.target

    def real_path(self, path: str, need: Need) -> RealPath | None:
        """Return the real path of ``path``; add a finding and return None for a loop of links."""
        try:
            return self.filesystem.real_path(path)
        except OSError:
            self.add_loop(path, need)
            return None

    def is_ignored(self, path: str) -> bool:
        """Return True if ``path`` matches a pattern of pkg.ignore, or the output lacks it."""
        if self.output is not None and not self.output.has(path):
            return True
        if self._ignored is None:
            return False
        slashed = path.replace(os.sep, "/")
        relative = os.path.relpath(path, self.root).replace(os.sep, "/")
        return self._ignored(slashed) or self._ignored(relative)

    def may_include(self, path: str) -> bool:
        """Return True if a reference may name ``path``: it is in the project or its workspace."""
        return contains(self._base, path)

    # ------------------------------------------------------------------ findings

    def add_loop(self, path: str, need: Need) -> None:
        """Add the finding that symbolic links lead to themselves."""
        severity = Severity.ERROR if need <= Need.CONDITIONAL else Severity.WARNING
        self.diagnostics.add(severity, messages.SYMLINK_LOOP, path)

    # ------------------------------------------------------------------ packages

    def _activate(self, file: TracedFile) -> None:
        """Add what every file needs: package.json files, and its package's dependencies."""
        if any(contains(served, file.path) for served in self.served):
            return  # Node does not load it
        scope = self.packages.nearest(os.path.dirname(file.path))
        if scope is not None:
            self.add_package_json(scope, file.path)
        owner = file.owner
        if extension_of(file.path) == ".node":
            because = "a native addon may load libraries that lie beside it"
            self.require_whole(owner, file.path, 0, because)
        if owner.directory in self._activated:
            return
        self._activated.add(owner.directory)
        package = owner.package
        if package is None or package.problem:
            return
        self.add_package_json(package, file.path)
        if self._traced_only or self.output is not None or self.owners.is_larger(package):
            return
        keys = ["dependencies", "optionalDependencies"]
        if owner.is_app:
            keys.append("peerDependencies")
        listed = [
            ListedDependency(name, owner, package, key == "dependencies")
            for key in keys
            for name in package.names(key)
        ]
        self._listed[owner.directory] = listed
        self._dependencies.extend(listed)

    def add_package_json(self, package: Package, parent: str) -> None:
        """Package a package.json that Node consults for the file ``parent``."""
        if package.problem:
            self.diagnostics.add(
                Severity.WARNING,
                messages.PACKAGE_BROKEN,
                package.path,
                package.line,
                problem=package.problem,
            )
        reason = Reason(ReasonKind.PACKAGE_MANIFEST, parent, 0, package.name)
        if package.path not in self.files:
            self.add_path(package.path, reason, Need.INCLUDED)

    def is_reached(self, directory: str) -> bool:
        """Return True if a file of the package in ``directory`` is required or optional."""
        return directory in self._reached

    def require_whole(self, owner: Owner, path: str, line: int, because: str) -> None:
        """Include all of a package, because what the file at ``path`` accesses is unproven."""
        if self.output is not None:
            return
        if self._traced_only:
            if owner.is_app:
                self.diagnostics.add(
                    Severity.WARNING,
                    messages.UNPROVEN_TRACED_ONLY,
                    path,
                    line,
                    expression=because,
                )
            return
        if owner.directory in self.whole:
            return
        if owner.package is None and os.sep + "node_modules" + os.sep not in owner.directory:
            # Without a package.json nothing shows where the project ends: it may be a home.
            self.diagnostics.add(
                Severity.WARNING,
                messages.UNPROVEN_WITHOUT_PACKAGE,
                path,
                line,
                expression=because,
            )
            return
        shown = self.diagnostics.shown(path)
        self.whole[owner.directory] = WholePackage(
            owner.label, owner.directory, because, shown, line
        )
        self.queue_inclusion(owner, Reason(ReasonKind.WHOLE_PACKAGE, path, line, because))

    def add_lookup(self, owner: Owner, reason: Reason) -> None:
        """Record that code looks up packages that ``owner`` lists by computed names."""
        if owner.directory not in self.lookups:
            self.lookups[owner.directory] = reason
            self._dependencies.extend(self._listed.get(owner.directory, ()))

    def queue_inclusion(self, owner: Owner, reason: Reason) -> None:
        """Add a package to those that are to be included completely."""
        if owner.directory not in self._included:
            self._included.add(owner.directory)
            self._inclusions.append(Inclusion(owner, reason))

    def is_whole(self, owner: Owner) -> bool:
        """Return True if the package is included completely, or is about to be."""
        return owner.directory in self._included

    def is_outside(self, path: str, top: str) -> bool:
        """Return True if a link from below ``top`` to ``path`` leads out of the project."""
        return not contains(self._base, path) or contains(path, top)
