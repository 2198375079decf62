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
    RelocationTables,
    RuntimeCaches,
    count_scripts,
    disclosure_findings,
    missing_emulator,
    relocate_scripts,
    with_all_sources,
    with_certain_texts,
)
from sealift.cache import Store, cache_root, evict, places
from sealift.findings import Finding, refuse_errors
from sealift.host import host_machine
from sealift.model import (
    Asset,
    Bytecode,
    CodeForm,
    Observer,
    PackagedFiles,
    Payload,
    Project,
)
from sealift.options import MODULES_AS_BYTECODE, Compression, NodeOptions
from sealift.packing.compile_ahead import CompileAhead
from sealift.packing.messages import FALLBACK_REMEDY
from sealift.packing.payload_cache import PayloadCache
from sealift.packing.script_compiler import ScriptCompiler
from sealift.packing.size_limit import size_limit
from sealift.payload import pack, with_bytecode
from sealift.record import replace
from sealift.stored_form import StoredForm
from sealift.target_build import TargetBuild, TargetProject
from sealift.version import VERSION


def pack_scripts(
    builds: Sequence[TargetBuild],
    stored: StoredForm,
    options: NodeOptions,
    work: Path,
    observer: Observer,
    ahead: CompileAhead | None = None,
) -> tuple[TargetBuild, ...]:
    """Return the records with their payloads; see `sealift.packing.pack`."""
    root, form = cache_root(options.cache), stored.code
    cache = Store(root).directory(places.BYTECODE)
    if form.ships_bytecode:
        builds = tuple(
            build.with_findings(disclosure_findings(build.project, form)) for build in builds
        )
    if form is CodeForm.BYTECODE_WHERE_POSSIBLE:
        builds = _with_projects(builds, with_certain_texts)
    elif not form.ships_bytecode:
        builds = _with_projects(builds, with_all_sources)
    compiler = ScriptCompiler(builds, stored, options, cache, work, observer, ahead)
    kept = PayloadCache(root, builds, (stored, compiler.choose()), work)
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
    packer = _Packer(builds, compiler, relocator, stored.compression, work, observer)
    packed = tuple(replace(build, packed=packer.payload(build)) for build in relocated)
    evict(cache)
    if compiler.is_certain:
        kept.keep(packed)
    return packed


class _Relocator:
    """Relocates compiled scripts for the targets' Node binaries.

    Targets with the same binary and target project share the result.
    """

    def __init__(self, compiler: ScriptCompiler, form: CodeForm, cache: Path, work: Path) -> None:
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
        compiler: ScriptCompiler,
        relocator: _Relocator,
        compression: Compression,
        work: Path,
        observer: Observer,
    ) -> None:
        self._builds = builds
        self._compiler = compiler
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
        options = runtime.start_options(build.node, self._compiler.young_generation(build))
        if bytecode is None:
            return Payload(files, options, scripts)
        files = with_bytecode(files, build.project, bytecode, self._compression)
        files = replace(files, assets=files.assets + self._relocator.runtime_caches(build))
        # Node 20, which does not support embedded options, needs none: its modules ship as source.
        takes_options = build.node.facts.exec_argv_extension and not bytecode.is_hint
        return Payload(files, (*options, *[MODULES_AS_BYTECODE] * takes_options), scripts)

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
