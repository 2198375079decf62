"""Reading a project: the walk carried out, file by file, and put in its final form."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

from sealift.errors import ProjectError
from sealift.model import (
    Observer,
    Project,
    ProjectFile,
    ProjectSymlink,
    Reason,
    ReasonKind,
    Resolution,
    Role,
    Severity,
    WholePackage,
)
from sealift.options import BuildOptions, node_arguments, user_conditions
from sealift.project.dependencies import Follower
from sealift.project.diagnostics import printable
from sealift.project.globs import find_files
from sealift.project.licences import Disclosure
from sealift.project.locations import Layout
from sealift.project.manifest import Manifest
from sealift.project.references import SourceFindings
from sealift.project.resolve import MODULE_SYNC
from sealift.project.roles import (
    SCRIPT_EXTENSIONS,
    declared_module,
    extension_of,
    may_have_module_syntax,
    role_of_data,
)
from sealift.project.scan import scan, syntax_problems
from sealift.project.trace import Found, Level, Walk

# A FIFO must not block the build, and nothing must be translated on Windows.
_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_LARGE = 1 << 20
_CHECKED = 1 << 19
_HEAD = 4096


def read_project(
    manifest: Manifest, options: BuildOptions, observer: Observer, *, module_sync: bool = True
) -> Project:
    """Find every file that the program needs, and why.

    Args:
        manifest: of the project.
        options: of the build.
        observer: told of the files that are read.
        module_sync: where a package has ES modules for ``require``, it gets them.

    What is wrong with the project is in the result's findings, all of it; an ERROR among them
    means that the project cannot be packaged as it stands. Raises ProjectError only if the entry
    itself cannot be read.
    """
    return _Reading(manifest, options, observer, module_sync=module_sync).read()


class _Reading:
    def __init__(
        self, manifest: Manifest, options: BuildOptions, observer: Observer, *, module_sync: bool
    ) -> None:
        self._manifest = manifest
        self._options = options
        self._observer = observer
        own = user_conditions(
            node_arguments(options.exec_argv) or node_arguments(manifest.settings.options)
        )
        self._walk = Walk(
            os.fspath(manifest.root),
            manifest.settings.ignore,
            traced_only=options.traced_only,
            conditions=own | {MODULE_SYNC} if module_sync else own,
        )
        settings = manifest.settings
        packages = ",".join((*options.public_packages, *settings.public_packages)).split(",")
        self._disclosure = Disclosure(
            public=options.public or settings.public,
            public_packages=(name for text in packages if (name := text.strip())),
        )

    def read(self) -> Project:
        self._observer.stage("reading the project")
        entry = os.fspath(self._manifest.entry)
        if not self._walk.add(entry, Reason(ReasonKind.ENTRY), Level.NEEDED, asked_for=True):
            raise ProjectError(
                "entry-ignored",
                "The entry itself matches a pattern of pkg.ignore.",
                "Correct pkg.ignore.",
            )
        self._take_configured()
        while (found := self._walk.next_file()) is not None:
            self._visit(found)
            self._observer.advance(1)
        return self._project(entry)

    # What the settings name.

    def _take_configured(self) -> None:
        settings, package = self._manifest.settings, self._manifest.package
        self._take_globs(settings.scripts, "pkg.scripts", Level.NEEDED)
        self._take_globs(settings.assets, "pkg.assets", Level.SWEPT, data=True)
        if settings.scripts or settings.assets or package is None:
            return
        listed = package.data.get("files")
        if isinstance(listed, list):
            patterns = tuple(
                item.removeprefix("/") for item in listed if isinstance(item, str) and item
            )
            self._take_globs(patterns, "", Level.SWEPT)

    def _take_globs(
        self, patterns: tuple[str, ...], setting: str, level: Level, *, data: bool = False
    ) -> None:
        walk = self._walk
        matched = set()
        for path, pattern in find_files(walk.disk, walk.root, patterns):
            matched.add(pattern)
            walk.add_linked(path, Reason(ReasonKind.CONFIGURED, "", 0, pattern), level, data=data)
        for pattern in patterns:
            plain = pattern.replace("\\", "/").removeprefix("./")
            if setting and plain not in matched and not plain.startswith("!"):
                walk.observations.add(
                    Severity.WARNING,
                    "pattern-without-match",
                    f"No file matches {pattern} of {setting}.",
                    f"Correct {setting}: patterns are relative to {walk.root}.",
                )

    # One file.

    def _visit(self, found: Found) -> None:
        try:
            source = self._open(found)
        except OSError as error:
            self._refuse(found, "file-unreadable", f"It cannot be read: {error.strerror}.")
            return
        except ValueError as error:
            self._refuse(found, "special-file", str(error))
            return
        if not _is_utf8(found.path):
            self._refuse(
                found, "name-not-utf8", "Its name is not UTF-8, and Node could not ask for it."
            )
            return
        if not found.script:
            if found.path == os.fspath(self._manifest.entry):
                self._refuse(found, "entry-not-script", "It is binary, not JavaScript.")
            found.role = role_of_data(found.path)
            if self._walk.is_own_output(found):
                del self._walk.files[found.path]
            return
        scope = self._walk.packages.nearest(os.path.dirname(found.path))
        module = declared_module(found.path, scope)
        findings = self._scan(found, source, module)
        is_module = findings.module_syntax if module is None else module
        found.role = Role.MODULE if is_module else Role.COMMONJS
        Follower(self._walk, found, allow_missing=self._options.allow_missing).follow(findings)

    def _open(self, found: Found) -> bytes:
        """Fill in what ``fstat`` says; the source of a script. ValueError: no regular file."""
        descriptor = os.open(found.path, _OPEN_FLAGS)
        with open(descriptor, "rb", buffering=0) as stream:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ValueError("It is not a regular file.")
            found.size, found.mtime_ns = status.st_size, status.st_mtime_ns
            found.mode = stat.S_IMODE(status.st_mode)
            if not found.script:
                return b""
            head = stream.read(_HEAD)
            if b"\0" in head and extension_of(found.path) not in SCRIPT_EXTENSIONS:
                found.script = False  # asked for as a module, but by no means JavaScript
                return b""
            return head + stream.readall()

    def _scan(self, found: Found, source: bytes, module: bool | None) -> SourceFindings:
        if self._need_not_scan(found) and (
            module is not None or not may_have_module_syntax(source)
        ):
            return SourceFindings()
        findings = scan(source, module=module)
        # The scan looks at little of a file. The project's own are checked whole: a mistake in
        # one is better heard of now than from the program.
        if found.owner.is_app and not findings.problems and len(source) <= _CHECKED:
            return replace(findings, problems=syntax_problems(source))
        return findings

    def _need_not_scan(self, found: Found) -> bool:
        """A large bundle that merely came along with a package that needs no other package.

        Whatever it asks for is packaged already; scanning it would cost a second.
        """
        return (
            found.level is Level.SWEPT
            and found.size > _LARGE
            and self._walk.is_whole(found.owner)
            and not found.owner.names("dependencies", "optionalDependencies", "peerDependencies")
        )

    def _refuse(self, found: Found, code: str, message: str) -> None:
        if found.path == os.fspath(self._manifest.entry):
            raise ProjectError(
                "entry-unreadable",
                f"The entry {printable(found.path)} cannot be packaged. {message}",
                "Mend it, or name another entry.",
            )
        needed = found.level is Level.NEEDED
        self._walk.observations.add(
            Severity.ERROR if needed else Severity.WARNING,
            code,
            message,
            "Mend it, or leave it out with pkg.ignore.",
            found.path,
        )
        self._walk.files.pop(found.path, None)

    # The result.

    def _project(self, entry: str) -> Project:
        walk = self._walk
        for directory, problem in walk.disk.denied:
            walk.observations.add(
                Severity.WARNING,
                "directory-unreadable",
                f"The directory cannot be listed: {problem}.",
                "Give yourself permission to read it.",
                directory,
            )
        self._note_whole()
        layout = Layout(
            walk.root,
            {os.path.dirname(path) for path in (*walk.files, *walk.symlinks)},
        )
        files = [self._file(found, layout) for found in walk.files.values()]
        files.sort(key=lambda file: file.location)
        taken = {file.location for file in files}
        symlinks = tuple(
            link
            for path, target in sorted(walk.symlinks.items())
            if (link := _symlink(layout, path, target)) and link.location not in taken
        )
        whole = (
            WholePackage(
                item.package, layout.location(item.location), item.because, item.file, item.line
            )
            for item in walk.whole.values()
        )
        return Project(
            name=self._manifest.name,
            version=self._manifest.version,
            root=self._manifest.root,
            entry=layout.location(entry),
            files=tuple(files),
            symlinks=tuple(sorted(symlinks, key=lambda link: link.location)),
            directories=_empty_directories(walk, layout, taken),
            findings=(*self._manifest.findings, *walk.observations.findings()),
            whole_packages=tuple(sorted(whole, key=lambda item: item.location)),
        )

    def _note_whole(self) -> None:
        walk = self._walk
        if walk.whole:
            names = sorted({item.package for item in walk.whole.values()})
            shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            walk.observations.add(
                Severity.NOTE,
                "whole-packages",
                f"Packaged whole, because not all of their file accesses can be proven: {shown}.",
                "Pass --traced-only to package only what is proven.",
            )

    def _file(self, found: Found, layout: Layout) -> ProjectFile:
        files = self._walk.files
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


def _empty_directories(walk: Walk, layout: Layout, taken: set[str]) -> tuple[str, ...]:
    if not walk.directories:
        return ()
    filled = set()
    for location in taken:
        parent = location
        while (parent := os.path.dirname(parent)) and parent not in filled:
            filled.add(parent)
    empty = {layout.location(path) for path in walk.directories if _is_utf8(path)}
    return tuple(sorted(empty - filled))


def _is_utf8(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
