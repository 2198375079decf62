"""Pack projects with their scripts: as bytecode, or as source with V8's code caches.

Scripts are compiled once for each V8 and relocated for each Node binary. Bytecode must be made, as
it may be all that ships of a script. Code caches of source only make a start faster: where they
cannot be made from what is at hand, source ships without them, and a note says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from sealift import runtime
from sealift.bytecode import (
    Compilation,
    RelocationTables,
    RuntimeCaches,
    compilation_key,
    compile_natively,
    compile_scripts,
    count_scripts,
    disclosure_findings,
    embeds_path,
    missing_emulator,
    modules_as_source,
    nothing_compiled,
    relocate_scripts,
    runs_bytecode,
    undisclosed_scripts,
    unsupported_release,
    with_all_sources,
    with_certain_texts,
)
from sealift.cache import Store, cache_root, evict, places
from sealift.errors import FormatError, NodeError
from sealift.findings import Finding, refuse_errors
from sealift.host import host_machine
from sealift.model import (
    Asset,
    Bytecode,
    CodeForm,
    NodeBinary,
    Observer,
    PackagedFiles,
    Payload,
    Project,
    ProjectFile,
    Role,
)
from sealift.nodes import obtain_compiler
from sealift.options import MODULES_AS_BYTECODE, Compression, NodeOptions
from sealift.packing.messages import FALLBACK_REMEDY
from sealift.packing.payload_cache import PayloadCache
from sealift.packing.size_limit import size_limit
from sealift.payload import pack, with_bytecode
from sealift.record import replace
from sealift.target_build import TargetBuild, TargetProject
from sealift.version import VERSION


def pack_scripts(
    builds: Sequence[TargetBuild],
    form: CodeForm,
    compression: Compression,
    options: NodeOptions,
    work: Path,
    observer: Observer,
) -> tuple[TargetBuild, ...]:
    """Return the records with their payloads; see `sealift.packing.pack`."""
    root = cache_root(options.cache)
    cache = Store(root).directory(places.BYTECODE)
    if form.ships_bytecode:
        builds = tuple(
            build.with_findings(disclosure_findings(build.project, form)) for build in builds
        )
    if form is CodeForm.BYTECODE_WHERE_POSSIBLE:
        builds = _with_projects(builds, with_certain_texts)
    elif not form.ships_bytecode:
        builds = _with_projects(builds, with_all_sources)
    compiler = _Compiler(builds, form, options, cache, work, observer)
    kept = PayloadCache(root, builds, (form, compression, compiler.choose()), work)
    if (known := kept.load()) is not None:
        evict(cache)
        return known
    builds = compiler.compile_all()
    refuse_errors(_all_findings(builds), FALLBACK_REMEDY)
    relocator = _Relocator(compiler, form, cache, work)
    observer.stage("relocating bytecode", len(builds))
    relocated = []
    for build in builds:
        relocated.append(relocator.relocate(build))
        observer.advance(1)
    packer = _Packer(builds, relocator, compression, work, observer)
    packed = tuple(replace(build, packed=packer.payload(build)) for build in relocated)
    evict(cache)
    if compiler.is_certain:
        kept.keep(packed)
    return packed


class _Compiler:
    """Compiles the projects of all targets, once for each V8.

    Args:
        builds: all targets of the run.
        form: in which form scripts ship.
        options: where the Node that compiles comes from.
        cache: directory of compiled scripts.
        work: private, temporary directory.
        observer: notified of the steps.
    """

    def __init__(
        self,
        builds: Sequence[TargetBuild],
        form: CodeForm,
        options: NodeOptions,
        cache: Path,
        work: Path,
        observer: Observer,
    ) -> None:
        self._builds = builds
        self._form = form
        self._options = options
        self._cache = cache
        self._work = work
        self._observer = observer
        self._compilers: dict[object, NodeBinary | NodeError] = {}
        self._compilations: dict[object, Compilation] = {}
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
            compiled.append(build)
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
        work = _directory(self._work, f"compiled{len(self._compilations)}")
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
            )
        except NodeError as error:
            must_compile = self._form == CodeForm.BYTECODE and undisclosed_scripts(project)
            is_missing = error.code == "compiler-missing"
            if self._form.ships_bytecode and (must_compile or not is_missing):
                raise
            # The same Node may do it the next time.
            self.is_certain = self.is_certain and is_missing
            reason = FormatError(error.code, error.message, error.remedy)
            return nothing_compiled(project, binary, reason)

    def _cached_sources(self, project: Project) -> list[ProjectFile] | None:
        """Return the scripts that have caches of source; None if they ship as bytecode.

        Node's own loader of ES modules takes no caches.
        """
        if self._form.ships_bytecode:
            return None
        return [file for file in project.files if file.role is Role.COMMONJS]

    def _obtain_compiler(self, binary: NodeBinary) -> NodeBinary:
        """Return the Node that compiles; nothing is downloaded for the code caches of source."""
        at_hand = [build.node for build in self._builds]
        options = self._options
        if not self._form.ships_bytecode:
            options = replace(options, offline=True, compile=False)
        return obtain_compiler(binary, host_machine(), at_hand, options, self._observer)


class _Relocator:
    """Relocates compiled scripts for the targets' Node binaries.

    Targets with the same binary and target project share the result.
    """

    def __init__(self, compiler: _Compiler, form: CodeForm, cache: Path, work: Path) -> None:
        self._compiler = compiler
        self._form = form
        self._work = work
        self._tables = RelocationTables(cache / "relocations")
        self._runtime_caches = RuntimeCaches(
            runtime.scripts(), runtime.bytecode_wrapper(), self._tables, cache / "runtime", work
        )
        self._bytecode: dict[tuple[str, str], tuple[Bytecode | None, tuple[Finding, ...]]] = {}
        self._runtime: dict[str, tuple[Asset, ...]] = {}

    def relocate(self, build: TargetBuild) -> TargetBuild:
        """Relocate one target's bytecode; return its record with what was found."""
        key = build.node.sha256, build.project_key
        if key not in self._bytecode:
            self._bytecode[key] = self._relocated(build, len(self._bytecode))
        return build.with_findings(self._bytecode[key][1])

    def bytecode(self, build: TargetBuild) -> Bytecode | None:
        """Return one target's bytecode, after `relocate`; None if all scripts ship as source."""
        return self._bytecode[build.node.sha256, build.project_key][0]

    def runtime_caches(self, build: TargetBuild) -> tuple[Asset, ...]:
        """Return the code caches of the runtime's own modules, for a target with bytecode."""
        node = build.node
        if node.sha256 not in self._runtime:
            by = self._compiler.node_of(build)
            caches = {} if by is None else self._runtime_caches.of(node, by)
            self._runtime[node.sha256] = _assets(caches)
        return self._runtime[node.sha256]

    def _relocated(
        self, build: TargetBuild, number: int
    ) -> tuple[Bytecode | None, tuple[Finding, ...]]:
        return relocate_scripts(
            build.project,
            self._compiler.of(build),
            build.node,
            self._tables,
            self._work / f"{number}.bytecode",
            form=self._form,
            natively=(
                partial(self._compiler.compile_natively, build)
                if self._form.ships_bytecode
                else None
            ),
            missing_emulator=missing_emulator(
                (build.node.platform, build.node.arch), host_machine()
            ),
        )


