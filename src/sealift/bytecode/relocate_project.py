"""A project's bytecode for one target: every compiled script moved to its Node binary."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sealift.bytecode.compile import FORMAT_UNKNOWN, Compilation, CompiledScript
from sealift.bytecode.compiled_scripts import Unit
from sealift.bytecode.compiler_process import MODULE
from sealift.bytecode.relocate import relocate
from sealift.bytecode.relocation_tables import RelocationTables
from sealift.bytecode.script_sources import shown
from sealift.errors import FormatError, NodeError, ProjectError
from sealift.formats.v8.code_cache_header import read_cache_header, source_length
from sealift.model import (
    Bytecode,
    Finding,
    NodeBinary,
    Project,
    ProjectFile,
    ScriptBytecode,
    Severity,
)

_ALIGNMENT = 8
_FINAL = (FORMAT_UNKNOWN, "exec-argv-unsupported")  # whoever compiles
_WAYS_OUT = (
    "Pass --fallback-to-source to ship source instead, or --sea to ship nothing but source; or"
    " choose another Node release."
)


Natively = Callable[[Sequence[ProjectFile]], Compilation | None]


def relocate_scripts(
    project: Project,
    compilation: Compilation,
    target: NodeBinary,
    tables: RelocationTables,
    path: Path,
    *,
    fallback_to_source: bool,
    natively: Natively | None = None,
    lacking: str = "",
) -> tuple[Bytecode | None, tuple[Finding, ...]]:
    """Write the code caches for a target's Node binary.

    Args:
        project: what was compiled.
        compilation: the result.
        target: the binary that will run it.
        tables: how to move.
        path: file to write.
        fallback_to_source: whatever cannot be moved ships as source.
        natively: asked only if something cannot be moved: what ``target`` itself makes of these
            files, None if it cannot be run here, a NodeError if that fails.
        lacking: what would let ``target`` run here, for messages; "" if nothing would.

    Returns:
        The bytecode, None if there is none; and what the user should know.

    Raises:
        NodeError: ``bytecode-unavailable``: there is none for this binary, and some source must
            not ship.
        ProjectError: ``bytecode-refused``: a script whose source must not ship cannot be moved.
        OSError: the file cannot be written.
    """
    if not compilation.scripts:
        return None, ()
    relocation = _Relocation(project, compilation, target, tables, fallback_to_source, lacking)
    return relocation.carry_out(path, natively)


@dataclass(frozen=True, slots=True)
class _Refused:
    """A script that cannot be moved, and why."""

    script: CompiledScript
    error: FormatError


class _Relocation:
    def __init__(
        self,
        project: Project,
        compilation: Compilation,
        target: NodeBinary,
        tables: RelocationTables,
        fallback: bool,
        lacking: str,
    ) -> None:
        self._project = project
        self._compilation = compilation
        self._target = target
        self._tables = tables
        self._fallback = fallback
        self._lacking = lacking
        self._name = f"Node {target.version} for {target.platform}-{target.arch}"

    def carry_out(
        self, path: Path, natively: Natively | None
    ) -> tuple[Bytecode | None, tuple[Finding, ...]]:
        """Write the file; what is refused is compiled by the target's Node, or ships as source."""
        findings: list[Finding] = []
        with path.open("wb") as out:
            writing = _Writing(out)
            refused = self._write_relocated(writing)
            if refused and natively is not None and refused[0].error.code not in _FINAL:
                files = [one.script.file for one in refused]
                try:
                    own = natively(files)
                except NodeError as error:
                    findings.append(_not_natively(error))
                    own = None
                if own is not None:
                    findings.append(self._compiled_natively(len(files), refused[0].error))
                    refused = self._write_native(writing, own, refused)
            size = out.tell()
        tried = "".join(f" {one.message}" for one in findings if one.severity == Severity.WARNING)
        if len(refused) == len(self._compilation.scripts):
            return None, (*findings, self._without_bytecode(refused[0].error, tried))
        findings += [self._refused(one, tried) for one in refused]
        magic, flag_hash = writing.kinds()
        scripts = writing.scripts
        written = {script.location for script in scripts}
        private = {s.file.location for s in self._compilation.scripts if not s.file.public}
        bytecode = Bytecode(
            v8_version=self._target.facts.v8_version,
            flag_hash=flag_hash,
            magic=magic,
            path=path,
            size=size,
            scripts=tuple(scripts),
            source_left_out=frozenset(written & private),
        )
        return bytecode, tuple(findings)

    def _write_relocated(self, writing: _Writing) -> list[_Refused]:
        """Move what can be moved; give the rest."""
        scripts, node = self._compilation.scripts, self._compilation.node
        try:
            if self._compilation.unusable is not None:
                raise self._compilation.unusable
            table = self._tables.table(node, self._target)
        except FormatError as error:
            return [_Refused(script, error) for script in scripts]
        refused = []
        for script in scripts:
            try:
                unit = _unit(self._compilation, script)
                cache = unit.compiled.cache
                relocated = relocate(cache, unit.references, table)
            except FormatError as error:
                refused.append(_Refused(script, error))
                continue
            if node.sha256 == self._target.sha256 and relocated != cache:
                raise AssertionError("a code cache changed when it was moved nowhere")
            writing.add(script, unit, relocated)
        return refused

    def _write_native(
        self, writing: _Writing, own: Compilation, refused: Sequence[_Refused]
    ) -> list[_Refused]:
        """Write what the target's own Node has compiled; give what even that has not."""
        for script in own.scripts:
            unit = _unit(own, script)
            writing.add(script, unit, unit.compiled.cache)
        done = {script.file.location for script in own.scripts}
        return [one for one in refused if one.script.file.location not in done]

    def _compiled_natively(self, count: int, refusal: FormatError) -> Finding:
        what = "its bytecode" if count == len(self._compilation.scripts) else f"{count} files"
        return Finding(
            Severity.NOTE,
            "compiled-natively",
            f"The Node for {self._target.platform}-{self._target.arch} has compiled {what} itself,"
            f" on this machine. {refusal.message}",
            "Nothing needs to be done; builds for this target take longer.",
        )

    def _without_bytecode(self, error: FormatError, tried: str) -> Finding:
        """Say that nothing can be moved to this binary, and what else was tried."""
        private = [script for script in self._compilation.scripts if not script.file.public]
        if private and not self._fallback:
            raise NodeError(
                "bytecode-unavailable",
                f"There is no bytecode for {self._name}: {error.message}{tried}"
                f" {len(private)} files may not ship as source, such as"
                f" {shown(self._project, private[0].file)}.",
                self._ways_out(error),
            ) from error
        return Finding(
            Severity.WARNING,
            "without-bytecode",
            f"There is no bytecode for {self._name}: {error.message} All source is packaged.",
            "It runs the same, but starts more slowly.",
        )

    def _ways_out(self, error: FormatError) -> str:
        if not self._lacking or error.code in _FINAL:
            return _WAYS_OUT
        return f"Have {self._lacking} at hand for that Node to compile it. {_WAYS_OUT}"

    def _refused(self, one: _Refused, tried: str) -> Finding:
        script, error = one.script, one.error
        file = shown(self._project, script.file)
        if not (script.file.public or self._fallback):
            raise ProjectError(
                "bytecode-refused",
                f"The bytecode of {file} cannot be moved to {self._name}, and its source may not"
                f" ship: {error.message}{tried}",
                self._ways_out(error),
            ) from error
        return Finding(
            Severity.WARNING,
            "shipped-as-source",
            f"Its bytecode cannot be moved to {self._name}: {error.message} Its source is"
            " packaged.",
            "See that the program does not need these files, or mend them.",
            file,
        )


