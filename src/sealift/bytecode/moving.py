"""A project's bytecode for one target: every compiled script moved to its Node binary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sealift.bytecode.cache import Unit
from sealift.bytecode.compile import Compilation, CompiledScript
from sealift.bytecode.host import MODULE
from sealift.bytecode.move import MoveTable, move
from sealift.bytecode.sources import shown
from sealift.bytecode.tables import MoveTables
from sealift.errors import FormatError, NodeError, ProjectError
from sealift.formats.v8_cache import HEADER
from sealift.model import Bytecode, Finding, NodeBinary, Project, ScriptBytecode, Severity

_SOURCE_LENGTH = (
    1 << 30
) - 1  # of V8's source hash; a bit above it, not the same in all, marks modules
_ALIGNMENT = 8
_WAYS_OUT = (
    "Have QEMU's user emulation, Wine or Rosetta at hand for that Node to compile it; pass "
    "--fallback-to-source to ship source instead, or --sea to ship nothing but source; or choose "
    "another Node release."
)


def move_scripts(
    project: Project,
    compilation: Compilation,
    target: NodeBinary,
    tables: MoveTables,
    path: Path,
    *,
    fallback_to_source: bool,
    natively: Callable[[], Compilation | None] | None = None,
) -> tuple[Bytecode | None, tuple[Finding, ...]]:
    """Write the code caches for a target's Node binary.

    Args:
        project: what was compiled.
        compilation: the result.
        target: the binary that will run it.
        tables: how to move.
        path: file to write.
        fallback_to_source: whatever cannot be moved ships as source.
        natively: asked only if something cannot be moved: what ``target`` itself makes of the
            project, None if it cannot be run here.

    Returns:
        The bytecode, None if there is none; and what the user should know.

    Raises:
        NodeError: ``bytecode-unavailable``: there is none for this binary, and some source must
            not ship.
        ProjectError: ``bytecode-refused``: a script whose source must not ship cannot be moved.
        OSError: the file cannot be written.
    """
    moving = _Moving(project, compilation, target, tables, fallback_to_source)
    if natively is None:
        return moving.carry_out(path)
    try:
        return moving.carry_out(path, tolerant=False)
    except FormatError as refusal:
        own = natively()
        if own is None:
            return moving.carry_out(path)
        bytecode, found = _Moving(project, own, target, tables, fallback_to_source).carry_out(path)
        return bytecode, (_compiled_natively(target, refusal), *found)


def _compiled_natively(target: NodeBinary, refusal: FormatError) -> Finding:
    return Finding(
        Severity.NOTE,
        "compiled-natively",
        f"The Node for {target.platform}-{target.arch} has compiled its bytecode itself, on this"
        f" machine. {refusal.message}",
        "Nothing needs to be done; builds for this target take longer.",
    )


class _Moving:
    def __init__(
        self,
        project: Project,
        compilation: Compilation,
        target: NodeBinary,
        tables: MoveTables,
        fallback: bool,
    ) -> None:
        self._project = project
        self._compilation = compilation
        self._target = target
        self._tables = tables
        self._fallback = fallback
        self._name = f"Node {target.version} for {target.platform}-{target.arch}"

    def carry_out(
        self, path: Path, *, tolerant: bool = True
    ) -> tuple[Bytecode | None, tuple[Finding, ...]]:
        """Write the file; what is refused ships as source or, unless ``tolerant``, is raised."""
        compiled = self._compilation.scripts
        if not compiled:
            return None, ()
        try:
            table = self._table()
        except FormatError as error:
            if not tolerant:
                raise
            return None, (self._without_bytecode(error),)
        findings: list[Finding] = []
        scripts: list[ScriptBytecode] = []
        hashes: set[tuple[int, int]] = set()
        with path.open("wb") as out:
            for script in compiled:
                try:
                    unit = self._unit(script)
                    moved = self._moved(unit, table)
                except FormatError as error:
                    if not tolerant:
                        raise
                    findings.append(self._refused(script, error))
                    continue
                magic, _, source_hash, flag_hash, *_ = HEADER.unpack_from(moved)
                hashes.add((magic, flag_hash))
                out.write(bytes(-out.tell() % _ALIGNMENT))
                scripts.append(
                    ScriptBytecode(
                        location=script.file.location,
                        offset=out.tell(),
                        length=len(moved),
                        source_length=source_hash & _SOURCE_LENGTH,
                        is_module=script.kind == MODULE,
                        lines=unit.compiled.lines,
                        names=unit.compiled.names,
                    )
                )
                out.write(moved)
            size = out.tell()
        if not scripts:
            return None, tuple(findings)
        if len(hashes) != 1:
            raise AssertionError(f"code caches of one Node differ in their headers: {hashes}")
        magic, flag_hash = hashes.pop()
        private = {script.file.location for script in compiled if not script.file.public}
        bytecode = Bytecode(
            v8_version=self._target.facts.v8_version,
            flag_hash=flag_hash,
            magic=magic,
            path=path,
            size=size,
            scripts=tuple(scripts),
            source_left_out=frozenset(s.location for s in scripts if s.location in private),
        )
        return bytecode, tuple(findings)

    def _table(self) -> MoveTable | None:
        """Give the table; None if the target's own Node has compiled, and none can be made."""
        try:
            return self._tables.table(self._compilation.node, self._target)
        except FormatError:
            if self._is_native:
                return None
            raise

    @property
    def _is_native(self) -> bool:
        return self._target.sha256 == self._compilation.node.sha256

    def _moved(self, unit: Unit, table: MoveTable | None) -> bytes:
        cache = unit.compiled.cache
        if table is None:
            return cache
        moved = move(cache, unit.outline, table)
        if self._is_native and moved != cache:
            raise AssertionError("a code cache changed when it was moved nowhere")
        return moved

    def _unit(self, script: CompiledScript) -> Unit:
        unit = self._compilation.units.load(script.key)
        if unit is None:
            raise NodeError(
                "cache-unusable",
                f"The bytecode of {script.file.source} has vanished from the cache.",
                "Build again; give another directory with --cache if it happens again.",
            )
        return unit

    def _without_bytecode(self, error: FormatError) -> Finding:
        """Say that nothing can be moved to this binary."""
        private = [script for script in self._compilation.scripts if not script.file.public]
        if private and not self._fallback:
            raise NodeError(
                "bytecode-unavailable",
                f"There is no bytecode for {self._name}: {error.message} {len(private)} files may"
                f" not ship as source, such as {shown(self._project, private[0].file)}.",
                _WAYS_OUT,
            ) from error
        return Finding(
            Severity.WARNING,
            "without-bytecode",
            f"There is no bytecode for {self._name}: {error.message} All source is packaged.",
            "It runs the same, but starts more slowly.",
        )

    def _refused(self, script: CompiledScript, error: FormatError) -> Finding:
        file = shown(self._project, script.file)
        if not (script.file.public or self._fallback):
            raise ProjectError(
                "bytecode-refused",
                f"The bytecode of {file} cannot be moved to {self._name}, and its source may not"
                f" ship: {error.message}",
                _WAYS_OUT,
            ) from error
        return Finding(
            Severity.WARNING,
            "shipped-as-source",
            f"Its bytecode cannot be moved to {self._name}: {error.message} Its source is"
            " packaged.",
            "See that the program does not need these files, or mend them.",
            file,
        )
