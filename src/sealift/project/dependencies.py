"""From what the scanner found in one file to the files it asks for."""

from __future__ import annotations

import os
from dataclasses import replace

from sealift.findings import Severity
from sealift.model import Reason, ReasonKind, ResolutionKind
from sealift.project.aliases import aliased, changes_resolution
from sealift.project.builtins import is_builtin
from sealift.project.filesystem import PathKind
from sealift.project.package_contents import keep_all
from sealift.project.package_exports import ResolutionError
from sealift.project.patterns import (
    installed_packages,
    matching_files,
    path_pattern,
    template_parts,
)
from sealift.project.references import (
    SELF,
    FileReference,
    ModulePattern,
    ModuleReference,
    ReferenceKind,
    SourceReferences,
    SyntaxProblem,
    UseKind,
    WorkingDirectoryReference,
)
from sealift.project.resolve import Resolved, package_name_of
from sealift.project.roles import TYPESCRIPT_EXTENSIONS, extension_of
from sealift.project.trace import Need, Trace, TracedFile, contains

_SHORTEST_PACKAGE_HEAD = 3


class Follower:
    """Follows the findings of one file."""

    __slots__ = ("_allow_missing", "_directory", "_found", "_trace")

    def __init__(self, trace: Trace, found: TracedFile, *, allow_missing: bool) -> None:
        self._trace = trace
        self._found = found
        self._directory = os.path.dirname(found.path)
        self._allow_missing = allow_missing

    def follow(self, findings: SourceReferences) -> None:
        """Add every file that the findings name, and note what cannot be told."""
        for request in findings.modules:
            if not request.specifier.endswith(SELF):  # a file that asks for itself
                (specifier,) = self._named((request.specifier,))
                self._request(replace(request, specifier=specifier))
        for pattern in findings.patterns:
            self._pattern(replace(pattern, parts=self._named(pattern.parts)))
        for reference in findings.files:
            self._reference(replace(reference, parts=self._named(reference.parts)))
        for hope in findings.working_directory:
            self._from_working_directory(hope)
        for unproven in findings.unproven:
            self._unproven(unproven.what, unproven.line)
        if findings.problems and self._found.need is Need.REQUIRED:
            self._syntax_problem(findings.problems[0])

    def _syntax_problem(self, problem: SyntaxProblem) -> None:
        # Published packages do parse; there it is rather the parser that lags behind the language.
        own = self._found.owner.is_app
        self._trace.diagnostics.add(
            Severity.WARNING if own else Severity.NOTE,
            "syntax-error",
            f"This cannot be read as JavaScript: {problem.message}, column {problem.column}. What "
            "the file asks for near there may be missing, and it may not run.",
            "Correct it; compile it first, if it is another language." if own else "",
            self._found.path,
            problem.line,
        )

    def _named(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """The parts with the file's own name in them."""
        name = os.path.basename(self._found.path)
        return tuple(part.replace(SELF, name) for part in parts)

    def _unproven(self, what: str, line: int) -> None:
        self._trace.include_package(self._found.owner, self._found.path, line, what)

    def _reason(self, kind: ReasonKind, line: int, detail: str) -> Reason:
        return Reason(kind, self._found.path, line, detail)

    # Constant specifiers.

    def _request(self, request: ModuleReference) -> None:
        kind = request.kind.resolution_kind
        # What is asked from elsewhere than this file cannot be looked up by this file's links.
        stored = not request.base and not request.paths
        key = (kind, request.specifier)
        if request.excluded:
            if stored:
                self._found.resolutions.setdefault(key, "")
            return
        if stored and self._found.resolutions.get(key):
            return
        name = package_name_of(request.specifier)
        if self._only_for_development(name):
            if stored:
                self._found.resolutions[key] = ""
            return
        try:
            resolved = self._resolve_with_aliases(kind, request)
        except ResolutionError as error:
            # `import.meta.resolve` answers for files that do not exist, too.
            if stored and request.kind is not ReferenceKind.IMPORT_META_RESOLVE:
                self._found.resolutions[key] = ""
            self._unresolved(request, name, error)
            return
        if not resolved.path:
            return
        if stored:
            self._found.resolutions[key] = resolved.path
        self._add_resolved(resolved, request, kind)

    def _resolve_with_aliases(self, kind: ResolutionKind, request: ModuleReference) -> Resolved:
        try:
            return self._resolve(kind, request)
        except ResolutionError:
            path = aliased(self._trace.owners.app(), request.specifier)
            if not path or kind is ResolutionKind.IMPORT:
                raise
            return self._trace.resolver.resolve(kind, path, self._directory)

    def _resolve(self, kind: ResolutionKind, request: ModuleReference) -> Resolved:
        resolver = self._trace.resolver
        directory = self._directory
        if request.base:
            base = os.path.normpath(os.path.join(directory, request.base))
            directory = base if request.base.endswith("/") else os.path.dirname(base)
        if not request.paths:
            return resolver.resolve(kind, request.specifier, directory)
        problem: ResolutionError | None = None
        for path in request.paths:
            start = os.path.normpath(os.path.join(directory, path))
            try:
                return resolver.resolve(kind, request.specifier, start)
            except ResolutionError as error:
                problem = error
        assert problem is not None
        raise problem

    def _add_resolved(
        self, resolved: Resolved, request: ModuleReference, kind: ResolutionKind
    ) -> None:
        trace = self._trace
        by_import = kind is ResolutionKind.IMPORT
        reason = self._reason(
            ReasonKind.IMPORT if by_import else ReasonKind.REQUIRE, request.line, request.specifier
        )
        for package in resolved.packages:
            trace.add_package_json(package, self._found.path)
        need = max(self._found.need, self._need_of(request))
        trace.add(resolved.path, reason, need, links=resolved.links, asked_for=True)
        if request.located:
            owner = trace.owners.of(resolved.path)
            trace.include_package(
                owner, self._found.path, request.line, f"resolve('{request.specifier}')"
            )
        if extension_of(resolved.path) in TYPESCRIPT_EXTENSIONS:
            needed = self._found.need is Need.REQUIRED
            trace.diagnostics.add(
                Severity.WARNING if needed else Severity.NOTE,
                "typescript-file",
                f"'{request.specifier}' is TypeScript, which is packaged but cannot be loaded.",
                "Compile it to JavaScript first.",
                self._found.path,
                request.line,
            )

    def _need_of(self, request: ModuleReference) -> Need:
        """Another package that may be missing may as well fail when it is loaded."""
        name, owner = package_name_of(request.specifier), self._found.owner
        guarded = request.guarded or request.optional
        if name and (owner.may_lack(name) or (guarded and name not in owner.names("dependencies"))):
            return Need.OPTIONAL
        return Need.REQUIRED

    def _only_for_development(self, name: str) -> bool:
        """Build scripts and the like that merely came along would pull in whole tool chains."""
        if self._found.need is not Need.INCLUDED or not name:
            return False
        owner = self._found.owner
        if owner.develops_with(name):
            return True
        declared = owner.names("dependencies", "optionalDependencies", "peerDependencies")
        return name not in declared and self._trace.owners.app().develops_with(name)

    def _unresolved(self, request: ModuleReference, name: str, error: ResolutionError) -> None:
        diagnostics, owner = self._trace.diagnostics, self._found.owner
        expected = (
            request.guarded
            or request.optional
            or self._found.need is Need.OPTIONAL
            or request.kind is ReferenceKind.IMPORT_META_RESOLVE
            or (name != "" and owner.may_lack(name))
        )
        if self._found.need is Need.INCLUDED:
            if not expected:
                diagnostics.unresolved_in_passing(owner.label, request.specifier)
            return
        if expected:
            diagnostics.unresolved_optional(
                owner.label, request.specifier, self._found.path, request.line
            )
            return
        warned = self._allow_missing or not owner.counts_on(name)
        if owner.is_app and name and changes_resolution(owner):
            warned = True
            self._unproven(request.specifier, request.line)
        diagnostics.add(
            Severity.WARNING if warned else Severity.ERROR,
            "unresolved-specifier",
            f"'{request.specifier}' cannot be resolved ({error.code}: {error}).",
            self._remedy(name, warned=warned),
            self._found.path,
            request.line,
        )

    def _remedy(self, name: str, *, warned: bool) -> str:
        trace = self._trace
        if trace.filesystem.kind(os.path.join(trace.root, ".pnp.cjs")) is PathKind.FILE:
            return "Install with Yarn's nodeLinker set to node-modules: Plug'n'Play is not read."
        missing = name and trace.resolver.package_directory(name, self._directory) is None
        if missing and warned:
            return f"Run `npm install {name}` if the program needs it."
        if missing and not is_builtin(name):
            return f"Run `npm install {name}`, or pass --allow-missing to go on without it."
        return "Correct the specifier, or pass --allow-missing to go on without it."

    # Computed specifiers.

    def _pattern(self, pattern: ModulePattern) -> None:
        head = pattern.parts[0]
        if head.startswith(("./", "../")):
            self._path_pattern(pattern.parts, pattern.line, by_module=True)
        elif head == "":
            self._by_tail(pattern)
        elif head.startswith("node:"):
            return
        elif len(head) < _SHORTEST_PACKAGE_HEAD or (not head[0].isalnum() and head[0] != "@"):
            self._unproven("…".join(pattern.parts), pattern.line)
        else:
            self._package_pattern(pattern)

    def _by_tail(self, pattern: ModulePattern) -> None:
        """``require(x + '/y.js')``: every file of the package that ends so."""
        owner = self._found.owner
        if owner.is_app and owner.package is None:
            self._unproven("…".join(pattern.parts), pattern.line)
            return
        self._take_matches(owner.directory, pattern.parts, pattern.line, by_module=True)

    def _path_pattern(self, parts: tuple[str, ...], line: int, *, by_module: bool) -> None:
        owner = self._found.owner
        text = "…".join(parts)
        pattern = path_pattern(self._directory, parts, module=by_module)
        if not contains(owner.directory, pattern.start):
            self._outside(pattern.start, text, line)
            return
        if pattern.start == owner.directory and pattern.anything:
            self._unproven(text, line)
            return
        if not self._take_matches(self._directory, parts, line, by_module=by_module):
            template = template_parts(parts)
            if template != parts:
                self._path_pattern(template, line, by_module=by_module)

    def _take_matches(
        self, directory: str, parts: tuple[str, ...], line: int, *, by_module: bool
    ) -> bool:
        trace, owner = self._trace, self._found.owner
        pattern = path_pattern(directory, parts, module=by_module)
        # In the package's own directory a pattern also meets its tests and build scripts.
        at_top = pattern.start == owner.directory
        keep = trace.filter_of(owner).keep if at_top else keep_all
        need = self._found.need if owner.is_app and by_module else Need.INCLUDED
        reason = self._reason(ReasonKind.PATTERN, line, "…".join(parts))
        matched = False
        for path in matching_files(trace.filesystem, pattern, keep, module=by_module):
            matched = True
            trace.add_path(path, reason, need, asked_for=by_module)
        return matched

    def _package_pattern(self, pattern: ModulePattern) -> None:
        head = pattern.parts[0]
        name = package_name_of(head)
        kind = pattern.kind.resolution_kind
        if len(head) > len(name) and name:  # "name/..." : files of one package
            place = self._trace.resolver.package_directory(name, self._directory)
            if place is not None and not self._inside_package(place, head[len(name) :], pattern):
                real = self._trace.filesystem.trace(place).real
                owner = self._trace.owners.of_directory(real)
                text = "…".join(pattern.parts)
                self._trace.include_package(owner, self._found.path, pattern.line, text)
            return
        rest = "…".join(pattern.parts[1:])
        subpath = rest[rest.index("/") :] if "/" in rest else ""
        reason = self._reason(ReasonKind.PATTERN, pattern.line, "…".join(pattern.parts))
        for package in installed_packages(self._trace.filesystem, self._directory, head):
            if self._only_for_development(package) or (
                not subpath and not package.endswith(pattern.parts[-1])
            ):
                continue
            try:
                resolved = self._trace.resolver.resolve(kind, package + subpath, self._directory)
            except ResolutionError:
                continue
            if resolved.path:
                for consulted in resolved.packages:
                    self._trace.add_package_json(consulted, self._found.path)
                self._trace.add(
                    resolved.path, reason, Need.INCLUDED, links=resolved.links, asked_for=True
                )

    def _inside_package(self, place: str, rest: str, pattern: ModulePattern) -> bool:
        return self._take_matches(
            place, ("." + rest, *pattern.parts[1:]), pattern.line, by_module=True
        )

    # Files named by path.

    def _reference(self, reference: FileReference) -> None:
        if len(reference.parts) > 1:
            self._path_pattern(reference.parts, reference.line, by_module=False)
            return
        path = os.path.normpath(os.path.join(self._directory, reference.parts[0]))
        kind = self._trace.filesystem.kind(path)
        if kind is PathKind.DIRECTORY:
            self._directory_reference(path, reference)
        elif kind is PathKind.FILE:
            self._file_reference(path, reference)
        elif kind is PathKind.LOOP:
            self._trace.note_loop(path, self._found.need)
        elif kind is PathKind.MISSING:
            self._missing_reference(path, reference)

    def _directory_reference(self, path: str, reference: FileReference) -> None:
        top = self._found.owner.directory
        text = reference.parts[0] or "."
        if path == top:
            self._unproven(text, reference.line)
        elif contains(path, top) or not self._may_include(path):
            self._outside(path, text, reference.line)
        elif os.path.basename(path) != "node_modules":
            reason = self._reason(ReasonKind.DIRECTORY_REFERENCE, reference.line, text)
            self._trace.include_directory(path, reason)

    def _file_reference(self, path: str, reference: FileReference) -> None:
        if not self._may_include(path):
            self._outside(path, reference.parts[0], reference.line)
            return
        runs = reference.use is not UseKind.PATH
        reason = self._reason(
            ReasonKind.WORKER if runs else ReasonKind.FILE_REFERENCE,
            reference.line,
            reference.parts[0],
        )
        need = self._found.need if runs else Need.INCLUDED
        self._trace.add_path(path, reason, need, asked_for=runs)

    def _missing_reference(self, path: str, reference: FileReference) -> None:
        """The path may lack its extension, or be made at run time."""
        text = reference.parts[0]
        try:
            resolved = self._trace.resolver.resolve(ResolutionKind.REQUIRE, path, self._directory)
        except ResolutionError:
            resolved = None
        if resolved is not None and resolved.path:
            if self._may_include(resolved.path):
                reason = self._reason(ReasonKind.FILE_REFERENCE, reference.line, text)
                self._trace.add(resolved.path, reason, Need.INCLUDED, links=resolved.links)
            return
        template = template_parts(reference.parts)
        if len(template) > 1:
            self._path_pattern(template, reference.line, by_module=False)
            return
        if self._found.owner.is_app and self._found.need is Need.REQUIRED:
            self._trace.diagnostics.add(
                Severity.NOTE,
                "reference-missing",
                f"The file refers to {text}, which does not exist.",
                "",
                self._found.path,
                reference.line,
            )

    def _may_include(self, path: str) -> bool:
        """Whether a reference may name ``path``: its own package may stand out of the project."""
        return contains(self._found.owner.directory, path) or self._trace.may_include(path)

    def _outside(self, path: str, text: str, line: int) -> None:
        if self._found.owner.is_app and self._found.need is Need.REQUIRED:
            self._trace.diagnostics.add(
                Severity.NOTE,
                "reference-outside",
                f"The file refers to {text}, which is {self._trace.diagnostics.shown(path)}: "
                "outside the project, and left out.",
                "Name what is wanted of it in pkg.assets.",
                self._found.path,
                line,
            )

    def _from_working_directory(self, hope: WorkingDirectoryReference) -> None:
        """People write ``new Worker('./w.js')`` and start the program in the project."""
        for directory in (self._trace.root, self._directory, self._found.owner.directory):
            path = os.path.normpath(os.path.join(directory, hope.path))
            if self._trace.filesystem.kind(path) is PathKind.FILE and self._trace.may_include(path):
                reason = self._reason(ReasonKind.WORKER, hope.line, hope.path)
                self._trace.add_path(path, reason, self._found.need, asked_for=True)
                return
        if self._found.owner.is_app and self._found.need is Need.REQUIRED:
            self._trace.diagnostics.add(
                Severity.NOTE,
                "reference-missing",
                f"{hope.path} is looked up in the working directory when the program runs, and "
                "is not in the project.",
                "",
                self._found.path,
                hope.line,
            )
