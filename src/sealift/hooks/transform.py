"""pkg.transform: a function of the configuration that changes files before they are packaged.

It gets each file once, after the project is complete, so what it changes is not traced: as in pkg.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from sealift.findings import Finding, Severity
from sealift.hooks import messages
from sealift.hooks.process import ConfigProcess, StoppedError, ThrownError
from sealift.hooks.transform_cache import TransformCache
from sealift.model import Observer, Project, ProjectFile, Role
from sealift.project import (
    LARGE_SCRIPT,
    ConfigFunction,
    Packages,
    declared_module,
    may_have_module_syntax,
)
from sealift.record import replace
from sealift.target_build import TargetBuild, TargetProject
from sealift.tools.input_files import NotRegularError, open_real, open_regular

LARGEST = 512 << 20
"""Bytes of one file; V8 has no longer text."""


class _Changed(Struct, frozen=True):
    """The private file with the new content of a file, its state and its role."""

    path: Path
    size: int
    mtime_ns: int
    role: Role


class Transform:
    """One call of the hook for each file of a build.

    Args:
        process: that has the function.
        function: of the setting.
        directory: private, not yet existing; holds what the function has changed.
        cache: of results of earlier builds.
        observer: notified of each file.
    """

    def __init__(
        self,
        process: ConfigProcess,
        function: ConfigFunction,
        directory: Path,
        cache: TransformCache,
        observer: Observer,
    ) -> None:
        self._process = process
        self._function = function
        self._directory = directory
        self._cache = cache
        self._observer = observer
        self._files: dict[tuple[Path, Path], _Changed | None] = {}
        self._packages = Packages()
        self._findings: dict[Path, Finding] = {}

    def apply(self, builds: Sequence[TargetBuild]) -> tuple[TargetBuild, ...]:
        """Return the records with projects whose files the function has changed.

        Raises:
            ProjectError: ``hook-failed``, or a file cannot be read.
            OutputError: ``temporary-unwritable``.
        """
        projects: dict[str, TargetProject] = {}
        for build in builds:
            key = build.project_key
            if key not in projects:
                projects[key] = TargetProject(key, self._project(build.project))
        self._cache.keep()
        return tuple(
            replace(build, packaged=projects[build.project_key]).with_findings(
                self._findings[file.source]
                for file in build.project.files
                if file.source in self._findings
            )
            for build in builds
        )

    def _project(self, project: Project) -> Project:
        self._observer.stage("running the transform hook", len(project.files))
        return replace(project, files=tuple(self._file(project, file) for file in project.files))

    def _file(self, project: Project, file: ProjectFile) -> ProjectFile:
        self._observer.advance(1)
        known = file.source, file.content
        if known not in self._files:
            self._files[known] = self._changed(project, file)
        changed = self._files[known]
        if changed is None:
            return file
        return replace(
            file,
            replacement=changed.path,
            size=changed.size,
            mtime_ns=changed.mtime_ns,
            role=changed.role,
        )

    def _changed(self, project: Project, file: ProjectFile) -> _Changed | None:
        """Return the file with the new content; None if the file stays as it is."""
        shown = project.display_path(file)
        if file.size > LARGEST:
            self._findings[file.source] = messages.TRANSFORM_TOO_LARGE.finding(
                Severity.WARNING, file=shown, limit=LARGEST >> 20
            )
            return None
        try:
            opened = open_real if file.replacement is None else open_regular
            with opened(file.content) as stream:
                content = stream.readall()
        except (OSError, NotRegularError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise messages.TRANSFORM_UNREADABLE.error(file=shown, reason=reason) from error
        path = os.fspath(file.source)
        with _reported(shown):
            result = self._cache.result(
                file.source,
                content,
                lambda: self._process.transform(self._function, path, content),
            )
            if result is None or result == content:
                return None
            role = self._role(file, result)
        changed = self._write(result)
        status = changed.stat()
        return _Changed(changed, status.st_size, status.st_mtime_ns, role)

    def _role(self, file: ProjectFile, content: bytes) -> Role:
        """Return the role of a changed file: its syntax may decide whether it is an ES module."""
        if file.role not in (Role.COMMONJS, Role.MODULE):
            return file.role
        package = self._packages.nearest(os.fspath(file.source.parent))
        if declared_module(os.fspath(file.source), package) is not None:
            return file.role
        # A hook does not make an ES module of a large script without a line that shows it.
        is_large = len(content) > LARGE_SCRIPT
        if file.role is Role.COMMONJS and is_large and not may_have_module_syntax(content):
            return Role.COMMONJS
        is_module = self._cache.has_module_syntax(content, self._process.compiles)
        return Role.MODULE if is_module else Role.COMMONJS

    def _write(self, content: bytes) -> Path:
        path = self._directory / str(len(self._files))
        try:
            self._directory.mkdir(exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise messages.TRANSFORM_UNWRITABLE.error(
                directory=self._directory, reason=error.strerror or error
            ) from error
        return path


@contextlib.contextmanager
def _reported(file: str) -> Iterator[None]:
    """Report what fails in the process, with the file that it fails for."""
    try:
        yield
    except ThrownError as error:
        how, problem = error.problem.place or "its function", error.problem.message
        raise messages.TRANSFORM_FAILED.error(
            hook="transform", file=file, how=how, problem=problem
        ) from error
    except StoppedError as error:
        raise messages.TRANSFORM_FAILED.error(
            hook="transform", file=file, how="it gave no result", problem=error
        ) from error
