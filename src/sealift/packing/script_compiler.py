"""Compiles the scripts of all targets of a build, once for each V8."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealift import runtime
from sealift.bytecode import (
    Compilation,
    RecordedStart,
    compilation_key,
    compile_natively,
    compile_scripts,
    embeds_path,
    modules_as_source,
    nothing_compiled,
    record_start,
    runs_bytecode,
    undisclosed_scripts,
    unsupported_release,
)
from sealift.errors import FormatError, NodeError
from sealift.findings import Finding, Severity
from sealift.host import host_machine
from sealift.model import CodeForm, NodeBinary, Observer, Project, ProjectFile, Role
from sealift.nodes import obtain_compiler
from sealift.options import YOUNG_GENERATIONS, NodeOptions
from sealift.packing.compile_ahead import CompileAhead
from sealift.packing.messages import START_UNRECORDED
from sealift.record import replace
from sealift.stored_form import StoredForm
from sealift.target_build import TargetBuild


class ScriptCompiler:
    """Compiles the projects of all targets, once for each V8.

    Args:
        builds: all targets of the run.
        stored: in which form scripts ship, and how the program is run to learn from it.
        options: where the Node that compiles comes from.
        cache: directory of compiled scripts.
        work: private, temporary directory.
        observer: notified of the steps.
        ahead: what was compiled while the project was read.
    """

    def __init__(
        self,
        builds: Sequence[TargetBuild],
        stored: StoredForm,
        options: NodeOptions,
        cache: Path,
        work: Path,
        observer: Observer,
        ahead: CompileAhead | None = None,
    ) -> None:
        self._builds = builds
        self._ahead = ahead
        self._form = stored.code
        self._start = stored.start
        self._options = options
        self._cache = cache
        self._work = work
        self._observer = observer
        self._compilers: dict[object, NodeBinary | NodeError] = {}
        self._compilations: dict[object, Compilation] = {}
        self._starts: dict[object, RecordedStart] = {}
        self._native = 0
        self.is_certain = True

    def choose(self) -> tuple[NodeBinary | str, ...]:
        """Choose and return the Node that compiles for each target, or why there is none."""
        return tuple(map(self._choice, self._builds))

    def _choice(self, build: TargetBuild) -> NodeBinary | str:
        if not self._runs_caches(build.node):
            return ""
        key = compilation_key(build.node)
        if key not in self._compilers:
            try:
                self._compilers[key] = self._obtain_compiler(build.node)
            except NodeError as error:
                self._compilers[key] = error
        chosen = self._compilers[key]
        return str(chosen) if isinstance(chosen, NodeError) else chosen

    def compile_all(self) -> tuple[TargetBuild, ...]:
        """Compile everything; return the records with the findings about their own scripts."""
        compiled = []
        for build in self._builds:
            if self._runs_caches(build.node):
                key = compilation_key(build.node)
                if key not in self._compilations:
                    group = [one for one in self._builds if compilation_key(one.node) == key]
                    self._compilations[key] = self._compile_group(group)
                if self._form.ships_bytecode:
                    made = self._compilations[key].of(build.project)
                    as_source = modules_as_source(build.project, build.node, self._form)
                    build = build.with_findings((*as_source, *made.node.findings, *made.findings))
            compiled.append(build.with_findings(self._of_start(build)))
        return tuple(compiled)

    def of(self, build: TargetBuild) -> Compilation:
        """Return the compiled scripts of one target's project."""
        if not self._runs_caches(build.node):
            return unsupported_release(build.project, build.node)
        return self._compilations[compilation_key(build.node)].of(build.project)

    def node_of(self, build: TargetBuild) -> NodeBinary | None:
        """Return the Node that compiled for a target; None if what it compiles is unusable."""
        made = self._compilations[compilation_key(build.node)]
        return None if made.unusable else made.node

    def young_generation(self, build: TargetBuild) -> int | None:
        """Return in how many bytes of a young generation a run of the program has fitted."""
        recorded = self._starts.get(compilation_key(build.node))
        return recorded.young_generation if recorded is not None else None

    def compile_natively(
        self, build: TargetBuild, files: Sequence[ProjectFile]
    ) -> Compilation | None:
        """Let a target's own Node compile, if this host can run it; None otherwise."""
        self._native += 1
        self.is_certain = False  # it depends on programs of the host
        return compile_natively(
            build.project,
            build.node,
            files,
            runtime.bytecode_wrapper(),
            self._cache,
            self._work / f"native{self._native}",
            host=host_machine(),
            form=self._form,
            observer=self._observer,
        )

    def _runs_caches(self, node: NodeBinary) -> bool:
        """Return True if a release runs the code caches of this form."""
        # Node 20's are each for one path and change what `import()` does; its source ships alone.
        return runs_bytecode(node) if self._form.ships_bytecode else not embeds_path(node)

    def _compile_group(self, group: Sequence[TargetBuild]) -> Compilation:
        """Compile the scripts of targets that have the same V8."""
        project = _merge_projects([build.project for build in group])
        binary = group[0].node
        work = self._work / f"compiled{len(self._compilations)}"
        work.mkdir()
        try:
            node = self._compilers[compilation_key(binary)]
            if isinstance(node, NodeError):
                raise node
            return compile_scripts(
                project,
                node,
                runtime.bytecode_wrapper(),
                self._cache,
                work,
                form=self._form,
                observer=self._observer,
                target=binary,
                only=self._cached_sources(project),
                start=self._recorded_start(project, node),
                pool=None if self._ahead is None else self._ahead.pool(node),
            )
        except NodeError as error:
            must_compile = self._form == CodeForm.BYTECODE and undisclosed_scripts(project)
            is_missing = error.code == "compiler-missing"
            if self._start or (self._form.ships_bytecode and (must_compile or not is_missing)):
                raise
            # The same Node may do it the next time.
            self.is_certain = self.is_certain and is_missing
            reason = FormatError(error.code, error.message, error.remedy)
            return nothing_compiled(project, binary, reason)

    def _recorded_start(self, project: Project, node: NodeBinary) -> RecordedStart | None:
        if self._start is None or embeds_path(node):
            return None
        recorded = record_start(
            self._start,
            project,
            node,
            runtime.bytecode_wrapper(),
            self._cache / "starts",
            self._work,
            self._observer,
            runtime.start_options(node, YOUNG_GENERATIONS[-1] << 20),
        )
        self._starts[compilation_key(node)] = recorded
        return recorded

    def _of_start(self, build: TargetBuild) -> tuple[Finding, ...]:
        """Return what is to be said of the program's run, for one target."""
        if self._start is None:
            return ()
        recorded = self._starts.get(compilation_key(build.node))
        if recorded is None:
            reason = f"Node {build.node.version} takes no code caches of such a run"
        elif not recorded.caches:
            reason = "the run has loaded no CommonJS module"
        else:
            return ()
        return (START_UNRECORDED.finding(Severity.WARNING, reason=reason),)

    def _cached_sources(self, project: Project) -> list[ProjectFile] | None:
        """Return the scripts that have caches of source; None if they ship as bytecode.

        Node's own loader of ES modules takes no caches.
        """
        if self._form.ships_bytecode:
            return None
        return [file for file in project.files if file.role is Role.COMMONJS]

    def _obtain_compiler(self, binary: NodeBinary) -> NodeBinary:
        """Return the Node that compiles.

        Nothing is downloaded for the code caches of source, unless it is to run the program, too.
        """
        at_hand = [build.node for build in self._builds]
        options = self._options
        if not self._form.ships_bytecode and self._start is None:
            options = replace(options, offline=True, compile=False)
        return obtain_compiler(binary, host_machine(), at_hand, options, self._observer)


def _merge_projects(projects: Sequence[Project]) -> Project:
    """Return one project with the files of several targets' projects.

    Where two have a script at one location, it is the same script: targets differ in what is left
    out and added, and in their native files.
    """
    files = {file.location: file for project in projects for file in project.files}
    return replace(projects[0], files=tuple(files[location] for location in sorted(files)))
