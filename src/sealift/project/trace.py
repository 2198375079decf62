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

from sealift.findings import Severity
from sealift.model import Reason, ReasonKind, WholePackage
from sealift.project import messages
from sealift.project.boundary import Asker, Boundary
from sealift.project.diagnostics import Diagnostics
from sealift.project.filesystem import FileSystem, RealPath, Symlink
from sealift.project.ignored_files import IgnoredFiles
from sealift.project.left_out import LeftOut, LeftOutFiles
from sealift.project.needs import Need
from sealift.project.package_json import Package, Packages
from sealift.project.package_owners import Owner, Owners
from sealift.project.project_extent import contains, is_installed
from sealift.project.references import FileReference, ScriptsRead
from sealift.project.resolution_hooks import ResolutionHooks
from sealift.project.resolve import Resolver
from sealift.project.roles import extension_of, is_script
from sealift.project.secrets import is_secret
from sealift.project.tasks import Inclusion, ListedDependency, Tasks, TracedFile
from sealift.project.traced_output import TracedOutput


class Trace:
    """The state of one trace.

    Attributes:
        root: the project's directory.
        filesystem, packages, resolver, owners: views of the host.
        boundary: which files each package may take.
        app: the project, as one that asks for files.
        diagnostics: the findings so far.
        left_out: the files that code refers to and that are not packaged.
        ignored: the files that pkg.ignore leaves out.
        files: the files to package, by real path.
        tasks: what is still to do.
        symlinks: the symbolic links to package, and where each leads.
        directories: empty directories to package.
        whole: the packages that are included completely because of a file, by directory.
        linked: the directories outside an included package that its links led to.
        output: the traced output that the project is, or None.
        pruned: the specifiers that it leaves out.
        served: the directories and files that static handlers get.
        taken: the references whose paths functions of packages get, each with its file.
        scripts_read: what packages read as text, each with the file that says so.
        hidden_requires: where code of a package requires something unproven, by its directory.
        hidden_import: where code of the project imports something unproven; None if nowhere.
        hooks: code of the project that changes what specifiers resolve to.
        handled: where a script sets the function that loads the files of an extension.
        located: the directories of the packages whose paths code of other packages makes.
        joined: the names that scripts join to directories they are given, as far as it was asked.
        lookups: by owners' directories, why packages they list may be looked up by computed names.
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
        self.boundary = Boundary(filesystem, packages, self.owners, root)
        self.app = Asker(self.owners.app(), root)
        self.diagnostics = Diagnostics(root)
        self.left_out = LeftOutFiles()
        self.files: dict[str, TracedFile] = {}
        self.symlinks: dict[str, str] = {}
        self.directories: set[str] = set()
        self.whole: dict[str, WholePackage] = {}
        self.linked: set[str] = set()
        self.pruned: dict[str, None] = {}
        self.served: set[str] = set()
        self.taken: list[tuple[TracedFile, FileReference]] = []
        self.scripts_read: list[tuple[TracedFile, ScriptsRead]] = []
        self.hidden_requires: dict[str, Reason] = {}
        self.hidden_import: Reason | None = None
        self.hooks = ResolutionHooks()
        self.handled: dict[str, Reason] = {}
        self.located: set[str] = set()
        self.joined: dict[str, frozenset[str]] = {}
        self.lookups: dict[str, Reason] = {}
        self.output = output
        self._traced_only = traced_only
        self.ignored = IgnoredFiles(filesystem, root, ignore)
        self.tasks = Tasks()
        self._listed: dict[str, list[ListedDependency]] = {}
        self._activated: set[str] = set()
        self._reached: set[str] = set()
        self._included: set[str] = set()

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
        read: bool | None = None,
        asker: Asker | None = None,
        named: bool = False,
    ) -> bool:
        """Package the file at the real path ``path``.

        Args:
            path: of the file.
            reason, need: why it is packaged.
            symlinks: the links that were followed to it, which are packaged too.
            as_module: it is loaded as a module, so it is a script whatever its extension.
            data: the settings name it as data.
            read: it is named as data is; by default if it is a `ReasonKind.FILE_REFERENCE`.
            asker: who takes it; by default the file that is the parent in ``reason``.
            named: the user names it, so that it may be anywhere and hold anything.

        Return False if the settings leave it out, or it may not be taken.
        """
        if self.is_ignored(path):
            return False
        if path not in self.files and not named:
            asker = asker or self.asker_of(reason)
            if not self._may_take(asker, path, symlinks, LeftOut(path, reason, need, asker.owner)):
                return False
        self.add_symlinks(symlinks)
        script = is_script(path, as_module=as_module)
        file = self.files.get(path)
        if file is None:
            file = TracedFile(path, reason, need, script, self.owners.of(path))
            self.files[path] = file
            self._activate(file)
            self.tasks.add(file)
        elif need < file.need or (script and not file.script):
            if need < file.need and not file.visited:
                file.need, file.reason = need, reason
            if script and not file.script:
                file.script, file.visited = True, False
            self.tasks.add(file)
        file.data = file.data or data
        file.configured = file.configured or (named and reason.kind is ReasonKind.CONFIGURED)
        is_read = reason.kind is ReasonKind.FILE_REFERENCE if read is None else read
        if is_read and (file.read is None or (reason.certain and not file.read.certain)):
            file.read = reason
        # A version or a path may be all that is read of a package.json.
        if need is not Need.INCLUDED and os.path.basename(path) != "package.json":
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
        read: bool | None = None,
        asker: Asker | None = None,
        named: bool = False,
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
            asker=asker,
            named=named,
        )

    def asker_of(self, reason: Reason) -> Asker:
        """Return who asks for a file for ``reason``; the project, if it is the settings."""
        if not reason.parent:
            return self.app
        directory = os.path.dirname(reason.parent)
        return Asker(self.owners.of_directory(directory), directory)

    def may_take(self, found: RealPath, reason: Reason, need: Need, owner: Owner) -> bool:
        """Return True if the parent in ``reason`` may take a file; record that it asked if not."""
        request = LeftOut(found.real, reason, need, owner)
        return self._may_take(self.asker_of(reason), found.real, found.symlinks, request)

    def _may_take(
        self, asker: Asker, path: str, symlinks: tuple[Symlink, ...], request: LeftOut
    ) -> bool:
        """Return True if ``asker`` may take a file; record that it asked if it may not."""
        if not self.boundary.allows(asker, path):
            self.left_out.add_outside(request)
            return False
        names = (path, *(link.path for link in symlinks))
        if any(is_secret(self.filesystem, name, self.boundary.base) for name in names):
            self.left_out.add_secret(request)
            return False
        return True

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
        return self.ignored.has(path)

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
        self.activate(owner, file.path)

    def activate(self, owner: Owner, parent: str) -> None:
        """Add a package's package.json and its dependencies, as the file ``parent`` needs them."""
        if owner.directory in self._activated:
            return
        self._activated.add(owner.directory)
        package = owner.package
        if package is None or package.problem:
            return
        self.add_package_json(package, parent)
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
        self.tasks.dependencies.extend(listed)

    def add_package_json(self, package: Package, parent: str, asker: Asker | None = None) -> None:
        """Package a package.json that Node consults for the file ``parent``.

        ``asker``: who takes it; by default the file.
        """
        if package.problem:
            self.diagnostics.add(
                Severity.WARNING,
                messages.PACKAGE_BROKEN,
                package.path,
                package.line,
                problem=package.problem,
            )
        found = self.real_path(package.path, Need.INCLUDED)
        if found is None or found.real in self.files:
            return
        # The one around a file applies to it, even if it is not in the file's package.
        is_around = found.real == package.path and contains(package.directory, parent)
        if is_around or asker is None or self.boundary.allows(asker, found.real):
            reason = Reason(ReasonKind.PACKAGE_MANIFEST, parent, 0, package.name)
            self.add(
                found.real,
                reason,
                Need.INCLUDED,
                symlinks=found.symlinks,
                asker=asker,
                named=is_around,
            )

    def is_reached(self, directory: str) -> bool:
        """Return True if a file of the package in ``directory`` is required or optional.

        Its package.json does not count.
        """
        return directory in self._reached

    def require_whole(
        self, owner: Owner, path: str, line: int, because: str, *, guarded: bool = False
    ) -> None:
        """Include all of a package, because what the file at ``path`` accesses is unproven.

        ``guarded``: the code expects that the access may fail.
        """
        if self.output is not None:
            return
        severity = Severity.NOTE if guarded else Severity.WARNING
        if self._traced_only:
            if owner.is_app:
                self.diagnostics.add(
                    severity, messages.UNPROVEN_TRACED_ONLY, path, line, expression=because
                )
            return
        if not contains(owner.directory, path):
            self.located.add(owner.directory)
        if owner.directory in self.whole:
            return
        bounded = owner.package is not None and not self.boundary.is_above(owner.directory)
        if not bounded and not is_installed(owner.directory):
            # Without a package.json nothing shows where the project ends: it may be a home.
            self.diagnostics.add(
                severity, messages.UNPROVEN_WITHOUT_PACKAGE, path, line, expression=because
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
            self.tasks.dependencies.extend(self._listed.get(owner.directory, ()))

    def queue_inclusion(self, owner: Owner, reason: Reason) -> None:
        """Add a package to those that are to be included completely."""
        if owner.directory not in self._included:
            self._included.add(owner.directory)
            self.tasks.inclusions.append(Inclusion(owner, reason))

    def is_whole(self, owner: Owner) -> bool:
        """Return True if the package is included completely, or is about to be."""
        return owner.directory in self._included
