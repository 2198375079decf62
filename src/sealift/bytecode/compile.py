"""Compile a project's scripts, once for all targets that have the same V8."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from sealift.bytecode.cache import Unit, Units, unit_key
from sealift.bytecode.classes import pack_classes
from sealift.bytecode.emulators import Emulator
from sealift.bytecode.flushing import keep_bytecode
from sealift.bytecode.host import (
    COMMONJS,
    MODULE,
    WITH_SOURCE,
    Compiler,
    Problem,
    compile_script,
)
from sealift.bytecode.settle import settle
from sealift.bytecode.sources import read_source, scripts_of, shown
from sealift.errors import FormatError
from sealift.formats.v8_cache import outline
from sealift.model import (
    Finding,
    NodeBinary,
    Observer,
    Project,
    ProjectFile,
    ReasonKind,
    Role,
    Severity,
)

FORMAT_UNKNOWN = "v8-format-unknown"


@dataclass(frozen=True, slots=True)
class CompiledScript:
    """A script whose unit is ``key``."""

    file: ProjectFile
    kind: int
    key: str


@dataclass(frozen=True, slots=True)
class Compilation:
    """What one Node made of a project's scripts.

    Attributes:
        node: it.
        units: holds the code caches.
        scripts: those that compile. All others have to ship as source.
        findings: what is wrong with the others; an ERROR is one whose source must not ship, or
            of the project itself.
        unusable: why there is bytecode of none of them.
    """

    node: NodeBinary
    units: Units
    scripts: tuple[CompiledScript, ...]
    findings: tuple[Finding, ...]
    unusable: FormatError | None = None

    def of(self, project: Project) -> Compilation:
        """Give the part that is of the scripts of one target's project."""
        locations = {file.location for file in project.files}
        scripts = tuple(script for script in self.scripts if script.file.location in locations)
        return self if len(scripts) == len(self.scripts) else replace(self, scripts=scripts)


def compile_scripts(
    project: Project,
    node: NodeBinary,
    wrapper: bytes,
    cache: Path,
    work: Path,
    *,
    fallback_to_source: bool,
    observer: Observer,
    emulator: Emulator | None = None,
    only: Collection[ProjectFile] | None = None,
) -> Compilation:
    """Compile all scripts of a project that are not in the cache yet, in one process.

    Args:
        project: read.
        node: can be run on this machine, or by ``emulator``; it is not if everything is cached.
        wrapper: text of the runtime's ``bytecode-wrapper.js``.
        cache: directory to keep compiled scripts in.
        work: existing, private, temporary directory.
        fallback_to_source: whatever does not compile ships as source.
        observer: told of each script.
        emulator: what runs the Node of another machine.
        only: the scripts to compile, if not all.

    Raises:
        NodeError: ``compiler-failed`` or ``compiler-stuck``.
        ProjectError: a file has changed since the project was read.
        OSError: ``work`` cannot be written.
    """
    units = Units((cache, work / "units"), node.sha256, compile_script() + wrapper)
    files = scripts_of(project) if only is None else only
    observer.stage("compiling", len(files))
    scripts: list[CompiledScript] = []
    findings: list[Finding] = []
    with _Compiling(node, wrapper, work, units, emulator) as compiling:
        for file in files:
            source, kind = read_source(file), _kind(file)
            asked = kind | WITH_SOURCE if file.public else kind
            key = unit_key(asked, source)
            try:
                problem = compiling.provide(key, asked, source, shown(project, file))
            except FormatError as error:
                # What this Node compiles is not known, whatever the source.
                return nothing_compiled(project, node, error)
            if problem is None:
                scripts.append(CompiledScript(file, kind, key))
            else:
                findings.append(_finding(project, file, problem, fallback_to_source))
            observer.advance(1)
    return Compilation(node, units, tuple(scripts), tuple(findings))


def nothing_compiled(project: Project, node: NodeBinary, reason: FormatError) -> Compilation:
    """Give what there is of a project that cannot have bytecode, for ``reason``."""
    scripts = tuple(CompiledScript(file, _kind(file), "") for file in scripts_of(project))
    return Compilation(node, Units((), "", b""), scripts, (), reason)


def _kind(file: ProjectFile) -> int:
    return MODULE if file.role == Role.MODULE else COMMONJS


class _Compiling:
    """Provides units; Node is started for the first that is missing."""

    def __init__(
        self,
        node: NodeBinary,
        wrapper: bytes,
        work: Path,
        units: Units,
        emulator: Emulator | None,
    ) -> None:
        self._arguments = node, wrapper, work, emulator
        self._units = units
        self._compiler: Compiler | None = None

    def __enter__(self) -> _Compiling:
        return self

    def __exit__(self, *_: object) -> None:
        if self._compiler is not None:
            self._compiler.close()

    def provide(self, key: str, asked: int, source: bytes, name: str) -> Problem | None:
        """See to it that there is a unit, or tell why there cannot be one.

        Raises:
            FormatError: ``v8-format-unknown``.
        """
        if self._units.load(key) is not None:
            return None
        compiled = self._running().compile(asked, source, name)
        if isinstance(compiled, Problem):
            return compiled
        try:
            cache, found = settle(compiled.cache, outline(compiled.cache))
            if not asked & WITH_SOURCE:
                cache, found = keep_bytecode(cache, found)
            lines = compiled.lines + pack_classes(cache, found, asked, source)
            self._units.store(key, Unit(replace(compiled, cache=cache, lines=lines), found))
        except FormatError as error:
            if error.code == FORMAT_UNKNOWN:
                raise
            return Problem(error.message.rstrip("."))
        return None

    def _running(self) -> Compiler:
        if self._compiler is None:
            self._compiler = Compiler(*self._arguments)
        return self._compiler


def _finding(project: Project, file: ProjectFile, problem: Problem, fallback: bool) -> Finding:
    # What only the settings name is data, or code that nothing is known to load.
    configured = file.public and file.reason.kind == ReasonKind.CONFIGURED
    ships = fallback or configured or (file.public and not file.of_app)
    place = f", column {problem.column}" if problem.column else ""
    excerpt = f": {problem.excerpt}" if problem.excerpt else ""
    message = f"V8 cannot compile it: {problem.message}{place}{excerpt}"
    if ships:
        return Finding(
            Severity.NOTE if configured else Severity.WARNING,
            "shipped-as-source",
            f"{message}. Its source is packaged.",
            "See that the program does not need these files, or mend them.",
            shown(project, file),
            problem.line,
        )
    return Finding(
        Severity.ERROR,
        "not-compiled",
        f"{message}.",
        "Mend it, leave it out with pkg.ignore, or pass --fallback-to-source to ship its source.",
        shown(project, file),
        problem.line,
    )
