"""Code caches of the runtime's own modules: an executable compiles nothing of them when it starts.

They are a hint. The modules ship as source too, and V8 compiles that if it refuses a cache; so
there are none where they cannot be moved to a target, and nothing is said of it.

They are kept by the digests of the two binaries and of what decides how caches are made, in a file
``*.modules``, sealed (`sealift.cache.sealed_file`) as ``SLRC``; MessagePack: the caches by the
names of the modules.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from sealift.bytecode.compiler_process import (
    COMMONJS,
    Compiler,
    Problem,
    compile_script,
    embeds_path,
)
from sealift.bytecode.normalise import normalise
from sealift.bytecode.reference_files import FORMAT as REFERENCES_FORMAT
from sealift.bytecode.relocate import relocate
from sealift.bytecode.relocation_tables import FORMAT as TABLE_FORMAT
from sealift.bytecode.relocation_tables import RelocationTables
from sealift.cache import seal, touch, unseal, write_file
from sealift.errors import FormatError
from sealift.formats.v8.code_cache import CacheReferences, find_references
from sealift.model import NodeBinary

_MAGIC = b"SLRC"
_FORMAT = 1

_Normalised = Mapping[str, tuple[bytes, CacheReferences]]


class RuntimeCaches:
    """Gives the caches for one target after the other; compiles once for all with the same V8."""

    def __init__(
        self,
        modules: Sequence[tuple[str, bytes]],
        wrapper: bytes,
        tables: RelocationTables,
        directory: Path,
        work: Path,
    ) -> None:
        """Name what is to be compiled.

        Args:
            modules: names and sources of CommonJS modules.
            wrapper: text of the runtime's ``bytecode/wrapper.js``.
            tables: how to move.
            directory: to keep caches in; it is made if it is missing.
            work: existing, private, temporary directory.
        """
        self._modules = modules
        self._wrapper = wrapper
        self._tables = tables
        self._directory = directory
        self._work = work
        self._normalised: dict[str, _Normalised] = {}
        formats = bytes([REFERENCES_FORMAT, TABLE_FORMAT])
        digest = hashlib.sha256(formats + compile_script() + wrapper)
        for name, source in modules:
            digest.update(f"{name} {len(source)} ".encode() + source)
        self._digest = digest.hexdigest()

    def of(self, target: NodeBinary, node: NodeBinary) -> Mapping[str, bytes]:
        """Give the caches of all modules for ``target``; none if they cannot be moved to it.

        ``node`` compiles them; it is not started if they are kept already. There are none for
        Node 20, whose caches hold the paths of scripts.

        Raises:
            NodeError: ``compiler-failed`` or ``compiler-stuck``.
            OSError: the temporary directory cannot be written.
        """
        if embeds_path(target):
            return {}
        name = f"{node.sha256[:32]}-{target.sha256[:32]}-{self._digest[:16]}.modules"
        path = self._directory / name
        with contextlib.suppress(OSError, ValueError):
            known = _unpack(path.read_bytes())
            touch(path)
            return known
        try:
            table = self._tables.table(node, target)
            caches = {
                name: relocate(cache, known, table)
                for name, (cache, known) in self._compiled(node).items()
            }
        except FormatError:
            return {}
        with contextlib.suppress(OSError):
            write_file(path, _pack(caches))
        return caches

    def _compiled(self, node: NodeBinary) -> _Normalised:
        if node.sha256 not in self._normalised:
            self._normalised[node.sha256] = self._compile(node)
        return self._normalised[node.sha256]

    def _compile(self, node: NodeBinary) -> _Normalised:
        normalised = {}
        with (
            tempfile.TemporaryDirectory(dir=self._work) as directory,
            Compiler(node, self._wrapper, Path(directory)) as compiler,
        ):
            for name, source in self._modules:
                compiled = compiler.compile(COMMONJS, source, name)
                if isinstance(compiled, Problem):
                    raise AssertionError(f"{name} does not compile: {compiled.message}")
                normalised[name] = normalise(compiled.cache, find_references(compiled.cache))
        return normalised


def _pack(caches: Mapping[str, bytes]) -> bytes:
    return seal(_MAGIC, _FORMAT, msgspec.msgpack.encode(caches))


def _unpack(data: bytes) -> dict[str, bytes]:
    """Read what `_pack` gave; ValueError if it is damaged."""
    return msgspec.msgpack.decode(unseal(_MAGIC, _FORMAT, data), type=dict[str, bytes])