class _Writing:
    """The file of code caches as it grows."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._kinds: set[tuple[int, int]] = set()
        self.scripts: list[ScriptBytecode] = []

    def add(self, script: CompiledScript, unit: Unit, cache: bytes) -> None:
        """Write the code cache of a script."""
        header = read_cache_header(cache)
        self._kinds.add((header.magic, header.flag_hash))
        self._out.write(bytes(-self._out.tell() % _ALIGNMENT))
        self.scripts.append(
            ScriptBytecode(
                location=script.file.location,
                offset=self._out.tell(),
                length=len(cache),
                source_length=source_length(cache),
                is_module=script.kind == MODULE,
                crc32=zlib.crc32(cache),
                lines=unit.compiled.lines,
                names=unit.compiled.names,
            )
        )
        self._out.write(cache)

    def kinds(self) -> tuple[int, int]:
        """Give the format and the hash of the flags, which all caches have in common."""
        if len(self._kinds) != 1:
            raise AssertionError(f"code caches of one Node differ in their headers: {self._kinds}")
        (kind,) = self._kinds
        return kind


def _unit(compilation: Compilation, script: CompiledScript) -> Unit:
    unit = compilation.units.load(script.key)
    if unit is None:
        raise NodeError(
            "cache-unusable",
            f"The bytecode of {script.file.source} has vanished from the cache.",
            "Build again; give another directory with --cache if it happens again.",
        )
    return unit


def _not_natively(error: NodeError) -> Finding:
    return Finding(Severity.WARNING, error.code, error.message, error.remedy)
