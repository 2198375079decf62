"""A project's bytecode for one target: every compiled script relocated to its Node binary."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from sealift.bytecode import messages
from sealift.bytecode.compile import Compilation, CompiledFile
from sealift.bytecode.compiled_scripts import CompiledScript
from sealift.bytecode.compiler_pool import FORMAT_UNKNOWN
from sealift.bytecode.compiler_process import MODULE
from sealift.bytecode.relocate import relocate
from sealift.bytecode.relocation_tables import RelocationTables
from sealift.errors import FormatError, NodeError
from sealift.findings import Finding, Severity
from sealift.formats.v8.code_cache_header import read_cache_header, source_length
from sealift.model import Bytecode, CodeForm, NodeBinary, Project, ProjectFile, ScriptBytecode

_ALIGNMENT = 8
_FINAL = (FORMAT_UNKNOWN, messages.OPTIONS_UNSUPPORTED.code)  # the target's own Node fails too

Natively = Callable[[Sequence[ProjectFile]], Compilation | None]


def relocate_scripts(
    project: Project,
    compilation: Compilation,
    target: NodeBinary,
    tables: RelocationTables,
    path: Path,
    *,
    form: CodeForm,
    natively: Natively | None = None,
    missing_emulator: str = "",
) -> tuple[Bytecode | None, tuple[Finding, ...]]:
    """Write the code caches for a target's Node binary.

    Args:
        project: the project that was compiled.
        compilation: its compiled scripts.
        target: the binary that will run them.
        tables: source of relocation tables.
        path: file to write.
        form: decides whether an undisclosed script that cannot be relocated is an error, and
            whether one that ships as source is worth a finding.
        natively: called only for files that cannot be relocated: returns what ``target`` itself
            compiles of them, None if this host cannot run it; raises a NodeError if that fails.
        missing_emulator: what would let this host run ``target``; "" if nothing would.

    Returns:
        The bytecode, or None if there is none; and the findings.

    Raises:
        NodeError: ``bytecode-unavailable``: there is no bytecode for this binary, and some source
            must not ship. ``cache-unusable``: a script was removed from the cache.
        ProjectError: ``bytecode-refused``: a script whose source must not ship cannot be relocated.
        OSError: the file cannot be written.
    """
    if not compilation.files:
        return None, ()
    relocation = _Relocation(project, compilation, target, tables, form, missing_emulator)
    return relocation.carry_out(path, natively)


class _Refused(Struct, frozen=True):
    """A file whose bytecode cannot be relocated, and why."""

    compiled: CompiledFile
    error: FormatError


class _Relocation:
    def __init__(
        self,
        project: Project,
        compilation: Compilation,
        target: NodeBinary,
        tables: RelocationTables,
        form: CodeForm,
        missing_emulator: str,
    ) -> None:
        self._project = project
        self._compilation = compilation
        self._target = target
        self._tables = tables
        self._fallback = form == CodeForm.BYTECODE_WHERE_POSSIBLE
        self._is_source = not form.ships_bytecode
        self._missing_emulator = missing_emulator
        self._name = f"Node {target.version} for {target.platform}-{target.arch}"

    def carry_out(
        self, path: Path, natively: Natively | None
    ) -> tuple[Bytecode | None, tuple[Finding, ...]]:
        """Write the file; what is refused is compiled by the target's Node, or ships as source."""
        findings: list[Finding] = []
        with path.open("wb") as out:
            output = _Output(out)
            refused = self._write_relocated(output)
            if refused and natively is not None and refused[0].error.code not in _FINAL:
                files = [one.compiled.file for one in refused]
                try:
                    own = natively(files)
                except NodeError as error:
                    findings.append(_not_natively(error))
                    own = None
                if own is not None:
                    findings.append(self._compiled_natively(len(files), refused[0].error))
                    refused = self._write_native(output, own, refused)
            size = out.tell()
        tried = "".join(f" {one.message}" for one in findings if one.severity == Severity.WARNING)
        if len(refused) == len(self._compilation.files):
            return None, (*findings, *self._without_bytecode(refused[0].error, tried))
        if not self._is_source:
            findings += [self._refused(one, tried) for one in refused]
        magic, flag_hash = output.kinds()
        written = {script.location for script in output.scripts}
        undisclosed = {one.file.location for one in self._compilation.files if not one.file.public}
        bytecode = Bytecode(
            v8_version=self._target.facts.v8_version,
            flag_hash=flag_hash,
            magic=magic,
            path=path,
            size=size,
            scripts=tuple(output.scripts),
            source_left_out=frozenset(written & undisclosed),
            is_hint=self._is_source,
        )
        return bytecode, tuple(findings)

    def _write_relocated(self, output: _Output) -> list[_Refused]:
        """Write what can be relocated; return the rest."""
        files, node = self._compilation.files, self._compilation.node
        try:
            if self._compilation.unusable is not None:
                raise self._compilation.unusable
            table = self._tables.table(node, self._target)
        except FormatError as error:
            return [_Refused(compiled, error) for compiled in files]
        refused = []
        for compiled in files:
            script = _script(self._compilation, compiled)
            cache = script.compiled.cache
            try:
                relocated = relocate(cache, script.references, table)
            except FormatError as error:
                refused.append(_Refused(compiled, error))
                continue
            if node.sha256 == self._target.sha256 and relocated != cache:
                raise AssertionError("relocation to the same binary changed a code cache")
            output.add(compiled, script, relocated)
        return refused

    def _write_native(
        self, output: _Output, own: Compilation, refused: Sequence[_Refused]
    ) -> list[_Refused]:
        """Write what the target's own Node compiled; return what even that did not compile."""
        for compiled in own.files:
            script = _script(own, compiled)
            output.add(compiled, script, script.compiled.cache)
        done = {compiled.file.location for compiled in own.files}
        return [one for one in refused if one.compiled.file.location not in done]

    def _compiled_natively(self, count: int, refusal: FormatError) -> Finding:
        return messages.COMPILED_NATIVELY.finding(
            Severity.NOTE,
            machine=f"{self._target.platform}-{self._target.arch}",
            what="everything" if count == len(self._compilation.files) else f"{count} files",
            reason=refusal.message,
        )

    def _without_bytecode(self, error: FormatError, tried: str) -> Iterator[Finding]:
        """Yield the finding that nothing can be relocated to this binary, or raise it."""
        if self._is_source:
            # All programs of a release that does not run caches ship alike.
            if error.code != messages.OPTIONS_UNSUPPORTED.code:
                yield messages.WITHOUT_CODE_CACHES.finding(
                    Severity.NOTE, target=self._name, reason=error.message
                )
            return
        undisclosed = [one for one in self._compilation.files if not one.file.public]
        if undisclosed and not self._fallback:
            raise messages.BYTECODE_UNAVAILABLE.error(
                target=self._name,
                reason=error.message,
                tried=tried,
                count=len(undisclosed),
                file=self._project.display_path(undisclosed[0].file),
                remedy=self._remedy(error),
            ) from error
        yield messages.WITHOUT_BYTECODE.finding(
            Severity.WARNING, target=self._name, reason=error.message
        )

    def _refused(self, one: _Refused, tried: str) -> Finding:
        """Return the finding that a script ships as source instead, or raise it."""
        file, error = one.compiled.file, one.error
        if not (file.public or self._fallback):
            raise messages.BYTECODE_REFUSED.error(
                file=self._project.display_path(file),
                target=self._name,
                reason=error.message,
                tried=tried,
                remedy=self._remedy(error),
            ) from error
        return messages.NOT_RELOCATED_SHIPPED_AS_SOURCE.finding(
            Severity.WARNING,
            file=self._project.display_path(file),
            target=self._name,
            reason=error.message,
        )

    def _remedy(self, error: FormatError) -> str:
        if not self._missing_emulator or error.code in _FINAL:
            return messages.WAYS_OUT
        return messages.INSTALL_EMULATOR.format(emulator=self._missing_emulator) + messages.WAYS_OUT


