"""Compile a project's scripts, once for all targets that have the same V8."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from sealift.bytecode.class_ranges import pack_classes
from sealift.bytecode.compiled_scripts import Unit, Units, unit_key
from sealift.bytecode.compiler_process import (
    COMMONJS,
    MODULE,
    WITH_SOURCE,
    Compiler,
    Problem,
    compile_script,
    embeds_path,
)
from sealift.bytecode.emulators import Emulator
from sealift.bytecode.normalise import normalise
from sealift.bytecode.pin_bytecode import pin_bytecode
from sealift.bytecode.script_sources import read_source, scripts_of, shown
from sealift.errors import FormatError
from sealift.formats.v8.code_cache import find_references
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
from sealift.target import Platform

FORMAT_UNKNOWN = "v8-format-unknown"

# Where a comment stands before the bracket it may be no call; then only space is lost.
_IMPORT = re.compile(rb"\bimport\s*(?:\(|/[*/])")
# Also `(0, eval)(text)`, which is how one evaluates outside of a function.
_EVALUATION = rb"\b(?:(?:Async)?(?:Generator)?Function|eval)\s*\)?\s*\("
_EVALUATES = re.compile(_EVALUATION)
_EVALUATED_IMPORT = re.compile(_EVALUATION + rb"[^;]{0,200}?['\"`][^'\"`]*\bimport\s*\(")


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
    platform: Platform = Platform.LINUX,
    emulator: Emulator | None = None,
    only: Collection[ProjectFile] | None = None,
) -> Compilation:
    """Compile all scripts of a project that are not in the cache yet, in one process.

    Args:
        project: read.
        node: can be run on this machine, or by ``emulator``; it is not if everything is cached.
        wrapper: text of the runtime's ``bytecode/wrapper.js``.
        cache: directory to keep compiled scripts in.
        work: existing, private, temporary directory.
        fallback_to_source: whatever does not compile ships as source.
        observer: told of each script.
        platform: where the scripts will run, which decides about the paths that they have there.
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
    detailed = embeds_path(node)
    with _Compiling(node, wrapper, work, units, emulator) as compiling:
        for file in files:
            observer.advance(1)
            source, kind = read_source(file), _kind(file)
            imports = detailed and _IMPORT.search(source) is not None
            if imports and file.public and _EVALUATES.search(source):
                continue  # bytecode cannot evaluate a text with `import()`
            if imports and (found := _EVALUATED_IMPORT.search(source)):
                line = source.count(b"\n", 0, found.end()) + 1
                findings.append(_evaluated_import(project, file, line, node))
            # Nothing is to be compiled later of a source in which `import()` is not replaced.
            asked = kind | WITH_SOURCE if file.public and not imports else kind
            path = _path_at_run_time(file, platform) if detailed else ""
            key = unit_key(asked, source, path)
            try:
                problem = compiling.provide(key, asked, source, shown(project, file), path)
            except FormatError as error:
                # What this Node compiles is not known, whatever the source.
                return nothing_compiled(project, node, error)
            if problem is None:
                scripts.append(CompiledScript(file, kind, key))
            else:
                findings.append(_finding(project, file, problem, fallback_to_source))
    return Compilation(node, units, tuple(scripts), tuple(findings))


def nothing_compiled(project: Project, node: NodeBinary, reason: FormatError) -> Compilation:
    """Give what there is of a project that cannot have bytecode, for ``reason``."""
    scripts = tuple(CompiledScript(file, _kind(file), "") for file in scripts_of(project))
    return Compilation(node, Units((), "", b""), scripts, (), reason)


def _path_at_run_time(file: ProjectFile, platform: Platform) -> str:
    """Give what ``fromLocation`` of the runtime's ``paths.js`` gives."""
    separator = platform.facts.separator
    return f"{platform.facts.mount_point}{separator}{file.location.replace('/', separator)}"


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

    def provide(self, key: str, asked: int, source: bytes, name: str, path: str) -> Problem | None:
        """See to it that there is a unit, or tell why there cannot be one.

        Raises:
            FormatError: ``v8-format-unknown``.
        """
        if self._units.load(key) is not None:
            return None
        compiled = self._running().compile(asked, source, name, path)
        if isinstance(compiled, Problem):
            return compiled
        try:
            cache, found = normalise(compiled.cache, find_references(compiled.cache))
            if not asked & WITH_SOURCE:
                cache, found = pin_bytecode(cache, found)
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


def _evaluated_import(project: Project, file: ProjectFile, line: int, node: NodeBinary) -> Finding:
    return Finding(
        Severity.WARNING,
        "evaluated-import",
        f"Node {node.version.major} refuses import() in a text that bytecode evaluates"
        " (ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING).",
        "Write import() as code, or let the file's source ship (--public), or ask for Node 22 or"
        " newer.",
        shown(project, file),
        line,
    )


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
