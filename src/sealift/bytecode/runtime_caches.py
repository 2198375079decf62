"""Code caches of the runtime's own modules, so that an executable compiles none of them at start.

They are a hint: the modules ship as source too, and V8 compiles that source if it refuses a cache.
So a target to which they cannot be relocated ships without them, and no finding says so.

They are kept in files named by the digests of the two binaries and of everything that decides how
they are made, ``*.modules`` (`sealift.bytecode.cache_files`): a dictionary from names to caches.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from sealift.bytecode.cache_files import CacheFiles
from sealift.bytecode.compiled_scripts import FORMAT as SCRIPT_FORMAT
from sealift.bytecode.compiler_process import (
    COMMONJS,
    Compiler,
    Problem,
    Script,
    compile_script,
)
from sealift.bytecode.normalise import normalise
from sealift.bytecode.relocate import relocate
from sealift.bytecode.relocation_tables import FORMAT as TABLE_FORMAT
from sealift.bytecode.relocation_tables import RelocationTables
from sealift.bytecode.target_support import embeds_path
from sealift.errors import FormatError
from sealift.formats.v8.code_cache import CacheReferences, find_references
from sealift.model import NodeBinary

_FORMAT = 2

_Normalised = Mapping[str, tuple[bytes, CacheReferences]]


class RuntimeCaches:
    """Makes the caches of one target after the other; compiles once for targets of the same V8.

    Args:
        modules: names and sources of the runtime's CommonJS modules.
        wrapper: text of the runtime's ``bytecode/wrapper.js``.
        tables: source of relocation tables.
        directory: where the caches are kept; it is made if it is missing.
        work: existing, private, temporary directory.
    """

    def __init__(
        self,
        modules: Sequence[tuple[str, bytes]],
        wrapper: bytes,
        tables: RelocationTables,
        directory: Path,
        work: Path,
    ) -> None:
        self._modules = modules
        self._wrapper = wrapper
        self._tables = tables
        self._files = CacheFiles(directory, b"SLRC", _FORMAT, dict[str, bytes])
        self._work = work
        self._normalised: dict[str, _Normalised] = {}
        formats = bytes([SCRIPT_FORMAT, TABLE_FORMAT])
        digest = hashlib.sha256(formats + compile_script() + wrapper)
        for name, source in modules:
            digest.update(f"{name} {len(source)} ".encode() + source)
        self._digest = digest.hexdigest()

    def of(self, target: NodeBinary, node: NodeBinary) -> Mapping[str, bytes]:
        """Return the caches of all modules for ``target``, by name.

        Return none if they cannot be relocated to it, or if it is a Node 20, whose code caches
        contain the paths of scripts. ``node`` compiles; it is not started if the caches are kept.

        Raises:
            NodeError: ``compiler-failed`` or ``compiler-stuck``.
            OSError: the temporary directory cannot be written.
        """
        if embeds_path(target):
            return {}
        name = f"{node.sha256[:32]}-{target.sha256[:32]}-{self._digest[:16]}.modules"
        caches = self._files.load(name)
        if caches is not None:
            return caches
        try:
            table = self._tables.table(node, target)
            caches = {
                name: relocate(cache, references, table)
                for name, (cache, references) in self._compiled(node).items()
            }
        except FormatError:
            return {}
        self._files.try_store(name, caches)
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
                compiled = compiler.compile(Script(COMMONJS, source, name))
                if isinstance(compiled, Problem):
                    raise AssertionError(f"{name} does not compile: {compiled.message}")
                normalised[name] = normalise(compiled.cache, find_references(compiled.cache))
        return normalised