class _Packer:
    """Packs payloads. Targets whose bytecode differs only in its bytes share the packaged files."""

    def __init__(
        self,
        builds: Sequence[TargetBuild],
        relocator: _Relocator,
        compression: Compression,
        work: Path,
        observer: Observer,
    ) -> None:
        self._builds = builds
        self._relocator = relocator
        self._compression = compression
        self._work = work
        self._observer = observer
        self._packed: dict[object, PackagedFiles] = {}

    def payload(self, build: TargetBuild) -> Payload:
        """Return what one target's executable carries."""
        bytecode = self._relocator.bytecode(build)
        files = self._files(build, bytecode)
        scripts = count_scripts(build.project, bytecode)
        if bytecode is None:
            return Payload(files, (), scripts)
        files = with_bytecode(files, build.project, bytecode, self._compression)
        files = replace(files, assets=files.assets + self._relocator.runtime_caches(build))
        # Node 20, which does not support embedded options, needs none: its modules ship as source.
        takes_options = build.node.facts.exec_argv_extension and not bytecode.is_hint
        return Payload(files, (MODULES_AS_BYTECODE,) if takes_options else (), scripts)

    def _files(self, build: TargetBuild, bytecode: Bytecode | None) -> PackagedFiles:
        form = bytecode and (bytecode.v8_version, bytecode.flag_hash, bytecode.source_left_out)
        key = build.project_key, form
        if key not in self._packed:
            directory = _directory(self._work, f"files{len(self._packed)}")
            self._packed[key] = pack(
                build.project,
                runtime.script_assets(),
                VERSION,
                directory,
                self._observer,
                bytecode,
                self._compression,
                size_limit(self._builds, build.project_key),
            )
        return self._packed[key]


def _with_projects(
    builds: Sequence[TargetBuild], change: Callable[[Project], Project]
) -> tuple[TargetBuild, ...]:
    """Return the records with changed projects; targets that share one still do."""
    changed: dict[str, Project] = {}
    for build in builds:
        if build.project_key not in changed:
            changed[build.project_key] = change(build.project)
    return tuple(
        replace(build, packaged=TargetProject(build.project_key, changed[build.project_key]))
        for build in builds
    )


def _merge_projects(projects: Sequence[Project]) -> Project:
    """Return one project with the files of several targets' projects.

    Where two have a script at one location, it is the same script: targets differ in what is left
    out and added, and in their native files.
    """
    files = {file.location: file for project in projects for file in project.files}
    return replace(projects[0], files=tuple(files[location] for location in sorted(files)))


def _all_findings(builds: Sequence[TargetBuild]) -> tuple[Finding, ...]:
    return tuple(dict.fromkeys(finding for build in builds for finding in build.findings))


def _assets(caches: Mapping[str, bytes]) -> tuple[Asset, ...]:
    return tuple(
        Asset(f"sealift/runtime/{name}", data) for name, data in runtime.store_caches(caches)
    )


def _directory(parent: Path, name: str) -> Path:
    directory = parent / name
    directory.mkdir()
    return directory
