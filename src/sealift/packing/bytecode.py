"""Packing with bytecode: what targets have in common is made once, bytecode by its V8.

Imported only by builds that want bytecode.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sealift import runtime
from sealift.bytecode import (
    Compilation,
    Emulator,
    RelocationTables,
    RuntimeCaches,
    compile_scripts,
    count_scripts,
    embeds_path,
    find_emulator,
    missing_emulator,
    modules_as_source,
    nothing_compiled,
    relocate_scripts,
    undisclosed_scripts,
)
from sealift.cache import Store, cache_root, evict, places
from sealift.errors import FormatError, NodeError
from sealift.host import host_machine
from sealift.model import (
    Asset,
    Bytecode,
    Finding,
    Image,
    NodeBinary,
    Observer,
    Project,
    ProjectFile,
    Role,
    Severity,
)
from sealift.nodes import obtain_compiler
from sealift.options import NodeOptions
from sealift.packing.source import Cargo, union
from sealift.payload import pack, with_bytecode
from sealift.target import Platform
from sealift.version import VERSION

# Modules as bytecode need it, and so does `import()` in every script that is bytecode; but in
# Node 20, which has no place for it, other ways are found for `import()`, and none for modules.
_MODULES_AS_BYTECODE = "--experimental-vm-modules"


class BytecodePacking:
    """Packs a project with its scripts as bytecode.

    Attributes:
        findings: what the user should know, as it is found out.
    """

    def __init__(
        self,
        projects: Sequence[Project],
        binaries: Sequence[NodeBinary],
        options: NodeOptions,
        work: Path,
        *,
        fallback_to_source: bool,
        observer: Observer,
    ) -> None:
        """Name all that is to be packed.

        Args:
            projects: the targets' own, or one object that serves several.
            binaries: the targets' Node binaries.
            options: where the Node comes from that compiles.
            work: existing, private, temporary directory.
            fallback_to_source: what cannot be compiled or moved ships as source.
            observer: told of the steps.
        """
        self.findings: list[Finding] = []
        self._project = union(projects)
        self._projects = projects
        self._binaries = binaries
        self._options = options
        self._work = work
        self._fallback = fallback_to_source
        self._observer = observer
        self._cache = Store(cache_root(options.cache)).directory(places.BYTECODE)
        self._tables = RelocationTables(self._cache / "relocations")
        self._bytecode: dict[tuple[str, int], Bytecode | None] = {}
        self._images: dict[object, Image] = {}
        self._runtime: dict[str, tuple[Asset, ...]] = {}

    def compile(self) -> bool:
        """Compile and move everything; False if ``findings`` has an ERROR."""
        compilations: dict[object, Compilation] = {}
        self.findings += self._modules_as_source()
        for binary in self._binaries:
            key = _compiled_alike(binary)
            if key not in compilations and _runs_bytecode(binary):
                compilations[key] = self._compile(binary, self._directory(len(compilations)))
                self.findings += compilations[key].findings
        if any(finding.severity == Severity.ERROR for finding in self.findings):
            return False
        self._observer.stage("moving bytecode", len(self._binaries))
        modules, wrapper = runtime.modules(), runtime.bytecode_wrapper()
        directory = self._cache / "runtime"
        caches = RuntimeCaches(modules, wrapper, self._tables, directory, self._work)
        for binary, project in zip(self._binaries, self._projects, strict=True):
            key = binary.sha256, id(project)
            if key not in self._bytecode:
                self._bytecode[key], found = relocate_scripts(
                    project,
                    compilations[_compiled_alike(binary)].of(project)
                    if _runs_bytecode(binary)
                    else nothing_compiled(project, binary, _no_options()),
                    binary,
                    self._tables,
                    self._work / f"{len(self._bytecode)}.bytecode",
                    fallback_to_source=self._fallback,
                    natively=partial(self._compile_natively, binary),
                    lacking=_lacking(binary),
                )
                self.findings += found
                if self._bytecode[key] is not None:
                    made = compilations[_compiled_alike(binary)]
                    found_caches = {} if made.unusable else caches.of(binary, made.node)
                    self._runtime[binary.sha256] = _assets(found_caches)
            self._observer.advance(1)
        evict(self._cache)
        return True

    def cargo(self, binary: NodeBinary, project: Project) -> Cargo:
        """Give what the executable of one target carries, after `compile`."""
        bytecode = self._bytecode[binary.sha256, id(project)]
        image = self._image(project, bytecode)
        scripts = count_scripts(project, bytecode)
        if bytecode is None:
            return Cargo(image, (), scripts)
        image = with_bytecode(image, project, bytecode)
        return Cargo(
            replace(image, assets=image.assets + self._runtime[binary.sha256]),
            (_MODULES_AS_BYTECODE,) if binary.facts.exec_argv_extension else (),
            scripts,
        )

    def _modules_as_source(self) -> tuple[Finding, ...]:
        for binary in self._binaries:
            if _runs_bytecode(binary) and not binary.facts.exec_argv_extension:
                return modules_as_source(self._project, binary.version, fallback=self._fallback)
        return ()

    def _compile(self, binary: NodeBinary, work: Path) -> Compilation:
        try:
            node = obtain_compiler(
                binary, host_machine(), self._binaries, self._options, self._observer
            )
        except NodeError as error:
            if error.code != "compiler-missing" or self._must_compile():
                raise
            reason = FormatError(error.code, error.message, error.remedy)
            return nothing_compiled(self._project, binary, reason)
        self.findings += node.findings
        return self._compile_by(node, work, binary)

    def _must_compile(self) -> bool:
        return not self._fallback and any(
            undisclosed_scripts(project) for project in self._projects
        )

    def _compile_natively(
        self, binary: NodeBinary, files: Sequence[ProjectFile]
    ) -> Compilation | None:
        """Let a target's own Node compile, if it can be run here; its V8 finds nothing new."""
        emulator = find_emulator((binary.platform, binary.arch), host_machine())
        if emulator is None:
            return None
        work = self._directory(f"native{len(self._bytecode)}")
        try:
            return self._compile_by(binary, work, binary, emulator, files)
        except NodeError as error:
            text = f"{emulator.name} does not run this target's Node. {error.message}"
            raise NodeError(error.code, text, error.remedy) from error

    def _compile_by(
        self,
        node: NodeBinary,
        work: Path,
        target: NodeBinary,
        emulator: Emulator | None = None,
        only: Sequence[ProjectFile] | None = None,
    ) -> Compilation:
        if only is None and not target.facts.exec_argv_extension:
            only = [file for file in self._project.files if file.role == Role.COMMONJS]
        return compile_scripts(
            self._project,
            node,
            runtime.bytecode_wrapper(),
            self._cache,
            work,
            fallback_to_source=self._fallback,
            observer=self._observer,
            platform=target.platform,
            emulator=emulator,
            only=only,
        )

    def _image(self, project: Project, bytecode: Bytecode | None) -> Image:
        form = bytecode and (bytecode.v8_version, bytecode.flag_hash, bytecode.source_left_out)
        key = id(project), form
        if key not in self._images:
            directory = self._directory(f"image{len(self._images)}")
            self._images[key] = pack(
                project, runtime.modules(), VERSION, directory, self._observer, bytecode
            )
        return self._images[key]

    def _directory(self, name: object) -> Path:
        directory = self._work / str(name)
        directory.mkdir()
        return directory


def _runs_bytecode(binary: NodeBinary) -> bool:
    """Tell whether a release runs bytecode: Node 20 that of CommonJS, newer ones with an option."""
    return binary.facts.exec_argv_extension or embeds_path(binary)


def _compiled_alike(binary: NodeBinary) -> object:
    """Give what must be the same in two binaries for one Node to compile for both."""
    windows = embeds_path(binary) and binary.platform == Platform.WIN
    return binary.facts.v8_version, windows


def _assets(caches: Mapping[str, bytes]) -> tuple[Asset, ...]:
    return tuple(Asset(f"sealift/runtime/{name}.cache", data) for name, data in caches.items())


def _lacking(binary: NodeBinary) -> str:
    """Name what would run a target's Node here; "" if something does, or nothing could."""
    machine, host = (binary.platform, binary.arch), host_machine()
    return "" if find_emulator(machine, host) else missing_emulator(machine, host)


def _no_options() -> FormatError:
    return FormatError(
        "exec-argv-unsupported",
        "This release cannot be given the Node option that bytecode needs; 22.20, 24.8 and newer"
        " ones can.",
        "Choose a newer release of Node, or ship source.",
    )
