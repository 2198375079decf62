"""Write ``sealift/bytecode`` and its index; docs/payload-format.md has the layout."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace

from sealift.model import Asset, Bytecode, PackagedFiles, Project
from sealift.payload.bytecode_reader import read_bytecode
from sealift.payload.directory_tree import build_tree

RECORD = struct.Struct("<I I Q I I B B H")
KIND_COMMONJS, KIND_MODULE = 1, 2

_U32 = struct.Struct("<I")


def with_bytecode(files: PackagedFiles, project: Project, bytecode: Bytecode) -> PackagedFiles:
    """Return packaged files with the bytecode of one target."""
    indices = build_tree(project).index
    scripts = sorted(bytecode.scripts, key=lambda script: indices[script.location])
    index = b"".join(
        RECORD.pack(
            indices[script.location],
            script.length,
            script.offset,
            script.source_length,
            script.crc32,
            KIND_MODULE if script.is_module else KIND_COMMONJS,
            0,
            0,
        )
        for script in scripts
    )
    lines = _pool([script.lines for script in scripts])
    names = _pool([script.names for script in scripts])
    read = read_bytecode(index, lines, names, len(indices), bytecode.size)
    if [(record.lines, record.names) for record in read] != [(s.lines, s.names) for s in scripts]:
        raise AssertionError("the bytecode was not packaged correctly")
    added = (
        Asset("sealift/bytecode", path=bytecode.path, size=bytecode.size),
        Asset("sealift/bytecode-index", index),
        Asset("sealift/bytecode-lines", lines),
        Asset("sealift/bytecode-names", names),
    )
    return replace(files, assets=files.assets + added, total_size=files.total_size + bytecode.size)


def _pool(items: Sequence[bytes]) -> bytes:
    """Return byte strings end to end, after the offsets of their beginnings and of the end."""
    offsets, end = bytearray(), 0
    for item in (*items, b""):
        offsets += _U32.pack(end)
        end += len(item)
    return bytes(offsets) + b"".join(items)
