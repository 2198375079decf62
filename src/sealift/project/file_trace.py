"""The context in which the references of one file are traced."""

from __future__ import annotations

import os
from collections.abc import Callable

from msgspec import Struct

from sealift.findings import Severity
from sealift.model import Reason, ReasonKind
from sealift.project import messages
from sealift.project.boundary import Asker
from sealift.project.filesystem import PathKind
from sealift.project.inclusions import filter_of
from sealift.project.needs import Need
from sealift.project.package_contents import keep_all
from sealift.project.package_owners import Owner
from sealift.project.path_patterns import PathPattern, matching_files, path_pattern, template_parts
from sealift.project.project_extent import contains
from sealift.project.specifiers import module_directories
from sealift.project.tasks import TracedFile
from sealift.project.trace import Trace
from sealift.record import replace


class FileTrace(Struct, frozen=True):
    """One file whose references are traced.

    Attributes:
        trace: of the whole project.
        file: the file itself.
        entry: the entry point.
        allow_missing: a missing module is a warning and not an error.
        loads_computed: the file loads modules by computed names: the files that a path can name
            may be such modules.
        of_entry: the references that are traced are relative to the entry point, not to the file.
    """

    trace: Trace
    file: TracedFile
    entry: TracedFile
    allow_missing: bool
    loads_computed: bool = False
    of_entry: bool = False

    @property
    def start(self) -> TracedFile:
        """The file that references are relative to."""
        return self.entry if self.of_entry else self.file

    @property
    def directory(self) -> str:
        """The directory that references are relative to."""
        return os.path.dirname(self.start.path)

    @property
    def owner(self) -> Owner:
        """The package of the file that references are relative to."""
        return self.start.owner

    @property
    def asker(self) -> Asker:
        """The file, as one that asks for others."""
        return Asker(self.owner, self.directory)

    @property
    def is_required_of_app(self) -> bool:
        """Whether the file is the project's own, and code loads it by name."""
        return self.file.owner.is_app and self.file.need <= Need.CONDITIONAL

    def at(self, *, of_entry: bool) -> FileTrace:
        """Return the context for references that are relative to the entry point, or are not."""
        return self if of_entry == self.of_entry else replace(self, of_entry=of_entry)

    def reason(self, kind: ReasonKind, line: int, detail: str) -> Reason:
        """Return the reason of a file to which line ``line`` of this file refers."""
        return Reason(kind, self.file.path, line, detail)

    def add_unproven(self, expression: str, line: int, *, guarded: bool = False) -> None:
        """Include all of the package around `start`: what an expression refers to is unproven.

        ``guarded``: the code expects that it may fail.
        """
        if self.of_entry and self.file.need is Need.INCLUDED:
            return  # a file that may not be used shows nothing about the project
        self.trace.require_whole(self.owner, self.file.path, line, expression, guarded=guarded)

    def add_lookup(self, expression: str, line: int) -> None:
        """Record that the file looks for packages by a computed name, and reads their files."""
        if self.file.need is not Need.INCLUDED:
            reason = self.reason(ReasonKind.PATTERN, line, expression)
            for lister in (self.owner, self.trace.owners.app()):
                self.trace.add_lookup(lister, reason)

    def add_outside(self, path: str, text: str, line: int) -> None:
        """Add the finding that the file refers to a directory that its package may not take.

        The directories around a package, and those of installed packages, are where computed paths
        begin; they say nothing.
        """
        owner = self.owner
        if owner.is_app:
            message, matters = messages.REFERENCE_OUTSIDE, True
        else:
            message = messages.REFERENCE_BEYOND_PACKAGE
            exists = self.trace.filesystem.kind(path) is not PathKind.MISSING
            is_above = contains(path, owner.directory)
            is_installed = not contains(owner.directory, path) and any(
                contains(modules, path) for modules in module_directories(self.directory)
            )
            matters = exists and not is_above and not is_installed
        if matters and self.file.need <= Need.CONDITIONAL:
            self.trace.diagnostics.add(
                Severity.NOTE,
                message,
                self.file.path,
                line,
                package=owner.label,
                path=text,
                shown=self.trace.diagnostics.shown(path),
                setting="pkg.assets",
            )

    def may_enter(self, directory: str, name: str = "") -> bool:
        """Return True if the file may take what is below ``directory``.

        ``name``: of the package that the specifier names, or "".
        """
        found = self.trace.real_path(directory, Need.INCLUDED)
        asker = replace(self.asker, name=name)
        return found is not None and self.trace.boundary.allows(asker, found.real)

    def add_path_pattern(
        self,
        parts: tuple[str, ...],
        line: int,
        *,
        as_module: bool,
        reads: bool = False,
        certain: bool = False,
        looked_at: bool = False,
    ) -> None:
        """Package the files that a partly computed path, relative to the file, can name.

        ``reads``: Node's own function reads them. ``certain``: code that always runs reads all of
        them. ``looked_at``: nothing reads them.
        """
        pattern = path_pattern(self.directory, parts, module=as_module)
        if not contains(self.owner.directory, pattern.start):
            self.add_outside(pattern.start, joined(parts), line)
        elif pattern.start == self.owner.directory and pattern.anything:
            self.add_unproven(joined(parts), line)
        elif not self.add_matches(
            self.directory,
            parts,
            line,
            as_module=as_module,
            reads=reads,
            certain=certain,
            looked_at=looked_at,
        ):
            template = template_parts(parts)
            if template != parts:
                self.add_path_pattern(template, line, as_module=as_module, looked_at=looked_at)

    def add_matches(
        self,
        directory: str,
        parts: tuple[str, ...],
        line: int,
        *,
        as_module: bool,
        name: str = "",
        reads: bool = False,
        certain: bool = False,
        looked_at: bool = False,
    ) -> bool:
        """Package the files that match a pattern; return False if there are none.

        ``name``: of the package that the files are in, or "" for the file's own. ``reads``,
        ``certain``, ``looked_at``: as in `add_path_pattern`.
        """
        trace, owner = self.trace, self.owner
        pattern = path_pattern(directory, parts, module=as_module)
        if not self.may_enter(pattern.start, name):
            self.add_outside(pattern.start, joined(parts), line)
            return True
        asker = replace(self.asker, name=name)
        keep = self._filter_of(pattern)
        candidate = max(self.file.need, Need.CONDITIONAL)
        need = candidate if owner.is_app and as_module else Need.INCLUDED
        reason = replace(self.reason(ReasonKind.PATTERN, line, joined(parts)), certain=certain)
        matched = False
        for path in matching_files(trace.filesystem, pattern, keep, module=as_module):
            matched = True
            read = not as_module and not looked_at and (reads or not self.loads_computed)
            trace.add_path(path, reason, need, as_module=as_module, read=read, asker=asker)
        return matched

    def _filter_of(self, pattern: PathPattern) -> Callable[[str, str, PathKind], bool]:
        """Return what decides which files a pattern can name."""
        top = self.owner.directory
        if pattern.start != top:
            return keep_all
        # Directly in the package's directory, a pattern also matches its tests and build scripts.
        keep = filter_of(self.trace, self.owner).keep
        if not pattern.parts[0]:
            return keep
        # ``path.join(__dirname, 'template-' + name)``: a directory that it names is read.
        return lambda directory, name, kind: directory != top or keep(directory, name, kind)


def joined(parts: tuple[str, ...]) -> str:
    """Return the parts of a pattern as one text, with ``…`` where anything may stand."""
    return "…".join(parts)
