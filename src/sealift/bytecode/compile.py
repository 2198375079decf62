"""Compile a project's scripts, once for all targets that have the same V8."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from msgspec import Struct

from sealift.bytecode import messages
from sealift.bytecode.compiled_scripts import CompiledScripts, script_key
from sealift.bytecode.compiler_pool import AskedScript, CompilerPool, useful_processes
from sealift.bytecode.compiler_process import (
    COMMONJS,
    MODULE,
    WITH_SOURCE,
    Problem,
)
from sealift.bytecode.disclosure_findings import about_data
from sealift.bytecode.emulators import Emulator
from sealift.bytecode.sample_start import RecordedStart
from sealift.bytecode.script_calls import EVALUATION, IMPORT, calls_of
from sealift.bytecode.script_sources import read_source
from sealift.bytecode.target_support import compiled_roles, embeds_path
from sealift.errors import FormatError
from sealift.findings import Finding, Severity
from sealift.model import CodeForm, NodeBinary, Observer, Project, ProjectFile, ReasonKind, Role
from sealift.record import replace
from sealift.target import Platform
from sealift.tools.input_files import RealFiles

_EVALUATED_IMPORT = re.compile(
    rb"\b(?:(?:Async)?(?:Generator)?Function|eval)\s*\)?\s*\("
    rb"[^;]{0,200}?['\"`][^'\"`]*\bimport\s*\("
)


class CompiledFile(Struct, frozen=True):
    """A file of a project, and what was compiled of it.

    Attributes:
        kind: `COMMONJS` or `MODULE`.
        key: of its `CompiledScript`.
        calls: what it may call (`calls_of`).
    """

    file: ProjectFile
    kind: int
    key: str
    calls: int


class Compilation(Struct, frozen=True):
    """What one Node compiled of a project's scripts.

    Attributes:
        node: the Node.
        scripts: the compiled scripts.
        files: the files that compile. All others have to ship as source.
        findings: why the others do not; an ERROR if their source must not ship, or if they belong
            to the project itself.
        unusable: why there is no bytecode of any file, or None.
    """

    node: NodeBinary
    scripts: CompiledScripts
    files: tuple[CompiledFile, ...]
    findings: tuple[Finding, ...]
    unusable: FormatError | None = None

    def of(self, project: Project) -> Compilation:
        """Return the part of the compilation that one target's project uses."""
        locations = {file.location for file in project.files}
        files = tuple(compiled for compiled in self.files if compiled.file.location in locations)
        if len(files) == len(self.files) and not self.findings:
            return self
        names = {project.display_path(file) for file in project.scripts}
        findings = tuple(one for one in self.findings if not one.file or one.file in names)
        return replace(self, files=files, findings=findings)


