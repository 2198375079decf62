"""Reading a project: the walk carried out, file by file, and put in its final form."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from sealift.errors import ProjectError
from sealift.findings import Severity
from sealift.model import (
    Observer,
    Project,
    ProjectFile,
    ProjectSymlink,
    ProjectVariant,
    Reason,
    ReasonKind,
    Resolution,
    Role,
    SilentObserver,
    WholePackage,
)
from sealift.options import BuildOptions, node_arguments, user_conditions
from sealift.project.dependencies import Follower
from sealift.project.diagnostics import printable
from sealift.project.filesystem import FileSystem
from sealift.project.globs import find_files
from sealift.project.licences import Disclosure
from sealift.project.locations import Layout
from sealift.project.manifest import Manifest
from sealift.project.package_json import Packages
from sealift.project.references import SourceReferences
from sealift.project.resolve import MODULE_SYNC, Answers, Resolver
from sealift.project.roles import declared_module, role_of_data
from sealift.project.source_files import LARGE, SourceFile, SourceFiles, SpecialFileError
from sealift.project.trace import Need, Trace, TracedFile


def read_project(
    manifest: Manifest,
    options: BuildOptions,
    observer: Observer,
    variant: ProjectVariant = ProjectVariant(),  # noqa: B008 (frozen)
) -> Project:
    """Find every file that the program needs, and why, for one kind of targets.

    `read_variants` says what is returned and raised.
    """
    return read_variants(manifest, options, observer, (variant,))[variant]


def read_variants(
    manifest: Manifest,
    options: BuildOptions,
    observer: Observer,
    variants: Iterable[ProjectVariant],
) -> dict[ProjectVariant, Project]:
    """Find every file that the program needs, and why, for each variant.

    Each variant's project is the same whichever other variants are asked for. Files are opened
    and scanned once. Variants share one `Project` object if no package tells them apart.

    All problems of the project are in its findings; one with the severity ERROR means that the
    project cannot be packaged as it is. Raise ProjectError only if the entry cannot be read.
    """
    observer.stage("reading the project")
    shared = _Shared()
    projects: dict[ProjectVariant, Project] = {}
    for variant in dict.fromkeys(variants):
        if projects and not shared.variants_differ:
            projects[variant] = next(iter(projects.values()))
            continue
        reading = _Reading(manifest, options, observer, variant, shared)
        projects[variant] = reading.read()
        shared.variants_differ = shared.variants_differ or reading.depends_on_variant
        observer = SilentObserver()  # these files have been counted
    return projects


class _Shared:
    """What the variants of one project have in common."""

    def __init__(self) -> None:
        self.filesystem = FileSystem()
        self.packages = Packages()
        self.answers: Answers = {}
        self.files = SourceFiles()
        self.variants_differ = False


class _Reading:
    def __init__(
        self,
        manifest: Manifest,
        options: BuildOptions,
        observer: Observer,
        variant: ProjectVariant,
        shared: _Shared,
    ) -> None:
        self._manifest = manifest
        self._options = options
        self._observer = observer
        self._files = shared.files
        conditions = user_conditions(
            node_arguments(options.exec_argv) or node_arguments(manifest.settings.options)
        )
        if variant.require_esm:
            conditions |= {MODULE_SYNC}
        filesystem = FileSystem(shared.filesystem)
        self._resolver = Resolver(filesystem, shared.packages, conditions, shared.answers)
        self._trace = Trace(
            os.fspath(manifest.root),
            manifest.settings.ignore,
            filesystem=filesystem,
            packages=shared.packages,
            resolver=self._resolver,
            traced_only=options.traced_only,
        )
        settings = manifest.settings
        packages = ",".join((*options.public_packages, *settings.public_packages)).split(",")
        self._disclosure = Disclosure(
            public=options.public or settings.public,
            public_packages=(name for text in packages if (name := text.strip())),
        )

    @property
    def depends_on_variant(self) -> bool:
        """Whether another variant could have other files or resolutions."""
        return self._resolver.depends_on_module_sync

    def read(self) -> Project:
        entry = os.fspath(self._manifest.entry)
        if not self._trace.add(entry, Reason(ReasonKind.ENTRY), Need.REQUIRED, asked_for=True):
            raise ProjectError(
                "entry-ignored",
                "The entry itself matches a pattern of pkg.ignore.",
                "Correct pkg.ignore.",
            )
        self._take_configured()
        while (found := self._trace.next_file()) is not None:
            self._visit(found)
            self._observer.advance(1)
        return self._project(entry)

    # What the settings name.

    def _take_configured(self) -> None:
        settings, package = self._manifest.settings, self._manifest.package
        self._take_globs(settings.scripts, "pkg.scripts", Need.REQUIRED)
        self._take_globs(settings.assets, "pkg.assets", Need.INCLUDED, data=True)
        if settings.scripts or settings.assets or package is None:
            return
        listed = package.data.get("files")
        if isinstance(listed, list):
            patterns = tuple(
                item.removeprefix("/") for item in listed if isinstance(item, str) and item
            )
            self._take_globs(patterns, "", Need.INCLUDED)

    def _take_globs(
        self, patterns: tuple[str, ...], setting: str, need: Need, *, data: bool = False
    ) -> None:
        trace = self._trace
        matched = set()
        for path, pattern in find_files(trace.filesystem, trace.root, patterns):
            matched.add(pattern)
            trace.add_path(path, Reason(ReasonKind.CONFIGURED, "", 0, pattern), need, data=data)
        for pattern in patterns:
            plain = pattern.replace("\\", "/").removeprefix("./")
            if setting and plain not in matched and not plain.startswith("!"):
                trace.diagnostics.add(
                    Severity.WARNING,
                    "pattern-without-match",
                    f"No file matches {pattern} of {setting}.",
                    f"Correct {setting}: patterns are relative to {trace.root}.",
                )

    # One file.

    def _visit(self, found: TracedFile) -> None:
        try:
            file = self._files.open(found.path, script=found.script)
        except OSError as error:
            self._refuse(found, "file-unreadable", f"It cannot be read: {error.strerror}.")
            return
        except SpecialFileError:
            self._refuse(found, "special-file", "It is not a regular file.")
            return
        found.size, found.mtime_ns, found.mode = file.size, file.mtime_ns, file.mode
        found.script = file.is_script
        if not _is_utf8(found.path):
            self._refuse(
                found, "name-not-utf8", "Its name is not UTF-8, and Node could not ask for it."
            )
            return
        if not found.script:
            if found.path == os.fspath(self._manifest.entry):
                self._refuse(found, "entry-not-script", "It is binary, not JavaScript.")
            found.role = role_of_data(found.path)
            if self._trace.is_own_output(found):
                del self._trace.files[found.path]
            return
        scope = self._trace.packages.nearest(os.path.dirname(found.path))
        module = declared_module(found.path, scope)
        findings = self._scan(found, file, module)
        is_module = findings.module_syntax if module is None else module
        found.role = Role.MODULE if is_module else Role.COMMONJS
        Follower(self._trace, found, allow_missing=self._options.allow_missing).follow(findings)

    def _scan(self, found: TracedFile, file: SourceFile, module: bool | None) -> SourceReferences:
        decided = module is not None or not file.maybe_module
        if decided and self._need_not_scan(found):
            return SourceReferences()
        # The scan looks at little of a file. The project's own are checked whole: a mistake in
        # one is better heard of now than from the program.
        return self._files.findings(found.path, module=module, check_syntax=found.owner.is_app)

    def _need_not_scan(self, found: TracedFile) -> bool:
        """A large bundle that merely came along with a package that needs no other package.

        Whatever it asks for is packaged already; scanning it would cost a second.
        """
        return (
            found.need is Need.INCLUDED
            and found.size > LARGE
            and self._trace.is_whole(found.owner)
            and not found.owner.names("dependencies", "optionalDependencies", "peerDependencies")
        )

    def _refuse(self, found: TracedFile, code: str, message: str) -> None:
        if found.path == os.fspath(self._manifest.entry):
            raise ProjectError(
                "entry-unreadable",
                f"The entry {printable(found.path)} cannot be packaged. {message}",
                "Mend it, or name another entry.",
            )
        needed = found.need is Need.REQUIRED
        self._trace.diagnostics.add(
            Severity.ERROR if needed else Severity.WARNING,
            code,
            message,
            "Mend it, or leave it out with pkg.ignore.",
            found.path,
        )
        self._trace.files.pop(found.path, None)

    # The result.

    def _project(self, entry: str) -> Project:
        trace = self._trace
        for directory, problem in trace.filesystem.denied.items():
            trace.diagnostics.add(
                Severity.WARNING,
                "directory-unreadable",
                f"The directory cannot be listed: {problem}.",
                "Give yourself permission to read it.",
                directory,
            )
        self._note_whole()
        layout = Layout(
            trace.root,
            {os.path.dirname(path) for path in (*trace.files, *trace.symlinks)},
        )
        files = [self._file(found, layout) for found in trace.files.values()]
        files.sort(key=lambda file: file.location)
        taken = {file.location for file in files}
        symlinks = tuple(
            link
            for path, target in sorted(trace.symlinks.items())
            if (link := _symlink(layout, path, target)) and link.location not in taken
        )
        whole = (
            WholePackage(
                item.package, layout.location(item.location), item.because, item.file, item.line
            )
            for item in trace.whole.values()
        )
        return Project(
            name=self._manifest.name,
            version=self._manifest.version,
            root=self._manifest.root,
            entry=layout.location(entry),
            files=tuple(files),
            symlinks=tuple(sorted(symlinks, key=lambda link: link.location)),
            directories=_empty_directories(trace, layout, taken),
            findings=(*self._manifest.findings, *trace.diagnostics.findings()),
            whole_packages=tuple(sorted(whole, key=lambda item: item.location)),
        )

    def _note_whole(self) -> None:
        trace = self._trace
        if trace.whole:
            names = sorted({item.package for item in trace.whole.values()})
            shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            trace.diagnostics.add(
                Severity.NOTE,
                "whole-packages",
                f"Packaged whole, because not all of their file accesses can be proven: {shown}.",
                "Pass --traced-only to package only what is proven.",
            )

    def _file(self, found: TracedFile, layout: Layout) -> ProjectFile:
        files = self._trace.files
        reason = found.reason
        parent = layout.location(reason.parent) if reason.parent else ""
        return ProjectFile(
            source=Path(found.path),
            location=layout.location(found.path),
            role=found.role,
            size=found.size,
            mtime_ns=found.mtime_ns,
            mode=found.mode,
            reason=Reason(reason.kind, parent, reason.line, printable(reason.detail)),
            resolutions=tuple(
                Resolution(kind, specifier, layout.location(target) if target in files else None)
                for (kind, specifier), target in found.resolutions.items()
                if _is_utf8(specifier)
            ),
            package=found.owner.label if found.owner.package is not None else "",
            of_app=found.owner.is_app,
            public=found.data or self._disclosure.allows(found.owner),
            named=found.named,
        )


def _symlink(layout: Layout, path: str, target: str) -> ProjectSymlink | None:
    if not _is_utf8(path) or not _is_utf8(target):
        return None
    relative = os.path.relpath(layout.location(target), os.path.dirname(layout.location(path)))
    return ProjectSymlink(layout.location(path), relative.replace(os.sep, "/"))


def _empty_directories(trace: Trace, layout: Layout, taken: set[str]) -> tuple[str, ...]:
    if not trace.directories:
        return ()
    filled = set()
    for location in taken:
        parent = location
        while (parent := os.path.dirname(parent)) and parent not in filled:
            filled.add(parent)
    empty = {layout.location(path) for path in trace.directories if _is_utf8(path)}
    return tuple(sorted(empty - filled))


def _is_utf8(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
