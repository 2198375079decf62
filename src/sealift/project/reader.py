"""Reading a project: the trace is carried out, file by file, for each variant."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing, nullcontext
from pathlib import Path

from sealift.errors import NodeError
from sealift.findings import Excerpt, FindingMessage, Severity
from sealift.model import (
    Observer,
    Project,
    ProjectVariant,
    Reason,
    ReasonKind,
    Role,
    SilentObserver,
)
from sealift.options import BuildOptions, node_arguments, user_conditions
from sealift.project import messages
from sealift.project.bundled_packages import add_bundled
from sealift.project.configured_files import add_configured_files
from sealift.project.diagnostics import printable
from sealift.project.disclosure import Disclosure
from sealift.project.file_trace import FileTrace
from sealift.project.filesystem import FileSystem
from sealift.project.found_scripts import OnFound
from sealift.project.inclusions import (
    include_dependency,
    include_output,
    include_package,
    leave_out_output,
)
from sealift.project.manifest import Manifest
from sealift.project.named_in_data import include_for_data
from sealift.project.needs import Need
from sealift.project.other_conditions import add_twins
from sealift.project.package_configuration import PackageConfiguration
from sealift.project.package_json import Packages
from sealift.project.project_cache import ProjectCache
from sealift.project.references import SourceReferences, SyntaxProblem
from sealift.project.resolve import MODULE_SYNC, Resolutions, Resolver
from sealift.project.resolver_conditions import add_resolver_conditions
from sealift.project.roles import role_of_data
from sealift.project.scan_ahead import ScanAhead
from sealift.project.scan_cache import ScanCache
from sealift.project.scanning import MAX_SEARCHED
from sealift.project.script_questions import ScriptQuestions
from sealift.project.served_files import include_served_siblings, mark_served
from sealift.project.settings import Settings
from sealift.project.source_files import (
    MAX_SCRIPT,
    SourceFile,
    SourceFiles,
    TooLargeError,
)
from sealift.project.source_maps import add_source_maps
from sealift.project.source_trace import trace_references
from sealift.project.tasks import ListedDependency, TracedFile
from sealift.project.trace import Trace
from sealift.project.trace_result import is_utf8, project_of
from sealift.project.traced_output import find_traced_output
from sealift.project.typescript import (
    TypeScriptError,
    TypeStripper,
    is_installed,
    is_typescript,
)
from sealift.tools.input_files import NotRegularError

_TRANSFORM = "--experimental-transform-types"
_SOURCE_MAPS = "--enable-source-maps"
_REFUSED = {
    "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX": messages.TYPESCRIPT_UNSUPPORTED,
    "decorator": messages.TYPESCRIPT_DECORATOR,
}


def read_variants(
    manifest: Manifest,
    options: BuildOptions,
    observer: Observer,
    variants: Iterable[ProjectVariant],
    stripper: TypeStripper | None = None,
    work: Path | None = None,
    scans: ScanCache | None = None,
    cache: ProjectCache | None = None,
    found: OnFound | None = None,
) -> dict[ProjectVariant, Project]:
    """Return the project with every file that the program needs, for each variant.

    A variant's project does not depend on the other variants. Files are opened and scanned once,
    and variants that no package tells apart share one `Project` object. ``stripper`` turns
    TypeScript into JavaScript; without one, TypeScript is packaged unchanged. ``work`` is a private
    directory for files that the settings change; without one, they are packaged unchanged.
    ``scans`` has what earlier builds found in the scripts; ``cache`` keeps the result. ``found`` is
    called with each script of each variant.

    All problems of the project are in its findings; one with the severity ERROR means that the
    project cannot be packaged as it is. Raise ProjectError if the entry point cannot be read, and
    UsageError for a pattern of the settings that exceeds a limit.
    """
    observer.stage("reading the project")
    transform = _transforms(manifest.settings)
    files = SourceFiles(FileSystem(), stripper, transform=transform, work=work, scans=scans)
    projects: dict[ProjectVariant, Project] = {}
    with closing(ScanAhead(scans)) if scans is not None else nullcontext() as ahead:
        shared = _Shared(files, ahead, found)
        for variant in dict.fromkeys(variants):
            if projects and not shared.variants_differ:
                projects[variant] = next(iter(projects.values()))
                continue
            reading = _Reading(manifest, options, observer, variant, shared, work)
            projects[variant] = reading.read()
            shared.variants_differ = shared.variants_differ or reading.depends_on_variant
            observer = SilentObserver()  # these files have been counted
            del reading  # it takes as much memory as the project
    record = None if cache is None else cache.record(projects, files)
    del files, ahead, shared  # they take as much memory as the record
    if cache is not None and record is not None:
        cache.keep(record)
    return projects


def _transforms(settings: Settings) -> bool:
    """Return True if the project wants enums and the like compiled."""
    return settings.transform_types or _TRANSFORM in node_arguments(settings.options)


class _Shared:
    """What the variants of one project have in common."""

    def __init__(self, files: SourceFiles, ahead: ScanAhead | None, found: OnFound | None) -> None:
        self.ahead = ahead
        self.found = found
        self.packages = Packages(files.filesystem)
        self.resolutions: Resolutions = {}
        self.files = files
        self.variants_differ = False


class _Reading:
    """The reading of one variant."""

    def __init__(
        self,
        manifest: Manifest,
        options: BuildOptions,
        observer: Observer,
        variant: ProjectVariant,
        shared: _Shared,
        work: Path | None,
    ) -> None:
        settings = manifest.settings
        self._disclosure = Disclosure.of(settings, named_scripts=options.named_scripts)
        self._manifest = manifest
        self._options = options
        self._observer = observer
        self._entry = os.fspath(manifest.entry)
        self._files = shared.files
        self._ahead = shared.ahead
        self._work = work
        self._wants_maps = (
            _transforms(settings) or _SOURCE_MAPS in node_arguments(settings.options)
            if settings.source_maps is None
            else settings.source_maps
        )
        conditions = user_conditions(node_arguments(settings.options))
        filesystem = FileSystem(shared.files.filesystem)
        output = find_traced_output(self._entry, os.fspath(manifest.root), filesystem)
        # A Node that does not know the condition may have traced the output.
        if variant.require_esm and output is None:
            conditions |= {MODULE_SYNC}
        self._resolver = Resolver(filesystem, shared.packages, conditions, shared.resolutions)
        self._trace = Trace(
            os.fspath(manifest.root),
            settings.ignore,
            filesystem=filesystem,
            packages=shared.packages,
            resolver=self._resolver,
            traced_only=options.traced_only,
            output=output,
            larger=manifest.package if manifest.is_part else None,
        )
        self._questions = ScriptQuestions(self._trace, self._disclosure, shared.found)
        self._configuration = PackageConfiguration(self._trace, settings, deploy=options.deploy)

    @property
    def depends_on_variant(self) -> bool:
        """Whether another variant could have other files or resolutions."""
        return self._resolver.depends_on_module_sync

    def read(self) -> Project:
        trace, reason = self._trace, Reason(ReasonKind.ENTRY)
        if not trace.add(self._entry, reason, Need.REQUIRED, as_module=True, named=True):
            shown = printable(trace.diagnostics.shown(self._entry))
            raise messages.ENTRY_IGNORED.error(path=shown)
        trace.activate(trace.owners.app(), self._entry)  # the entry point may be a package's
        if trace.output is not None:
            include_output(trace, trace.output)
        add_configured_files(trace, self._manifest)
        self._carry_out()
        include_served_siblings(trace)
        add_twins(trace)
        add_resolver_conditions(trace)
        add_bundled(trace, self._carry_out)
        mark_served(trace)
        if self._wants_maps and self._work is not None:
            keeps_all = self._manifest.settings.sea
            add_source_maps(
                trace, lambda owner: keeps_all or self._disclosure.allows(owner), self._work
            )
        self._configuration.report_unused()
        trace.left_out.report(
            trace.diagnostics, trace.files, allow_missing=self._options.allow_missing
        )
        deploy_files = tuple(self._configuration.deploy_files)
        return project_of(trace, self._manifest, self._disclosure, deploy_files)

    def _carry_out(self) -> None:
        """Do what is to be done in the trace."""
        trace = self._trace
        while (task := trace.tasks.next()) is not None:
            if isinstance(task, TracedFile):
                self._visit(task)
                self._observer.advance(1)
            elif isinstance(task, ListedDependency):
                if self._configuration.is_needed(task):
                    include_dependency(trace, task)
            else:
                include_package(trace, task)
            if self._ahead is not None:
                self._offer(self._ahead)

    def _offer(self, ahead: ScanAhead) -> None:
        """Let another process scan the scripts that the last task has found."""
        questions, scripts = self._questions, self._trace.tasks.scripts
        for file in scripts:
            if not is_typescript(file.path):
                own_texts = questions.own_texts(file)
                ahead.offer(file, module=questions.module(file), own_texts=own_texts)
        scripts.clear()

    # ------------------------------------------------------------------ one file

    def _visit(self, file: TracedFile) -> None:
        if file.script and self._ahead is not None:
            self._ahead.wait_for(file.path)
        if (opened := self._open(file)) is None:
            return
        file.size, file.mtime_ns, file.mode = opened.size, opened.mtime_ns, opened.mode
        file.script, file.javascript = opened.is_script, opened.javascript
        file.holds_data, file.names_map = opened.is_data, opened.names_map
        if opened.turns_on_maps and file.need is not Need.INCLUDED:
            self._wants_maps = self._manifest.settings.source_maps is not False
        if opened.mount_line:
            self._trace.diagnostics.add_mount(file.path, opened.mount_line)
        self._configuration.report_unmatched(file.path, opened.unmatched)
        if not is_utf8(file.path):
            self._refuse(file, messages.NAME_NOT_UTF8)
        elif file.script:
            self._visit_script(file, opened)
        elif file.path == self._entry and not is_typescript(file.path):
            self._refuse_entry("it is binary, not JavaScript")
        else:
            file.role = role_of_data(file.path)
            if not leave_out_output(self._trace, file):
                include_for_data(self._trace, file)

    def _open(self, file: TracedFile) -> SourceFile | None:
        """Open a file; add a finding and return None if that is not possible."""
        if file.script and is_typescript(file.path) and is_installed(file.path):
            self._refuse_installed(file)
            file.script = False
        edits = self._configuration.edits(file)
        try:
            try:
                return self._files.open(file.path, script=file.script, edits=edits)
            except TypeScriptError as error:
                self._refuse_typescript(file, error)
                return self._files.open(file.path, script=False)
            except NodeError:
                # No Node strips types here. Files that may not be used do not fail the build.
                if file.need is Need.REQUIRED:
                    raise
                return self._files.open(file.path, script=False)
        except OSError as error:
            self._refuse(file, messages.FILE_UNREADABLE, problem=error.strerror or error)
        except NotRegularError:
            self._refuse(file, messages.NOT_A_FILE)
        except TooLargeError:
            self._refuse(file, messages.FILE_TOO_LARGE, limit=MAX_SCRIPT >> 20)
        return None

    def _visit_script(self, file: TracedFile, opened: SourceFile) -> None:
        module = self._questions.module(file)
        known = module if module is not None or opened.maybe_module else False
        if known is not None:
            self._questions.report(file, is_module=known)
        try:
            references = self._references(file, opened, module)
            file.texts = self._function_texts(file)
        except OSError as error:  # it was there when it was opened
            self._refuse(file, messages.FILE_UNREADABLE, problem=error.strerror or error)
            return
        is_module = references.module_syntax if module is None else module
        file.role = Role.MODULE if is_module else Role.COMMONJS
        if known is None:
            self._questions.report(file, is_module=is_module)
        entry = self._trace.files[self._entry]
        loads_computed = bool(references.patterns) or any(
            unproven.kind in ("require", "import") for unproven in references.unproven
        )
        context = FileTrace(self._trace, file, entry, self._options.allow_missing, loads_computed)
        trace_references(context, references)
        if references.problems and file.need <= Need.CONDITIONAL:
            self._report_syntax(context, references.problems[0])

    def _report_syntax(self, context: FileTrace, problem: SyntaxProblem) -> None:
        """Report a syntax error if V8 confirms it; the parser may not know the latest syntax.

        Published packages are valid. What the parser does not understand may refer to anything.
        """
        file = context.file
        refusal = self._files.refusal(file.path) if file.owner.is_app else None
        found = refusal or problem
        self._trace.diagnostics.add(
            Severity.WARNING if refusal else Severity.NOTE,
            messages.SYNTAX_ERROR if refusal else messages.SOURCE_NOT_UNDERSTOOD,
            file.path,
            found.line,
            problem=found.message,
            column=found.column,
        )
        if refusal is None:
            context.add_unproven(problem.message, problem.line)

    def _function_texts(self, file: TracedFile) -> tuple[Excerpt, ...]:
        """Return where a script uses the text of functions whose source may not ship."""
        own = self._questions.own_texts(file) if file.size <= MAX_SEARCHED else None
        return () if own is None else self._files.function_texts(file.path, own=own)

    def _references(
        self, file: TracedFile, opened: SourceFile, module: bool | None
    ) -> SourceReferences:
        decided = module is not None or not opened.maybe_module
        if decided and self._questions.needs_no_scan(file):
            return SourceReferences()
        # The scanner reads little of a file. The project's own files are checked completely: a
        # syntax error is better reported now than by the program.
        return self._files.references(file.path, module=module, of_app=file.owner.is_app)

    # ------------------------------------------------------------------ problems

    def _refuse(self, file: TracedFile, message: FindingMessage, **values: object) -> None:
        """Leave a file out: an error if the program requires it or the settings name it."""
        if file.path == self._entry:
            problem = message.text.format(**values).removesuffix(".")
            self._refuse_entry(problem[:1].lower() + problem[1:])
        is_needed = file.need <= Need.CONDITIONAL or file.configured
        severity = Severity.ERROR if is_needed else Severity.WARNING
        self._trace.diagnostics.add(severity, message, file.path, **values)
        self._trace.files.pop(file.path, None)

    def _refuse_typescript(self, file: TracedFile, error: TypeScriptError) -> None:
        """Add the finding that Node does not run a TypeScript file, which is packaged as data."""
        self._trace.diagnostics.add(
            Severity.ERROR if file.need is Need.REQUIRED else Severity.WARNING,
            _REFUSED.get(error.code, messages.TYPESCRIPT_INVALID),
            file.path,
            error.line,
            code=error.code,
            problem=error,
            column=error.column,
        )

    def _refuse_installed(self, file: TracedFile) -> None:
        """Add the finding that Node runs no TypeScript of installed packages."""
        if file.need is Need.INCLUDED:
            return
        required = file.need is Need.REQUIRED and not self._options.allow_missing
        reason = file.reason
        self._trace.diagnostics.add(
            Severity.ERROR if required else Severity.WARNING,
            messages.TYPESCRIPT_INSTALLED,
            reason.parent or file.path,
            reason.line,
            path=printable(self._trace.diagnostics.shown(file.path)),
            package=file.owner.label,
        )

    def _refuse_entry(self, problem: str) -> None:
        shown = self._trace.diagnostics.shown(self._entry)
        raise messages.ENTRY_UNREADABLE.error(path=printable(shown), problem=problem)