class _Output:
    """The file of code caches while it is written."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._kinds: set[tuple[int, int]] = set()
        self.scripts: list[ScriptBytecode] = []

    def add(self, compiled: CompiledFile, script: CompiledScript, cache: bytes) -> None:
        """Write a script's code cache for the target."""
        header = read_cache_header(cache)
        self._kinds.add((header.magic, header.flag_hash))
        self._out.write(bytes(-self._out.tell() % _ALIGNMENT))
        self.scripts.append(
            ScriptBytecode(
                location=compiled.file.location,
                offset=self._out.tell(),
                length=len(cache),
                source_length=source_length(cache),
                is_module=compiled.kind == MODULE,
                crc32=zlib.crc32(cache),
                lines=script.compiled.lines,
                names=script.compiled.names,
                calls=compiled.calls,
            )
        )
        self._out.write(cache)

    def kinds(self) -> tuple[int, int]:
        """Return the format and the hash of the flags, which are the same in all caches."""
        if len(self._kinds) != 1:
            raise AssertionError(f"code caches of one Node differ in their headers: {self._kinds}")
        (kind,) = self._kinds
        return kind


def _script(compilation: Compilation, compiled: CompiledFile) -> CompiledScript:
    script = compilation.scripts.load(compiled.key)
    if script is None:
        raise messages.CACHE_ENTRY_LOST.error(file=compiled.file.source)
    return script


def _not_natively(error: NodeError) -> Finding:
    return Finding(Severity.WARNING, error.code, error.message, error.remedy)