def compile_scripts(
    project: Project,
    node: NodeBinary,
    wrapper: bytes,
    cache: Path,
    work: Path,
    *,
    form: CodeForm,
    observer: Observer,
    target: NodeBinary | None = None,
    emulator: Emulator | None = None,
    only: Collection[ProjectFile] | None = None,
    start: RecordedStart | None = None,
    pool: CompilerPool | None = None,
) -> Compilation:
    """Compile all scripts of a project that are not in the cache yet.

    Args:
        project: the project as it was read.
        node: runs on this host, or by ``emulator``; it is not started if everything is cached.
        wrapper: text of the runtime's ``bytecode/wrapper.js``.
        cache: directory of compiled scripts.
        work: existing, private, temporary directory.
        form: decides whether a script that does not compile is an error.
        observer: notified of each script.
        target: a binary that will run the scripts, if that is not ``node`` itself.
        emulator: what runs the Node of another machine.
        only: the scripts to compile, if not all that ``target`` runs as bytecode.
        start: code caches that replace those of scripts whose source ships.
        pool: an open pool of ``node``, which may have compiled some of the scripts.

    Raises:
        NodeError: ``compiler-failed`` or ``compiler-stuck``.
        ProjectError: a file has changed since the project was read, or cannot be read.
        OSError: ``work`` cannot be written.
    """
    target = target or node
    roles = compiled_roles(target)
    selected = [file for file in project.files if file.role in roles] if only is None else only
    observer.stage("compiling", len(selected))
    files: list[CompiledFile] = []
    findings: list[Finding] = []
    data: list[ProjectFile] = []
    with_path = embeds_path(node)
    evaluated: dict[str, int] = {}
    processes = useful_processes(selected) if emulator is None else 1
    opened: AbstractContextManager[CompilerPool] = (
        CompilerPool(node, wrapper, cache, work, emulator, processes)
        if pool is None
        else nullcontext(pool)
    )
    try:
        with RealFiles() as real, opened as pool:
            pool.allow(processes)
            for file in selected:
                observer.advance(1)
                source, kind = read_source(file, real), _kind(file)
                calls = calls_of(source)
                imports = with_path and calls & IMPORT
                if imports and file.public and calls & EVALUATION:
                    continue  # bytecode cannot evaluate text with `import()`, its source may ship
                if imports and (found := _EVALUATED_IMPORT.search(source)):
                    evaluated[file.location] = source.count(b"\n", 0, found.end()) + 1
                # Where `import()` is replaced, V8 must not compile functions from the source later.
                asked = kind | WITH_SOURCE if file.public and not imports else kind
                path = _path_at_run_time(file, target.platform) if with_path else ""
                is_hint = asked == COMMONJS | WITH_SOURCE
                recorded = start.cache(source) if start and is_hint else None
                key = script_key(asked, source, path, recorded)
                name = project.display_path(file)
                pool.provide(AskedScript(asked, source, name, path, key, recorded))
                files.append(CompiledFile(file, kind, key, calls))
            problems = pool.finish()
    except FormatError as error:
        # The format of this Node's code caches is unknown, whatever the source.
        return nothing_compiled(project, node, error)
    for one in files:
        file, problem = one.file, problems.get(one.key)
        if line := evaluated.get(file.location):
            findings.append(_evaluated_import(project, file, line, node))
        if problem is None or not form.ships_bytecode:
            continue  # without bytecode the source ships, whatever it is
        if problem.line and (file.included or file.reason.kind is ReasonKind.PATTERN):
            data.append(file)
        else:
            findings.append(_finding(project, file, problem, form))
    findings.extend(about_data(project, data))
    files = [one for one in files if one.key not in problems]
    return Compilation(node, pool.scripts, tuple(files), tuple(findings))


def nothing_compiled(project: Project, node: NodeBinary, reason: FormatError) -> Compilation:
    """Return the compilation of a project that cannot have bytecode, for ``reason``."""
    files = tuple(CompiledFile(file, _kind(file), "", 0) for file in project.scripts)
    return Compilation(node, CompiledScripts((), "", b""), files, (), reason)


def unsupported_release(project: Project, node: NodeBinary) -> Compilation:
    """Return the compilation of a project for a release that does not run bytecode."""
    return nothing_compiled(project, node, messages.OPTIONS_UNSUPPORTED.error())


def _path_at_run_time(file: ProjectFile, platform: Platform) -> str:
    """Return what ``fromLocation`` of the runtime's ``paths.js`` returns."""
    separator = platform.facts.separator
    return f"{platform.facts.mount_point}{separator}{file.location.replace('/', separator)}"


def _kind(file: ProjectFile) -> int:
    return MODULE if file.role == Role.MODULE else COMMONJS


def _evaluated_import(project: Project, file: ProjectFile, line: int, node: NodeBinary) -> Finding:
    return messages.EVALUATED_IMPORT.finding(
        Severity.WARNING, file=project.display_path(file), line=line, major=node.version.major
    )


def _finding(project: Project, file: ProjectFile, problem: Problem, form: CodeForm) -> Finding:
    fallback = form == CodeForm.BYTECODE_WHERE_POSSIBLE
    ships = fallback or (file.public and not file.of_app)
    column = f", column {problem.column}" if problem.column else ""
    excerpt = f": {problem.excerpt}" if problem.excerpt else ""
    message = messages.NOT_COMPILED_SHIPPED_AS_SOURCE if ships else messages.NOT_COMPILED
    return message.finding(
        Severity.WARNING if ships else Severity.ERROR,
        file=project.display_path(file),
        line=problem.line,
        problem=f"{problem.message}{column}{excerpt}",
    )
