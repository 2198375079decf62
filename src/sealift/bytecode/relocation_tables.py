"""Relocation tables, kept in a directory by the digests of the two binaries.

A file's name is ``<SHA-256 of the source>-<SHA-256 of the target>.table``; its form is that of
`sealift.bytecode.cache_files`.
"""

from __future__ import annotations

from pathlib import Path

from sealift.bytecode.cache_files import CacheFiles
from sealift.bytecode.relocate import RelocationTable, make_relocation_table
from sealift.formats.v8.facts import V8Facts, read_v8_facts
from sealift.model import NodeBinary

FORMAT = 3
"""Raised when `RelocationTable`, or what `make_relocation_table` proves, changes."""


class RelocationTables:
    """Makes relocation tables and keeps them.

    Args:
        directory: where the tables are kept; it is made if it is missing.
    """

    def __init__(self, directory: Path) -> None:
        self._files = CacheFiles(directory, b"SLMT", FORMAT, RelocationTable)
        self._facts: dict[str, V8Facts] = {}

    def table(self, source: NodeBinary, target: NodeBinary) -> RelocationTable:
        """Return the table that relocates code caches from one binary to another.

        It takes 2 ms, and 0.4 s more for each binary that is in no table yet. A damaged file is
        replaced; a directory that cannot be written is ignored.

        Raises:
            FormatError: ``relocation-refused``, or a binary's snapshot cannot be read
                (`read_v8_facts`).
            OSError: a binary cannot be read.
        """
        name = f"{source.sha256}-{target.sha256}.table"
        table = self._files.load(name)
        if table is None:
            table = make_relocation_table(self._facts_of(source), self._facts_of(target))
            self._files.try_store(name, table)
        return table

    def _facts_of(self, node: NodeBinary) -> V8Facts:
        if node.sha256 not in self._facts:
            self._facts[node.sha256] = read_v8_facts(node.path)
        return self._facts[node.sha256]
